/** SQL of verification: administrations as they are stored, a page at a time. Reads only. */
import { sql } from 'kysely';
import type { Order } from '../../administration/order.ts';
import { int4Array } from '../../db/arrays.ts';
import type { Database } from '../../db/connect.ts';
import {
  itemsOf,
  PAGE_BYTES,
  type PackedCall,
  type RecordSource,
  type StoredRecords,
  type WritingCall,
} from './records.ts';

/** The row of an administration. */
export interface AdministrationRow {
  readonly id: number;
  readonly questionnaire: string | null;
  readonly succeeded: boolean | null;
  /** How it ended, where it did not succeed; null where that is not known. */
  readonly lastOutcome: string | null;
  readonly explanation: string | null;
  readonly order: Order;
  /** Of its group; null where another program made it. */
  readonly instrumentSha256: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The records of a schema. */
export function recordsIn(database: Database): RecordSource {
  return {
    administrationsAfter: (after, size) => administrationsAfter(database, after, size),
    recordsOf: (ids) => recordsOf(database, ids),
    writingCallsAfter: (after, size) => writingCallsAfter(database, after, size),
  };
}

async function administrationsAfter(
  { db, t }: Database,
  after: number,
  size: number,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with page as (select experiment_id as id from ${t.experiments_list} where experiment_id > ${after} order by 1 limit ${size}),
    sizes as (select page.id, coalesce(sum(octet_length(b.request_gzip) + coalesce(octet_length(b.response_gzip), 0)), 0) as bytes
      from page left join ${t.experiment_request_metadata} m on m.experiment_id = page.id
      left join ${t.call_bytes} b on b.request_metadata_id = m.id group by page.id)
    select id from (select id, sum(bytes) over (order by id) - bytes as before from sizes) as summed
    where before <= ${PAGE_BYTES} order by id`.execute(db);
  return rows.map(({ id }) => id);
}

/** Administrations by their numbers, in order of number; those that do not exist are missing. */
export async function administrationRows(
  { db, t }: Database,
  ids: readonly number[],
): Promise<AdministrationRow[]> {
  const { rows } = await sql<Omit<AdministrationRow, 'order'> & Order>`
    select e.experiment_id as id, e.questionnaire, e.succeeded, e.llm_explanation as explanation, d.last_outcome as "lastOutcome",
      d.item_order as items, d.option_order as options,
      g.instrument_sha256::text as "instrumentSha256", coalesce(g.administration, '{}') as settings
    from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id)
    left join ${t.group_details} g on g.experiments_group_id = e.experiments_group_id
    where e.experiment_id = any(${int4Array(ids)}::int[]) order by 1`.execute(db);
  return rows.map(({ items, options, ...row }) => ({ ...row, order: { items, options } }));
}

async function recordsOf(
  { db, t }: Database,
  ids: readonly number[],
): Promise<(id: number) => StoredRecords> {
  const those = sql`any(${int4Array(ids)}::int[])`;
  type Call = Omit<PackedCall, 'part'> & {
    readonly of: number;
    readonly call: number | null;
    readonly items: readonly number[] | null;
  };
  const calls = await sql<Call>`
    select m.experiment_id as of, m.id, m.request_json as "requestJson", m.response_json as "responseJson",
      m.request_metadata as about, b.request_gzip as "requestGzip", b.response_gzip as "responseGzip", r.reply,
      r.parser_version as "parserVersion", p.call, p.items
    from ${t.experiment_request_metadata} m left join ${t.call_bytes} b on b.request_metadata_id = m.id
    left join ${t.reply_texts} r on r.request_metadata_id = m.id
    left join ${t.administration_calls} p on p.request_metadata_id = m.id and p.experiment_id = m.experiment_id
    where m.experiment_id = ${those} order by m.id`.execute(db);
  type PerAdministration<Row extends readonly unknown[]> = {
    readonly of: number;
    readonly rows: readonly Row[];
  };
  // One value for all answers of an administration: a row for each would take longer to read.
  const answers = await sql<PerAdministration<[number, number | null]>>`
    select experiment_id as of, json_agg(json_build_array(question_number, answer) order by id) as rows
    from ${t.eval_questionnaires} where experiment_id = ${those} group by 1`.execute(db);
  const states = await sql<StateRow>`
    select experiment_id as of, question_number as number, state, quantity, reply_text as text
    from ${t.item_states} where experiment_id = ${those}`.execute(db);
  const probabilities = await sql<ProbabilityRow>`
    select experiment_id as of, question_number as number, answer, probability
    from ${t.item_probabilities} where experiment_id = ${those} order by 1, 2, 3`.execute(db);
  const scores = await sql<PerAdministration<[string, number | null]>>`
    select experiment_id as of, json_agg(json_build_array(scale, score) order by scale) as rows
    from ${t.scores} where experiment_id = ${those} group by 1`.execute(db);
  const callsOf = Map.groupBy(calls.rows, (one) => one.of);
  const answersOf = new Map(answers.rows.map(({ of, rows }) => [of, rows]));
  const statesOf = Map.groupBy(states.rows, (one) => one.of);
  const probabilitiesOf = Map.groupBy(probabilities.rows, (one) => one.of);
  const scoresOf = new Map(scores.rows.map(({ of, rows }) => [of, rows]));
  return (id) => ({
    calls: (callsOf.get(id) ?? []).map(({ of: _, call, items, ...one }) => ({
      ...one,
      part: call === null || items === null ? null : { call, items },
    })),
    items: itemsOf(
      (answersOf.get(id) ?? []).map(([number, answer]) => ({ number, answer })),
      statesOf.get(id) ?? [],
      probabilitiesOf.get(id) ?? [],
    ),
    scores: (scoresOf.get(id) ?? []).map(([scale, score]) => ({ scale, score })),
  });
}

type StateRow = Parameters<typeof itemsOf>[1][number] & { readonly of: number };
type ProbabilityRow = Parameters<typeof itemsOf>[2][number] & { readonly of: number };

async function writingCallsAfter(
  { db, t }: Database,
  after: number,
  size: number,
): Promise<WritingCall[]> {
  const { rows } = await sql<WritingCall>`
    with page as (select m.id, octet_length(b.request_gzip) + coalesce(octet_length(b.response_gzip), 0) as bytes
      from ${t.generation_request_metadata} m left join ${t.generation_call_bytes} b on b.request_metadata_id = m.id
      where m.id > ${after} order by 1 limit ${size}),
    summed as (select id, coalesce(sum(bytes) over (order by id), 0) - coalesce(bytes, 0) as before from page)
    select m.id, n.persona_id as "personaId", m.request_json as "requestJson", m.response_json as "responseJson",
      m.request_metadata as about, b.request_gzip as "requestGzip", b.response_gzip as "responseGzip"
    from summed join ${t.generation_request_metadata} m using (id)
    left join ${t.generation_call_bytes} b on b.request_metadata_id = m.id
    left join ${t.generations} n on n.generation_id = m.generation_id
    where before <= ${PAGE_BYTES} order by m.id`.execute(db);
  return rows;
}
