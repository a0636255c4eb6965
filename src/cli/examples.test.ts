import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from './program.ts';

function everyCommand(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help')
    .flatMap((one) => [one, ...everyCommand(one)]);
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (piece) => (text += piece) });
  command.outputHelp();
  return text;
}

/** The commands among the examples of a help text. */
function examplesIn(help: string): string[] {
  const [, below = ''] = help.split('\nWords:\n')[0]!.split('\nExamples:\n');
  return [...below.matchAll(/^ {2}(?!#)(.+)$/gm)].map((match) => match[1]!);
}

/** Words as a shell would part them; what follows a redirection is the shell's. */
function wordsOf(example: string): string[] {
  const ours = example.replace(/^source <\((.*)\)$/, '$1').replace(/ > .*$/, '');
  return [...ours.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
}

/** The program with commands that take their options and do nothing. */
async function idleProgram(): Promise<Command> {
  const program = await createProgram();
  for (const command of everyCommand(program))
    if (command.commands.length === 0) command.action(() => {});
  return program;
}

const commands = everyCommand(await createProgram()).map((one) => {
  const path = one.parent?.parent == null ? [one.name()] : [one.parent.name(), one.name()];
  return { path: path.join(' '), examples: examplesIn(helpOf(one)) };
});

describe('the help of', () => {
  test.each(commands)('$path has examples that work', async ({ path, examples }) => {
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const [name, ...words] = wordsOf(example);
      expect(name).toBe('personas');
      expect(words.join(' ')).toMatch(new RegExp(`^${path.split(' ')[0]!}\\b`));
      // Commander takes the line apart, and throws for an option, a choice or a number of arguments
      // that there is not.
      await (await idleProgram()).parseAsync(words, { from: 'user' });
    }
  });

  test('an example that names an option that is not there would be found', async () => {
    const program = await idleProgram();
    for (const one of [program, ...everyCommand(program)])
      one.configureOutput({ writeErr: () => {} });
    await expect(
      program.parseAsync(['analyze', '--tables', '4'], { from: 'user' }),
    ).rejects.toThrow(/unknown option '--tables'/);
  });
});
