/**
 * A study for the fault bench, the processes that work on it, and what its database says in the
 * end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import type { DatabaseLocation } from '../../src/config/location.ts';
import { open, openMigrated } from '../../src/db/connect.ts';
import { dropSchema } from '../../src/db/schema/list.ts';
import { importLines, people, register } from '../../test/support/study.ts';

/** As it is installed; made by `npm run build`. */
const MAIN = fileURLToPath(new URL('../../bin/personas.js', import.meta.url));
const MODEL = 'gpt4o';

export interface BenchStudy extends AsyncDisposable {
  readonly database: DatabaseLocation;
  readonly schema: string;
  readonly folder: string;
  readonly experiments: number;
}

export interface StudyOptions {
  /** URL of the server; the embedded database without. */
  readonly postgres?: string | undefined;
  readonly experiments: number;
  /** A folder of the caller's own for everything; it stays. */
  readonly folder?: string;
}

let studies = 0;

/** Personas that say their number, each with one experiment to do. */
export async function makeStudy({
  postgres,
  experiments,
  folder: given,
}: StudyOptions): Promise<BenchStudy> {
  const folder = given ?? mkdtempSync(path.join(tmpdir(), 'personas-bench-'));
  mkdirSync(folder, { recursive: true });
  const database: DatabaseLocation =
    postgres === undefined
      ? { kind: 'embedded', folder: path.join(folder, 'database') }
      : { kind: 'postgres', url: postgres };
  const schema = `bench_faults_${++studies}`;
  await using opened = await openMigrated({ database, schema });
  await importLines(opened, people('bench', experiments, { model: MODEL }));
  await register(opened, ['bench'], { models: [MODEL] });
  return {
    database,
    schema,
    folder,
    experiments,
    async [Symbol.asyncDispose]() {
      if (postgres !== undefined) {
        await using again = await openMigrated({ database, schema });
        await dropSchema(again);
      }
      if (given === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Process {
  readonly child: ChildProcess;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly said: string;
  }>;
}

export interface ProcessOptions {
  readonly baseUrl: string;
  /** Sections of the configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Where the database is to be found, when not where the study says. */
  readonly database?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** `run-experiments` as a user starts it, with the OpenAI client. */
export function startRun(
  study: BenchStudy,
  workers: number,
  { baseUrl, config = {}, database, env = {} }: ProcessOptions,
): Process {
  const file = path.join(study.folder, 'bench.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  const where =
    database ??
    (study.database.kind === 'postgres'
      ? study.database.url
      : (study.database as { folder: string }).folder);
  const args = [
    'run-experiments',
    '--database',
    where,
    '--schema',
    study.schema,
    '--config',
    file,
    '--max-workers',
    String(workers),
  ];
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: study.folder,
    env: { PATH: process.env.PATH, OPENAI_API_KEY: 'bench', OPENAI_BASE_URL: baseUrl, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4000);
    });
  }
  return {
    child,
    ended: once(child, 'close').then(() => ({
      code: child.exitCode,
      signal: child.signalCode,
      said,
    })),
  };
}

/** A call as the database has it. */
export interface StoredCall {
  readonly person: number;
  /** Index of the provider's call whose reply it is; null where no reply came. */
  readonly index: number | null;
  readonly kind: string | null;
  readonly outcome: string;
}

export interface Stored {
  readonly succeeded: ReadonlySet<number>;
  readonly calls: readonly StoredCall[];
  /** By person, true by item. */
  readonly answers: ReadonlyMap<number, ReadonlyMap<number, boolean>>;
  readonly items: number;
}

export async function readStored(study: BenchStudy): Promise<Stored> {
  await using database = await open(study);
  const { db, t } = database;
  const { rows: succeeded } = await sql<{ person: number }>`
    select personality_id as person from ${t.experiments_list} where succeeded`.execute(db);
  const { rows: calls } = await sql<{
    person: number;
    request: string | null;
    kind: string | null;
    outcome: string;
  }>`
    select e.personality_id as person, m.request_metadata->>'request_id' as request, m.request_metadata->>'error_kind' as kind,
      m.request_metadata->>'outcome' as outcome
    from ${t.experiment_request_metadata} m join ${t.experiments_list} e using (experiment_id) order by m.id`.execute(
    db,
  );
  const { rows: items } = await sql<{ person: number; item: number; answer: number }>`
    select e.personality_id as person, a.question_number as item, a.answer
    from ${t.eval_questionnaires} a join ${t.experiments_list} e using (experiment_id)`.execute(db);
  const answers = new Map<number, Map<number, boolean>>();
  for (const { person, item, answer } of items) {
    const sheet = answers.get(person) ?? new Map<number, boolean>();
    answers.set(person, sheet.set(item, answer === 1));
  }
  return {
    succeeded: new Set(succeeded.map((one) => one.person)),
    calls: calls.map(({ person, request, kind, outcome }) => ({
      person,
      index: request === null ? null : Number(/^req-(\d+)$/.exec(request)![1]),
      kind,
      outcome,
    })),
    answers,
    items: items.length,
  };
}
