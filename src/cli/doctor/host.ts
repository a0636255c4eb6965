/** Checks this machine: its programs and the free space on its disks. */
import { accessSync, constants, existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../errors.ts';
import { type CheckResult, fail, findingOf, ok, warn } from './finding.ts';

/** Less may be gone before a run has ended. */
const LEAST_BYTES = 100e6;
const COMFORTABLE_BYTES = 1e9;
const OLDEST_NODE = [22, 13] as const;

/** @param version of Node.js, e.g. `24.1.0` */
export function checkNode(version: string): CheckResult {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
    ? ok('Node.js', version)
    : fail('Node.js', version, `Install ${OLDEST_NODE.join('.')} or newer: https://nodejs.org`);
}

/**
 * Room and permission where something is going to be written; the folder itself need not be there
 * yet.
 */
export async function checkRoom(check: string, folder: string): Promise<CheckResult> {
  const there = nearestThere(folder);
  try {
    const { bavail, bsize } = await statfs(there);
    const free = Number(bavail) * Number(bsize);
    const fact = `${formatBytes(free)} free for ${folder}`;
    try {
      accessSync(there, constants.W_OK);
    } catch (error) {
      return fail(
        check,
        `${folder} cannot be written: ${messageOf(error)}`,
        'Change the permissions of the folder, or use another folder.',
      );
    }
    if (free < LEAST_BYTES)
      return fail(check, fact, 'Free some space: nothing can be stored on a full disk.');
    if (free < COMFORTABLE_BYTES) return warn(check, fact, 'Free some space before a large run.');
    return ok(check, fact);
  } catch (error) {
    return findingOf(check, error, 'warn');
  }
}

function nearestThere(folder: string): string {
  let there = path.resolve(folder);
  while (!existsSync(there) && path.dirname(there) !== there) there = path.dirname(there);
  return there;
}

/** In the unit that leaves a number worth reading. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}
