/** Answers of people to an instrument, apart from everything that models answered. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  const t = (name: string) => sql.id(schema, name);
  await sql`create table ${t('human_samples')} (
    name text primary key,
    instrument text not null,
    instrument_sha256 char(64) not null,
    source text not null,
    people integer not null,
    created_at timestamptz not null default now())`.execute(db);
  await sql`create table ${t('human_people')} (
    sample text not null references ${t('human_samples')} on delete cascade,
    person integer not null,
    language text,
    subgroup text,
    weight double precision check (weight > 0),
    primary key (sample, person))`.execute(db);
  await sql`create table ${t('human_answers')} (
    sample text not null,
    person integer not null,
    question_number integer not null,
    answer double precision not null,
    primary key (sample, person, question_number),
    foreign key (sample, person) references ${t('human_people')} on delete cascade)`.execute(db);
}
