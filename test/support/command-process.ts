/**
 * A process that carries out one command after another, each as a process of its own would: with
 * the arguments, folder and environment that a message names, through the program's main module,
 * until nothing that the command began keeps the process alive.
 */
import { pathToFileURL } from 'node:url';
import type { CommandMessage, CommandResult } from './command-client.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const HOME = process.cwd();

// A command that never ends, such as one of a test that timed out, does not outlive the tests.
const endProcess = process.exit.bind(process);
process.once('disconnect', () => endProcess());

let commands = 0;
process.on('message', (message: CommandMessage) => {
  void carryOut(message).then((result) => process.send!(result));
});

async function carryOut({ main, args, cwd, env }: CommandMessage): Promise<CommandResult> {
  process.argv = [process.execPath, main, ...args];
  process.chdir(cwd ?? HOME);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.exitCode = undefined;

  const restore = [process.stdout, process.stderr].map(capture);
  const before = process.getActiveResourcesInfo().length;
  const exited = Promise.withResolvers<void>();
  const { exit } = process;
  process.exit = ((code?: number) => {
    process.exitCode = code ?? process.exitCode;
    exited.resolve();
  }) as typeof process.exit;
  try {
    await Promise.race([exited.promise, runMain(main, before)]);
    // A command that failed ends its process itself once its output is written, which must not
    // happen during the next one. What it leaves open is among what that one finds open, so that
    // counting does not show whether it did.
    if (Number(process.exitCode ?? 0) !== 0) await exited.promise;
  } finally {
    process.exit = exit;
    for (const signal of SIGNALS) process.removeAllListeners(signal);
    process.stdout.removeAllListeners('error');
    process.chdir(HOME);
  }
  const [stdout, stderr] = restore.map((end) => end()) as [string, string];
  return { code: Number(process.exitCode ?? 0), stdout, stderr };
}

/** Modules of the program are loaded once; the main module runs anew for each command. */
async function runMain(main: string, before: number): Promise<void> {
  await import(`${pathToFileURL(main).href}?command=${commands++}`);
  while (process.getActiveResourcesInfo().length > before) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Keeps what is written to a stream. Returns what ends that and gives the text. */
function capture(stream: NodeJS.WriteStream): () => string {
  const { write } = stream;
  const chunks: Buffer[] = [];
  stream.write = ((chunk: string | Uint8Array, ...more: unknown[]) => {
    chunks.push(Buffer.from(chunk as string));
    const done = more.find((one) => typeof one === 'function') as (() => void) | undefined;
    if (done !== undefined) setImmediate(done);
    return true;
  }) as typeof stream.write;
  return () => {
    stream.write = write;
    return Buffer.concat(chunks).toString();
  };
}
