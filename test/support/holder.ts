/** A process that holds an embedded database and does what a test wants of a holder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { inject, onTestFinished } from 'vitest';
import { QUICK_START } from './cli.ts';

const EMBEDDED = new URL('../../src/db/embedded/embedded.ts', import.meta.url).href;

export interface Holder {
  readonly child: ChildProcess;
  /** Resolves with the next line that matches. */
  says(words: RegExp): Promise<string>;
  kill(): Promise<void>;
}

/**
 * Starts a process that opens the database of a folder, says `open`, and stays.
 * @param then what it does with `server`, an `EmbeddedServer`, before it says so
 */
export async function startHolder(folder: string, then = ''): Promise<Holder> {
  const script = `import { openEmbedded } from ${JSON.stringify(EMBEDDED)};
    const server = await openEmbedded(${JSON.stringify(folder)});
    ${then}
    console.log('open');
    setInterval(() => {}, 1e9);`;
  const child = spawn(process.execPath, [...QUICK_START, '--input-type=module', '-e', script], {
    env: { ...process.env, NODE_COMPILE_CACHE: inject('compileCache') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const holder: Holder = {
    child,
    says: (words) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const at = lines.findIndex((line) => words.test(line));
          if (at < 0) return;
          waiting.delete(look);
          resolve(lines.splice(at, 1)[0]!);
        };
        waiting.add(look);
        child.once('close', () => reject(new Error(`The holder ended without saying ${words}`)));
        look();
      }),
    async kill() {
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
  };
  await holder.says(/^open$/);
  return holder;
}
