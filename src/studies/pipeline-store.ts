/** SQL of the pipeline: which study a schema holds. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';

export interface StoredStudy {
  readonly name: string;
  readonly content: string;
  readonly sha256: string;
}

/**
 * Keeps a study as the one of this schema, unless there is one already.
 * @returns the study that the schema holds
 */
export async function keepStudy(
  database: Database,
  study: StoredStudy,
  designSha256: string,
): Promise<StoredStudy> {
  const { db, t } = database;
  await sql`insert into ${t.pipeline_file} (name, content, sha256, design_sha256)
    values (${study.name}, ${study.content}, ${study.sha256}, ${designSha256})
    on conflict do nothing`.execute(db);
  return (await findStudy(database))!;
}

/** @returns null for a schema in which no study was begun */
export async function findStudy({ db, t }: Database): Promise<StoredStudy | null> {
  const { rows } =
    await sql<StoredStudy>`select name, content, sha256 from ${t.pipeline_file}`.execute(db);
  return rows[0] ?? null;
}

/** Rows of each table, for "what was stored where". */
export async function rowCounts({ db, t }: Database): Promise<Record<string, number>> {
  const tables = [
    'reference_questionnaires',
    'generations',
    'generation_request_metadata',
    'personas',
    'experiments_groups',
    'experiments_list',
    'eval_questionnaires',
    'questionnaire',
    'experiment_request_metadata',
    'call_bytes',
  ] as const;
  const { rows } = await sql<Record<string, number>>`select ${sql.join(
    tables.map((name) => sql`(select count(*)::int from ${t[name]}) as ${sql.ref(name)}`),
  )}`.execute(db);
  return rows[0]!;
}
