/** Instants of a run that can be told from outside without a clock: by counting what it does. */
import { once } from 'node:events';
import { watch } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import type { DatabaseLocation } from '../../src/config/location.ts';

export interface Instants {
  /** Something was done. */
  step(): void;
  /** Resolves when so many more things have been done. */
  after(count: number): Promise<void>;
}

export function countInstants(): Instants {
  let left = Number.POSITIVE_INFINITY;
  let reached = () => {};
  return {
    step() {
      left--;
      if (left === 0) reached();
    },
    after(count) {
      left = count;
      return new Promise((resolve) => {
        reached = resolve;
      });
    },
  };
}

/** The same numbers for the same seed, each from 1 to `most`. */
export function seededNumbers(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return 1 + Math.floor((state / 2_147_483_648) * most);
  };
}

export interface WatchedDatabase extends AsyncDisposable {
  /** Where processes must go to be seen. */
  readonly database: DatabaseLocation;
}

/**
 * A database whose traffic is counted: what is sent to the server, or what the embedded one writes
 * to its log and its control files.
 */
export function watchDatabase(
  database: DatabaseLocation,
  onStep: () => void,
): Promise<WatchedDatabase> {
  switch (database.kind) {
    case 'postgres':
      return watchServer(database, onStep);
    case 'embedded': {
      const folders = ['.', 'global', 'pg_wal'].map((name) =>
        path.join(database.folder, 'pgdata', name),
      );
      const watchers = folders.map((folder) => watch(folder, onStep));
      return Promise.resolve({
        database,
        async [Symbol.asyncDispose]() {
          for (const watcher of watchers) watcher.close();
        },
      });
    }
    default:
      throw new Error('a database in memory has one process only');
  }
}

/**
 * A relay in front of the server. What was read from a process that is killed right then still
 * reaches the server.
 */
async function watchServer(
  { url }: DatabaseLocation & { kind: 'postgres' },
  onStep: () => void,
): Promise<WatchedDatabase> {
  const target = new URL(url);
  const open = new Set<net.Socket>();
  const relay = net.createServer((client) => {
    const server = net.connect(Number(target.port || 5432), target.hostname);
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => open.delete(socket));
    }
    client.on('data', (bytes) => {
      server.write(bytes);
      onStep();
    });
    client.once('close', () => server.end());
    server.pipe(client);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String((relay.address() as AddressInfo).port);
  return {
    database: { kind: 'postgres', url: through.href },
    async [Symbol.asyncDispose]() {
      const closed = once(relay, 'close');
      relay.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
