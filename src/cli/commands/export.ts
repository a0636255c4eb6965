import { type Command, Option } from 'commander';
import type { DescribedFile } from '../../dataset/export/export.ts';
import type { Format } from '../../dataset/export/formats.ts';
import type { Database } from '../../db/connect.ts';
import { UserError } from '../../errors.ts';
import { PROGRAM } from '../../package-info.ts';
import { type Example, examples } from '../examples.ts';
import { keepHeapOfExportSmall } from '../memory.ts';
import {
  type CommonOptions,
  type Context,
  common,
  contextOf,
  readDatabase,
  withStudyFile,
} from '../shared/options.ts';
import { count, printTable } from '../ui/terminal.ts';

interface ExportCommandOptions extends CommonOptions {
  readonly format: Format;
  readonly answersWide?: boolean;
  readonly answersLong?: boolean;
  readonly personaColumns?: boolean;
  readonly rScript?: boolean;
  readonly overwrite?: boolean;
}

const R_SCRIPT = 'analysis.R';

const EXAMPLES: readonly Example[] = [
  {
    does: 'Every table as CSV, to archive or to import elsewhere',
    command: 'personas export my-study',
  },
  {
    does: 'For R or pandas: one row for each experiment, and a codebook',
    command: 'personas export my-study --answers-wide --overwrite',
  },
  {
    does: 'For mixed models: also one row for each answer, with what is known of the personas',
    command: 'personas export my-study --answers-long --persona-columns --overwrite',
  },
  {
    does: 'With a script in R that computes numbers of the report again, and has the mixed models',
    command: 'personas export my-study --r-script --overwrite',
  },
  { does: 'Every table as Parquet', command: 'personas export my-study-parquet --format parquet' },
  {
    does: 'For SPSS: the answers with labels and a code for each reason why one is missing',
    command: 'personas export my-study-spss --format sav',
  },
];

export function add(program: Command): void {
  examples(
    withStudyFile(
      common(
        program.command('export').argument('<folder>', 'folder for the files, one for each table'),
      ),
    ),
    EXAMPLES,
  )
    .description(
      'Write every table of the schema into a folder. The CSV files can be imported again without loss.',
    )
    .addOption(
      new Option(
        '--format <format>',
        'format of the files; sav (SPSS) and dta (Stata) write the answers alone, one row for each experiment, with labels',
      )
        .choices(['csv', 'jsonl', 'parquet', 'sav', 'dta'])
        .default('csv'),
    )
    .option(
      '--answers-wide',
      'also write files with one row for each experiment and one column for each item and scale, and a codebook',
    )
    .option(
      '--answers-long',
      'the same, and files with one row for each item of each experiment, for mixed models and item response models',
    )
    .option(
      '--persona-columns',
      'the same as --answers-wide, with columns of the personas in these files: name, age, gender and so on, and the description',
    )
    .option(
      '--r-script',
      `also write ${R_SCRIPT}, which reads the wide answers, computes numbers of the report again, and fits mixed and confirmatory models`,
    )
    .option('--overwrite', 'replace existing files of the same names')
    .action(async (folder: string, study: string | undefined, options: ExportCommandOptions) => {
      keepHeapOfExportSmall();
      const { rScript = false } = options;
      if (rScript && options.format !== 'csv') {
        throw new UserError(`--r-script reads CSV files, not ${options.format}`, {
          code: 'options-conflict',
          hint: 'Leave --format out.',
        });
      }
      const context = await contextOf(options, study);
      const { terminal } = context;
      const { exportDataset } = await import('../../dataset/export/export.ts');
      const { readersOf } = await import('../../dataset/export/readers.ts');
      const { createCatalogue } = await import('../../models/catalogue.ts');
      const { interruptedBy } = await import('../ui/interrupt.ts');
      const now = new Date();
      using interrupts = interruptedBy(terminal.say, 'Ending: the folder will be left as it was.');
      const result = await readDatabase(context, 'snapshot', (database) =>
        exportDataset(database, folder, {
          format: options.format,
          answersWide: rScript || (options.answersWide ?? false),
          answersLong: options.answersLong ?? false,
          personaColumns: options.personaColumns ?? false,
          companions: [
            ...readersOf(options.format, PROGRAM, now),
            ...(rScript ? [{ name: R_SCRIPT, write: scriptOf(database, context) }] : []),
          ],
          overwrite: options.overwrite ?? false,
          catalogue: createCatalogue(context.config.models),
          program: PROGRAM,
          now,
          signal: interrupts.signal,
        }),
      );
      terminal.printJson({
        folder,
        format: options.format,
        data_origin: result.dataOrigin,
        notes: result.notes,
        files: result.files,
      });
      printTable(
        terminal,
        ['file', 'rows'],
        result.files.map((one) => [one.file, count(one.rows)]),
      );
      terminal.print(
        `\n${result.files.length} files are in ${folder}; dataset.json describes them.`,
      );
      if (options.format === 'csv')
        terminal.print('read_study.R and read_study.py read them with the types of their columns.');
      if (rScript) terminal.print(`To run the script: Rscript ${folder}/${R_SCRIPT}`);
      for (const note of result.notes) terminal.print(note);
    });
}

function scriptOf(database: Database, { config }: Context) {
  return async (files: readonly DescribedFile[]): Promise<string> => {
    const { computeTables } = await import('../../studies/analyze.ts');
    const { TABLES_OF_SCRIPT, writeScript } = await import('../../report/r-script/script.ts');
    const { study, corrected } = await computeTables(database, config, {
      tables: TABLES_OF_SCRIPT,
      mode: 'corrected',
    });
    return writeScript({ study, corrected, files, program: PROGRAM, now: new Date() });
  };
}
