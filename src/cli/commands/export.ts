import { type Command, Option } from 'commander';
import type { Format } from '../../dataset/export/formats.ts';
import { PROGRAM } from '../../package-info.ts';
import { type Example, examples } from '../examples.ts';
import { keepHeapSmall } from '../memory.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  readDatabase,
  withStudyFile,
} from '../shared/options.ts';
import { count, printTable } from '../ui/terminal.ts';

interface ExportCommandOptions extends CommonOptions {
  readonly format: Format;
  readonly answersWide?: boolean;
  readonly overwrite?: boolean;
}

const EXAMPLES: readonly Example[] = [
  {
    does: 'Every table as CSV, to archive or to import elsewhere',
    command: 'personas export my-study',
  },
  {
    does: 'For R or pandas: one row for each experiment, and a codebook',
    command: 'personas export my-study --answers-wide --overwrite',
  },
  { does: 'Every table as Parquet', command: 'personas export my-study-parquet --format parquet' },
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
      new Option('--format <format>', 'format of the files')
        .choices(['csv', 'jsonl', 'parquet'])
        .default('csv'),
    )
    .option(
      '--answers-wide',
      'also write files with one row for each experiment and one column for each item and scale, and a codebook',
    )
    .option('--overwrite', 'replace existing files of the same names')
    .action(async (folder: string, study: string | undefined, options: ExportCommandOptions) => {
      keepHeapSmall();
      const context = await contextOf(options, study);
      const { terminal } = context;
      const { exportDataset } = await import('../../dataset/export/export.ts');
      const { createCatalogue } = await import('../../models/catalogue.ts');
      const { interruptedBy } = await import('../ui/interrupt.ts');
      using interrupts = interruptedBy(terminal.say, 'Ending: the folder will be left as it was.');
      const result = await readDatabase(context, 'snapshot', (database) =>
        exportDataset(database, folder, {
          format: options.format,
          answersWide: options.answersWide ?? false,
          overwrite: options.overwrite ?? false,
          catalogue: createCatalogue(context.config.models),
          program: PROGRAM,
          now: new Date(),
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
      for (const note of result.notes) terminal.print(note);
    });
}
