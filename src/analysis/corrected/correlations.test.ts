import { expect, test } from 'vitest';
import {
  answered,
  type Given,
  KEYED,
  MAX_N,
  MOOD,
  population,
  SPAIN,
  score,
  study,
} from '../../../test/support/small-study.ts';
import type { Answered } from '../data.ts';
import { tabulateAllCorrelations, tabulateCorrelations } from './correlations.ts';
import { tabulateTraitScores } from './trait-scores.ts';

const MOODS = [
  [1, 2, 2],
  [0, 1, 0],
  [-2, -1, -2],
  [2, 2, 1],
  [0, 0, 1],
  [-1, 0, -1],
  [1, 1, 2],
  [-2, 0, -1],
];
const KEYED_GIVEN: readonly Given[] = [1, 0, 0, 1, 1, 0, 1, 0].map((e, index) => ({
  personality: index + 1,
  points: score(e, 2),
}));
const MOOD_GIVEN: readonly Given[] = MOODS.map((points, index) => ({
  personality: index + 1,
  points: [...points, index % 3, index % 2],
}));

const tabulate = (keyed: readonly Given[], mood: readonly Given[]) =>
  tabulateCorrelations(study({ answered: [answered(KEYED, keyed), answered(MOOD, mood)] }));

function expectClose(actual: number | null, expected: number): void {
  expect(Math.abs(actual! - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.abs(expected),
  );
}

test('r, its interval and p are those of R, and Holm is over the model and the instruments', () => {
  // R 4.2.2: cor.test(rowMeans(x), c(1,0,0,1,1,0,1,0))[c("estimate", "conf.int", "p.value")]
  const [row, second, constant] = tabulate(KEYED_GIVEN, MOOD_GIVEN);
  expect(row).toMatchObject({
    instrument: 'mood',
    model: 'GPT-4o',
    population: 'Base',
    epqra_scale: 'E',
    bigfive_scale: 'A',
    n: 8,
  });
  expectClose(row!.r, 0.8422348876123156);
  expectClose(row!.ci_low, 0.33840590743029908);
  expectClose(row!.ci_high, 0.9707610260490874);
  expectClose(row!.p, 0.008691948979611359);
  // The second is the smaller of two.
  expect(second).toMatchObject({ bigfive_scale: 'B', p_adjusted: 2 * second!.p!, family_size: 2 });
  expect(row).toMatchObject({
    p_adjusted: row!.p,
    family: 'table 5: correlation with mood, GPT-4o',
    family_size: 2,
  });
  expect(constant).toMatchObject({
    r: null,
    p: null,
    family: null,
    reason: 'one of the variables is constant',
  });
});

test('one value a personality, and the order does not matter', () => {
  const rows = tabulate(KEYED_GIVEN, MOOD_GIVEN);
  expect(
    tabulate([...KEYED_GIVEN, ...KEYED_GIVEN], [...MOOD_GIVEN.toReversed(), ...MOOD_GIVEN]),
  ).toEqual(rows.map((row) => ({ ...row, m_1: 2, m_2: 2 })));
});

/**
 * R 4.2.2: f and s are each person's means over four administrations, w1 and w2 their mean squared
 * deviations, tg the mean product of the deviations of its two draws; (cov(f, s) + mean(tg)) /
 * sqrt((var(f) + mean(w1)) * (var(s) + mean(w2))); interval by the jackknife on Fisher's z
 */
test('of one administration each, personas of one draw belong together', () => {
  const first = [
    [1, 2, 2, 3],
    [4, 3, 5, 4],
    [2, 2, 3, 3],
    [6, 5, 6, 4],
    [1, 0, 2, 2],
    [3, 4, 3, 5],
  ];
  const second = [
    [2, 1, 3, 3],
    [5, 5, 4, 6],
    [1, 2, 4, 3],
    [5, 6, 5, 5],
    [2, 1, 1, 3],
    [4, 3, 4, 4],
  ];
  const given = (scores: readonly (readonly number[])[], points: (of: number) => number[]) =>
    scores.flatMap((own, person) =>
      own.map((of): Given => ({ personality: person + 1, points: points(of) })),
    );
  const withDraws = (one: Answered): Answered => ({
    ...one,
    administrations: one.administrations.map((administration, at) => ({
      ...administration,
      draw: 1 + Math.floor((at % 4) / 2),
    })),
  });
  const [row] = tabulateCorrelations(
    study({
      answered: [
        withDraws(
          answered(
            KEYED,
            given(first, (of) => [...score(of, 3)]),
          ),
        ),
        // The mean of three items, a third of this.
        withDraws(
          answered(
            MOOD,
            given(second, (of) => [of - 4, 0, 0, 0, 0]),
          ),
        ),
      ],
    }),
  );
  expect(row).toMatchObject({ m_1: 4, m_2: 4 });
  expect(row!.r).toBeCloseTo(0.963224005268337, 12);
  expect(row!.r_single).toBeCloseTo(0.836280194459254, 12);
  expect(row!.r_single_ci_low).toBeCloseTo(0.599425051215584, 12);
  expect(row!.r_single_ci_high).toBeCloseTo(0.944138341679644, 12);
});

test('the reference population, conditions and persons without a number stay out', () => {
  const noise = (given: readonly Given[], of: Given['population']) =>
    given.map((one) => ({ ...one, population: of!, personality: 9 - one.personality! }));
  const nameless = [{ ...KEYED_GIVEN[0]!, personality: null }];
  const rows = tabulate(
    [...KEYED_GIVEN, ...noise(KEYED_GIVEN, MAX_N), ...nameless],
    [
      ...MOOD_GIVEN,
      ...noise(MOOD_GIVEN, SPAIN),
      ...noise(MOOD_GIVEN, MAX_N),
      { ...MOOD_GIVEN[0]!, personality: null },
    ],
  );
  expect(rows).toEqual(tabulate(KEYED_GIVEN, MOOD_GIVEN));
});

test('populations of their own are kept apart; a language without a partner takes any', () => {
  const mine = population('mine');
  const rows = tabulate(
    [...KEYED_GIVEN, ...KEYED_GIVEN.map((one) => ({ ...one, population: mine }))],
    MOOD_GIVEN.map((one) => ({ ...one, population: mine })),
  );
  expect([...new Set(rows.map((row) => row.population))]).toEqual(['mine']);
  const spanish = { ...MOOD, language: 'es', label: 'mood (es)' };
  const other = tabulateCorrelations(
    study({ answered: [answered(KEYED, KEYED_GIVEN), answered(spanish, MOOD_GIVEN)] }),
  );
  expect(other[0]).toMatchObject({ instrument: 'mood (es)', n: 8 });
  expect(
    tabulate(
      KEYED_GIVEN,
      MOOD_GIVEN.map((one) => ({ ...one, personality: one.personality! + 50 })),
    )[0],
  ).toMatchObject({
    n: 0,
    reason: 'no personality answered both questionnaires',
  });
});

test('every two scales, of one instrument too, in families of two instruments', () => {
  const own = answered(KEYED, KEYED_GIVEN);
  const mood = answered(MOOD, MOOD_GIVEN);
  const rows = tabulateAllCorrelations(study({ answered: [mood, own] }));
  expect(
    rows.map((row) => [
      row.instrument_1,
      row.scale_1,
      row.instrument_2,
      row.scale_2,
      row.family_size,
    ]),
  ).toEqual([
    ['mood', 'A', 'mood', 'B', 1],
    ['mood', 'A', 'epqra', 'E', 2],
    ['mood', 'A', 'epqra', 'N', null],
    ['mood', 'B', 'epqra', 'E', 2],
    ['mood', 'B', 'epqra', 'N', null],
    ['epqra', 'E', 'epqra', 'N', null],
  ]);
  expect(rows[1]!.r).toBe(tabulate(KEYED_GIVEN, MOOD_GIVEN)[0]!.r);
  // Another instrument changes no p of these.
  const third = answered({ ...MOOD, slug: 'third', label: 'third' }, MOOD_GIVEN);
  const more = tabulateAllCorrelations(study({ answered: [mood, own, third] }));
  for (const row of rows) expect(more).toContainEqual(row);
});

test('scores of other instruments, with the reference population last', () => {
  // R 4.2.2: x <- rowMeans(…); t.test(x)[c("estimate", "conf.int")]; sd(x)
  const of = (given: readonly Given[]) =>
    tabulateTraitScores(study({ answered: [answered(KEYED, KEYED_GIVEN), answered(MOOD, given)] }));
  const rows = of([
    ...MOOD_GIVEN.map((one) => ({ ...one, population: SPAIN })),
    ...MOOD_GIVEN.map((one) => ({ ...one, model: 'GPT-3.5' })),
  ]);
  expect(
    rows.map(({ model, population: label, scale, answered_by }) => [
      model,
      label,
      scale,
      answered_by,
    ]),
  ).toEqual([
    ['GPT-3.5', 'Base', 'A', null],
    ['GPT-3.5', 'Base', 'B', null],
    ['Reference', null, 'A', 'GPT-4o'],
    ['Reference', null, 'B', 'GPT-4o'],
  ]);
  expect(rows[0]).toMatchObject({ n: 8, scoring: 'mean', reason: null });
  expectClose(rows[0]!.mean, 0.25);
  expectClose(rows[0]!.ci_low, -0.8111576084811857);
  expectClose(rows[0]!.ci_high, 1.3111576084811856);
  expectClose(rows[0]!.sd, 1.269295517643985);
  expect(of([...MOOD_GIVEN, ...MOOD_GIVEN])[0]).toMatchObject({
    n: 8,
    n_administrations: 16,
    mean: rows[0]!.mean,
  });
  expect(of(MOOD_GIVEN.slice(0, 1))[0]).toMatchObject({
    n: 1,
    sd: null,
    ci_low: null,
    reason: 'fewer than 2 values',
  });
});

test('a scale and its own facet share items, and their correlation is no test', () => {
  const total = {
    ...MOOD.scales[0]!,
    ...{ id: 'T', name: 'Total', members: [] },
    parts: ['A', 'B'].map((scale) => ({ scale, weight: 1, low: -2, high: 2 })),
  };
  const whole = { ...MOOD, scales: [...MOOD.scales, total] };
  const rows = tabulateAllCorrelations(study({ answered: [answered(whole, MOOD_GIVEN)] }));
  expect(
    rows.map(({ scale_1, scale_2, share_items, p, test: named }) => [
      ...[scale_1, scale_2, share_items, p === null, named],
    ]),
  ).toEqual([
    ['A', 'B', false, false, 't of r'],
    ['A', 'T', true, true, null],
    ['B', 'T', true, true, null],
  ]);
  expect(rows.map(({ r, family_size }) => [r !== null, family_size])).toEqual([
    [true, 1],
    [true, null],
    [true, null],
  ]);
});
