/**
 * The simulated model in a thread of its own: a run that asks it on the same machine keeps a
 * processor to itself.
 */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { builtInWordings } from '../../instruments/load.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';

/** Says to this module that it is the thread. */
const THREAD = 'simulator';

type Addresses = Pick<Simulator, 'url' | 'openaiBaseUrl'>;

/** Knows the built-in instruments, and listens until it is disposed of. */
export async function startSimulatorThread(): Promise<Addresses & AsyncDisposable> {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: THREAD });
  // Rejects where the thread fails instead.
  const [{ url, openaiBaseUrl }] = (await once(worker, 'message')) as [Addresses];
  return {
    ...{ url, openaiBaseUrl },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

if (workerData === THREAD) {
  const { url, openaiBaseUrl } = await startSimulator({ instruments: builtInWordings() });
  parentPort!.postMessage({ url, openaiBaseUrl } satisfies Addresses);
}
