/** SQL of verification: administrations as they are stored, a page at a time. Reads only. */
import { sql } from 'kysely';
import type { Order } from '../../administration/order.ts';
import type { Database } from '../../db/connect.ts';
import type { ItemState } from '../../db/schema/tables.ts';

/** A call as it is stored; its bodies are packed. */
export interface PackedCall {
  readonly id: number;
  readonly requestJson: unknown;
  readonly responseJson: unknown;
  readonly about: Readonly<Record<string, unknown>> | null;
  readonly requestGzip: Uint8Array | null;
  readonly responseGzip: Uint8Array | null;
  /** What the model said, as text. */
  readonly reply: string | null;
  /** Of the parser that read it; null where it is not recorded. */
  readonly parserVersion: number | null;
  /** Which of the calls of its administration it is, and what it asked; null for an only one. */
  readonly part: { readonly call: number; readonly items: readonly number[] } | null;
}

/** What is stored of one item. */
export interface StoredItem {
  readonly number: number;
  readonly answer: number | null;
  readonly state: ItemState | null;
  /** An answer that is no whole number; a short text; probabilities by answer. */
  readonly quantity: number | null;
  readonly text: string | null;
  readonly probabilities: Readonly<Record<string, number>> | null;
}

export interface StoredAdministration {
  readonly id: number;
  readonly questionnaire: string | null;
  readonly succeeded: boolean | null;
  readonly explanation: string | null;
  readonly order: Order;
  /** Of its group; null where another program made it. */
  readonly instrumentSha256: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly calls: readonly PackedCall[];
  readonly items: readonly StoredItem[];
  readonly scores: readonly { readonly scale: string; readonly score: number | null }[];
}

/** Packed, of one page: what is in memory at a time. */
const PAGE_BYTES = 8 << 20;

/** The numbers of the administrations after one of them, in their order. */
export async function administrationsAfter(
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
export async function storedAdministrations(
  { db, t }: Database,
  ids: readonly number[],
): Promise<StoredAdministration[]> {
  const those = sql`any(${[...ids]}::int[])`;
  type Head = Omit<StoredAdministration, 'calls' | 'items' | 'scores' | 'order'> & Order;
  const heads = await sql<Head>`
    select e.experiment_id as id, e.questionnaire, e.succeeded, e.llm_explanation as explanation, d.item_order as items, d.option_order as options,
      g.instrument_sha256::text as "instrumentSha256", coalesce(g.administration, '{}') as settings
    from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id)
    left join ${t.group_details} g on g.experiments_group_id = e.experiments_group_id
    where e.experiment_id = ${those} order by 1`.execute(db);
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
  // Of several answers to one item, as another program may have stored, the first counts.
  type Item = StoredItem & { readonly of: number };
  const items = await sql<Item>`
    select coalesce(a.experiment_id, i.experiment_id) as of, coalesce(a.question_number, i.question_number) as number,
      a.answer, i.state, i.quantity, i.reply_text as text, p.probabilities
    from (select distinct on (experiment_id, question_number) experiment_id, question_number, answer
      from ${t.eval_questionnaires} where experiment_id = ${those} order by experiment_id, question_number, id) as a
    full join (select * from ${t.item_states} where experiment_id = ${those}) as i
      on i.experiment_id = a.experiment_id and i.question_number = a.question_number
    left join (select experiment_id, question_number, jsonb_object_agg(answer, probability) as probabilities
      from ${t.item_probabilities} where experiment_id = ${those} group by 1, 2) as p
      on p.experiment_id = coalesce(a.experiment_id, i.experiment_id)
      and p.question_number = coalesce(a.question_number, i.question_number)
    order by 1, 2`.execute(db);
  const scores = await sql<{ of: number; scale: string; score: number | null }>`
    select experiment_id as of, scale, score from ${t.scores} where experiment_id = ${those} order by 1, 2`.execute(
    db,
  );
  const callsOf = Map.groupBy(calls.rows, (one) => one.of);
  const itemsOf = Map.groupBy(items.rows, (one) => one.of);
  const scoresOf = Map.groupBy(scores.rows, (one) => one.of);
  return heads.rows.map(({ items: itemOrder, options, ...head }) => ({
    ...head,
    order: { items: itemOrder, options },
    calls: (callsOf.get(head.id) ?? []).map(({ call, items: asked, ...one }) => ({
      ...one,
      part: call === null || asked === null ? null : { call, items: asked },
    })),
    items: itemsOf.get(head.id) ?? [],
    scores: scoresOf.get(head.id) ?? [],
  }));
}
