import type { Command } from 'commander';
import { type CommonOptions, common, contextOf, LARGEST_ID, several, wholeNumber, withDatabase } from '../options.ts';
import { runOrPilot } from '../pilot.ts';
import { addRunOptions, dryRun, type RunFlags } from '../running.ts';

export function add(program: Command): void {
  addRunOptions(common(program.command('run-experiments')))
    .description('Run pending experiments. Ctrl-C lets running calls end and saves them; run the command again to go on.')
    .option('-g, --group-id <id>', 'only this group (repeatable)', several(wholeNumber(LARGEST_ID)))
    .option('--dry-run', 'say what would be run and what it would cost; contact nobody')
    .action(async (options: CommonOptions & RunFlags & { groupId?: number[]; dryRun?: boolean }) => {
      const context = await contextOf(options);
      process.exitCode = await withDatabase(context, (database) =>
        options.dryRun === true
          ? dryRun(context, database, options, options.groupId ?? null)
          : runOrPilot(context, database, options, options.groupId ?? null),
      );
    });
}
