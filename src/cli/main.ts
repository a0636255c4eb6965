/**
 * The command line: argv in, exit code out. Only the command that runs is loaded, and what it needs
 * when it runs, so that quick ones are quick.
 */
import { COMMANDS, type CommandName } from './commands/index.ts';

// What the libraries below will change one day is for those who build this program, not for those
// who use it.
process.noDeprecation = true;

// Whoever reads the output may stop reading (`| head`): then there is nobody left to tell anything.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

try {
  const [first = '', ...rest] = process.argv.slice(2);
  if (rest.length === 0 && (first === '--help' || first === '-h')) {
    const { printOverview } = await import('./overview.ts');
    await printOverview();
  } else {
    const { createProgram } = await import('./program.ts');
    const program = await createProgram(commandCalled(first));
    await program.parseAsync(process.argv);
  }
} catch (error) {
  const [debug, json] = ['--debug', '--json'].map((flag) => process.argv.includes(flag)) as [
    boolean,
    boolean,
  ];
  const { CommanderError } = await import('commander');
  const { report } = await import('./ui/terminal.ts');
  // Commander ends the process with 1 for wrong usage; here that is 2, and help is no error.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else process.exitCode = report(error, { debug, json });
}
// An embedded server that could not be started leaves timers behind which would keep a failed
// command alive.
if ((process.exitCode ?? 0) !== 0)
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));

/** @returns null as well for the command that completes others, and so needs all of them */
function commandCalled(word: string): CommandName | null {
  return Object.hasOwn(COMMANDS, word) && word !== 'complete' ? (word as CommandName) : null;
}
