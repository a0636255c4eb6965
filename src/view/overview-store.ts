/** SQL of how fast a study advances, from its last calls. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';

/** What is quick to look at, however large a study is. */
export interface Pace {
  /** Changes with every call that is stored; null before the first. */
  readonly lastCall: number | null;
  /** Calls a second over the last calls; null where these are too few or too long ago to tell. */
  readonly perSecond: number | null;
}

const CALLS = 500;
const LONGEST_PAUSE_S = 120;

export async function readPace({ db, t }: Pick<Database, 'db' | 't'>): Promise<Pace> {
  const { rows } = await sql<{
    last: number | null;
    calls: number;
    seconds: number | null;
    pause: number | null;
  }>`
    select max(id) as last, count(*)::int as calls, extract(epoch from max(created) - min(created))::float8 as seconds,
      extract(epoch from (clock_timestamp() at time zone 'UTC') - max(created))::float8 as pause
    from (select id, created from ${t.experiment_request_metadata} order by id desc limit ${CALLS}) as recent`.execute(
    db,
  );
  const { last, calls, seconds, pause } = rows[0]!;
  const isUnderWay = pause !== null && pause < LONGEST_PAUSE_S && calls > 1 && (seconds ?? 0) > 0;
  return { lastCall: last, perSecond: isUnderWay ? (calls - 1) / seconds! : null };
}
