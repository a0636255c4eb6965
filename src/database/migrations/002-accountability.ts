/**
 * What the published tables cannot say: which persona an experiment belongs to, what became of each attempt,
 * the bytes that travelled, which wording and parameters a group stands for, and where rows came from.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  const t = (name: string) => sql.id(schema, name);
  const run = (statement: ReturnType<typeof sql>) => statement.execute(db);

  await run(sql`create table ${t('instruments')} (
    sha256 char(64) primary key,
    slug text not null,
    language text not null,
    title text not null,
    answer_min integer not null,
    answer_max integer not null,
    scoring text not null check (scoring in ('sum', 'mean')),
    definition text not null,
    created_at timestamptz not null default now(),
    check (answer_min < answer_max))`);
  await run(sql`create index instruments_slug on ${t('instruments')} (slug, created_at)`);

  // The display label of a model id, as the catalogue has it when a group is registered or imported.
  await run(sql`create table ${t('model_labels')} (model text primary key, label text not null)`);

  await run(sql`create table ${t('group_details')} (
    experiments_group_id integer primary key references ${t('experiments_groups')} on delete cascade,
    instrument_sha256 char(64) not null references ${t('instruments')},
    model_name text not null,
    parameters jsonb not null,
    seed bigint not null,
    created_at timestamptz not null default now())`);

  // The group is repeated here for the unique constraint alone; experiments_list is what says it.
  await run(sql`create table ${t('experiment_details')} (
    experiment_id integer primary key references ${t('experiments_list')} on delete cascade,
    experiments_group_id integer,
    persona_id integer references ${t('personas')},
    repeated integer,
    shuffle_key bigint not null,
    origin text not null check (origin in ('model', 'simulated', 'imported')),
    last_outcome text check (last_outcome in ('answered', 'refused', 'truncated', 'unparseable', 'invalid', 'failed')),
    last_kind text,
    last_reason text,
    attempts integer not null default 0,
    last_attempt_at timestamptz,
    uniform boolean,
    unique (experiments_group_id, persona_id, repeated)) with (fillfactor = 80)`);
  await run(sql`create index experiment_details_order on ${t('experiment_details')} (shuffle_key, experiment_id)`);
  // The order of what is still to do, without what is done: a run that goes on begins where the last one ended.
  await run(sql`create index experiment_details_open on ${t('experiment_details')} (shuffle_key, experiment_id)
    where last_outcome is distinct from 'answered'`);
  // Few among many, so that whoever looks around need not read all.
  await run(sql`create index experiment_details_failures on ${t('experiment_details')} (last_outcome) where last_outcome <> 'answered'`);
  await run(sql`create index experiment_details_simulated on ${t('experiment_details')} (experiments_group_id) where origin = 'simulated'`);
  // Which experiments of a group are still to do, without reading those that are done.
  await run(sql`create index experiments_list_pending on ${t('experiments_list')} (experiments_group_id) where succeeded is null`);
  // How many experiments of each group are in which state is counted from this index alone; equal entries share their space.
  await run(sql`create index experiments_list_state on ${t('experiments_list')} (experiments_group_id, succeeded)`);

  await run(sql`create table ${t('call_bytes')} (
    request_metadata_id integer primary key references ${t('experiment_request_metadata')} on delete cascade,
    request_gzip bytea not null,
    response_gzip bytea)`);
  // gzip has already made them small: a second compression by the server would only cost time.
  await run(sql`alter table ${t('call_bytes')} alter request_gzip set storage external, alter response_gzip set storage external`);

  await run(sql`create table ${t('persona_details')} (
    persona_id integer primary key references ${t('personas')} on delete cascade,
    origin text not null check (origin in ('model', 'simulated', 'imported')),
    source text,
    created_at timestamptz not null default now())`);
  await run(sql`create table ${t('persona_texts')} (
    persona_id integer not null references ${t('personas')} on delete cascade,
    column_name text not null,
    full_text text not null,
    primary key (persona_id, column_name))`);

  // What a study may spend and has spent, over all processes and machines. One row; its totals hold what the shares hold.
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

  // Who works at this moment, as each process says of itself. It is shown by "status"; nothing else rests on it.
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
