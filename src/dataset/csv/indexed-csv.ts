/** A CSV file whose rows are found by a whole number in one of their columns. */
import { closeSync, openSync, readSync } from 'node:fs';
import { UserError } from '../../errors.ts';
import { splitRecords } from './csv-scan.ts';
import { inspectFile } from './files.ts';
import { complain, readHeader, readRecords } from './records.ts';

const CHUNK = 1 << 20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const LF = 0x0a;
const CR = 0x0d;
const MINUS = 0x2d;

/** Which rows a file has: three numbers for each stretch of rows with the same key, one behind the other. */
interface Stretches {
  readonly keys: number[];
  readonly offsets: number[];
  readonly lengths: number[];
  repeatedKey: number | null;
}

/** Only the index is in memory; rows are read when they are asked for. */
export class IndexedCsv implements Disposable {
  readonly path: string;
  readonly columns: readonly string[];
  /** Of each stretch of rows with the same key, ascending. */
  readonly keys: Float64Array;
  /** A key that several rows have; null where none does. */
  readonly repeatedKey: number | null;
  readonly #offsets: Float64Array;
  readonly #lengths: Float64Array;
  readonly #descriptor: number;
  #buffer = Buffer.allocUnsafeSlow(1 << 16);

  private constructor(path: string, columns: readonly string[], found: Stretches) {
    this.path = path;
    this.columns = columns;
    const order = Uint32Array.from(found.keys, (_, at) => at);
    // Rows of one key stay in the order of the file.
    order.sort((a, b) => found.keys[a]! - found.keys[b]! || a - b);
    const sorted = (values: readonly number[]) => Float64Array.from(order, (at) => values[at]!);
    this.keys = sorted(found.keys);
    const again = this.keys.findIndex((value, at) => at > 0 && value === this.keys[at - 1]);
    this.repeatedKey = found.repeatedKey ?? this.keys[again] ?? null;
    this.#offsets = sorted(found.offsets);
    this.#lengths = sorted(found.lengths);
    this.#descriptor = openSync(path, 'r');
  }

  /**
   * Reads a file once, to know where its rows are.
   * @param key the column; each row has a whole number in it
   * @param also another column of whole numbers, for `onRow`
   * @param onRow is told the number in it of each row, in the order of the file
   * @throws UserError naming file, line and column of what is wrong
   */
  static async open(
    path: string,
    key: string,
    also: string = key,
    onRow: (also: number) => void = () => {},
  ): Promise<IndexedCsv> {
    const file = inspectFile(path);
    if (file.gzip)
      throw new UserError(`${path} is compressed`, {
        code: 'bundle-invalid',
        hint: 'The files of a bundle are not compressed. Unpack it with "gzip -d".',
        exitCode: 1,
      });
    const header = await readHeader(file);
    const placeOf = (name: string) => {
      const at = header.columns.indexOf(name);
      if (at >= 0) return at;
      throw new UserError(`${path}, line 1: the column "${name}" is missing`, {
        code: 'column-missing',
        hint: 'Get the file again from its source.',
      });
    };
    const [keyAt, alsoAt] = [placeOf(key), placeOf(also)];
    const found: Stretches = { keys: [], offsets: [], lengths: [], repeatedKey: null };
    let row = 0;
    for await (const chunk of readRecords(file, header, CHUNK, () => {}, true)) {
      let begin = 0;
      for (const end of chunk.ends!) {
        row++;
        const number = wholeNumberIn(chunk.bytes, begin, keyAt);
        const other = alsoAt === keyAt ? number : wholeNumberIn(chunk.bytes, begin, alsoAt);
        if (number === null || other === null)
          throw complain(
            path,
            chunk.line,
            number === null ? key : also,
            `row ${row} has no whole number`,
          );
        onRow(other);
        addTo(found, number, chunk.offset + begin, end - begin);
        begin = end;
      }
    }
    return new IndexedCsv(path, header.columns, found);
  }

  /** The fields of the rows of a key, in the order of the file; null for NULL. */
  rowsOf(key: number): (readonly (string | null)[])[] {
    const rows: (readonly (string | null)[])[] = [];
    for (const at of this.#stretchesOf(key)) {
      const text = this.#read(this.#offsets[at]!, this.#lengths[at]!);
      for (const { fields } of splitRecords(text, 1)) rows.push(fields);
    }
    return rows;
  }

  /** How long the rows of a key are together, in bytes. */
  bytesOf(key: number): number {
    let bytes = 0;
    for (const at of this.#stretchesOf(key)) bytes += this.#lengths[at]!;
    return bytes;
  }

  *#stretchesOf(key: number): Generator<number> {
    const first = firstAbove(this.keys, key - 1);
    for (let at = first; this.keys[at] === key; at++) yield at;
  }

  #read(offset: number, length: number): string {
    if (this.#buffer.length < length) this.#buffer = Buffer.allocUnsafeSlow(2 * length);
    for (let done = 0; done < length; ) {
      const read = readSync(this.#descriptor, this.#buffer, done, length - done, offset + done);
      if (read === 0)
        throw new UserError(`${this.path} was cut off while it was read`, {
          code: 'file-damaged',
          hint: 'Run the command again while nothing else writes the file.',
          exitCode: 1,
        });
      done += read;
    }
    return this.#buffer.toString('utf8', 0, length);
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

/** @param ascending whole numbers */
export function firstAbove(ascending: ArrayLike<number>, bound: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addTo(found: Stretches, key: number, offset: number, length: number): void {
  const last = found.keys.length - 1;
  if (found.keys[last] === key && found.offsets[last]! + found.lengths[last]! === offset) {
    found.lengths[last]! += length;
    found.repeatedKey = key;
    return;
  }
  found.keys.push(key);
  found.offsets.push(offset);
  found.lengths.push(length);
}

/** @returns null where the field of the record is no whole number */
function wholeNumberIn(bytes: Uint8Array, begin: number, field: number): number | null {
  let at = begin;
  for (let before = 0; before < field; before++) {
    // A doubled quote is two quoted stretches, one behind the other.
    while (bytes[at] !== COMMA) {
      if (bytes[at] === QUOTE) at = bytes.indexOf(QUOTE, at + 1);
      at++;
    }
    at++;
  }
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at++;
  const first = at;
  let value = 0;
  for (; ; at++) {
    const digit = bytes[at]! - 0x30;
    if (!(digit >= 0 && digit <= 9)) break;
    value = value * 10 + digit;
  }
  const ends = bytes[at] === COMMA || bytes[at] === LF || bytes[at] === CR;
  if (at === first || !ends || !Number.isSafeInteger(value)) return null;
  return isNegative ? -value : value;
}
