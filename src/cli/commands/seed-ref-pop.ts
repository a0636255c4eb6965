import type { Command } from 'commander';
import { UserError } from '../../errors.ts';
import { type Example, examples } from '../examples.ts';
import { words } from '../glossary.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  LARGEST_ID,
  text,
  wholeNumber,
  withDatabase,
} from '../shared/options.ts';
import { count } from '../ui/terminal.ts';

interface SeedOptions extends CommonOptions {
  readonly from?: string;
  readonly questionnaire?: string;
  readonly instrument?: string;
  readonly language?: string;
  readonly refPopulation?: string;
  readonly ethicsNote?: string;
  readonly seed?: number;
  readonly runId?: string;
}

const ONLY_WITH_A_FILE = [
  'refPopulation',
  'ethicsNote',
  'questionnaire',
  'instrument',
  'language',
] as const;

const EXAMPLES: readonly Example[] = [
  { does: '826 synthetic sheets', command: 'personas seed-ref-pop' },
  {
    does: 'Answer sheets of people, with the permission to use them',
    command:
      'personas seed-ref-pop --from sheets.csv --ref-population adults2026 --ethics-note "approved by the ethics board, no. 12"',
  },
  {
    does: 'Answer sheets of another instrument',
    command:
      'personas seed-ref-pop --from mini.csv --questionnaire miniipip --ethics-note "public data, CC0"',
  },
];

export function add(program: Command): void {
  words(examples(common(program.command('seed-ref-pop')), EXAMPLES), [
    'answer sheet',
    'reference population',
    'random sheet',
  ])
    .description(
      'Create the reference population, from synthetic answer sheets or from real ones in a file, and its random baseline.',
    )
    .option(
      '--from <file>',
      'CSV with real answer sheets: one row for each answer, or one row for each person',
    )
    .option(
      '--questionnaire <name>',
      'with --from: the built-in instrument that the sheets are answers to (default: epqra)',
    )
    .option('--instrument <file>', 'with --from: file with your own instrument in its place')
    .option(
      '--language <code>',
      'with --from: language of the wording, if the instrument has several',
    )
    .option('--ref-population <name>', 'with --from: name of the population', text)
    .option(
      '--ethics-note <text>',
      'with --from: why these answers may be sent to a vendor; the report quotes it',
      text,
    )
    .option(
      '--seed <n>',
      'seed for the synthetic sheets and the random baseline (default: 1)',
      wholeNumber(LARGEST_ID),
    )
    .option('--run-id <text>', 'accepted for compatibility with old scripts; has no effect')
    .action(async (options: SeedOptions) => {
      const context = await contextOf(options);
      const { terminal } = context;
      if (options.runId !== undefined)
        terminal.say('--run-id has no effect: every row has its own id.');
      if (
        options.from === undefined &&
        ONLY_WITH_A_FILE.some((option) => options[option] !== undefined)
      ) {
        throw new UserError(
          '--ref-population, --ethics-note, --questionnaire, --instrument and --language apply only to sheets from a file',
          {
            code: 'options-conflict',
            hint: 'Add --from FILE.csv, or omit them for the synthetic population.',
          },
        );
      }
      const { seedReference } = await import('../../personas/sheets/reference.ts');
      const brought = options.from === undefined ? null : await bring(options.from, options);
      if (brought !== null) {
        terminal.say(
          `${count(brought.sheets.length)} sheets from ${brought.source}. These are answers of real people: generating personas sends them to the provider of the model.`,
        );
        if (brought.ethicsNote === null) {
          throw new UserError('Missing --ethics-note: why may these answers be sent to a vendor?', {
            code: 'ethics-note-missing',
            hint: 'State the approval, consent or licence with --ethics-note "…". The report quotes it.',
          });
        }
      }
      const { reference, added } = await withDatabase(context, (database) =>
        seedReference(database, options.seed ?? 1, brought),
      );
      terminal.printJson({ ...reference, added });
      terminal.print(
        reference.origin === 'synthetic'
          ? `Reference population "${reference.name}": ${count(reference.sheets)} SYNTHETIC sheets of seed ${reference.seed}. They are not answers of real people; they are constructed from the published statistics.`
          : `Reference population "${reference.name}": ${count(reference.sheets)} sheets from ${reference.source}.`,
      );
      terminal.print(
        added
          ? 'The random baseline was drawn with its answer frequencies.'
          : 'It already existed; nothing was changed.',
      );
    });
}

async function bring(file: string, options: SeedOptions) {
  const { readSheetFile } = await import('../../dataset/import/sheets.ts');
  const { basename } = await import('node:path');
  const { instrumentFrom } = await import('../registration/instrument.ts');
  const { SHEET_INSTRUMENT } = await import('../../personas/sheets/sheet.ts');
  const instrument = await instrumentFrom(
    options.instrument === undefined
      ? { ...options, questionnaire: options.questionnaire ?? SHEET_INSTRUMENT }
      : options,
  );
  return {
    instrument,
    name: options.refPopulation ?? basename(file).replace(/\.csv$/i, ''),
    source: basename(file),
    ethicsNote: options.ethicsNote?.trim() ? options.ethicsNote.trim() : null,
    sheets: await readSheetFile(file, instrument),
  };
}
