import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { FILE_SCRIPT } from './file-script.ts';
import { SCRIPT } from './script.ts';

test.each([
  ['pages', SCRIPT],
  ['exported files', FILE_SCRIPT],
])('the script of %s is at most 40 kB compressed', (_, script) => {
  expect(gzipSync(script).length).toBeLessThanOrEqual(40_000);
});
