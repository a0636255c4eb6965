import type { Command } from 'commander';
import { UserError } from '../../errors.ts';
import type { CellVerdict, TableVerdict } from '../../report/compare.ts';
import { type Example, examples } from '../examples.ts';
import { keepHeapSmall } from '../memory.ts';
import { type CommonOptions, common, contextOf } from '../shared/options.ts';
import { count, printTable, type Terminal } from '../ui/terminal.ts';

interface ReproduceOptions extends CommonOptions {
  readonly selfTest?: boolean;
  readonly replace?: boolean;
  readonly out?: string;
}

/** A schema of its own, unless another is named. */
const SCHEMA = 'reproduction';
/** Of the cells of one table that differ, without --json. */
const MOST_CELLS = 20;

const EXAMPLES: readonly Example[] = [
  {
    does: 'Check the program with its built-in small dataset',
    command: 'personas reproduce --self-test',
  },
  { does: 'The published dataset, cell by cell', command: 'personas reproduce published-dataset' },
];

export function add(program: Command): void {
  examples(
    common(
      program
        .command('reproduce')
        .argument(
          '[source]',
          'the published dataset: folder of CSV files, or dump (.sql, .sql.gz)',
        ),
    ),
    EXAMPLES,
  )
    .description(
      'Import the published dataset, compute its tables, and compare them cell by cell with the published ones.',
    )
    .option(
      '--self-test',
      'use the built-in small dataset with known results; in memory unless --database is given',
    )
    .option('--replace', 'remove everything in the schema first')
    .option(
      '--out <folder>',
      'folder for tables, figures and report.html (default: results/SCHEMA; none for the self-test)',
    )
    .action(async (source: string | undefined, options: ReproduceOptions) => {
      const selfTest = options.selfTest === true;
      if (selfTest === (source !== undefined)) {
        throw new UserError(selfTest ? '--self-test uses its own dataset' : 'No dataset given', {
          code: selfTest ? 'options-conflict' : 'option-missing',
          hint: 'Pass either the folder or dump of the published dataset, or --self-test.',
        });
      }
      keepHeapSmall();
      const { config, terminal } = await contextOf({
        ...options,
        schema: options.schema ?? SCHEMA,
      });
      const { openMigrated } = await import('../../db/connect.ts');
      const { importModeOf, printImport, watchImport } = await import('../shared/import.ts');
      const { resultsFolder } = await import('../ui/results.ts');
      const { isReproduced, publishedStudy, reproduce, SELF_TEST } = await import(
        '../../studies/reproduce.ts'
      );
      const place =
        selfTest && options.database === undefined
          ? { ...config, database: { kind: 'memory' } as const }
          : config;
      await using database = await openMigrated(place);
      const what = source === undefined ? SELF_TEST : publishedStudy(source);
      const { imported, analysis, verdicts } = await watchImport(terminal, (watching) =>
        reproduce(database, config, what, { ...watching, mode: importModeOf(options) }),
      );
      const folder =
        selfTest && options.out === undefined ? null : resultsFolder(options.out, database.schema);
      if (folder !== null) {
        const { writeAnalysis } = await import('../../studies/analyze.ts');
        writeAnalysis(folder, analysis, new Date());
      }
      terminal.printJson({
        schema: database.schema,
        database: database.label,
        source: what.source,
        reproduced: isReproduced(verdicts),
        findings: imported.findings,
        tables: verdicts,
        results: folder,
      });
      printImport(terminal, database, imported);
      printVerdicts(terminal, verdicts, selfTest);
      if (folder !== null) terminal.print(`\nTables, figures and report.html are in ${folder}.`);
      process.exitCode = isReproduced(verdicts) ? 0 : 1;
    });
}

function printVerdicts(
  terminal: Terminal,
  verdicts: readonly TableVerdict[],
  selfTest: boolean,
): void {
  terminal.print(
    `\n${selfTest ? "Compared with what the study's published code computes from these rows" : 'Compared with the published tables (arXiv 2602.03334)'}:`,
  );
  printTable(
    terminal,
    [
      'table',
      'cells',
      selfTest ? 'equal' : 'equal as printed',
      'differ',
      'missing here',
      'verdict',
    ],
    verdicts.map((one) => [
      one.table,
      one.cells,
      one.equal,
      one.differing.length,
      one.absent.length,
      one.equal === one.cells ? 'reproduced' : 'NOT reproduced',
    ]),
  );
  for (const verdict of verdicts) {
    printCells(terminal, `Table ${verdict.table}, cells that differ`, verdict.differing);
    printCells(terminal, `Table ${verdict.table}, cells that are missing here`, verdict.absent);
  }
}

function printCells(terminal: Terminal, title: string, cells: readonly CellVerdict[]): void {
  if (cells.length === 0) return;
  terminal.print(
    `\n${title}${cells.length > MOST_CELLS ? ` (the first ${MOST_CELLS} of ${count(cells.length)}; --json prints them all)` : ''}:`,
  );
  printTable(
    terminal,
    ['cell', 'column', 'published', 'here'],
    cells
      .slice(0, MOST_CELLS)
      .map((one) => [
        one.cell,
        one.column,
        show(one.published),
        one.ours === undefined ? 'absent' : show(one.ours),
      ]),
  );
}

function show(value: unknown): string {
  return value === null ? 'n/a' : String(value);
}
