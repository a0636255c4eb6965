/** Long results a screen at a time, where somebody looks at a terminal. */
import { spawn } from 'node:child_process';
import { outputHeight, textForTerminal, writeOut } from './output.ts';

/**
 * Writes a text on standard output: through less where that is a terminal with fewer lines, and
 * less is there; directly everywhere else.
 */
export async function pageOut(text: string): Promise<void> {
  const height = outputHeight();
  if (height === null || text.split('\n').length < height) return writeOut(`${text}\n`);
  if (!(await throughLess(textForTerminal(text)))) writeOut(`${text}\n`);
}

/** @returns whether there was a less to show it */
function throughLess(text: string): Promise<boolean> {
  return new Promise((resolve) => {
    const less = spawn('less', ['-R'], { stdio: ['pipe', 'inherit', 'inherit'] });
    less.once('error', () => resolve(false));
    less.once('close', () => resolve(true));
    // Who leaves it early reads no further.
    less.stdin.on('error', () => {});
    less.stdin.end(`${text}\n`);
  });
}
