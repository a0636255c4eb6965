import { describe, expect, test } from 'vitest';
import type { Instrument } from './instrument.ts';
import { findInstrument } from './load.ts';
import { scoreAnswers, scoreItem } from './score.ts';

const epqra = findInstrument('epqra');
const bigfive = findInstrument('bigfive');
const miniipip = findInstrument('miniipip');

/** Francis, Brown & Philipchalk 1992: items that score when answered Yes, and when answered No. */
const EPQRA_KEY = {
  E: { yes: [2, 4, 13, 23], no: [15, 20] },
  N: { yes: [1, 9, 11, 14, 18, 21], no: [] },
  P: { yes: [6, 8, 12], no: [3, 16, 22] },
  L: { yes: [24], no: [5, 7, 10, 17, 19] },
} as const;

/** John & Srivastava 1999. */
const BFI_KEY = {
  E: '1 6R 11 16 21R 26 31R 36',
  A: '2R 7 12R 17 22 27R 32 37R 42',
  C: '3 8R 13 18R 23R 28 33 38 43R',
  N: '4 9R 14 19 24R 29 34R 39',
  O: '5 10 15 20 25 30 35R 40 41R 44',
} as const;

/** Donnellan, Oswald, Baird & Lucas 2006. */
const MINI_IPIP_KEY = {
  E: '1 6R 11 16R',
  A: '2 7R 12 17R',
  C: '3 8R 13 18R',
  N: '4 9R 14 19R',
  O: '5 10R 15R 20R',
} as const;

function answersOf(instrument: Instrument, answer: (item: number) => number): Map<number, number> {
  return new Map(instrument.items.map((item) => [item.number, answer(item.number)]));
}

function keyLine(instrument: Instrument, scale: string): string {
  const items = instrument.items.filter((item) => item.scale === scale);
  return items.map((item) => `${item.number}${item.reverse ? 'R' : ''}`).join(' ');
}

describe('keys', () => {
  test.each(Object.entries(EPQRA_KEY))('EPQR-A %s', (scale, { yes, no }) => {
    const keyed = (key: number) =>
      epqra.items
        .filter((item) => item.scale === scale && item.key === key)
        .map((item) => item.number);
    expect(keyed(1)).toEqual(yes);
    expect(keyed(0)).toEqual(no);
  });

  test.each(Object.entries(BFI_KEY))('BFI-44 %s', (scale, line) => {
    expect(keyLine(bigfive, scale)).toBe(line);
  });

  test.each(Object.entries(MINI_IPIP_KEY))('Mini-IPIP %s', (scale, line) => {
    expect(keyLine(miniipip, scale)).toBe(line);
  });

  test('cover every item', () => {
    expect([epqra, bigfive, miniipip].map((instrument) => instrument.items.length)).toEqual([
      24, 44, 20,
    ]);
    expect(bigfive.items.filter((item) => item.reverse)).toHaveLength(16);
    expect(miniipip.items.filter((item) => item.reverse)).toHaveLength(11);
  });
});

describe('scoreItem', () => {
  test('is agreement with the key', () => {
    const item = (number: number) => epqra.items[number - 1]!;
    expect(scoreItem(item(1), 1)).toBe(1);
    expect(scoreItem(item(1), 0)).toBe(0);
    expect(scoreItem(item(3), 1)).toBe(0);
    expect(scoreItem(item(3), 0)).toBe(1);
  });

  test('turns reversed answers round (a published row: item 2, answer 2, score 4)', () => {
    expect(scoreItem(bigfive.items[1]!, 2)).toBe(4);
    expect(scoreItem(bigfive.items[0]!, 2)).toBe(2);
  });
});

describe('scoreAnswers', () => {
  test('sums keyed answers: 6 on every scale for the keyed sheet, 0 for its opposite', () => {
    const keyed = answersOf(epqra, (number) => epqra.items[number - 1]!.key!);
    expect(Object.fromEntries(scoreAnswers(epqra, keyed))).toEqual({ E: 6, N: 6, P: 6, L: 6 });
    const opposite = answersOf(epqra, (number) => 1 - epqra.items[number - 1]!.key!);
    expect(Object.fromEntries(scoreAnswers(epqra, opposite))).toEqual({ E: 0, N: 0, P: 0, L: 0 });
  });

  test('sums a sheet of Yes', () => {
    expect(
      Object.fromEntries(
        scoreAnswers(
          epqra,
          answersOf(epqra, () => 1),
        ),
      ),
    ).toEqual({ E: 4, N: 6, P: 3, L: 1 });
  });

  test('means, unrounded', () => {
    const scores = scoreAnswers(
      bigfive,
      answersOf(bigfive, () => 5),
    );
    expect(Object.fromEntries(scores)).toEqual({
      E: 28 / 8,
      A: 29 / 9,
      C: 29 / 9,
      N: 28 / 8,
      O: 42 / 10,
    });
  });

  test('leaves out a scale of which an item has no answer, unless its rule allows that', () => {
    const sheet = answersOf(bigfive, () => 4);
    sheet.delete(1);
    expect([...scoreAnswers(bigfive, sheet).keys()]).toEqual(['A', 'C', 'N', 'O']);
    expect(scoreAnswers(epqra, new Map()).size).toBe(0);
  });
});
