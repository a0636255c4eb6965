/**
 * The published materialised view `experiments_evals`. The program itself reads `scored_answers`,
 * which is never stale.
 */
import { sql } from 'kysely';
import type { Database } from './connect.ts';
import { sqlStateOf } from './server-errors.ts';

/** Refreshes the view. Readers wait until it is done. */
export async function refreshEvaluations({ db, t }: Pick<Database, 'db' | 't'>): Promise<void> {
  await sql`refresh materialized view ${t.experiments_evals}`.execute(db);
}

const NOT_ALLOWED = new Set(['42501', '25006']);

/**
 * Does the work, and refreshes the view: beside it where the database is a server, which does both
 * at once, else after it.
 * @returns what the work returns, and false where this user may read the study but not write it
 */
export async function whileRefreshing<T>(
  database: Pick<Database, 'db' | 't' | 'kind'>,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly isFresh: boolean }> {
  if (database.kind === 'embedded')
    return { result: await work(), isFresh: await tryRefreshEvaluations(database) };
  const refreshing = tryRefreshEvaluations(database);
  const [result] = await Promise.all([work(), refreshing]);
  return { result, isFresh: await refreshing };
}

async function tryRefreshEvaluations(database: Pick<Database, 'db' | 't'>): Promise<boolean> {
  try {
    await refreshEvaluations(database);
    return true;
  } catch (error) {
    if (NOT_ALLOWED.has(sqlStateOf(error) ?? '')) return false;
    throw error;
  }
}
