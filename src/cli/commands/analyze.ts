import path from 'node:path';
import { type Command, Option } from 'commander';
import { defined } from '../../defined.ts';
import { UserError } from '../../errors.ts';
import { type Example, examples } from '../examples.ts';
import { keepHeapSmall } from '../memory.ts';
import {
  amount,
  type CommonOptions,
  type Context,
  common,
  contextOf,
  LARGEST_ID,
  readDatabase,
  several,
  wholeNumber,
  withStudyFile,
} from '../shared/options.ts';

interface AnalyzeOptions extends CommonOptions {
  readonly table?: readonly string[];
  readonly mode?: 'published' | 'corrected';
  readonly groupId?: readonly number[];
  readonly rows?: 'real' | 'simulated';
  readonly out?: string;
  readonly equivalenceBound?: number;
  readonly personBound?: number;
}

const EXAMPLES: readonly Example[] = [
  {
    does: 'All tables, the figures and report.html into results/personality_trap',
    command: 'personas analyze',
  },
  {
    does: 'Print one table of the simulated answers, computed as published',
    command: 'personas analyze --table 4 --mode published --rows simulated',
  },
  {
    does: 'Only two groups, into another folder',
    command: 'personas analyze --group-id 1 --group-id 2 --out results/first-two',
  },
];

/** The hash of the design as the study file has it now; a file that no longer reads is told. */
async function designOfFile(
  file: string,
  { terminal, config }: Context,
): Promise<{ readonly designToday?: string }> {
  const { readStudy } = await import('../../studies/study-file.ts');
  const { designHash } = await import('../../studies/design.ts');
  const { createCatalogue } = await import('../../models/catalogue.ts');
  try {
    return { designToday: designHash(readStudy(file), createCatalogue(config.models)) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    terminal.warn(`The report does not compare the design: ${error.message}`);
    return {};
  }
}

export function add(program: Command): void {
  examples(withStudyFile(common(program.command('analyze'))), EXAMPLES)
    .description('Create all tables of the study, its figures and a report from the database.')
    .option(
      '--table <id>',
      'print only this table, such as 4, A4 or C1 (repeatable)',
      several((id: string) => id),
    )
    .addOption(
      new Option(
        '--mode <mode>',
        'with --table: only the published or only the corrected version',
      ).choices(['published', 'corrected']),
    )
    .option(
      '-g, --group-id <id>',
      'only this experiment group (repeatable)',
      several(wholeNumber(LARGEST_ID)),
    )
    .addOption(
      new Option(
        '--rows <kind>',
        'rows of real models or of simulated models, never both (default: real if there are any)',
      ).choices(['real', 'simulated']),
    )
    .option(
      '--out <folder>',
      'folder for tables, figures and report.html (default: results/SCHEMA)',
    )
    .option(
      '--equivalence-bound <points>',
      'largest difference of means that counts as negligible, in points of every scale (default: from the study file, else 0.5)',
      amount,
    )
    .option(
      '--person-bound <points>',
      'largest distance of one persona from its sheet that counts as the same, in points of every scale (default: from the study file, else 1 for short sums of yes/no items, or 1 SEM of the sheets)',
      amount,
    )
    .action(async (study: string | undefined, options: AnalyzeOptions) => {
      keepHeapSmall();
      const context = await contextOf(options, study);
      const { makeResults, printAnalysis, printTables, readTableIds, resultsFolder } = await import(
        '../ui/results.ts'
      );
      const ids = options.table === undefined ? null : readTableIds(options.table);
      const { computeTables } = await import('../../studies/analyze.ts');
      const choice = defined({
        groups: options.groupId,
        rows: options.rows,
        equivalenceBound: options.equivalenceBound,
        personBound: options.personBound,
      });
      await readDatabase(context, 'snapshot', async (database) => {
        if (ids !== null) {
          const mode = options.mode === undefined ? {} : { mode: options.mode };
          const tables = await computeTables(database, context.config, {
            ...choice,
            ...mode,
            tables: ids,
          });
          await printTables(
            context.terminal,
            tables,
            options.out === undefined ? null : path.resolve(options.out),
          );
          return;
        }
        const folder = resultsFolder(options.out, database.schema);
        const analysis = await makeResults(context.terminal, database, context.config, folder, {
          ...choice,
          ...(study === undefined ? {} : await designOfFile(study, context)),
        });
        await printAnalysis(context.terminal, analysis, folder);
      });
    });
}
