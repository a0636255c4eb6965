import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { words } from '../glossary.ts';
import { type CommonOptions, common, contextOf, LARGEST_ID, several, wholeNumber, withDatabase } from '../shared/options.ts';
import { addRunOptions, dryRun, type RunFlags } from '../shared/run.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'What is pending, and what it would cost; contacts nobody', command: 'personas run-experiments --dry-run' },
  {
    does: 'Everything pending of one group, 16 calls at a time, for at most 10 dollars',
    command: 'personas run-experiments --group-id 1 --max-workers 16 --max-cost 10',
  },
  { does: 'Once more what timed out or was cut off', command: 'personas run-experiments --retry timeout truncated' },
];

export function add(program: Command): void {
  addRunOptions(words(examples(common(program.command('run-experiments')), EXAMPLES), ['experiment', 'group', 'outcome']))
    .description('Run pending experiments. Ctrl-C lets running calls end and saves them; run the command again to go on.')
    .option('-g, --group-id <id>', 'only this group (repeatable)', several(wholeNumber(LARGEST_ID)))
    .option('--dry-run', 'say what would be run and what it would cost; contact nobody')
    .action(async (options: CommonOptions & RunFlags & { groupId?: number[]; dryRun?: boolean }) => {
      const context = await contextOf(options);
      const { runOrPilot } = await import('../shared/pilot.ts');
      process.exitCode = await withDatabase(context, (database) =>
        options.dryRun === true
          ? dryRun(context, database, options, options.groupId ?? null)
          : runOrPilot(context, database, options, options.groupId ?? null),
      );
    });
}
