/** SQL of personas. */
import { sql } from 'kysely';
import type { Database } from '../database/connect.ts';
import { PUBLISHED_TABLES } from '../database/published.ts';
import type { RowOrigin } from '../database/schema.ts';
import type { PersonaRow } from './persona.ts';

/** Columns of the published table and how long their texts may be; null for no limit. */
export const PERSONA_COLUMNS: ReadonlyMap<string, { readonly type: 'integer' | 'text'; readonly limit: number | null }> = new Map(
  PUBLISHED_TABLES.find((table) => table.name === 'personas')!.columns.map(({ name, type }) => [
    name,
    { type: /^(serial|integer)/.test(type) ? 'integer' : 'text', limit: Number(/varchar\((\d+)\)/.exec(type)?.[1] ?? 0) || null },
  ]),
);

/**
 * Stores personas in one transaction, in batches as they come.
 * @returns how many, and how many texts were longer than their column and are kept whole in `persona_texts`
 */
export async function insertPersonas(
  database: Database,
  batches: AsyncIterable<readonly PersonaRow[]>,
  provenance: { readonly origin: RowOrigin; readonly source: string | null },
): Promise<{ personas: number; cut: number }> {
  const { t, schema } = database;
  const names = [...PERSONA_COLUMNS.keys()].filter((name) => name !== 'id');
  const columns = sql.join(names.map((name) => sql.ref(name)));
  return database.db.transaction().execute(async (transaction) => {
    const sequence = sql`pg_get_serial_sequence(${`${schema}.personas`}, 'id')`;
    let personas = 0;
    let cut = 0;
    for await (const batch of batches) {
      const rows = JSON.stringify(batch.map((row) => row.columns));
      // Ids are drawn here, so that the long texts find their personas.
      const { rows: inserted } = await sql<{ ids: number[] }>`
        with given as (
          select coalesce(r.id, nextval(${sequence})::int) as new_id, r.*, g.place
          from jsonb_array_elements(${rows}::jsonb) with ordinality as g (value, place)
          cross join lateral jsonb_populate_record(null::${t.personas}, g.value) as r),
        stored as (insert into ${t.personas} (id, ${columns}) select new_id, ${columns} from given),
        detailed as (insert into ${t.persona_details} (persona_id, origin, source) select new_id, ${provenance.origin}, ${provenance.source} from given)
        select array_agg(new_id order by place) as ids from given`.execute(transaction);
      const ids = inserted[0]?.ids ?? [];
      const long = batch.flatMap((row, index) => row.fullTexts.map(([column, text]) => ({ id: ids[index]!, column, text })));
      if (long.length > 0) {
        await sql`insert into ${t.persona_texts} (persona_id, column_name, full_text)
          select * from unnest(${long.map((one) => one.id)}::int[], ${long.map((one) => one.column)}::text[], ${long.map((one) => one.text)}::text[])`.execute(
          transaction,
        );
      }
      personas += batch.length;
      cut += long.length;
    }
    await sql`select setval(${sequence}, greatest((select max(id) from ${t.personas}), 1))`.execute(transaction);
    return { personas, cut };
  });
}

/** Personas by model and population, for "what is there". */
export async function countPersonas({ db, t }: Database): Promise<{ model: string | null; population: string | null; personas: number }[]> {
  const { rows } = await sql<{ model: string | null; population: string | null; personas: number }>`
    select model, population, count(*)::int as personas from ${t.personas} group by 1, 2 order by 1, 2`.execute(db);
  return rows;
}
