// Installs and builds what is missing, then runs a command with the project's own Node.
// Plain JavaScript for whatever Node the machine has: before the first installation there is no other.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = path.join(root, 'node_modules', '.bin');
const installed = path.join(root, 'node_modules', '.installed-lock');
const windows = process.platform === 'win32';

function run(command, args) {
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}` };
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env,
    shell: windows,
  });
  if (error !== undefined) console.error(`${command} cannot be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile())
      latest = Math.max(
        latest,
        statSync(path.join(entry.parentPath ?? entry.path, entry.name)).mtimeMs,
      );
  }
  return latest;
}

const lock = createHash('sha256')
  .update(readFileSync(path.join(root, 'package-lock.json')))
  .digest('hex');
if (!existsSync(installed) || readFileSync(installed, 'utf8') !== lock) {
  console.error('Installing what is missing (once)…');
  // Not `ci`: without addresses in the lock file npm leaves other platforms' optional packages out of it, and `ci` then refuses.
  // The engine warnings would speak of the Node that this very installation replaces.
  run('npm', ['install', '--no-save', '--no-fund', '--no-audit', '--loglevel=error']);
  mkdirSync(path.dirname(installed), { recursive: true });
  writeFileSync(installed, lock);
}
const built = path.join(root, 'dist', 'built');
if (!existsSync(built) || statSync(built).mtimeMs < newest(path.join(root, 'src'))) {
  console.error('Building…');
  run('npm', ['run', '--silent', 'build']);
}
const [command, ...args] = process.argv.slice(2);
if (command !== undefined)
  run(command === 'node' ? path.join(bin, windows ? 'node.cmd' : 'node') : command, args);
