/** SQL of calls: a readable row and the transferred bytes, for experiments and generation alike. */
import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { sql, type Transaction } from 'kysely';
import { byteaArray, float8Array, int4Array, textArray } from '../../db/arrays.ts';
import type { Database } from '../../db/connect.ts';
import {
  readableBytes,
  storableJson,
  storableText,
  whyUnreadable,
} from '../../db/sanitize-text.ts';
import type { RelationName, Tables } from '../../db/schema/tables.ts';
import { requireStudy } from '../../db/study-id.ts';
import { decompressed } from '../../providers/body.ts';
import type { StoredCall } from '../task.ts';

/** The tables of one kind of task. */
export interface CallTables {
  readonly calls: RelationName;
  /** The column of `calls` that names the task. */
  readonly task: string;
  readonly bytes: RelationName;
  /** What models said, as text, and what reads it; null where it is not kept apart. */
  readonly texts: { readonly table: RelationName; readonly parserVersion: number } | null;
  /** The calls of tasks that take several; null where each takes one. */
  readonly parts: RelationName | null;
}

/**
 * The time by the server's clock, which all attempts are compared with. Later than every attempt,
 * even those made before that clock was set back.
 */
export async function serverNow({ db, t }: Pick<Database, 'db' | 't'>): Promise<Date> {
  // Dates here have no microseconds.
  const { rows } = await sql<{ now: Date }>`select greatest(clock_timestamp(),
      (select max(last_attempt_at) from ${t.experiment_details}) + interval '1 millisecond',
      (select max(last_attempt_at) from ${t.generations}) + interval '1 millisecond') as now`.execute(
    db,
  );
  return rows[0]!.now;
}

/** Ids of the calls about these tasks that are stored. */
export async function storedCallIds(
  { db, t }: Database,
  tables: CallTables,
  tasks: readonly number[],
): Promise<Set<string>> {
  const { rows } = await sql<{
    id: string;
  }>`select request_metadata->>'call_id' as id from ${t[tables.calls]}
    where ${sql.ref(tables.task)} = any(${[...tasks]}::int[]) and request_metadata->>'call_id' is not null`.execute(
    db,
  );
  return new Set(rows.map((row) => row.id));
}

/**
 * Why the database holds a note in place of a readable copy of a call's reply; null where it holds
 * the copy.
 */
export function noteOf({ note, exchange }: StoredCall): string | null {
  return note ?? whyUnreadable(readableReply(exchange));
}

/**
 * @param study that the calls were made for
 * @throws UserError when another one has taken its place
 */
export async function insertCalls(
  transaction: Transaction<Tables>,
  { schema, t }: Database,
  tables: CallTables,
  calls: readonly StoredCall[],
  study: string,
): Promise<void> {
  await requireStudy(transaction, t, schema, study);
  if (calls.length === 0) return;
  const task = sql.ref(tables.task);
  const noted = calls.map((call) => ({ call, note: noteOf(call) }));
  const first = calls.flatMap(({ taskId, part }) => (part?.call === 1 ? [taskId] : []));
  if (tables.parts !== null && first.length > 0)
    // A task that begins anew leaves the calls of before behind.
    await sql`delete from ${t[tables.parts]} where ${task} = any(${int4Array(first)}::int[])`.execute(
      transaction,
    );
  const texts =
    tables.texts === null
      ? sql``
      : sql`texts as (insert into ${t[tables.texts.table]} (request_metadata_id, reply, parser_version)
          select id, reply, ${tables.texts.parserVersion}::int from calls where reply is not null),`;
  const parts =
    tables.parts === null || calls.every((call) => call.part === undefined)
      ? sql``
      : sql`parts as (insert into ${t[tables.parts]} (${task}, call, items, request_metadata_id)
          select task_id, part, items::int[], id from calls where part is not null
          on conflict (${task}, call) do update set items = excluded.items, request_metadata_id = excluded.request_metadata_id),`;
  // The sequence is looked up once, as a subquery.
  await sql`
    with calls as (
      select nextval((select pg_get_serial_sequence(${sql.lit(`${schema}.${tables.calls}`)}, 'id')::regclass))::int as id, c.*
      from unnest(
        ${int4Array(calls.map((call) => call.taskId))}::int[],
        ${float8Array(calls.map((call) => call.exchange.startedAt))}::float8[],
        ${textArray(calls.map((call) => (hasRequest(call) ? readableBytes(call.exchange.requestBody, call.note) : null)))}::text[],
        ${textArray(noted.map(({ call, note }) => readableBytes(readableReply(call.exchange), note)))}::text[],
        ${textArray(noted.map(({ call, note }) => storableJson(callMetadata(call, note))))}::text[],
        ${byteaArray(calls.map((call) => packed(call.exchange.requestBody)))}::bytea[],
        ${byteaArray(calls.map((call) => packed(call.exchange.responseBody)))}::bytea[],
        ${textArray(noted.map(({ call, note }) => (note === null ? storableText(call.reply || null) : null)))}::text[],
        ${int4Array(calls.map((call) => call.part?.call ?? null))}::int[],
        ${textArray(calls.map((call) => (call.part === undefined ? null : `{${call.part.items.join()}}`)))}::text[]
      ) as c (task_id, started_ms, request, response, metadata, request_gzip, response_gzip, reply, part, items)),
    rows as (
      insert into ${t[tables.calls]} (id, created, ${task}, request_json, response_json, request_metadata)
      select id, to_timestamp(started_ms / 1000) at time zone 'UTC', task_id, request::jsonb, response::jsonb, metadata::jsonb from calls),
    ${texts} ${parts}
    bytes as (
      insert into ${t[tables.bytes]} (request_metadata_id, request_gzip, response_gzip)
      select id, request_gzip, response_gzip from calls)
    select`.execute(transaction);
}

/** The `request_metadata` of a call: no secrets. Hashes are of the transferred bytes. */
function callMetadata(call: StoredCall, note: string | null): Record<string, unknown> {
  const { exchange, usage } = call;
  return {
    call_id: call.id,
    attempt: call.attempt,
    outcome: call.outcome,
    status: exchange.status,
    error: call.errorKind === null ? null : call.reason,
    error_kind: call.errorKind,
    reason: call.reason,
    ...(call.code == null ? {} : { reason_code: call.code }),
    latency_ms: call.errorKind === 'unknown_fate' ? null : Math.round(exchange.latencyMs),
    usage:
      usage === null
        ? null
        : {
            input_tokens: usage.inputTokens,
            output_tokens: usage.outputTokens,
            ...(usage.reasoningTokens === null ? {} : { reasoning_tokens: usage.reasoningTokens }),
            ...(usage.cachedTokens === null ? {} : { cached_tokens: usage.cachedTokens }),
          },
    cost_usd: call.costUsd,
    ...(call.providerCostUsd == null ? {} : { provider_cost_usd: call.providerCostUsd }),
    ...(call.reservedUsd === undefined ? {} : { reserved_usd: call.reservedUsd }),
    model_served: call.modelServed,
    request_id: exchange.requestId,
    stop_reason: call.stopReason,
    seed: call.seed,
    request_sha256: hasRequest(call) ? sha256(exchange.requestBody) : null,
    ...(exchange.responseEncoding == null ? {} : { response_encoding: exchange.responseEncoding }),
    response_sha256: exchange.responseBody === null ? null : sha256(exchange.responseBody),
    ...(note === null ? {} : { not_readable: note }),
    ...(call.logprobs == null ? {} : { first_token_logprobs: call.logprobs }),
    ...call.remarks,
  };
}

function readableReply({
  responseBody,
  responseEncoding,
}: StoredCall['exchange']): Uint8Array | null {
  return responseBody === null || responseEncoding == null
    ? responseBody
    : decompressed(responseBody, responseEncoding);
}

/** Of a call of unknown fate, the sent bytes are unknown as well. */
function hasRequest({ exchange }: StoredCall): boolean {
  return exchange.requestBody.byteLength > 0;
}

function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes);
}

/** A body in gzip. The room for the result is no larger than such a body can need. */
function packed(body: Uint8Array): Buffer;
function packed(body: Uint8Array | null): Buffer | null;
function packed(body: Uint8Array | null): Buffer | null {
  if (body === null) return null;
  return body.byteLength > LARGEST_SMALL_BODY
    ? gzipSync(body, { level: 1 })
    : gzipSync(body, { level: 1, chunkSize: body.byteLength + GZIP_ROOM });
}

const LARGEST_SMALL_BODY = 16 * 2 ** 10;
/** Most by which a body of that size can grow: header, trailer and what cannot be compressed. */
const GZIP_ROOM = 128;
