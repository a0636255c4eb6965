import { describe, expect, test } from 'vitest';
import { analysisOf, fullStudy } from '../../test/support/analysis.ts';
import { MAX_N, personas, study } from '../../test/support/small-study.ts';
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
    // 2 models x 8 people x 2 conditions, 2 x 8 of the second instrument, and 8 of the reference
    // population.
    expect(text).toContain('56 experiments');
    expect(text).toContain('2 models (GPT-4o and GPT-3.5)');
    expect(text).toContain(
      '2 conditions (Base and MaxN) and as the reference population itself (spain826)',
    );
    expect(text).toContain('in MaxN all items of N were set to the keyed answer');
  });

  test('say what was sent, when, and with which commit', () => {
    expect(text).toContain('temperature 1, top_p not sent (GPT-4o)');
    expect(text).toContain('1,234 calls are stored between 2026-01-02 and 2026-01-04 (UTC)');
    expect(text).toContain('abc123-dirty');
    expect(text).toContain('changes that had not been committed');
  });

  test('say bounds and families as they are', () => {
    const analysis = analysisOf(fullStudy());
    const size = analysis.corrected.find(({ table }) => table === '5')!.rows[0]!.family_size;
    expect(text).toContain('within ±0.5 points');
    expect(text).toContain(`table 5: correlation with mood, GPT-4o (${size} tests)`);
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

describe('methods of the corrected tables', () => {
  test('who was left out of Tables 1 to 3, and the draws that count', () => {
    const lines = [1, 2, 3].flatMap((sheet) => [
      { sheet, draw: 1, gender: 'male' },
      { sheet, draw: 2, gender: 'female' },
      { sheet, draw: 3, gender: 'female' },
      { sheet, draw: 1, population: MAX_N, gender: 'male' },
      { sheet, draw: 2, population: MAX_N, gender: 'male', hasWordCount: sheet !== 1 },
    ]);
    const text = textOf(analysisOf(study({ personas: personas(lines) })));
    expect(text).toContain(
      '(draws 1 to 2): 11 of 15 personas; 1 without a word count of the description and 3 of further draws are left out.',
    );
    expect(text).toContain('(3 clusters)');
  });

  test('who set the bound of equivalence is said, and that equal means are not fidelity', () => {
    const analysis = analysisOf(fullStudy());
    const by = (boundOrigin: 'default' | 'study file' | 'analysis') =>
      textOf({ ...analysis, settings: { ...analysis.settings, boundOrigin } });
    expect(by('default')).toContain(
      '±0.5 points of the scale score, which is the program’s default',
    );
    expect(by('study file')).toContain('which the study file set before the answers');
    expect(by('analysis')).toContain('after the answers were there');
    expect(by('default')).toContain('do not show that single personas are like their sheets');
  });

  test('every work that is named stands among the references, and none that is not', () => {
    for (const analysis of [
      analysisOf(fullStudy()),
      analysisOf(study({ personas: personas([{ sheet: 1 }, { sheet: 2 }]) })),
    ]) {
      const sections = describeMethods(analysis);
      const works = sections.find(({ heading }) => heading === 'References')!.paragraphs.join('\n');
      const text = sections
        .flatMap(({ heading, paragraphs }) => (heading === 'References' ? [] : paragraphs))
        .join('\n');
      for (const [name, year] of [
        ['Holm', 1979],
        ['Hartmann', 2007],
        ['Neill', 2014],
        ['Lin', 1989],
        ['Donner', 2008],
        ['McCaffrey', 2002],
        ['Tipton', 2018],
        ['Lakens', 2013],
        ['Schuirmann', 1987],
        ['Hall', 1992],
        ['Wong', 1996],
        ['Altman', 1999],
        ['Zeger', 1986],
        ['Wilson', 1927],
        ['Pearson', 1934],
      ] as const) {
        const isNamed = new RegExp(`${name},? \\(?${year}`).test(text);
        expect(new RegExp(`${name}, .*\\(${year}\\)`).test(works), name).toBe(isNamed);
      }
    }
  });
});

test('of an empty study only what is true is said', () => {
  const text = textOf(analysisOf(study()));
  expect(text).toContain('No questionnaire has been given yet.');
  expect(text).toContain('There are no reference sheets');
  expect(text).not.toMatch(/Holm|Zou/);
});

test('simulated data is called so, and imported replies are not said to have been parsed here', () => {
  expect(
    textOf(analysisOf(fullStudy(['GPT-4o (simulated)'], { dataOrigin: 'simulated' }))),
  ).toContain('SIMULATED');
  const imported = analysisOf(fullStudy(['GPT-4o'], { dataOrigin: 'imported' }), {
    groups: [GROUP],
    calls: 3,
  });
  expect(textOf(imported)).not.toContain('parsed strictly');
  expect(textOf({ ...imported, study: fullStudy() })).toContain('parsed strictly');
});
