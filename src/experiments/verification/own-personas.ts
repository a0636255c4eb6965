/** Holds personas of one's own against the rows of the study file that they were made of. */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { type Checked, count, type Deviation } from './deviation.ts';

interface Row {
  readonly id: number;
  readonly description: string | null;
  readonly columns: Readonly<Record<string, string>>;
  /** Null where the study file has no such row. */
  readonly told: {
    readonly description: string | null;
    readonly columns: Readonly<Record<string, string>>;
  } | null;
}

/**
 * What factors and weights are read from: no request tells all of it.
 * @param checked is counted up
 */
export async function verifyOwnPersonas(
  { db, t }: Database,
  checked: Checked,
): Promise<Deviation[]> {
  const { rows } = await sql<Row>`
    with told as (
      select one ->> 'case' as number, one ->> 'condition' as condition, one as row
      from ${t.pipeline_file}, jsonb_array_elements(content::jsonb #> '{personas,rows}') as one),
    own as (select persona_id, jsonb_object_agg(name, value) as columns from ${t.persona_columns} group by 1)
    select p.id, p.description, coalesce(own.columns, '{}') as columns, told.row as told
    from ${t.personas} p left join own on own.persona_id = p.id
    left join told on told.number = p.ref_personality_id::text and told.condition = p.population
    where exists (select from told) and (told.row is not null or own.columns is not null)
    order by p.id`.execute(db);
  count(checked, 'personas', rows.length);
  return rows.flatMap(compareRow);
}

function compareRow({ id, description, columns, told }: Row): readonly Deviation[] {
  const of = {
    check: 'personas',
    subject: `persona ${id}`,
    administration: null,
    call: null,
  } as const;
  if (told === null)
    return [{ ...of, what: 'the case and condition of no row', stored: null, expected: null }];
  const expected = new Map(Object.entries(told.columns).filter(([, value]) => value !== ''));
  const names = new Set([...Object.keys(columns), ...expected.keys()]);
  const pairs = [
    ['the description', description, told.description] as const,
    ...[...names].map(
      (name) => [`column ${name}`, columns[name] ?? null, expected.get(name) ?? null] as const,
    ),
  ];
  return pairs.flatMap(([what, stored, is]) =>
    stored === is ? [] : [{ ...of, what, stored, expected: is }],
  );
}
