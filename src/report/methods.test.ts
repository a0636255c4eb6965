import { describe, expect, test } from 'vitest';
import { analysisOf, fullStudy } from '../../test/support/analysis.ts';
import {
  answered,
  KEYED,
  MAX_N,
  MOOD,
  personas,
  population,
  score,
  sheets,
  study,
} from '../../test/support/small-study.ts';
import type { Analysis, GroupProvenance } from './analysis.ts';
import { STUDY_CITATION } from './citations.ts';
import { describeMethods } from './methods.ts';
import { correctedTables } from './tables/tables.ts';

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
  firstCall: '2026-01-02T03:04:05.000Z',
  lastCall: '2026-01-03T03:04:05.000Z',
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
    expect(text).toContain('56 administrations');
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
    expect(text).toContain('within the bound of the mean (± 0.5 points');
    expect(text).toContain(`table 5: correlation with mood (2 families of ${size} tests)`);
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
    const own = fullStudy();
    const by = (boundOrigin: 'default' | 'study file' | 'analysis') =>
      textOf({
        ...analysisOf(own),
        corrected: correctedTables(own, { boundOrigin, personBoundOrigin: boundOrigin }),
      });
    expect(by('default')).toMatch(
      /bound of the mean \(± 0\.5 points [^;]*, the program’s default\)/,
    );
    expect(by('study file')).toContain('set in the study file before the answers were there');
    expect(by('analysis')).toContain('FIRST GIVEN AT ANALYSIS');
    expect(by('default')).toContain('do not show that single personas are like their sheets');
    expect(by('default')).toContain('lower limit of the share reaches 80%');
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
        ['Miller', 2015],
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
  expect(text).not.toMatch(/Holm|Zou|Amidei|sheet/);
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

describe('methods of studies of several kinds', () => {
  const PEOPLE = [1, 2, 3, 4, 5, 6];
  const moods = (person: number, at: number) => [1, -1, person % 3, 2 - ((person + at) % 4), 0];
  const SHEETS =
    /[Ss]heet|reference population|Amidei|published|\bBase\b|manipulat|limits of agreement/;

  function ownStudy({
    conditions = ['Christian', 'Muslim'],
    times = 1,
    isBare = false,
  }: {
    readonly conditions?: readonly string[];
    readonly times?: number;
    readonly isBare?: boolean;
  } = {}) {
    const populations = conditions.map((name) => population(name));
    return study({
      answered: [
        answered(
          MOOD,
          populations.flatMap((of) =>
            PEOPLE.flatMap((personality) =>
              Array.from({ length: times }, (_, at) => ({
                personality,
                population: of,
                points: moods(personality, at),
              })),
            ),
          ),
        ),
      ],
      personas: personas(
        populations.flatMap((of) =>
          PEOPLE.map((sheet) => ({ sheet, population: of, draw: null, hasWordCount: !isBare })),
        ),
      ),
    });
  }

  const ofOwn = (kind: Parameters<typeof ownStudy>[0], more: Partial<Analysis> = {}) =>
    textOf({
      ...analysisOf(ownStudy(kind), {
        groups: [{ ...GROUP, questionnaire: 'mood' }],
        calls: 12,
        imported: [{ source: 'cases.csv', personas: 12 }],
      }),
      published: [],
      ...more,
    });

  test('own personas: nothing of sheets, of the reference population or of the published study', () => {
    const text = ofOwn({});
    expect(text).not.toMatch(SHEETS);
    expect(text).toContain('A model answers questionnaires as each of the study’s personas');
    expect(text).toContain('Those who answer are the study’s own: 12 personas, from cases.csv.');
    expect(text).toContain('under 2 conditions (Christian and Muslim)');
    expect(text).not.toMatch(/score[^.]*mean over/);
  });

  test('own personas that are known by their answers alone are counted all the same', () => {
    const known = ownStudy();
    const text = textOf({ ...analysisOf({ ...known, personas: personas([]) }), published: [] });
    expect(text).toContain(
      'The cases are the study’s own: 12 cases (personas, stimuli and controls).',
    );
    expect(text).not.toMatch(SHEETS);
  });

  test('own personas under no condition: no conditions are counted', () => {
    expect(ofOwn({ conditions: ['all'] })).not.toMatch(/condition \(|conditions \(/);
  });

  test('retest: scores are means over administrations, and over nothing else', () => {
    const text = ofOwn({ times: 3 });
    expect(text).toContain('one score a case, the mean over administrations');
    expect(text).toContain('all complete administrations pooled');
    expect(text).not.toContain('draws');
    expect(text).not.toMatch(SHEETS);
  });

  test('stimuli without personas are called so', () => {
    const text = ofOwn({ isBare: true });
    expect(text).toContain('about stimuli that it is shown without a persona');
    expect(text).toContain('The model judges 12 stimuli of the study’s own without a persona');
    expect(text).not.toContain('Those who answer');
    expect(text).not.toMatch(/impersonates|as each of/);
    expect(text).not.toMatch(SHEETS);
  });

  const fromSheets = (draws: readonly (number | null)[], times: number) =>
    study({
      answered: [
        answered(
          KEYED,
          PEOPLE.flatMap((personality) =>
            draws.flatMap((draw) =>
              Array.from({ length: times }, (_, at) => ({
                personality,
                draw,
                points: score((personality + at + (draw ?? 0)) % 6, personality % 4),
              })),
            ),
          ),
        ),
      ],
      reference: sheets(
        Object.fromEntries(PEOPLE.map((one) => [one, score(one % 5, (one * 3) % 6)])),
      ),
      personas: personas(
        PEOPLE.flatMap((sheet) => draws.map((draw) => ({ sheet, draw: draw ?? 1 }))),
      ),
    });

  test('one draw and one administration: limits of single persons, and no means of answers', () => {
    const text = textOf(analysisOf(fromSheets([1], 1)));
    expect(text).toContain('follows the design of Amidei et al. (2026)');
    expect(text).toContain('limits of agreement of single persons');
    expect(text).not.toMatch(/score[^.]*mean over/);
    expect(text).not.toContain('administrations pooled');
  });

  test('several draws, several administrations: what a score is the mean of', () => {
    const of = (draws: readonly number[], times: number) =>
      textOf(analysisOf(fromSheets(draws, times)));
    expect(of([1, 2], 1)).toContain('Each person has one score, the mean over draws, and');
    expect(of([1, 2], 2)).toContain('one score, the mean over draws and administrations, and');
    expect(of([1], 2)).toContain('one score, the mean over administrations, and');
    expect(of([1], 2)).not.toContain('limits of agreement of single persons');
  });

  test('levels are called nominal, and the bound is given in SD of the sheets', () => {
    const text = textOf(analysisOf(fromSheets([1], 1)));
    expect(text).toContain('nominal 95% intervals, those of the equivalence tests 90%,');
    expect(text).toMatch(/bound of the mean \(± 0\.5 points \(0\.\d+ to 0\.\d+ SD of the sheets\)/);
    expect(text).not.toMatch(/95 ?% coverage|have 95%/);
  });

  test('which analysis was planned is said', () => {
    expect(textOf(analysisOf(fromSheets([1], 1)))).toContain('No analysis was named as primary');
    const primary = [{ table: 4, condition: 'Base', scale: 'E', claim: 'equivalence' }];
    expect(textOf(analysisOf(fromSheets([1], 1), {}, { primary }))).toContain(
      'The study planned 1 primary analysis; the p values of the 1 that could be tested',
    );
  });

  test('model ids with the days of the calls, and what was lost in which condition', () => {
    const row = {
      ...{ questionnaire: 'mood', model: 'GPT-4o', experiments: 40, succeeded: 36, pending: 0 },
      ...{ refused: 3, truncated: 0, unparseable: 0, invalid: 1, failed: 0, withCalls: 36 },
      ...{ laterAttempt: 0, uniform: 0, incomplete: 0, partial: 0, answeredFirst: 0 },
      ...{ answeredAgain: 0, declined: 0, missingCodes: 0, notApplicable: 0, notAsked: 0 },
      ...{ attentionChecks: 0, attentionFailed: 0, answeredNotSucceeded: 0 },
      ...{ duplicateAnswers: 0, conflictingAnswers: 0, condition: 'Muslim' },
    };
    const intact = { ...row, condition: 'Christian', succeeded: 40, refused: 0, invalid: 0 };
    const text = ofOwn(
      {},
      { quality: { administrations: [intact, row], demographics: [], negativeItems: [] } },
    );
    expect(text).toContain(
      'GPT-4o is gpt-4o-2024-11-20 (provider: openai), called between 2026-01-02 and 2026-01-03.',
    );
    expect(text).toContain('GPT-4o, Muslim: of 40, 3 refused (7.5 %) and 1 invalid (2.5 %)');
    expect(text).toContain('All of these are left out');
    expect(text).not.toContain('Christian: of');
  });

  test('no sentence of any of them has a gap', () => {
    for (const text of [
      ofOwn({}),
      ofOwn({ times: 3 }),
      ofOwn({ isBare: true }),
      textOf(analysisOf(fromSheets([1, 2], 2))),
    ])
      expect(text).not.toMatch(/undefined|null|NaN| {2}|\(\)| ,|\.\./);
  });
});

test('items on no scale are told apart from those on scales, and facets from items', () => {
  const [first, second, third, salary, remarks] = MOOD.items.map((one, column) => ({
    ...one,
    scale: column < 3 ? one.scale : null,
  }));
  const rule = { prorate: true, mostMissing: 0, isCentred: false };
  const member = (column: number) => ({ column, weight: 1 });
  const part = (scale: string) => ({ scale, weight: 1, low: -2, high: 2 });
  const questionnaire = {
    ...MOOD,
    items: [
      ...[first!, second!, third!],
      { ...salary!, id: 'salary', isNumber: true, unit: 'EUR' },
      { ...remarks!, id: 'remarks', isText: true },
    ],
    scales: [
      {
        ...rule,
        id: 'A',
        name: 'A',
        score: 'mean' as const,
        members: [0, 1].map(member),
        parts: [],
      },
      { ...rule, id: 'B', name: 'B', score: 'sum' as const, members: [2].map(member), parts: [] },
      {
        ...{ ...rule, id: 'T', name: 'T', score: 'mean' as const, members: [] },
        parts: ['A', 'B'].map(part),
      },
    ],
  };
  const text = textOf(
    analysisOf(
      study({ answered: [answered(questionnaire, [{ personality: 1, points: [1, 1, 1, 1, 1] }])] }),
    ),
  );
  expect(text).toContain(
    'has 5 items: 3 on 3 scales (A, B, T), and 2 on no scale (salary, a number in EUR; remarks, a text).',
  );
  expect(text).toContain(
    'a scale score is the mean of its items (A), the sum of its items (B) and the mean of its scales (T).',
  );
});
