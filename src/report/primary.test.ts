import { describe, expect, test } from 'vitest';
import { analysisOf, findFaults, fullStudy } from '../../test/support/analysis.ts';
import { keyOfMention } from '../analysis/model-identity.ts';
import { listModels } from '../analysis/models.ts';
import type { AnalysisPlan } from '../analysis/plan.ts';
import { PRIMARY_FAMILY, type Table } from '../analysis/table.ts';
import { renderReport } from './page/index.ts';
import { type PrimaryAnalysis, primaryAnalyses, sayPrimaryFamily } from './primary.ts';
import { renderMarkdown } from './tables/markdown.ts';
import { claimsOf, correctedTables, layOutTable, TABLE_IDS } from './tables/tables.ts';

const STUDY = fullStudy();
const [GPT4O] = listModels(STUDY);
const NAMED = {
  ...STUDY,
  models: new Map([[keyOfMention({ name: 'gpt4o', modelId: 'gpt-4o-2024-11-20' }), GPT4O!]]),
};

const analysisWith = (...primary: AnalysisPlan['primary']) => analysisOf(NAMED, {}, { primary });
const rowsOf = (tables: readonly Table[], id: string) =>
  tables.find(({ table }) => table === id)!.rows;

const EQUIVALENCE = { table: 4, model: 'gpt4o', condition: 'Base', claim: 'equivalence' } as const;
const DIFFERENCE = { table: 4, model: 'GPT-4o', scale: 'E', condition: 'max_N' } as const;

describe('primary analyses', () => {
  const planned = analysisWith(
    { ...EQUIVALENCE, scale: ['E', 'N'] },
    { table: '5', model: 'gpt4o', epqra_scale: 'E', bigfive_scale: 'A', claim: 'correlation' },
    { table: 6, model: 'gpt4o', condition: 'Base', scale: 'E', claim: 'reliability' },
  );
  const found = primaryAnalyses(planned);

  test('name rows by study-file names and labels, a row for each value of a list', () => {
    expect(found.map(({ table, claim, subject }) => [table, claim, subject])).toEqual([
      ['4', 'equivalence', 'GPT-4o, Base, E'],
      ['4', 'equivalence', 'GPT-4o, Base, N'],
      ['5', 'correlation', 'GPT-4o, E, A, Base'],
      ['6', 'reliability', 'GPT-4o, Base, E'],
    ]);
  });

  test('are one family over all tables, by Holm', () => {
    const tested = found.filter(({ p }) => p !== null);
    expect(tested).toHaveLength(3);
    const raw = tested.map(
      ({ table, row }) => row![table === '4' ? 'p_equivalence' : 'p'] as number,
    );
    const ascending = raw.map((_, at) => at).sort((a, b) => raw[a]! - raw[b]!);
    let largest = 0;
    const expected = new Map<number, number>();
    ascending.forEach((at, rank) => {
      largest = Math.max(largest, Math.min(1, (3 - rank) * raw[at]!));
      expected.set(at, largest);
    });
    tested.forEach(({ p }, at) => {
      expect(p).toBeCloseTo(expected.get(at)!, 12);
    });
    for (const { table, row } of tested) {
      const prefix = table === '4' ? 'equivalence_' : '';
      expect(row).toMatchObject({
        [`${prefix}family`]: PRIMARY_FAMILY,
        [`${prefix}family_size`]: 3,
        [`${prefix}role`]: 'primary',
      });
    }
  });

  test('leave the other tests exploratory, in families without them', () => {
    const before = rowsOf(correctedTables(NAMED), '5');
    const after = rowsOf(planned.corrected, '5');
    expect(before.every(({ role }) => role === 'none')).toBe(true);
    const own = after.filter(({ model }) => model === 'GPT-4o');
    expect(own.filter(({ role }) => role === 'primary')).toHaveLength(1);
    expect(own.filter(({ role }) => role === 'exploratory').map((row) => row.family_size)).toEqual([
      3, 3, 3,
    ]);
    // Another model's tests are what they were.
    const others = (rows: Table['rows']) =>
      rows.filter(({ model }) => model === 'GPT-3.5').map(({ p_adjusted }) => p_adjusted);
    expect(others(after)).toEqual(others(before));
  });

  test('the verdict of equivalence follows the p over the primary analyses', () => {
    const row = rowsOf(planned.corrected, '4').find((one) => one.equivalence_role === 'primary')!;
    expect(row.mean_equivalent).toBe((row.p_equivalence_adjusted as number) < 0.05);
  });

  test('one table alone has the same p as among all', () => {
    const { plan } = planned.settings;
    const [alone, ...others] = correctedTables(NAMED, { plan, ids: ['4'] });
    expect(others).toEqual([]);
    expect(alone!.rows).toEqual(rowsOf(planned.corrected, '4'));
  });

  test('say in a sentence what came out', () => {
    expect(found[0]!.words).toMatch(
      /^GPT-4o, Base, E \(Table 4, equivalence\): that the mean is equivalent .* is not shown; difference of the mean from that of the sheets .*, 90 % interval \[.*\] \(not corrected\), p corrected by Holm over 3 claims = [01]\.\d+\.$/,
    );
    expect(found[3]!.words).toMatch(/Cronbach’s alpha .*\.$/);
  });
});

test('a claim that no row makes is not estimable, and says why', () => {
  const [none, other, driven, untested] = primaryAnalyses(
    analysisWith(
      { ...EQUIVALENCE, model: 'claude', scale: 'E' },
      { ...EQUIVALENCE, scale: 'X' },
      { ...DIFFERENCE, scale: 'N', claim: 'difference' },
      { table: 1, model: 'GPT-4o', condition: 'MaxN', metric: 'race_asia', claim: 'difference' },
    ),
  );
  expect(none).toMatchObject({ row: null, p: null, reason: 'Table 4 has no such row' });
  expect(other!.words).toBe(
    'gpt4o, Base, scale X (Table 4, equivalence): not estimable: Table 4 has no such row.',
  );
  expect(driven!.reason).toContain('make no claim of this kind');
  expect(untested).toMatchObject({
    p: null,
    reason: 'nobody is in this category, here or in Base',
  });
  expect(untested!.words).toContain('not tested: nobody is in this category');
});

test('a row that two entries name is one analysis', () => {
  const found = primaryAnalyses(
    analysisWith(
      { ...EQUIVALENCE, scale: 'E' },
      { ...EQUIVALENCE, scale: ['E', 'N'] },
      { ...DIFFERENCE, claim: 'difference' },
    ),
  );
  expect(found.map(({ subject, claim }) => `${subject}: ${claim}`)).toEqual([
    'GPT-4o, Base, E: equivalence',
    'GPT-4o, Base, N: equivalence',
    'GPT-4o, MaxN, E: difference',
  ]);
});

describe('what is printed', () => {
  const planned = analysisWith(
    { ...EQUIVALENCE, scale: 'E' },
    { table: 5, model: 'gpt4o', epqra_scale: 'E', bigfive_scale: 'A', claim: 'correlation' },
  );
  const printed = (id: string, of = planned) =>
    renderMarkdown(layOutTable(of.corrected.find(({ table }) => table === id)!));

  test('a column says the role of each test where a line is a row, else primary ones are bold', () => {
    expect(printed('4')).toMatch(/\| GPT-4o \| Base \| E .* \| primary \(equivalence\) \|/);
    expect(printed('4')).toMatch(/\| GPT-3\.5 \| Base \| E .* \| exploratory \|/);
    expect(printed('5').match(/\*\*-?[^|]*p [=<]/g)).toHaveLength(1);
    expect(printed('5')).toContain('all other tests are exploratory');
  });

  test('nothing of it where nothing was planned', () => {
    const plain = analysisOf(NAMED);
    expect(printed('4', plain)).not.toMatch(/exploratory|primary|Analysis/);
    expect(renderReport(plain, { now: new Date(0) })).not.toContain('id="primary"');
  });

  test('the report begins its results with them', () => {
    const page = renderReport(planned, { now: new Date(0) });
    expect(findFaults(page)).toEqual([]);
    expect(page.indexOf('id="primary"')).toBeGreaterThan(0);
    expect(page.indexOf('id="primary"')).toBeLessThan(page.indexOf('id="tables"'));
    expect(page).toContain('The study planned 2 primary analyses');
    expect(page).toContain('<b>Primary: GPT-4o, Base, E</b><ul><li>equivalence (Table 4): ');
  });
});

test('whatever is tested in a table can be planned', () => {
  for (const { table, rows } of correctedTables(NAMED)) {
    if (rows.length === 0) continue;
    const claimed = claimsOf(table).flatMap(({ test: own }) => own?.p ?? []);
    const columns = new Set(rows.flatMap((row) => Object.keys(row)));
    const tested = [...columns].filter((name) => columns.has(`${name}_adjusted`));
    expect([...new Set(claimed)].toSorted(), `Table ${table}`).toEqual(tested.toSorted());
    for (const claim of claimsOf(table))
      for (const column of [claim.estimate, claim.low, claim.high])
        expect(columns, `Table ${table}`).toContain(column);
  }
  expect(TABLE_IDS.length).toBeGreaterThan(10);
});

test.each<[string, readonly Pick<PrimaryAnalysis, 'isTest' | 'p' | 'reason'>[], string]>([
  [
    'tests',
    [
      { isTest: true, p: 0.2, reason: null },
      { isTest: true, p: null, reason: 'constant' },
    ],
    'The study planned 2 primary analyses; the p values of the 1 that could be tested are corrected together by Holm and 1 could not be estimated.',
  ],
  [
    'tests without data',
    [{ isTest: true, p: null, reason: 'constant' }],
    'The study planned 1 primary analysis; none of them could be tested and 1 could not be estimated.',
  ],
  [
    'estimates, which have no test',
    [
      { isTest: false, p: null, reason: null },
      { isTest: false, p: null, reason: null },
    ],
    'The study planned 2 primary analyses; each is an estimate with its interval, without a test.',
  ],
  [
    'both',
    [
      { isTest: false, p: null, reason: null },
      { isTest: true, p: 0.2, reason: null },
    ],
    'The study planned 2 primary analyses; the p values of the 1 that could be tested are corrected together by Holm and 1 is an estimate with its interval, without a test.',
  ],
])('what was planned is said: %s', (_, given, sentence) => {
  expect(sayPrimaryFamily(given as readonly PrimaryAnalysis[])).toBe(
    `${sentence} All other tests are exploratory.`,
  );
});

test('a claim about people says where none have been imported', () => {
  const [one] = primaryAnalyses(
    analysisWith({ table: 'H1', claim: 'human_difference', model: 'gpt4o', scale: 'E' }),
  );
  expect(one).toMatchObject({ isTest: false, reason: 'no answers of people have been imported' });
});
