import { describe, expect, test } from 'vitest';
import { analysisOf, fullStudy } from '../../test/support/analysis.ts';
import { study } from '../../test/support/small-study.ts';
import type { Analysis, GroupProvenance } from './analysis.ts';
import { describeMethods, STUDY_CITATION } from './methods.ts';

const textOf = (analysis: Analysis) =>
  describeMethods(analysis)
    .flatMap(({ paragraphs }) => paragraphs)
    .join('\n');

const GROUP: GroupProvenance = {
  groupId: 1,
  description: null,
  questionnaire: 'epqra',
  language: 'en',
  model: 'GPT-4o',
  modelId: 'gpt-4o-2024-11-20',
  provider: 'openai',
  temperature: 1,
  topP: null,
  parameters: null,
  seed: 1,
  systemRoleSha256: null,
  promptSha256: null,
  instrumentSha256: null,
  experiments: 16,
  succeeded: 16,
  repoShas: ['abc123-dirty'],
  simulated: false,
};

describe('methods', () => {
  const text = textOf(
    analysisOf(fullStudy(), {
      groups: [GROUP, { ...GROUP, groupId: 2, model: '', experiments: 0, succeeded: 0 }],
      calls: 1234,
      firstCall: '2026-01-02T03:04:05Z',
      lastCall: '2026-01-04T03:04:05Z',
    }),
  );

  test('say what was counted', () => {
    // 2 models x 8 people x 2 conditions, 2 x 8 of the second instrument, and 8 of the reference population.
    expect(text).toContain('56 experiments');
    expect(text).toContain('2 models (GPT-4o and GPT-3.5)');
    expect(text).toContain('3 conditions (Base, MaxN and spain826)');
    expect(text).toContain('in MaxN all items of N were set to the keyed answer');
  });

  test('say what was sent, when, and with which commit', () => {
    expect(text).toContain('temperature 1, top_p not sent (GPT-4o)');
    expect(text).toContain('1,234 calls are stored between 2026-01-02 and 2026-01-04 (UTC)');
    expect(text).toContain('abc123-dirty');
    expect(text).toContain('changes that had not been committed');
  });

  test('say bounds, seeds, resamples and families as they are', () => {
    const analysis = analysisOf(fullStudy());
    const size = analysis.corrected.find(({ table }) => table === '5')!.rows[0]!.family_size;
    expect(text).toContain('within ±0.5 points');
    expect(text).toContain('50 resamples of persons, seed 7');
    expect(text).toContain(`table 5 (${size} tests)`);
  });

  test('cite the study, the instruments and the methods that were used, and no other', () => {
    expect(text).toContain(STUDY_CITATION);
    expect(text).toContain('Francis, L. J.');
    expect(text).toContain('Holm, S. (1979)');
    expect(text).not.toContain('Srivastava');
  });

  test('no gap shows', () => {
    for (const analysis of [analysisOf(fullStudy()), analysisOf(study())]) {
      expect(textOf(analysis)).not.toMatch(/undefined|null|NaN| {2}|\(\)| ,|\.\./);
    }
  });
});

test('of an empty study only what is true is said', () => {
  const text = textOf(analysisOf(study()));
  expect(text).toContain('No questionnaire has been given yet.');
  expect(text).toContain('There are no reference sheets');
  expect(text).not.toMatch(/Holm|Feldt/);
});

test('simulated data is called so, and imported replies are not said to have been parsed here', () => {
  expect(textOf(analysisOf(fullStudy(['GPT-4o (simulated)'], { dataOrigin: 'simulated' })))).toContain('SIMULATED');
  const imported = analysisOf(fullStudy(['GPT-4o'], { dataOrigin: 'imported' }), { groups: [GROUP], calls: 3 });
  expect(textOf(imported)).not.toContain('parsed strictly');
  expect(textOf({ ...imported, study: fullStudy() })).toContain('parsed strictly');
});
