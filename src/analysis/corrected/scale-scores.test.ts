import { describe, expect, test } from 'vitest';
import {
  answered,
  BASE,
  type Given,
  KEYED,
  MAX_N,
  MOOD,
  population,
  SPAIN,
  scaled,
  score,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import { CONDITIONS } from '../../personas/sheets/conditions.ts';
import type { Answered } from '../data.ts';
import type { ChosenBounds } from './bounds.ts';
import type { ScaleScoreRow } from './scale-score-row.ts';
import { tabulateScaleScores } from './scale-scores.ts';

const SHEET_SCORES = [0, 1, 2, 3, 4, 5, 6, 2];
const REFERENCE = sheets(
  Object.fromEntries(SHEET_SCORES.map((e, index) => [index + 1, score(e, 3)])),
);
/** The eighth answered twice, with 1 and 2. */
const GIVEN: readonly Given[] = [0, 2, 2, 4, 4, 6, 6, 1, 2].map((e, index) => ({
  personality: Math.min(index + 1, 8),
  points: score(e, 3),
}));

function tabulate(
  given: readonly Given[],
  more: { reference?: typeof REFERENCE; questionnaire?: Answered['questionnaire'] } = {},
) {
  const { reference = REFERENCE, questionnaire = KEYED } = more;
  return tabulateScaleScores(study({ reference, answered: [answered(questionnaire, given)] }), 0.5);
}

function find(rows: readonly ScaleScoreRow[], wanted: Partial<ScaleScoreRow>): ScaleScoreRow {
  const found = rows.filter((row) =>
    Object.entries(wanted).every(([key, value]) => row[key as keyof ScaleScoreRow] === value),
  );
  expect(found).toHaveLength(1);
  return found[0]!;
}

function expectClose(actual: number | null, expected: number): void {
  expect(Math.abs(actual! - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.abs(expected),
  );
}

describe('fidelity', () => {
  /**
   * R 4.2.2: sheet <- c(0,1,2,3,4,5,6,2); pers <- c(0,2,2,4,4,6,6,1.5); d <- pers - sheet; se <-
   * sd(d)/sqrt(8) t.test(pers, sheet, paired=TRUE); mean(d)/sd(d); mean(d)/((sd(pers)+sd(sheet))/2)
   * max(pt((mean(d)+.5)/se, 7, lower=FALSE), pt((mean(d)-.5)/se, 7)); mean(d) ± qt(.95,7) se
   * ICC(A,1) by the mean squares of McGraw & Wong; sd(d); mean(d) + c(-1, 1) * qnorm(.975) * sd(d);
   * the intervals of the ICC, d_z and d_av as in the tests of agreement and effect sizes.
   * With eight persons the p of equivalence is that of their number: (1 - .5/6)^8
   */
  test('one score a personality, compared as R does', () => {
    const row = find(tabulate(GIVEN), { scale: 'E', test: 'fidelity' });
    expect(row).toMatchObject({
      model: 'GPT-4o',
      population: 'Base',
      n: 8,
      n_administrations: 9,
      df: 7,
      equivalence_bound: 0.5,
    });
    const actual = [
      row.diff,
      row.ci_low,
      row.ci_high,
      row.t,
      row.p,
      row.d_z,
      row.d_av,
      row.diff_sd,
      row.limits_low,
      row.limits_high,
    ];
    const expected = [
      0.3125, -0.1839856292464421, 0.8089856292464421, 1.488351394468968, 0.1802623726903717,
      0.5262116819087307, 0.1487662434055589, 0.5938674695827104, -0.8514588519720483,
      1.4764588519720483,
    ];
    actual.forEach((value, index) => {
      expectClose(value, expected[index]!);
    });
    expectClose(row.p_equivalence, 0.498530246738689);
    expectClose(row.equivalence_ci_low, -0.0852930321366533);
    expectClose(row.equivalence_ci_high, 0.735942555339559);
    expectClose(row.icc, 0.9542943244600701);
    expectClose(row.icc_ci_low, 0.712208363765349);
    expectClose(row.icc_ci_high, 0.996069838014304);
    expectClose(row.d_z_ci_low, -0.37352234910334);
    expectClose(row.d_z_ci_high, 1.4259457129208);
    // Numerical derivatives have fewer digits.
    expect(row.d_av_ci_low).toBeCloseTo(-0.100570331117945, 7);
    expect(row.d_av_ci_high).toBeCloseTo(0.398102817929062, 7);
    expect([row.ref_mean, row.mean, row.p_adjusted, row.family_size]).toEqual([
      23 / 8,
      25.5 / 8,
      row.p,
      1,
    ]);
    expect(row.mean_equivalent).toBe(false);
  });

  test('scores equal to those of the sheets agree, and cannot be tested', () => {
    const row = find(tabulate(GIVEN), { scale: 'N', test: 'fidelity' });
    expect(row).toMatchObject({
      diff: 0,
      diff_sd: 0,
      limits_low: 0,
      limits_high: 0,
      t: null,
      p: null,
      p_adjusted: null,
      family: null,
    });
    expect(row.reason).toContain('the differences are constant');
    // Eight persons do not show that few differ: (1 - .5/6)^8, and of the scores at hand, 3 to 3,
    // the largest unseen share by one item.
    expect(row.mean_equivalent).toBe(false);
    expectClose(row.p_equivalence, 0.498530246738689);
    expectClose(row.ci_high, 1 - 0.025 ** (1 / 8));
    expectClose(row.ci_low, 0.025 ** (1 / 8) - 1);
    expectClose(row.equivalence_ci_high, 1 - 0.05 ** (1 / 8));
  });

  test('forty persons without a difference are enough for equal means', () => {
    const many = Array.from({ length: 40 }, (_, index) => index + 1);
    const reference = sheets(Object.fromEntries(many.map((id) => [id, score(id % 7, 3)])));
    const given = many.map((id): Given => ({ personality: id, points: score(id % 7, 3) }));
    const row = find(tabulate(given, { reference }), { scale: 'E', test: 'fidelity' });
    expectClose(row.p_equivalence, 0.0307933943985014);
    expect(row).toMatchObject({ icc: 1, icc_ci_high: 1 });
    expectClose(row.icc_ci_low, 0.025 ** (1 / 40));
    // Two tests of one family.
    expect(row.mean_equivalent).toBe(false);
    const items = KEYED.items.slice(0, 6);
    const one = scaled({ ...KEYED, items }, 'sum', ({ scale }) => scale);
    const [only] = tabulateScaleScores(
      study({
        reference,
        answered: [
          answered(
            one,
            given.map((each) => ({ ...each, points: each.points.slice(0, 6) })),
          ),
        ],
      }),
      0.5,
    );
    expect(only).toMatchObject({ mean_equivalent: true, equivalence_family_size: 1 });
  });

  test('differences that are all the same but not 0, or of one person, decide nothing', () => {
    const shifted = GIVEN.map((one) => ({ ...one, points: score(3, 4) }));
    const row = find(tabulate(shifted), { scale: 'N', test: 'fidelity' });
    expect(row).toMatchObject({ diff: 1, diff_sd: 0, mean_equivalent: false, p_equivalence: 1 });
    const single = find(tabulate(GIVEN.slice(0, 1)), { scale: 'N', test: 'fidelity' });
    expect(single).toMatchObject({
      n: 1,
      diff: 0,
      diff_sd: null,
      limits_low: null,
      mean_equivalent: null,
    });
    expect(single.reason).toContain('fewer than 2 pairs');
  });

  test('neither the order of administrations nor saying everything twice changes anything but their number', () => {
    const rows = tabulate(GIVEN);
    expect(tabulate(GIVEN.toReversed())).toEqual(rows);
    const doubled = tabulate([...GIVEN, ...GIVEN]);
    const perPerson = ({ limits_single_ci_low, limits_single_ci_high, ...row }: ScaleScoreRow) =>
      row;
    const halved = doubled.map((row) => ({
      ...row,
      m: row.model === 'GPT-4o' ? row.m! / 2 : row.m,
      n_administrations: row.n_administrations && row.n_administrations / 2,
    }));
    expect(halved.map(perPerson)).toEqual(rows.map(perPerson));
  });

  test('what has not succeeded, is incomplete or has no sheet is left out and counted', () => {
    const extra: Given[] = [
      { personality: 1, points: score(6, 6), succeeded: false },
      { personality: 1, points: score(6, 6), succeeded: null },
      { personality: 1, points: score(6, 6).with(0, null as never) },
      { personality: 99, points: score(6, 6) },
      { personality: null, points: score(6, 6) },
    ];
    const row = find(tabulate([...GIVEN, ...extra]), { scale: 'E', test: 'fidelity' });
    expect(row).toMatchObject({
      n: 8,
      n_incomplete: 1,
      n_without_sheet: 2,
      n_administrations: 11,
      diff: 0.3125,
    });
    expect(row.reason).toContain('2 of 10 personalities have no complete sheet');
  });

  test('Holm over the tests of one model, equivalence apart, whichever models are there besides', () => {
    const others = GIVEN.map((one, index) => ({
      ...one,
      model: 'GPT-3.5',
      points: score(Math.min(6, SHEET_SCORES[index % 8]! + 1), index % 4),
    }));
    const of = (given: readonly Given[], model: string) =>
      tabulate(given).filter((row) => row.model === model && row.p !== null);
    const both = of([...GIVEN, ...others], 'GPT-3.5');
    expect(both).toHaveLength(2);
    expect(both).toEqual(of(others, 'GPT-3.5'));
    const smallest = both.toSorted((a, b) => a.p! - b.p!)[0]!;
    expect(smallest).toMatchObject({
      p_adjusted: 2 * smallest.p!,
      family: 'table 4: difference, GPT-3.5',
      family_size: 2,
      equivalence_family: 'table 4: equivalence, GPT-3.5',
    });
  });

  test('no sheets, other items on the sheets: rows with the reason', () => {
    expect(find(tabulate(GIVEN, { reference: sheets({}) }), { scale: 'E' })).toMatchObject({
      n: 0,
      p: null,
      reason: 'there are no reference sheets',
    });
    const questionnaire = scaled(KEYED, 'sum', ({ number, scale }) => (number === 6 ? 'N' : scale));
    const row = find(tabulate(GIVEN, { questionnaire }), { scale: 'E', model: 'GPT-4o' });
    expect(row.reason).toContain('different items');
  });

  test('the reference population and populations of the same look stand apart', () => {
    const twin = population('Base', { population: 'other_base' });
    const rows = tabulate(
      [BASE, SPAIN, twin].flatMap((of) => GIVEN.map((one) => ({ ...one, population: of }))),
    );
    expect(
      rows
        .filter(({ scale, test: about }) => scale === 'E' && about === 'fidelity')
        .map((row) => row.population),
    ).toEqual(['Base (other_base)', 'Base (written_Base)', 'spain826']);
  });
});

describe('persons', () => {
  const many = Array.from({ length: 200 }, (_, index) => index + 1);
  const own = (id: number) => id % 7;
  const REFERENCE_200 = sheets(Object.fromEntries(many.map((id) => [id, score(own(id), 3)])));
  /** As far from the sheets as chance: another person's score. */
  const RANDOM_200 = sheets(
    Object.fromEntries(many.map((id) => [id, score((own(id) * 3 + (id % 5)) % 7, 3)])),
  );
  const judge = (scoreOf: (id: number) => number, more: Partial<ChosenBounds> = {}) => {
    const given = many.map((id): Given => ({ personality: id, points: score(scoreOf(id), 3) }));
    const rows = tabulateScaleScores(
      study({ reference: REFERENCE_200, random: RANDOM_200, answered: [answered(KEYED, given)] }),
      0.5,
      more,
    );
    const row = find(rows, { scale: 'E', test: 'fidelity' });
    return { row, chance: find(rows, { scale: 'E', test: 'chance' }) };
  };

  test('near their sheets they agree; far from them they do not; between, it is undecided', () => {
    const off = (share: number) => (id: number) =>
      id % 100 < share * 100 ? (own(id) + 3) % 7 : own(id);
    const near = judge(off(0.1)).row;
    expect(near).toMatchObject({
      persons: 'agrees',
      share_within: 0.9,
      person_bound: 1,
      person_bound_origin: 'default',
      person_share: 0.8,
      share_within_ci_low: expect.closeTo(0.8497872121322, 9),
    });
    expect(judge(off(0.3)).row.persons).toBe('does not agree');
    expect(judge(off(0.2)).row.persons).toBe('undecided');
    // R 4.2.2: binom.test(180, 200)$conf.int[1] above; [2] of 140 is .7627
    expect(judge(off(0.3), { personShare: 0.75 }).row.persons).toBe('undecided');
  });

  test('random sheets stand beside, with tests of their own, and do not agree', () => {
    const { chance, row } = judge(own);
    expect(chance).toMatchObject({
      model: 'Random',
      population: null,
      n: 200,
      m: 1,
      persons: 'does not agree',
      family: 'table 4: random sheets, difference, Random',
      equivalence_bound: 0.5,
    });
    expect(chance.diff).not.toBeNull();
    expect(chance.icc_single_ci_high).toBeLessThan(row.icc_single_ci_low!);
    expect(row.equivalence_family_size).toBe(2);
  });

  test('answers given at random are equivalent in the mean and do not agree', () => {
    const shuffled = (id: number) => own(((id * 73) % 200) + 1);
    const { row } = judge(shuffled);
    expect(row).toMatchObject({ persons: 'does not agree' });
    expect(row.p_equivalence).toBeLessThan(0.05);
  });

  test('a scale at its ceiling cannot be told from chance', () => {
    const top = (id: number) => score(id % 25 === 0 ? 4 : 6, 3);
    const reference = sheets(Object.fromEntries(many.map((id) => [id, top(id)])));
    const random = sheets(Object.fromEntries(many.map((id) => [id, top(id + 7)])));
    const given = many.map((id): Given => ({ personality: id, points: top(id + 3) }));
    const rows = tabulateScaleScores(
      study({ reference, random, answered: [answered(KEYED, given)] }),
      0.5,
    );
    for (const about of ['fidelity', 'chance'] as const) {
      const row = find(rows, { scale: 'E', test: about });
      expect(row).toMatchObject({ persons: null, share_within: expect.closeTo(0.92, 2) });
      expect(row.reason).toContain('cannot be told from chance');
    }
  });

  test('without random sheets only a miss can be said', () => {
    const random = sheets({});
    const rows = (scoreOf: (id: number) => number) =>
      tabulateScaleScores(
        study({
          reference: REFERENCE_200,
          random,
          answered: [
            answered(
              KEYED,
              many.map((id) => ({ personality: id, points: score(scoreOf(id), 3) })),
            ),
          ],
        }),
        0.5,
      );
    expect(find(rows(own), { scale: 'E', test: 'fidelity' })).toMatchObject({
      persons: null,
      reason: expect.stringContaining('no random sheets'),
    });
    expect(
      find(
        rows((id) => (own(id) + 3) % 7),
        { scale: 'E', test: 'fidelity' },
      ).persons,
    ).toBe('does not agree');
  });

  test('one administration of five is as comparable as one of one', () => {
    // Each person is right in four of five, and 3 off in one: as one in five of all persons is.
    const five = many.flatMap((id) =>
      [0, 0, 0, 0, 3].map(
        (off): Given => ({ personality: id, points: score((own(id) + off) % 7, 3) }),
      ),
    );
    const rows = tabulateScaleScores(
      study({ reference: REFERENCE_200, random: RANDOM_200, answered: [answered(KEYED, five)] }),
      0.5,
    );
    const several = find(rows, { scale: 'E', test: 'fidelity' });
    const { row: one } = judge((id) => (own(id) + (Math.floor(id / 7) % 5 === 0 ? 3 : 0)) % 7);
    expect([several.m, one.m]).toEqual([5, 1]);
    expect(one).toMatchObject({ icc_single: one.icc, sd_single: one.sd });
    expect(several.icc!).toBeGreaterThan(several.icc_single! + 0.1);
    expect(several.sd!).toBeLessThan(several.sd_single!);
    expect(several.share_within).toBeCloseTo(one.share_within!, 1);
    expect(several.icc_single!).toBeCloseTo(one.icc_single!, 1);
    expect(several.sd_single!).toBeCloseTo(one.sd_single!, 1);
    expect(several.limits_single_high! - several.limits_single_low!).toBeCloseTo(
      one.limits_high! - one.limits_low!,
      0,
    );
  });
});

describe('manipulation check', () => {
  const check = (scores: readonly (readonly number[])[]) => {
    const given = scores.flatMap((ns, index) =>
      ns.map((n): Given => ({ personality: index + 1, points: score(3, n), population: MAX_N })),
    );
    return find(tabulate(given), { scale: 'N', population: 'MaxN', test: 'manipulation check' });
  };

  test('the share at the target, with the interval of Clopper and Pearson', () => {
    // R 4.2.2: binom.test(3, 5)$conf.int
    const row = check([[6], [6, 6], [6], [4], [5]]);
    expect(row).toMatchObject({
      n: 5,
      target: 6,
      ref_mean: 6,
      share_at_target: 3 / 5,
      share_interval: 'Clopper-Pearson',
      icc: null,
      p: null,
    });
    expectClose(row.share_ci_low, 0.1466327996346732);
    expectClose(row.share_ci_high, 0.9472550494736831);
    expectClose(row.diff, 27 / 5 - 6);
    // The same on log odds of the distance over the length of the scale, c(0, 0, 0, 2, 1)/6
    expectClose(row.ci_low, -2.78944887271903);
    expectClose(row.ci_high, -0.0840620116628253);
    expect(row.reason).not.toBeNull();
  });

  test('personalities that are at the target now and then have an interval on log odds', () => {
    const row = check([[6, 5], [6], [2]]);
    expect(row).toMatchObject({ share_at_target: 0.5, share_interval: 'cluster-robust logit' });
    // R 4.2.2: plogis(qlogis(.5) + c(-1, 1) * qt(.975, 2) * sd(c(.5, 1, 0))/sqrt(3)/.25)
    expectClose(row.share_ci_low, 0.00690709261233559);
    expectClose(row.share_ci_high, 0.993092907387664);
  });

  test('a scale driven to its lowest end has the target 0, and needs no sheets', () => {
    const given = [0, 0, 1].map(
      (e, index): Given => ({
        personality: index,
        points: score(e, 6),
        population: population('MinE-MaxRest'),
      }),
    );
    const rows = tabulateScaleScores(study({ answered: [answered(KEYED, given)] }), 0.5);
    expect(find(rows, { scale: 'E' })).toMatchObject({
      target: 0,
      share_at_target: expect.closeTo(2 / 3, 12),
      test: 'manipulation check',
    });
    expect(find(rows, { scale: 'N' })).toMatchObject({ target: 6, share_at_target: 1, diff: 0 });
  });

  test('a target within the scale has Student’s interval, or what so many persons leave open', () => {
    const ownCondition = { ...CONDITIONS[0]!, name: 'own', drive: { A: 1 } };
    const own = population('Own', { condition: 'own', ownCondition });
    const check = (points: readonly (readonly number[])[]) => {
      const given = points.map((three, index): Given => {
        return { personality: index + 1, points: [...three, 0, 0], population: own };
      });
      const reference = { ...sheets({}), questionnaire: MOOD };
      return find(tabulate(given, { reference, questionnaire: MOOD }), { scale: 'A' });
    };
    // R 4.2.2: t.test(c(1, 4/3, 2/3), mu = 1)$conf.int - 1
    const row = check([
      [1, 1, 1],
      [2, 1, 1],
      [1, 1, 0],
    ]);
    expect(row).toMatchObject({ test: 'manipulation check', target: 1 });
    expect(row.diff).toBeCloseTo(0, 12);
    expect(row.ci_low).toBeCloseTo(-4.302652729911275 / Math.sqrt(27), 9);
    expect(row.ci_high).toBeCloseTo(4.302652729911275 / Math.sqrt(27), 9);
    const alike = check([1, 2, 3].map(() => [1, 1, 1]));
    const unseen = 1 - 0.025 ** (1 / 3);
    expectClose(alike.ci_low, -3 * unseen);
    expectClose(alike.ci_high, unseen);
  });

  test('scales that the condition leaves alone are compared with the sheets', () => {
    const given = GIVEN.map((one) => ({ ...one, population: MAX_N }));
    expect(find(tabulate(given), { scale: 'E', population: 'MaxN' })).toMatchObject({
      test: 'fidelity',
      diff: 0.3125,
    });
  });
});

test('sheets are rows of their own; other instruments are not in this table', () => {
  const rows = tabulateScaleScores(
    study({
      reference: REFERENCE,
      random: sheets({ 1: score(2, 4), 2: score(4, 4) }),
      answered: [answered(MOOD, [])],
    }),
    0.5,
  );
  expect(rows.map(({ model, scale, n, mean }) => [model, scale, n, mean])).toEqual([
    ['Reference', 'E', 8, 23 / 8],
    ['Reference', 'N', 8, 3],
    ['Random', 'E', 2, 3],
    ['Random', 'N', 2, 4],
  ]);
});
