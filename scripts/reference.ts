/** Writes what is generated from the program: pages of docs, import rules, the list of modules. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './modules.ts';
import { renderPages } from './reference/pages.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

for (const [name, content] of [...(await renderPages()), ...generatedFiles()]) {
  const file = path.join(ROOT, name);
  const isStale = !existsSync(file) || readFileSync(file, 'utf8') !== content;
  if (!isStale) continue;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  console.log(name);
}
