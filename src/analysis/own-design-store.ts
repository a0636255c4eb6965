/** What the study file of a schema says of the study's own rows: their columns and conditions. */
import { sql } from 'kysely';
import type { Relations } from '../db/relations.ts';
import type { Session } from '../db/session.ts';
import { labelOwnConditions, type OwnConditionLabel } from './own-conditions.ts';

/** What the study file says of the own columns of its personas. */
export interface OwnColumns {
  /** In the order of the file; empty where no study file has any. */
  readonly names: readonly string[];
  /** Says what is the same case in several personas, which `Administration.clusterId` is then. */
  readonly vignette: string | null;
  /** How many rows each condition has, in the order of the file; empty where it is not known. */
  readonly rows: readonly OwnRowCounts[];
  /** As `vignette`, no factor. */
  readonly weight: string | null;
}

/** Rows of one condition. */
export interface OwnRowCounts {
  /** Its name, which is the population's. */
  readonly condition: string;
  readonly described: number;
  /** Without a description: stimuli, or the control. */
  readonly bare: number;
}

/** Without a study file there are none. */
export async function readOwnColumns({ db }: Session, t: Relations): Promise<OwnColumns> {
  const { rows } = await sql<OwnColumns>`
    select content::jsonb #>> '{personas,vignette}' as vignette,
      content::jsonb #>> '{personas,weight}' as weight,
      array(select key from json_object_keys(content::json #> '{personas,rows,0,columns}')
        with ordinality as keys (key, at) order by at) as names,
      (select coalesce(json_agg(counted order by at), '[]') from (
        select one ->> 'condition' as condition, min(at) as at,
          count(*) filter (where one ->> 'description' is not null)::int as described,
          count(*) filter (where one ->> 'description' is null)::int as bare
        from json_array_elements(content::json #> '{personas,rows}') with ordinality as rows (one, at)
        group by 1) as counted) as rows
    from ${t.pipeline_file}`.execute(db);
  const [found] = rows;
  return found === undefined
    ? { names: [], rows: [], vignette: null, weight: null }
    : {
        ...found,
        rows: found.rows.map(({ condition, described, bare }) => ({ condition, described, bare })),
      };
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
