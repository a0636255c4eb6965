/** SQL of how far a study is, from its last calls and its workers. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';

/** What is quick to look at, however large a study is. */
export interface Pace {
  /** Another one when calls have been stored since, in whatever order they were committed. */
  readonly calls: string;
  /** Calls a second over the last calls; null where these are too few or too long ago to tell. */
  readonly perSecond: number | null;
}

const CALLS = 500;
const LONGEST_PAUSE_S = 120;

export async function readPace({ db, t }: Pick<Database, 'db' | 't'>): Promise<Pace> {
  const { rows } = await sql<{
    first: number | null;
    last: number | null;
    calls: number;
    seconds: number | null;
    pause: number | null;
  }>`
    select min(id) as first, max(id) as last, count(*)::int as calls, extract(epoch from max(created) - min(created))::float8 as seconds,
      extract(epoch from (clock_timestamp() at time zone 'UTC') - max(created))::float8 as pause
    from (select id, created from ${t.experiment_request_metadata} order by id desc limit ${CALLS}) as recent`.execute(
    db,
  );
  const { first, last, calls, seconds, pause } = rows[0]!;
  const isUnderWay = pause !== null && pause < LONGEST_PAUSE_S && calls > 1 && (seconds ?? 0) > 0;
  return {
    calls: [first ?? 0, last ?? 0, calls].join('-'),
    perSecond: isUnderWay ? (calls - 1) / seconds! : null,
  };
}

/**
 * Names what an overview shows: the same as long as no call, registration or heartbeat of a worker
 * has come, none was removed, and calls have not become too long ago to tell a pace.
 */
export async function readState({ db, t }: Pick<Database, 'db' | 't'>): Promise<string> {
  const { calls, perSecond } = await readPace({ db, t });
  const { rows } = await sql<{ registered: number; workers: number; seen: number }>`
    select coalesce((select max(experiment_id) from ${t.experiments_list}), 0) as registered,
      count(*)::int as workers, coalesce(extract(epoch from max(seen_at)), 0)::float8 as seen from ${t.workers}`.execute(
    db,
  );
  const { registered, workers, seen } = rows[0]!;
  return [calls, registered, workers, seen, perSecond === null ? 'idle' : 'under way'].join(' ');
}
