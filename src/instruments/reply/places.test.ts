import { describe, expect, test } from 'vitest';
import { findInstrument } from '../load.ts';
import { parseReply } from './parse.ts';
import { placesOfAnswers } from './places.ts';

const { asked } = findInstrument('epqra');
const numbers = asked.items.map(({ item }) => item.number);
const answers = Object.fromEntries(
  numbers.map((number) => [number, number % 3 ? 'True' : 'False']),
);
const expected = numbers.map((number) => [number, answers[number]]);

function marked(text: string) {
  return placesOfAnswers(asked, text).map(({ item, start, end }) => [item, text.slice(start, end)]);
}

describe('where answers were read', () => {
  test.each([
    ['an object', JSON.stringify(answers)],
    [
      'an object with prose around it',
      `Here you are: ${JSON.stringify(answers, null, 2)} Good-bye.`,
    ],
    [
      'an object after a thought',
      `<think>{"1": "True"} or not</think>\n${JSON.stringify(answers)}`,
    ],
    ['an object in single quotes', JSON.stringify(answers).replaceAll('"', "'")],
    ['lines', numbers.map((number) => `- **${number}:** ${answers[number]}`).join('\r\n')],
    ['a table', numbers.map((number) => `| ${number} | ${answers[number]} |`).join('\n')],
  ])('in %s', (_, text) => {
    expect(parseReply(asked, text).kind).toBe('answers');
    expect(marked(text)).toEqual(expected);
  });

  test('in rows of a list, each of which is one place', () => {
    const rows = numbers.map((number) => ({ number, answer: answers[number] }));
    expect(marked(JSON.stringify(rows))).toEqual(
      rows.map((row) => [row.number, JSON.stringify(row)]),
    );
  });

  test('of a rejected reply, as far as it was read', () => {
    const text = '{"1": "True", "2": "Perhaps", "3": "False"}';
    expect(parseReply(asked, text).kind).not.toBe('answers');
    expect(marked(text)).toEqual([
      [1, 'True'],
      [2, 'Perhaps'],
      [3, 'False'],
    ]);
  });

  test.each([
    ['text that says nothing', 'I would rather not.'],
    ['nothing', ''],
    ['a text that is escaped as a whole', JSON.stringify(JSON.stringify(answers))],
    ['a string within a string', JSON.stringify({ content: JSON.stringify(answers) })],
  ])('nowhere in %s', (_, text) => {
    expect(marked(text)).toEqual([]);
  });
});
