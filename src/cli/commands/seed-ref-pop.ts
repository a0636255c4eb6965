import type { Command } from 'commander';
import { UserError } from '../../errors.ts';
import { type Example, examples } from '../examples.ts';
import { words } from '../glossary.ts';
import { type CommonOptions, common, contextOf, LARGEST_ID, text, wholeNumber, withDatabase } from '../shared/options.ts';
import { count } from '../ui/terminal.ts';

interface SeedOptions extends CommonOptions {
  readonly from?: string;
  readonly refPopulation?: string;
  readonly ethicsNote?: string;
  readonly seed?: number;
  readonly runId?: string;
}

const EXAMPLES: readonly Example[] = [
  { does: '826 synthetic sheets', command: 'personas seed-ref-pop' },
  {
    does: 'Sheets of people, with what allows their use',
    command: 'personas seed-ref-pop --from sheets.csv --ref-population adults2026 --ethics-note "approved by the ethics board, no. 12"',
  },
];

export function add(program: Command): void {
  words(examples(common(program.command('seed-ref-pop')), EXAMPLES), ['answer sheet', 'reference population', 'random sheet'])
    .description('Fill the reference population: synthetic answer sheets, or real ones from a file; and the random baseline beside it.')
    .option('--from <file>', 'CSV of real EPQR-A sheets: a row for each answer, or a row for each person')
    .option('--ref-population <name>', 'with --from: name of the population', text)
    .option('--ethics-note <text>', 'with --from: what allows these answers to be sent to a vendor; the report carries it', text)
    .option('--seed <n>', 'decides the synthetic sheets and the random baseline (default: 1)', wholeNumber(LARGEST_ID))
    .option('--run-id <text>', 'accepted for old scripts; has no effect')
    .action(async (options: SeedOptions) => {
      const context = await contextOf(options);
      const { terminal } = context;
      if (options.runId !== undefined) terminal.say('--run-id has no effect: every row is kept with its own id.');
      if (options.from === undefined && (options.refPopulation !== undefined || options.ethicsNote !== undefined)) {
        throw new UserError('--ref-population and --ethics-note belong to sheets of your own', {
          code: 'options-conflict',
          hint: 'Add --from FILE.csv, or leave them out for the synthetic population.',
        });
      }
      const { seedReference } = await import('../../personas/sheets/reference.ts');
      const brought = options.from === undefined ? null : await bring(options.from, options);
      if (brought !== null) {
        terminal.say(
          `${count(brought.sheets.length)} sheets from ${brought.source}. These are people's answers: whoever generates personas from them sends them to the provider of the model.`,
        );
        if (brought.ethicsNote === null) {
          throw new UserError('Nothing is said about whether these answers may be sent to a vendor', {
            code: 'ethics-note-missing',
            hint: 'Say what allows it with --ethics-note "…" (approval, consent, licence); the report carries it.',
          });
        }
      }
      const { reference, added } = await withDatabase(context, (database) => seedReference(database, options.seed ?? 1, brought));
      terminal.printJson({ ...reference, added });
      terminal.print(
        reference.origin === 'synthetic'
          ? `Reference population "${reference.name}": ${count(reference.sheets)} SYNTHETIC sheets of seed ${reference.seed}. Nobody gave these answers; they are built to the published margins.`
          : `Reference population "${reference.name}": ${count(reference.sheets)} sheets from ${reference.source}.`,
      );
      terminal.print(added ? 'The random baseline was drawn from its rates.' : 'It was there already; nothing was changed.');
    });
}

async function bring(file: string, options: SeedOptions) {
  const { readSheetFile } = await import('../../dataset/import/sheets.ts');
  const { basename } = await import('node:path');
  return {
    name: options.refPopulation ?? basename(file).replace(/\.csv$/i, ''),
    source: file,
    ethicsNote: options.ethicsNote?.trim() ? options.ethicsNote.trim() : null,
    sheets: await readSheetFile(file),
  };
}
