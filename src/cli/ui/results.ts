/** The results of an analysis, for the terminal. */
import path from 'node:path';
import type { Quality } from '../../analysis/quality/quality.ts';
import type { Config } from '../../config/config.ts';
import type { Database } from '../../db/connect.ts';
import { UserError } from '../../errors.ts';
import type { Analysis } from '../../report/analysis.ts';
import { TABLE_IDS, type TableId, type Turn } from '../../report/tables/tables.ts';
import type { AnalysisOptions, StudyTables } from '../../studies/analyze.ts';
import { didYouMean } from '../../suggest.ts';
import { outputWidth } from './output.ts';
import { count, printTable, type Terminal } from './terminal.ts';

/** @param out as the user gave it; `results/SCHEMA` where nothing was given */
export function resultsFolder(out: string | undefined, schema: string): string {
  return path.resolve(out ?? path.join('results', schema));
}

/** @throws UserError for what is no table of the study */
export function readTableIds(names: readonly string[]): TableId[] {
  return names.map((name) => {
    const found = TABLE_IDS.find(
      (id) => id.toLowerCase() === name.toLowerCase().replace(/^table\s*/, ''),
    );
    if (found !== undefined) return found;
    throw new UserError(`Unknown table "${name}"`, {
      code: 'table-unknown',
      hint: `${didYouMean(name, TABLE_IDS)}Tables: ${TABLE_IDS.join(', ')}.`,
    });
  });
}

/** Prints single tables, and writes their files where a folder is given. */
export async function printTables(
  terminal: Terminal,
  tables: Pick<StudyTables, 'published' | 'corrected'>,
  folder: string | null,
): Promise<void> {
  const { writeTableFiles } = await import('../../report/tables/files.ts');
  const { completeTable, layOutTable } = await import('../../report/tables/tables.ts');
  const files = folder === null ? [] : writeTableFiles(folder, tables);
  const placeOf = ({ table: id }: { readonly table: string }) =>
    (TABLE_IDS as readonly string[]).indexOf(id);
  const all = [...tables.published, ...tables.corrected].toSorted(
    (a, b) => placeOf(a) - placeOf(b),
  );
  terminal.printJson({ tables: all.map(completeTable), files });
  const { renderPlain } = await import('../../report/tables/plain.ts');
  for (const one of all) terminal.print(`${renderPlain(layOutTable(one), outputWidth())}\n`);
  if (folder !== null)
    terminal.print(`${count(files.length)} files are in ${path.join(folder, 'tables')}.`);
}

/** Prints what there is in the results folder, and how far it can be trusted at a glance. */
export async function printAnalysis(
  terminal: Terminal,
  analysis: Analysis,
  folder: string,
): Promise<void> {
  const { published, corrected, differences, quality, study } = analysis;
  const tables = TABLE_IDS.map((id) => ({
    table: id,
    published: published.find((one) => one.table === id)?.rows.length ?? 0,
    corrected: corrected.find((one) => one.table === id)?.rows.length ?? 0,
    differences: differences.filter((one) => one.table === id).length,
  }));
  terminal.printJson({
    schema: study.schema,
    data_origin: study.dataOrigin,
    results: folder,
    tables,
    differences,
    negative_items: quality.negativeItems,
  });
  const { SIMULATED_NOTICE } = await import('../../report/tables/captions.ts');
  const { describeTable } = await import('../../report/tables/tables.ts');
  if (study.dataOrigin === 'simulated') terminal.print(`${SIMULATED_NOTICE}.\n`);
  const hasPublished = published.length > 0;
  printTable(
    terminal,
    [
      ...['table', 'shows', 'rows'],
      ...(hasPublished ? ['rows as published', 'cells changed by the corrections'] : []),
    ],
    tables
      .filter((one) => one.corrected + one.published > 0)
      .map((one) => [
        one.table,
        describeTable([...corrected, ...published].find(({ table: id }) => id === one.table)!)
          .title,
        one.corrected,
        ...(hasPublished ? [one.published, one.differences] : []),
      ]),
  );
  terminal.print();
  const { sayFindings } = await import('../../report/findings.ts');
  await printMainTable(terminal, analysis, sayFindings(analysis));
  terminal.print(
    `\nOpen ${path.join(folder, 'report.html')} in a browser. The tables are in ${path.join(folder, 'tables')} (JSON, CSV, Markdown, LaTeX), the figures in ${path.join(folder, 'figures')} (SVG).`,
  );
  terminal.print(`To print one table here: personas analyze --table A4 --schema ${study.schema}`);
  warnOfItems(terminal, quality);
}

/** Of a table that is printed without being asked for. */
const MOST_ROWS = 60;

/** The corrected table that answers the study's question, below what was found in words. */
export async function printMainTable(
  terminal: Terminal,
  { study, corrected }: Pick<StudyTables, 'study' | 'corrected'>,
  findings: readonly string[],
): Promise<void> {
  const { mainTable } = await import('../../report/main-table.ts');
  const { rowsOf } = await import('../../report/tables/tables.ts');
  const { scaleScores } = await import('../../report/tables/families/scale-scores.ts');
  const { wrapText } = await import('../../report/tables/text-width.ts');
  const width = outputWidth();
  for (const sentence of findings)
    terminal.print(`${width === null ? sentence : wrapText(sentence, width).join('\n')}\n`);
  const { hasPublishedDesign } = await import('../../report/analysis.ts');
  const table = mainTable(corrected, hasPublishedDesign(study));
  if (table === null) return;
  if (table.table === scaleScores.id) {
    const { summariseScores } = await import('../../report/summary.ts');
    const { titleSheets } = await import('../../report/figures/setting.ts');
    const { heading, rows } = summariseScores(rowsOf(corrected, scaleScores.corrected));
    terminal.print(
      `Table 4, corrected: scale scores of the ${titleSheets(study)}, mean ± SD over persons\n`,
    );
    printTable(terminal, heading, rows);
    return;
  }
  const { layOutTable, describeTable } = await import('../../report/tables/tables.ts');
  if (table.rows.length > MOST_ROWS) {
    terminal.print(
      `Table ${table.table} (${describeTable(table).title}) has ${count(table.rows.length)} rows. To print it: personas analyze --table ${table.table} --schema ${study.schema}`,
    );
    return;
  }
  const { renderPlain } = await import('../../report/tables/plain.ts');
  terminal.print(renderPlain(layOutTable(table), outputWidth()));
}

/** Of items, those that say most. */
const MOST_ITEMS = 10;

/** Names the items that a wrong key may be behind. */
export function warnOfItems(terminal: Terminal, { negativeItems }: Quality): void {
  if (negativeItems.length === 0) return;
  terminal.say(
    'These items correlate negatively with the rest of their scale. Check their keys. A correlation near 0 may be due to chance.',
  );
  for (const { instrument, scale, item, model, condition, r, n } of negativeItems.slice(
    0,
    MOST_ITEMS,
  )) {
    const who = condition === null ? model : `${model}, ${condition}`;
    terminal.say(
      `  ${instrument}, scale ${scale}, item ${item}: r = ${r.toFixed(2)}, n = ${count(n)} (${who})`,
    );
  }
  const more = negativeItems.length - MOST_ITEMS;
  if (more > 0) terminal.say(`  … and ${count(more)} more, under "Data quality" in the report`);
}

/** Without a line that says what is being done. */
const LONGEST_SILENCE_MS = 2000;

/** Analyzes a schema and writes tables, figures and the report, saying what is being done. */
export async function makeResults(
  terminal: Terminal,
  database: Database,
  config: Config,
  folder: string,
  options: AnalysisOptions,
): Promise<Analysis> {
  const { analyzeStudy, writeAnalysis } = await import('../../studies/analyze.ts');
  let saidAt = 0;
  const say = (step: string) => {
    saidAt = performance.now();
    terminal.say(step);
  };
  const sayTable = ({ next, index, of }: Turn) => {
    if (performance.now() - saidAt > LONGEST_SILENCE_MS)
      say(`Table ${next}, ${index + 1} of ${of}…`);
  };
  return refreshingView(terminal, database, async () => {
    const analysis = await analyzeStudy(database, config, {
      ...options,
      onStep: say,
      onTable: sayTable,
    });
    say('Drawing the figures and writing the report…');
    writeAnalysis(folder, analysis, new Date());
    return analysis;
  });
}

/**
 * Does the work, and brings the view for everybody's SQL up to date, where this user may; says so
 * where not.
 */
async function refreshingView<T>(
  terminal: Terminal,
  database: Database,
  work: () => Promise<T>,
): Promise<T> {
  const { whileRefreshing } = await import('../../db/materialized-view.ts');
  const { result, isFresh } = await whileRefreshing(database, work);
  if (!isFresh) {
    const why =
      database.visiting === null
        ? 'this user may not refresh it'
        : `${database.visiting} is using the database`;
    terminal.warn(
      `The materialised view experiments_evals of schema "${database.schema}" may be stale: ${why}. The tables of this analysis are not affected.`,
    );
  }
  return result;
}
