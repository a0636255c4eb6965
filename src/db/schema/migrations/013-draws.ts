/** The seed of orders and typing errors, which all models share. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  const t = (name: string) => sql.id(schema, name);
  // Null for groups of an earlier version, whose draws differ between models.
  await sql`alter table ${t('group_details')} add column draw_seed bigint`.execute(db);
}
