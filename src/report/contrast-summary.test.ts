import { expect, test } from 'vitest';
import { type ContrastInWords, summariseContrasts } from './contrast-summary.ts';

const ROW: ContrastInWords = {
  ...{ model: 'GPT-4o', factor: 'religion', level: 'Muslim', reference: 'Christian' },
  ...{
    outcome: 'E',
    n: 20,
    n_reference: 20,
    correction: 'Holm' as const,
    diff: -0.42,
    ci_low: -0.6,
    ci_high: -0.24,
  },
  ...{ d_av: -0.55, g: null, p_adjusted: 0.0001, mean_equivalent: false },
};

test('each planned factor has a sentence with its largest difference', () => {
  expect(
    summariseContrasts([
      ROW,
      { ...ROW, outcome: 'N', d_av: 0.1, p_adjusted: 0.03 },
      { ...ROW, outcome: 'P', d_av: 2, p_adjusted: 0.3, mean_equivalent: true },
      { ...ROW, factor: 'model', model: null, d_av: null, g: 0.3, p_adjusted: 0.2 },
      { ...ROW, factor: 'name', correction: 'Benjamini-Hochberg' },
      { ...ROW, correction: null, p_adjusted: null, diff: null },
    ]),
  ).toEqual([
    'Between levels of religion, 2 of 3 differences are significant after correction; the largest is Muslim − Christian on E (GPT-4o): −0.42 [−0.60, −0.24], d_av = −0.55, p < 0.001. 1 is shown to lie within the bound of equivalence.',
    'Between levels of model, the one difference is not significant after correction.',
  ]);
  expect(summariseContrasts([])).toEqual([]);
});

test('differences from what was administered once are counted as not tested', () => {
  const untested = { ...ROW, correction: null, p_adjusted: null, d_av: null };
  const control = { ...untested, factor: 'condition', reference: 'control', n_reference: 1 };
  expect(summariseContrasts([control, { ...control, outcome: 'N' }])).toEqual([
    '2 differences from control (condition) are shown without a test: control was administered once, and a single administration has no variance of its own. Repetitions of it would allow a test.',
  ]);
});
