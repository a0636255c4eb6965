import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findStated, inAnswerWords, questionKey } from './stated.ts';

describe('answers stated outright', () => {
  it('are found again, whatever was asked', () => {
    const rows = fc.uniqueArray(
      fc.record({
        question: fc.string({ minLength: 1 }),
        answer: fc.constantFrom('True', 'False', '4', 'a bit'),
      }),
      {
        selector: ({ question }) =>
          questionKey(question.replaceAll(/[“”]/gu, '"').replaceAll(/\s+/gu, ' ').trim()),
      },
    );
    fc.assert(
      fc.property(rows, (rows) => {
        const found = findStated(
          `Ann is tall. ${inAnswerWords(rows, 'Ann', 100_000)} She likes tea.`,
        );
        for (const { question, answer } of rows) {
          expect(
            found.get(
              questionKey(question.replaceAll(/[“”]/gu, '"').replaceAll(/\s+/gu, ' ').trim()),
            ),
          ).toBe(answer);
        }
      }),
    );
  });

  it('leave out what finds no room', () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({
      question: `Is this the question of number ${i}?`,
      answer: 'True',
    }));
    const text = inAnswerWords(rows, 'Ann', 500);
    expect(text.length).toBeLessThanOrEqual(500);
    expect(findStated(text).size).toBeGreaterThan(8);
  });
});
