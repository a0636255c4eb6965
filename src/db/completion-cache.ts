/**
 * The names in a database that somebody may want to type: its schemas, and their populations and groups. They are looked up without
 * opening an embedded database, which takes a second and the lock: whoever closes one leaves a note of its names in the folder.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseLocation } from '../config/config.ts';
import { urlForDriver } from '../server-url.ts';
import { holderOf } from './embedded/lock.ts';
import { PRIVATE_FILE } from './embedded/private-files.ts';
import { connectReader } from './embedded/reader-client.ts';
import { checkSchemaName } from './schema/name.ts';

export interface Named {
  readonly name: string;
  /** What it is, where there is more to say. */
  readonly about: string | null;
}

export type NameKind = 'schemas' | 'populations' | 'groups';

const NOTE = 'names.json';
/** More than anybody picks from. */
const MOST = 500;
/** What a server or a process that holds the database may take. */
const PATIENCE_MS = 700;

type Ask = (text: string) => Promise<readonly Named[]>;

/** The schemas, and by schema what is in each. */
type Note = Readonly<Record<string, Readonly<Record<'populations' | 'groups', readonly Named[]>>>>;

/**
 * The names of one kind as far as they can be had at once. Changes nothing.
 * @throws what goes wrong with a server: it does not answer in time, or not at all
 */
export async function namesIn(location: DatabaseLocation, schema: string, kind: NameKind): Promise<readonly Named[]> {
  const text = statementFor(kind, schema);
  if (location.kind === 'memory') return [];
  if (location.kind === 'postgres') return await askServer(location.url, text);
  const { folder } = location;
  const told = (await holderOf(folder)) === null ? null : await inTime(askHolder(folder, text)).catch(() => null);
  return told ?? noted(readNote(folder), schema, kind);
}

/**
 * Leaves a note of the names in the folder of an embedded database.
 * @param pglite that the folder is held by
 */
export async function noteNames(folder: string, pglite: { query<T>(text: string): Promise<{ rows: T[] }> }): Promise<void> {
  try {
    const ask: Ask = async (text) => (await pglite.query<Named>(text)).rows;
    const note: Record<string, Note[string]> = {};
    for (const { name } of await ask(statementFor('schemas', ''))) {
      note[name] = { populations: await ask(statementFor('populations', name)), groups: await ask(statementFor('groups', name)) };
    }
    const text = JSON.stringify(note);
    const file = path.join(folder, NOTE);
    if (text === readText(file)) return;
    writeFileSync(`${file}.new`, text, { mode: PRIVATE_FILE });
    renameSync(`${file}.new`, file);
  } catch {
    // A convenience for the shell: whatever it fails for (a full disk, a schema that is dropped at this moment, a table that somebody
    // else's schema lacks), what the process came to do is done.
  }
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

async function askHolder(folder: string, text: string): Promise<readonly Named[] | null> {
  const visit = await connectReader(folder);
  if (visit === null) return null;
  try {
    return (await visit.pglite.query<Named>(text, [])).rows;
  } finally {
    await visit[Symbol.asyncDispose]();
  }
}

async function askServer(url: string, text: string): Promise<readonly Named[]> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: urlForDriver(url),
    application_name: 'personality-trap',
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
    options: `-c default_transaction_read_only=on -c statement_timeout=${PATIENCE_MS}`,
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
  const timer = setTimeout(() => reject(new Error('Too slow')), PATIENCE_MS);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

function noted(note: Note, schema: string, kind: NameKind): readonly Named[] {
  if (kind === 'schemas') return Object.keys(note).map((name) => ({ name, about: null }));
  return note[schema]?.[kind] ?? [];
}

/** Empty where there is none, or one that cannot be read. */
function readNote(folder: string): Note {
  try {
    return JSON.parse(readText(path.join(folder, NOTE)) ?? '{}') as Note;
  } catch {
    return {};
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
