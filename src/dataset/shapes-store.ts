/** SQL of what the study's tables look like. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { STUDY_TABLES, type StudyTable } from './tables.ts';

export interface DatabaseColumn {
  readonly name: string;
  /** As the server names it, e.g. `integer`, `jsonb`. */
  readonly type: string;
  /** It must be given a value: not null, and without a default. */
  readonly required: boolean;
}

export interface TableShape {
  readonly columns: readonly DatabaseColumn[];
  /** Columns of the primary key, in its order. */
  readonly key: readonly string[];
  /** The column that a sequence numbers, or null. */
  readonly numbered: string | null;
}

/** The study's tables as they are in the schema. */
export async function shapesOf({
  db,
  schema,
}: Pick<Database, 'db' | 'schema'>): Promise<Map<StudyTable, TableShape>> {
  const { rows } = await sql<{
    name: StudyTable;
    columns: DatabaseColumn[];
    key: string[] | null;
    numbered: string | null;
  }>`
    select c.relname as name,
      jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, null),
        'required', a.attnotnull and not a.atthasdef and a.attidentity = '') order by a.attnum) as columns,
      (select array_agg(k.attname::text order by p.place) from pg_index i
        cross join lateral unnest(i.indkey) with ordinality as p (attnum, place)
        join pg_attribute k on k.attrelid = c.oid and k.attnum = p.attnum where i.indrelid = c.oid and i.indisprimary) as key,
      min(a.attname::text) filter (where pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) is not null) as numbered
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname = ${schema} and c.relkind in ('r', 'p') and c.relname = any(${[...STUDY_TABLES]}::text[])
    group by c.oid, c.relname`.execute(db);
  return new Map(
    rows.map(({ name, columns, key, numbered }) => [name, { columns, key: key ?? [], numbered }]),
  );
}
