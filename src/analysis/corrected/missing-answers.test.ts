import { describe, expect, test } from 'vitest';
import {
  answered,
  BASE,
  type Given,
  KEYED,
  MAX_N,
  MOOD,
  score,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import { ITEM_STATES } from '../data.ts';
import { tabulateMissingAnswers } from './missing-answers.ts';
import type { MissingRow } from './missing-row.ts';

const PERSONS = Array.from({ length: 20 }, (_, index) => index + 1);

/** Two administrations of each of 20 persons under Base, of which four are refused and one is cut. */
const IN_BASE: readonly Given[] = PERSONS.flatMap((person) =>
  [1, 2].map((time): Given => {
    const isRefused = (person * time) % 7 === 0;
    const isCut = !isRefused && (person + 3 * time) % 17 === 0;
    return {
      personality: person,
      points: score((person + time) % 7, (person * time) % 7),
      ending: isRefused ? 'refused' : isCut ? 'truncated' : 'answered',
    };
  }),
);

/** The same under MaxN, of which ten are refused; most of the others are at its target. */
const IN_MAX_N: readonly Given[] = PERSONS.flatMap((person) =>
  [1, 2].map(
    (time): Given => ({
      personality: person,
      points: score((person + time) % 7, person % 5 === 0 ? (person * time) % 7 : 6),
      population: MAX_N,
      ending: (person + time) % 4 === 0 ? 'refused' : 'answered',
    }),
  ),
);

const SHEETS = sheets(
  Object.fromEntries(PERSONS.map((person) => [person, score((3 * person) % 7, (5 * person) % 7)])),
);

const rows = tabulateMissingAnswers(
  study({ answered: [answered(KEYED, [...IN_BASE, ...IN_MAX_N])], reference: SHEETS }),
);

function find(choice: Partial<MissingRow>, among = rows): MissingRow | undefined {
  return among.find((row) =>
    Object.entries(choice).every(([key, value]) => row[key as keyof MissingRow] === value),
  );
}

const near = (value: number, digits = 8) => expect.closeTo(value, digits);

describe('how administrations ended', () => {
  test('shares with intervals as survey::svyciprop(method = "logit") gives them', () => {
    expect(find({ part: 'endings', population: 'Base', outcome: 'refused' })).toMatchObject({
      ...{ n: 40, n_clusters: 20, n_events: 4, value: 0.1 },
      ...{ ci_low: near(0.0219284051657), ci_high: near(0.3551107042087) },
      ...{ compared_with: null, p: null, reason: 'Base is what conditions are compared with' },
    });
    expect(find({ part: 'endings', population: 'Base', outcome: 'not answered' })).toMatchObject({
      ...{ n_events: 5, value: 0.125 },
      ...{ ci_low: near(0.035150499664), ci_high: near(0.359050643406) },
    });
    expect(find({ part: 'endings', population: 'MaxN', outcome: 'refused' })).toMatchObject({
      ...{ n_events: 10, value: 0.25 },
      ...{ ci_low: near(0.149460019762), ci_high: near(0.387369707335) },
    });
  });

  test('a condition is compared with Base person by person, by the signs of the differences', () => {
    // p by counting all signs in Python; Holm over the three that can be tested.
    expect(find({ part: 'endings', population: 'MaxN', outcome: 'refused' })).toMatchObject({
      ...{ compared_with: 'Base', n_compared: 20, compared_value: 0.1, diff: near(0.15) },
      ...{ p: near(0.109375, 12), p_adjusted: near(0.328125, 12), family_size: 3 },
      ...{ test: 'exact sign-flip test', family: 'table Q2: endings, GPT-4o' },
    });
    expect(find({ part: 'endings', population: 'MaxN', outcome: 'not answered' })).toMatchObject({
      p: near(0.1796875, 12),
    });
    expect(find({ part: 'endings', population: 'MaxN', outcome: 'truncated' })).toMatchObject({
      ...{ value: 0, ci_low: 0, ci_high: expect.any(Number), p: 1 },
    });
    expect(find({ part: 'endings', population: 'MaxN', outcome: 'failed' })).toMatchObject({
      p: null,
      reason: 'no test: it happened to no person more often here than in Base, or less often',
    });
  });

  test('to have been asked more often is not to have refused more often', () => {
    const more = PERSONS.map(
      (personality): Given => ({
        ...{ personality, population: MAX_N, points: score(3, 6), ending: 'refused' },
      }),
    );
    // Under Base each of these persons refused the first of three, here the only one.
    const base = PERSONS.flatMap((personality): Given[] => [
      { personality, points: score(3, 3), ending: 'refused' },
      { personality, points: score(3, 3) },
      { personality, points: score(3, 3) },
    ]);
    const found = tabulateMissingAnswers(
      study({ answered: [answered(KEYED, [...base, ...more])] }),
    );
    const row = find({ population: 'MaxN', outcome: 'refused', part: 'endings' }, found);
    expect([row!.value, row!.diff, row!.p]).toEqual([1, near(2 / 3), null]);
  });

  test('without persons in common: Fisher’s exact test of persons', () => {
    const of = (from: number, count: number, refused: number, population = BASE) =>
      Array.from(
        { length: count },
        (_, index): Given => ({
          ...{ personality: from + index, points: score(3, 3), population },
          ending: index < refused ? 'refused' : 'answered',
        }),
      );
    const found = tabulateMissingAnswers(
      study({ answered: [answered(KEYED, [...of(1, 40, 0), ...of(100, 20, 3, MAX_N)])] }),
    );
    // R 4.2.2: fisher.test(matrix(c(3, 17, 0, 40), 2))
    expect(find({ population: 'MaxN', outcome: 'refused' }, found)).toMatchObject({
      ...{ test: 'Fisher’s exact test', p: near(0.0333138515488, 10), n_compared: 40 },
    });
  });

  test('items that were declined are counted where some were', () => {
    const given = [1, 2, 3].map((personality) => ({ personality, points: [0, 0, 0, 0, 0] }));
    const one = answered(MOOD, given);
    const states = new Uint8Array(15).fill(ITEM_STATES.indexOf('answered'));
    states[3] = ITEM_STATES.indexOf('declined');
    states[4] = ITEM_STATES.indexOf('not_asked');
    const found = tabulateMissingAnswers(study({ answered: [{ ...one, states }] }));
    expect(find({ outcome: 'item declined' }, found)).toMatchObject({
      ...{ n: 3, n_events: 1, value: 1 / 14 },
    });
    expect(rows.some(({ outcome }) => outcome === 'item declined')).toBe(false);
  });

  test('what is pending has not ended', () => {
    const found = tabulateMissingAnswers(
      study({
        answered: [answered(MOOD, [{ personality: 1, points: [0, 0, 0, 0, 0], succeeded: null }])],
      }),
    );
    expect(find({ outcome: 'refused' }, found)).toMatchObject({
      ...{ n: 0, value: null },
      reason: expect.stringContaining('no administration has ended'),
    });
  });
});

describe('sheets of those who were refused', () => {
  test('beside the others: t test and d as in R', () => {
    // R 4.2.2: t.test(x, y), t.test(x, y, var.equal = TRUE); d over the pooled SD, by the formulas of `standardizedDifference`
    expect(find({ part: 'sheet scores', population: 'Base', scale: 'E' })).toMatchObject({
      ...{ outcome: 'refused', n: 2, n_events: 4, n_compared: 18, value: 0, compared_value: 3.5 },
      // Student's, as two that are alike would make Welch's sure.
      ...{ t: near(-2.7495454169735), df: 18, p: near(0.0131851226906) },
      ...{ diff_ci_low: near(-6.1743428551682), diff_ci_high: near(-0.8256571448318) },
      ...{ smd: near(-2.0493901531919), smd_ci_low: near(-3.6153249856608) },
      smd_ci_high: near(-0.4834553207231),
    });
    expect(find({ part: 'sheet scores', population: 'MaxN', scale: 'E' })).toMatchObject({
      ...{ n: 10, n_compared: 10, value: 2.8, t: near(-0.78208086886), p: near(0.444571940493) },
      ...{ smd: near(-0.3497571973346), smd_ci_low: near(-1.2909168719166) },
    });
  });

  test('all that is missing has rows of its own where more than refusals are', () => {
    const outcomes = (population: string) =>
      rows.flatMap((row) =>
        row.part === 'sheet scores' && row.population === population
          ? [`${row.outcome} ${row.scale}`]
          : [],
      );
    expect(outcomes('Base')).toEqual([
      ...['refused E', 'refused N', 'not answered E', 'not answered N'],
    ]);
    // All sheets of the driven scale are alike.
    expect(outcomes('MaxN')).toEqual(['refused E']);
  });
});

describe('bounds', () => {
  test('of a mean, and of its difference from the sheets', () => {
    // pandas: group means with every missing score 0, or 6; R 4.2.2, survey::svymean of these as
    // shares of 6: plogis(qlogis(m) + c(-1, 1) * qt(.975, 19) * SE / (m * (1 - m)))
    expect(find({ part: 'bounds of the mean', population: 'Base', scale: 'E' })).toMatchObject({
      ...{ n: 18, n_clusters: 20, n_events: 5, value: near(3.2222222222222), compared_value: 3.5 },
      ...{ bound_low: near(2.775), bound_high: near(3.525) },
      ...{ bounds_ci_low: near(2.000859179267), bounds_ci_high: near(4.286764847269) },
      ...{ diff_bound_low: near(2.775 - 3.15), diff_bound_high: near(3.525 - 3.15) },
    });
    // No target's mean is compared with sheets.
    expect(find({ part: 'bounds of the mean', population: 'MaxN', scale: 'N' })).toMatchObject({
      ...{ value: near(5.525), bound_low: near(4.2), bound_high: near(5.7) },
      ...{ compared_with: null, diff_bound_low: null },
      ...{ bounds_ci_low: near(3.30737781725), bounds_ci_high: near(5.897824976741) },
    });
  });

  test('of the share at the target', () => {
    // R 4.2.2: svyciprop(method = "logit") of the persons' shares
    expect(
      find({ part: 'bounds of the share at the target', population: 'MaxN', scale: 'N' }),
    ).toMatchObject({
      ...{ value: near(0.825), bound_low: near(0.625), bound_high: near(0.875) },
      ...{ bounds_ci_low: near(0.449077014091), bounds_ci_high: near(0.957827040462) },
    });
  });

  test('of a single person there is no interval, nor one end of it', () => {
    const given: readonly Given[] = [
      { personality: 1, points: score(1, 0) },
      { personality: 1, points: score(1, 0), ending: 'refused' },
    ];
    const found = tabulateMissingAnswers(
      study({ answered: [answered(KEYED, given)], reference: SHEETS }),
    );
    expect(find({ part: 'bounds of the mean', scale: 'N' }, found)).toMatchObject({
      ...{ n: 1, n_events: 1, bounds_ci_low: null, bounds_ci_high: null },
    });
  });

  test('where nothing is missing they are the mean', () => {
    const found = tabulateMissingAnswers(
      study({
        answered: [
          answered(
            KEYED,
            [1, 2].map((id) => ({ personality: id, points: score(id, 3) })),
          ),
        ],
        reference: SHEETS,
      }),
    );
    expect(find({ part: 'bounds of the mean', scale: 'E' }, found)).toMatchObject({
      ...{ value: 1.5, bound_low: 1.5, bound_high: 1.5, n_events: 0 },
    });
    expect(found.some(({ part }) => part === 'sheet scores')).toBe(false);
  });

  test('a condition of which everything was refused stays, with n = 0 and the reason', () => {
    const refused = IN_MAX_N.map((one) => ({ ...one, ending: 'refused' as const }));
    const found = tabulateMissingAnswers(
      study({ answered: [answered(KEYED, [...IN_BASE, ...refused])], reference: SHEETS }),
    );
    const choice = { population: 'MaxN', scale: 'E' } as const;
    expect(find({ ...choice, part: 'bounds of the mean' }, found)).toMatchObject({
      ...{ n: 0, n_clusters: 20, n_events: 40, value: null, bound_low: 0, bound_high: 6 },
      reason: 'no experiment has succeeded (40 refused)',
    });
    expect(find({ ...choice, part: 'sheet scores' }, found)).toMatchObject({
      ...{ n: 20, n_compared: 0, diff: null },
      reason: 'no person with a sheet is without this outcome',
    });
    expect(find({ population: 'MaxN', outcome: 'refused', part: 'endings' }, found)).toMatchObject({
      ...{ value: 1, ci_high: 1, diff: 0.9 },
    });
  });
});

test('another model changes no p', () => {
  const both = tabulateMissingAnswers(
    study({
      answered: [
        answered(
          KEYED,
          [...IN_BASE, ...IN_MAX_N].flatMap((one) => [one, { ...one, model: 'mine' }]),
        ),
      ],
      reference: SHEETS,
    }),
  );
  const own = both.filter(({ model }) => model === 'GPT-4o');
  expect(own).toEqual(rows);
});
