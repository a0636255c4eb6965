/**
 * The report of the self-test dataset, of simulated experiments and of nothing, out of a database.
 */
import { tmpdir } from 'node:os';
import { sql } from 'kysely';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { renderReport } from '../../src/report/page/index.ts';
import { STUDY_TABLE_IDS } from '../../src/report/tables/tables.ts';
import { analyzeStudy } from '../../src/studies/analyze.ts';
import { findFaults } from '../support/analysis.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { loadSelfTest } from '../support/self-test.ts';
import { importLines, people, register } from '../support/study.ts';

const NOW = new Date('2026-02-03T04:05:06Z');
const CONFIG = loadConfig({}, {}, tmpdir());
const MOST_BYTES = 3_000_000;

interface Node {
  readonly textContent: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Node | null;
  querySelectorAll(selector: string): readonly Node[];
}

const parse = (page: string) => (parseHTML(page) as unknown as { document: Node }).document;

describe.each(DATABASES)('the report on the %s database', (kind) => {
  test('shows the self-test dataset', async () => {
    await using database = await testDatabase(kind);
    await loadSelfTest(database);
    const analysis = await analyzeStudy(database, CONFIG);
    const page = renderReport(analysis, { now: NOW });
    expect(Buffer.byteLength(page)).toBeLessThan(MOST_BYTES);
    expect(findFaults(page)).toEqual([]);

    const document = parse(page);
    for (const id of STUDY_TABLE_IDS)
      expect(document.querySelectorAll(`#table-${id} table`)).toHaveLength(2);
    // Every item of the study is on a scale.
    expect(document.querySelectorAll('#table-B1 table')).toHaveLength(0);
    expect(document.querySelectorAll('#table-B2 table')).toHaveLength(1);
    expect(document.querySelectorAll('figure')).toHaveLength(9);
    // The text that the published code prints for the row of GPT-4o, MaxN, N.
    const published = document.querySelector('#table-4 .published')!.textContent;
    const row = analysis.published
      .find(({ table }) => table === '4')!
      .rows.find(
        (one) => one.model === 'GPT-4o' && one.population === 'MaxN' && one.scale === 'N',
      )!;
    expect(published).toContain(
      `${(row.mean as number).toFixed(2)} ± ${(row.sd as number).toFixed(2)}†¶`,
    );
    expect(document.querySelector('#glance')!.textContent).toContain('829 succeeded');
    expect(document.querySelector('#methods')!.textContent).toContain('40 EPQR-A sheets');
    expect(document.querySelector('#provenance')!.textContent).toContain('gpt-4o-2024-11-20');
    const duplicates = analysis.quality.administrations.reduce(
      (sum, row) => sum + row.duplicateAnswers,
      0,
    );
    expect(duplicates).toBe(1289);
    expect(document.querySelectorAll('#quality tbody tr').length).toBeGreaterThanOrEqual(
      analysis.quality.administrations.length,
    );
    expect(document.querySelector('.origin')!.textContent).toContain('imported');

    // A statement of the page runs as it stands there, and yields the rows of its cell.
    const link = document
      .querySelectorAll('#table-4 .published a.sql')
      .find((one) => one.textContent.endsWith('†¶'))!;
    const statement = document.querySelector(
      `[id="${link.getAttribute('href')!.slice(1)}"] pre`,
    )!.textContent;
    const { rows } = await sql.raw(statement).execute(database.db);
    expect(rows.length).toBeGreaterThan(200);
  });

  test('can be written for experiments that have no answers yet', async () => {
    await using database = await testDatabase(kind);
    await importLines(database, people('generated_gpt4o_spain826', 3));
    await register(database, ['generated_gpt4o_spain826']);
    const page = renderReport(await analyzeStudy(database, CONFIG, { rows: 'simulated' }), {
      now: NOW,
    });
    expect(findFaults(page)).toEqual([]);
    const document = parse(page);
    expect(document.querySelector('.banner')!.textContent).toContain('SIMULATED');
    expect(document.querySelector('#quality')!.textContent).toContain('GPT-4o (simulated)');
    expect(document.querySelector('main')!.textContent).not.toMatch(/[‡†¶§]/);
  });

  test('can be written for an empty schema', async () => {
    await using database = await testDatabase(kind);
    const page = renderReport(await analyzeStudy(database, CONFIG), { now: NOW });
    expect(findFaults(page)).toEqual([]);
    expect(parse(page).querySelectorAll('article.table')).toHaveLength(0);
    expect(parse(page).querySelector('#tables')!.textContent).toContain(
      'The data have no values for',
    );
  });
});
