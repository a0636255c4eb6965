import type { Command } from 'commander';
import { defined } from '../../defined.ts';
import type { SpendingLimits } from '../../runner/options.ts';
import type { WorkOptions } from '../../studies/worker.ts';
import { type Example, examples } from '../examples.ts';
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
import { addAskingOptions, askAndReport, spendingOf } from '../shared/run.ts';
import { viewedDuring, withViewOption } from '../shared/view.ts';

type Flags = CommonOptions &
  Pick<
    WorkOptions,
    'maxWorkers' | 'stopAfter' | 'retry' | 'rejectUniform' | 'forever' | keyof SpendingLimits
  > & {
    readonly groupId?: readonly number[];
    readonly view?: boolean;
  };

const EXAMPLES: readonly Example[] = [
  {
    does: 'On each machine, until no work is left',
    command: 'personas worker --database postgres://me@db.example.org/studies',
  },
  {
    does: 'Until Ctrl-C, with 32 calls at a time',
    command:
      'personas worker --database postgres://me@db.example.org/studies --forever --max-workers 32',
  },
];

export function add(program: Command): void {
  withViewOption(addAskingOptions(examples(common(program.command('worker')), EXAMPLES), 'tasks'))
    .description(
      'Work on a study together with other processes, on any number of machines, each with its own keys.',
    )
    .option(
      '-g, --group-id <id>',
      'only experiments of this group (repeatable)',
      several(wholeNumber(LARGEST_ID)),
    )
    .option('--forever', 'wait for new work when none is left, until Ctrl-C')
    .option(
      '--reject-uniform',
      'treat a reply with identical answers to all items as invalid (as in the published study)',
    )
    .addHelpText('after', HELP)
    .action(async (options: Flags) => {
      const context = await contextOf(options);
      keepAskingSmall(context.config.database.kind, options.maxWorkers);
      const { describeLocation } = await import('../../config/location.ts');
      const { requireServer, workTogether } = await import('../../studies/worker.ts');
      const { database: location } = context.config;
      requireServer({ kind: location.kind, label: describeLocation(location) });
      const { groupId, maxWorkers, stopAfter, retry, rejectUniform, forever } = options;
      process.exitCode = await withDatabase(context, (database) =>
        viewedDuring(context, database, options.view, () =>
          askAndReport(context, 'task', (watching) =>
            workTogether(database, context.config, {
              ...watching,
              ...spendingOf(options),
              ...defined({ groups: groupId, maxWorkers, stopAfter, retry, rejectUniform, forever }),
              onRest: () =>
                context.terminal.say(
                  'No work is left; waiting for new work. Press Ctrl-C to stop.',
                ),
            }),
          ),
        ),
      );
    });
}

const HELP = `
A worker needs a PostgreSQL server. It writes the planned personas, then runs the registered experiments. It plans and
registers nothing itself: run "personas pipeline" or "personas register-experiments" on any machine, before or meanwhile.
Workers can start and stop at any time: another worker takes over the tasks of one that died within half a minute.
"personas status" shows all workers.`;
