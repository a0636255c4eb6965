/**
 * The id of the study in a schema. Replacing the study changes the id, so that replies for the old
 * study are not stored in the new one.
 */
import { type Kysely, sql } from 'kysely';
import { UserError } from '../errors.ts';
import type { Relations } from './relations.ts';
import type { Tables } from './schema/tables.ts';

export async function readStudyId(db: Kysely<Tables>, t: Relations): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`select study_id::text as id from ${t.study_identity}`.execute(db);
  return rows[0]!.id;
}

export async function renewStudyId(db: Kysely<Tables>, t: Relations): Promise<void> {
  await sql`update ${t.study_identity} set study_id = gen_random_uuid()`.execute(db);
}

/**
 * To be asked inside a transaction that has touched the study's tables already: while it lasts,
 * nobody can replace them.
 * @throws UserError when the schema holds another study than `expected`
 */
export async function requireStudy(
  db: Kysely<Tables>,
  t: Relations,
  schema: string,
  expected: string,
): Promise<void> {
  if ((await readStudyId(db, t)) === expected) return;
  throw new UserError(
    `The study in schema "${schema}" was replaced while this process was running`,
    {
      code: 'study-replaced',
      hint: 'Nothing more is stored. Replies that had arrived are kept in the journal. Run the same command again for the new study.',
      exitCode: 1,
    },
  );
}
