import type { Command } from 'commander';
import { UserError } from '../../errors.ts';
import { readTextFile } from '../../text-file.ts';
import { type Example, examples } from '../examples.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  LARGEST_ID,
  readDatabase,
  wholeNumber,
  withDatabase,
} from '../shared/options.ts';
import { count, printTable, shortened } from '../ui/terminal.ts';

interface DemographicsOptions extends CommonOptions {
  readonly unmapped?: boolean;
  readonly reclean?: boolean;
  readonly vocabulary?: string;
  readonly limit?: number;
}

const SHOWN = 50;

const EXAMPLES: readonly Example[] = [
  { does: 'The number of personas in each category', command: 'personas demographics' },
  {
    does: 'The 20 most frequent unrecognised values of each field',
    command: 'personas demographics --unmapped --limit 20',
  },
  {
    does: 'Clean again with your own rules',
    command: 'personas demographics --reclean --vocabulary my-rules.json',
  },
];

export function add(program: Command): void {
  examples(common(program.command('demographics')), EXAMPLES)
    .description(
      "Show the personas' demographics by category, list values without a category, or clean the values again after a change of the vocabulary.",
    )
    .option('--unmapped', 'list the raw values that no rule recognises, most frequent first')
    .option(
      '--limit <n>',
      `with --unmapped: at most n values of each field (default: ${SHOWN})`,
      wholeNumber(LARGEST_ID),
    )
    .option('--reclean', 'clean the raw values again; imported categories are kept')
    .option(
      '--vocabulary <file>',
      'with --reclean: file with your own rules instead of data/demographics.json',
    )
    .action(async (options: DemographicsOptions) => {
      const context = await contextOf(options);
      const { terminal } = context;
      if (options.vocabulary !== undefined && options.reclean !== true) {
        throw new UserError('--vocabulary has no effect without --reclean', {
          code: 'options-conflict',
          hint: 'Add --reclean, or omit --vocabulary.',
        });
      }
      const store = await import('../../personas/demographics/clean-store.ts');
      if (options.reclean === true) {
        const { loadVocabulary } = await import('../../personas/demographics/clean.ts');
        const vocabulary =
          options.vocabulary === undefined
            ? loadVocabulary()
            : loadVocabulary(readTextFile(options.vocabulary), options.vocabulary);
        const result = await withDatabase(context, (database) =>
          store.recleanPersonas(database, vocabulary),
        );
        terminal.printJson({
          ...result,
          vocabulary: vocabulary.version,
          vocabulary_sha256: vocabulary.sha256,
        });
        terminal.print(
          `${count(result.personas)} personas cleaned by vocabulary ${vocabulary.version}; ${count(result.changed)} of them changed.`,
        );
        return;
      }
      await readDatabase(context, 'live', async (database) => {
        if (options.unmapped === true) {
          const values = await store.listUnmappedValues(database, options.limit ?? SHOWN);
          terminal.printJson({ unmapped: values });
          if (values.length === 0) terminal.print('Every value has a category.');
          else
            printTable(
              terminal,
              ['field', 'personas', 'raw value'],
              values.map((one) => [one.field, count(one.personas), shortened(one.raw)]),
            );
          return;
        }
        const categories = await store.countCategories(database);
        terminal.printJson({ categories });
        printTable(
          terminal,
          ['field', 'category', 'personas'],
          categories.map((one) => [one.field, one.category ?? '(none)', count(one.personas)]),
        );
      });
    });
}
