/** Decompresses the body of a reply up to a limit, and checks its depth of nesting. Pure. */
import zlib from 'node:zlib';

export type ReadableBody =
  /** `encoding` is how the body was compressed, or null. */
  | { readonly ok: true; readonly bytes: Uint8Array; readonly encoding: string | null }
  | { readonly ok: false; readonly problem: string };

type Decompress = (bytes: Uint8Array, options: zlib.ZlibOptions) => Uint8Array;

const DECODERS: Readonly<Record<string, Decompress>> = {
  gzip: zlib.gunzipSync,
  'x-gzip': zlib.gunzipSync,
  // The standard's "deflate" is zlib's format; many servers send the bare one.
  deflate: (bytes, options) =>
    isZlib(bytes) ? zlib.inflateSync(bytes, options) : zlib.inflateRawSync(bytes, options),
  br: (bytes, { maxOutputLength }) =>
    zlib.brotliDecompressSync(bytes, { maxOutputLength: maxOutputLength! }),
  // Node 22.13 has none.
  ...('zstdDecompressSync' in zlib
    ? {
        zstd: (bytes, { maxOutputLength }) =>
          zlib.zstdDecompressSync(bytes, { maxOutputLength: maxOutputLength! }),
      }
    : {}),
};

/** More than one is rare; each costs time. */
const MOST_ENCODINGS = 3;
/** No completion comes near. Far below what the database takes. */
const DEEPEST = 1000;
/**
 * In fewer bytes nothing can be nested so deeply that reading it costs memory worth speaking of.
 */
const SHALLOW_BYTES = 256 * 1024;

/**
 * @param encodings the header `content-encoding`, or what was stored of it
 * @param mostBytes that the body may have once it is decompressed
 */
export function readableBody(
  body: Uint8Array,
  encodings: string | null | undefined,
  mostBytes: number,
): ReadableBody {
  const names = namesIn(encodings);
  if (names.length === 0 && body[0] === 0x1f && body[1] === 0x8b) names.push('gzip');
  if (names.length > MOST_ENCODINGS)
    return { ok: false, problem: `the reply is compressed ${names.length} times` };
  const encoding = joined(names);
  let bytes = body;
  for (const name of names.toReversed()) {
    const decompress = Object.hasOwn(DECODERS, name) ? DECODERS[name]! : null;
    if (decompress === null)
      return { ok: false, problem: `the reply is compressed in an unsupported way (${name})` };
    try {
      bytes = decompress(bytes, { maxOutputLength: mostBytes });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      // Some gateways leave the header on what they have decompressed.
      if (code !== 'ERR_BUFFER_TOO_LARGE' && looksLikeJson(bytes)) continue;
      return {
        ok: false,
        problem:
          code === 'ERR_BUFFER_TOO_LARGE'
            ? `the reply is compressed (${name}) and exceeds ${megabytes(mostBytes)} (max_reply_mb) when decompressed`
            : `the reply is compressed (${name}) and cannot be decompressed (${code})`,
      };
    }
  }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
  if (bytes.byteLength > SHALLOW_BYTES && isDeep(bytes)) {
    return { ok: false, problem: `the reply is nested more than ${DEEPEST} levels deep` };
  }
  return { ok: true, bytes, encoding };
}

/** The most that a configuration may allow. */
const MOST_BYTES = 256e6;

/** A reply that was stored, as it reads; as it came where it cannot be decompressed. */
export function decompressed(body: Uint8Array, encoding: string): Uint8Array {
  const read = readableBody(body, encoding, MOST_BYTES);
  return read.ok ? read.bytes : body;
}

/** What a header `content-encoding` says, or null where it says that nothing was done. */
export function encodingOf(encodings: string | null | undefined): string | null {
  return joined(namesIn(encodings));
}

function namesIn(encodings: string | null | undefined): string[] {
  const names = (encodings ?? '').toLowerCase().split(',');
  return names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
}

function joined(names: readonly string[]): string | null {
  return names.length === 0 ? null : names.join(', ');
}

export function megabytes(bytes: number): string {
  return `${Number((bytes / 1e6).toPrecision(6))} MB`;
}

function isZlib(bytes: Uint8Array): boolean {
  return (bytes[0]! & 0x0f) === 8 && ((bytes[0]! << 8) | bytes[1]!) % 31 === 0;
}

function looksLikeJson(bytes: Uint8Array): boolean {
  const start = bytes.findIndex((byte) => byte > 0x20);
  return bytes[start] === 0x7b || bytes[start] === 0x5b;
}

function isDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (quoted) {
      if (byte === 0x5c) at++;
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > DEEPEST) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}
