import path from 'node:path';
import { type Command, Option } from 'commander';
import { UserError } from '../../errors.ts';
import { type Example, examples } from '../examples.ts';
import { keepHeapSmall } from '../memory.ts';
import {
  type CommonOptions,
  type Context,
  common,
  contextOf,
  withDatabase,
} from '../shared/options.ts';
import { count } from '../ui/terminal.ts';

interface ImportCommandOptions extends CommonOptions {
  readonly table?: 'personas';
  readonly append?: boolean;
  readonly replace?: boolean;
  readonly acceptUnverified?: boolean;
  readonly human?: string;
  readonly instrument?: string;
  readonly name?: string;
  readonly missing?: string;
}

const EXAMPLES: readonly Example[] = [
  {
    does: 'The published dataset, from a folder of CSV files or a dump',
    command: 'personas import published-dataset',
  },
  { does: 'Your own personas', command: 'personas import personas.csv --table personas' },
  {
    does: 'Answers of people to the Mini-IPIP, to be shown beside those of models',
    command: 'personas import --human people.csv --instrument miniipip',
  },
  {
    does: 'An export that replaces the content of a schema',
    command: 'personas import my-study --schema copy --replace',
  },
];

export function add(program: Command): void {
  examples(
    common(
      program
        .command('import')
        .argument(
          '[source]',
          'folder of <table>.csv or <table>.csv.gz files, or a dump (.sql, .sql.gz)',
        ),
    ),
    EXAMPLES,
  )
    .description(
      'Import a dataset: the published one, an export of this program, or your own personas. All or nothing.',
    )
    .addOption(
      new Option(
        '--table <name>',
        'import <source>, a CSV file with your own rows, into this table',
      ).choices(['personas']),
    )
    .option('--append', 'add to the rows in the schema')
    .addOption(new Option('--replace', 'remove everything in the schema first').conflicts('append'))
    .option(
      '--accept-unverified',
      'also import calls whose bytes do not match their recorded SHA-256, and mark them as unverified',
    )
    .option('--human <file>', 'CSV file with answers of people: a row a person, a column an item')
    .option('--instrument <file>', 'with --human: what they answered, a file or a built-in slug')
    .option('--name <name>', 'with --human: name of the sample (default: that of the file)')
    .option('--missing <codes>', 'with --human: codes that mean no answer, such as -99,0')
    .action(async (source: string | undefined, options: ImportCommandOptions) => {
      const context = await contextOf(options);
      if (options.human !== undefined) {
        await importPeople(context, options.human, source, options);
        return;
      }
      if ([options.instrument, options.name, options.missing].some((one) => one !== undefined))
        throw new UserError('--instrument, --name and --missing apply only to --human', {
          code: 'options-conflict',
          hint: 'Omit them, or name a file of people with --human.',
        });
      if (source === undefined)
        throw new UserError('Nothing to import was named', {
          code: 'option-missing',
          hint: 'Name a dataset, as in "personas import my-study", or --human FILE --instrument NAME.',
        });
      if (options.table === undefined) {
        await importWhole(context, source, options);
        return;
      }
      if (
        options.append === true ||
        options.replace === true ||
        options.acceptUnverified === true
      ) {
        throw new UserError(
          '--append, --replace and --accept-unverified apply only to the import of a whole dataset',
          {
            code: 'options-conflict',
            hint: 'Omit them: --table personas always adds rows.',
          },
        );
      }
      await importOwnPersonas(context, source);
    });
}

async function importPeople(
  context: Context,
  file: string,
  source: string | undefined,
  options: ImportCommandOptions,
): Promise<void> {
  if (source !== undefined || options.table !== undefined || options.append || options.replace)
    throw new UserError('--human imports one file of people and nothing else', {
      code: 'options-conflict',
      hint: 'Omit the other source, --table, --append and --replace.',
    });
  if (options.instrument === undefined)
    throw new UserError('--human needs the instrument that the people answered', {
      code: 'option-missing',
      hint: 'Add --instrument with its slug, or with its file.',
    });
  const { importHumanAnswers } = await import('../../dataset/import/human.ts');
  const { findInstrument, loadInstrument } = await import('../../instruments/load.ts');
  const instrument = options.instrument.endsWith('.json')
    ? loadInstrument(options.instrument)
    : findInstrument(options.instrument);
  const sample = options.name ?? path.basename(file, path.extname(file));
  const result = await withDatabase(context, (database) =>
    importHumanAnswers(database, file, instrument, sample, codesIn(options.missing)),
  );
  context.terminal.printJson(result);
  context.terminal.print(
    `${count(result.answers)} answers of ${count(result.people)} people to ${instrument.slug} imported from ${file} as "${sample}".`,
  );
  if (result.unread.length > 0)
    context.terminal.print(`Columns not read: ${result.unread.join(', ')}.`);
}

function codesIn(list: string | undefined): string[] {
  return (list ?? '').split(',').flatMap((code) => (code.trim() === '' ? [] : [code.trim()]));
}

async function importOwnPersonas(context: Context, file: string): Promise<void> {
  const { importPersonas } = await import('../../dataset/import/personas.ts');
  const result = await withDatabase(context, (database) => importPersonas(database, file));
  context.terminal.printJson(result);
  context.terminal.print(`${count(result.personas)} personas imported from ${file}.`);
  if (result.cut > 0)
    context.terminal.print(
      `${count(result.cut)} texts were longer than their column: they were shortened there and kept complete in persona_texts.`,
    );
}

async function importWhole(
  { config, terminal }: Context,
  source: string,
  options: ImportCommandOptions,
): Promise<void> {
  keepHeapSmall();
  const { importModeOf, printImport, watchImport } = await import('../shared/import.ts');
  const { importDataset } = await import('../../dataset/import/load.ts');
  const { requireRecovered } = await import('../../experiments/recover.ts');
  const { openMigrated } = await import('../../db/connect.ts');
  const { createCatalogue } = await import('../../models/catalogue.ts');
  const catalogue = createCatalogue(config.models);
  await using database = await openMigrated(config);
  const result = await watchImport(terminal, (watching) =>
    importDataset(
      database,
      source,
      catalogue,
      {
        ...watching,
        mode: importModeOf(options),
        acceptUnverified: options.acceptUnverified ?? false,
      },
      () => requireRecovered(database, config),
    ),
  );
  const { schema, label } = database;
  terminal.printJson({
    database: label,
    schema,
    source,
    removed: result.removed,
    tables: result.tables,
    findings: result.findings,
  });
  printImport(terminal, database, result);
}
