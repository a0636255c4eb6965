import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readFile } from './file.ts';

function folderWith(...names: readonly string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of names) writeFileSync(path.join(folder, name), 'schema: { name: here }\n');
  return folder;
}

test.each(['personas.yaml', '.yaml'])('the configuration may be called %s', (name) => {
  const folder = folderWith(name);
  expect(readFile(undefined, folder).file).toBe(path.join(folder, name));
});

test('a folder without a configuration has none', () => {
  expect(readFile(undefined, folderWith()).file).toBeNull();
});

test('two configurations are refused, since one of them would be ignored', () => {
  const folder = folderWith('personas.yaml', '.yaml');
  expect(() => readFile(undefined, folder)).toThrow(/two configuration files/);
  expect(readFile('.yaml', folder).file).toBe(path.join(folder, '.yaml'));
});
