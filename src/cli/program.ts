/** All commands as one commander program, for the command line and for the reference pages. */
import type { Command } from 'commander';
import { COMMANDS, type CommandName } from './commands/index.ts';
import { emptyProgram, HELP } from './empty-program.ts';
import { groupCommands } from './groups.ts';
import { suggestChoices, suggestionFor } from './suggestions.ts';
import { talk, writeError, writeOut } from './ui/output.ts';

/**
 * A program that throws a `CommanderError` where commander would end the process.
 * @param only the command that is going to run; all of them where none is named
 */
export async function createProgram(only: CommandName | null = null): Promise<Command> {
  const program = emptyProgram();
  const loading = only === null ? Object.values(COMMANDS) : [COMMANDS[only]];
  for (const { add } of await Promise.all(loading.map((load) => load()))) add(program);
  groupCommands(program);
  prepare(program);
  return program;
}

/** What holds for every command. */
function prepare(command: Command): void {
  command
    .exitOverride()
    // Ours, which also knows abbreviations, takes the place of commander's.
    .showSuggestionAfterError(false)
    .showHelpAfterError('Run the command with --help to see its options.')
    .configureHelp(HELP)
    .configureOutput({
      writeOut,
      writeErr: writeError,
      outputError: (text, write) =>
        write(`${text.replace(/^error:/, talk('red', 'error:'))}${suggestionFor(command, text)}`),
    });
  suggestChoices(command);
  for (const sub of command.commands) prepare(sub);
}
