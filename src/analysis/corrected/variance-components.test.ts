import { describe, expect, test } from 'vitest';
import { answered, BASE, KEYED, score, study } from '../../../test/support/small-study.ts';
import type { Answered, StudyQuestionnaire } from '../data.ts';
import { tabulateItemAgreement } from './item-agreement.ts';
import { tabulateComponents, tabulateGeneralizability } from './variance-components.ts';

interface Asked {
  readonly person: number;
  readonly draw?: number;
  readonly e: number;
}

/** Answers to E; N is always 3. */
function ask(
  given: readonly Asked[],
  label = 'epqra',
  factors: Readonly<Record<string, string>> = {},
): Answered {
  const questionnaire: StudyQuestionnaire = { ...KEYED, label };
  const one = answered(
    questionnaire,
    given.map(({ person, e }) => ({ personality: person, points: score(e, 3) })),
  );
  return {
    ...one,
    administrations: one.administrations.map((administration, at) => ({
      ...administration,
      draw: given[at]!.draw ?? null,
    })),
    factors: new Map(
      Object.entries(factors).map(([name, level]) => [
        name,
        { codes: new Int32Array(given.length), values: [level] },
      ]),
    ),
  };
}

const PEOPLE = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const round = (value: number) => Math.max(0, Math.min(6, Math.round(value)));
const wave = (...at: readonly number[]) =>
  Math.sin(at.reduce((sum, value, place) => sum + value * (place + 1) * 7.3, 1));

/** 10 persons × 3 draws × 2 administrations. */
const REPEATED = PEOPLE.flatMap((person) =>
  [1, 2, 3].flatMap((draw) =>
    [1, 2].map((again) => ({
      person,
      draw,
      e: round(3 + 2.5 * wave(person) + 0.9 * wave(person, draw) + 0.9 * wave(person, draw, again)),
    })),
  ),
);
const components = (forms: readonly Answered[]) =>
  tabulateComponents(study({ answered: forms })).filter(({ scale }) => scale === 'E');
const coefficients = (forms: readonly Answered[]) =>
  tabulateGeneralizability(study({ answered: forms })).find(({ scale }) => scale === 'E')!;

describe('draws and administrations', () => {
  const rows = components([ask(REPEATED)]);
  const [person, draw, administration] = rows.map(({ variance }) => variance!);

  test('have components that sum to 1, with an interval each', () => {
    expect(rows.map(({ component }) => component)).toEqual(['person', 'draw', 'administration']);
    expect(rows.reduce((sum, { share }) => sum + share!, 0)).toBeCloseTo(1, 12);
    for (const row of rows) {
      expect(row).toMatchObject({ n: 10, draws: 3, ways: 1, repetitions: 2, reason: null });
      expect(row.estimator).toBe('analysis of variance');
      expect(row.ci_low!).toBeLessThanOrEqual(row.share!);
      expect(row.ci_high!).toBeGreaterThanOrEqual(row.share!);
    }
  });

  /** R 4.2.2, lme4 1.1.31: VarCorr(lmer(e ~ 1 + (1 | person) + (1 | person:draw))) */
  test('are those of lme4', () => {
    expect(person).toBeCloseTo(2.999074021596, 4);
    expect(draw).toBeCloseTo(0.0916666584797, 4);
    expect(administration).toBeCloseTo(0.6166666743287, 4);
  });

  test('give generalizability, dependability, errors and retest correlations', () => {
    const row = coefficients([ask(REPEATED)]);
    const total = person! + draw! + administration!;
    expect(row.generalizability_single).toBeCloseTo(person! / total, 12);
    const error = draw! / 3 + administration! / 6;
    expect(row.generalizability).toBeCloseTo(person! / (person! + error), 12);
    expect(row.dependability).toBeCloseTo(row.generalizability!, 12);
    expect(row.sem).toBeCloseTo(Math.sqrt(error), 12);
    expect(row.sem_single).toBeCloseTo(Math.sqrt(draw! + administration!), 12);
    expect(row.icc_administrations).toBeCloseTo((person! + draw!) / total, 12);
    expect(row.icc_draws).toBeCloseTo(person! / total, 12);
    expect(row.reason).toBeNull();
  });

  test('where somebody was asked less, the method is called approximate', () => {
    const [first] = components([ask(REPEATED.slice(1))]);
    expect(first).toMatchObject({ estimator: 'Henderson I, approximate', n_administrations: 59 });
    expect(Math.abs(first!.variance! - person!)).toBeLessThan(0.3);
  });
});

test('what was not repeated is n/a, with the reason', () => {
  const once = REPEATED.filter(({ draw }, at) => draw === 1 && at % 2 === 0);
  expect(components([ask(once)])).toMatchObject([
    {
      component: 'person',
      share: null,
      reason: 'one administration of each person: nothing was repeated',
    },
  ]);
  const oneDraw = components([ask(REPEATED.filter(({ draw }) => draw === 1))]);
  expect(oneDraw[1]).toMatchObject({
    component: 'draw',
    variance: null,
    reason: 'one draw of each person',
  });
  const onceEach = components([ask(REPEATED.filter((_, at) => at % 2 === 0))]);
  expect(onceEach[1]).toMatchObject({
    component: 'draw',
    reason:
      'one administration of each draw: what draws differ by is in the component of administrations',
  });
  expect(onceEach[2]).toMatchObject({ component: 'administration', includes: 'draw' });
  expect(coefficients([ask(REPEATED.filter((_, at) => at % 2 === 0))])).toMatchObject({
    icc_administrations: null,
    reason: 'retest over administrations: one administration of each draw in each way',
  });
});

test('scores that are all the same have no components', () => {
  const [n] = tabulateComponents(study({ answered: [ask(REPEATED)] })).filter(
    ({ scale }) => scale === 'N',
  );
  expect(n).toMatchObject({ component: 'person', share: null, reason: 'the scores do not vary' });
});

test('a negative estimate is shown as 0, with the estimate beside', () => {
  const turned = PEOPLE.flatMap((person) =>
    [1, 2].map((again) => ({ person, e: (person + again) % 2 === 0 ? 2 : 4 })),
  );
  const [first, , last] = components([ask(turned)]);
  expect(first).toMatchObject({ component: 'person', variance: 0, share: 0 });
  expect(first!.estimate).toBeLessThan(0);
  expect(last!.share).toBe(1);
  expect(coefficients([ask(turned)]).generalizability).toBe(0);
});

describe('ways of asking', () => {
  const way = (order: string, format: string, shift: number) =>
    ask(
      PEOPLE.map((person) => ({
        person,
        e: round(3 + 2 * wave(person) + shift + 0.8 * wave(person, order.length, format.length)),
      })),
      `epqra (${order}; ${format})`,
      { item_order: order, format },
    );
  const forms = [
    way('published', 'json', 0),
    way('shuffled', 'json', 0.6),
    way('published', 'text', 0),
    way('shuffled', 'text', 0.6),
  ];
  const rows = components(forms);

  test('are components of their own, with that of persons in each', () => {
    expect(rows.map(({ component }) => component)).toEqual([
      'person',
      'draw',
      'format',
      'item_order',
      'other interactions',
      'person × format',
      'person × item_order',
      'administration',
    ]);
    expect(rows.every(({ instrument, ways }) => instrument === 'epqra' && ways === 4)).toBe(true);
    expect(rows.at(-1)).toMatchObject({
      includes: 'person × other interactions',
      estimator: 'analysis of variance',
    });
    expect(rows.find(({ component }) => component === 'item_order')!.estimate!).toBeGreaterThan(
      rows.find(({ component }) => component === 'format')!.estimate!,
    );
  });

  test('lower dependability, not generalizability', () => {
    const row = coefficients(forms);
    expect(row.dependability_single!).toBeLessThan(row.generalizability_single!);
    expect(row).toMatchObject({ icc_administrations: null, ways: 4, repetitions: 1 });
  });

  test('a factor that a group does not name is at its default', () => {
    const plain = ask(REPEATED.filter(({ draw }, at) => draw === 1 && at % 2 === 0));
    const shuffled = ask(
      REPEATED.filter(({ draw }, at) => draw === 1 && at % 2 === 1),
      'epqra (item_order: shuffled)',
      { item_order: 'shuffled' },
    );
    expect(components([plain, shuffled]).map(({ component }) => component)).toEqual([
      'person',
      'draw',
      'item_order',
      'administration',
    ]);
  });

  test('forms that no factor tells apart are a factor themselves', () => {
    const [first, second] = [forms[0]!, forms[2]!].map((form) => ({ ...form, factors: new Map() }));
    expect(components([first!, second!]).map(({ component }) => component)).toContain('form');
  });
});

describe('agreement of items', () => {
  const rows = (forms: readonly Answered[]) =>
    tabulateItemAgreement(study({ answered: forms })).find(({ scale }) => scale === 'E')!;

  test('is over administrations of one draw in one way', () => {
    const row = rows([ask(REPEATED)]);
    expect(row).toMatchObject({ over: 'administrations', repetitions: 2, n: 10, k: 6 });
    const pairs = Array.from({ length: 30 }, (_, pair) => [
      REPEATED[2 * pair]!.e,
      REPEATED[2 * pair + 1]!.e,
    ]);
    // The first e items count.
    row.item_agreement!.forEach((agreement, item) => {
      const equal = pairs.filter(([first, second]) => first! > item === second! > item).length;
      expect(agreement).toBeCloseTo(equal / 30, 12);
    });
    expect(row.gwet_ac1_ci_low!).toBeLessThan(row.gwet_ac1!);
    expect(row.fleiss_kappa_ci_high!).toBeGreaterThan(row.fleiss_kappa!);
  });

  test('below chance has an interval around it', () => {
    // Five of six draws have answered each item the other way round the second time.
    const row = rows([
      ask(REPEATED.map((one, at) => ({ ...one, e: at % 2 === 0 ? 6 : at % 12 === 1 ? 6 : 0 }))),
    ]);
    expect(row.fleiss_kappa!).toBeLessThan(0);
    for (const [value, low, high] of [
      [row.fleiss_kappa!, row.fleiss_kappa_ci_low!, row.fleiss_kappa_ci_high!],
      [row.gwet_ac1!, row.gwet_ac1_ci_low!, row.gwet_ac1_ci_high!],
    ] as const) {
      expect(low).toBeLessThan(value);
      expect(Math.atanh(low) + Math.atanh(high)).toBeCloseTo(2 * Math.atanh(value), 9);
    }
  });

  test('is over ways of asking where nobody was asked twice in one way', () => {
    const again = REPEATED.filter(({ draw }, at) => draw === 1 && at % 2 === 1);
    const once = REPEATED.filter(({ draw }, at) => draw === 1 && at % 2 === 0);
    const row = rows([ask(once), ask(again, 'epqra (text)', { format: 'text' })]);
    expect(row).toMatchObject({ over: 'ways of asking', repetitions: 2 });
    expect(rows([ask(once)])).toMatchObject({
      over: null,
      agreement: null,
      reason: 'one administration of each persona: nothing was repeated',
    });
  });

  test('persons of another condition are not of these', () => {
    const all = ask(REPEATED);
    const others = {
      ...all,
      administrations: all.administrations.map((one, at) =>
        at < 30 ? one : { ...one, population: { ...BASE, population: 'x', display: 'Other' } },
      ),
    };
    expect(
      tabulateItemAgreement(study({ answered: [others] })).map(({ population, n }) => [
        population,
        n,
      ]),
    ).toEqual([
      ['Base', 5],
      ['Base', 5],
      ['Other', 5],
      ['Other', 5],
    ]);
  });
});

test('personas of a study’s own have no draws, and nothing is said of them', () => {
  const own = { ...BASE, population: 'teacher', display: 'teacher', condition: null };
  const form = ask(REPEATED.filter(({ draw }) => draw === 1));
  const administrations = form.administrations.map((one) => ({ ...one, population: own }));
  const forms = [{ ...form, administrations }];
  expect(components(forms).map(({ component }) => component)).toEqual(['person', 'administration']);
  expect(coefficients(forms)).toMatchObject({ icc_draws: null, reason: null });
});
