/** What the study file of a schema says of the study's own rows: their columns and conditions. */
import { sql } from 'kysely';
import type { Relations } from '../db/relations.ts';
import type { Session } from '../db/session.ts';
import type { OwnColumns } from './data.ts';
import { labelOwnConditions, type OwnConditionLabel } from './own-conditions.ts';

/** Without a study file there are none. */
export async function readOwnColumns({ db }: Session, t: Relations): Promise<OwnColumns> {
  const { rows } = await sql<OwnColumns>`
    select content::jsonb #>> '{personas,vignette}' as vignette,
      content::jsonb #>> '{personas,weight}' as weight,
      array(select key from json_object_keys(content::json #> '{personas,rows,0,columns}')
        with ordinality as keys (key, at) order by at) as names,
      (select count(*)::int from json_array_elements(content::json #> '{personas,rows}') as rows (one)
        where one ->> 'description' is not null) as described,
      (select count(*)::int from json_array_elements(content::json #> '{personas,rows}') as rows (one)
        where one ->> 'description' is null) as bare
    from ${t.pipeline_file}`.execute(db);
  return rows[0] ?? { names: [], described: 0, bare: 0, vignette: null, weight: null };
}

/** By name, in the order of the file. */
export async function readOwnConditions(
  { db }: Session,
  t: Relations,
): Promise<ReadonlyMap<string, OwnConditionLabel>> {
  const { rows } = await sql<{
    name: string;
    columns: Readonly<Record<string, string>>;
    condition: readonly string[];
    cross: Readonly<Record<string, readonly string[]>>;
  }>`
    select name, columns, condition, "cross" from (
      select distinct on (one ->> 'condition') one ->> 'condition' as name, one -> 'columns' as columns, at,
        content::json #> '{personas,condition}' as condition, content::json #> '{personas,cross}' as "cross"
      from ${t.pipeline_file},
        json_array_elements(content::json #> '{personas,rows}') with ordinality as rows (one, at)
      order by one ->> 'condition', at) as first
    order by at`.execute(db);
  return labelOwnConditions(
    rows.map(({ name, columns, condition, cross }) => {
      const made = condition.length > 0 ? condition : Object.keys(cross);
      const levels = made.flatMap((column) =>
        columns[column] === undefined ? [] : [[column, columns[column].trim()] as const],
      );
      return { name, levels };
    }),
  );
}
