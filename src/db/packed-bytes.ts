/**
 * Bodies of calls as they are stored, packed, held against the SHA-256 that was recorded when they
 * were.
 */
import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';

/**
 * `verified`: the bytes are those of the recorded hash. `differs`: they are not, cannot be
 * unpacked, or no hash is recorded for them. `unverifiable`: no bytes are stored, as in the
 * published dataset and of calls whose fate is unknown.
 */
export type Verification = 'verified' | 'differs' | 'unverifiable';

/**
 * Above it a body is unpacked piece by piece: what a few bytes unpack to may be more than any
 * memory holds.
 */
const AT_ONCE = 4 << 20;
/** No reply that anybody reads is longer. */
const LONGEST_TEXT = 64 << 20;

/** A body that was unpacked once. */
export interface Unpacked {
  /** Null for bytes that cannot be unpacked. */
  readonly sha256: string | null;
  /** Null as well for what is longer than anybody reads. */
  readonly body: Uint8Array | null;
}

export async function unpacked(packed: Uint8Array): Promise<Unpacked> {
  try {
    const body = gunzipSync(packed, {
      maxOutputLength: AT_ONCE,
      chunkSize: chunkFor(packed),
    });
    return { sha256: createHash('sha256').update(body).digest('hex'), body };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE')
      return { sha256: null, body: null };
  }
  return { sha256: await sha256InPieces(packed), body: bodyOf(packed) };
}

/**
 * How much memory to unpack into at a time. A gzip file ends with the length of what it unpacks to;
 * with room for it, and one byte more that shows that it ends, one piece does. Most bodies are
 * smaller than the 16 KB that zlib takes otherwise.
 */
function chunkFor(packed: Uint8Array): number {
  const told =
    packed.byteLength < 4
      ? 0
      : new DataView(packed.buffer, packed.byteOffset, packed.byteLength).getUint32(
          packed.byteLength - 4,
          true,
        );
  return Math.min(Math.max(told + 1, LEAST_CHUNK), MOST_CHUNK);
}

const LEAST_CHUNK = 64;
const MOST_CHUNK = 1 << 16;

/** @param found null where no bytes are stored */
export function verificationOf(found: Unpacked | null, recorded: unknown): Verification {
  if (found === null) return 'unverifiable';
  // Of a call whose fate is unknown the bytes that left are not known: an empty body is stored in
  // their place, without a hash.
  if (found.sha256 === NOTHING && typeof recorded !== 'string') return 'unverifiable';
  return found.sha256 === recorded ? 'verified' : 'differs';
}

export async function verifyPacked(
  packed: Uint8Array | null,
  recorded: unknown,
): Promise<Verification> {
  return verificationOf(packed === null ? null : await unpacked(packed), recorded);
}

const NOTHING = createHash('sha256').digest('hex');

/** @returns null for bytes that cannot be unpacked */
async function sha256InPieces(packed: Uint8Array): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    const pieces: AsyncIterable<Uint8Array> = pipeline(
      Readable.from([packed]),
      createGunzip(),
      () => {},
    );
    for await (const piece of pieces) hash.update(piece);
    return hash.digest('hex');
  } catch {
    return null;
  }
}

function bodyOf(packed: Uint8Array): Uint8Array | null {
  try {
    return gunzipSync(packed, { maxOutputLength: LONGEST_TEXT });
  } catch {
    return null;
  }
}

/**
 * @param decode what is done to the bytes before they are read, for a body that travelled
 *   compressed
 * @returns null for no bytes, and for bytes that cannot be unpacked to a text
 */
export function textOfPacked(
  packed: Uint8Array | null,
  decode: (body: Uint8Array) => Uint8Array = (body) => body,
): string | null {
  const body = packed === null ? null : bodyOf(packed);
  if (body === null) return null;
  try {
    return Buffer.from(decode(body)).toString('utf8');
  } catch {
    return null;
  }
}
