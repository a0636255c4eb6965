/**
 * The names in a database that somebody may want to type: its schemas, and their populations and
 * groups. They are asked of a server, or of the process that has an embedded database open. One
 * that nobody has open offers none: opening it takes a second and the lock.
 */
import type { DatabaseLocation } from '../../config/location.ts';
import { connectReader } from '../../db/embedded/reader-client.ts';
import { checkSchemaName } from '../../db/schema/name.ts';
import { urlForDriver } from '../../server-url.ts';

interface Named {
  readonly name: string;
  /** What it is, where there is more to say. */
  readonly about: string | null;
}

export type NameKind = 'schemas' | 'populations' | 'groups';

/** More than anybody picks from. */
const MOST = 500;
/** What a server or a process that holds the database may take. */
const TIMEOUT_MS = 700;

/**
 * The names of one kind as far as they can be had at once. Changes nothing.
 * @throws what goes wrong with a server: it does not answer in time, or not at all
 */
export async function namesIn(
  location: DatabaseLocation,
  schema: string,
  kind: NameKind,
): Promise<readonly Named[]> {
  const text = statementFor(kind, schema);
  if (location.kind === 'memory') return [];
  if (location.kind === 'postgres') return await askServer(location.url, text);
  return await inTime(askHolder(location.folder, text)).catch(() => []);
}

function statementFor(kind: NameKind, schema: string): string {
  if (kind === 'schemas') {
    return `select n.nspname as name, null as about from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relname = 'personas_migration' order by 1 limit ${MOST}`;
  }
  const quoted = `"${checkSchemaName(schema)}"`;
  return kind === 'populations'
    ? `select population as name, null as about from ${quoted}.personas where population is not null group by 1 order by 1 limit ${MOST}`
    : `select experiments_group_id::text as name, description as about from ${quoted}.experiments_groups
      order by experiments_group_id desc limit ${MOST}`;
}

async function askHolder(folder: string, text: string): Promise<readonly Named[]> {
  const reader = await connectReader(folder);
  if (reader === null) return [];
  try {
    return (await reader.pglite.query<Named>(text, [])).rows;
  } finally {
    await reader[Symbol.asyncDispose]();
  }
}

async function askServer(url: string, text: string): Promise<readonly Named[]> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: urlForDriver(url),
    application_name: 'personality-trap',
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    options: `-c default_transaction_read_only=on -c statement_timeout=${TIMEOUT_MS}`,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<Named>(text)).rows;
  } finally {
    // Not waited for: a server that does not answer does not say goodbye either.
    client.end().catch(() => {});
  }
}

function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('Too slow')), TIMEOUT_MS);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
