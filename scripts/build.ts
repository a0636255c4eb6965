/**
 * Compiles, writes the library's declarations and the list of commands for the help, and makes the
 * ready-made embedded database that a first start unpacks instead of running initdb.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { listedCommands, OVERVIEW_FILE } from '../src/cli/overview.ts';
import { createProgram } from '../src/cli/program.ts';
import { declarationsIn } from './api-reference/declarations.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = path.join(root, 'dist');
const template = path.join(dist, 'embedded-template.tar.gz');
const stamp = path.join(dist, 'built');

mkdirSync(dist, { recursive: true });
// The template depends on the database's version and on how it is made here, and takes seconds to
// make: it is kept.
const versionFile = path.join(dist, 'embedded-template.version');
for (const entry of readdirSync(dist)) {
  const kept = path.join(dist, entry);
  if (kept !== template && kept !== versionFile) rmSync(kept, { recursive: true, force: true });
}
execFileSync(
  process.execPath,
  [
    path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    path.join(root, 'tsconfig.build.json'),
  ],
  { stdio: 'inherit' },
);

// What users' compilers read is one file that needs no other, and so none of the declarations of
// the libraries that are used here.
const declarations = declarationsIn(dist);
for (const entry of readdirSync(dist, { recursive: true, encoding: 'utf8' }))
  if (entry.endsWith('.d.ts')) rmSync(path.join(dist, entry));
writeFileSync(
  path.join(dist, 'index.d.ts'),
  `${declarations.map(({ text }) => text).join('\n')}\n`,
);

writeFileSync(
  path.join(dist, 'cli', OVERVIEW_FILE),
  `${JSON.stringify(listedCommands(await createProgram()), null, 2)}\n`,
);

const { version } = JSON.parse(
  readFileSync(path.join(root, 'node_modules', '@electric-sql', 'pglite', 'package.json'), 'utf8'),
) as {
  version: string;
};
/** What initdb leaves for those who create databases: two thirds of the files of a new cluster. */
const UNUSED_DATABASES = ['template0', 'template1'];
const made = `${version} without ${UNUSED_DATABASES.join(', ')}`;
if (
  !existsSync(template) ||
  !existsSync(versionFile) ||
  readFileSync(versionFile, 'utf8') !== made
) {
  const { PGlite } = await import('@electric-sql/pglite');
  const database = await PGlite.create();
  for (const name of UNUSED_DATABASES) {
    await database.exec(`alter database ${name} is_template false`);
    await database.exec(`drop database ${name}`);
  }
  const dump = await database.dumpDataDir('gzip');
  await database.close();
  writeFileSync(template, Buffer.from(await dump.arrayBuffer()));
  writeFileSync(versionFile, made);
}
writeFileSync(stamp, '');
