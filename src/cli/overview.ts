/**
 * The help of the program as a whole, from a list of its commands that the build makes: to load all
 * of them for what each is in a line would take longer than everything else.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { emptyProgram, HELP } from './empty-program.ts';
import { groupCommands } from './groups.ts';
import { writeOut } from './ui/output.ts';

/** In the folder of this module. */
export const OVERVIEW_FILE = 'overview.json';

/** A command as the help lists it. */
interface ListedCommand {
  readonly name: string;
  /** With its options and arguments. */
  readonly term: string;
  readonly description: string;
}

/** The commands of a program that are listed. */
export function listedCommands(program: Command): ListedCommand[] {
  const help = program.createHelp();
  return help
    .visibleCommands(program)
    .filter((command) => program.commands.includes(command))
    .map((command) => ({
      name: command.name(),
      term: help.subcommandTerm(command),
      description: help.subcommandDescription(command),
    }));
}

/** A program that can do nothing but show its help. */
function overviewOf(listed: readonly ListedCommand[]): Command {
  const program = emptyProgram();
  const terms = new Map(listed.map(({ name, term }) => [name, term]));
  for (const { name, description } of listed) program.command(name).summary(description);
  groupCommands(program);
  const { subcommandTerm } = program.createHelp();
  return program.configureOutput({ writeOut }).configureHelp({
    ...HELP,
    subcommandTerm: (command) => terms.get(command.name()) ?? subcommandTerm(command),
  });
}

/** What is run from its sources has no list, and loads the commands. */
export async function printOverview(): Promise<void> {
  const file = new URL(OVERVIEW_FILE, import.meta.url);
  const listed = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as ListedCommand[])
    : listedCommands(await (await import('./program.ts')).createProgram());
  overviewOf(listed).outputHelp();
}
