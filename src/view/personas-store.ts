/** SQL of one persona. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';

export interface PersonaRecord {
  /** Columns of the published table. */
  readonly row: Readonly<Record<string, unknown>>;
  /** Of a study's own file. */
  readonly columns: Readonly<Record<string, string>>;
  /** As tables show it. */
  readonly condition: string | null;
}

/** @returns null when there is no such persona */
export async function readPersona(
  { db, t }: Pick<Database, 'db' | 't'>,
  id: number,
): Promise<PersonaRecord | null> {
  const { rows } = await sql<{
    row: Record<string, unknown>;
    columns: Record<string, string> | null;
    condition: string | null;
  }>`
    select to_jsonb(p) as row, coalesce(known.display, labels.display) as condition,
      (select jsonb_object_agg(c.name, c.value) from ${t.persona_columns} c where c.persona_id = p.id) as columns
    from ${t.personas} p
    left join ${t.populations} known on known.population = p.population
    left join lateral ${t.label_population}(p.population) as labels on true
    where p.id = ${id}::int`.execute(db);
  const [found] = rows;
  return found === undefined ? null : { ...found, columns: found.columns ?? {} };
}
