/**
 * The program's commands beside those of another revision, on the same data, in turns: `npm run
 * bench -- against REV`. The other revision is checked out, installed and built in a temporary
 * folder. Wall time, processor time and peak memory are those of the whole process.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cost, costOf } from './command-cost.ts';
import { writeFullSizeDataset } from './full-size-dataset.ts';
import { median } from './median.ts';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = 5;

/** A command, by its arguments; `out` is a folder that does not exist yet. */
interface Task {
  readonly name: string;
  readonly args: (out: string) => readonly string[];
}

const TASKS: readonly Task[] = [
  { name: '--help', args: () => ['--help'] },
  { name: 'status', args: () => ['status'] },
  { name: 'analyze', args: (out) => ['analyze', '--out', out] },
  { name: 'export', args: (out) => ['export', out] },
  { name: 'export, wide', args: (out) => ['export', out, '--answers-wide'] },
];

/**
 * Prints what each command costs, as medians of both revisions and as the median ratio of pairs.
 * @param rev anything that git can resolve
 * @param postgres URL of a server in which schemas may be created
 */
export async function benchAgainst(rev: string, postgres: string): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-against-'));
  const before = path.join(folder, 'before');
  try {
    checkOut(rev, before);
    const dataset = path.join(folder, 'dataset');
    await writeFullSizeDataset(dataset, { seed: 1 });
    const builds = [
      { root: before, schema: 'before' },
      { root: HERE, schema: 'now' },
    ] as const;
    const run = (build: (typeof builds)[number], args: readonly string[]) =>
      costOf(build.root, args, { folder, database: postgres, schema: build.schema });
    print('import, with scores', [builds.map((build) => run(build, ['import', dataset]))]);
    for (const { name, args } of TASKS) {
      const pairs = Array.from({ length: ROUNDS }, (_, round) =>
        builds.map((build) => {
          const out = path.join(folder, `out-${build.schema}-${round}`);
          const cost = run(build, args(out));
          rmSync(out, { recursive: true, force: true });
          return cost;
        }),
      );
      print(name, pairs);
    }
  } finally {
    execFileSync('git', ['worktree', 'remove', '--force', before], { cwd: HERE });
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkOut(rev: string, folder: string): void {
  execFileSync('git', ['worktree', 'add', '--detach', folder, rev], { cwd: HERE, stdio: 'ignore' });
  const npm = (...args: readonly string[]) =>
    execFileSync('npm', [...args], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  npm('ci', '--no-audit', '--no-fund');
  npm('run', 'build');
}

function print(name: string, pairs: readonly (readonly Cost[])[]): void {
  const of = (key: keyof Cost) => {
    const [before, now] = [0, 1].map((side) => median(pairs.map((pair) => pair[side]![key])));
    const ratio = median(pairs.map((pair) => pair[1]![key] / pair[0]![key]));
    const digits = key === 'megabytes' ? 0 : 2;
    return `${now!.toFixed(digits)} / ${before!.toFixed(digits)} = ${ratio.toFixed(2)}`;
  };
  console.log(
    `${name.padEnd(20)} s ${of('seconds').padEnd(22)} CPU s ${of('processor').padEnd(22)} MB ${of('megabytes')}`,
  );
}
