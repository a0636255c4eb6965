/** A study for the bench, and how fast it is asked, beside a loop that keeps nothing. */
import { fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import OpenAI from 'openai';
import { administration } from '../src/administration/settings.ts';
import type { Config } from '../src/config/config.ts';
import { loadConfig } from '../src/config/load.ts';
import { type Database, openMigrated } from '../src/db/connect.ts';
import { dropSchema } from '../src/db/schema/list.ts';
import { registerQuestionnaireExperiments } from '../src/experiments/registration/register.ts';
import { runPendingExperiments } from '../src/experiments/run.ts';
import { findInstrument } from '../src/instruments/load.ts';
import { createCatalogue } from '../src/models/catalogue.ts';
import { openProvider } from '../src/providers/open.ts';
import { chatBody } from '../src/providers/openai-request.ts';
import type { CompletionRequest } from '../src/providers/provider.ts';
import { providerSettings } from '../src/providers/settings.ts';

export const LATENCY_MS = 200;
export const catalogue = createCatalogue();
export const model = catalogue.find('sim-gpt4o');
const description = Array.from(
  { length: 28 },
  (_, line) =>
    `Line ${line} of a life that is quiet on weekdays and loud on Sundays, told at its own pace.`,
).join(' ');

/** The simulated model at an address; nothing of this computer's configuration. */
export function configAt(baseUrl: string): Config {
  return loadConfig({}, { PERSONAS_PROVIDERS__SIMULATED__BASE_URL: baseUrl }, tmpdir());
}

export async function withPersonas(database: Database, personas: number): Promise<void> {
  await sql`insert into ${database.t.personas} (ref_personality_id, population, model, name, description, repetitions)
    select n, 'bench', 'sim-gpt4o', 'Person ' || n, 'Person ' || n || '. ' || ${description}, 1 from generate_series(1, ${personas}::int) n`.execute(
    database.db,
  );
}

export async function register(database: Database, callsEach = 1): Promise<void> {
  const instrument = findInstrument('epqra');
  const perCall = callsEach === 1 ? 'all' : Math.ceil(instrument.items.length / callsEach);
  await registerQuestionnaireExperiments(database, catalogue, {
    instrument,
    administration: administration.parse({ items_per_call: perCall }),
    models: ['sim-gpt4o'],
    populations: ['bench'],
    repoSha: 'bench',
    now: new Date(0),
  });
}

export async function scratch<T>(
  location: Parameters<typeof openMigrated>[0]['database'],
  use: (database: Database) => Promise<T>,
): Promise<T> {
  await using database = await openMigrated({ database: location, schema: 'bench' });
  try {
    return await use(database);
  } finally {
    if (location.kind === 'postgres') await dropSchema(database);
  }
}

export interface Pace {
  readonly perSecond: number;
  readonly cpuMs: number;
}

export async function paceOf(calls: number, work: () => Promise<unknown>): Promise<Pace> {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await work();
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: calls / seconds, cpuMs: (user + system) / 1000 / calls };
}

/** Of the calls of a loop that knows no personas. */
export function systemMessage(seed: number): string {
  return `Person ${seed}. ${description}`;
}

/** The same calls through the same transport in a loop that knows no database. */
export async function bareLoop(baseUrl: string, calls: number, workers: number): Promise<Pace> {
  const config = configAt(baseUrl);
  await using provider = await openProvider(providerSettings(config, 'simulated', null, workers));
  return loopOf(calls, workers, requestOf, (request) =>
    provider.complete(request, new AbortController().signal),
  );
}

/** The same requests by the client library alone, with its own `fetch`. */
export function sdkLoop(baseUrl: string, calls: number, workers: number): Promise<Pace> {
  const client = new OpenAI({ apiKey: 'none', baseURL: baseUrl, maxRetries: 0 });
  const bodyOf = (seed: number) => chatBody(requestOf(seed), { json: true, schema: 'json_schema' });
  return loopOf(calls, workers, bodyOf, async (body) => {
    const { choices } = await client.chat.completions.create(body);
    if (!choices[0]?.message.content) throw new Error('The SDK received no reply');
  });
}

const { prompt } = findInstrument('epqra');

function requestOf(seed: number): CompletionRequest {
  return {
    modelId: model.modelId,
    system: systemMessage(seed),
    user: prompt,
    ...model.parameters,
    turns: [],
    format: 'json',
    logprobs: null,
    seed,
  };
}

function loopOf<R>(
  calls: number,
  workers: number,
  requestAt: (call: number) => R,
  send: (request: R) => Promise<unknown>,
): Promise<Pace> {
  let next = 0;
  const worker = async () => {
    while (next < calls) await send(requestAt(next++));
  };
  return paceOf(calls, () => Promise.all(Array.from({ length: workers }, worker)));
}

export async function runPace(
  location: Parameters<typeof openMigrated>[0]['database'],
  baseUrl: string,
  calls: number,
  workers: number,
  callsEach = 1,
): Promise<Pace> {
  return scratch(location, async (database) => {
    await withPersonas(database, calls / callsEach);
    await register(database, callsEach);
    const config = configAt(baseUrl);
    return paceOf(calls, () => runPendingExperiments(database, config, { maxWorkers: workers }));
  });
}

/** The provider, in a process of its own, until it is disposed of. */
export async function startLoopback(
  latencyMs = LATENCY_MS,
): Promise<AsyncDisposable & { readonly baseUrl: string }> {
  const server = fork(fileURLToPath(new URL('loopback.ts', import.meta.url)), [String(latencyMs)]);
  const baseUrl = await new Promise<string>((resolve) =>
    server.once('message', (url) => resolve(String(url))),
  );
  return {
    baseUrl,
    async [Symbol.asyncDispose]() {
      server.disconnect();
    },
  };
}
