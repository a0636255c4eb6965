import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { textForTerminal } from '../../src/cli/ui/output.ts';

const BIN = fileURLToPath(new URL('../../bin/personas.js', import.meta.url));
/** Prints the address of each module that is loaded. */
const RECORDER = `data:text/javascript,${encodeURIComponent(
  `import { registerHooks } from 'node:module';
  registerHooks({ load(url, context, next) { process.stderr.write(url + '\\n'); return next(url, context); } });`,
)}`;

/** Modules of the built program, and packages, that a command loads. */
function loadedBy(...args: readonly string[]) {
  const { stderr, stdout } = spawnSync(process.execPath, ['--import', RECORDER, BIN, ...args], {
    encoding: 'utf8',
  });
  const files = stderr.split('\n').filter((url) => url.startsWith('file:'));
  const packages = files.flatMap((url) => /\/node_modules\/([^/]+)\//.exec(url)?.[1] ?? []);
  const modules = files.flatMap((url) => /\/dist\/(.+)\.js$/.exec(url)?.[1] ?? []);
  return { stdout, modules, packages: [...new Set(packages)] };
}

test('the help of the program is that of all commands, and loads none of them', async () => {
  const { stdout, modules, packages } = loadedBy('--help');
  const program = await createProgram();
  let full = '';
  program.configureOutput({ writeOut: (text) => (full += text) }).outputHelp();
  expect(stdout).toBe(stripVTControlCharacters(textForTerminal(full)));
  expect(stdout).toMatch(/^ {2}verify \[options\] \[source\] \[study\] /m);
  expect(packages).toEqual(['commander']);
  expect(modules).toContain('cli/overview');
  expect(modules.filter((name) => /^cli\/commands\/(?!index$)/.test(name))).toEqual([]);
});

test('a command loads itself and the parser of its options, and no other command', () => {
  const { stdout, modules, packages } = loadedBy('verify', '--help');
  expect(stdout).toContain('Usage: personas verify [options] [source] [study]');
  expect(packages).toEqual(['commander']);
  const commands = modules.filter((name) => /^cli\/commands\/(?!index$)/.test(name));
  expect(commands).toEqual(['cli/commands/verify']);
  const folders = new Set(modules.map((name) => name.split('/')[0]!));
  for (const folder of ['db', 'experiments', 'analysis', 'providers', 'studies', 'simulator'])
    expect(folders).not.toContain(folder);
});
