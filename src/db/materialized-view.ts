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

/** @returns false where this user may read the study but not write it */
export async function tryRefreshEvaluations(
  database: Pick<Database, 'db' | 't'>,
): Promise<boolean> {
  try {
    await refreshEvaluations(database);
    return true;
  } catch (error) {
    if (NOT_ALLOWED.has(sqlStateOf(error) ?? '')) return false;
    throw error;
  }
}
