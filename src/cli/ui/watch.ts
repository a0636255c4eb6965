/** Looking again and again. */
import { setTimeout as pause } from 'node:timers/promises';
import { writeOut } from './output.ts';
import type { Terminal } from './terminal.ts';

const AGAIN_MS = 2000;
const CLEAR = '\x1b[H\x1b[2J';

/**
 * Shows something every two seconds until Ctrl-C: in place of what was shown before on a terminal,
 * below it elsewhere.
 */
export async function watch(
  terminal: Terminal,
  show: (terminal: Terminal) => Promise<void>,
): Promise<never> {
  for (;;) {
    const lines: string[] = [];
    // Gathered first: a screen that is cleared before the database has answered flickers.
    await show({ ...terminal, print: (line = '') => void lines.push(line) });
    if (!terminal.json) {
      if (terminal.redraws) process.stdout.write(CLEAR);
      writeOut(`${lines.join('\n')}\n\n`);
    }
    await pause(AGAIN_MS);
  }
}
