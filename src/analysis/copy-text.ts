/** COPY's text format: a line a row, fields parted by tabs, `\N` for NULL. */

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const TAB = 9;
const NEWLINE = 10;
const MINUS = 45;
const BACKSLASH = 92;

/**
 * Rows, as many at once as have arrived.
 * @param chunks bytes cut anywhere
 */
export async function* readRows(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<(string | null)[][]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (lines.length > 0) yield lines.map((line) => line.split('\t').map(readField));
  }
}

function readField(field: string): string | null {
  if (field === '\\N') return null;
  return field.includes('\\')
    ? field.replace(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character)
    : field;
}

/**
 * Rows of whole numbers, read without making text of them: one array, used again for each row.
 * @param chunks bytes cut anywhere
 * @param width columns of a row
 * @param absent stands for NULL
 */
export async function visitIntegers(
  chunks: AsyncIterable<Uint8Array>,
  width: number,
  absent: number,
  visit: (row: Int32Array) => void,
): Promise<void> {
  const row = new Int32Array(width);
  let column = 0;
  let value = 0;
  let negative = false;
  let isNull = false;
  for await (const chunk of chunks) {
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index]!;
      if (byte === TAB || byte === NEWLINE) {
        row[column++] = isNull ? absent : negative ? -value : value;
        value = 0;
        negative = false;
        isNull = false;
        if (byte === NEWLINE) {
          visit(row);
          column = 0;
        }
      } else if (byte === MINUS) negative = true;
      else if (byte === BACKSLASH) isNull = true;
      // The N of \N changes nothing that is looked at.
      else value = value * 10 + (byte - 48);
    }
  }
}
