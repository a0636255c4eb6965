/**
 * SQL of what a study calls its own: columns of its personas, and factors of its ways of asking.
 * Reads only.
 */
import { type RawBuilder, sql } from 'kysely';
import { factorLevel, PUBLISHED_SETTINGS } from '../administration/settings.ts';
import type { Database } from '../db/connect.ts';
import { type Field, type FieldName, readFieldName, writeFieldName } from './filter.ts';

/** What there is to choose from. */
export interface Fields {
  /** By `column.NAME` or `factor.NAME`: its values in order, at most `MOST_VALUES`. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Levels of the ways of asking, by group: what a group does not say is the default. */
  readonly factorsOf: ReadonlyMap<number, ReadonlyMap<string, string>>;
}

/** Values of an own column of which more are no groups, and are looked for by name. */
export const MOST_VALUES = 200;

export async function readFields({ db, t }: Pick<Database, 'db' | 't'>): Promise<Fields> {
  const { rows: columns } = await sql<{ name: string; value: string }>`
    select name, value from (
      select name, value, row_number() over (partition by name order by value) as place
      from (select distinct name, value from ${t.persona_columns}) as used) as numbered
    where place <= ${MOST_VALUES} order by name, value`.execute(db);
  const { rows: levels } = await sql<{ groupId: number; name: string; level: string }>`
    select g.experiments_group_id as "groupId", f.name, f.level from ${t.experiments_groups} g
    left join ${t.group_factors} f using (experiments_group_id) order by 1, 2`.execute(db);
  const names = [...new Set(levels.flatMap(({ name }) => name ?? []))];
  const factorsOf = new Map(
    [...Map.groupBy(levels, ({ groupId }) => groupId)].map(([groupId, own]) => {
      const known = new Map(own.map(({ name, level }) => [name, level]));
      return [groupId, new Map(names.map((name) => [name, known.get(name) ?? defaultOf(name)]))];
    }),
  );
  const values = new Map<string, readonly string[]>();
  for (const name of names) {
    const used = [...factorsOf.values()].map((own) => own.get(name)!);
    values.set(writeFieldName({ kind: 'factor', name }), [...new Set(used)].toSorted());
  }
  for (const [name, own] of Map.groupBy(columns, (column) => column.name))
    values.set(
      writeFieldName({ kind: 'column', name }),
      own.map(({ value }) => value),
    );
  return { values, factorsOf };
}

/** Level of a factor in groups that do not say it. */
function defaultOf(name: string): string {
  const defaults: Readonly<Record<string, unknown>> = PUBLISHED_SETTINGS;
  return factorLevel(name, defaults[name]);
}

/** Condition on administrations `e` with their details `d`. */
export function fieldCondition(
  t: Database['t'],
  { kind, name, values }: Field,
): RawBuilder<unknown> {
  if (kind === 'column')
    return sql`d.persona_id in (select k.persona_id from ${t.persona_columns} k
      where k.name = ${name} and k.value = any(${[...values]}::text[]))`;
  const said = sql`select f.experiments_group_id from ${t.group_factors} f where f.name = ${name}`;
  const found = sql`e.experiments_group_id in (${said} and f.level = any(${[...values]}::text[]))`;
  return values.includes(defaultOf(name))
    ? sql`(${found} or e.experiments_group_id not in (${said}))`
    : found;
}

/** Values of these fields, by id of the administration and then as `writeFieldName` has them. */
export async function readFieldValues(
  { db, t }: Pick<Database, 'db' | 't'>,
  { factorsOf }: Fields,
  ids: readonly number[],
  wanted: readonly FieldName[],
): Promise<ReadonlyMap<number, ReadonlyMap<string, string>>> {
  const names = (kind: FieldName['kind']) =>
    wanted.flatMap((one) => (one.kind === kind ? [one.name] : []));
  const { rows } = await sql<{
    id: number;
    groupId: number | null;
    own: Record<string, string> | null;
  }>`
    select e.experiment_id as id, e.experiments_group_id as "groupId", (
      select jsonb_object_agg(k.name, k.value) from ${t.persona_columns} k
      where k.persona_id = d.persona_id and k.name = any(${names('column')}::text[])) as own
    from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id)
    where e.experiment_id = any(${[...ids]}::int[])`.execute(db);
  const named = (kind: FieldName['kind'], name: string) => writeFieldName({ kind, name });
  return new Map(
    rows.map(({ id, groupId, own }) => [
      id,
      new Map([
        ...Object.entries(own ?? {}).map(
          ([name, value]) => [named('column', name), value] as const,
        ),
        ...names('factor').flatMap((name) => {
          const level = groupId === null ? undefined : factorsOf.get(groupId)?.get(name);
          return level === undefined ? [] : [[named('factor', name), level] as const];
        }),
      ]),
    ]),
  );
}

/** In order of kind and name. */
export function namesOfFields({ values }: Fields): readonly FieldName[] {
  return [...values.keys()].flatMap((key) => readFieldName(key) ?? []);
}
