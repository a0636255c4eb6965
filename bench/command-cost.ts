/** What a command costs: a process of its own, measured from its start to its end. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Cost {
  readonly seconds: number;
  /** Processor time of all threads, in seconds. */
  readonly processor: number;
  /** Resident memory at its highest. */
  readonly megabytes: number;
}

export interface CommandSettings {
  /** In which the command runs, and in which its costs are noted. */
  readonly folder: string;
  readonly schema: string;
  /** URL of the server. */
  readonly database: string;
}

/** @param root of a checkout that is built */
export function costOf(root: string, args: readonly string[], settings: CommandSettings): Cost {
  const { folder, schema, database } = settings;
  const record = path.join(folder, 'record.json');
  const needsSchema = args[0] !== '--help';
  const begun = performance.now();
  execFileSync(
    process.execPath,
    [
      '--import',
      writeRecorder(folder),
      path.join(root, 'bin/personas.js'),
      ...args,
      ...(needsSchema ? ['--schema', schema] : []),
    ],
    {
      cwd: folder,
      env: { ...process.env, DATABASE_URL: database, RECORD_FILE: record },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const seconds = (performance.now() - begun) / 1000;
  return { seconds, ...(JSON.parse(readFileSync(record, 'utf8')) as Omit<Cost, 'seconds'>) };
}

/** A module that a process loads first, and that notes at its end what the process has used. */
function writeRecorder(folder: string): string {
  const file = path.join(folder, 'recorder.mjs');
  writeFileSync(
    file,
    `import { writeFileSync } from 'node:fs';
    process.on('exit', () => {
      const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
      writeFileSync(process.env.RECORD_FILE, JSON.stringify({
        processor: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 }));
    });`,
  );
  return file;
}
