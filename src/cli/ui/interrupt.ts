/**
 * The first Ctrl-C ends the work in order, the second ends the process at once; the database takes
 * both.
 * @param say shows a line to the user
 * @param note what the first does
 */
export function interruptedBy(
  say: (line: string) => void,
  note: string,
): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    say(`${note} Press Ctrl-C again to end at once.`);
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
