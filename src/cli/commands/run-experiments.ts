import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { words } from '../glossary.ts';
import { keepAskingSmall } from '../memory.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  LARGEST_ID,
  several,
  wholeNumber,
  withDatabase,
} from '../shared/options.ts';
import { addRunOptions, dryRun, type RunFlags } from '../shared/run.ts';
import { viewedDuring, withViewOption } from '../shared/view.ts';

const EXAMPLES: readonly Example[] = [
  {
    does: 'The pending experiments and their cost, without sending any request',
    command: 'personas run-experiments --dry-run',
  },
  {
    does: 'All pending experiments of one group, 16 calls at a time, for at most 10 US dollars',
    command: 'personas run-experiments --group-id 1 --max-workers 16 --max-cost 10',
  },
  {
    does: 'Try again what timed out or was truncated',
    command: 'personas run-experiments --retry timeout truncated',
  },
];

export function add(program: Command): void {
  withViewOption(
    addRunOptions(
      words(examples(common(program.command('run-experiments')), EXAMPLES), [
        'experiment',
        'group',
        'outcome',
      ]),
    ),
  )
    .description(
      'Run pending experiments. Ctrl-C lets calls in progress finish and saves them. Run the command again to continue.',
    )
    .option('-g, --group-id <id>', 'only this group (repeatable)', several(wholeNumber(LARGEST_ID)))
    .option(
      '--dry-run',
      'report what would be run and what it would cost, without sending any request',
    )
    .action(
      async (
        options: CommonOptions &
          RunFlags & { groupId?: number[]; dryRun?: boolean; view?: boolean },
      ) => {
        const context = await contextOf(options);
        keepAskingSmall(context.config.database.kind, options.maxWorkers);
        const { runOrPilot } = await import('../shared/pilot.ts');
        process.exitCode = await withDatabase(context, (database) =>
          options.dryRun === true
            ? dryRun(context, database, options, options.groupId ?? null)
            : viewedDuring(context, database, options.view, () =>
                runOrPilot(context, database, options, options.groupId ?? null),
              ),
        );
      },
    );
}
