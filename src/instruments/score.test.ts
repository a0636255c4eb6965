import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Instrument } from './instrument.ts';
import { findInstrument, parseInstrument } from './load.ts';
import {
  hashOfRule,
  pointsOf,
  rangeOfScale,
  scoreAnswers,
  scoreItem,
  scoreScales,
} from './score.ts';

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

/** Item texts of each scale, each with its sign; the sources are named beside the files. */
function secondSource(slug: string): Readonly<Record<string, readonly string[]>> {
  const file = new URL(`../../test/fixtures/instrument-keys/${slug}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string[]>;
}

describe('keys, against lists from a second source', () => {
  test.each(['ipipneo120', 'ipip50', 'phq9', 'gad7'])('%s', (slug) => {
    const { items, scales } = findInstrument(slug);
    const ours = scales
      .filter((scale) => scale.items.length > 0)
      .map((scale) => [
        scale.id,
        scale.items
          .map(({ item, weight }) => `${weight === 1 ? '+' : '-'}${items[item - 1]!.text}`)
          .sort(),
      ]);
    const theirs = Object.entries(secondSource(slug)).map(([id, texts]) => [id, texts.toSorted()]);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
  });

  test('the domains of the IPIP-NEO-120 are their six facets, all in one direction', () => {
    const neo = findInstrument('ipipneo120');
    const domains = neo.scales.filter(({ parts }) => parts.length > 0);
    expect(domains.map(({ id, score, parts }) => [id, score, parts])).toEqual(
      ['N', 'E', 'O', 'A', 'C'].map((id) => [
        id,
        'sum',
        [1, 2, 3, 4, 5, 6].map((facet) => ({ scale: `${id}${facet}`, weight: 1 })),
      ]),
    );
    expect(rangeOfScale(neo, domains[0]!)).toEqual({ low: 24, high: 120 });
  });

  test('a facet of the IPIP-NEO-120 is four items, thirty apart', () => {
    const facets = findInstrument('ipipneo120').scales.filter(({ items }) => items.length > 0);
    expect(facets).toHaveLength(30);
    for (const { items } of facets) {
      const [first] = items;
      expect(items.map(({ item }) => item)).toEqual(
        [0, 30, 60, 90].map((later) => first!.item + later),
      );
    }
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

describe('scales of format 2, each value computed by hand', () => {
  const options = [1, 2, 3, 4, 5].map((value) => ({ value, label: `answer ${value}` }));
  const codes = [{ value: 777, label: 'Prefer not to say', missing: true }];

  /** Four items a, b, c, d of 1 to 5, or 777, and d with points of its own. */
  function withScales(...scales: readonly object[]): Instrument {
    return parseInstrument(
      JSON.stringify({
        ...{ format: 2, slug: 'hand', title: 't', citation: 'c', licence: 'l', language: 'en' },
        answers: [{ id: 'five', options: [...options, ...codes] }],
        blocks: [
          {
            answers: 'five',
            items: [
              ...['a', 'b', 'c'].map((id) => ({ id, text: `Item ${id}` })),
              { id: 'd', text: 'Item d', points: { '1': 0, '2': 0, '3': 0, '4': 2.5, '5': 10 } },
              { id: 'n', text: 'How many?', number: { min: 0, max: 20 } },
            ],
          },
        ],
        scales: scales.map((scale, index) => ({ id: `S${index}`, name: 'A scale', ...scale })),
      }),
      'hand.json',
    );
  }

  const scoresOf = (instrument: Instrument, answers: readonly (number | null)[]) =>
    Object.fromEntries(
      scoreAnswers(
        instrument,
        new Map(
          answers.flatMap((answer, index): [number, number][] =>
            answer === null ? [] : [[index + 1, answer]],
          ),
        ),
      ),
    );

  test('a sign turns an item round: lowest + highest - points', () => {
    const signed = withScales(
      { score: 'sum', items: ['a', '-b', '-d'] },
      { score: 'mean', items: ['a', '-b'] },
      { score: 'sum', items: ['-n'] },
    );
    // d scores 0 to 10: answer 4 is 2.5, turned round 7.5.
    expect(scoresOf(signed, [2, 5, 1, 4, 8])).toEqual({
      S0: 2 + (6 - 5) + (10 - 2.5),
      S1: (2 + 1) / 2,
      S2: 20 - 8,
    });
  });

  test('a weight multiplies; a mean is divided by the weights', () => {
    const weighted = withScales(
      { score: 'sum', items: { a: 2, b: -0.5 } },
      { score: 'mean', items: { a: 2, b: -0.5 } },
    );
    expect(scoresOf(weighted, [3, 4])).toEqual({
      S0: 2 * 3 + 0.5 * (6 - 4),
      S1: (2 * 3 + 0.5 * (6 - 4)) / 2.5,
    });
  });

  test('an item counts on two scales, in opposite directions', () => {
    const both = withScales(
      { score: 'sum', items: ['a', 'b'] },
      { score: 'sum', items: ['-a', 'c'] },
    );
    expect(scoresOf(both, [5, 4, 3])).toEqual({ S0: 9, S1: 1 + 3 });
    // The published columns have its first scale.
    expect(both.items[0]).toMatchObject({ scale: 'S0', reverse: false });
  });

  test('a scale of scales takes their scores, turned round over their ranges', () => {
    const nested = withScales(
      { score: 'sum', items: ['a', 'b'] },
      { score: 'mean', items: ['b', 'c'] },
      { score: 'sum', of: { S0: 1, S1: -1 } },
      { score: 'mean', of: { S2: 1, S0: 3 } },
      { score: 'max', of: { S0: 1, S1: 1 } },
    );
    // S0: 2 to 10; S1: 1 to 5, so turned round 6 - 3.5.
    expect(scoresOf(nested, [1, 4, 3])).toEqual({
      S0: 5,
      S1: 3.5,
      S2: 5 + 2.5,
      S3: (7.5 + 3 * 5) / 4,
      S4: 5,
    });
    expect(nested.scales.map((scale) => rangeOfScale(nested, scale))).toEqual([
      { low: 2, high: 10 },
      { low: 1, high: 5 },
      { low: 3, high: 15 },
      { low: (3 + 3 * 2) / 4, high: (15 + 3 * 10) / 4 },
      { low: 2, high: 10 },
    ]);
  });

  test('a scale of scales lacks a score where a part does, unless its rule allows that', () => {
    const nested = withScales(
      { score: 'sum', items: ['a'] },
      { score: 'sum', items: ['b', 'c'] },
      { score: 'sum', of: ['S0', 'S1'] },
      { score: 'sum', of: ['S0', 'S1'], missing: { most: 1 } },
    );
    // S3: one of two parts, scaled up.
    expect(scoresOf(nested, [null, 4, 3])).toEqual({ S1: 7, S3: 14 });
  });

  test('max is the highest, count how many score above 0', () => {
    const rules = withScales(
      { score: 'max', items: ['a', '-b', 'c'] },
      { score: 'count', items: ['a', 'd'] },
      { score: 'count', items: ['-d'] },
    );
    expect(scoresOf(rules, [2, 1, 3, 3])).toEqual({ S0: 5, S1: 1, S2: 1 });
    expect(scoresOf(rules, [2, 4, 3, 5])).toEqual({ S0: 3, S1: 2, S2: 0 });
  });

  test('a centred scale subtracts the mean of the items that are on a scale', () => {
    const centred = withScales(
      { score: 'mean', items: ['a', 'b'], centre: 'person' },
      { score: 'sum', items: ['a', '-c'], centre: 'person' },
    );
    // The mean of 5, 4 and 3 is 4; d and n are on no scale.
    expect(scoresOf(centred, [5, 4, 3, 1, 9])).toEqual({
      S0: (5 + 4) / 2 - 4,
      S1: 5 - 4 + (6 - 3 - 4),
    });
  });

  test('a sum over fewer items is scaled up, unless the rule says otherwise', () => {
    const partial = withScales(
      { score: 'sum', items: ['a', 'b', 'c'], missing: { most: 1 } },
      { score: 'sum', items: ['a', 'b', 'c'], missing: { most: 1, prorate: false } },
      { score: 'mean', items: ['a', '-b', 'c'], missing: { most: 1 } },
      { score: 'sum', items: { a: 1, b: 1, c: 2 }, missing: { most: 1 } },
      { score: 'sum', items: ['a', 'b', 'c'] },
      { score: 'max', items: ['a', 'b', 'c'], missing: { most: 2 } },
    );
    expect(scoresOf(partial, [4, null, 3])).toEqual({
      S0: (7 * 3) / 2,
      S1: 7,
      S2: 3.5,
      // By weight: c counts twice.
      S3: ((4 + 2 * 3) * 4) / 3,
      S5: 4,
    });
    expect(scoresOf(partial, [4, null, null])).toEqual({ S5: 4 });
    expect(scoresOf(partial, [null, null, null])).toEqual({});
  });

  test('a missing code counts as no answer', () => {
    const partial = withScales(
      { score: 'sum', items: ['a', 'b'], missing: { most: 1 } },
      { score: 'sum', items: ['a', 'b'] },
    );
    expect(scoresOf(partial, [4, 777])).toEqual({ S0: 8 });
    expect(pointsOf(partial.items[1]!, 777)).toBeNull();
    expect(scoreItem(partial.items[1]!, 777)).toBeNull();
    expect(partial.items[1]!.range).toEqual({ low: 1, high: 5 });
  });

  test('how many items count in a score, those of its parts for a scale of scales', () => {
    const nested = withScales(
      { score: 'sum', items: ['a', 'b'], missing: { most: 1 } },
      { score: 'sum', items: ['c'] },
      { score: 'sum', of: ['S0', 'S1'] },
    );
    const answered = [
      ...scoreScales(
        nested,
        new Map([
          [1, 2],
          [2, 777],
          [3, 3],
        ]),
      ).values(),
    ];
    expect(answered).toEqual([
      { score: 4, itemsAnswered: 1 },
      { score: 3, itemsAnswered: 1 },
      { score: 7, itemsAnswered: 2 },
    ]);
  });

  test('the hash of a rule changes with what decides the score, and with nothing else', () => {
    const hash = (scale: object, ...others: readonly object[]) => {
      const instrument = withScales(scale, ...others);
      return hashOfRule(instrument, instrument.scales[0]!);
    };
    const plain = hash({ score: 'sum', items: ['a', '-b'] });
    expect(hash({ score: 'sum', items: { b: -1, a: 1 } })).toBe(plain);
    expect(hash({ score: 'sum', items: ['a', '-b'], name: 'Another' })).toBe(plain);
    const others = [
      hash({ score: 'mean', items: ['a', '-b'] }),
      hash({ score: 'sum', items: ['a', 'b'] }),
      hash({ score: 'sum', items: ['a', '-b', 'c'] }),
      hash({ score: 'sum', items: ['a', '-d'] }),
      hash({ score: 'sum', items: ['a', '-b'], missing: { most: 1 } }),
      hash({ score: 'sum', items: ['a', '-b'], centre: 'person' }),
      hash({ score: 'sum', of: ['S1'] }, { score: 'sum', items: ['a', '-b'] }),
    ];
    expect(new Set([plain, ...others]).size).toBe(8);
    // A centred score depends on all items that are on a scale.
    const centred = { score: 'sum', items: ['a'], centre: 'person' };
    const another = { score: 'sum', items: ['b'] };
    expect(hash(centred, another)).not.toBe(hash(centred));
    expect(hash({ ...centred, centre: undefined }, another)).toBe(
      hash({ ...centred, centre: undefined }),
    );
  });
});
