/** The design of a study as it was frozen, before anything was asked. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  await sql`create table ${sql.id(schema, 'design_freeze')} (
    only_one boolean primary key default true check (only_one),
    study text not null,
    design_sha256 char(64) not null,
    parts jsonb not null,
    requests jsonb not null,
    personas jsonb,
    plan text not null,
    calls_before integer not null,
    program text not null,
    frozen_at timestamptz not null default now())`.execute(db);
}
