/**
 * Hostile replies on the way that any reply takes: the adapter, the journal, the task's reader, the
 * commit, and for every other round the journal of a process that ended before it stored anything.
 * What the database holds in the end is compared with what was sent.
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { systemTiming } from '../../src/clock.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Database } from '../../src/db/connect.ts';
import type { AnsweredSheet, RunnableExperiment } from '../../src/experiments/experiment.ts';
import { recoverableExperiments } from '../../src/experiments/run.ts';
import { createBedrockProvider } from '../../src/providers/bedrock.ts';
import { createOpenAiProvider } from '../../src/providers/openai.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { classifyResult, describeCall } from '../../src/runner/call-result.ts';
import { createCommitter } from '../../src/runner/commit/committer.ts';
import { createJournal } from '../../src/runner/journal/journal.ts';
import { journalLocation } from '../../src/runner/journal/location-store.ts';
import { recoverKind } from '../../src/runner/journal/recovery.ts';
import type { Finished } from '../../src/runner/task.ts';
import { diceOf } from './disguises/dice.ts';
import { type HostileReply, hostileReply } from './hostile-replies.ts';
import { MisbehavingServer } from './misbehaving-server.ts';
import { importLines, people, register } from './study.ts';

export interface SeamFuzz {
  readonly replies: number;
  /** Replies that were stored as answered. */
  readonly answered: number;
  /** Replies whose answers are beyond doubt. */
  readonly answerable: number;
  /** Stored as bytes and a note. */
  readonly noted: number;
  /** What must not be, in words, with the number of the reply. */
  readonly faults: readonly string[];
  /** Bytes of the heap after the first and after the last round. */
  readonly heap: { readonly first: number; readonly last: number };
}

const MOST_FAULTS = 20;
const AT_ONCE = 16;

/**
 * @param folder of the journals, for a server
 * @param size experiments of a round, each with one reply
 */
export async function fuzzSeam(
  database: Database,
  folder: string,
  seed: number,
  replies: number,
  size: number,
): Promise<SeamFuzz> {
  const config = loadConfig({}, { PERSONAS_JOURNAL__FOLDER: folder }, folder);
  await importLines(database, people('p', size));
  await register(database, ['p']);
  const faults: string[] = [];
  const sum = { answered: 0, answerable: 0, noted: 0 };
  let first = 0;
  let done = 0;
  for (let round = 0; done < replies; round++) {
    const count = Math.min(size, replies - done);
    const result = await fuzzRound(database, config, seed, done, count, round % 2 === 1);
    sum.answered += result.answered;
    sum.answerable += result.answerable;
    sum.noted += result.noted;
    faults.push(...result.faults);
    done += count;
    if (faults.length > MOST_FAULTS) break;
    await setBack(database);
    if (round === 1) first = heapUsed();
  }
  return { replies: done, ...sum, faults, heap: { first, last: heapUsed() } };
}

function heapUsed(): number {
  globalThis.gc?.();
  const { heapUsed: heap, arrayBuffers } = process.memoryUsage();
  return heap + arrayBuffers;
}

/** @param dies the process ends before anything is stored, and the next brings it in */
async function fuzzRound(
  database: Database,
  config: Config,
  seed: number,
  from: number,
  count: number,
  dies: boolean,
) {
  const faults: string[] = [];
  const work = await recoverableExperiments(database, config);
  const place = await journalLocation(database, config);
  const { rows } = await sql<{
    id: number;
  }>`select experiment_id as id from ${database.t.experiments_list} order by 1 limit ${count}`.execute(
    database.db,
  );
  const prepared = await work.loadAny(rows.map((row) => row.id));
  const tasks = prepared
    .flatMap((one) => (one.runnable ? [one.task] : []))
    .sort((a, b) => a.id - b.id);
  const sent = new Map<
    string,
    { readonly reply: HostileReply; readonly number: number; readonly taskId: number }
  >();
  {
    await using converse = await startConverse();
    await using journal = createJournal(place, { kind: work.queue, now: Date.now });
    const committer = createCommitter<AnsweredSheet, RunnableExperiment>(
      { store: (batch) => work.storeRecovered(batch), storedCalls: (ids) => work.storedCalls(ids) },
      {
        gatherMs: 0,
        timing: systemTiming,
        onStored: ({ calls, finished }) =>
          journal.markStored(
            [...calls, ...finished.map((one) => one.result.call)].map((call) => call.id),
          ),
        onRefused: ({ call, reason }) =>
          faults.push(`${describe(sent.get(call.id))} is refused in every form: ${reason}`),
        onFailure: (error) => faults.push(`the commit fails: ${error}`),
      },
    );
    let next = 0;
    const ask = async () => {
      while (next < tasks.length) {
        const index = next++;
        const task = tasks[index]!;
        const number = from + index;
        const reply = hostileReply(diceOf(seed * 1_000_003 + number));
        await using openai = reply.protocol === 'openai' ? providerOf(reply) : null;
        converse.replies.set(String(number), reply);
        const request = { ...task.request, seed: null };
        const id = await journal.logRequest({
          taskId: task.id,
          model: task.model.name,
          attempt: 1,
          request,
          reservedUsd: 0,
        });
        sent.set(id, { reply, number, taskId: task.id });
        try {
          // By the model's id the server knows which reply is meant.
          const result = await (openai?.complete(request, NEVER) ??
            converse.provider.complete({ ...request, modelId: String(number) }, NEVER));
          converse.replies.delete(String(number));
          await journal.logReply(id, result);
          if (dies) continue;
          const verdict = classifyResult(task, result);
          const call = describeCall(id, task, null, 1, result, verdict);
          committer.finish(finishedOf(task, call, verdict));
        } catch (error) {
          faults.push(`${describe(sent.get(id))} breaks the call: ${error}`);
          journal.markStored([id]);
          sent.delete(id);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
    await committer.flush().catch(() => {});
  }
  if (dies) {
    await using journal = createJournal(place, { kind: work.queue, now: Date.now });
    const recovered = await recoverKind(place, work, journal);
    for (const { callId, reason } of recovered.left)
      faults.push(`${describe(sent.get(callId))} is left in the journal: ${reason}`);
    if (recovered.replies !== sent.size)
      faults.push(`${sent.size} replies were written down, and ${recovered.replies} brought in`);
  }
  const compared = await compare(database, sent);
  return { ...compared, faults: [...faults, ...compared.faults] };
}

function finishedOf(
  task: RunnableExperiment,
  call: ReturnType<typeof describeCall>,
  verdict: ReturnType<typeof classifyResult<AnsweredSheet>>,
): Finished<AnsweredSheet, RunnableExperiment> {
  const claim = { taskId: task.id, id: '', retryCount: 0 };
  if (verdict.outcome === 'continued') throw new Error('a sheet in one call takes no other call');
  return verdict.outcome === 'answered'
    ? {
        claim,
        task,
        result: { kind: 'answered', value: verdict.value, simulated: false, attempts: 1, call },
      }
    : {
        claim,
        task,
        result: {
          kind: 'unanswered',
          closes: null,
          deferred: false,
          outcome: verdict.outcome,
          reason: verdict.reason,
          attempts: 1,
          call,
        },
      };
}

/** What the database holds of a round, held against what was sent. */
async function compare(
  { db, t }: Database,
  sent: ReadonlyMap<
    string,
    { readonly reply: HostileReply; readonly number: number; readonly taskId: number }
  >,
) {
  const faults: string[] = [];
  const { rows: calls } = await sql<{
    id: string;
    task: number;
    outcome: string;
    kind: string | null;
    sha256: string | null;
    note: string | null;
    body: Uint8Array | null;
  }>`select m.request_metadata->>'call_id' as id, m.experiment_id as task, m.request_metadata->>'outcome' as outcome,
      m.request_metadata->>'error_kind' as kind, m.request_metadata->>'response_sha256' as sha256,
      m.request_metadata->>'not_readable' as note, b.response_gzip as body
    from ${t.experiment_request_metadata} m join ${t.call_bytes} b on b.request_metadata_id = m.id`.execute(
    db,
  );
  const { rows: answers } = await sql<{ task: number; answers: Record<string, number> }>`
    select experiment_id as task, jsonb_object_agg(question_number, answer) as answers from ${t.eval_questionnaires} group by 1`.execute(
    db,
  );
  const { rows: succeeded } = await sql<{
    id: number;
  }>`select experiment_id as id from ${t.experiments_list} where succeeded`.execute(db);
  const sheets = new Map(answers.map((row) => [row.task, row.answers]));
  const done = new Set(succeeded.map((row) => row.id));
  const seen = new Set<string>();
  let answered = 0;
  for (const { id, task, outcome, kind, sha256, body } of calls) {
    const known = sent.get(id);
    if (known === undefined || known.taskId !== task || seen.has(id)) {
      faults.push(`call ${id} is stored for experiment ${task}, which did not make it, or twice`);
      continue;
    }
    seen.add(id);
    const { reply } = known;
    // An idle socket that the server closes just when it is used again: then nothing of the reply
    // arrived.
    if (reply.protocol === 'bedrock' && kind === 'network') continue;
    const bytes =
      reply.body.length === 0 ? null : createHash('sha256').update(reply.body).digest('hex');
    if (sha256 !== bytes)
      faults.push(`${describe(known)} is stored under the hash of something else`);
    if (body !== null && !gunzipSync(body).equals(reply.body))
      faults.push(`${describe(known)} is stored as other bytes`);
    if (reply.kind !== null && kind !== reply.kind)
      faults.push(`${describe(known)} is of the kind ${kind}, not ${reply.kind}`);
    const isAnswered = outcome === 'answered';
    if (isAnswered) answered++;
    if (isAnswered !== done.has(task) || isAnswered !== sheets.has(task))
      faults.push(`${describe(known)}: call and answers disagree`);
    if (isAnswered && !isSaid(sheets.get(task) ?? {}, reply.answers))
      faults.push(`${describe(known)} has answers that are not in it`);
    if (!isAnswered && reply.mustAnswer)
      faults.push(`${describe(known)} holds a whole sheet and is ${outcome} (${kind})`);
  }
  for (const [id, known] of sent)
    if (!seen.has(id)) faults.push(`${describe(known)} is not stored`);
  const answerable = [...sent.values()].filter(({ reply }) => reply.mustAnswer).length;
  return { answered, answerable, noted: calls.filter((call) => call.note !== null).length, faults };
}

function isSaid(
  stored: Readonly<Record<string, number>>,
  answers: ReadonlyMap<number, boolean> | null,
): boolean {
  return (
    answers !== null &&
    Object.keys(stored).length === answers.size &&
    [...answers].every(([item, yes]) => stored[String(item)] === (yes ? 1 : 0))
  );
}

function describe(
  known: { readonly reply: HostileReply; readonly number: number } | undefined,
): string {
  if (known === undefined) return 'a reply that was never sent';
  return `reply ${known.number} (${known.reply.what}, status ${known.reply.status}, ${known.reply.body.length} bytes)`;
}

/** All is to do again. */
async function setBack({ db, t }: Database): Promise<void> {
  await sql`truncate ${t.call_bytes}, ${t.experiment_request_metadata}, ${t.eval_questionnaires}, ${t.administration_calls}, ${t.reply_texts}, ${t.item_states}, ${t.item_probabilities}, ${t.scores}`.execute(
    db,
  );
  await sql`update ${t.experiments_list} set succeeded = null, llm_explanation = null`.execute(db);
  await sql`update ${t.experiment_details} set last_outcome = null, last_kind = null, last_reason = null, last_attempt_at = null`.execute(
    db,
  );
}

const NEVER = new AbortController().signal;

/**
 * A provider that says one thing. No wire would carry all of these headers and statuses; a library
 * in between may.
 */
function providerOf({ status, headers, body }: HostileReply): Provider {
  const fetch = async () => ({
    status,
    headers: Object.entries(headers),
    body: body.length === 0 ? null : [body],
  });
  return createOpenAiProvider({
    name: 'hostile',
    baseUrl: 'http://hostile.invalid/v1',
    apiKey: null,
    json: true,
    schema: 'json_schema',
    headers: {},
    timeoutMs: 60_000,
    maxConnections: 1,
    fetch: fetch as unknown as typeof globalThis.fetch,
  });
}

interface Converse extends AsyncDisposable {
  readonly provider: Provider;
  /** By the id of the model that is asked for. */
  readonly replies: Map<string, HostileReply>;
}

async function startConverse(): Promise<Converse> {
  const replies = new Map<string, HostileReply>();
  const server = await MisbehavingServer.start(({ model }) => {
    const { status, body } = replies.get(model)!;
    return { kind: 'sends', status, body };
  });
  const provider = await createBedrockProvider({
    name: 'hostile',
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret-at-all' },
    endpoint: server.url,
    timeoutMs: 60_000,
    maxConnections: AT_ONCE,
  });
  return {
    provider,
    replies,
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
