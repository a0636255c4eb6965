/** SQL of the calls that were made, with the texts that travelled. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { textOfPacked, type Verification, verifyPacked } from '../../db/packed-bytes.ts';
import { decompressed } from '../../providers/body.ts';

/** A call as it was stored, with the texts that travelled; null where there are none. */
export interface StoredExchange {
  readonly id: number;
  readonly created: Date;
  readonly request_json: unknown;
  readonly response_json: unknown;
  readonly request_metadata: Readonly<Record<string, unknown>> | null;
  readonly request_text: string | null;
  readonly response_text: string | null;
  /** Whether the stored bytes are those of the SHA-256 that was recorded with the call. */
  readonly request_verification: Verification;
  readonly response_verification: Verification;
}

/** A call of an administration. */
export interface AdministeredExchange extends StoredExchange {
  /** Which of the calls of the administration it is, and what it asked; null for an only one. */
  readonly part: { readonly call: number; readonly items: readonly number[] } | null;
}

/** The calls of an administration, in order. */
export async function exchangesOfExperiment(
  { db, t }: Pick<Database, 'db' | 't'>,
  experimentId: number,
): Promise<AdministeredExchange[]> {
  const exchanges = await exchangesOf(
    db,
    sql`${t.experiment_request_metadata} m left join ${t.call_bytes} b on b.request_metadata_id = m.id
    where m.experiment_id = ${experimentId}`,
  );
  const { rows } = await sql<{ id: number; call: number; items: number[] }>`
    select request_metadata_id as id, call, items from ${t.administration_calls} where experiment_id = ${experimentId}`.execute(
    db,
  );
  const parts = new Map(rows.map(({ id, call, items }) => [id, { call, items }]));
  return exchanges.map((one) => ({ ...one, part: parts.get(one.id) ?? null }));
}

/** @param from calls as `m` and their bytes as `b` */
export async function exchangesOf(
  db: Database['db'],
  from: ReturnType<typeof sql>,
): Promise<StoredExchange[]> {
  type Derived =
    | 'request_text'
    | 'response_text'
    | 'request_verification'
    | 'response_verification';
  type Stored = Omit<StoredExchange, Derived> &
    Record<'request_gzip' | 'response_gzip', Uint8Array | null>;
  const { rows } =
    await sql<Stored>`select m.id, m.created, m.request_json, m.response_json, m.request_metadata, b.request_gzip, b.response_gzip
    from ${from} order by m.id`.execute(db);
  return Promise.all(
    rows.map(async ({ request_gzip, response_gzip, ...call }) => ({
      ...call,
      request_text: textOfPacked(request_gzip),
      response_text: textOfPacked(
        response_gzip,
        decoderOf(call.request_metadata?.response_encoding),
      ),
      request_verification: await verifyPacked(request_gzip, call.request_metadata?.request_sha256),
      response_verification: await verifyPacked(
        response_gzip,
        call.request_metadata?.response_sha256,
      ),
    })),
  );
}

/** Opens what a reply was compressed with on its way. */
function decoderOf(encoding: unknown): (body: Uint8Array) => Uint8Array {
  return typeof encoding === 'string' ? (body) => decompressed(body, encoding) : (body) => body;
}
