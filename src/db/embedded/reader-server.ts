/**
 * The holder's side of the door. Visitors share one queue, and together no more than a tenth of the
 * holder's time: one statement at a time, each in a read-only transaction of its own that is rolled
 * back, as a role that may only read, so that nothing of the holder's is changed or waits for
 * longer than one of them takes. The embedded server knows no statement timeout: what the planner
 * takes for long is refused, and what takes long is read from a copy instead.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, constants, rmSync } from 'node:fs';
import { cp, mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { setImmediate as immediately, setTimeout as wait } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import type { PGlite, Transaction } from '@electric-sql/pglite';
import { messageOf } from '../../errors.ts';
import { holderOf } from './lock.ts';
import {
  DATA,
  FrameReader,
  frame,
  PROTOCOL,
  type QueryFailure,
  type ReadRequest,
  type ReadResponse,
} from './reader-protocol.ts';
import { TimeShare } from './time-share.ts';

/** Of the holder's time, for all visitors together. */
const SHARE = 0.1;
/** What a single glance may take before it is slowed down. */
const MOST_SAVED_MS = 2000;
/** A visitor that does not take what it asked for is let go. */
const WRITE_TIMEOUT_MS = 30_000;
/** How long visitors that are in the middle of something are waited for when the holder ends. */
const SHUTDOWN_GRACE_MS = 1000;
const MOST_REQUEST_BYTES = 16 << 20;
const ROWS_AT_ONCE = 500;
/** Left free on the disk after a copy, so that it is not the copy that stops the holder. */
const SPARE_BYTES = 256 << 20;
/** The server's own role for those who may read everything and do nothing else. */
const READER = 'pg_read_all_data';
/**
 * As the planner counts: some seconds. A study of millions of answers is read for a tenth of it.
 */
const MOST_COST = 5e6;
/**
 * What everybody may call in a read-only transaction, and what has effects all the same: on the
 * session, on locks, on time; or what runs a text that nobody has looked at.
 */
const WITH_EFFECTS =
  '^(set_config|setseed|pg_notify|pg_sleep.*|pg_(try_)?advisory_.*|pg_(cancel|terminate)_backend|pg_export_snapshot|lo_.*|lo(read|write)|pg_.*reset.*|(query|table|schema|database|cursor)_to_xml.*|ts_(stat|rewrite)|pg_logical_emit_message|txid_current|pg_current_xact_id)$';

/**
 * What the planner cannot count in a plan: how often a recursion goes round, and how long a series
 * is whose ends are no whole numbers, or are known only when it runs.
 */
const UNKNOWN_LENGTH =
  /"Recursive Union"|generate_series\((?!(?:-?\d+|'-?\d+'::bigint)(?:, (?:-?\d+|'-?\d+'::bigint)){1,2}\))/;

/** Folders of copies begin so. */
export const COPY_PREFIX = 'visit.';

export interface ReadServer extends AsyncDisposable {
  /** Where it is. */
  readonly place: string;
}

/**
 * Lets visitors in.
 * @param folder of the database, whose lock is held
 * @param places to try, see `doorPlaces`
 * @param now milliseconds of a clock that never goes back
 * @returns null where no place can be listened on: then nobody can look in
 */
export async function openReadServer(
  pglite: PGlite,
  folder: string,
  places: readonly string[],
  now: () => number = () => performance.now(),
): Promise<ReadServer | null> {
  if (places.length === 0 || !(await restrictReader(pglite))) return null;
  for (const place of places) {
    const hosting = new ReadHost(pglite, folder, now);
    const server = createServer((socket) => hosting.welcome(socket));
    if (!(await listens(server, place))) continue;
    server.unref();
    return {
      place,
      async [Symbol.asyncDispose]() {
        // Also removes the socket.
        server.close();
        await hosting.end();
      },
    };
  }
  return null;
}

/**
 * Takes from everybody but the holder, who is a superuser, what has effects. Kept in the database,
 * with a comment that says what was taken: nothing to do the next time.
 * @returns false where that cannot be written, as on a full disk
 */
async function restrictReader(pglite: PGlite): Promise<boolean> {
  const taken = `may not call ${WITH_EFFECTS}`;
  try {
    const { rows: said } = await pglite.query<{ comment: string | null }>(
      `select shobj_description('${READER}'::regrole, 'pg_authid') as comment`,
    );
    if (said[0]?.comment === taken) return true;
    const { rows } = await pglite.query<{ name: string }>(
      `select oid::regprocedure::text as name from pg_catalog.pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and proname ~ $1 and has_function_privilege('${READER}', oid, 'execute')`,
      [WITH_EFFECTS],
    );
    await pglite.transaction((transaction) =>
      transaction.exec(
        [
          ...rows.map(({ name }) => `revoke execute on function ${name} from public`),
          `comment on role ${READER} is '${taken}'`,
        ].join(';'),
      ),
    );
    return true;
  } catch {
    return false;
  }
}

/**
 * @throws Error for a statement that may never end, or that would keep the holder from its work for
 *   too long
 */
async function refuseLong(
  transaction: Pick<Transaction, 'query'>,
  text: string,
  parameters: readonly unknown[],
): Promise<void> {
  const { rows } = await transaction.query<{
    'QUERY PLAN': readonly { Plan: { 'Total Cost': number } }[];
  }>(`explain (verbose, format json) ${text}`, [...parameters]);
  const cost = rows[0]!['QUERY PLAN'][0]!.Plan['Total Cost'];
  if (cost <= MOST_COST && !UNKNOWN_LENGTH.test(JSON.stringify(rows[0]))) return;
  throw new Error(
    'The statement would take too long while another process is at work on this database',
  );
}

async function listens(server: Server, place: string): Promise<boolean> {
  try {
    // Left by a holder that was killed: whoever has the lock has the place.
    if (process.platform !== 'win32') rmSync(place, { force: true });
  } catch {
    return false;
  }
  const outcome = new Promise<boolean>((resolve) => {
    server.once('listening', () => resolve(true));
    server.once('error', () => resolve(false));
  });
  // The socket is made during the call: from its first moment on it is for this user only.
  const before = isMainThread ? process.umask(0o177) : null;
  try {
    server.listen(place);
  } finally {
    if (before !== null) process.umask(before);
  }
  if (!(await outcome)) return false;
  if (process.platform !== 'win32') chmodSync(place, 0o600);
  return true;
}

/** All visitors, and whose turn it is. */
class ReadHost {
  readonly #pglite: PGlite;
  readonly #folder: string;
  readonly #now: () => number;
  readonly #statements: TimeShare;
  readonly #copies: TimeShare;
  readonly #visits = new Set<Promise<void>>();
  readonly #sockets = new Set<Socket>();
  #last: Promise<unknown> = Promise.resolve();
  #ending = false;
  #shownOut = false;

  constructor(pglite: PGlite, folder: string, now: () => number) {
    this.#pglite = pglite;
    this.#folder = folder;
    this.#now = now;
    this.#statements = new TimeShare(SHARE, MOST_SAVED_MS, now());
    this.#copies = new TimeShare(SHARE, MOST_SAVED_MS, now());
  }

  welcome(socket: Socket): void {
    if (this.#ending) {
      socket.destroy();
      return;
    }
    socket.unref();
    this.#sockets.add(socket);
    const visit = this.#receive(socket).finally(() => {
      this.#sockets.delete(socket);
      this.#visits.delete(visit);
    });
    this.#visits.add(visit);
  }

  /** Gives visitors a moment to finish, and then closes their connections. */
  async end(): Promise<void> {
    this.#ending = true;
    const timeUp = new AbortController();
    await Promise.race([
      Promise.all(this.#visits),
      wait(SHUTDOWN_GRACE_MS, undefined, {
        signal: timeUp.signal,
        ref: this.#visits.size > 0,
      }).catch(() => {}),
    ]);
    timeUp.abort();
    this.#shownOut = true;
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#visits);
  }

  async #receive(socket: Socket): Promise<void> {
    const reader = new FrameReader<ReadRequest>(MOST_REQUEST_BYTES);
    const copies: string[] = [];
    const requests: ReadRequest[] = [];
    let arrived = () => {};
    // A connection that breaks closes, and closing is looked at.
    socket.on('error', () => {});
    socket.on('close', () => arrived());
    socket.on('data', (piece: Buffer) => {
      try {
        requests.push(...reader.take(piece));
        arrived();
      } catch {
        // Whoever sends this is no visitor of ours.
        socket.destroy();
      }
    });
    await send(socket, { kind: 'welcome', protocol: PROTOCOL, pid: process.pid });
    while (!socket.destroyed) {
      const request = requests.shift();
      if (request !== undefined) await this.#answer(socket, request, copies);
      else if (!socket.destroyed) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    }
    // Shown out by the holder's end, a visitor that reads from its copy goes on, and removes it.
    for (const copy of copies) {
      if (!this.#shownOut || (await holderOf(copy)) === null)
        await rm(copy, { recursive: true, force: true }).catch(() => {});
    }
  }

  async #answer(socket: Socket, request: ReadRequest, copies: string[]): Promise<void> {
    const { id } = request;
    try {
      if (request.kind === 'query') {
        const rows = await this.#takeTurn(socket, this.#statements, () =>
          this.#query(socket, request.text, request.parameters),
        );
        for (let from = 0; from < rows.length; from += ROWS_AT_ONCE)
          await send(socket, { kind: 'rows', id, rows: rows.slice(from, from + ROWS_AT_ONCE) });
        await send(socket, { kind: 'done', id });
      } else if (request.kind === 'snapshot') {
        const folder = await this.#takeTurn(socket, this.#copies, () => this.#copy(copies));
        if (!socket.destroyed) await send(socket, { kind: 'copied', id, folder });
      }
    } catch (error) {
      await send(socket, { kind: 'failed', id, error: failureOf(error) });
    }
  }

  /** First come, first served; nobody is served who has left meanwhile. */
  #takeTurn<T>(socket: Socket, allowance: TimeShare, work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      // The embedded server answers without going back to the event loop, where the holder's own
      // work comes in.
      await immediately();
      const waitMs = allowance.waitMs(this.#now());
      if (waitMs > 0) await happens(socket, 'close', waitMs);
      if (socket.destroyed) throw new Error('The visitor has left');
      return work();
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  #query(
    socket: Socket,
    text: string,
    parameters: readonly unknown[],
  ): Promise<Record<string, unknown>[]> {
    if (!/^[\s(]*(select|with)\b/i.test(text)) throw new Error('Only queries are answered here');
    return this.#pglite.transaction(async (transaction) => {
      if (socket.destroyed) return [];
      const begun = this.#now();
      try {
        await transaction.query('set transaction read only');
        await transaction.query(`set local role ${READER}`);
        await refuseLong(transaction, text, parameters);
        const { rows } = await transaction.query<Record<string, unknown>>(text, [...parameters]);
        // Whatever a statement may have set, the holder's session is as it was.
        await transaction.rollback();
        return rows;
      } finally {
        const ended = this.#now();
        this.#statements.spend(ended - begun, ended);
      }
    });
  }

  /**
   * The files as they are between two statements, which is what a server finds that was killed
   * then.
   */
  async #copy(copies: string[]): Promise<string> {
    const source = path.join(this.#folder, DATA);
    const bytes = await bytesIn(source);
    const { bavail, bsize } = await statfs(this.#folder);
    if (bavail * bsize < bytes + SPARE_BYTES) {
      throw new Error(
        `the disk has no space for a copy of ${Math.ceil(bytes / 1e6)} MB next to the database`,
      );
    }
    const copy = path.join(this.#folder, `${COPY_PREFIX}${randomUUID()}`);
    copies.push(copy);
    await mkdir(copy, { mode: 0o700 });
    // Within a transaction nobody else comes in.
    await this.#pglite.transaction(async (transaction) => {
      const begun = this.#now();
      try {
        // So that there is little that the copy must go over again.
        await transaction.query('checkpoint');
        const { rows } = await transaction.query<{
          first: string;
          last: string;
        }>(`select redo_wal_file as first,
          pg_walfile_name(pg_current_wal_insert_lsn()) as last from pg_control_checkpoint()`);
        await cp(source, path.join(copy, DATA), {
          recursive: true,
          mode: constants.COPYFILE_FICLONE,
          filter: (file) => isNeeded(file, rows[0]!.first, rows[0]!.last),
        });
      } finally {
        const ended = this.#now();
        this.#copies.spend(ended - begun, ended);
      }
    });
    return copy;
  }
}

/**
 * Segments of the log before the last checkpoint, and those laid out for later, say nothing: often
 * they are half of all bytes.
 */
function isNeeded(file: string, first: string, last: string): boolean {
  const name = path.basename(file);
  if (path.basename(path.dirname(file)) !== 'pg_wal' || !/^[\dA-F]{24}$/.test(name)) return true;
  return name >= first && name <= last;
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // The holder is at work: files come and go.
    bytes += (await stat(path.join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0;
  }
  return bytes;
}

/** Waits until the socket has room again; a visitor that takes nothing for too long is let go. */
async function send(socket: Socket, answer: ReadResponse): Promise<void> {
  if (socket.destroyed || socket.write(frame(answer))) return;
  if (!(await happens(socket, 'drain', WRITE_TIMEOUT_MS))) socket.destroy();
}

/** Whether it happens in time; that the connection closes ends the waiting as well. */
function happens(socket: Socket, event: 'drain' | 'close', ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (outcome: boolean) => {
      clearTimeout(timer);
      socket.off(event, yes).off('close', yes);
      resolve(outcome);
    };
    const yes = () => settle(true);
    const timer = setTimeout(() => settle(false), ms);
    socket.once(event, yes).once('close', yes);
  });
}

function failureOf(error: unknown): QueryFailure {
  const { code, severity, detail } = (error ?? {}) as Readonly<Record<string, unknown>>;
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    message: messageOf(error),
    code: text(code),
    severity: text(severity),
    detail: text(detail),
  };
}
