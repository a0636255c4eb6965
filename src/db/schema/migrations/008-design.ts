/** The design of a study as it was when it began: study file, instruments, prompts and models. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  const t = (name: string) => sql.id(schema, name);
  // Null for studies that began with an earlier version.
  await sql`alter table ${t('pipeline_file')} add column design_sha256 char(64)`.execute(db);
}
