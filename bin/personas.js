#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one can start a newer one, or say what it lacks, instead of failing on syntax.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

function isTooOld(version) {
  const [major, minor] = version.split('.').map(Number);
  return major < 22 || (major === 22 && minor < 13);
}

/** The `node` package of this copy of the program, or of the folder that it is installed in; null where there is none new enough. */
function ownNode() {
  const require = module.createRequire(import.meta.url);
  try {
    const about = require.resolve('node/package.json');
    if (isTooOld(require(about).version)) return null;
    const program = path.join(
      path.dirname(about),
      'bin',
      process.platform === 'win32' ? 'node.exe' : 'node',
    );
    return existsSync(program) ? program : null;
  } catch {
    return null;
  }
}

/** Takes the place of this process as far as one process can for another. */
function handOver(program) {
  const child = spawn(program, process.argv.slice(1), { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; passed on it would count twice, and the second one ends at once.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', () => lack());
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** The folder that this copy of the program is installed in: what is installed there is found, whatever the working folder is. */
function ownFolder() {
  const program = fileURLToPath(new URL('..', import.meta.url)).slice(0, -1);
  const at = program.lastIndexOf(`${path.sep}node_modules${path.sep}`);
  return at === -1 ? program : program.slice(0, at);
}

function lack() {
  process.stderr.write(
    `personas needs Node.js 22.13 or newer; this is ${process.versions.node}.\nInstall a newer one (https://nodejs.org), or put one beside the program, and run the command again:\n  npm install --prefix ${JSON.stringify(ownFolder())} node@24\n`,
  );
  process.exit(2);
}

if (isTooOld(process.versions.node)) {
  const program = ownNode();
  if (program === null) lack();
  else handOver(program);
} else {
  module.enableCompileCache?.();
  await import('../dist/cli/main.js');
}
