/**
 * What long runs need: the kind of the last failure, indexes by which a million experiments are
 * looked through, the study's budget, and who works at this moment.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  const t = (name: string) => sql.id(schema, name);
  const run = (statement: ReturnType<typeof sql>) => statement.execute(db);

  await run(sql`alter table ${t('experiment_details')} add column last_kind text`);
  await run(sql`alter table ${t('generations')} add column last_kind text`);

  // The order of what is still to do, without what is done: a run that goes on begins where the
  // last one ended.
  await run(sql`create index experiment_details_open on ${t('experiment_details')} (shuffle_key, experiment_id)
    where last_outcome is distinct from 'answered'`);
  // Few among many, so that whoever looks around need not read all.
  await run(
    sql`create index experiment_details_failures on ${t('experiment_details')} (last_outcome) where last_outcome <> 'answered'`,
  );
  await run(
    sql`create index experiment_details_simulated on ${t('experiment_details')} (experiments_group_id) where origin = 'simulated'`,
  );
  // How many experiments of each group are in which state is counted from this index alone; equal
  // entries share their space.
  await run(
    sql`create index experiments_list_state on ${t('experiments_list')} (experiments_group_id, succeeded)`,
  );

  // What a study may spend and has spent, over all processes and machines. One row; its totals hold
  // what the shares hold.
  await run(sql`create table ${t('study_budget')} (
    only_one boolean primary key default true check (only_one),
    max_usd double precision check (max_usd > 0),
    max_tokens double precision check (max_tokens > 0),
    max_calls double precision check (max_calls > 0),
    spent_usd double precision not null default 0,
    spent_tokens double precision not null default 0,
    spent_calls double precision not null default 0,
    reserved_usd double precision not null default 0,
    reserved_tokens double precision not null default 0,
    reserved_calls double precision not null default 0,
    doubt_usd double precision not null default 0,
    doubt_tokens double precision not null default 0,
    doubt_calls double precision not null default 0)`);
  await run(sql`insert into ${t('study_budget')} default values`);
  // The part of a process that runs, so that it can be told from the rest when the process is gone.
  await run(sql`create table ${t('budget_shares')} (
    share_id uuid primary key,
    live boolean not null default true,
    beaten_at timestamptz not null default clock_timestamp(),
    spent_usd double precision not null,
    spent_tokens double precision not null,
    spent_calls double precision not null,
    reserved_usd double precision not null,
    reserved_tokens double precision not null,
    reserved_calls double precision not null)`);

  // Who works at this moment, as each process says of itself. It is shown by "status"; nothing else
  // rests on it.
  await run(sql`create table ${t('workers')} (
    worker_id uuid primary key,
    host text not null,
    pid integer not null,
    max_workers integer not null,
    started_at timestamptz not null default clock_timestamp(),
    seen_at timestamptz not null default clock_timestamp(),
    task text,
    in_hand integer not null default 0,
    done integer not null default 0,
    failed integer not null default 0,
    calls integer not null default 0,
    per_second double precision,
    waiting_for text)`);
}
