/** Work that may read everything and change nothing. */
import { sql } from 'kysely';
import type { Database } from './connect.ts';

/**
 * Reads in one transaction, as the database is at its beginning, in which nothing can be written. A
 * database that another process holds answers one query at a time, and lets nobody write anyway.
 */
export function readOnly<T>(
  database: Database,
  work: (reader: Database) => Promise<T>,
): Promise<T> {
  if (database.visiting !== null) return work(database);
  return database.db.transaction().execute(async (transaction) => {
    await sql`set transaction isolation level repeatable read, read only`.execute(transaction);
    return work({ ...database, db: transaction });
  });
}
