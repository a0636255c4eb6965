import { describe, expect, test } from 'vitest';
import {
  BASE,
  MAX_N,
  type PersonaLine,
  personas,
  population,
  SPAIN,
} from '../../../test/support/small-study.ts';
import { categorise, metricsOf, PARTITIONS } from './demographic-categories.ts';
import { type DemographicRow, tabulateDemographics } from './demographics.ts';

/** Two draws of six sheets: 1 is a woman. */
const IN_BASE = [1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const IN_MAX_N = [1, 1, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0];
const draw = (women: readonly number[], of: PersonaLine['population']): PersonaLine[] =>
  women.map((woman, index) => ({
    sheet: 1 + Math.floor(index / 2),
    draw: 1 + (index % 2),
    population: of!,
    gender: woman === 1 ? 'female' : 'male',
  }));
const LINES = [...draw(IN_BASE, BASE), ...draw(IN_MAX_N, MAX_N)];

const tabulate = (lines: readonly PersonaLine[], table: '1' | '2' | '3' = '1') =>
  tabulateDemographics(personas(lines), table);

function find(
  rows: readonly DemographicRow[],
  condition: string,
  metric = 'gender_female',
): DemographicRow {
  return rows.find((row) => row.condition === condition && row.metric === metric)!;
}

function expectClose(actual: number | null, expected: number): void {
  expect(Math.abs(actual! - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.abs(expected),
  );
}

describe('the partition', () => {
  const of = (field: string, value: string | null) =>
    categorise(PARTITIONS.find((one) => one.field === field)!, value);

  test.each([
    ['gender', 'Female', 'gender_female'],
    ['gender', 'trans woman', 'gender_female'],
    ['gender', 'Non-binary', 'gender_non_binary'],
    ['gender', 'other', 'gender_other'],
    ['gender', 'male and female', 'gender_other'],
    ['gender', 'unmapped', 'gender_unmapped'],
    ['gender', null, 'gender_missing'],
    ['gender', ' ', 'gender_missing'],
    ['political_orientation', 'Centre', 'pol_centre'],
    ['political_orientation', 'center-left', 'pol_progressive'],
    ['political_orientation', 'Moderate liberal', 'pol_progressive'],
    ['political_orientation', 'Libertarian', 'pol_other'],
    ['political_orientation', 'Somewhat conservative', 'pol_conservative'],
    ['political_orientation', 'Centre-gauche', 'pol_unmapped'],
    ['political_orientation', 'Liberal Party of Australia', 'pol_unmapped'],
    ['political_orientation', 'right down the middle', 'pol_unmapped'],
    ['gender', 'Was a man, now a woman', 'gender_unmapped'],
    ['gender', 'Woman hater', 'gender_unmapped'],
    ['race', 'Hispanic/Latino', 'race_latin'],
    ['race', 'Asian American', 'race_asia'],
    ['race', 'non-Hispanic White', 'race_white'],
    ['race', 'White and Asian', 'race_other'],
    ['race', 'Klingon', 'race_unmapped'],
    ['religious_belief', 'Non-denominational Christian', 'relig_christian'],
    ['religious_belief', 'Muslim', 'relig_other_named'],
    ['religious_belief', 'Hinduist', 'relig_other_named'],
    ['religious_belief', 'Others', 'relig_other'],
    ['religious_belief', 'Agnostic atheist', 'relig_other'],
    ['sexual_orientation', 'lgbtq+', 'sex_lgbtq'],
    ['sexual_orientation', 'homosexual', 'sex_lgbtq'],
    ['sexual_orientation', 'ambivalent', 'sex_unmapped'],
    ['sexual_orientation', 'bi', 'sex_lgbtq'],
    ['sexual_orientation', 'asexual', 'sex_asexual'],
    ['sexual_orientation', 'HETEROSEXUAL', 'sex_hetero'],
    ['sexual_orientation', 'N/A', 'sex_unspecified'],
    ['sexual_orientation', '', 'sex_missing'],
  ])('%s %s is %s', (field, value, metric) => {
    expect(of(field, value)).toBe(metric);
  });

  test('every category is found by each of its own phrases, and metrics are unique', () => {
    for (const partition of PARTITIONS) {
      for (const { metric, phrases } of partition.categories) {
        for (const phrase of phrases)
          expect([phrase, categorise(partition, phrase)]).toEqual([phrase, metric]);
      }
      expect(metricsOf(partition)).toContain(partition.other);
    }
    const all = PARTITIONS.flatMap(metricsOf);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('comparison with Base', () => {
  /**
   * R 4.2.2, sheets as clusters of both conditions: f <- lm(y ~ x); sandwich of the sums of u·x by
   * sheet, times 6/5 · 23/22; t with 5 df. The share: plogis(qlogis(p) ± qt(.975, 5) se/(p(1 −
   * p))), se = sqrt(6/5 Σ s²)/12 of the sheets' residual sums. The interval of the difference by
   * Zou & Donner from those of both shares and the correlation of the residual sums, 0.4118.
   */
  test('by clusters, as in R', () => {
    const row = find(tabulate(LINES), 'MaxN');
    expect(row).toMatchObject({
      n: 12,
      count: 7,
      share: 7 / 12,
      n_clusters: 6,
      n_base_clusters: 6,
      n_shared: 6,
      draws: 2,
      df: 5,
      interval: 'cluster-robust logit',
    });
    const actual = [
      row.diff,
      row.t,
      row.p,
      row.ci_low,
      row.ci_high,
      row.share_ci_low,
      row.share_ci_high,
    ];
    const expected = [
      1 / 6,
      0.9780192938436529,
      0.3729812919416809,
      -0.231672650971285,
      0.484872508059237,
      0.2160826285282522,
      0.8767046234622423,
    ];
    actual.forEach((value, index) => {
      expectClose(value, expected[index]!);
    });
    expect(row).toMatchObject({
      family: 'table 1: difference, GPT-4o',
      family_size: 2,
      p_adjusted: 2 * row.p!,
    });
  });

  test('an empty category has the interval of Wilson over sheets, and no test', () => {
    const row = find(tabulate(LINES), 'MaxN', 'gender_non_binary');
    // R 4.2.2: z <- qnorm(.975); z^2/(6 + z^2)
    expectClose(row.share_ci_high, 0.3903342879021652);
    expectClose(row.ci_low, -0.3903342879021652);
    expectClose(row.ci_high, 0.3903342879021652);
    expect(row).toMatchObject({
      share: 0,
      share_ci_low: 0,
      diff: 0,
      p: null,
      interval: 'Wilson over sheets',
      family: null,
    });
    expect(row.reason).toBe('nobody is in this category, here or in Base');
  });

  test('all against none is a sign test of the sheets', () => {
    const lines = [...draw(Array(12).fill(0), BASE), ...draw(Array(12).fill(1), MAX_N)];
    // R 4.2.2: binom.test(6, 6)$p.value
    const all = find(tabulate(lines), 'MaxN');
    expect(all).toMatchObject({
      diff: 1,
      p: 0.03125,
      test: 'exact sign test',
      n_shared: 6,
      ci_high: 1,
    });
    expectClose(all.ci_low, 0.447983956189514);
    expect(find(tabulate(lines), 'MaxN', 'gender_male')).toMatchObject({ diff: -1, p: 0.03125 });
    const elsewhere = lines.map((line) =>
      line.population === BASE ? { ...line, sheet: line.sheet + 10 } : line,
    );
    const row = find(tabulate(elsewhere), 'MaxN');
    expect(row).toMatchObject({ diff: 1, p: null, family: null });
    expect(row.reason).toContain('share too few sheets');
  });

  test('only sheets that both have are compared, where these are not few', () => {
    const more = [7, 8, 9].map((sheet) => ({ sheet, population: BASE, gender: 'female' }));
    const [row, alone] = [tabulate([...LINES, ...more]), tabulate(LINES)].map((rows) =>
      find(rows, 'MaxN'),
    );
    expect(row).toMatchObject({ n_base_clusters: 9, n_shared: 6, test: 'cluster-robust t' });
    for (const key of ['diff', 'ci_low', 'ci_high', 't', 'df', 'p'] as const)
      expect(row![key]).toBe(alone![key]);
  });

  test('conditions with other sheets are compared by CR2, their shares for independent', () => {
    const elsewhere = LINES.map((line) =>
      line.population === BASE ? { ...line, sheet: line.sheet + 10 } : line,
    );
    const row = find(tabulate(elsewhere), 'MaxN');
    expect(row).toMatchObject({ test: 'CR2 t', n_shared: 0, n_clusters: 6, n_base_clusters: 6 });
    const together = find(tabulate(LINES), 'MaxN');
    expect(row.diff).toBe(together.diff);
    // The shares correlate over the common sheets, which makes the other interval shorter.
    expect(row.ci_low).toBeLessThan(together.ci_low!);
    expect(row.ci_high).toBeGreaterThan(together.ci_high!);
  });

  test('surplus draws of one condition, and personas without a description, do not count', () => {
    const more: PersonaLine[] = [3, 4, 5].map((number) => ({
      sheet: 1,
      draw: number,
      population: BASE,
      gender: 'female',
    }));
    const without: PersonaLine = {
      sheet: 2,
      draw: 1,
      population: MAX_N,
      gender: 'female',
      hasWordCount: false,
    };
    expect(tabulate([...LINES, ...more, without])).toEqual(tabulate(LINES));
  });

  test('the order of personas changes nothing; identical draws narrow no interval but by the small-sample factor', () => {
    expect(tabulate(LINES.toReversed())).toEqual(tabulate(LINES));
    const again = LINES.map((line) => ({ ...line, draw: line.draw! + 2 }));
    const once = find(tabulate(LINES), 'MaxN');
    const twice = find(tabulate([...LINES, ...again]), 'MaxN');
    expect(twice).toMatchObject({ n: 24, n_clusters: 6, share: once.share });
    expectClose(twice.share_ci_low, once.share_ci_low!);
    // N − 1 over N − 2 of 48 instead of 24 personas.
    expectClose(twice.t, once.t! * Math.sqrt(23 / 22 / (47 / 46)));
  });

  test('without Base, and for the reference population, there is the share and a reason', () => {
    const rows = tabulate([...draw(IN_MAX_N, MAX_N), ...draw(IN_BASE, SPAIN)]);
    expect(find(rows, 'MaxN')).toMatchObject({
      share: 7 / 12,
      diff: null,
      p: null,
      reason: 'there is no Base population',
    });
    expect(find(rows, 'spain826')).toMatchObject({
      share: 5 / 12,
      reason: 'the reference population is no condition',
    });
  });
});

test('the shares of each field sum to 1 in every model and condition', () => {
  const seed = 20_261_124;
  const words = [
    'female',
    'Black',
    'Christian',
    'gay',
    'left',
    'unmapped',
    'other',
    'Klingon',
    '',
    null,
  ];
  const lines = Array.from({ length: 200 }, (_, index): PersonaLine => {
    const pick = (salt: number) =>
      words[((seed % 9973) * (index + 1) * salt + 7 * index * index) % words.length]!;
    return {
      sheet: index % 20,
      draw: index % 5 === 0 ? null : 1,
      population: [BASE, MAX_N, population('mine')][index % 3]!,
      gender: pick(3),
      race: pick(7),
      religious_belief: pick(11),
      sexual_orientation: pick(13),
      political_orientation: pick(17),
    };
  });
  const rows = tabulate(lines);
  const sums = Map.groupBy(rows, ({ condition, field }) => `${condition} ${field}`);
  expect(sums.size).toBe(15);
  for (const [name, of] of sums) {
    expect(
      of.reduce((total, { share }) => total + share!, 0),
      `${name}, seed ${seed}`,
    ).toBeCloseTo(1, 12);
    expect(of.reduce((total, { count }) => total + count, 0)).toBe(of[0]!.n);
  }
});

test('models go to their tables, others to the third', () => {
  const of = (model: string) => ({ sheet: 1, model });
  const lines = [of('my-model'), of('Claude-3.5-s'), of('Llama3.1-70B'), of('GPT-4o')];
  const models = (table: '1' | '2' | '3') => [
    ...new Set(tabulate(lines, table).map(({ model }) => model)),
  ];
  expect([models('1'), models('2'), models('3')]).toEqual([
    ['GPT-4o'],
    ['Llama3.1-70B'],
    ['Claude-3.5-s', 'my-model'],
  ]);
});
