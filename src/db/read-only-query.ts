/** A SQL statement of the user, which may read everything and change nothing. */
import { CompiledQuery, sql } from 'kysely';
import { messageOf, UserError } from '../errors.ts';
import type { Database } from './connect.ts';
import { sqlStateOf } from './server-errors.ts';

const CHANGES_SOMETHING = '25006';

/**
 * Runs one statement in a read-only transaction whose search path begins with the schema of the
 * study, so that tables need no qualification.
 * @param parameters for `$1`, `$2`, …
 * @throws UserError with what the server says about the statement
 */
export async function queryReadOnly(
  database: Pick<Database, 'kind' | 'db' | 'schema'>,
  text: string,
  parameters: readonly unknown[],
): Promise<Record<string, unknown>[]> {
  const transaction = await database.db.startTransaction().execute();
  try {
    await sql`set transaction read only`.execute(transaction);
    await sql`select set_config('search_path', ${`"${database.schema}", public`}, true)`.execute(
      transaction,
    );
    const { rows } = await transaction.executeQuery<Record<string, unknown>>(
      CompiledQuery.raw(database.kind === 'postgres' ? asOneStatement(text) : text, [
        ...parameters,
      ]),
    );
    return rows;
  } catch (error) {
    throw refused(error);
  } finally {
    // Never committed: a setting that the statement changed would stay with the connection.
    await transaction
      .rollback()
      .execute()
      .catch(() => {});
  }
}

/**
 * A text without parameters may be several statements to a server, the first of which may end the
 * transaction. In the extended protocol it is one. Kysely hands the text to the driver, which takes
 * this in its place.
 */
function asOneStatement(text: string): string {
  return { text, queryMode: 'extended' } as unknown as string;
}

function refused(error: unknown): unknown {
  const sqlState = sqlStateOf(error);
  if (!(error instanceof Error) || sqlState === undefined || !/^[0-9A-Z]{5}$/.test(sqlState))
    return error;
  const { hint } = error as { hint?: unknown };
  if (sqlState === CHANGES_SOMETHING) {
    return new UserError(
      `The statement would change the database: ${messageOf(error.cause ?? error)}`,
      {
        code: 'statement-writes',
        hint: 'Only statements that read are allowed here. To change rows, use a client such as psql, and check first what depends on them.',
        cause: error,
      },
    );
  }
  return new UserError(`The database rejects the statement: ${messageOf(error.cause ?? error)}`, {
    code: 'statement-refused',
    hint:
      typeof hint === 'string' ? hint : 'docs/reference/schema.md lists tables, views and columns.',
    cause: error,
  });
}
