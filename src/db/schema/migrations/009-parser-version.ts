/** Which version of the parser read a reply, so that a later one can say what it reads otherwise. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  const t = (name: string) => sql.id(schema, name);
  // Null for replies that were read before versions were counted.
  await sql`alter table ${t('reply_texts')} add column parser_version integer`.execute(db);
}
