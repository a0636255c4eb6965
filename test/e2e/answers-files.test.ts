import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportDataset } from '../../src/dataset/export/export.ts';
import type { Database } from '../../src/db/connect.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { makeOddStudy } from '../support/odd-study.ts';
import { temporaryFolder } from '../support/study.ts';

type Row = Readonly<Record<string, string | null>>;

const ITEMS = ['with', 'c2', 'c3', 'decide', 'hours', 'why'];

const OLD_IDS = ['1st', 'Negative Affect, total', 'a', 'A', `${'very_'.repeat(8)}long`, 'with'];

/** Ids as versions took them that had no rule for ids. */
async function renameScales({ db, t }: Database): Promise<void> {
  const { rows } = await sql<{ id: number; score: number | null }>`
    select experiment_id as id, max(score) as score from ${t.scores} group by 1`.execute(db);
  for (const [at, scale] of OLD_IDS.entries())
    for (const { id, score } of rows)
      await sql`insert into ${t.scores} (experiment_id, scale, score, items_answered) values (${id}, ${scale}, ${(score ?? 0) + at}, 1)`.execute(
        db,
      );
}

test('ids of before the rule for ids have other names in each format, which its codebook maps', async () => {
  await using database = await testDatabase('embedded');
  await makeOddStudy(database);
  await renameScales(database);
  using folder = temporaryFolder();
  const names: Record<string, readonly string[]> = {};
  for (const format of ['csv', 'parquet', 'sav', 'dta'] as const) {
    const where = path.join(folder.path, format);
    await exportDataset(database, where, {
      ...{ program: 'test', now: new Date(0), format, answersWide: true },
    });
    const codebook = parse(
      readFileSync(path.join(where, 'answers_wide_odd_codebook.csv'), 'utf8'),
      {
        columns: true,
      },
    ) as Record<string, string>[];
    const scores = codebook.filter(({ column }) => /^score_/.test(column!));
    const mapped = new Map(scores.map(({ scale, column }) => [scale!, column!]));
    expect(mapped.size).toBe(OLD_IDS.length + 2);
    names[format] = OLD_IDS.map((id) => mapped.get(id)!);
    // Names in the file, as it stores them.
    const bytes = readFileSync(path.join(where, `answers_wide_odd.${format}`)).toString('latin1');
    for (const name of names[format]) expect(bytes).toContain(name);
  }
  const long = `score_${'very_'.repeat(8)}long`;
  const wide = ['score_1st', 'score_Negative_Affect__total', 'score_a_2', 'score_A', long];
  expect(names.csv).toEqual([...wide, 'score_with']);
  expect(names.parquet).toEqual(names.csv);
  expect(names.sav).toEqual(names.csv);
  expect(names.dta).toEqual(names.csv!.map((name) => name.slice(0, 32)));
});

test('a column that SPSS or Stata reserve has another name there', async () => {
  await using database = await testDatabase('embedded');
  await makeOddStudy(database);
  using folder = temporaryFolder();
  await exportDataset(database, folder.path, {
    ...{ program: 'test', now: new Date(0), format: 'sav' },
  });
  const codebook = parse(
    readFileSync(path.join(folder.path, 'answers_wide_odd_codebook.csv'), 'utf8'),
    { columns: true },
  ) as Record<string, string>[];
  expect(codebook.find(({ id }) => id === 'with')!.column).toBe('v_with');
});

describe.each(DATABASES)('files of answers of the %s database', (kind) => {
  const folder = temporaryFolder();
  const read = (file: string): Row[] =>
    parse(readFileSync(path.join(folder.path, file), 'utf8'), {
      columns: true,
      cast: (value, { quoting, header }) => (header || quoting || value !== '' ? value : null),
    });
  let wide: readonly Row[] = [];
  let long: readonly Row[] = [];
  beforeAll(async () => {
    await using database = await testDatabase(kind);
    await makeOddStudy(database);
    const about = { program: 'personality-trap test', now: new Date(0) };
    await exportDataset(database, folder.path, {
      ...about,
      answersLong: true,
      personaColumns: true,
    });
    wide = read('answers_wide_odd.csv');
    long = read('answers_long_odd.csv');
  });
  afterAll(() => folder[Symbol.dispose]());

  test('pair the same case over conditions, models and languages by case_id', () => {
    const cells = Map.groupBy(wide, ({ case_id: id }) => id);
    expect([...cells.keys()]).toEqual(['1', '2', '3']);
    for (const rows of cells.values()) {
      const answered = rows.map((row) => `${row.model} ${row.condition} ${row.language}`);
      expect(new Set(answered).size).toBe(2 * 2 * 2);
      expect(new Set(rows.map((row) => row.persona_case)).size).toBe(1);
    }
  });

  test('have a row for each item of each administration, answered or not', () => {
    expect(long).toHaveLength(wide.length * ITEMS.length);
    for (const [at, row] of long.entries()) {
      expect(row.item).toBe(ITEMS[at % ITEMS.length]);
      const one = wide[Math.floor(at / ITEMS.length)]!;
      for (const name of ['experiment_id', 'case_id', 'language', 'condition', 'persona_faith'])
        expect(row[name]).toBe(one[name]);
      expect(row.answer ?? row.answer_text).toBe(one[row.item!]);
      const points = one[`${row.item}_r`] ?? (row.scale === null ? null : one[row.item!]);
      expect(row.points).toBe(one[row.item!] === '9' ? null : points);
    }
  });

  test('say why there is no answer', () => {
    const reasons = new Map(long.map((row) => [row.experiment_id, row.missing]));
    expect([2, 3, 4, 5, 6, 9].map((id) => reasons.get(String(id)))).toEqual([
      ...['refused', 'truncated', 'invalid', 'failed', 'not_asked', null],
    ]);
    const seven = long.filter((row) => row.experiment_id === '7').map((row) => row.missing);
    expect(seven).toEqual([null, 'declined', null, null, null, null]);
  });

  test('have labels in the language that was asked', () => {
    const labels = (language: string) =>
      new Set(
        long
          .filter((row) => row.language === language && row.item === 'decide')
          .map((row) => row.answer_label ?? ''),
      );
    expect([...labels('en')].sort()).toEqual(['', 'F', 'T']);
    expect([...labels('es')].sort()).toEqual(['No', 'Sí']);
  });

  test('have what is known of the personas, and the description where it stands once', () => {
    const [first] = wide;
    expect(first).toMatchObject({ persona_faith: 'N/A', persona_odd_name: 'NA' });
    expect(first).toMatchObject({ persona_description: 'I am a.' });
    expect(first).toMatchObject({ persona_word_count_description: '3' });
    expect(Object.keys(first!)).not.toContain('persona_age');
    expect(Object.keys(first!)).not.toContain('persona_description_2');
    expect(Object.keys(long[0]!)).not.toContain('persona_description');
  });

  test('have a codebook for each', () => {
    expect(read('answers_long_odd_codebook.csv').map((row) => row.column)).toEqual(
      Object.keys(long[0]!),
    );
    const { columns } = JSON.parse(
      readFileSync(path.join(folder.path, 'answers_wide_odd_codebook.json'), 'utf8'),
    ) as { columns: readonly { column: string; wordings: Record<string, unknown> }[] };
    expect(columns.find(({ column }) => column === 'decide')!.wordings).toEqual({
      en: { text: 'Well?', value_labels: { 0: 'F', 1: 'T' } },
      es: { text: '¿Y bien?', value_labels: { 0: 'No', 1: 'Sí' } },
    });
    expect(Object.keys(wide[0]!)).toEqual(columns.map(({ column }) => column));
  });
});
