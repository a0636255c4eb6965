/** All commands as one commander program, for the command line and for the reference pages. */
import { Command, Help } from 'commander';
import { version } from '../package-info.ts';
import { commands } from './commands/index.ts';
import { groupCommands, inOrder } from './groups.ts';
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
      `
Start with: personas demo (a small study with a simulated model; no key needed)
For most studies eight commands are enough: new, pipeline, status, show, analyze, export, models, doctor.`,
    );
  for (const add of commands) add(program);
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
    .configureHelp({
      sortSubcommands: false,
      styleTitle: (title) => paint('bold', title),
      groupItems: (...items) => inOrder(new Help().groupItems(...items)),
    })
    .configureOutput({
      writeOut,
      writeErr: writeError,
      outputError: (text, write) =>
        write(`${text.replace(/^error:/, talk('red', 'error:'))}${suggestionFor(command, text)}`),
    });
  suggestChoices(command);
  for (const sub of command.commands) prepare(sub);
}
