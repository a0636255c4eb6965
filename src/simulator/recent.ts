/** Remembers the results of a pure function for the arguments that were used last. */

/** Longer arguments are worked out anew each time, so that a memory of n entries stays small. */
const MAX_REMEMBERED_LENGTH = 50_000;

/**
 * @param work must depend on nothing but its argument
 * @param capacity how many results are kept; the one unused for longest goes first
 */
export function rememberRecent<T>(
  work: (text: string) => T,
  capacity: number,
): (text: string) => T {
  const kept = new Map<string, { readonly value: T }>();
  return (text) => {
    const hit = kept.get(text);
    if (hit !== undefined) {
      kept.delete(text);
      kept.set(text, hit);
      return hit.value;
    }
    const value = work(text);
    if (text.length > MAX_REMEMBERED_LENGTH) return value;
    if (kept.size >= capacity) kept.delete(kept.keys().next().value!);
    kept.set(text, { value });
    return value;
  };
}
