/** What can be told of a server before anything is asked of it in earnest: how quick it is, what its clock says, what this user may do. */
import { sql } from 'kysely';
import type { Database } from './connect.ts';
import { queueSchemaOf } from './identifier.ts';

export interface ServerHealth {
  readonly version: string;
  readonly user: string;
  readonly database: string;
  /** Of the quickest of a few round trips. */
  readonly latencyMs: number;
  /** How far its clock is ahead of this machine's, as far as the latency lets it be told. */
  readonly clockAheadMs: number;
  readonly readOnly: boolean;
  /** Whether this user may make schemas in the database. */
  readonly canCreate: boolean;
  /** Whether the schema of the study's job queue is there already. */
  readonly hasQueue: boolean;
  /** Tables of the study's schema that this user may not read or write. */
  readonly forbidden: readonly string[];
}

const ROUND_TRIPS = 3;

/** @param now milliseconds since 1970, as a clock of this machine tells them */
export async function healthOf({ db, schema }: Pick<Database, 'db' | 'schema'>, now: () => number): Promise<ServerHealth> {
  const trips: { latencyMs: number; clockAheadMs: number }[] = [];
  for (let trip = 0; trip < ROUND_TRIPS; trip++) {
    const left = now();
    const { rows } = await sql<{ at: number }>`select (extract(epoch from clock_timestamp()) * 1000)::float8 as at`.execute(db);
    const back = now();
    trips.push({ latencyMs: back - left, clockAheadMs: rows[0]!.at - (left + back) / 2 });
  }
  const quickest = trips.reduce((best, one) => (one.latencyMs < best.latencyMs ? one : best));
  const { rows: facts } = await sql<Omit<ServerHealth, 'latencyMs' | 'clockAheadMs' | 'forbidden'>>`
    select current_setting('server_version') as version, current_user::text as user, current_database()::text as database,
      pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on' as "readOnly",
      has_database_privilege(current_database(), 'create') as "canCreate",
      exists (select from pg_catalog.pg_namespace where nspname = ${queueSchemaOf(schema)}) as "hasQueue"`.execute(db);
  const { rows: forbidden } = await sql<{ name: string }>`
    select c.relname as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relkind = 'r' and not (has_schema_privilege(n.oid, 'usage')
      and has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')
      and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete')) order by 1`.execute(db);
  return { ...quickest, ...facts[0]!, forbidden: forbidden.map((row) => row.name) };
}
