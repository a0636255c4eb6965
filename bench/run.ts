/**
 * Speed and memory, each as a ratio to a limit measured in the same run. Nothing here is a test:
 * machines differ, ratios less so. `npm run bench`, or `npm run bench -- run` for one of: help,
 * registration, run, generation, memory, many, import, growth, tables, own, evidence, view; or
 * `npm run bench -- against REV`, which measures the commands beside those of another revision, or
 * `npm run bench -- peers`, which measures other programs.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { openMigrated } from '../src/db/connect.ts';
import { registerQuestionnaireExperiments } from '../src/experiments/registration/register.ts';
import { runPendingExperiments } from '../src/experiments/run.ts';
import { findInstrument } from '../src/instruments/load.ts';
import { formatCount } from '../src/numbers.ts';
import { generatePersonas } from '../src/personas/generation/generate.ts';
import { findCondition } from '../src/personas/sheets/conditions.ts';
import { namePopulation } from '../src/personas/sheets/populations.ts';
import { seedReference } from '../src/personas/sheets/reference.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { benchAgainst } from './against.ts';
import { type AnalysisTimes, timeAnalysis, withImported } from './analysis.ts';
import { benchEvidence } from './evidence.ts';
import { writeFullSizeDataset } from './full-size-dataset.ts';
import { benchGrowth } from './growth.ts';
import { benchImport } from './import.ts';
import { median } from './median.ts';
import { benchOpenPage } from './open-page.ts';
import { timeOwnStudy } from './own-study.ts';
import {
  bareLoop,
  catalogue,
  configAt,
  model,
  type Pace,
  paceOf,
  register,
  runPace,
  scratch,
  sdkLoop,
  startLoopback,
  withPersonas,
} from './pace.ts';
import { benchPeers } from './peers.ts';
import { benchView } from './view.ts';

const ROUNDS = 5;
/** Calls that each of those in flight is followed by: some ten seconds at the latency of the bench. */
const ROUNDS_OF_CALLS = 50;
/**
 * Personalities of about a published study, of a small one, and of one with ten times as many rows
 * as the small one.
 */
const STUDY_SIZE = 840;
const SMALL_STUDY = 160;
const LARGE_STUDY = 1600;
interface Finding {
  readonly what: string;
  readonly measured: number;
  readonly limit: string;
  readonly kept: boolean;
}

const findings: Finding[] = [];

function atLeast(what: string, measured: number, limit: number): void {
  report({ what, measured, limit: `≥ ${limit}`, kept: measured >= limit });
}

function atMost(what: string, measured: number, limit: number): void {
  report({ what, measured, limit: `≤ ${limit}`, kept: measured <= limit });
}

function report(finding: Finding): void {
  findings.push(finding);
  console.log(
    `${finding.kept ? 'kept  ' : 'MISSED'}  ${finding.what.padEnd(72)} ${finding.measured.toFixed(2)}  (${finding.limit})`,
  );
}

async function benchRun(postgres: string): Promise<void> {
  await using server = await startLoopback();
  const { baseUrl } = server;
  const server_ = { kind: 'postgres', url: postgres } as const;
  await bareLoop(baseUrl, 500, 64);
  await sdkLoop(baseUrl, 500, 64);
  const bare = new Map<number, Pace>();
  const sdk = new Map<number, Pace>();
  for (const workers of [16, 64, 256]) {
    bare.set(workers, await bareLoop(baseUrl, workers * ROUNDS_OF_CALLS, workers));
    sdk.set(workers, await sdkLoop(baseUrl, workers * ROUNDS_OF_CALLS, workers));
  }
  const compare = (name: string, pace: Pace, workers: number, limit: number) => {
    for (const [loop, paces] of [
      ['the SDK alone', sdk],
      ['the bare loop', bare],
    ] as const)
      atLeast(
        `${name}, ${workers} in flight: rate / rate of ${loop}`,
        pace.perSecond / paces.get(workers)!.perSecond,
        limit,
      );
  };
  for (const [workers, limit] of [
    [16, 0.95],
    [64, 0.92],
    [256, 0.85],
  ] as const) {
    const pace = await runPace(server_, baseUrl, workers * ROUNDS_OF_CALLS, workers);
    compare('PostgreSQL', pace, workers, limit);
    if (workers !== 256) continue;
    atMost(
      'PostgreSQL, 256 in flight: CPU per experiment / per call of the SDK alone',
      pace.cpuMs / sdk.get(workers)!.cpuMs,
      1.4,
    );
    atMost(
      'PostgreSQL, 256 in flight: CPU per experiment / per call of the bare loop',
      pace.cpuMs / bare.get(workers)!.cpuMs,
      1.4,
    );
  }
  const one = await runPace(server_, baseUrl, 3200, 64);
  const four = await runPace(server_, baseUrl, 3200, 64, 4);
  atLeast(
    'PostgreSQL, 64 in flight: calls of four to an administration / of one',
    four.perSecond / one.perSecond,
    0.9,
  );
  for (const [workers, limit] of [
    [16, 0.95],
    [64, 0.92],
  ] as const) {
    const folder = mkdtempSync(path.join(tmpdir(), 'personas-bench-'));
    const pace = await runPace(
      { kind: 'embedded', folder },
      baseUrl,
      workers * ROUNDS_OF_CALLS,
      workers,
    );
    rmSync(folder, { recursive: true, force: true });
    compare('embedded', pace, workers, limit);
  }
}

/**
 * The same number of calls, first to write personas and then to question them, through the same
 * machinery.
 */
async function benchGeneration(postgres: string): Promise<void> {
  await using server = await startLoopback();
  const { baseUrl } = server;
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-bench-'));
  const config = configAt(baseUrl);
  const conditions = ['Base', 'max_N', 'max_P'].map(findCondition);
  try {
    for (const location of [
      { kind: 'postgres', url: postgres } as const,
      { kind: 'embedded', folder } as const,
    ]) {
      await scratch(location, async (database) => {
        const { reference } = await seedReference(database, 1, null);
        const calls = reference.sheets * conditions.length;
        const workers = { maxWorkers: 64 };
        const request = { models: [model.name], conditions, repoSha: 'bench' };
        const writing = await paceOf(calls, () =>
          generatePersonas(database, config, request, workers),
        );
        await registerQuestionnaireExperiments(database, catalogue, {
          instrument: findInstrument('epqra'),
          models: [model.name],
          populations: conditions.map((condition) =>
            namePopulation(condition, model.name, reference.name),
          ),
          repoSha: 'bench',
          now: new Date(0),
        });
        const asking = await paceOf(calls, () => runPendingExperiments(database, config, workers));
        atLeast(
          `${location.kind}, 826 × 3 personas: rate of writing / rate of questioning`,
          writing.perSecond / asking.perSecond,
          0.8,
        );
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchRegistration(postgres: string): Promise<void> {
  await scratch({ kind: 'postgres', url: postgres }, async (database) => {
    await withPersonas(database, 82_600);
    await sql`analyze ${database.t.personas}`.execute(database.db);
    const timed = async (work: () => Promise<unknown>) => {
      const begun = performance.now();
      await work();
      return performance.now() - begun;
    };
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'personas-bench-')), 'rows.csv');
    const psql = (command: string) =>
      execFileSync('psql', ['-q', postgres, '-c', command], { stdio: 'inherit' });
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await sql`truncate ${database.t.experiments_groups}, ${database.t.experiments_list} cascade`.execute(
        database.db,
      );
      const registering = await timed(() => register(database));
      if (round === 0) {
        psql(`\\copy bench.experiments_list to '${file}' csv`);
        psql('create table bench.copied (like bench.experiments_list including all)');
      }
      psql('truncate bench.copied');
      ratios.push(
        registering / (await timed(async () => psql(`\\copy bench.copied from '${file}' csv`))),
      );
    }
    rmSync(path.dirname(file), { recursive: true });
    atMost(
      `registration of 82,600 experiments / bare COPY of the same rows (median of ${ROUNDS})`,
      median(ratios),
      3,
    );
  });
}

/** Resident memory of the built program at its highest, in a process of its own, in MB. */
function peakOf(args: readonly string[]): number {
  const script = `
    process.on('exit', () => process.stderr.write('PEAK ' + process.resourceUsage().maxRSS + '\\n'));
    process.argv.splice(1, 0, 'personas');
    await import(${JSON.stringify(new URL('../dist/cli/main.js', import.meta.url).href)});`;
  const shell = execFileSync(
    'sh',
    [
      '-c',
      '"$0" "$@" 2>&1 >/dev/null',
      process.execPath,
      '--input-type=module',
      '-e',
      script,
      '--',
      ...args,
    ],
    { encoding: 'utf8', maxBuffer: 1e8 },
  );
  return Number(/PEAK (\d+)/.exec(shell)?.[1]) / 1024;
}

/**
 * By how much a run raises the resident memory of a process that has the embedded database open, in
 * MB. Opening compiles the server, which takes some hundred MB for a moment; that belongs to
 * opening and is waited for.
 */
function growthOf(
  folder: string,
  options: { readonly batchSize: number; readonly maxWorkers: number },
): number {
  const module = (file: string) => JSON.stringify(new URL(`../dist/${file}`, import.meta.url).href);
  const script = `
    const { keepAskingSmall } = await import(${module('cli/memory.js')});
    keepAskingSmall('embedded', ${options.maxWorkers});
    const { openMigrated } = await import(${module('db/connect.js')});
    const { runPendingExperiments } = await import(${module('experiments/run.js')});
    const { loadConfig } = await import(${module('config/load.js')});
    await using database = await openMigrated({ database: { kind: 'embedded', folder: ${JSON.stringify(folder)} }, schema: 'bench' });
    const { setTimeout: pause } = await import('node:timers/promises');
    await pause(3000);
    const opened = process.memoryUsage.rss();
    let highest = opened;
    const timer = setInterval(() => { highest = Math.max(highest, process.memoryUsage.rss()); }, 20);
    await runPendingExperiments(database, loadConfig({}, process.env), ${JSON.stringify(options)});
    clearInterval(timer);
    console.log((highest - opened) / 2 ** 20);`;
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
  );
}

/** As many calls as no provider of today permits: the commands themselves, beside fewer calls. */
async function benchMany(postgres: string): Promise<void> {
  await using server = await startLoopback();
  process.env.PERSONAS_PROVIDERS__SIMULATED__BASE_URL = server.baseUrl;
  const calls = 6000;
  await using database = await openMigrated({
    database: { kind: 'postgres', url: postgres },
    schema: 'bench',
  });
  await withPersonas(database, 2 * calls);
  await register(database);
  const run = (workers: number) => {
    const begun = performance.now();
    const megabytes = peakOf([
      'run-experiments',
      ...['--batch-size', String(calls), '--max-workers', String(workers)],
      ...['--database', postgres, '--schema', 'bench'],
    ]);
    return { megabytes, seconds: (performance.now() - begun) / 1000 };
  };
  const usual = run(256);
  const many = run(1024);
  atLeast(
    'PostgreSQL, 1,024 in flight: rate / rate of 256 in flight',
    usual.seconds / many.seconds,
    0.8,
  );
  atMost('PostgreSQL, 1,024 in flight: peak memory of the client, MB', many.megabytes, 400);
  dropBench(postgres);
}

function dropBench(postgres: string): void {
  const schemas = ['bench', 'bench__jobs'].flatMap((name) => ['-c', `drop schema ${name} cascade`]);
  execFileSync('psql', ['-q', postgres, ...schemas], { stdio: 'ignore' });
}

async function benchMemory(postgres: string): Promise<void> {
  await using server = await startLoopback(0);
  const { baseUrl } = server;
  process.env.PERSONAS_PROVIDERS__SIMULATED__BASE_URL = baseUrl;
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-bench-'));
  try {
    for (const location of [
      { kind: 'postgres', url: postgres } as const,
      { kind: 'embedded', folder } as const,
    ]) {
      await using database = await openMigrated({ database: location, schema: 'bench' });
      await withPersonas(database, 100_000);
      await register(database);
      await database[Symbol.asyncDispose]();
      if (location.kind === 'postgres') {
        const where = ['--database', postgres, '--schema', 'bench'];
        const running = peakOf([
          'run-experiments',
          '--batch-size',
          '3000',
          '--max-workers',
          '64',
          ...where,
        ]);
        atMost('PostgreSQL, 100,000 pending: peak memory of the client, MB', running, 300);
      } else {
        const growth = growthOf(folder, { batchSize: 3000, maxWorkers: 64 });
        atMost('embedded, 100,000 pending: peak memory above the open database, MB', growth, 60);
      }
    }
    dropBench(postgres);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The whole study at its published size, and how the time grows with ten times the rows. */
async function benchTables(postgres: string): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-bench-'));
  const server = { kind: 'postgres', url: postgres } as const;
  const embedded = { kind: 'embedded', folder: path.join(folder, 'database') } as const;
  const out = path.join(folder, 'results');
  const measure = async (
    location: typeof server | typeof embedded,
    personalities: number,
  ): Promise<AnalysisTimes> => {
    const dataset = path.join(folder, `dataset-${personalities}`);
    if (!existsSync(dataset)) await writeFullSizeDataset(dataset, { seed: 1, personalities });
    return withImported(location, 'bench_tables', dataset, () => {
      const runs = Array.from({ length: 3 }, () => timeAnalysis(location, 'bench_tables', out));
      const middle = (key: keyof AnalysisTimes) => median(runs.map((run) => run[key]));
      return {
        published: middle('published'),
        megabytes: middle('megabytes'),
        corrected: middle('corrected'),
        report: middle('report'),
      };
    });
  };
  try {
    const full = await measure(server, STUDY_SIZE);
    atMost('PostgreSQL, the published study: all tables as published, s', full.published, 2);
    atMost('PostgreSQL, the published study: peak memory of the client, MB', full.megabytes, 350);
    atMost('PostgreSQL, the published study: all tables corrected, s', full.corrected, 10);
    atMost('PostgreSQL, the published study: report, s more', full.report, 5);
    const small = await measure(server, SMALL_STUDY);
    const large = await measure(server, LARGE_STUDY);
    atMost(
      'PostgreSQL, ten times the rows: time for the tables as published / time',
      large.published / small.published,
      10.5,
    );
    atMost(
      'PostgreSQL, ten times the rows: time for the corrected tables / time',
      large.corrected / small.corrected,
      10.5,
    );
    atMost(
      'embedded, the published study: all tables as published, s',
      (await measure(embedded, STUDY_SIZE)).published,
      8,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A study of one's own in 16 ways of asking: everything that compares its factors. */
async function benchOwnStudy(postgres: string): Promise<void> {
  const { administrations, seconds, megabytes } = await timeOwnStudy({
    kind: 'postgres',
    url: postgres,
  });
  const what = `PostgreSQL, ${formatCount(administrations)} administrations in 16 ways`;
  atMost(`${what}: tables of contrasts, s`, seconds, 5);
  atMost(`${what}: peak memory of the client, MB`, megabytes, 400);
}

function benchHelp(): void {
  const bin = fileURLToPath(new URL('../bin/personas.js', import.meta.url));
  const once = (args: readonly string[]) => {
    const begun = performance.now();
    execFileSync(process.execPath, [...args], { stdio: 'ignore' });
    return performance.now() - begun;
  };
  const ratios = Array.from({ length: 16 }, () => once([bin, '--help']) / once(['-e', '0'])).slice(
    1,
  );
  atMost('personas --help / node -e 0 (median of 15 pairs)', median(ratios), 1.8);
}

const wanted = process.argv.slice(2);
const parts: Readonly<Record<string, (postgres: string) => Promise<void> | void>> = {
  help: benchHelp,
  registration: benchRegistration,
  run: benchRun,
  generation: benchGeneration,
  memory: benchMemory,
  many: benchMany,
  import: (postgres) => benchImport(postgres, atMost),
  growth: (postgres) => benchGrowth(postgres, atMost),
  tables: benchTables,
  own: benchOwnStudy,
  evidence: (postgres) => benchEvidence(postgres, atMost),
  view: async (postgres) => {
    await benchView(
      { kind: 'postgres', url: postgres },
      { name: 'view, PostgreSQL', count: 1_000_000, lists: 200, texts: 1000 },
      atMost,
    );
    await benchView(
      { kind: 'memory' },
      { name: 'view, embedded', count: 82_000, lists: 400, texts: 1000 },
      atMost,
    );
    await benchOpenPage(postgres, atMost);
  },
};
const postgres = await startPostgres();
try {
  if (wanted[0] === 'against') await benchAgainst(wanted[1] ?? 'HEAD', postgres.url);
  if (wanted[0] === 'peers') await benchPeers(postgres.url);
  for (const [name, part] of Object.entries(parts))
    if (wanted.length === 0 || wanted.includes(name)) await part(postgres.url);
} finally {
  await postgres.stop();
}
console.log(`${findings.filter((one) => one.kept).length} of ${findings.length} goals kept`);
