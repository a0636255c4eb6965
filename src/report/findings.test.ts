import { expect, test } from 'vitest';
import { sayRetest } from './findings.ts';

const score = (scale: string, icc: number | null) => ({
  ...{ instrument: 'mood', model: 'GPT-4o', population: 'all', scale },
  icc_administrations: icc,
});

test('retest correlations that are shown alike are told once', () => {
  expect(sayRetest([score('A', 1), score('B', 0.998), score('C', null)], 'case')).toEqual([
    'Two administrations of the same case correlate by 1.00 on each of 2 scores (retest correlation, ICC; Table R1G).',
  ]);
});

test('others are told from the lowest to the highest', () => {
  expect(sayRetest([score('A', 0.91), score('B', 0.4), score('C', 0.7)], 'persona')).toEqual([
    'Two administrations of the same persona correlate by 0.40 (B, GPT-4o, all) to 0.91 (A, GPT-4o, all): retest correlations (ICC) of 3 scores, in Table R1G.',
  ]);
  expect(sayRetest([score('A', 0.91)], 'persona')).toEqual([
    'Two administrations of the same persona correlate by 0.91 (ICC; A, GPT-4o, all; Table R1G).',
  ]);
  expect(sayRetest([score('A', null)], 'persona')).toEqual([]);
});
