/** What the value beside an item says: an answer, a number, a text or probabilities. */
import type { Asked, AskedItem } from '../asked/asked.ts';
import { namesOptions, readDistribution } from './distribution.ts';
import type { ItemNames } from './item-names.ts';
import type { Entry, Node, ObjectNode, ScalarNode } from './lenient-json.ts';
import { plainText } from './plain-text.ts';
import { type QuantityReader, quantityReader } from './quantity.ts';
import { isSaid, quote, type Reading, type Said, saysTheSame, unreadable } from './reading.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';
import { replyWords } from './words.ts';

export interface AnswerReader {
  readonly read: (item: AskedItem, value: Node | null) => Reading;
  /** What all readings of one item agree on. */
  readonly agreement: (item: AskedItem, readings: readonly Reading[]) => Reading;
  /** The items that fields such as `number` and `question` name. */
  readonly namedIn: (row: ObjectNode) => number[];
  /** Whether a key stands before an answer: `answer`, `rating`. */
  readonly isAnswerKey: (key: string) => boolean;
  /** Whether a value stands exactly as it was asked for. */
  readonly isOrderly: (item: AskedItem, value: Node | null) => boolean;
}

const ANSWER_KEYS = new Set(replyWords.answerKeys);
const PROBABILITY_KEYS = new Set(replyWords.probabilityKeys);
const NUMBER_KEYS = new Set(replyWords.numberKeys);

/** How the answers to one item are read. */
type ScalarReader = (value: ScalarNode) => Reading;

export function answerReader({ items, elicit }: Asked, names: ItemNames): AnswerReader {
  const vocabularies = vocabulariesOf(items);
  const distinct = [...new Set(vocabularies.values())];
  const isDistribution = elicit === 'distribution';
  const readers = new Map(items.map((one) => [one.item.number, scalarReader(one)]));
  return { read, agreement, namedIn, isAnswerKey, isOrderly };

  function read(asked: AskedItem, value: Node | null): Reading {
    if (value === null) return { kind: 'nothing' };
    switch (value.kind) {
      case 'string':
      case 'bare':
        return readers.get(asked.item.number)!(value);
      case 'garbled':
        return unreadable('not_an_answer', value.text, 'is not one of the answers');
      case 'array':
        return { kind: 'unreadable', code: 'not_an_answer', problem: 'its answer is a list' };
      case 'object':
        return readObject(asked, value);
    }
  }

  function readObject(asked: AskedItem, value: ObjectNode): Reading {
    const { number } = asked.item;
    const vocabulary = isDistribution ? vocabularies.get(number) : undefined;
    if (vocabulary !== undefined && namesOptions(value.entries, vocabulary))
      return readDistribution(value.entries, asked.options, vocabulary);
    const others = namedIn(value).filter((other) => other !== number);
    if (others.length > 0)
      return {
        kind: 'unreadable',
        code: 'contradiction',
        problem: `its answer is about item ${others[0]}`,
      };
    const fields = value.entries.filter((entry) => isAnswerKey(entry.key) && !isItemText(entry));
    return fields.length === 0
      ? { kind: 'unreadable', code: 'no_answer', problem: 'an object without an answer' }
      : agreement(
          asked,
          fields.map((entry) => read(asked, entry.value)),
        );
  }

  function agreement(asked: AskedItem, readings: readonly Reading[]): Reading {
    const [first] = readings;
    if (first !== undefined && readings.length === 1) return first;
    const said = readings.filter(isSaid);
    const isSilent = readings.every(({ kind }) => kind === 'nothing');
    if (first === undefined || isSilent) return { kind: 'nothing' };
    const doubtful = readings.find(({ kind }) => kind === 'unreadable');
    if (doubtful !== undefined) return doubtful;
    const different = distinctOf(said);
    if (said.length === readings.length && different.length === 1) return said[0]!;
    const named = [
      ...different.map((one) => nameOf(asked, one)),
      ...(said.length < readings.length ? ['no answer'] : []),
    ];
    return {
      kind: 'unreadable',
      code: 'contradiction',
      problem: `answered twice differently (${named.join(', ')})`,
    };
  }

  function namedIn(row: ObjectNode): number[] {
    return [
      ...new Set(
        row.entries.flatMap((entry) =>
          NUMBER_KEYS.has(plainText(entry.key)) || isItemText(entry)
            ? itemNamedBy(entry.value)
            : [],
        ),
      ),
    ];
  }

  function itemNamedBy(value: Node | null): number[] {
    if (value?.kind !== 'string' && value?.kind !== 'bare') return [];
    const item = names.itemOf(value.text);
    return item === null ? [] : [item];
  }

  /** Whether a field that could hold an answer repeats an item, which is no answer itself. */
  function isItemText({ key, value }: Entry): boolean {
    if (!isAnswerKey(key) || value?.kind !== 'string' || names.itemOfText(value.text) === null)
      return false;
    return distinct.every((vocabulary) => vocabulary(value.text).kind !== 'answer');
  }

  function isAnswerKey(key: string): boolean {
    const plain = plainText(key);
    return ANSWER_KEYS.has(plain) || (isDistribution && PROBABILITY_KEYS.has(plain));
  }

  function scalarReader(asked: AskedItem): ScalarReader {
    const { item } = asked;
    const vocabulary = vocabularies.get(item.number);
    if (vocabulary !== undefined)
      return isDistribution
        ? ({ text }) =>
            vocabulary(text).kind === 'nothing'
              ? { kind: 'nothing' }
              : unreadable('not_an_answer', text, 'is not a probability for each answer')
        : ({ text }) => vocabulary(text);
    if (item.quantity !== null) return numberReader(quantityReader(item.quantity));
    return textReader(item.openCharacters!, names, item.number);
  }

  function isOrderly({ item, options, ask }: AskedItem, value: Node | null): boolean {
    if (value?.kind === 'object' && isDistribution)
      return value.entries.every(
        ({ key, value: probability }) =>
          probability?.kind === 'bare' &&
          options.some(
            ({ option, letter }) =>
              key === letter || key === option.label || key === `${option.value}`,
          ),
      );
    if (value?.kind !== 'string' && value?.kind !== 'bare') return false;
    if (value.kind === 'bare' && value.text === 'null') return true;
    if (item.openCharacters !== null) return value.kind === 'string';
    if (item.quantity !== null) return isJsonNumber(value);
    if (ask === 'letter')
      return value.kind === 'string' && options.some(({ letter }) => letter === value.text);
    return value.kind === 'string'
      ? options.some(({ option }) => option.label === value.text)
      : options.some(({ option }) => String(option.value) === value.text);
  }
}

/** The vocabulary of each item with answers to choose from; items that show the same share one. */
function vocabulariesOf(items: readonly AskedItem[]): ReadonlyMap<number, Vocabulary> {
  const known = new Map<string, Vocabulary>();
  return new Map(
    items
      .filter(({ item }) => item.answers !== null)
      .map(({ item, options, ask }) => {
        const shown = options.map(({ option, letter }) => `${option.value} ${letter}`);
        const key = `${item.answers?.id} ${ask} ${shown.join()}`;
        const vocabulary = known.get(key) ?? vocabularyOf(options);
        known.set(key, vocabulary);
        return [item.number, vocabulary];
      }),
  );
}

function numberReader(read: QuantityReader): ScalarReader {
  return ({ kind, text }) => read(text, kind === 'bare');
}

/** A text is never read for its meaning, but for null, and the question itself. */
function textReader(longest: number, names: ItemNames, number: number): ScalarReader {
  return ({ kind, text: written }) => {
    const text = written.trim();
    const isNull = kind === 'bare' ? /^(?:null|none|nil|undefined)$/i : /^null$/i;
    if (text === '' || isNull.test(text)) return { kind: 'nothing' };
    const length = text.length > longest ? [...text].length : text.length;
    if (length > longest)
      return unreadable('too_long', text, `has ${length} characters, more than ${longest}`);
    if (/^<[^<>]*>$/.test(text)) return unreadable('not_an_answer', text, 'is a placeholder');
    return names.itemOfText(text) === number
      ? unreadable('not_an_answer', text, 'is the item itself')
      : { kind: 'text', text };
  };
}

function distinctOf(said: readonly Said[]): Said[] {
  const distinct: Said[] = [];
  for (const one of said)
    if (!distinct.some((other) => saysTheSame(other, one))) distinct.push(one);
  return distinct;
}

function nameOf({ options }: AskedItem, said: Said): string {
  switch (said.kind) {
    case 'answer':
      return (
        options.find(({ option }) => option.value === said.value)?.option.label ??
        String(said.value)
      );
    case 'text':
      return quote(said.text);
    case 'probabilities':
      return [...said.byValue.values()].join('/');
  }
}

function isJsonNumber({ kind, text }: ScalarNode): boolean {
  return kind === 'bare' && text.length < 40 && /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text);
}
