/**
 * The format of a journal's files: frames with length and checksum, so that an incomplete frame is
 * recognised and the frames after it are found again.
 */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ProviderError, type ProviderErrorKind } from '../../errors.ts';
import type {
  CallResult,
  Completion,
  CompletionRequest,
  Exchange,
} from '../../providers/provider.ts';

/** A call that is about to be sent. */
export interface IntentRecord {
  readonly kind: 'intent';
  readonly id: string;
  readonly taskId: number;
  /** Short name of the model. */
  readonly model: string;
  /** Which of the calls of its task it is; absent where the task takes one. */
  readonly call?: number;
  readonly attempt: number;
  readonly seed: number | null;
  /** Id of its study; journals of earlier versions do not have it. */
  readonly studyId?: string;
  /** Of the request, see `hashRequest`. */
  readonly requestSha256: string;
  /** US dollars reserved for the call. */
  readonly reservedUsd: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A call that has ended, with its result. */
export interface ReplyRecord {
  readonly kind: 'reply';
  readonly id: string;
  readonly taskId: number;
  readonly call?: number;
  readonly attempt: number;
  readonly seed: number | null;
  /** The same as in the intent; replies in journals of earlier versions have neither. */
  readonly studyId?: string;
  readonly requestSha256?: string;
  readonly result: CallResult;
}

export type JournalRecord = IntentRecord | ReplyRecord;

/** The result as its frame holds it; the bodies follow, byte for byte. */
type WrittenResult = {
  readonly exchange: Pick<
    Exchange,
    'status' | 'requestId' | 'startedAt' | 'latencyMs' | 'responseEncoding'
  >;
} & (
  | { readonly completion: Completion }
  | {
      readonly error: {
        readonly kind: ProviderErrorKind;
        readonly message: string;
        readonly status: number | null;
        readonly retryAfterMs: number | null;
      };
    }
);

/**
 * SHA-256 of a request as this program knows it, in hexadecimal. What a request does not make use of
 * is left out, so that journals can be recovered by a version that can ask for more.
 */
export function hashRequest(request: CompletionRequest): string {
  const { format } = request;
  const written = Object.entries(request).flatMap(([name, value]): [string, unknown][] => {
    if (name === 'turns' && request.turns.length === 0) return [];
    if (name === 'logprobs' && request.logprobs === null) return [];
    if (name === 'format' && typeof format === 'string') return [['json', format === 'json']];
    return [[name, value]];
  });
  return hash('sha256', JSON.stringify(Object.fromEntries(written)));
}

const MAGIC = Buffer.from('PtJ1');
const LENGTH_BYTES = 4;
/** The magic number, the length of what follows and its checksum. */
const HEADER_BYTES = MAGIC.length + 2 * LENGTH_BYTES;
/** Stands for a body that does not exist. */
const NONE = 0xffff_ffff;

/** A record as it is written: pieces that follow each other, bodies among them as they are. */
export type EncodedRecord = readonly Uint8Array[];

export function encodeRecord(record: JournalRecord): EncodedRecord {
  if (record.kind === 'intent') return frame(record, null, null);
  const { result, ...rest } = record;
  const { requestBody, responseBody, status, requestId, startedAt, latencyMs, responseEncoding } =
    result.exchange;
  const exchange = {
    status,
    requestId,
    startedAt,
    latencyMs,
    ...(responseEncoding == null ? {} : { responseEncoding }),
  };
  const written: WrittenResult = result.ok
    ? { exchange, completion: result.completion }
    : {
        exchange,
        error: {
          kind: result.error.kind,
          message: result.error.message,
          status: result.error.status,
          retryAfterMs: result.error.retryAfterMs,
        },
      };
  return frame({ ...rest, result: written }, requestBody, responseBody);
}

export function bytesOfRecord(record: EncodedRecord): number {
  return record.reduce((sum, piece) => sum + piece.byteLength, 0);
}

function frame(
  meta: object,
  request: Uint8Array | null,
  response: Uint8Array | null,
): EncodedRecord {
  const text = JSON.stringify(meta);
  const metaBytes = Buffer.byteLength(text);
  const head = Buffer.allocUnsafe(HEADER_BYTES + LENGTH_BYTES + metaBytes);
  head.writeUInt32LE(metaBytes, HEADER_BYTES);
  head.write(text, HEADER_BYTES + LENGTH_BYTES);
  const payload = [head.subarray(HEADER_BYTES), ...bodyOf(request), ...bodyOf(response)];
  MAGIC.copy(head);
  head.writeUInt32LE(bytesOfRecord(payload), MAGIC.length);
  const checksum = payload.reduce((sum, piece) => crc32(piece, sum), 0);
  head.writeUInt32LE(checksum, MAGIC.length + LENGTH_BYTES);
  return [head, ...payload.slice(1)];
}

/** With its length before it. */
function bodyOf(body: Uint8Array | null): Uint8Array[] {
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32LE(body?.byteLength ?? NONE);
  return body === null || body.byteLength === 0 ? [length] : [length, body];
}

/**
 * The complete records of a file, in order. Damaged bytes are skipped.
 * @param file its content, which the bodies of the records are parts of
 * @returns how many bytes were skipped
 */
export function* decodeRecords(file: Buffer): Generator<JournalRecord, number> {
  let read = 0;
  let at = file.indexOf(MAGIC);
  while (at >= 0 && at + HEADER_BYTES <= file.length) {
    const begin = at + HEADER_BYTES;
    const end = begin + file.readUInt32LE(at + MAGIC.length);
    if (
      end <= file.length &&
      crc32(file.subarray(begin, end)) === file.readUInt32LE(at + MAGIC.length + 4)
    ) {
      const record = decodePayload(file.subarray(begin, end));
      if (record !== null) {
        read += end - at;
        yield record;
      }
      at = file.indexOf(MAGIC, end);
    } else {
      at = file.indexOf(MAGIC, at + 1);
    }
  }
  return file.length - read;
}

/** @returns null for a record that this version does not know */
function decodePayload(payload: Buffer): JournalRecord | null {
  try {
    let at = 0;
    const [meta, request, response] = Array.from({ length: 3 }, () => {
      const length = payload.readUInt32LE(at);
      at += 4;
      if (length === NONE) return null;
      at += length;
      return payload.subarray(at - length, at);
    });
    return recordOf(
      JSON.parse(meta!.toString()) as WrittenRecord,
      request ?? null,
      response ?? null,
    );
  } catch {
    return null;
  }
}

type WrittenRecord =
  | IntentRecord
  | (Omit<ReplyRecord, 'result'> & { readonly result: WrittenResult });

function recordOf(
  record: WrittenRecord,
  request: Buffer | null,
  response: Buffer | null,
): JournalRecord | null {
  if (record.kind === 'intent') return record;
  if (record.kind !== 'reply') return null;
  const { result } = record;
  const exchange = {
    ...result.exchange,
    requestBody: request ?? new Uint8Array(0),
    responseBody: response,
  };
  if ('completion' in result)
    return { ...record, result: { ok: true, completion: result.completion, exchange } };
  const { kind, message, status, retryAfterMs } = result.error;
  return {
    ...record,
    result: {
      ok: false,
      error: new ProviderError(kind, message, { status, retryAfterMs }),
      exchange,
    },
  };
}
