/**
 * What can be told of a server before anything is asked of it in earnest: how quick it is, what its
 * clock says, whether it can be written.
 */
import { sql } from 'kysely';
import type { Database } from './connect.ts';

export interface ServerHealth {
  readonly version: string;
  /** Of the quickest of a few round trips. */
  readonly latencyMs: number;
  /** How far its clock is ahead of this machine's, as far as the latency lets it be told. */
  readonly clockAheadMs: number;
  /** What keeps everybody, or this user, from writing; null where nothing does. */
  readonly readOnly: 'standby' | 'setting' | null;
}

const ROUND_TRIPS = 3;

/** @param now milliseconds since 1970, as a clock of this machine tells them */
export async function healthOf(
  { db }: Pick<Database, 'db'>,
  now: () => number,
): Promise<ServerHealth> {
  const trips: { latencyMs: number; clockAheadMs: number }[] = [];
  for (let trip = 0; trip < ROUND_TRIPS; trip++) {
    const left = now();
    const { rows } = await sql<{
      at: number;
    }>`select (extract(epoch from clock_timestamp()) * 1000)::float8 as at`.execute(db);
    const back = now();
    trips.push({ latencyMs: back - left, clockAheadMs: rows[0]!.at - (left + back) / 2 });
  }
  const quickest = trips.reduce((best, one) => (one.latencyMs < best.latencyMs ? one : best));
  const { rows: facts } = await sql<Pick<ServerHealth, 'version' | 'readOnly'>>`
    select current_setting('server_version') as version, case when pg_is_in_recovery() then 'standby'
      when current_setting('default_transaction_read_only') = 'on' then 'setting' end as "readOnly"`.execute(
    db,
  );
  return { ...quickest, ...facts[0]! };
}
