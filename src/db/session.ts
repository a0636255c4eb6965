/**
 * One transaction on one connection that also speaks COPY, for what goes by the table and not by
 * the row.
 */
import type { Transaction as EmbeddedTransaction, PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { SchemaName } from './schema/name.ts';
import type { Tables } from './schema/tables.ts';

/** A row that the server did not take. */
export class CopyError extends Error {
  override readonly name = 'CopyError';
  /** SQLSTATE. */
  readonly code: string;
  readonly detail: string | null;
  /** Index of the chunk from whose beginning `line` counts. */
  readonly chunk: number;
  /**
   * As the server counts, from 1; null where it does not tell. Within quotes it counts its own way.
   */
  readonly line: number | null;
  readonly column: string | null;
  readonly value: string | null;

  constructor(refusal: ServerError, chunk: number) {
    super(refusal.message, { cause: refusal });
    // The words are in the server's language: "COPY t, line 3, column c: "x"", "COPY t, Zeile 3,
    // Spalte c: »x«".
    const place = /COPY [^,]+, \D+(\d+)(?:, \S+ ([^\s:,]+)(?:: \D?["“«»„]([\s\S]*)["”“«»])?)?/.exec(
      refusal.where ?? '',
    );
    this.code = refusal.code;
    this.detail = refusal.detail ?? null;
    this.chunk = chunk;
    this.line = place === null ? null : Number(place[1]);
    this.column = place?.[2] ?? null;
    this.value = place?.[3] ?? null;
  }
}

interface ServerError extends Error {
  readonly code: string;
  readonly detail?: string;
  readonly where?: string;
}

/** Both databases report in PostgreSQL's own fields. */
function isServerError(error: unknown): error is ServerError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'severity' in error
  );
}

export interface Session {
  /** Query builder on the session's own connection, inside its transaction. */
  readonly db: Kysely<Tables>;
  /**
   * Sends rows to a `copy … from stdin` statement.
   * @param statement without its source: `copy "s"."t" (a, b)`; `options` as they follow `with`,
   *   e.g. `(format csv)`
   * @param chunks bytes in the format of `options`, each chunk made of whole records; no header.
   *   What they throw is thrown
   * @throws CopyError for a row that the server refuses; the transaction is lost then
   */
  copyIn(statement: string, options: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * The rows of a query, in COPY's formats.
   * @returns chunks of bytes, cut anywhere
   */
  copyOut(query: string, options: string): AsyncIterable<Uint8Array>;
}

type Isolation = 'read committed' | 'repeatable read';

/** Opens a session, commits when `work` is done and rolls back when it throws. */
export type OpenSession = <T>(
  work: (session: Session) => Promise<T>,
  isolation?: Isolation,
) => Promise<T>;

export function serverSessions(pool: Pool, schema: SchemaName): OpenSession {
  return async (work, isolation = 'read committed') => {
    const { from, to } = await import('pg-copy-streams');
    const { finished, pipeline } = await import('node:stream/promises');
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
        db: new Kysely<Tables>({
          dialect: new PostgresDialect({ pool: poolOfOne(client) }),
        }).withSchema(schema),
        async copyIn(statement, options, chunks) {
          let failure: { readonly error: unknown } | null = null;
          const watched = async function* () {
            try {
              yield* chunks;
            } catch (error) {
              failure = { error };
              throw error;
            }
          };
          try {
            await pipeline(
              watched(),
              client.query(from(`${statement} from stdin with ${options}`)),
            );
          } catch (error) {
            // Told that the rows end here, the server answers with an error of its own.
            if (failure !== null) throw (failure as { error: unknown }).error;
            throw isServerError(error) ? new CopyError(error, 0) : error;
          }
        },
        async *copyOut(query, options) {
          const rows = client.query(to(`copy (${query}) to stdout with ${options}`));
          try {
            yield* rows.iterator({ destroyOnReturn: false });
          } finally {
            // The connection speaks of nothing else until the last row has come.
            if (!rows.readableEnded && rows.errored === null && !rows.destroyed)
              await finished(rows.resume());
          }
        },
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

/**
 * The embedded server reads and writes COPY through a device file whose content is held in memory:
 * rows go in chunk by chunk.
 */
export function embeddedSessions(pglite: PGlite, schema: SchemaName): OpenSession {
  return (work, isolation = 'read committed') =>
    pglite.transaction(async (transaction) => {
      await transaction.query(`set transaction isolation level ${isolation}`);
      return await work({
        db: new Kysely<Tables>({
          dialect: new PGliteDialect({ pglite: serverOfOne(transaction) }),
        }).withSchema(schema),
        async copyIn(statement, options, chunks) {
          let index = 0;
          for await (const chunk of chunks) {
            try {
              await transaction.query(`${statement} from '/dev/blob' with ${options}`, [], {
                blob: new Content(chunk),
              });
            } catch (error) {
              throw isServerError(error) ? new CopyError(error, index) : error;
            }
            index++;
          }
        },
        async *copyOut(query, options) {
          const { blob } = await transaction.query(
            `copy (${query}) to '/dev/blob' with ${options}`,
          );
          if (blob !== undefined) yield new Uint8Array(await blob.arrayBuffer());
        },
      });
    });
}

/**
 * Bytes as the embedded server takes them; it asks for all of them at once, so they need not be
 * kept twice.
 */
class Content extends Blob {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super([]);
    this.#bytes = bytes;
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  }
}

/** What Kysely asks of the embedded server, over a transaction that has begun. */
function serverOfOne(transaction: EmbeddedTransaction): PGlite {
  return {
    closed: false,
    ready: true,
    query: transaction.query.bind(transaction),
  } as unknown as PGlite;
}
