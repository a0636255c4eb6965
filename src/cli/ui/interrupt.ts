/** Ctrl-C during an action that is all or nothing. */
import type { Terminal } from './terminal.ts';

/** The first Ctrl-C gives the work up in order, the second ends the process at once; the database takes both. */
export function interruptedBy(terminal: Terminal, note: string): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    terminal.say(`${note} Press Ctrl-C again to end at once.`);
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: stop.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
