/** The tables of the self-test dataset as files, and the SQL behind each of their rows. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { categorise, PARTITIONS } from '../../src/analysis/corrected/demographic-categories.ts';
import type { StudyData } from '../../src/analysis/data.ts';
import { REFERENCE_ROW, type Table } from '../../src/analysis/table.ts';
import { writeTableFiles } from '../../src/report/tables/files.ts';
import {
  behindOf,
  correctedTables,
  publishedTables,
  STUDY_TABLE_IDS,
  TABLE_IDS,
} from '../../src/report/tables/tables.ts';
import { correlate } from '../../src/statistics/correlation.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import type { Row } from '../support/rows.ts';
import { expectedRows, loadSelfTest } from '../support/self-test.ts';
import { temporaryFolder } from '../support/study.ts';

function tablesOf(study: StudyData): { published: readonly Table[]; corrected: readonly Table[] } {
  return {
    published: publishedTables(study),
    corrected: correctedTables(study),
  };
}

test('four files for every table and mode, with the numbers and texts of the study', async () => {
  await using database = await testDatabase('postgres');
  const tables = tablesOf(await loadSelfTest(database));
  using folder = temporaryFolder();
  const files = writeTableFiles(folder.path, tables);

  const expected = (['published', 'corrected'] as const).flatMap((mode) =>
    (mode === 'published' ? STUDY_TABLE_IDS : TABLE_IDS).flatMap((id) =>
      ['json', 'csv', 'md', 'tex'].map((extension) =>
        path.join('tables', mode, `table${id}.${extension}`),
      ),
    ),
  );
  expect(files.toSorted()).toEqual(expected.toSorted());
  // Nothing else is left behind.
  const there = readdirSync(folder.path, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(there).toHaveLength(expected.length);

  for (const id of ['1', '4', '5', 'A4'] as const) {
    const { rows, ...head } = JSON.parse(
      readFileSync(path.join(folder.path, `tables/published/table${id}.json`), 'utf8'),
    );
    expect(head).toEqual({ table: id, mode: 'published', data_origin: 'imported' });
    expect((rows as Row[]).map((row) => row.text).toSorted()).toEqual(
      expectedRows(id)
        .map((row) => row.text)
        .toSorted(),
    );
  }
  const markdown = readFileSync(path.join(folder.path, 'tables/published/table4.md'), 'utf8');
  expect(markdown).toContain('| Model | Condition | E | N | P | L |');
  expect(markdown).toContain(
    '| GPT-4o | MaxN | 2.54 ± 2.90 | 5.95 ± 0.22†¶ | 0.90 ± 1.52 | 5.95 ± 0.22 |',
  );
  const csv = readFileSync(path.join(folder.path, 'tables/published/table4.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(csv).toHaveLength(1 + expectedRows('4').length);
  expect(csv[0]).toBe(
    'model,population,scale,n,mean,sd,ref_mean,diff,ci_low,ci_high,t,p,d,marker,text',
  );
});

type Answer = Readonly<Record<'personality_id' | 'experiment_id' | 'answer' | 'eval', number>> & {
  readonly sheet_answer: number | null;
};

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const total = (rows: readonly Answer[]) => rows.reduce((sum, row) => sum + row.eval, 0);
const groups = (rows: readonly Answer[], by: 'personality_id' | 'experiment_id') => [
  ...Map.groupBy(rows, (row) => row[by]).values(),
];

/**
 * Numbers of a row once more, from what its SQL yields: the column, what it says, and what the rows
 * say.
 */
function recompute(
  { table, mode }: Table,
  row: Row,
  found: readonly unknown[],
): readonly (readonly [string, unknown, number | null])[] {
  if (table === '5') {
    const pairs = found as readonly { epqra_score: string; bigfive_score: string }[];
    const result = correlate(
      pairs.map((pair) => Number(pair.epqra_score)),
      pairs.map((pair) => Number(pair.bigfive_score)),
    );
    return [
      ['n', row.n, pairs.length],
      ['r', row.r, 'r' in result ? result.r : null],
    ];
  }
  if ('metric' in row) {
    if (mode === 'published') return [];
    const partition = PARTITIONS.find(({ field }) => field === row.field)!;
    const values = (found as readonly Record<string, string | null>[]).map(
      (persona) => persona[partition.field] ?? null,
    );
    return [
      ['n', row.n, values.length],
      [
        'count',
        row.count,
        values.filter((value) => categorise(partition, value) === row.metric).length,
      ],
    ];
  }
  const answers = found as readonly Answer[];
  const experiments = groups(answers, 'experiment_id');
  if (row.population === null || row.model === REFERENCE_ROW) return [];
  switch (table) {
    case '4':
      return [
        ['n', mode === 'published' ? row.n : row.n_administrations, experiments.length],
        ['mean', row.mean, mean(experiments.map(total))],
      ];
    case '6':
    case 'A5':
      return [['n', row.n, experiments.length]];
    case 'A4':
      return [['mean', row.mean, mean(experiments.map((one) => total(one) / one.length))]];
    default: {
      const hits = (rows: readonly Answer[]) =>
        mean(rows.map((one) => (one.answer === one.sheet_answer ? 100 : 0)));
      if (mode === 'published') {
        return [
          ['n', row.n, answers.length],
          ['accuracy', row.accuracy, hits(answers)],
        ];
      }
      return row.against === 'original' && row.model !== 'Random'
        ? [['accuracy', row.accuracy, mean(groups(answers, 'personality_id').map(hits))]]
        : [];
    }
  }
}

/** Every so many of the statements, prime to the number of scales so that each occurs. */
const SAMPLE = { postgres: 3, embedded: 19 } as const;

describe.each(DATABASES)('the SQL of a row on the %s database', (kind) => {
  test('runs as it is, finds rows, and yields the numbers of the row', {
    timeout: 300_000,
  }, async () => {
    await using database = await testDatabase(kind);
    const study = await loadSelfTest(database);
    const { published, corrected } = tablesOf(study);
    const found = new Map<string, readonly unknown[]>();
    const wrong: string[] = [];
    let recomputed = 0;
    const all = [...published, ...corrected].flatMap((table) =>
      table.rows.map((row) => ({ table, row, statement: behindOf(table, row, study).sql })),
    );
    const statements = [...new Set(all.map(({ statement }) => statement))];
    // A statement of each kind many times over; both databases speak the same SQL.
    const tried = statements.filter((_, index) => index % SAMPLE[kind] === 0);
    const waiting = tried.values();
    const work = async () => {
      for (const statement of waiting)
        found.set(statement, (await sql.raw(statement).execute(database.db)).rows);
    };
    await Promise.all([work(), work(), work(), work()]);
    expect(found.size).toBe(tried.length);
    for (const { table, row, statement } of all) {
      const rows = found.get(statement);
      if (rows === undefined) continue;
      const name = `${table.mode} ${table.table} ${JSON.stringify(Object.values(row).slice(0, 4))}`;
      if (rows.length === 0 && row.n !== 0) wrong.push(`${name}: no rows`);
      for (const [column, said, again] of recompute(table, row, rows)) {
        recomputed++;
        const isSame =
          said === again ||
          (typeof said === 'number' &&
            again !== null &&
            Math.abs(said - again) <= 1e-9 * Math.max(1, Math.abs(said)));
        if (!isSame) wrong.push(`${name}: ${column} is ${said}, its rows say ${again}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(all.length).toBeGreaterThan(1000);
    expect(recomputed).toBeGreaterThan(kind === 'postgres' ? 500 : 50);
  });
});
