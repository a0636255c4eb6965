import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { words } from '../glossary.ts';
import { skipOptimizing } from '../memory.ts';
import { nameGivenForm } from '../registration/instrument.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  LARGEST_ID,
  readDatabase,
  wholeNumber,
  withDatabase,
} from '../shared/options.ts';
import { count, table } from '../ui/terminal.ts';

const LIST_EXAMPLES: readonly Example[] = [{ does: 'All groups', command: 'personas groups' }];

const CLOSE_EXAMPLES: readonly Example[] = [
  {
    does: 'Close the pending experiments of a group',
    command: 'personas groups close 2 --reason "the model was withdrawn" --yes',
  },
];

export function add(program: Command): void {
  const groups = words(examples(program.command('groups'), [...LIST_EXAMPLES, ...CLOSE_EXAMPLES]), [
    'experiment',
    'group',
  ]).description('List experiment groups, or close the pending experiments of one.');

  examples(common(groups.command('list', { isDefault: true })), LIST_EXAMPLES)
    .description('List the experiment groups.')
    .action(async (options: CommonOptions) => {
      skipOptimizing();
      const context = await contextOf(options);
      const { overviewOfGroups } = await import('../../experiments/status/groups-store.ts');
      const found = await readDatabase(context, 'live', (database) => overviewOfGroups(database));
      context.terminal.printJson(found);
      context.terminal.print(
        found.length === 0
          ? 'No experiments are registered yet. Next: personas register-experiments --help'
          : table(
              [
                'group',
                'created',
                'questionnaire',
                'model',
                'experiments',
                'succeeded',
                'processed',
                'concluded',
                'description',
              ],
              found.map((group) => [
                group.groupId,
                group.created?.slice(0, 19) ?? null,
                nameGivenForm(group),
                group.model,
                count(group.experiments),
                count(group.succeeded),
                group.processed ? 'yes' : 'no',
                group.concluded ? 'yes' : 'no',
                group.description,
              ]),
            ),
      );
    });

  examples(
    common(groups.command('close').argument('<id>', 'group', wholeNumber(LARGEST_ID))),
    CLOSE_EXAMPLES,
  )
    .description(
      'Close the pending experiments of a group: their column succeeded becomes false, and the reason is kept.',
    )
    .option('--reason <text>', 'reason to keep', 'closed by the user')
    .option('--yes', 'do not ask for a confirmation')
    .action(async (id: number, options: CommonOptions & { reason: string; yes?: boolean }) => {
      const context = await contextOf(options);
      const { terminal } = context;
      const { requireGroups } = await import('../../experiments/run.ts');
      const { overviewOfGroups } = await import('../../experiments/status/groups-store.ts');
      const { closeGroups } = await import('../../experiments/run-store.ts');
      await withDatabase(context, async (database) => {
        await requireGroups(database, [id]);
        const pending = (await overviewOfGroups(database, [id]))[0]?.pending ?? 0;
        if (
          pending > 0 &&
          options.yes !== true &&
          !(await terminal.confirm(`Close ${pending} pending experiments of group ${id}?`, '--yes'))
        ) {
          terminal.print('Nothing was changed.');
          return;
        }
        const closed = await closeGroups(database, [id], options.reason);
        terminal.printJson({ group: id, closed });
        terminal.print(
          `Group ${id} is concluded; ${count(closed)} pending experiments were closed (${options.reason}).`,
        );
      });
    });
}
