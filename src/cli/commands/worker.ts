import type { Command } from 'commander';
import type { SpendingLimits } from '../../runner/options.ts';
import type { WorkOptions } from '../../studies/worker.ts';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common, contextOf, LARGEST_ID, several, wholeNumber, withDatabase } from '../shared/options.ts';
import { addAskingOptions, askAndReport, spendingOf } from '../shared/run.ts';

type Flags = CommonOptions &
  Pick<WorkOptions, 'maxWorkers' | 'stopAfter' | 'retry' | 'rejectUniform' | 'forever' | keyof SpendingLimits> & {
    readonly groupId?: readonly number[];
  };

const EXAMPLES: readonly Example[] = [
  { does: 'On each machine, until nothing is left', command: 'personas worker --database postgres://me@db.example.org/studies' },
  {
    does: 'Until Ctrl-C, with 32 calls at a time',
    command: 'personas worker --database postgres://me@db.example.org/studies --forever --max-workers 32',
  },
];

export function add(program: Command): void {
  addAskingOptions(examples(common(program.command('worker')), EXAMPLES), 'tasks')
    .description('Work on a study together with other processes, on as many machines as there are, each with its own keys.')
    .option('-g, --group-id <id>', 'only experiments of this group (repeatable)', several(wholeNumber(LARGEST_ID)))
    .option('--forever', 'wait for new work when nothing is left, until Ctrl-C')
    .option('--reject-uniform', 'count a sheet of equal answers as no answer (the study did)')
    .addHelpText('after', HELP)
    .action(async (options: Flags) => {
      const context = await contextOf(options);
      const { describeLocation } = await import('../../config/config.ts');
      const { requireServer, workTogether } = await import('../../studies/worker.ts');
      const { database: location } = context.config;
      requireServer({ kind: location.kind, label: describeLocation(location) });
      const { groupId, maxWorkers, stopAfter, retry, rejectUniform, forever } = options;
      process.exitCode = await withDatabase(context, (database) =>
        askAndReport(context, 'task', (watching) =>
          workTogether(database, context.config, {
            ...watching,
            ...spendingOf(options),
            ...(groupId === undefined ? {} : { groups: groupId }),
            ...(maxWorkers === undefined ? {} : { maxWorkers }),
            ...(stopAfter === undefined ? {} : { stopAfter }),
            ...(retry === undefined ? {} : { retry }),
            ...(rejectUniform === undefined ? {} : { rejectUniform }),
            ...(forever === undefined ? {} : { forever }),
            onRest: () => context.terminal.say('Nothing is left for now; waiting for new work. Ctrl-C ends.'),
          }),
        ),
      );
    });
}

const HELP = `
Needs a PostgreSQL server. Writes the personas that are planned, then runs the experiments that are registered; it plans and
registers nothing itself ("personas pipeline" or "personas register-experiments" does, on any machine, before or meanwhile).
Workers come and go as they like: what one had in hand when it died goes to another within half a minute.
"personas status" shows them all.`;
