/** SQL of the pipeline: which study a schema holds. */
import { sql } from 'kysely';
import type { Database } from '../database/connect.ts';

export interface StoredStudy {
  readonly name: string;
  readonly content: string;
  readonly sha256: string;
}

/**
 * Keeps a study as the one of this schema, unless there is one already.
 * @returns the study that the schema holds
 */
export async function keepStudy({ db, t }: Database, study: StoredStudy): Promise<StoredStudy> {
  await sql`insert into ${t.pipeline_file} (name, content, sha256) values (${study.name}, ${study.content}, ${study.sha256})
    on conflict do nothing`.execute(db);
  const { rows } = await sql<StoredStudy>`select name, content, sha256 from ${t.pipeline_file}`.execute(db);
  return rows[0]!;
}
