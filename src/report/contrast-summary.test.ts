import { describe, expect, test } from 'vitest';
import { SINGLE_ADMINISTRATION } from '../analysis/corrected/contrasts/mean-contrasts.ts';
import { type ContrastInWords, type ShareInWords, summariseContrasts } from './contrast-summary.ts';

const say = (
  means: readonly ContrastInWords[],
  more: Partial<Parameters<typeof summariseContrasts>[0]> = {},
) =>
  summariseContrasts({
    ...{ means, shares: [], nameOutcome: (_: string, outcome: string) => outcome, planned: null },
    ...more,
  }).map(({ about, parts }) => (about === null ? parts[0]! : [about, ...parts]));

const PAIR = {
  ...{ instrument: 'hiring', model: 'GPT-4o', factor: 'religion' },
  ...{ level: 'Muslim', reference: 'Christian', correction: 'Holm' as const, reason: null },
};
const ROW: ContrastInWords = {
  ...PAIR,
  ...{ outcome: 'comp', n: 20, n_reference: 20, diff: -0.42, ci_low: -0.6, ci_high: -0.24 },
  ...{ d_av: -0.55, g: null, p_adjusted: 0.0001 },
  ...{ mean_equivalent: false, equivalence_bound: 0.3 },
};
const SMALL = { ...ROW, diff: 0.02, ci_low: -0.05, ci_high: 0.09, d_av: 0.1, p_adjusted: 0.6 };
const SHARE: ShareInWords = {
  ...PAIR,
  ...{ outcome: 'refused', share: 0.25, ref_share: 0, risk_diff: 0.25 },
  ...{ ci_low: 0.05, ci_high: 0.45, p_adjusted: 0.01 },
};

describe('differences of means in words', () => {
  test('each pair of levels has its direction, size, interval, p and verdict', () => {
    const nameOutcome = (_: string, outcome: string) =>
      outcome === 'comp' ? 'Competence' : outcome;
    const rows = [
      ROW,
      { ...SMALL, outcome: 'warmth', mean_equivalent: true },
      { ...SMALL, outcome: 'trust', diff: 0, p_adjusted: 0.04, mean_equivalent: true },
      { ...SMALL, outcome: 'pay', d_av: null, g: 0.1, equivalence_bound: null },
      { ...SMALL, level: 'Jewish' },
    ];
    expect(say(rows, { nameOutcome })).toEqual([
      [
        'Muslim − Christian (religion)',
        'Competence lower, −0.42 [−0.60, −0.24], d_av = −0.55, p < 0.001: different',
        'warmth higher, +0.02 [−0.05, 0.09], d_av = +0.10, p = 0.600: equivalent within ±0.30',
        'trust the same, 0.00 [−0.05, 0.09], d_av = +0.10, p = 0.040: different, and equivalent within ±0.30',
        'pay higher, +0.02 [−0.05, 0.09], g = +0.10, p = 0.600: no difference shown',
      ],
      [
        'Jewish − Christian (religion)',
        'Competence higher, +0.02 [−0.05, 0.09], d_av = +0.10, p = 0.600: undecided within ±0.30',
      ],
      'Each difference has its points, 95 % interval, size and p, which is corrected by Holm, as in Table C1; the intervals are not corrected. Undecided: neither a difference nor equivalence within the bound is shown; the data allow both.',
    ]);
    expect(say([])).toEqual([]);
  });

  test('models are named where there are several', () => {
    expect(say([ROW, { ...ROW, model: 'GPT-3.5' }])[1]![0]).toBe(
      'Muslim − Christian (religion, GPT-3.5)',
    );
  });

  test('what is not estimable or not tested says why', () => {
    const none = { ...ROW, correction: null, p_adjusted: null };
    expect(
      say([
        { ...none, diff: null, reason: 'all 8 were refused' },
        { ...none, level: 'Jewish', diff: 0, reason: 'the differences are constant; d_av: none' },
      ]),
    ).toEqual([
      ['Muslim − Christian (religion)', 'means not estimable: all 8 were refused'],
      [
        'Jewish − Christian (religion)',
        'comp the same, 0.00 [−0.60, −0.24], d_av = −0.55: not tested (the differences are constant)',
      ],
    ]);
  });

  test('of many differences of a factor the largest is told, whether or not it is significant', () => {
    const rows = Array.from({ length: 9 }, (_, at) => ({
      ...{ ...SMALL, level: `name ${at}`, d_av: at / 10, diff: at / 10 },
      mean_equivalent: at === 0,
    }));
    expect(say(rows)[0]).toBe(
      'Between levels of religion, none of 9 differences is significant after correction; the largest is name 8 − Christian (religion): comp higher, +0.80 [−0.05, 0.09], d_av = +0.80, p = 0.600: undecided within ±0.30. 1 of 9 is shown to lie within the bound of equivalence.',
    );
    const missing = { ...ROW, diff: null, p_adjusted: null, reason: 'no values' };
    expect(say([...rows, { ...missing, level: 'name 9' }, missing])[0]).toMatch(
      /equivalence\. 2 more differences cannot be estimated: no values\.$/,
    );
    expect(say([...rows, ROW])[0]).toMatch(
      /^Between levels of religion, 1 of 10 differences is significant .* Muslim − Christian/,
    );
  });

  test('a factor that a plan does not name is told by its largest difference', () => {
    const control = { ...ROW, factor: 'condition', reference: 'control' };
    const told = say([ROW, control], { planned: new Set(['religion']) });
    expect(told[0]).toHaveLength(2);
    expect(told[1]).toMatch(
      /^Between levels of condition, one difference was tested, Muslim − control/,
    );
  });

  test('a screened factor is not told', () => {
    expect(say([{ ...ROW, correction: 'Benjamini-Hochberg' }])).toEqual([]);
  });

  test('differences from a single administration are counted, and no others', () => {
    const untested = { ...ROW, correction: null, p_adjusted: null, d_av: null };
    const control = { ...untested, factor: 'condition', reference: 'control', n_reference: 1 };
    const once = { ...control, reason: SINGLE_ADMINISTRATION };
    const constant = { ...control, outcome: 'warmth', reason: 'both groups are constant' };
    expect(say([once, { ...once, outcome: 'N' }, constant]).slice(1)).toEqual([
      '2 differences from control (condition) are shown without a test: control has only one administration with a value where everything else is equal, and a single value has no variance. More administrations of it would allow a test.',
    ]);
  });
});

test('yes/no outcomes name the questionnaire where there are several', () => {
  const shares = [SHARE, { ...SHARE, instrument: 'mood' }];
  expect(say([], { shares }).map((told) => told[1])).toEqual([
    expect.stringMatching(/^refused \(hiring\) 25\.0 %/),
    expect.stringMatching(/^refused \(mood\) 25\.0 %/),
  ]);
});

test('yes/no outcomes of a pair follow its means, where anything happened', () => {
  const shares = [
    SHARE,
    { ...SHARE, outcome: 'invite', share: 0.5, ref_share: 0.5, risk_diff: 0, p_adjusted: 1 },
    { ...SHARE, outcome: 'no usable reply', share: 0, risk_diff: 0 },
    { ...SHARE, level: 'none', correction: 'Benjamini-Hochberg' as const },
  ];
  expect(say([{ ...ROW, diff: null, reason: 'none' }], { shares })[0]).toEqual([
    'Muslim − Christian (religion)',
    'means not estimable: none',
    'refused 25.0 % against 0.0 %, +25.0 points [5.0, 45.0], p = 0.010: different',
    'invite 50.0 % against 50.0 %, 0.0 points [5.0, 45.0], p = 1.000: no difference shown',
  ]);
});
