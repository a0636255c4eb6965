import { type Command, Option } from 'commander';
import type { Format } from '../../dataset/export/formats.ts';
import { PROGRAM } from '../../package-info.ts';
import { type Example, examples } from '../examples.ts';
import { keepHeapSmall } from '../memory.ts';
import { type CommonOptions, common, contextOf, readDatabase } from '../shared/options.ts';
import { count, table } from '../ui/terminal.ts';

interface ExportCommandOptions extends CommonOptions {
  readonly format: Format;
  readonly answersWide?: boolean;
  readonly overwrite?: boolean;
}

const EXAMPLES: readonly Example[] = [
  { does: 'Every table as CSV, to be kept or imported elsewhere', command: 'personas export my-study' },
  { does: 'For R or pandas: one row for each experiment, and a codebook', command: 'personas export my-study --answers-wide --overwrite' },
  { does: 'Every table as Parquet', command: 'personas export my-study-parquet --format parquet' },
];

export function add(program: Command): void {
  examples(common(program.command('export').argument('<folder>', 'where the files go, one for each table')), EXAMPLES)
    .description('Write every table of the schema into a folder. The CSV files import again to the same rows.')
    .addOption(new Option('--format <format>', 'of the files').choices(['csv', 'jsonl', 'parquet']).default('csv'))
    .option('--answers-wide', 'also one row for each experiment, with a column for each item and scale, and a codebook')
    .option('--overwrite', 'replace files of the same names')
    .action(async (folder: string, options: ExportCommandOptions) => {
      keepHeapSmall();
      const context = await contextOf(options);
      const { terminal } = context;
      const { exportDataset } = await import('../../dataset/export/export.ts');
      const { createCatalogue } = await import('../../models/catalogue.ts');
      const { interruptedBy } = await import('../ui/interrupt.ts');
      using interrupts = interruptedBy(terminal.say, 'Ending: nothing will be left in the folder.');
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
      terminal.printJson({ folder, format: options.format, data_origin: result.dataOrigin, notes: result.notes, files: result.files });
      terminal.print(
        table(
          ['file', 'rows'],
          result.files.map((one) => [one.file, count(one.rows)]),
        ),
      );
      terminal.print(`\n${result.files.length} files are in ${folder}; dataset.json says what they are.`);
      for (const note of result.notes) terminal.print(note);
    });
}
