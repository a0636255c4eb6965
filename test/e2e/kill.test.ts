import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { describe, expect, inject, test } from 'vitest';
import type { DatabaseLocation } from '../../src/config.ts';
import { open, openMigrated } from '../../src/database/connect.ts';
import { dropSchema } from '../../src/database/schemas.ts';
import { startSimulator } from '../../src/providers/simulated/server.ts';
import { DATABASES, freshSchema } from '../support/database.ts';
import { EPQRA, importLines, people, register, temporaryFolder } from '../support/study.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const EXPERIMENTS = 60;

/** The same numbers in every run of the tests. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** The simulator, with its requests counted. */
async function countedSimulator() {
  let answered = 0;
  let waiting: { readonly count: number; readonly reached: () => void } | null = null;
  const simulator = await startSimulator({
    latencyMs: 20,
    onRequest: () => {
      answered++;
      if (waiting !== null && answered >= waiting.count) waiting.reached();
    },
  });
  return {
    get answered() {
      return answered;
    },
    baseUrl: simulator.openaiBaseUrl,
    /** Resolves when so many more requests have been answered. */
    more(count: number): Promise<void> {
      return new Promise((reached) => {
        waiting = { count: answered + count, reached };
      });
    },
    [Symbol.asyncDispose]: () => simulator[Symbol.asyncDispose](),
  };
}

interface Place {
  readonly database: DatabaseLocation;
  readonly schema: string;
}

async function prepared(place: Place): Promise<void> {
  await using database = await openMigrated(place);
  await importLines(database, people('p', EXPERIMENTS));
  await register(database, ['p']);
}

function startRun(
  { database, schema }: Place,
  folder: string,
  baseUrl: string,
): { child: ChildProcess; ended: Promise<unknown>; said: () => string } {
  const where = database.kind === 'postgres' ? database.url : database.kind === 'embedded' ? database.folder : 'memory';
  const child = spawn(process.execPath, [MAIN, 'run-experiments', '--database', where, '--schema', schema, '--max-workers', '4'], {
    cwd: folder,
    env: { PATH: process.env.PATH, PERSONAS_PROVIDERS__SIMULATED__BASE_URL: baseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr!.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return { child, ended: once(child, 'close'), said: () => said };
}

/** Everything has succeeded, with each item once and its calls kept; says how many calls were kept. */
async function expectComplete(place: Place): Promise<number> {
  await using database = await open(place);
  const { db, t } = database;
  const { rows } = await sql<Record<string, number>>`select
    (select count(*)::int from ${t.experiments_list} where succeeded) as succeeded,
    (select count(*)::int from ${t.eval_questionnaires}) as answers,
    (select count(*)::int from (select distinct experiment_id, question_number from ${t.eval_questionnaires}) as d) as different,
    (select count(*)::int from ${t.experiment_request_metadata}) as calls,
    (select count(*)::int from ${t.call_bytes}) as bytes,
    (select count(distinct experiment_id)::int from ${t.experiment_request_metadata} where request_metadata->>'outcome' = 'answered') as asked,
    (select count(*)::int from ${t.experiments_groups} where processed and concluded) as processed`.execute(db);
  const items = EXPERIMENTS * EPQRA.items.length;
  const calls = rows[0]!.calls!;
  expect(rows[0]).toEqual({
    succeeded: EXPERIMENTS,
    answers: items,
    different: items,
    calls,
    bytes: calls,
    asked: EXPERIMENTS,
    processed: 1,
  });
  return calls;
}

describe.each(DATABASES)('processes that are killed (%s)', (kind) => {
  test('leave nothing half done, and the next one goes on', async () => {
    using folder = temporaryFolder();
    await using simulator = await countedSimulator();
    const database: DatabaseLocation =
      kind === 'postgres' ? { kind, url: inject('postgres') } : { kind, folder: path.join(folder.path, 'database') };
    const place = { database, schema: freshSchema() };
    await prepared(place);
    const random = seeded(20_251);
    for (let round = 0; round < 3; round++) {
      const enough = simulator.more(1 + random(12));
      const run = startRun(place, folder.path, simulator.baseUrl);
      await Promise.race([enough, run.ended]);
      run.child.kill('SIGKILL');
      await run.ended;
      expect(run.child.signalCode, run.said()).toBe('SIGKILL');
    }
    const last = startRun(place, folder.path, simulator.baseUrl);
    await last.ended;
    expect(last.child.exitCode, last.said()).toBe(0);
    const calls = await expectComplete(place);
    // No result was stored twice; what a killed process had not stored was asked again.
    expect(calls).toBe(EXPERIMENTS);
    expect(simulator.answered).toBeGreaterThanOrEqual(calls);
    if (kind === 'postgres') {
      await using opened = await open(place);
      await dropSchema(opened);
    }
  });
});

describe('two processes on one server', () => {
  test('share the work and ask for each experiment once', async () => {
    using folder = temporaryFolder();
    await using simulator = await countedSimulator();
    const place: Place = { database: { kind: 'postgres', url: inject('postgres') }, schema: freshSchema() };
    await prepared(place);
    const runs = [startRun(place, folder.path, simulator.baseUrl), startRun(place, folder.path, simulator.baseUrl)];
    await Promise.all(runs.map((run) => run.ended));
    expect(runs.map((run) => run.child.exitCode)).toEqual([0, 0]);
    expect(await expectComplete(place)).toBe(EXPERIMENTS);
    expect(simulator.answered).toBe(EXPERIMENTS);
    await using opened = await open(place);
    await dropSchema(opened);
  });
});
