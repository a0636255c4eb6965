/**
 * Where a database's journals are kept: in a folder named after the database itself, whatever its
 * address.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import type { Config } from '../../config/config.ts';
import type { Database } from '../../db/connect.ts';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../../db/embedded/private-files.ts';
import { readStudyId } from '../../db/study-id.ts';
import type { JournalLocation } from './files.ts';
import { syncFolder } from './fsync.ts';

/** The machine's clock and its file system's may differ slightly. */
const CLOCKS_MS = 2000;

/** @returns null for a database in memory */
export async function journalLocation(
  database: Pick<Database, 'kind' | 'folder' | 'db' | 't' | 'schema'>,
  config: Pick<Config, 'journal'>,
): Promise<JournalLocation | null> {
  if (database.kind === 'postgres') {
    const key = digest([
      await serverIdentity(database),
      await schemaIdentity(database),
      database.schema,
    ]);
    const studyId = await readStudyId(database.db, database.t);
    return { folder: path.join(config.journal.folder, key), studyId, makeDurable: null };
  }
  const { folder } = database;
  if (folder === null) return null;
  const root = path.join(folder, 'journal');
  const key = digest([await schemaIdentity(database), database.schema]);
  const studyId = await readStudyId(database.db, database.t);
  return {
    folder: path.join(root, key),
    studyId,
    makeDurable: () => syncSince(folder, path.join(root, 'synced')),
  };
}

/** A schema that is dropped and created again under the same name is another one. */
async function schemaIdentity({ db, schema }: Pick<Database, 'db' | 'schema'>): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`select oid::text as id from pg_catalog.pg_namespace where nspname = ${schema}`.execute(db);
  return rows[0]?.id ?? '';
}

async function serverIdentity({ db }: Pick<Database, 'db'>): Promise<string> {
  const { rows: own } = await sql<{ id: string }>`select oid::text as id from pg_catalog.pg_database
    where datname = current_database()`.execute(db);
  const { rows: allowed } = await sql<{ allowed: boolean }>`
    select has_function_privilege('pg_catalog.pg_control_system()', 'execute') as allowed`.execute(
    db,
  );
  if (allowed[0]?.allowed !== true) return own[0]!.id;
  const { rows } = await sql<{
    id: string;
  }>`select system_identifier::text as id from pg_control_system()`.execute(db);
  return `${rows[0]!.id} ${own[0]!.id}`;
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/**
 * Syncs the database's files, which the embedded server never does.
 * @param note file that holds the time of the last sync
 */
async function syncSince(folder: string, note: string): Promise<void> {
  const begun = Date.now() - CLOCKS_MS;
  await mkdir(path.dirname(note), { recursive: true, mode: PRIVATE_FOLDER });
  const last = Number(await readFile(note, 'utf8').catch(() => '0'));
  await syncFolder(folder, Number.isFinite(last) ? last : 0);
  await writeFile(note, String(begun), { mode: PRIVATE_FILE });
}
