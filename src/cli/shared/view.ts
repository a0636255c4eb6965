/** The viewer beside a run: the process that has the embedded database open serves its pages. */
import type { Command } from 'commander';
import type { Database } from '../../db/connect.ts';
import type { Context } from './options.ts';

export function withViewOption(command: Command): Command {
  return command.option('--view', 'show the study on a local page meanwhile, as "personas view"');
}

/** Serves the pages of the study until the work is done, where that is wanted. */
export async function viewedDuring<T>(
  { terminal, config }: Context,
  database: Database,
  isWanted: boolean | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (isWanted !== true) return work();
  const { startViewServer } = await import('../../view/server.ts');
  await using server = await startViewServer(database, config);
  terminal.say(`The study is shown on ${server.url} until this command ends.`);
  return await work();
}
