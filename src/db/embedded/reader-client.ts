/** Client of the read server: reads an embedded database through the process that has it open. */
import { rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import { messageOf, UserError } from '../../errors.ts';
import { type EmbeddedServer, openEmbedded } from './embedded.ts';
import { FolderInUse, holderOf } from './lock.ts';
import {
  FrameReader,
  frame,
  PROTOCOL,
  type QueryFailure,
  type ReadRequest,
  type ReadResponse,
} from './reader-protocol.ts';

/** A holder needs a moment to open the door, and another to go. */
const CONNECT_TIMEOUT_MS = 15_000;
const CONNECT_RETRY_MS = 50;
/** How long a holder is waited for that is busy with something of its own. */
const QUERY_TIMEOUT_MS = 60_000;
/** A copy takes as long as the disk takes. */
const SNAPSHOT_TIMEOUT_MS = 600_000;
const MOST_ANSWER_BYTES = 1 << 30;

/**
 * What a database that somebody else holds is needed for: a few quick queries, or much of it as it
 * was at one moment.
 */
export type ReadMode = 'live' | 'snapshot';

/**
 * A server of this process's own, or what can be had of another's: with `glance`, its `pglite`
 * answers single queries only.
 */
export interface ReaderConnection extends EmbeddedServer {
  /** Whose it is, in words; null where the folder was free. */
  readonly visiting: string | null;
}

/**
 * Opens the embedded database of a folder to read from it, through the process that holds it if
 * there is one.
 * @throws UserError when nobody opens, or the holder ends in the middle
 */
export async function openOrRead(folder: string, visit: ReadMode): Promise<ReaderConnection> {
  const until = performance.now() + CONNECT_TIMEOUT_MS;
  for (;;) {
    try {
      const server = await openEmbedded(folder);
      return { ...server, visiting: null };
    } catch (error) {
      if (!(error instanceof FolderInUse) || error.door === null) throw error;
      const socket = await connectTo(error.door);
      if (socket !== null) {
        const visitor = new ReaderClient(socket, folder, error.pid);
        return visit === 'live' ? readLive(visitor) : await readSnapshot(visitor);
      }
      if (performance.now() > until) throw error;
    }
    await wait(CONNECT_RETRY_MS);
  }
}

/**
 * A glance at a database through whoever holds it, without a wait for anything; null where nobody
 * lets anybody in.
 */
export async function connectReader(folder: string): Promise<ReaderConnection | null> {
  const inUse = await holderOf(folder);
  const socket = inUse === null || inUse.door === null ? null : await connectTo(inUse.door);
  return inUse === null || socket === null
    ? null
    : readLive(new ReaderClient(socket, folder, inUse.pid));
}

/** @returns null where nobody listens (yet, or any more) */
function connectTo(place: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(place);
    socket.once('connect', () => resolve(socket.off('error', onError)));
    const onError = () => resolve(null);
    socket.once('error', onError);
  });
}

function readLive(visitor: ReaderClient): ReaderConnection {
  const pglite = {
    closed: false,
    ready: true,
    query: async (text: string, parameters: readonly unknown[]) => ({
      rows: await visitor.query(text, parameters),
    }),
    transaction() {
      throw new Error('A database that another process has open answers single queries only');
    },
    close: async () => visitor.leave(),
  };
  return {
    pglite: pglite as unknown as PGlite,
    visiting: visitor.holder,
    [Symbol.asyncDispose]: async () => visitor.leave(),
  };
}

async function readSnapshot(visitor: ReaderClient): Promise<ReaderConnection> {
  try {
    const folder = await visitor.copy();
    const server = await openEmbedded(folder, false);
    // What were written here would be lost.
    await server.pglite.exec('set default_transaction_read_only = on');
    return {
      pglite: server.pglite,
      visiting: visitor.holder,
      async [Symbol.asyncDispose]() {
        try {
          await server[Symbol.asyncDispose]();
        } finally {
          await rm(folder, { recursive: true, force: true }).catch(() => {});
          visitor.leave();
        }
      },
    };
  } catch (error) {
    visitor.leave();
    throw error;
  }
}

interface Pending {
  readonly rows: Record<string, unknown>[];
  readonly resolve: (answer: ReadResponse) => void;
  readonly reject: (error: Error) => void;
}

/** One connection to a holder. */
class ReaderClient {
  readonly holder: string;
  readonly #socket: Socket;
  readonly #folder: string;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #lost: Error | null = null;

  constructor(socket: Socket, folder: string, pid: number) {
    this.#socket = socket;
    this.#folder = folder;
    this.holder = `process ${pid}`;
    const reader = new FrameReader<ReadResponse>(MOST_ANSWER_BYTES);
    socket.on('data', (piece: Buffer) => {
      try {
        for (const answer of reader.take(piece)) this.#take(answer);
      } catch (error) {
        this.#lose(unintelligible(this.holder, folder, error));
      }
    });
    // A connection that breaks closes.
    socket.on('error', () => {});
    socket.on('close', () => this.#lose(ended(this.holder, folder)));
  }

  async query(text: string, parameters: readonly unknown[]): Promise<Record<string, unknown>[]> {
    const { rows } = await this.#ask(
      (id) => ({ kind: 'query', id, text, parameters }),
      QUERY_TIMEOUT_MS,
    );
    return rows;
  }

  /** @returns folder of a copy of the database, there for this visitor until it leaves */
  async copy(): Promise<string> {
    const { answer } = await this.#ask(
      (id) => ({ kind: 'snapshot', id }),
      SNAPSHOT_TIMEOUT_MS,
    ).catch((error: Error) => {
      throw error instanceof UserError
        ? error
        : new UserError(
            `The database in ${this.#folder} cannot be read while ${this.holder} is using it: ${error.message}`,
            {
              code: 'database-snapshot-failed',
              hint: 'Free space on that disk, or wait for the process to end.',
              exitCode: 1,
              cause: error,
            },
          );
    });
    if (answer.kind !== 'copied') throw unintelligible(this.holder, this.#folder, answer.kind);
    return answer.folder;
  }

  leave(): void {
    this.#lost ??= new Error('This visit is over');
    this.#socket.destroy();
  }

  async #ask(
    requestOf: (id: number) => ReadRequest,
    patienceMs: number,
  ): Promise<{ answer: ReadResponse; rows: Record<string, unknown>[] }> {
    if (this.#lost !== null) throw this.#lost;
    const id = ++this.#lastId;
    const rows: Record<string, unknown>[] = [];
    const timeUp = setTimeout(
      () => this.#lose(busy(this.holder, this.#folder, patienceMs)),
      patienceMs,
    );
    try {
      const answer = await new Promise<ReadResponse>((resolve, reject) => {
        this.#pending.set(id, { rows, resolve, reject });
        this.#socket.write(frame(requestOf(id)));
      });
      return { answer, rows };
    } finally {
      clearTimeout(timeUp);
      this.#pending.delete(id);
    }
  }

  #take(answer: ReadResponse): void {
    if (answer.kind === 'welcome') {
      if (answer.protocol !== PROTOCOL)
        this.#lose(unintelligible(this.holder, this.#folder, `protocol ${answer.protocol}`));
      return;
    }
    const pending = this.#pending.get(answer.id);
    if (answer.kind === 'rows') for (const row of answer.rows) pending?.rows.push(row);
    else if (answer.kind === 'failed') pending?.reject(serverError(answer.error));
    else pending?.resolve(answer);
  }

  #lose(error: Error): void {
    this.#lost ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#lost);
    this.#socket.destroy();
  }
}

function ended(holder: string, folder: string): UserError {
  return new UserError(
    `The process that had the database in ${folder} open, ${holder}, ended during this query`,
    {
      code: 'database-holder-ended',
      hint: 'Run the same command again.',
      exitCode: 1,
    },
  );
}

function busy(holder: string, folder: string, ms: number): UserError {
  return new UserError(
    `The database in ${folder} is open in ${holder}, which has not answered for ${Math.round(ms / 1000)} s`,
    {
      code: 'database-busy',
      hint: 'That process is busy with a long step, such as an import. Try again later.',
      exitCode: 1,
    },
  );
}

function unintelligible(holder: string, folder: string, what: unknown): UserError {
  return new UserError(
    `The database in ${folder} is open in ${holder}, which uses an incompatible protocol: ${messageOf(what)}`,
    {
      code: 'database-other-version',
      hint: 'That process is probably another version of this program. Use that version, or wait for the process to end.',
      exitCode: 1,
    },
  );
}

/** As the server itself would have thrown it. */
function serverError({ message, code, severity, detail }: QueryFailure): Error {
  return Object.assign(new Error(message), {
    ...(code === null ? {} : { code, severity, detail }),
  });
}
