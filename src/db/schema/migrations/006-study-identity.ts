/**
 * Which study a schema holds, so that calls made for a study that was replaced are told from those
 * of the one that replaced it.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  const table = sql.id(schema, 'study_identity');
  await sql`create table ${table} (
    only_one boolean primary key default true check (only_one),
    study_id uuid not null default gen_random_uuid())`.execute(db);
  await sql`insert into ${table} default values`.execute(db);
}
