/**
 * Several processes on one server: how four compare with one, what kills cost, how soon a dead
 * one's work goes on, and what a million pending experiments cost.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { type Database, openMigrated } from '../../src/db/connect.ts';
import { dropSchema } from '../../src/db/schema/list.ts';
import { registerQuestionnaireExperiments } from '../../src/experiments/registration/register.ts';
import { findInstrument } from '../../src/instruments/load.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { seededNumbers } from '../../test/support/instants.ts';
import type { Claims } from './claims.ts';

/** As it is installed; made by `npm run build`. */
const MAIN = fileURLToPath(new URL('../../bin/personas.js', import.meta.url));
const SCHEMA = 'bench_workers';
const ITEMS = findInstrument('epqra').items.length;
/**
 * Latency and places are chosen so that waiting for the provider is nearly all that a worker does.
 */
const LATENCY_MS = 1000;
const PLACES = 16;

interface Bench {
  readonly postgres: string;
  readonly folder: string;
  readonly baseUrl: string;
}

function start(
  { postgres, folder, baseUrl }: Bench,
  command: string,
  ...more: string[]
): ChildProcess {
  return spawn(
    process.execPath,
    [MAIN, command, '--database', postgres, '--schema', SCHEMA, ...more],
    {
      cwd: folder,
      env: { ...process.env, PERSONAS_PROVIDERS__SIMULATED__BASE_URL: baseUrl },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
}

/** Runs a command to its end. */
async function finish(child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`a process ended with ${code}: ${said}`);
}

async function withStudy<T>(
  postgres: string,
  experiments: number,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  await using database = await openMigrated({
    database: { kind: 'postgres', url: postgres },
    schema: SCHEMA,
  });
  try {
    const { db, t } = database;
    const personas = Math.min(experiments, 10_000);
    await sql`insert into ${t.personas} (ref_personality_id, population, model, name, description, repetitions)
      select n, 'bench', 'sim-gpt4o', 'Person ' || n, 'I am person ' || n || '.', 1 from generate_series(1, ${personas}::int) n`.execute(
      db,
    );
    await registerQuestionnaireExperiments(database, createCatalogue(), {
      instrument: findInstrument('epqra'),
      models: ['sim-gpt4o'],
      populations: ['bench'],
      repoSha: 'bench',
      now: new Date(0),
    });
    // Beyond what is quickly registered, more of the same, by the server alone.
    await sql`insert into ${t.experiments_list} (experiments_group_id, repeated, questionnaire, language_instructions,
        language_questionnaire, model_provider, model, population, personality_id, repo_sha)
      select experiments_group_id, again + 1, questionnaire, language_instructions, language_questionnaire, model_provider, model, population,
        personality_id, repo_sha
      from ${t.experiments_list}, generate_series(1, ${Math.floor(experiments / personas) - 1}::int) as again`.execute(
      db,
    );
    await sql`insert into ${t.experiment_details} (experiment_id, experiments_group_id, persona_id, repeated, shuffle_key, origin)
      select e.experiment_id, e.experiments_group_id, p.id, e.repeated, hashtextextended(e.experiment_id::text, 1), 'simulated'
      from ${t.experiments_list} e join ${t.personas} p on p.ref_personality_id = e.personality_id
      where not exists (select from ${t.experiment_details} d where d.experiment_id = e.experiment_id)`.execute(
      db,
    );
    await sql`vacuum analyze ${t.experiments_list}`.execute(db);
    await sql`vacuum analyze ${t.experiment_details}`.execute(db);
    return await use(database);
  } finally {
    await dropSchema(database);
  }
}

/** Experiments in a second, between the first fifth and the last, when all workers are at it. */
async function rate({ db, t }: Database): Promise<number> {
  const { rows } = await sql<{ experiments: number; seconds: number }>`
    with times as (select last_attempt_at as at, row_number() over (order by last_attempt_at) as n, count(*) over () as all_of_them
      from ${t.experiment_details} where last_attempt_at is not null)
    select count(*)::int as experiments, extract(epoch from max(at) - min(at))::double precision as seconds
    from times where n between all_of_them * 0.2 and all_of_them * 0.8`.execute(db);
  return rows[0]!.experiments / rows[0]!.seconds;
}

async function benchScaling(bench: Bench, claims: Claims): Promise<void> {
  const pace = (workers: number) =>
    withStudy(bench.postgres, workers * 400, async (database) => {
      const crew = Array.from({ length: workers }, () =>
        start(bench, 'worker', '--max-workers', String(PLACES)),
      );
      await Promise.all(crew.map(finish));
      return rate(database);
    });
  const one = await pace(1);
  const four = await pace(4);
  claims.atLeast(
    `one worker: rate / (${PLACES} in flight / latency)`,
    one / ((PLACES * 1000) / LATENCY_MS),
    0.9,
  );
  claims.atLeast('four workers: rate / rate of one', four / one, 3.5);
}

async function benchKills(
  bench: Bench,
  claims: Claims,
  seed: number,
  small: boolean,
): Promise<void> {
  const experiments = small ? 2000 : 10_000;
  const random = seededNumbers(seed);
  await withStudy(bench.postgres, experiments, async ({ db, t }) => {
    const begin = () => {
      const child = start(bench, 'worker', '--max-workers', '64');
      return { child, ended: once(child, 'close') };
    };
    const crew = Array.from({ length: 4 }, begin);
    const pending = async () =>
      (
        await sql<{
          count: number;
        }>`select count(*)::int as count from ${t.experiments_list} where succeeded is null`.execute(
          db,
        )
      ).rows[0]!.count;
    let kills = 0;
    while ((await pending()) > 500) {
      await pause(2000 + random(4000));
      const chosen = random(4) - 1;
      crew[chosen]!.child.kill('SIGKILL');
      await crew[chosen]!.ended;
      crew[chosen] = begin();
      kills++;
    }
    await Promise.all(crew.map(({ ended }) => ended));
    const { rows } = await sql<{
      succeeded: number;
      items: number;
      different: number;
      calls: number;
    }>`select
      (select count(*)::int from ${t.experiments_list} where succeeded) as succeeded,
      (select count(*)::int from ${t.eval_questionnaires}) as items,
      (select count(*)::int from (select distinct experiment_id, question_number from ${t.eval_questionnaires}) as d) as different,
      (select count(*)::int from ${t.experiment_request_metadata}) as calls`.execute(db);
    const { succeeded, items, different, calls } = rows[0]!;
    claims.atLeast(
      `${experiments} experiments, ${kills} kills of one in four workers: share that succeeded`,
      succeeded / experiments,
      1,
    );
    claims.atLeast(
      'its items / items of as many questionnaires',
      different / (experiments * ITEMS),
      1,
    );
    claims.atMost('items stored / different ones', items / different, 1);
    claims.atMost('calls stored / experiments', calls / experiments, 1.2);
  });
}

/** A provider that never answers. */
async function silentProvider(
  onRequest: () => void,
): Promise<AsyncDisposable & { readonly baseUrl: string }> {
  const server = createServer(() => onRequest());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function benchTakeover(bench: Bench, claims: Claims): Promise<void> {
  const experiments = 16;
  await withStudy(bench.postgres, experiments, async () => {
    const asked = Promise.withResolvers<void>();
    let requests = 0;
    await using silent = await silentProvider(() => {
      if (++requests === experiments) asked.resolve();
    });
    const first = start(
      { ...bench, baseUrl: silent.baseUrl },
      'worker',
      '--max-workers',
      String(experiments),
    );
    await asked.promise;
    first.kill('SIGKILL');
    const begun = performance.now();
    await finish(start(bench, 'worker', '--max-workers', String(experiments)));
    claims.atMost(
      'from the death of a worker until another has done all it had in hand, s',
      (performance.now() - begun) / 1000,
      30,
    );
  });
}

async function benchMillion(bench: Bench, claims: Claims, small: boolean): Promise<void> {
  const pending = small ? 100_000 : 1_000_000;
  await withStudy(bench.postgres, pending, async () => {
    const timed = async (...args: [string, ...string[]]) => {
      const begun = performance.now();
      await finish(start(bench, ...args));
      return performance.now() - begun;
    };
    const middle = (values: readonly number[]) =>
      values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
    const times: number[] = [];
    for (let round = 0; round < 7; round++) times.push(await timed('status'));
    claims.atMost(
      `${pending} pending: "status" from process start to end, ms (median of 7)`,
      middle(times),
      300,
    );

    const asked = Promise.withResolvers<void>();
    await using silent = await silentProvider(asked.resolve);
    const begun = performance.now();
    const child = start({ ...bench, baseUrl: silent.baseUrl }, 'worker');
    await asked.promise;
    claims.atMost(
      `${pending} pending: from process start to the first call, s`,
      (performance.now() - begun) / 1000,
      2,
    );
    child.kill('SIGKILL');
    await once(child, 'close');

    const runner = start(bench, 'run-experiments', '--batch-size', '3000', '--max-workers', '64');
    let peak = 0;
    const timer = setInterval(() => {
      peak = Math.max(peak, residentMb(runner.pid!));
    }, 50);
    await finish(runner);
    clearInterval(timer);
    claims.atMost(
      `${pending} pending: peak memory of the client over 3,000 experiments, MB`,
      peak,
      400,
    );
  });
}

/** The kernel's own record of the highest, in MB; 0 once the process is gone. */
function residentMb(pid: number): number {
  try {
    return (
      Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
    );
  } catch {
    return 0;
  }
}

export async function benchWorkers(
  claims: Claims,
  seed: number,
  small: boolean,
  postgres: string,
): Promise<void> {
  const provider = fork(fileURLToPath(new URL('../loopback.ts', import.meta.url)), [
    String(LATENCY_MS),
  ]);
  const [baseUrl] = (await once(provider, 'message')) as [string];
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-bench-'));
  const bench: Bench = { postgres, folder, baseUrl };
  try {
    await benchScaling(bench, claims);
    await benchKills(bench, claims, seed, small);
    await benchTakeover(bench, claims);
    await benchMillion(bench, claims, small);
  } finally {
    provider.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}
