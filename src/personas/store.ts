/** SQL of personas. */
import { sql, type Transaction } from 'kysely';
import type { Database } from '../db/connect.ts';
import type { RowOrigin, Tables } from '../db/schema/tables.ts';
import { PERSONA_COLUMNS, type PersonaRow } from './persona.ts';

interface Provenance {
  readonly origin: RowOrigin;
  readonly source: string | null;
  /** Hash of the vocabulary that cleaned the demographics; null where they were brought. */
  readonly vocabulary: string | null;
}

/**
 * Stores personas in one transaction, in batches as they come.
 * @returns how many, and how many texts were longer than their column and are kept whole in
 *   `persona_texts`
 */
export async function insertPersonas(
  database: Database,
  batches: AsyncIterable<readonly PersonaRow[]>,
  provenance: Provenance,
): Promise<{ personas: number; cut: number }> {
  const { t, schema } = database;
  return database.db.transaction().execute(async (transaction) => {
    let personas = 0;
    let cut = 0;
    for await (const batch of batches) {
      await insertBatch(transaction, database, batch, provenance);
      personas += batch.length;
      cut += batch.reduce((sum, row) => sum + row.fullTexts.length, 0);
    }
    // Rows that brought ids of their own have passed the sequence by.
    await sql`select setval(pg_get_serial_sequence(${`${schema}.personas`}, 'id'), greatest((select max(id) from ${t.personas}), 1))`.execute(
      transaction,
    );
    return { personas, cut };
  });
}

/** @returns ids of the personas, in their order */
export async function insertBatch(
  transaction: Transaction<Tables>,
  { schema, t }: Database,
  batch: readonly PersonaRow[],
  provenance: Provenance,
): Promise<number[]> {
  const names = [...PERSONA_COLUMNS.keys()].filter((name) => name !== 'id');
  const columns = sql.join(names.map((name) => sql.ref(name)));
  const rows = JSON.stringify(batch.map((row) => row.columns));
  // Ids are drawn here, so that the long texts find their personas; the sequence is looked up once,
  // as a subquery.
  const { rows: inserted } = await sql<{ ids: number[] }>`
    with given as (
      select coalesce(r.id, nextval((select pg_get_serial_sequence(${`${schema}.personas`}, 'id')::regclass))::int) as new_id, r.*, g.place
      from jsonb_array_elements(${rows}::jsonb) with ordinality as g (value, place)
      cross join lateral jsonb_populate_record(null::${t.personas}, g.value) as r),
    stored as (insert into ${t.personas} (id, ${columns}) select new_id, ${columns} from given),
    detailed as (insert into ${t.persona_details} (persona_id, origin, source, vocabulary_sha256)
      select new_id, ${provenance.origin}, ${provenance.source}, ${provenance.vocabulary} from given)
    select array_agg(new_id order by place) as ids from given`.execute(transaction);
  const ids = inserted[0]?.ids ?? [];
  const long = batch.flatMap((row, index) =>
    row.fullTexts.map(([column, text]) => ({ id: ids[index]!, column, text })),
  );
  if (long.length > 0) {
    await sql`insert into ${t.persona_texts} (persona_id, column_name, full_text)
      select * from unnest(${long.map((one) => one.id)}::int[], ${long.map((one) => one.column)}::text[], ${long.map((one) => one.text)}::text[])`.execute(
      transaction,
    );
  }
  return ids;
}
