/**
 * Prints every name that users build on, one a line, sorted: commands and options, configuration
 * keys, keys of study and instrument files, columns of the database and of result tables, exit
 * codes, and what the package exports. Compare two versions with `diff`.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../src/cli/program.ts';
import { type Node, ROOT, readSource, visit } from './measure/source.ts';
import { readMeanings } from './reference/meanings.ts';

function commandNames(command: Command, above = ''): string[] {
  const name = `${above} ${command.name()}`.trim();
  const options = command.options.map(({ flags }) => `option ${name} ${flags}`);
  return [
    `command ${name}`,
    ...options,
    ...command.commands.flatMap((sub) => commandNames(sub, name)),
  ];
}

function exportedNames(): string[] {
  const index = readSource('src').find(({ file }) => file === 'src/index.ts')!;
  const names: string[] = [];
  visit(index.program, (node) => {
    if (node.type === 'ExportSpecifier') names.push(`export ${(node.exported as Node).name}`);
  });
  return names;
}

const schema = readFileSync(path.join(ROOT, 'test/golden/schema.txt'), 'utf8');
const meanings = ['configuration', 'study-file', 'instrument-file', 'results'].flatMap((name) =>
  [...readMeanings(name).entries()].map(([key]) => `${name} ${key}`),
);
const lines = [
  ...commandNames(await createProgram()),
  ...exportedNames(),
  ...meanings,
  ...schema.split('\n').filter((line) => line.trim() !== ''),
];
for (const line of [...new Set(lines)].sort()) console.log(line);
