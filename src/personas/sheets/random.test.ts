import { describe, expect, it } from 'vitest';
import { createRandomSheets } from './random.ts';
import { createSheet, type Sheet } from './sheet.ts';
import { createSyntheticSheets } from './synthetic.ts';

const reference = createSyntheticSheets(7);

describe.each([0, 1, 42, 2026, -1])('random sheets of seed %i', (seed) => {
  const sheets = createRandomSheets(reference, seed);

  it('are as many as the reference has, numbered from 1', () => {
    expect(sheets.map(({ personalityId }) => personalityId)).toEqual(
      reference.map((_, index) => index + 1),
    );
  });

  it('keep the share of Yes of every item, within four standard errors', () => {
    for (const item of reference[0]!.answers.keys()) {
      const p = share(reference, item);
      const error = Math.sqrt((p * (1 - p)) / sheets.length);
      expect(
        Math.abs(share(sheets, item) - p),
        `seed ${seed}, item ${item + 1}`,
      ).toBeLessThanOrEqual(4 * error);
    }
  });

  it('keep nothing of what ties two items together, within four standard errors', () => {
    // Items that nearly everybody answers alike meet too seldom for a standard error to mean
    // anything.
    const items = [...reference[0]!.answers.keys()].filter(
      (item) => Math.abs(share(reference, item) - 0.5) < 0.4,
    );
    expect(items.length).toBe(14);
    for (const [one, other] of items.flatMap((a) =>
      items.filter((b) => b > a).map((b) => [a, b] as const),
    )) {
      const [p, q] = [share(reference, one), share(reference, other)];
      const both = p * q;
      const found =
        sheets.filter(({ answers }) => answers[one] && answers[other]).length / sheets.length;
      const error = Math.sqrt((both * (1 - both)) / sheets.length);
      expect(
        Math.abs(found - both),
        `seed ${seed}, items ${one + 1} and ${other + 1}`,
      ).toBeLessThanOrEqual(4 * error);
    }
  });

  it('come out the same again', () => {
    expect(createRandomSheets(reference, seed)).toEqual(sheets);
  });
});

describe('createRandomSheets', () => {
  it('differs from seed to seed', () => {
    expect(createRandomSheets(reference, 1)).not.toEqual(createRandomSheets(reference, 2));
  });

  it('never draws what nobody in the reference answered', () => {
    const unanimous = Array.from({ length: 50 }, (_, index) => createSheet(index + 10, [1, 0]));
    expect(createRandomSheets(unanimous, 3).every(({ answers }) => answers[0] && !answers[1])).toBe(
      true,
    );
  });

  it('keeps the shares of all answers, missing ones too', () => {
    const likert = Array.from({ length: 600 }, (_, index) =>
      createSheet(index, [index % 6 === 0 ? null : index % 6]),
    );
    const drawn = createRandomSheets(likert, 3).map(({ answers }) => answers[0]);
    for (const answer of [null, 1, 2, 3, 4, 5]) {
      const found = drawn.filter((one) => one === answer).length;
      // Four standard errors.
      expect(Math.abs(found - 100)).toBeLessThan(4 * Math.sqrt((600 * 5) / 36));
    }
  });

  it('needs a reference', () => {
    expect(() => createRandomSheets([], 1)).toThrow('There are no reference sheets');
  });
});

function share(sheets: readonly Sheet[], item: number): number {
  return sheets.filter(({ answers }) => answers[item]).length / sheets.length;
}
