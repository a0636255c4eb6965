/** The experiment groups of a schema, and the error for an unknown group. */
import { sql } from 'kysely';
import { UserError } from '../errors.ts';
import { didYouMean, listKnown } from '../suggest.ts';
import type { Database } from './connect.ts';

/** Every group, in order of id. */
export async function groupIds({ db, t }: Pick<Database, 'db' | 't'>): Promise<number[]> {
  const { rows } = await sql<{
    id: number;
  }>`select experiments_group_id as id from ${t.experiments_groups} order by 1`.execute(db);
  return rows.map((row) => row.id);
}

/** @param known every group of the schema */
export function unknownGroups(
  missing: readonly number[],
  schema: string,
  known: Iterable<number>,
): UserError {
  const names = [...known].sort((a, b) => a - b).map(String);
  return new UserError(`No experiment group ${missing.join(', ')} in schema "${schema}"`, {
    code: 'group-unknown',
    hint: `${didYouMean(String(missing[0]), names)}${listKnown(names)} "personas groups" describes them.`,
  });
}
