import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { words } from '../glossary.ts';
import { skipOptimizing } from '../memory.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  LARGEST_ID,
  readDatabase,
  several,
  wholeNumber,
  withStudyFile,
} from '../shared/options.ts';
import type { Terminal } from '../ui/terminal.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'The whole study', command: 'personas status' },
  { does: 'The study of a file', command: 'personas status study.yaml' },
  {
    does: 'Why experiments of one group failed',
    command: 'personas status --group-id 1 --failures',
  },
  { does: 'Follow a run in another window', command: 'personas status --watch' },
];

export function add(program: Command): void {
  words(examples(withStudyFile(common(program.command('status'))), EXAMPLES), [
    'experiment',
    'group',
    'outcome',
  ])
    .description('Show what is done, what is pending and why, and the cost so far.')
    .option('-g, --group-id <id>', 'only this group (repeatable)', several(wholeNumber(LARGEST_ID)))
    .option(
      '--failures',
      'by model and condition: how many experiments were answered at which attempt, and why the others were not',
    )
    .option('--watch', 'refresh every two seconds until Ctrl-C')
    .action(
      async (
        study: string | undefined,
        options: CommonOptions & { groupId?: number[]; failures?: boolean; watch?: boolean },
      ) => {
        skipOptimizing();
        const context = await contextOf(options, study);
        const show = (terminal: Terminal) =>
          readDatabase(context, 'live', async (database) => {
            const groups = options.groupId ?? null;
            // What runs experiments takes a while to load, and is needed only to name groups that
            // are not there.
            if (groups !== null)
              await (await import('../../experiments/run.ts')).requireGroups(database, groups);
            if (options.failures === true)
              return (await import('../shared/failures.ts')).reportFailures(
                terminal,
                database,
                groups,
                study,
              );
            const { readStudyStatus } = await import('../../experiments/status/study-status.ts');
            const { printStatus, statusJson } = await import('../shared/status.ts');
            const status = await readStudyStatus(database, context.config, groups);
            terminal.printJson(statusJson(database, status));
            printStatus(terminal, database, status);
          });
        if (options.watch !== true) return show(context.terminal);
        const { watch } = await import('../ui/watch.ts');
        await watch(context.terminal, show);
      },
    );
}
