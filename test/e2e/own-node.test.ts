/** The command on a Node that is too old for it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/study.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const PROGRAM =
  'console.log(JSON.stringify({ version: process.versions.node, args: process.argv.slice(2) })); process.exit(3);';

/** A copy of the command with a program of a line in place of the real one. */
function copyOf(folder: string): string {
  mkdirSync(path.join(folder, 'bin'));
  mkdirSync(path.join(folder, 'dist/cli'), { recursive: true });
  mkdirSync(path.join(folder, 'node_modules'));
  const command = path.join(folder, 'bin/personas.js');
  copyFileSync(path.join(ROOT, 'bin/personas.js'), command);
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(path.join(folder, 'dist/cli/main.js'), PROGRAM);
  return command;
}

/** Runs the command as if this Node were an old one. */
function runOnOldNode(command: string, args: readonly string[]) {
  const script = `Object.defineProperty(process.versions, 'node', { value: '20.20.0' });
    process.argv.splice(1, 0, ${JSON.stringify(command)}); await import(${JSON.stringify(pathToFileURL(command).href)});`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script, '--', ...args], {
    encoding: 'utf8',
  });
}

test('an old Node hands over to the one that the program brings, with arguments and exit code', () => {
  using folder = temporaryFolder();
  const command = copyOf(folder.path);
  symlinkSync(path.join(ROOT, 'node_modules/node'), path.join(folder.path, 'node_modules/node'));
  const { status, stdout, stderr } = runOnOldNode(command, ['models', '--json', 'two words']);
  expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
  const told = JSON.parse(stdout) as { version: string; args: string[] };
  expect(Number(told.version.split('.')[0])).toBeGreaterThanOrEqual(22);
  expect(told.args).toEqual(['models', '--json', 'two words']);
});

test.each([
  ['there is none', null],
  ['it is too old as well', '22.12.0'],
  ['its program was never fetched', '24.0.0'],
])(
  'where %s, it says what to install, and names no package that is not published',
  (_, version) => {
    using folder = temporaryFolder();
    const command = copyOf(folder.path);
    if (version !== null) {
      const own = path.join(folder.path, 'node_modules/node');
      mkdirSync(own);
      writeFileSync(path.join(own, 'package.json'), JSON.stringify({ name: 'node', version }));
    }
    const { status, stdout, stderr } = runOnOldNode(command, ['models']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/needs Node\.js 22\.13 or newer; this is 20\.20\.0/);
    const place = JSON.stringify(realpathSync(folder.path));
    expect(stderr).toContain(`npm install --prefix ${place} node@24\n`);
    expect(stderr.replace(place, '')).not.toMatch(/personality-trap/);
  },
);
