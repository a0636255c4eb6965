/**
 * Writes docs/reference/api.md: every function and type that the library offers, from the
 * declarations that the compiler emits.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderApiReference } from './api-reference/render.ts';

writeFileSync(
  fileURLToPath(new URL('../docs/reference/api.md', import.meta.url)),
  renderApiReference(),
);
