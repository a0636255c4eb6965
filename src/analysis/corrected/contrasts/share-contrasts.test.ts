import { expect, test } from 'vitest';
import {
  answered,
  type Given,
  MOOD,
  population,
  scaled,
  study,
} from '../../../../test/support/small-study.ts';
import { ITEM_STATES } from '../../data.ts';
import type { Ending } from '../../endings.ts';
import { type AnalysisPlan, analysisPlan } from '../../plan.ts';
import { tabulateShareContrasts } from './share-contrasts.ts';

/** A scale of one item, and a question to be answered Yes or No. */
const HIRING = scaled(
  {
    ...MOOD,
    items: MOOD.items.slice(0, 2).map((item, column) =>
      column === 0
        ? item
        : {
            ...item,
            id: 'hire',
            options: [
              { value: 0, label: 'No' },
              { value: 1, label: 'Yes' },
            ],
          },
    ),
  },
  'mean',
  (_, column) => (column === 0 ? 'A' : null),
);
const CHRISTIAN = population('Christian', { population: 'Christian' });
const MUSLIM = population('Muslim', { population: 'Muslim' });

const tabulate = (
  given: readonly Given[],
  plan: Partial<AnalysisPlan> = {},
  states: Uint8Array | null = null,
) =>
  tabulateShareContrasts(
    study({ answered: [{ ...answered(HIRING, given), states }] }),
    analysisPlan.parse(plan),
  );

function hired(personality: number, isHired: boolean, of = CHRISTIAN): Given {
  return { personality, points: [1, Number(isHired)], population: of };
}

/** Cases of which so many are hired as both, as Muslims only, as Christians only, as neither. */
function pairs(both: number, muslim: number, christian: number, neither: number): Given[] {
  const kinds = [
    ...Array.from({ length: both }, () => [true, true] as const),
    ...Array.from({ length: muslim }, () => [true, false] as const),
    ...Array.from({ length: christian }, () => [false, true] as const),
    ...Array.from({ length: neither }, () => [false, false] as const),
  ];
  return [
    ...kinds.map(([, second], index) => hired(index + 1, second)),
    ...kinds.map(([first], index) => hired(index + 1, first, MUSLIM)),
  ];
}

test('pairs of a yes/no item have Newcombe’s interval, ratios that keep to it, and McNemar’s test', () => {
  const rows = tabulate(pairs(12, 9, 3, 16));
  // By hand in R 4.2.2: Wilson's limits, the phi coefficient, Newcombe (1998) without correction,
  // the equations of Donner & Zou (2012), binom.test(3, 12).
  expect(rows).toMatchObject([
    {
      ...{ outcome: 'hire', factor: 'condition', level: 'Muslim', reference: 'Christian' },
      ...{ method: 'McNemar exact', n: 40, n_reference: 40, n_both: 40 },
      ...{ share: 21 / 40, ref_share: 15 / 40, beyond_four_fifths: true },
      risk_diff: expect.closeTo(0.15, 12),
      ci_low: expect.closeTo(-0.0132034620818602, 9),
      ci_high: expect.closeTo(0.2994768533284013, 9),
      risk_ratio: expect.closeTo(1.4, 12),
      risk_ratio_ci_low: expect.closeTo(0.971263310899645, 9),
      risk_ratio_ci_high: expect.closeTo(2.065974409875139, 9),
      odds_ratio: expect.closeTo(1.842105263157895, 9),
      odds_ratio_ci_low: expect.closeTo(0.946569530290105, 9),
      odds_ratio_ci_high: expect.closeTo(3.568489950866129, 9),
      p: expect.closeTo(0.14599609375, 12),
      reason: null,
    },
  ]);
});

test('other cases are compared as two groups', () => {
  const rows = tabulate([
    ...Array.from({ length: 25 }, (_, index) => hired(index + 1, index < 6)),
    ...Array.from({ length: 20 }, (_, index) => hired(index + 101, index < 15, MUSLIM)),
  ]);
  // R 4.2.2: fisher.test(matrix(c(15, 5, 6, 19), 2)); Newcombe's square-and-add by hand.
  expect(rows).toMatchObject([
    {
      ...{ method: 'Fisher exact', n_both: 0 },
      p: expect.closeTo(0.000954183360487205, 12),
      ci_low: expect.closeTo(0.217457125534679, 9),
      ci_high: expect.closeTo(0.696323392689611, 9),
    },
  ]);
});

test('refusals, unusable replies and declined items are outcomes where they occur', () => {
  const failed = (personality: number, ending: Ending): Given => ({
    ...hired(personality, false, MUSLIM),
    ending,
  });
  const given = [
    ...[1, 2, 3, 4].map((personality) => hired(personality, true)),
    ...[failed(1, 'refused'), failed(2, 'refused'), failed(3, 'invalid'), failed(4, 'failed')],
  ];
  const states = new Uint8Array(given.length * 2);
  states[1] = ITEM_STATES.indexOf('declined');
  const rows = tabulate(given, {}, states);
  expect(rows.map(({ outcome, n, share, ref_share }) => [outcome, n, share, ref_share])).toEqual([
    // A connection that failed says nothing of the model.
    ['refused', 3, expect.closeTo(2 / 3, 12), 0],
    ['no usable reply', 3, 1 / 3, 0],
    ['declined an item', 0, null, null],
    ['hire', 0, null, null],
  ]);
  expect(rows[0]).toMatchObject({
    ...{ risk_ratio: null, p: expect.closeTo(0.5, 12), method: 'McNemar exact' },
    reason: 'risk ratio: the reference is 0; odds ratio: the reference is 0',
  });
  expect(rows[2]!.reason).toBe(
    'no administration of "Muslim" has succeeded (2 refused, 1 invalid, 1 failed)',
  );
  expect(tabulate(pairs(1, 1, 1, 1)).map(({ outcome }) => outcome)).toEqual(['hire']);
});

test('a case with several administrations counts with its share', () => {
  const rows = tabulate([
    ...pairs(3, 2, 1, 3),
    ...pairs(1, 3, 3, 2).map((one) => ({ ...one, repeated: 1 })),
  ]);
  expect(rows).toMatchObject([{ method: 'paired t', n_both: 9, p: expect.any(Number) }]);
  expect(rows[0]!.ci_low).toBeLessThan(rows[0]!.risk_diff!);
});

/** Cases asked four times under each level, with so many refusals each. */
function refusing(cases: number, muslim: number, christian: number): Given[] {
  const sides = [
    [CHRISTIAN, christian],
    [MUSLIM, muslim],
  ] as const;
  return Array.from({ length: cases }, (_, index) =>
    sides.flatMap(([of, refused]) =>
      [1, 2, 3, 4].map((repeated) => ({
        ...hired(index + 1, true, of),
        repeated,
        ...(repeated <= refused ? { ending: 'refused' as const } : {}),
      })),
    ),
  ).flat();
}

test('pairs that all differ by as much have the exact sign-flip p, and no interval', () => {
  const NO_LIMITS = { ci_low: null, ci_high: null, risk_ratio_ci_low: null };
  const [row] = tabulate(refusing(4, 1, 0));
  // R: 2 * pbinom(0, 4, 0.5) = 0.125
  expect(row).toMatchObject({
    ...{ outcome: 'refused', method: 'exact sign-flip', share: 0.25, ref_share: 0 },
    ...{ risk_diff: 0.25, ...NO_LIMITS, p: expect.closeTo(0.125, 12) },
    reason:
      'interval: the differences are constant; risk ratio: the reference is 0; odds ratio: the reference is 0',
  });
  const [ratio] = tabulate(refusing(6, 1, 3));
  expect(ratio).toMatchObject({
    ...{ risk_diff: -0.5, risk_ratio: expect.closeTo(1 / 3, 12), risk_ratio_ci_high: null },
    ...{ ...NO_LIMITS, odds_ratio_ci_low: null, p: expect.closeTo(0.03125, 12) },
  });
  // What does not differ at all is left untested.
  expect(tabulate(refusing(4, 1, 1))[0]).toMatchObject({
    ...{ method: 'paired t', p: null, reason: 'test: the differences are constant' },
  });
});

test('a share of 0 is beyond four fifths of any other, and not of 0', () => {
  const beyond = (muslim: number, christian: number) =>
    tabulate(refusing(5, muslim, christian)).find(({ outcome }) => outcome === 'refused')
      ?.beyond_four_fifths;
  expect([beyond(1, 0), beyond(0, 1), beyond(1, 3), beyond(2, 2)]).toEqual([
    ...[true, true, true, false],
  ]);
  const none = tabulate(
    [1, 2, 3].flatMap((personality) => [
      hired(personality, false),
      hired(personality, false, MUSLIM),
    ]),
  );
  expect(none).toMatchObject([{ share: 0, ref_share: 0, beyond_four_fifths: false }]);
});

test('what is screened is corrected by the rate of false discoveries', () => {
  const rows = tabulate(
    pairs(12, 9, 3, 16).map((one) => ({
      ...one,
      columns: { name: `${one.population!.display} ${one.personality! % 4}` },
    })),
    { compare: [], screen: ['name'] },
  );
  expect(rows).toHaveLength(8);
  expect(new Set(rows.map(({ correction, reference }) => `${correction} ${reference}`))).toEqual(
    new Set(['Benjamini-Hochberg all others']),
  );
});
