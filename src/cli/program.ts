/** All commands as one commander program, which the command line runs and the reference is written from. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { commands } from './commands/index.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

/** A program that throws a `CommanderError` where commander would end the process. */
export function createProgram(): Command {
  const program = new Command('personas')
    .description('Gives personality questionnaires to personas impersonated by language models.')
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError('Run the command with --help to see its options.')
    .configureHelp({ sortSubcommands: false })
    .addHelpText('after', '\nStart with: personas demo (a study in miniature with the simulated model, no key needed)');
  for (const add of commands) add(program);
  throwInsteadOfExiting(program);
  return program;
}

function throwInsteadOfExiting(command: Command): void {
  command.exitOverride();
  for (const sub of command.commands) throwInsteadOfExiting(sub);
}
