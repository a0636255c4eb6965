/** All commands as one commander program, for the command line and for the reference pages. */
import { Command } from 'commander';
import { version } from '../package-info.ts';
import { commands } from './commands/index.ts';
import { suggestChoices, suggestionFor } from './suggestions.ts';
import { paint, talk, writeError, writeOut } from './ui/terminal.ts';

/** A program that throws a `CommanderError` where commander would end the process. */
export function createProgram(): Command {
  const program = new Command('personas')
    .description(
      'Administers personality questionnaires to personas impersonated by language models, and produces the tables of a study.',
    )
    .version(version)
    .addHelpText(
      'after',
      '\nStart with: personas demo (a small study with a simulated model; no key needed)',
    );
  for (const add of commands) add(program);
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
    .configureHelp({ sortSubcommands: false, styleTitle: (title) => paint('bold', title) })
    .configureOutput({
      writeOut,
      writeErr: writeError,
      outputError: (text, write) =>
        write(`${text.replace(/^error:/, talk('red', 'error:'))}${suggestionFor(command, text)}`),
    });
  suggestChoices(command);
  for (const sub of command.commands) prepare(sub);
}
