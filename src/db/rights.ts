/** What a user of a server may do with a study, and what to ask for where that is not enough. */
import { type Kysely, sql } from 'kysely';
import { UserError } from '../errors.ts';
import { queueSchemaOf, type SchemaName } from './schema/name.ts';

export interface Rights {
  readonly user: string;
  readonly database: string;
  /** Whether this user may make schemas in the database. */
  readonly canCreate: boolean;
  /** Whose the tables of the study are; null where there are none yet. */
  readonly owner: string | null;
  /** The schema of the study and that of its queue, in this order. */
  readonly schemas: readonly SchemaRights[];
}

export interface SchemaRights {
  readonly name: string;
  /** `filled` when the tables of the study, or of its queue, are in it. */
  readonly state: 'absent' | 'empty' | 'filled';
  /** Whether this user may use what is in it. */
  readonly mayUse: boolean;
  /** Whether this user may make tables in it. */
  readonly mayCreate: boolean;
  /** Tables, views, sequences and functions that this user may not use as a study needs them. */
  readonly forbidden: readonly string[];
}

/** By which table a schema of each kind is known to be filled. */
const MARKS = { study: 'personas', queue: 'version' } as const;

/** Asks the catalogue alone, which everybody may read. */
export async function rightsOf<T>({
  db,
  schema,
}: {
  readonly db: Kysely<T>;
  readonly schema: SchemaName;
}): Promise<Rights> {
  const names = [schema, queueSchemaOf(schema)];
  const marks = [MARKS.study, MARKS.queue];
  const { rows: who } = await sql<Pick<Rights, 'user' | 'database' | 'canCreate' | 'owner'>>`
    select current_user::text as user, current_database()::text as database,
      has_database_privilege(current_database(), 'create') as "canCreate",
      (select pg_get_userbyid(c.relowner)::text from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = ${schema} and c.relname = ${MARKS.study}) as owner`.execute(db);
  const { rows: found } = await sql<{
    name: string;
    filled: boolean;
    mayUse: boolean;
    mayCreate: boolean;
  }>`
    select n.nspname::text as name, has_schema_privilege(n.oid, 'usage') as "mayUse", has_schema_privilege(n.oid, 'create') as "mayCreate",
      exists (select from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relname = mark) as filled
    from unnest(${names}::text[], ${marks}::text[]) as wanted (name, mark) join pg_catalog.pg_namespace n on n.nspname = name`.execute(
    db,
  );
  const { rows: forbidden } = await sql<{ schema: string; name: string }>`
    select n.nspname::text as schema, c.relname::text as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any(${names}::text[]) and case
      when c.relkind in ('r', 'p') then not (has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')
        and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete'))
      when c.relkind in ('v', 'm') then not has_table_privilege(c.oid, 'select')
      when c.relkind = 'S' then not (has_sequence_privilege(c.oid, 'usage') and has_sequence_privilege(c.oid, 'update'))
      else false end
    union all
    select n.nspname::text, p.proname::text || '()' from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = any(${names}::text[]) and not has_function_privilege(p.oid, 'execute') order by 1, 2`.execute(
    db,
  );
  return {
    ...who[0]!,
    schemas: names.map((name) => {
      const one = found.find((row) => row.name === name);
      return {
        name,
        state: one === undefined ? 'absent' : one.filled ? 'filled' : 'empty',
        mayUse: one?.mayUse ?? false,
        mayCreate: one?.mayCreate ?? false,
        forbidden: forbidden.filter((row) => row.schema === name).map((row) => row.name),
      };
    }),
  };
}

const KINDS = ['tables', 'sequences', 'functions'] as const;

/** Lines for psql that let a user work on what is in these schemas. */
export function grantsOn(schemas: readonly string[], user: string): string {
  const inThem = schemas.map(quoted).join(', ');
  const to = `to ${quoted(user)};`;
  return [
    `grant usage on schema ${inThem} ${to}`,
    ...KINDS.map((kind) => `grant all on all ${kind} in schema ${inThem} ${to}`),
  ].join(' ');
}

/** The same for what an update of the program will put there. */
export function laterGrantsOn(schemas: readonly string[], user: string): string {
  const inThem = schemas.map(quoted).join(', ');
  return KINDS.map(
    (kind) =>
      `alter default privileges in schema ${inThem} grant all on ${kind} to ${quoted(user)};`,
  ).join(' ');
}

/**
 * Lines for psql by which an administrator makes the two schemas of a study for a user who may make
 * none.
 */
export function schemasFor(schema: SchemaName, user: string): string {
  return [schema, queueSchemaOf(schema)]
    .map((name) => `create schema ${quoted(name)} authorization ${quoted(user)};`)
    .join(' ');
}

/** Schemas that are there, with nothing in them, and in which this user may make nothing. */
export function closedSchemas({ schemas }: Rights): readonly string[] {
  return schemas
    .filter(({ state, mayUse, mayCreate }) => state === 'empty' && !(mayUse && mayCreate))
    .map(({ name }) => name);
}

/** @throws UserError where a schema has nothing in it and this user may make nothing in it */
export function requireOpen(rights: Rights, schema: string): void {
  const closed = closedSchemas(rights);
  if (!closed.includes(schema)) return;
  throw new UserError(`The user "${rights.user}" may not create tables in the schema "${schema}"`, {
    code: 'schema-creation-denied',
    hint: `Ask an administrator to run, in psql: ${openingOf(closed, rights.user)}`,
  });
}

/** The line for psql by which an administrator lets a user make tables in such schemas. */
export function openingOf(schemas: readonly string[], user: string): string {
  return `grant usage, create on schema ${schemas.map(quoted).join(', ')} to ${quoted(user)};`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
