/** How an item is named: `1`, `Q1`, `phq1`, its text. */
import type { AskedItem } from '../../../src/instruments/asked/asked.ts';
import type { Dice } from './dice.ts';
import type { Form } from './forms.ts';

export interface KeyStyle {
  readonly name: string;
  /** Where it names every item; default: everywhere. */
  readonly suits?: (form: Form) => boolean;
  readonly write: (asked: AskedItem, dice: Dice) => string;
}

const isNumbered = (form: Form) => form.isNumbered;

export const KEY_STYLES: readonly KeyStyle[] = [
  { name: 'the key', write: ({ key }) => key },
  { name: '1', suits: isNumbered, write: ({ item: { number } }) => String(number) },
  {
    name: 'Q1',
    suits: isNumbered,
    write: ({ item: { number } }, dice) => `${dice.pick(['Q', 'q', 'q_', 'Q.'])}${number}`,
  },
  {
    name: 'Q01',
    suits: isNumbered,
    write: ({ item: { number } }) => `Q${String(number).padStart(2, '0')}`,
  },
  {
    name: '001',
    suits: isNumbered,
    write: ({ item: { number } }) => String(number).padStart(3, '0'),
  },
  { name: ' 1 ', suits: isNumbered, write: ({ item: { number } }) => `  ${number} ` },
  {
    name: '1.',
    suits: isNumbered,
    write: ({ item: { number } }, dice) => `${number}${dice.pick(['.', ')', ':', '.)'])}`,
  },
  {
    name: '(1)',
    suits: isNumbered,
    write: ({ item: { number } }, dice) => dice.pick([`(${number})`, `[${number}]`, `#${number}`]),
  },
  { name: '**1**', suits: isNumbered, write: ({ item: { number } }) => `**${number}**` },
  {
    name: 'item 1',
    suits: isNumbered,
    write: ({ item: { number } }, dice) =>
      `${dice.pick(['item ', 'Item_', 'ITEM-', 'item', 'Item #'])}${number}`,
  },
  {
    name: 'question_1',
    suits: isNumbered,
    write: ({ item: { number } }, dice) =>
      `${dice.pick(['question_', 'Question ', 'Question #', 'statement_'])}${number}`,
  },
  {
    name: 'Question No. 1',
    suits: isNumbered,
    write: ({ item: { number } }, dice) =>
      `${dice.pick(['Question No. ', 'Item number ', 'item_no_'])}${number}`,
  },
  {
    name: 'answer_1',
    suits: isNumbered,
    write: ({ item: { number } }, dice) =>
      `${dice.pick(['answer_', 'response', 'a', 'ans_'])}${number}`,
  },
  {
    name: 'Pregunta 1',
    suits: isNumbered,
    write: ({ item: { number } }, dice) =>
      `${dice.pick(['Pregunta ', 'Ítem ', 'pregunta_', 'Respuesta ', 'Frage '])}${number}`,
  },
  {
    name: '1. Is talkative',
    suits: isNumbered,
    write: ({ item: { number, text } }, dice) =>
      `${number}${dice.pick(['. ', ': ', ' - ', ') '])}${text}`,
  },
  {
    name: 'Q1: Is talkative',
    suits: isNumbered,
    write: ({ item: { number, text } }, dice) =>
      `${dice.pick(['Q', 'Item ', 'Question '])}${number}: ${text}`,
  },
  { name: 'Is talkative', write: ({ item: { text } }) => text },
  { name: 'IS TALKATIVE', write: ({ item: { text } }) => text.toUpperCase() },
  { name: 'is talkative:', write: ({ item: { text } }) => `${text.toLowerCase()}:` },
  {
    name: 'the question without its mark',
    write: ({ item: { text } }) => text.replace(/[?.…]$/, ''),
  },
  { name: 'THE KEY', write: ({ key }) => key.toUpperCase() },
  {
    name: 'the key in brackets',
    write: ({ key }, dice) =>
      dice.pick([`[${key}]`, `(${key})`, `**${key}**`, `${key}:`, ` ${key} `]),
  },
  {
    name: 'item phq1',
    write: ({ key }, dice) => `${dice.pick(['item ', 'Item: ', 'question '])}${key}`,
  },
  {
    name: 'phq1: Little interest',
    write: ({ key, item }, dice) => `${key}${dice.pick([': ', ' - ', '. ', ') '])}${item.text}`,
  },
];
