/** One transaction on one connection that also speaks COPY, for what goes by the table and not by the row. */

import type { Transaction as EmbeddedTransaction, PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { SchemaName } from './identifier.ts';
import type { Tables } from './schema.ts';

export interface Session {
  /** Query builder on the session's own connection, inside its transaction. */
  readonly db: Kysely<Tables>;
  /**
   * Sends rows to a `copy … from stdin` statement.
   * @param statement without its source: `copy "s"."t" (a, b)`; `options` as they follow `with`, e.g. `(format csv)`
   * @param chunks bytes in the format of `options`, each chunk made of whole records; no header
   */
  copyIn(statement: string, options: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * The rows of a query, in COPY's formats.
   * @returns chunks of bytes, cut anywhere
   */
  copyOut(query: string, options: string): AsyncIterable<Uint8Array>;
}

export type Isolation = 'read committed' | 'repeatable read';

/** Opens a session, commits when `work` is done and rolls back when it throws. */
export type OpenSession = <T>(work: (session: Session) => Promise<T>, isolation?: Isolation) => Promise<T>;

export function serverSessions(pool: Pool, schema: SchemaName): OpenSession {
  return async (work, isolation = 'read committed') => {
    const { from, to } = await import('pg-copy-streams');
    const { pipeline } = await import('node:stream/promises');
    const client = await pool.connect();
    let broken: Error | undefined;
    // A connection that dies under the session is told by the statement that meets it.
    const onError = (error: Error) => {
      broken = error;
    };
    client.on('error', onError);
    try {
      await client.query(`begin isolation level ${isolation}`);
      const session: Session = {
        db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool: poolOfOne(client) }) }).withSchema(schema),
        async copyIn(statement, options, chunks) {
          await pipeline(chunks, client.query(from(`${statement} from stdin with ${options}`)));
        },
        copyOut: (query, options) => client.query(to(`copy (${query}) to stdout with ${options}`)),
      };
      const result = await work(session);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => {
        broken ??= failure;
      });
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  };
}

/** What Kysely asks of a pool, over a connection that is somebody else's to give back. */
function poolOfOne(client: PoolClient) {
  const lent = { query: client.query.bind(client), release: () => {} } as unknown as PoolClient;
  return { connect: async () => lent, end: async () => {}, options: {} } as unknown as Pool;
}

/** The embedded server reads and writes COPY through a device file whose content is held in memory: rows go in chunk by chunk. */
export function embeddedSessions(pglite: PGlite, schema: SchemaName): OpenSession {
  return (work, isolation = 'read committed') =>
    pglite.transaction(async (transaction) => {
      await transaction.query(`set transaction isolation level ${isolation}`);
      return await work({
        db: new Kysely<Tables>({ dialect: new PGliteDialect({ pglite: serverOfOne(transaction) }) }).withSchema(schema),
        async copyIn(statement, options, chunks) {
          for await (const chunk of chunks) {
            await transaction.query(`${statement} from '/dev/blob' with ${options}`, [], {
              blob: new Blob([chunk as Uint8Array<ArrayBuffer>]),
            });
          }
        },
        async *copyOut(query, options) {
          const { blob } = await transaction.query(`copy (${query}) to '/dev/blob' with ${options}`);
          if (blob !== undefined) yield new Uint8Array(await blob.arrayBuffer());
        },
      });
    });
}

/** What Kysely asks of the embedded server, over a transaction that has begun. */
function serverOfOne(transaction: EmbeddedTransaction): PGlite {
  return { closed: false, ready: true, query: transaction.query.bind(transaction) } as unknown as PGlite;
}
