/**
 * The door to an embedded database: a local socket on which the process that holds the folder lets
 * others look in, read-only. One message is four bytes of length, big-endian, and the message as V8
 * serialises it, so that rows arrive with the values that the holder's own would have.
 */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';

/** Raised when a message changes its meaning. */
export const PROTOCOL = 1;

/** In the folder of the database; beside it for the copies that visitors read from. */
export const DATA = 'pgdata';
const SOCKET = 'door.sock';
/** Of the name of a socket, in bytes: Linux takes 107, macOS 103. */
const LONGEST_NAME = 103;

/**
 * Places for the socket of a folder, the best first. Where the folder's own name is too long, or
 * its file system knows no sockets, it lies in the system's temporary folder under a name that
 * nobody guesses; the lock file tells which.
 * @param token of the lock
 */
export function socketPaths(folder: string, token: string): string[] {
  if (process.platform === 'win32') return [`\\\\.\\pipe\\personas-${token}`];
  return [
    path.join(path.resolve(folder), SOCKET),
    path.join(tmpdir(), `personas-${token}.sock`),
  ].filter((name) => Buffer.byteLength(name) <= LONGEST_NAME);
}

/** What a visitor asks. Requests of one visitor are answered one after the other. */
export type ReadRequest =
  | {
      readonly kind: 'query';
      readonly id: number;
      readonly text: string;
      readonly parameters: readonly unknown[];
    }
  /** A copy of the whole database at one moment, for the visitor alone. */
  | { readonly kind: 'snapshot'; readonly id: number };

export type ReadResponse =
  /** The first message on every connection. */
  | { readonly kind: 'welcome'; readonly protocol: number; readonly pid: number }
  /** Some of the rows of a query. */
  | {
      readonly kind: 'rows';
      readonly id: number;
      readonly rows: readonly Record<string, unknown>[];
    }
  /** After the last rows of a query. */
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'copied'; readonly id: number; readonly folder: string }
  | { readonly kind: 'failed'; readonly id: number; readonly error: QueryFailure };

/**
 * An error of the server, with the fields that its readers look at; `code` is null for anything
 * else.
 */
export interface QueryFailure {
  readonly message: string;
  readonly code: string | null;
  readonly severity: string | null;
  readonly detail: string | null;
}

const LENGTH_BYTES = 4;

export function frame(message: ReadRequest | ReadResponse): Buffer {
  const body = serialize(message);
  const head = Buffer.alloc(LENGTH_BYTES);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** Puts together messages that arrive in pieces. */
export class FrameReader<T extends ReadRequest | ReadResponse> {
  readonly #most: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** @param most bytes of one message */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * @returns the messages that are complete now
   * @throws RangeError for one that is too long, Error for what is no message
   */
  take(piece: Buffer): T[] {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    const messages: T[] = [];
    for (;;) {
      if (this.#bytes < LENGTH_BYTES) return messages;
      const length = this.#peekLength();
      if (length > this.#most) throw new RangeError(`A message of ${length} bytes`);
      if (this.#bytes < LENGTH_BYTES + length) return messages;
      const all = Buffer.concat(this.#pieces);
      messages.push(deserialize(all.subarray(LENGTH_BYTES, LENGTH_BYTES + length)) as T);
      this.#pieces = [all.subarray(LENGTH_BYTES + length)];
      this.#bytes = all.length - LENGTH_BYTES - length;
    }
  }

  #peekLength(): number {
    if (this.#pieces[0]!.length < LENGTH_BYTES) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0]!.readUInt32BE();
  }
}
