/** Writes the pages of docs that are made from the program. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderPages } from './reference/pages.ts';

const DOCS = fileURLToPath(new URL('../docs', import.meta.url));

for (const [name, content] of await renderPages()) {
  const file = path.join(DOCS, name);
  const isStale = !existsSync(file) || readFileSync(file, 'utf8') !== content;
  if (!isStale) continue;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  console.log(`docs/${name}`);
}
