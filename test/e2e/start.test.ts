import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/personas.js', import.meta.url));
/** Prints the address of each module that is loaded. */
const RECORDER = `data:text/javascript,${encodeURIComponent(
  `import { registerHooks } from 'node:module';
  registerHooks({ load(url, context, next) { process.stderr.write(url + '\\n'); return next(url, context); } });`,
)}`;

test('the help loads commands and the parser of their options, and nothing that they need to work', () => {
  const { stderr } = spawnSync(process.execPath, ['--import', RECORDER, BIN, '--help'], {
    encoding: 'utf8',
  });
  const loaded = stderr.split('\n').filter((url) => url.startsWith('file:'));
  expect(loaded.length).toBeGreaterThan(20);
  const packages = loaded.flatMap((url) => /\/node_modules\/([^/]+)\//.exec(url)?.[1] ?? []);
  expect([...new Set(packages)]).toEqual(['commander']);
  const folders = loaded.flatMap((url) => /\/dist\/([^/]+)\//.exec(url)?.[1] ?? []);
  for (const folder of ['db', 'experiments', 'analysis', 'providers', 'studies', 'simulator'])
    expect(folders).not.toContain(folder);
});
