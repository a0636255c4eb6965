import path from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../../errors.ts';
import { type Example, examples } from '../examples.ts';
import { type FilterOptions, selectionOf, withFilter } from '../shared/filter.ts';
import {
  type CommonOptions,
  type Context,
  common,
  contextOf,
  readDatabase,
  wholeNumber,
  withDatabase,
  withStudyFile,
} from '../shared/options.ts';
import { count } from '../ui/terminal.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'Look at the answers of a study in the browser', command: 'personas view my-study.yaml' },
  {
    does: 'Make indexes first, so that a study of 100,000 administrations or more is quick',
    command: 'personas view my-study.yaml --index',
  },
  {
    does: 'Refusals as one file, to be opened in any browser',
    command: 'personas view my-study.yaml --export refusals.html --outcome refused --with-replies',
  },
];

const LARGEST_PORT = 65_535;

interface ViewOptions extends CommonOptions {
  readonly port?: number;
  readonly index?: boolean;
  readonly export?: string;
  readonly withReplies?: boolean;
}

export function add(program: Command): void {
  examples(withFilter(common(withStudyFile(program.command('view')))), EXAMPLES)
    .description(
      'Show the administrations of a study on a local page: lists with filters, and each single administration with prompt, reply, answers and scores. It listens on this machine alone, reads only, and runs until Ctrl-C.',
    )
    .option(
      '--port <n>',
      'port of 127.0.0.1 (default: any that is free)',
      wholeNumber(LARGEST_PORT),
    )
    .option(
      '--index',
      "first make the indexes that lists of many administrations need, and search in replies where the server has pg_trgm; they stay in the study's schema",
    )
    .option(
      '--export <file>',
      'write a page of the selected administrations (at most 10,000) to this file, without a server',
    )
    .option('--with-replies', 'with --export: include replies and names of personas')
    .action(async (study: string | undefined, options: ViewOptions & FilterOptions) => {
      const context = await contextOf(options, study);
      const { terminal } = context;
      if (options.index === true) await makeIndexes(context);
      if (options.export !== undefined) return exportFile(context, options.export, options);
      const { startViewServer } = await import('../../view/server.ts');
      const { interruptedBy } = await import('../ui/interrupt.ts');
      using interrupt = interruptedBy((line) => terminal.say(line), 'Closing the page.');
      await readDatabase(context, 'live', async (database) => {
        await using server = await startViewServer(database, context.config, options.port).catch(
          (error) => {
            throw portTaken(error, options.port);
          },
        );
        terminal.print(server.url);
        terminal.printJson({ url: server.url });
        terminal.say(
          'Open this address in a browser. Whoever has it can read the study; it holds until Ctrl-C.',
        );
        await untilAborted(interrupt.signal);
      });
    });
}

async function exportFile(
  context: Context,
  file: string,
  options: ViewOptions & FilterOptions,
): Promise<void> {
  const { terminal } = context;
  const selection = selectionOf(options);
  const { fileOf, MOST_IN_FILE } = await import('../../view/file.ts');
  const { readFacets } = await import('../../view/facets-store.ts');
  const { checkNames } = await import('../shared/filter-names.ts');
  const { writeWholeFile } = await import('../../report/write-atomic.ts');
  const withReplies = options.withReplies === true;
  const { page, administrations } = await readDatabase(context, 'snapshot', async (database) => {
    await checkNames(database, await readFacets(database), selection.filter);
    return fileOf(database, selection, { withReplies, now: new Date() });
  });
  writeWholeFile(path.dirname(file), path.basename(file), page);
  if (withReplies)
    terminal.warn(
      'The file holds replies and names of personas, which may be personal data. Pass it on only to people who may have them.',
    );
  if (administrations === MOST_IN_FILE)
    terminal.warn(`The file holds the first ${count(MOST_IN_FILE)} administrations at most.`);
  terminal.printJson({ file, administrations });
  terminal.print(`${file}: ${count(administrations)} administrations`);
}

async function makeIndexes(context: Context): Promise<void> {
  const { createIndexes } = await import('../../view/indexes-store.ts');
  context.terminal.say('Making indexes …');
  for (const { name, serves, problem } of await withDatabase(context, createIndexes))
    context.terminal.say(
      problem === null ? `${name}: ${serves}` : `${name} cannot be made (${serves}): ${problem}`,
    );
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function portTaken(error: unknown, port: number | undefined): unknown {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  return new UserError(`Port ${port} of 127.0.0.1 cannot be used (${code})`, {
    code: 'port-unavailable',
    hint: 'Pass another port with --port, or omit it to use any that is free.',
    cause: error,
  });
}
