/** What is read again only when it may have changed. */

/**
 * @param nameOf what there is now: as long as the name is the same, what was read holds
 * @returns what `read` returns, from now or from before; a failure is not kept
 */
export function keep<Reader, T>(
  nameOf: (reader: Reader) => Promise<string>,
  read: (reader: Reader) => Promise<T>,
): (reader: Reader) => Promise<T> {
  let kept: { readonly name: string; readonly value: Promise<T> } | null = null;
  return async (reader) => {
    const name = await nameOf(reader);
    if (kept?.name !== name) {
      const own = { name, value: read(reader) };
      own.value.catch(() => {
        if (kept === own) kept = null;
      });
      kept = own;
    }
    return kept.value;
  };
}
