import { expect, test } from 'vitest';
import { createProgram } from './program.ts';

test('the help lists every command by what it is for, in the order of a study', async () => {
  const program = await createProgram();
  const help = program.createHelp();
  const own = help.visibleCommands(program).filter((one) => one.name() !== 'help');
  for (const command of own) expect(command.helpGroup(), command.name()).not.toBe('');
  const text = program.helpInformation();
  const headings = ['Options:', 'Make a study:', 'Ask the models:', 'Look at it:'];
  headings.push('Analyse it:', 'Share it:', 'Set up the program:', 'Commands:');
  const places = headings.map((heading) => text.indexOf(heading));
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect(places).not.toContain(-1);
});
