/** The published materialised view `experiments_evals`. The program itself reads `scored_answers`, which is never stale. */
import { sql } from 'kysely';
import type { Database } from './connect.ts';

/** Brings the view up to date. Whoever reads it meanwhile waits. */
export async function refreshEvaluations({ db, t }: Pick<Database, 'db' | 't'>): Promise<void> {
  await sql`refresh materialized view ${t.experiments_evals}`.execute(db);
}

const NOT_ALLOWED = new Set(['42501', '25006']);

/** @returns false where this user may read the study but not write it */
export async function tryRefreshEvaluations(database: Pick<Database, 'db' | 't'>): Promise<boolean> {
  try {
    await refreshEvaluations(database);
    return true;
  } catch (error) {
    if (NOT_ALLOWED.has((error as { code?: string }).code ?? '')) return false;
    throw error;
  }
}
