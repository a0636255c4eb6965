/** The schemas of studies in one database. */
import { sql } from 'kysely';
import { UserError } from '../../errors.ts';
import { didYouMean, listKnown } from '../../suggest.ts';
import type { Database } from '../connect.ts';
import { sqlStateOf } from '../server-errors.ts';
import { type SchemaState, schemaNames, schemaState } from './migrate.ts';
import { isSchemaName, queueSchemaOf, type SchemaName } from './name.ts';

export interface SchemaOverview {
  readonly schema: string;
  /** `no access` for one that this user may not read. */
  readonly state: SchemaState | 'no access';
  /** Null where they cannot be counted. */
  readonly personas: number | null;
  readonly experiments: number | null;
}

/** The user may not read it; it has gone meanwhile, or lacks a table. */
const UNCOUNTABLE: ReadonlySet<string> = new Set(['42501', '3F000', '42P01']);

/** Every schema that this program set up, by name. */
export async function listSchemas(database: Database): Promise<SchemaOverview[]> {
  const found: SchemaOverview[] = [];
  for (const name of await schemaNames(database.db)) {
    // A table of that name in a schema that this program would never make is somebody else's.
    if (isSchemaName(name)) found.push(await overview(database, name));
  }
  return found;
}

/** @throws UserError when the database has no such schema, or one that is not of this program */
export async function describeSchema(database: Database): Promise<SchemaOverview> {
  const names = await schemaNames(database.db);
  if (!names.includes(database.schema)) {
    throw new UserError(`No study in schema "${database.schema}" (${database.label})`, {
      code: 'schema-missing',
      hint: `${didYouMean(database.schema, names)}${listKnown(names)}`,
    });
  }
  return overview(database, database.schema);
}

/** Drops the schema and its queue, with everything in them. */
export async function dropSchema(database: Database): Promise<void> {
  await describeSchema(database);
  await database.db.transaction().execute(async (transaction) => {
    await sql`drop schema if exists ${sql.id(queueSchemaOf(database.schema))} cascade`.execute(
      transaction,
    );
    await sql`drop schema ${sql.id(database.schema)} cascade`.execute(transaction);
  });
}

async function overview({ db }: Database, schema: SchemaName): Promise<SchemaOverview> {
  const unknown = { schema, personas: null, experiments: null };
  let state: SchemaState | null = null;
  try {
    state = await schemaState(db, schema);
    return { schema, state, ...(await countsIn(db, schema)) };
  } catch (error) {
    if (!UNCOUNTABLE.has(sqlStateOf(error) ?? '')) throw error;
    return { ...unknown, state: sqlStateOf(error) === '42501' ? 'no access' : (state ?? 'absent') };
  }
}

async function countsIn(
  db: Database['db'],
  schema: SchemaName,
): Promise<{ personas: number; experiments: number }> {
  const { rows } = await sql<{ personas: number; experiments: number }>`select
    (select count(*)::int from ${sql.id(schema, 'personas')}) as personas,
    (select count(*)::int from ${sql.id(schema, 'experiments_list')}) as experiments`.execute(db);
  return rows[0]!;
}
