/** Migrates a schema to the version of this program, and reports its version. */
import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { UserError } from '../../errors.ts';
import { didYouMean } from '../../suggest.ts';
import { requireOpen, rightsOf, schemasFor } from '../rights.ts';
import * as publishedTables from './migrations/001-published-tables.ts';
import * as accountability from './migrations/002-accountability.ts';
import * as generation from './migrations/003-generation.ts';
import * as evaluationViews from './migrations/004-evaluation-views.ts';
import * as underFire from './migrations/005-under-fire.ts';
import * as studyIdentity from './migrations/006-study-identity.ts';
import * as questionnaires from './migrations/007-questionnaires.ts';
import * as design from './migrations/008-design.ts';
import * as parserVersion from './migrations/009-parser-version.ts';
import * as freeze from './migrations/010-freeze.ts';
import * as humanAnswers from './migrations/011-human-answers.ts';
import * as draws from './migrations/013-draws.ts';
import * as answersOfAnExperiment from './migrations/014-answers-of-an-experiment.ts';
import type { SchemaName } from './name.ts';

type Step = (db: Kysely<unknown>, schema: string) => Promise<void>;

/** In this order, for ever: a migration that has been released is never changed. */
const STEPS: readonly (readonly [string, Step])[] = [
  ['001-published-tables', publishedTables.up],
  ['002-accountability', accountability.up],
  ['003-generation', generation.up],
  ['004-evaluation-views', evaluationViews.up],
  ['005-under-fire', underFire.up],
  ['006-study-identity', studyIdentity.up],
  ['007-questionnaires', questionnaires.up],
  ['008-design', design.up],
  ['009-parser-version', parserVersion.up],
  ['010-freeze', freeze.up],
  ['011-human-answers', humanAnswers.up],
  ['013-draws', draws.up],
  ['014-answers-of-an-experiment', answersOfAnExperiment.up],
];

const TABLE = 'personas_migration';
const LOCK_TABLE = 'personas_migration_lock';
const SCHEMA_IS_GONE = '3F000';
const MOST_ATTEMPTS = 10;

/** `absent`: no such schema, or nothing of ours in it. */
export type SchemaState = 'absent' | 'older' | 'current' | 'newer';

/**
 * Creates the schema where it is missing and applies what is missing in it, all in one transaction.
 * Safe to run twice and by several processes at once.
 * @returns names of the migrations applied now, in order
 */
export async function migrate<T>(db: Kysely<T>, schema: SchemaName): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await migrateOnce(db, schema);
    } catch (error) {
      // Kysely looks through the tables of every schema, and stumbles over one that is dropped at
      // that moment.
      if ((error as { code?: string }).code !== SCHEMA_IS_GONE || attempt === MOST_ATTEMPTS)
        throw error;
    }
  }
}

function migrateOnce<T>(db: Kysely<T>, schema: SchemaName): Promise<string[]> {
  return db.transaction().execute(async (transaction) => {
    // Taken before anything is looked at; held until commit. Kysely's own lock would come after its
    // schema and tables.
    await sql`select pg_advisory_xact_lock(hashtext('personality-trap'), hashtext(${schema}))`.execute(
      transaction,
    );
    const state = await readState(transaction, schema);
    if (state.kind === 'newer') throw newer(schema, state.unknown);
    if (state.kind === 'current') return [];
    await makeSchema(transaction, schema);
    const migrator = new Migrator({
      db: transaction,
      provider: {
        getMigrations: () =>
          Promise.resolve(
            Object.fromEntries(
              STEPS.map(([name, up]) => [
                name,
                { up: (inner: Kysely<unknown>) => up(inner, schema) },
              ]),
            ),
          ),
      },
      migrationTableSchema: schema,
      migrationTableName: TABLE,
      migrationLockTableName: LOCK_TABLE,
    });
    const { error, results } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
    return (results ?? [])
      .filter((result) => result.status === 'Success')
      .map((result) => result.migrationName);
  });
}

/**
 * PostgreSQL demands the right to make schemas for `create schema if not exists`, even where the
 * schema exists: in many an institution an administrator makes the schemas, and nobody else may.
 */
async function makeSchema<T>(transaction: Kysely<T>, schema: SchemaName): Promise<void> {
  const rights = await rightsOf({ db: transaction, schema });
  const { user, database, canCreate, schemas } = rights;
  if (schemas[0]?.state !== 'absent') {
    requireOpen(rights, schema);
    return;
  }
  if (!canCreate) {
    throw new UserError(
      `The user "${user}" may not create the schema "${schema}" in the database "${database}"`,
      {
        code: 'schema-creation-denied',
        hint: `Ask an administrator to create both schemas of the study, in psql: ${schemasFor(schema, user)}`,
      },
    );
  }
  await sql`create schema ${sql.id(schema)}`.execute(transaction);
}

/**
 * @throws UserError unless the schema is exactly as this program expects it, naming the command
 *   that helps
 */
export async function requireCurrent<T>(db: Kysely<T>, schema: SchemaName): Promise<void> {
  const { error } = await schemaStanding(db, schema);
  if (error !== null) throw error;
}

/**
 * How a schema stands to this program, and what there is to say of one that cannot be used as it
 * is.
 */
export async function schemaStanding<T>(
  db: Kysely<T>,
  schema: SchemaName,
): Promise<{ readonly state: SchemaState; readonly error: UserError | null }> {
  const { kind: state, missing, unknown } = await readState(db, schema);
  if (state === 'current') return { state, error: null };
  if (state === 'newer') return { state, error: newer(schema, unknown) };
  const help = `Run: personas init-db --schema ${schema}`;
  const error =
    state === 'absent'
      ? new UserError(`The schema "${schema}" has not been set up in this database`, {
          code: 'schema-missing',
          hint: `${didYouMean(schema, await schemaNames(db))}${help}`,
        })
      : new UserError(
          `The schema "${schema}" is older than this program (missing: ${missing.join(', ')})`,
          {
            code: 'schema-outdated',
            hint: help,
          },
        );
  return { state, error };
}

/** Every schema that this program set up, by name. */
export async function schemaNames<T>(db: Kysely<T>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select n.nspname as name from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relname = ${TABLE} order by 1`.execute(
    db,
  );
  return rows.map((row) => row.name);
}

/** How a schema stands to this program. */
export async function schemaState<T>(db: Kysely<T>, schema: SchemaName): Promise<SchemaState> {
  return (await readState(db, schema)).kind;
}

async function readState<T>(
  db: Kysely<T>,
  schema: string,
): Promise<{ kind: SchemaState; missing: string[]; unknown: string[] }> {
  const known = STEPS.map(([name]) => name);
  const { rows: found } = await sql<{ present: boolean }>`select exists (
    select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = ${TABLE}) as present`.execute(db);
  if (found[0]?.present !== true) return { kind: 'absent', missing: known, unknown: [] };
  const { rows } = await sql<{ name: string }>`select name from ${sql.id(schema, TABLE)}`.execute(
    db,
  );
  const applied = new Set(rows.map((row) => row.name));
  const missing = known.filter((name) => !applied.has(name));
  const unknown = [...applied].filter((name) => !known.includes(name)).sort();
  const kind =
    unknown.length > 0
      ? 'newer'
      : missing.length === known.length
        ? 'absent'
        : missing.length > 0
          ? 'older'
          : 'current';
  return { kind, missing, unknown };
}

function newer(schema: string, unknown: readonly string[]): UserError {
  return new UserError(
    `The schema "${schema}" was created by a newer version of this program (it has ${unknown.join(', ')})`,
    {
      code: 'schema-newer',
      hint: 'Use that version of the program, or a newer one. Nothing was changed.',
    },
  );
}
