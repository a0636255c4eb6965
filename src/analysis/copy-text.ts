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
const NULL_LETTER = 78;

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

/** Texts of a column, each kept once. */
export class Texts {
  /** In order of appearance. */
  readonly values: string[] = [];
  readonly #bytes: Uint8Array[] = [];
  readonly #byHash = new Map<number, number[]>();

  /** @returns position in `values` of a field as COPY wrote it; -1 for NULL */
  codeOf(field: Uint8Array, hash: number): number {
    if (field.length === 2 && field[0] === BACKSLASH && field[1] === NULL_LETTER) return -1;
    const alike = this.#byHash.get(hash);
    const known = alike?.find((code) => isEqual(this.#bytes[code]!, field));
    if (known !== undefined) return known;
    const code = this.values.push(readField(new TextDecoder().decode(field)) ?? '') - 1;
    this.#bytes.push(field.slice());
    if (alike === undefined) this.#byHash.set(hash, [code]);
    else alike.push(code);
    return code;
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/**
 * Rows of whole numbers and of short texts that repeat, read without making an object or a text of
 * each: one array, used again for each row.
 * @param chunks bytes cut anywhere
 * @param columns null for whole numbers; where texts are, what keeps them: the row has their codes
 * @param absent stands for NULL among whole numbers; among codes, -1 does
 */
export async function visitRows(
  chunks: AsyncIterable<Uint8Array>,
  columns: readonly (Texts | null)[],
  absent: number,
  visit: (row: Int32Array) => void,
): Promise<void> {
  const row = new Int32Array(columns.length);
  let column = 0;
  let texts = columns[0]!;
  let value = 0;
  let negative = false;
  let isNull = false;
  let field = new Uint8Array(256);
  let length = 0;
  for await (const chunk of chunks) {
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index]!;
      if (byte === TAB || byte === NEWLINE) {
        row[column++] =
          texts === null
            ? isNull
              ? absent
              : negative
                ? -value
                : value
            : texts.codeOf(field.subarray(0, length), value);
        value = 0;
        negative = false;
        isNull = false;
        length = 0;
        if (byte === NEWLINE) {
          visit(row);
          column = 0;
        }
        texts = columns[column]!;
      } else if (texts !== null) {
        if (length === field.length) field = longer(field);
        field[length++] = byte;
        value = (Math.imul(value, 31) + byte) | 0;
      } else if (byte === MINUS) negative = true;
      else if (byte === BACKSLASH) isNull = true;
      // The N of \N changes nothing that is looked at.
      else value = value * 10 + (byte - 48);
    }
  }
}

function longer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const doubled = new Uint8Array(2 * bytes.length);
  doubled.set(bytes);
  return doubled;
}
