import { describe, expect, test } from 'vitest';
import {
  BASE,
  MAX_N,
  type PersonaLine,
  personas,
  population,
  study,
} from '../../../test/support/small-study.ts';
import type { TabulatedField } from '../data.ts';
import { DEMOGRAPHIC_METRICS, type DemographicRow, tabulateDemographics } from './demographics.ts';

const MAX_P = population('MaxP');

function tabulate(lines: readonly PersonaLine[]) {
  const all = study({ personas: personas(lines) });
  return {
    1: tabulateDemographics(all, '1'),
    2: tabulateDemographics(all, '2'),
    3: tabulateDemographics(all, '3'),
  };
}

/** `women` of `n` personas of one draw; the others are men. */
function draw(
  number: number,
  women: number,
  n: number,
  more: Partial<PersonaLine> = {},
): PersonaLine[] {
  return Array.from({ length: n }, (_, index) => ({
    sheet: index + 1,
    draw: number,
    gender: index < women ? 'Female' : 'male',
    ...more,
  }));
}

function women(rows: readonly DemographicRow[], condition: string): DemographicRow {
  return rows.find((row) => row.condition === condition && row.metric === 'gender_female')!;
}

describe('which traits a cleaned value has', () => {
  /** Metrics of the field that are 1 when everybody has this value. */
  function traitsOf(field: TabulatedField, value: string | null): string[] {
    const rows = tabulate([{ sheet: 1, [field]: value }])[1];
    const prefix = {
      gender: 'gender_',
      political_orientation: 'pol_',
      race: 'race_',
      religious_belief: 'relig_',
      sexual_orientation: 'sex_',
    }[field];
    return rows
      .filter((row) => row.condition === 'Base' && row.metric.startsWith(prefix) && row.mean === 1)
      .map((row) => row.metric);
  }

  test.each<[TabulatedField, string | null, string[]]>([
    ['gender', 'WOMAN', ['gender_female']],
    ['gender', 'nb', ['gender_non_binary']],
    ['gender', null, ['gender_other']],
    ['gender', '', ['gender_other']],
    ['political_orientation', 'Moderate', ['pol_centre']],
    ['political_orientation', 'Left-wing', ['pol_progressive']],
    ['political_orientation', 'Far right', ['pol_other']],
    ['race', 'Black Hispanic', ['race_black', 'race_latin']],
    ['race', 'White Hispanic', ['race_latin']],
    ['race', 'Caucasian', ['race_other']],
    ['race', null, ['race_other']],
    ['religious_belief', 'Non-denominational CHRISTIAN', ['relig_christian']],
    ['religious_belief', 'Agnostic/Atheist', ['relig_agnostic', 'relig_atheist']],
    ['religious_belief', 'Buddhist', ['relig_other']],
    ['sexual_orientation', 'HETEROSEXUAL', ['sex_hetero']],
    ['sexual_orientation', 'Ambiguous', ['sex_lgbtq']],
    ['sexual_orientation', 'Homosexual', []],
    ['sexual_orientation', 'Asexual', []],
    ['sexual_orientation', '', []],
    ['sexual_orientation', 'NA', ['sex_unspecified']],
    ['sexual_orientation', null, ['sex_unspecified']],
  ])('%s %j: %j', (field, value, expected) => {
    expect(traitsOf(field, value)).toEqual(expected);
  });
});

describe('shares', () => {
  test('mean and SD are those of the draws, each counting alike; p is over all personas', () => {
    const base = [...draw(1, 1, 4), ...draw(2, 3, 4)];
    const maxN = [...draw(1, 4, 4, { population: MAX_N }), ...draw(2, 1, 2, { population: MAX_N })];
    const rows = tabulate([...base, ...maxN])[1];
    expect(women(rows, 'Base')).toMatchObject({ mean: 0.5, p: null });
    expect(women(rows, 'Base').sd).toBeCloseTo(0.3535533905932738, 15);
    expect(women(rows, 'MaxN').mean).toBe(0.75);
    expect(women(rows, 'MaxN').sd).toBeCloseTo(0.3535533905932738, 15);
    // statsmodels 0.13.5: proportions_ztest([4, 5], [8, 6])
    expect(women(rows, 'MaxN').p).toBeCloseTo(0.197703366862106, 12);
  });

  test('personas without word count, without draw and of later draws are left out', () => {
    const kept = draw(5, 1, 2);
    const left = [
      ...draw(5, 3, 3, { hasWordCount: false }),
      ...draw(6, 3, 3),
      ...draw(1, 3, 3).map((line) => ({ ...line, draw: null })),
    ];
    expect(women(tabulate([...left, ...kept])[1], 'Base')).toMatchObject({ mean: 0.5, sd: 0 });
  });

  test('populations that are shown alike are one condition', () => {
    const again = population('Base', { population: 'another' });
    const rows = tabulate([...draw(1, 2, 2), ...draw(1, 0, 2, { population: again })])[1];
    expect(women(rows, 'Base').mean).toBe(0.5);
  });
});

describe('groups without variance', () => {
  test.each([
    ['the same', 3, 3, 1],
    ['different', 0, 3, 0],
  ])('that are %s', (_, ofBase, ofMaxN, p) => {
    const rows = tabulate([...draw(1, ofBase, 3), ...draw(1, ofMaxN, 3, { population: MAX_N })])[1];
    expect(women(rows, 'MaxN').p).toBe(p);
  });

  test('only one of the two is tested as usual', () => {
    const rows = tabulate([...draw(1, 10, 20), ...draw(1, 20, 20, { population: MAX_N })])[1];
    // statsmodels 0.13.5: proportions_ztest([10, 20], [20, 20])
    expect(women(rows, 'MaxN').p).toBeCloseTo(0.00026072963285531683, 15);
  });
});

describe('rows', () => {
  test('a condition without personas is printed as zeros and not compared, nor is one without Base', () => {
    const rows = tabulate(draw(1, 1, 2, { population: MAX_P }))[1];
    expect(rows).toHaveLength(60);
    expect(women(rows, 'Base')).toEqual({
      model: 'GPT-4o',
      condition: 'Base',
      metric: 'gender_female',
      mean: 0,
      sd: 0,
      p: null,
    });
    expect(women(rows, 'MaxN')).toMatchObject({ mean: 0, sd: 0, p: null });
    expect(women(rows, 'MaxP')).toMatchObject({ mean: 0.5, p: null });
  });

  test('are by model, condition and metric; other conditions come last and only where they are', () => {
    const lines = [
      ...draw(1, 1, 2, { model: 'GPT-3.5', population: population('MinL') }),
      ...draw(1, 1, 2, { model: 'GPT-3.5', population: BASE }),
      ...draw(1, 1, 2, { model: 'Mistral', population: BASE }),
      ...draw(1, 1, 2, { model: 'Claude-3.5-s (simulated)', population: BASE }),
      ...draw(1, 1, 2, { model: 'GPT-4o', population: population('MinL') }),
    ];
    const tables = tabulate(lines);
    const order = (rows: readonly DemographicRow[]) => [
      ...new Set(rows.map((row) => `${row.model} ${row.condition}`)),
    ];
    expect(order(tables[1])).toEqual([
      'GPT-4o MinL',
      'GPT-3.5 Base',
      'GPT-3.5 MaxN',
      'GPT-3.5 MaxP',
      'GPT-3.5 MinL',
    ]);
    expect(tables[2]).toEqual([]);
    expect(order(tables[3]).filter((name) => name.endsWith('Base'))).toEqual([
      'Claude-3.5-s (simulated) Base',
      'Mistral Base',
    ]);
    expect(tables[1].slice(0, 20).map((row) => row.metric)).toEqual(DEMOGRAPHIC_METRICS);
  });
});
