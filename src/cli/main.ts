/** The command line: argv in, exit code out. Commands load what they need when they run, so that `--help` is quick. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { commands } from './commands/index.ts';
import { report } from './terminal.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

const program = new Command('personas')
  .description('Gives personality questionnaires to personas impersonated by language models.')
  .version(version)
  .showSuggestionAfterError()
  .showHelpAfterError('Run the command with --help to see its options.')
  .configureHelp({ sortSubcommands: false })
  .addHelpText('after', '\nStart with: personas demo (a study in miniature with the simulated model, no key needed)');

for (const add of commands) add(program);
exitInsteadOfThrowing(program);

// Whoever reads the output may stop reading (`| head`): then there is nobody left to tell anything.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = error instanceof CommanderError ? usageCode(error) : report(error, process.argv.includes('--debug'));
}

/** Commander ends the process with 1 for wrong usage; here that is 2, and help is no error. */
function usageCode(error: CommanderError): number {
  return error.exitCode === 0 ? 0 : 2;
}

function exitInsteadOfThrowing(command: Command): void {
  command.exitOverride();
  for (const sub of command.commands) exitInsteadOfThrowing(sub);
}
