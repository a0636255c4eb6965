import { expect, test } from 'vitest';
import { loadBuiltInInstruments } from '../../instruments/load.ts';
import { tokensOfReply } from './estimate.ts';

const questions = (count: number, ...labels: string[]) => ({
  elicit: 'answer' as const,
  items: Array.from({ length: count }, () => ({
    item: { openCharacters: null },
    options: labels.map((label) => ({ option: { label } })),
  })),
});

test('the shortest reply has four tokens an item, whatever the answers are called', () => {
  // `{"1":4,"2":5}` is, for the common tokenizers, {" 1 ": 4 ," 2 ": 5 }.
  expect(tokensOfReply(questions(2, 'Very accurate', 'Very inaccurate')).compact).toBe(10);
  expect(tokensOfReply(questions(300, 'True', 'False')).compact).toBe(1202);
});

test('the longest reply has the longest label for every answer and an explanation', () => {
  // 17 characters are five tokens: 44 lines of seven and five, the braces, and 120 for the
  // explanation.
  expect(tokensOfReply(questions(44, 'Agree', 'Disagree strongly')).longest).toBe(
    44 * 12 + 2 + 120,
  );
});

test('a reply grows from the shortest over the usual to the longest', () => {
  for (const instrument of loadBuiltInInstruments()) {
    const { compact, usual, longest } = tokensOfReply(instrument.asked);
    expect([compact, usual, longest]).toEqual([compact, usual, longest].toSorted((a, b) => a - b));
    expect(compact).toBeLessThan(1000);
  }
});
