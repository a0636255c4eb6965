/** A server that goes down under a run, and a connection that is cut. */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { seededNumbers } from '../../test/support/instants.ts';
import { startPostgres } from '../../test/support/postgres.ts';
import { settleAccounts } from './account.ts';
import { type Claims, claimSound } from './claims.ts';
import { startFaultyProvider } from './provider.ts';
import { makeStudy, readStored, startRun } from './study.ts';

const WORKERS = 32;
const LATENCY_MS = 300;

export async function benchRestarts(claims: Claims, seed: number, small: boolean): Promise<void> {
  const restarts = small ? 3 : 10;
  const experiments = restarts * 400;
  const random = seededNumbers(seed);
  const server = await startPostgres();
  try {
    await using study = await makeStudy({ postgres: server.url, experiments });
    await using provider = await startFaultyProvider({ seed, latencyMs: LATENCY_MS });
    const run = startRun(study, WORKERS, { baseUrl: provider.baseUrl });
    let over = false;
    const ended = run.ended.finally(() => {
      over = true;
    });
    let done = 0;
    for (; done < restarts && !over; done++) {
      await pause(1000 + random(1500));
      await server.crash();
      await pause(random(2500));
      await server.startAgain();
    }
    const { code, said } = await ended;
    const of = `PostgreSQL stopped at once and started again ${restarts} times, ${experiments} experiments`;
    claims.atLeast(`${of}: restarts while it ran`, done, restarts);
    claims.atMost(`${of}: exit code`, code ?? -1, 0);
    if (code !== 0) console.log(said);
    const account = settleAccounts(experiments, provider.calls, await readStored(study));
    claimSound(claims, of, account);
    claims.atMost(
      `${of}: calls of which it is unknown whether they were answered`,
      account.unknownFate,
      0,
    );
    await benchCut(claims, seed, small ? 10 : 60, server.url);
  } finally {
    await server.stop();
  }
}

async function benchCut(
  claims: Claims,
  seed: number,
  seconds: number,
  postgres: string,
): Promise<void> {
  const experiments = 1200;
  await using study = await makeStudy({ postgres, experiments });
  let calls = 0;
  const { promise: underWay, resolve: begin } = Promise.withResolvers<void>();
  await using provider = await startFaultyProvider({
    seed,
    latencyMs: LATENCY_MS,
    onCall: () => ++calls === 300 && begin(),
  });
  await using line = await openLine(postgres);
  const run = startRun(study, WORKERS, { baseUrl: provider.baseUrl, database: line.url });
  await Promise.race([underWay, run.ended]);
  line.cut();
  await pause(seconds * 1000);
  line.mend();
  const { code, said } = await run.ended;
  const of = `the connection cut for ${seconds} s, ${experiments} experiments`;
  claims.atMost(`${of}: exit code`, code ?? -1, 0);
  if (code !== 0) console.log(said);
  const account = settleAccounts(experiments, provider.calls, await readStored(study));
  claimSound(claims, of, account);
  claims.atMost(
    `${of}: calls of which it is unknown whether they were answered`,
    account.unknownFate,
    0,
  );
}

/** A way to the server that can be cut: connections break, and new ones are not let through. */
async function openLine(
  postgres: string,
): Promise<AsyncDisposable & { readonly url: string; cut(): void; mend(): void }> {
  const target = new URL(postgres);
  const sockets = new Set<net.Socket>();
  let open = true;
  const relay = net.createServer((client) => {
    if (!open) {
      client.destroy();
      return;
    }
    const server = net.connect(Number(target.port), target.hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.pipe(server).pipe(client);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const through = new URL(postgres);
  through.port = String((relay.address() as AddressInfo).port);
  return {
    url: through.href,
    cut() {
      open = false;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      open = true;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const closed = once(relay, 'close');
      relay.close();
      await closed;
    },
  };
}
