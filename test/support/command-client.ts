/**
 * Commands of a worker's tests run one after another in a process that stays, see
 * `command-process.ts`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./command-process.ts', import.meta.url));

export interface CommandMessage {
  /** File of the program's main module. */
  readonly main: string;
  readonly args: readonly string[];
  /** Null for the folder of the tests. */
  readonly cwd: string | null;
  readonly env: Readonly<Record<string, string>>;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let idle: ChildProcess | null = null;

/** Runs a command to its end. Commands that run at the same time have a process each. */
export async function runCommand(message: CommandMessage): Promise<CommandResult> {
  const child = idle ?? start();
  idle = null;
  hold(child, true);
  child.send(message);
  const stop = new AbortController();
  try {
    const result = await Promise.race([
      once(child, 'message', { signal: stop.signal }).then(([answer]) => answer as CommandResult),
      once(child, 'close', { signal: stop.signal }).then(() => {
        throw new Error(`The process of the commands ended in: personas ${message.args.join(' ')}`);
      }),
    ]);
    hold(child, false);
    if (idle === null) idle = child;
    else child.disconnect();
    return result;
  } finally {
    stop.abort();
  }
}

function start(): ChildProcess {
  return spawn(process.execPath, [PROGRAM], {
    env: { NODE_COMPILE_CACHE: inject('compileCache') },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** Whether the worker waits for the process. One that is idle ends with its worker. */
function hold(child: ChildProcess, wait: boolean): void {
  if (wait) {
    child.ref();
    child.channel?.ref();
  } else {
    child.unref();
    child.channel?.unref();
  }
}
