/** The reference of the library is what the compiler says of it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderApiReference } from '../scripts/api-reference/render.ts';

test('docs/reference/api.md is up to date', () => {
  const page = readFileSync(new URL('../docs/reference/api.md', import.meta.url), 'utf8');
  expect(page, 'run: npm run docs:api').toBe(renderApiReference());
});
