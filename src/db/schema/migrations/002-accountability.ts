/**
 * What the published tables cannot say: which persona an experiment belongs to, what became of each
 * attempt, the bytes that travelled, which wording and parameters a group stands for, and where
 * rows came from.
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

  // The display label of a model id, as the catalogue has it when a group is registered or
  // imported.
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
    last_reason text,
    attempts integer not null default 0,
    last_attempt_at timestamptz,
    uniform boolean,
    unique (experiments_group_id, persona_id, repeated)) with (fillfactor = 80)`);
  await run(
    sql`create index experiment_details_order on ${t('experiment_details')} (shuffle_key, experiment_id)`,
  );
  // Which experiments of a group are still to do, without reading those that are done.
  await run(
    sql`create index experiments_list_pending on ${t('experiments_list')} (experiments_group_id) where succeeded is null`,
  );

  await run(sql`create table ${t('call_bytes')} (
    request_metadata_id integer primary key references ${t('experiment_request_metadata')} on delete cascade,
    request_gzip bytea not null,
    response_gzip bytea)`);
  // gzip has already made them small: a second compression by the server would only cost time.
  await run(
    sql`alter table ${t('call_bytes')} alter request_gzip set storage external, alter response_gzip set storage external`,
  );

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
}
