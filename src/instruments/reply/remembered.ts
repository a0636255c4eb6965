/** Replies say the same few words again and again: keys of items, labels of answers. */

/** Characters of the longest text whose meaning is kept; explanations do not repeat. */
const LONGEST = 64;
const MOST = 2000;

/**
 * The same function, which keeps what it found for short texts.
 * @param read depends on nothing but its argument, and what it returns is never changed
 */
export function remembered<R>(read: (text: string) => R): (text: string) => R {
  const known = new Map<string, R>();
  return (text) => {
    if (text.length > LONGEST) return read(text);
    const before = known.get(text);
    if (before !== undefined) return before;
    const found = read(text);
    if (known.size >= MOST) known.clear();
    known.set(text, found);
    return found;
  };
}
