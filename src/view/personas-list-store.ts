/** SQL of lists of personas: filtered, and paged by the number before. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { allOf, type Clause } from './conditions-store.ts';
import type { Field } from './filter.ts';

export interface PersonaFilter {
  /** In name or description, whatever the case of letters. */
  readonly text: string | null;
  readonly population: string | null;
  /** As tables show it. */
  readonly condition: string | null;
  /** Own columns. */
  readonly fields: readonly Field[];
  /** The list begins behind this persona. */
  readonly after: number;
}

export interface PersonaLine {
  readonly id: number;
  readonly personalityId: number | null;
  readonly name: string | null;
  readonly model: string | null;
  readonly population: string | null;
  readonly condition: string | null;
  /** How its description begins. */
  readonly words: string | null;
  readonly columns: Readonly<Record<string, string>>;
  readonly administrations: number;
}

const WORDS = 240;

/** At most `most` personas in order of number; an own column `name` names those without another. */
export async function readPersonas(
  { db, t }: Pick<Database, 'db' | 't'>,
  { text, population, condition, fields, after }: PersonaFilter,
  most: number,
): Promise<readonly PersonaLine[]> {
  const pattern = text === null ? null : `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const name = sql`coalesce(p.name, (select k.value from ${t.persona_columns} k
    where k.persona_id = p.id and lower(k.name) = 'name' limit 1))`;
  const conditions: Clause[] = [
    sql`p.id > ${after}::int`,
    ...(pattern === null
      ? []
      : [sql`(${name} ilike ${pattern} or p.description ilike ${pattern})`]),
    ...(population === null ? [] : [sql`p.population = ${population}`]),
    ...(condition === null ? [] : [sql`coalesce(known.display, labels.display) = ${condition}`]),
    ...fields.map(
      (field) =>
        sql`exists (select from ${t.persona_columns} k where k.persona_id = p.id and k.name = ${field.name} and k.value = any(${[...field.values]}::text[]))`,
    ),
  ];
  // Administrations are found by the published index, which is of personalities.
  const { rows } = await sql<PersonaLine>`
    select p.id, p.ref_personality_id as "personalityId", ${name} as name, p.model, p.population,
      coalesce(known.display, labels.display) as condition, left(p.description, ${WORDS}) as words,
      coalesce((select jsonb_object_agg(k.name, k.value) from ${t.persona_columns} k where k.persona_id = p.id), '{}') as columns,
      (select count(*)::int from ${t.experiments_list} e join ${t.experiment_details} d using (experiment_id)
        where e.personality_id = coalesce(p.ref_personality_id, p.id) and d.persona_id = p.id) as administrations
    from ${t.personas} p left join ${t.populations} known on known.population = p.population
    left join lateral ${t.label_population}(p.population) as labels on true
    where ${allOf(conditions)} order by p.id limit ${most}`.execute(db);
  return rows;
}

/** Populations of personas, each as tables show it. */
export async function readPopulations({
  db,
  t,
}: Pick<Database, 'db' | 't'>): Promise<
  readonly { readonly population: string; readonly condition: string }[]
> {
  const { rows } = await sql<{ population: string; condition: string }>`
    select used.population, coalesce(known.display, labels.display) as condition
    from (select distinct population from ${t.personas} where population is not null) as used
    left join ${t.populations} known on known.population = used.population
    left join lateral ${t.label_population}(used.population) as labels on true order by 1`.execute(
    db,
  );
  return rows;
}
