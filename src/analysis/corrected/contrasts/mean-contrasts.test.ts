import { describe, expect, test } from 'vitest';
import {
  answered,
  type Given,
  MOOD,
  population,
  scaled,
  study,
} from '../../../../test/support/small-study.ts';
import type { Answered } from '../../data.ts';
import { type AnalysisPlan, analysisPlan } from '../../plan.ts';
import { type MeanContrastRow, tabulateMeanContrasts } from './mean-contrasts.ts';

/** One scale of three items. */
const SCALE = scaled({ ...MOOD, items: MOOD.items.slice(0, 3) }, 'mean', () => 'A');
const MUSLIM = population('Muslim', { population: 'Muslim' });
const CHRISTIAN = population('Christian', { population: 'Christian' });
const CONTROL = population('control', { population: 'control' });

const X = [1.2, 2.5, 3.1, 4.8, 2.2, 3.9, 5, 1.1];
const Y = [0.9, 2.9, 2, 4.1, 2.5, 3, 4.2, 1.9];

/** Somebody whose score is `value`. */
function person(personality: number, value: number, more: Partial<Given> = {}): Given {
  return { personality, points: [value, value, value], population: CHRISTIAN, ...more };
}

function tabulate(
  given: readonly Given[] | readonly Answered[],
  plan: Partial<AnalysisPlan> = {},
  own: {
    readonly names?: readonly string[];
    readonly vignette?: string;
    readonly weight?: string;
  } = {},
): readonly MeanContrastRow[] {
  const forms = given.map((one) => ('administrations' in one ? one : null));
  const all = forms.every((one) => one !== null)
    ? (forms as readonly Answered[])
    : [answered(SCALE, given as readonly Given[])];
  const ownColumns = {
    names: [],
    rows: [],
    vignette: null,
    weight: null,
    ...own,
  };
  return tabulateMeanContrasts(study({ answered: all, ownColumns }), analysisPlan.parse(plan), 0.5);
}

const PAIRS = [
  ...Y.map((value, index) => person(index + 1, value)),
  ...X.map((value, index) => person(index + 1, value, { population: MUSLIM })),
];

test('languages stand in the order of registration, and the first is the reference', () => {
  const asked = (language: string, from: number): Answered => {
    const form = answered(
      { ...SCALE, language },
      X.map((value, at) => person(at + 1, value)),
    );
    const administrations = form.administrations.map((one) => ({
      ...one,
      experimentId: one.experimentId + from,
    }));
    return { ...form, administrations };
  };
  const [row] = tabulate([asked('de', 100), asked('en', 0)]);
  expect(row).toMatchObject({ factor: 'language', level: 'de', reference: 'en' });
});

describe('a condition', () => {
  test('is compared with the reference within cases, as R does', () => {
    const [row, ...others] = tabulate(PAIRS);
    expect(others).toEqual([]);
    // R 4.2.2: t.test(x, y, paired = TRUE), mean(d)/sd(d), mean(d)/((sd(x) + sd(y))/2)
    expect(row).toMatchObject({
      ...{ instrument: 'mood', model: 'GPT-4o', factor: 'condition' },
      ...{ level: 'Muslim', reference: 'Christian', outcome: 'A', method: 'paired t' },
      ...{ n: 8, n_reference: 8, n_both: 8, unit: 'case' },
      diff: expect.closeTo(0.2875, 12),
      t: expect.closeTo(1.155168565368022, 9),
      df: 7,
      p: expect.closeTo(0.285925729161614, 9),
      ci_low: expect.closeTo(-0.301011056060758, 9),
      ci_high: expect.closeTo(0.876011056060758, 9),
      d_z: expect.closeTo(0.408413762992632, 9),
      d_av: expect.closeTo(0.219457653305676, 9),
      ...{ g: null, n_effective: null, equivalence_bound: 0.5, reason: null },
    });
  });

  test('of other cases is compared by the less sure of Welch’s and Student’s tests, with Hedges’ g', () => {
    const [row] = tabulate(
      [
        ...X.map((value, index) => person(index + 1, value, { population: MUSLIM })),
        ...Y.slice(0, 6).map((value, index) => person(index + 100, value)),
      ],
      { compare: [{ factor: 'condition', reference: 'Christian', pairs: 'reference' }] },
    );
    // R 4.2.2: t.test(x, y[1:6], var.equal = TRUE), whose p is larger than Welch's
    expect(row).toMatchObject({
      ...{ method: 'Welch or Student t', n: 8, n_reference: 6, n_both: 0, d_av: null },
      t: expect.closeTo(0.564228754770444, 9),
      df: 12,
      p: expect.closeTo(0.582990785348136, 9),
      ci_low: expect.closeTo(-1.168477309380944, 9),
      g: expect.closeTo(0.285268246785677, 9),
    });
  });

  test('that some cases share and most do not is compared with clusters', () => {
    const rows = tabulate([
      ...Y.map((value, index) => person(index + 1, value)),
      ...X.map((value, index) => person(index + 7, value, { population: MUSLIM })),
    ]);
    expect(rows).toMatchObject([
      {
        ...{ method: 'Welch, Student or cluster-robust t' },
        ...{ n: 8, n_reference: 8, n_both: 2 },
      },
    ]);
  });

  test('is compared with the control, whose repetitions are the units of a single case', () => {
    const rows = tabulate([
      ...PAIRS,
      ...[1, 2, 3, 4].map((repeated) => person(99, repeated, { population: CONTROL, repeated })),
    ]);
    expect(rows.map(({ level, reference }) => [level, reference])).toEqual([
      ['Christian', 'control'],
      ['Muslim', 'control'],
    ]);
    expect(rows[1]).toMatchObject({
      ...{ method: 'Welch or Student t', unit: 'repetition', n: 8, n_reference: 1, ref_mean: 2.5 },
      p: expect.any(Number),
    });
  });

  test('is compared with the control where the plan compares only columns, in a family of its own', () => {
    const inColumns = PAIRS.map((one) => ({
      ...one,
      columns: { religion: one.population === MUSLIM ? 'Muslim' : 'Christian' },
    }));
    const control = [1, 2, 3, 4].map((repeated) =>
      person(99, repeated, { population: CONTROL, repeated, columns: { religion: 'not stated' } }),
    );
    const plan: Partial<AnalysisPlan> = { compare: ['religion'] };
    const rows = tabulate([...inColumns, ...control], plan);
    expect(rows.map(({ factor, level, reference }) => [factor, level, reference])).toEqual([
      ['religion', 'Muslim', 'Christian'],
      ['condition', 'Christian', 'control'],
      ['condition', 'Muslim', 'control'],
    ]);
    // The planned comparison has the p that it has without a control.
    expect(rows[0]).toEqual(tabulate(inColumns, plan)[0]);
    expect(rows[1]!.family).not.toBe(rows[0]!.family);
  });

  test('is shown, and not tested, beside a control that answered once', () => {
    const given = [...PAIRS, person(99, 3, { population: CONTROL })];
    // It is the reference only where the plan says so.
    expect(
      tabulate(given).map(({ level, reference, p }) => [level, reference, p === null]),
    ).toEqual([
      ['Muslim', 'Christian', false],
      ['control', 'Christian', true],
    ]);
    const rows = tabulate(given, {
      compare: [{ factor: 'condition', reference: 'control', pairs: 'reference' }],
    });
    expect(rows).toHaveLength(2);
    for (const row of rows)
      expect(row).toMatchObject({
        ...{ reference: 'control', n: 8, n_reference: 1, ref_mean: 3 },
        diff: expect.closeTo(row.mean! - 3, 12),
        ...{ ci_low: null, ci_high: null, p: null, p_adjusted: null, family: null, g: null },
        ...{ p_equivalence: null, mean_equivalent: null, equivalence_family: null },
        reason: 'a single administration has no variance of its own; repeat it to test it',
      });
  });

  test('is shown, and not tested, beside a control whose repetitions are identical', () => {
    const control = (...values: readonly number[]) =>
      values.map((value, at) => person(99, value, { population: CONTROL, repeated: at + 1 }));
    for (const row of tabulate([...PAIRS, ...control(3, 3, 3)]))
      expect(row).toMatchObject({
        ...{ reference: 'control', unit: 'repetition', ref_mean: 3, p: null, g: null },
        ...{ ci_low: null, p_equivalence: null },
        reason: 'repetitions gave identical answers, and so are not independent administrations',
      });
    expect(tabulate([...PAIRS, ...control(3, 3, 2)]).every(({ p }) => p !== null)).toBe(true);
  });

  test('that was refused throughout, or never asked, has a reason in place of values', () => {
    const refused = { ending: 'refused' as const, population: CONTROL };
    const rows = tabulate(
      [
        ...PAIRS,
        ...[1, 2, 3].map((personality) => person(personality, 0, refused)),
        person(1, 2, { model: 'GPT-3.5' }),
      ],
      { compare: [{ factor: 'condition', reference: 'Christian', pairs: 'reference' }] },
    );
    const reasonOf = (model: string, level: string) =>
      rows.find((row) => row.model === model && row.level === level);
    expect(reasonOf('GPT-4o', 'control')).toMatchObject({
      ...{ n: 0, diff: null, p: null, p_adjusted: null },
      reason: 'all 3 administrations of "control" were refused',
    });
    expect(reasonOf('GPT-3.5', 'Muslim')?.reason).toBe('"Muslim" was not administered');
  });
});

describe('an own column', () => {
  /** Names go with religions; disability is crossed with both. */
  const crossed = (religion: string, disability: string, values: readonly number[]) =>
    values.map((value, index) =>
      person(index + 1, value, {
        population: population(`${religion}, ${disability}`, {
          population: `${religion}, ${disability}`,
        }),
        columns: { religion, disability, name: `${religion} ${index % 2}` },
      }),
    );
  const given = [
    ...crossed('Christian', 'none', Y),
    ...crossed('Muslim', 'none', X),
    ...crossed(
      'Christian',
      'blind',
      Y.map((value) => value + 1),
    ),
    ...crossed(
      'Muslim',
      'blind',
      X.map((value, index) => value + index),
    ),
  ];

  test('is compared with all other columns equal, but for those that go with its levels', () => {
    const rows = tabulate(given, { compare: ['religion', 'disability'] });
    expect(rows).toMatchObject([
      { factor: 'religion', level: 'Muslim', reference: 'Christian', n_both: 8 },
      { factor: 'disability', level: 'blind', reference: 'none', n_both: 8 },
    ]);
    // R 4.2.2: mean(((x - y) + (x + 0:7 - y - 1)) / 2); mean((1 + 0:7) / 2)
    expect(rows.map(({ diff }) => diff)).toEqual([
      expect.closeTo(1.5375, 12),
      expect.closeTo(2.25, 12),
    ]);
  });

  test('is compared where it varies and is not the condition by another name', () => {
    const named = tabulate(given).map(({ factor }) => factor);
    expect(new Set(named)).toEqual(new Set(['condition', 'religion', 'disability', 'name']));
    const renamed = PAIRS.map((one) => ({ ...one, columns: { faith: one.population!.display } }));
    expect(tabulate(renamed).map(({ factor }) => factor)).toEqual(['condition']);
    expect(tabulate(renamed, { compare: ['faith'] }).map(({ factor }) => factor)).toEqual([
      'faith',
    ]);
  });

  test('is compared first where cases were given its levels, however few the cases', () => {
    const given = [MUSLIM, CHRISTIAN].flatMap((faith) =>
      [1, 2].map((personality) =>
        person(personality, personality + (faith === MUSLIM ? 1 : 0), {
          population: population(`${faith.display}, job ${personality}`),
          columns: { religion: faith.display, job: `job ${personality}` },
        }),
      ),
    );
    const factors = tabulate(given).map(({ factor }) => factor);
    expect(factors[0]).toBe('religion');
    // Each person has a job of its own: it cannot be told from the person.
    expect(factors).not.toContain('job');
  });

  test('is not compared unasked where each case has levels of its own, as with descriptions', () => {
    const described = [MUSLIM, CHRISTIAN].flatMap((faith, at) =>
      [1, 2, 3].map((personality) =>
        person(personality, personality + at, {
          population: faith,
          columns: { description: `text ${personality} ${at}` },
        }),
      ),
    );
    expect(tabulate(described).map(({ factor }) => factor)).toEqual(['condition']);
    expect(tabulate(described, { compare: ['description'] })).not.toEqual([]);
  });

  test('is compared unasked where it has at most half as many levels as there are cases', () => {
    const given = Y.map((value, index) =>
      person(index + 1, value, {
        columns: { job: `job ${index % 4}`, age: String(30 + (index % 5)) },
      }),
    );
    const factors = new Set(tabulate(given).map(({ factor }) => factor));
    expect(factors).toEqual(new Set(['job']));
    expect(tabulate(given, { compare: ['age'] })).not.toEqual([]);
  });

  test('that is screened has each level beside all others, and a rate of false discoveries', () => {
    const rows = tabulate(given, { compare: [], screen: ['name'] });
    expect(rows.map(({ level, reference }) => [level, reference])).toEqual([
      ['Christian 0', 'all others'],
      ['Christian 1', 'all others'],
      ['Muslim 0', 'all others'],
      ['Muslim 1', 'all others'],
    ]);
    expect(rows[0]).toMatchObject({
      correction: 'Benjamini-Hochberg',
      family: 'GPT-4o: name (C1, exploratory)',
      family_size: 4,
    });
  });
});

test('a few cases that are all alike do not make a difference or an equivalence sure', () => {
  const given = [
    ...Array.from({ length: 100 }, (_, index) => person(index + 1, index < 4 ? 3 : 5)),
    ...Array.from({ length: 10 }, (_, index) => person(index + 1001, 5, { population: MUSLIM })),
  ];
  const [row] = tabulate(given);
  expect(row!.p).toBeGreaterThan(0.05);
  expect(row!.ci_low).toBeLessThan(0);
  expect(row!.mean_equivalent).toBe(false);
});

test('pairs that do not differ at all have no interval, and those that all differ alike have one', () => {
  const shifted = (by: number) =>
    tabulate([
      ...X.map((value, index) => person(index + 1, value)),
      ...X.map((value, index) => person(index + 1, value + by, { population: MUSLIM })),
    ])[0]!;
  expect(shifted(0)).toMatchObject({ diff: 0, ci_low: null, ci_high: null, p: null });
  expect(shifted(0).reason).toContain('the differences are constant');
  // 8 cases leave unseen 1 − .025^(1/8) = .369 of those like them; the values lie 3.9 + 1 apart.
  expect(shifted(1).ci_low).toBeCloseTo(1 - (1 - 0.025 ** (1 / 8)) * 4.9, 10);
});

test('what each case has only once is not held equal, so that no case is left out', () => {
  const jobs = ['x', 'x', 'x', 'y', 'y', 'y', 'y', 'y', 'y', 'y', 'y'];
  const given = jobs.map((job, index) =>
    person(index + 1, index % 4, {
      population: index < 5 ? CHRISTIAN : MUSLIM,
      columns: { job },
    }),
  );
  const row = tabulate(given).find(({ factor }) => factor === 'job')!;
  expect([row.n, row.n_reference]).toEqual([8, 3]);
  expect(row.mean).toBeCloseTo((3 + 0 + 1 + 2 + 3 + 0 + 1 + 2) / 8, 12);
});

test('weighted differences stand beside the unweighted, with Kish’s effective size', () => {
  const weights = ['1', '2', '1', '3', '1', '1', '2', '4,0'];
  const rows = tabulate(
    PAIRS.map((one) => ({ ...one, columns: { w: weights[one.personality! - 1]! } })),
    {},
    { weight: 'w' },
  );
  // R 4.2.2, survey 4.1: svymean(~d, svydesign(~1, weights = ~w))
  expect(rows).toMatchObject([
    {
      diff: expect.closeTo(0.2875, 12),
      n_effective: expect.closeTo(6.08108108108108, 12),
      weighted_diff: expect.closeTo(0.113333333333333, 12),
      weighted_ci_low: expect.closeTo(-0.662299631735974, 9),
      weighted_ci_high: expect.closeTo(0.888966298402641, 9),
    },
  ]);
});

test('who has no weight, as a control, is in no weighted difference', () => {
  const weights = ['0.001', '0.002', '0.001', '0.003', '0.001', '0.001', '0.002', '0.004'];
  const form = (label: string, level: string, values: readonly number[], own: number) => {
    const given = [
      ...values.map((value, index) =>
        person(index + 1, value, { columns: { w: weights[index]! } }),
      ),
      person(9, own, { population: CONTROL }),
    ];
    return {
      ...answered({ ...SCALE, label }, given),
      factors: new Map([['item_order', { codes: new Int32Array(given.length), values: [level] }]]),
    };
  };
  const rows = tabulate(
    [form('mood', 'published', Y, 1), form('mood (item_order: shuffled)', 'shuffled', X, 5)],
    {},
    { weight: 'w' },
  );
  // The weighted numbers of the test above: those of the eight who have a weight.
  expect(rows.filter(({ factor }) => factor === 'item_order')).toMatchObject([
    {
      ...{ n_both: 9, diff: expect.closeTo((8 * 0.2875 + 4) / 9, 12) },
      n_effective: expect.closeTo(6.08108108108108, 12),
      weighted_diff: expect.closeTo(0.113333333333333, 12),
      weighted_ci_low: expect.closeTo(-0.662299631735974, 9),
      weighted_ci_high: expect.closeTo(0.888966298402641, 9),
    },
  ]);
});

test('ways of asking are pooled, each pair within its own; each is a factor too', () => {
  const form = (label: string, level: string, given: readonly Given[]): Answered => ({
    ...answered({ ...SCALE, label }, given),
    factors: new Map([['item_order', { codes: new Int32Array(given.length), values: [level] }]]),
  });
  const rows = tabulate([
    form('mood', 'published', PAIRS),
    // Nobody was asked as a Muslim in this way: the difference must not be one of ways of asking.
    form(
      'mood (item_order: shuffled)',
      'shuffled',
      Y.map((value, index) => person(index + 1, value + 100)),
    ),
  ]);
  expect(rows).toMatchObject([
    { instrument: 'mood', factor: 'condition', n_both: 8, diff: expect.closeTo(0.2875, 12) },
    { factor: 'item_order', level: 'shuffled', reference: 'published', n_both: 8 },
  ]);
  expect(rows[1]!.diff).toBeCloseTo(100, 9);
  expect(rows[1]!.reason).toContain('constant');
  expect(rows[1]!.ci_low).toBeLessThan(100);
});

test('models are compared with each other over all conditions, in a family of their own', () => {
  const rows = tabulate([
    ...PAIRS,
    ...PAIRS.map((one) => ({ ...one, model: 'GPT-3.5', points: one.points.map((x) => x! / 2) })),
  ]);
  const models = rows.filter(({ factor }) => factor === 'model');
  expect(models).toMatchObject([
    { model: null, level: 'GPT-3.5', reference: 'GPT-4o', n_both: 8, correction: 'Holm' },
  ]);
  expect(models[0]!.family).toBe('all models: model (C1)');
  expect(models[0]!.p).toBe(models[0]!.p_adjusted);
});

describe('what calls record', () => {
  const served = (version: string, day = '2026-03-01') => ({
    recorded: { model_served: version, called_on: day },
  });
  const given = [
    ...X.map((value, index) => person(index + 1, value, served('gpt-4o-2', '2026-03-02'))),
    ...Y.slice(0, 6).map((value, index) => person(index + 100, value, served('gpt-4o-1'))),
    // Of another model, which one version served.
    ...X.map((value, index) => person(index + 1, value, { model: 'GPT-3.5' })),
  ];

  test('compares the versions of one model that were served, and leaves other models out', () => {
    const rows = tabulate(given).filter(({ factor }) => factor !== 'model');
    // The numbers of the same two samples as conditions, above.
    expect(rows).toEqual([
      expect.objectContaining({
        ...{ model: 'GPT-4o', factor: 'model_served', level: 'gpt-4o-1', reference: 'gpt-4o-2' },
        ...{ method: 'Welch or Student t', n: 6, n_reference: 8, n_both: 0 },
        t: expect.closeTo(-0.564228754770444, 9),
        family: 'GPT-4o: model_served (C1)',
      }),
    ]);
  });

  test('compares days only where the plan names them', () => {
    const rows = tabulate(given, { compare: ['called_on'] });
    expect(rows.map(({ factor, level, reference }) => [factor, level, reference])).toEqual([
      ['called_on', '2026-03-01', '2026-03-02'],
    ]);
  });

  test('is nothing that other comparisons hold equal', () => {
    const moved = PAIRS.map((one, index) => ({ ...one, ...served(`gpt-4o-${index % 3}`) }));
    const [row] = tabulate(moved, { compare: ['condition'] });
    expect(row).toMatchObject({ method: 'paired t', n_both: 8, diff: expect.closeTo(0.2875, 12) });
  });
});
