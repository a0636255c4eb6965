/**
 * How personas came to be: the reference population in the schema, the personas that are to be
 * written from its sheets, each as a task with its outcome, and every call made for them (twins of
 * the published table of calls and of its bytes).
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  const t = (name: string) => sql.id(schema, name);
  const run = (statement: ReturnType<typeof sql>) => statement.execute(db);

  // The published table of sheets names no population, so a schema holds one.
  await run(sql`create table ${t('reference_population')} (
    name text primary key,
    only_one boolean not null unique default true check (only_one),
    origin text not null check (origin in ('synthetic', 'imported')),
    source text,
    ethics_note text,
    seed bigint,
    sheets integer not null,
    instrument text not null,
    sha256 char(64) not null,
    created_at timestamptz not null default now())`);

  // How a population is shown, where its name is not one of the published ones.
  await run(sql`create table ${t('populations')} (
    population text primary key,
    mapped text not null,
    display text not null,
    reference text)`);

  // One wording and one set of parameters for a whole population, whenever its draws are written.
  await run(sql`create table ${t('generation_groups')} (
    generation_group_id serial primary key,
    model_name text not null,
    model_provider text not null,
    model text not null,
    condition text not null,
    population text not null references ${t('populations')},
    reference text not null references ${t('reference_population')},
    reference_sha256 char(64) not null,
    system_role text not null,
    prompt text not null,
    temperature double precision,
    top_p double precision,
    parameters jsonb not null,
    seed bigint not null,
    repo_sha text,
    created_at timestamptz not null default now(),
    unique (population, model_name))`);

  await run(sql`create table ${t('generations')} (
    generation_id serial primary key,
    generation_group_id integer not null references ${t('generation_groups')},
    personality_id integer not null,
    draw integer not null check (draw >= 1),
    persona_id integer unique references ${t('personas')} on delete cascade,
    succeeded boolean,
    origin text not null check (origin in ('model', 'simulated')),
    shuffle_key bigint not null,
    last_outcome text check (last_outcome in ('answered', 'refused', 'truncated', 'unparseable', 'invalid', 'failed')),
    last_reason text,
    attempts integer not null default 0,
    last_attempt_at timestamptz,
    check ((succeeded is true) = (persona_id is not null)),
    unique (generation_group_id, personality_id, draw)) with (fillfactor = 80)`);
  await run(
    sql`create index generations_order on ${t('generations')} (shuffle_key, generation_id) where succeeded is null`,
  );

  await run(sql`create table ${t('generation_request_metadata')} (
    id serial primary key,
    created timestamp not null default current_timestamp,
    generation_id integer not null references ${t('generations')} on delete cascade,
    request_json jsonb,
    response_json jsonb,
    request_metadata jsonb)`);
  await run(
    sql`create index generation_request_metadata_generation on ${t('generation_request_metadata')} (generation_id)`,
  );
  await run(sql`create table ${t('generation_call_bytes')} (
    request_metadata_id integer primary key references ${t('generation_request_metadata')} on delete cascade,
    request_gzip bytea not null,
    response_gzip bytea)`);
  await run(
    sql`alter table ${t('generation_call_bytes')} alter request_gzip set storage external, alter response_gzip set storage external`,
  );

  // By which vocabulary the cleaned columns were filled; null where they came as they are.
  await run(sql`alter table ${t('persona_details')} add column vocabulary_sha256 char(64)`);

  // A study file that is being carried out in this schema, as it was when it began.
  await run(sql`create table ${t('pipeline_file')} (
    only_one boolean primary key default true check (only_one),
    name text not null,
    content text not null,
    sha256 char(64) not null,
    created_at timestamptz not null default now())`);
}
