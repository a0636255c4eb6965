/**
 * Zip archives of one canonical form: what is in an archive decides each of its bytes. Entries are
 * stored, because what a compressor writes differs between its builds; they are sorted by name, of
 * one date, and without comments, extra fields or anything between them. The reader accepts this
 * form only, so that no byte can be changed without being noticed.
 *
 * Format: PKWARE APPNOTE 6.3.10, without zip64.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { UserError } from '../errors.ts';
import { shownText, withoutFolders } from '../text-file.ts';

/** A file that goes into an archive. */
export interface ZipInput {
  /** Name in the archive: letters, digits, `_`, `-`, `.`, folders parted by `/`. */
  readonly name: string;
  /** Where it is. */
  readonly path: string;
}

/** A file of an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: number;
  /** Of the content, as a whole number. */
  readonly crc32: number;
}

interface Placed extends ZipEntry {
  /** Of its local header, from the beginning of the archive. */
  readonly offset: number;
}

const PIECE = 1 << 20;
const LOCAL_HEADER = 30;
const CENTRAL_HEADER = 46;
const END = 22;
/** Beyond these, a zip archive needs another form. */
const MOST_BYTES = 0xffff_ffff;
const MOST_ENTRIES = 0xffff;
const LONGEST_NAME = 250;
/** 1 January 1980, the first day that the format knows, at midnight. */
const DATE = 0x0021;
const VERSION = 20;
/** Made under Unix, where `MODE` says what an unpacked file may be used for. */
const MADE_BY = (3 << 8) | VERSION;
const MODE = 0o100644 * 0x1_0000;

const NAME = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*\/)*[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/** Names that Windows keeps for devices, whatever their ending. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** Whether a file may be called so in an archive: it can be unpacked under this name anywhere. */
export function isEntryName(name: string): boolean {
  return (
    name.length <= LONGEST_NAME &&
    NAME.test(name) &&
    name.split('/').every((part) => !part.endsWith('.') && !DEVICE.test(part))
  );
}

function localHeader({ name, bytes, crc32: crc }: ZipEntry): Buffer {
  const header = Buffer.alloc(LOCAL_HEADER + name.length);
  header.writeUInt32LE(0x0403_4b50, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(DATE, 12);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(bytes, 18);
  header.writeUInt32LE(bytes, 22);
  header.writeUInt16LE(name.length, 26);
  header.write(name, LOCAL_HEADER, 'latin1');
  return header;
}

function centralHeader({ name, bytes, crc32: crc, offset }: Placed): Buffer {
  const header = Buffer.alloc(CENTRAL_HEADER + name.length);
  header.writeUInt32LE(0x0201_4b50, 0);
  header.writeUInt16LE(MADE_BY, 4);
  header.writeUInt16LE(VERSION, 6);
  header.writeUInt16LE(DATE, 14);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(bytes, 20);
  header.writeUInt32LE(bytes, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt32LE(MODE, 38);
  header.writeUInt32LE(offset, 42);
  header.write(name, CENTRAL_HEADER, 'latin1');
  return header;
}

/** The directory of an archive and its end. */
function directory(entries: readonly Placed[], start: number): Buffer {
  const headers = Buffer.concat(entries.map(centralHeader));
  const end = Buffer.alloc(END);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(headers.length, 12);
  end.writeUInt32LE(start, 16);
  return Buffer.concat([headers, end]);
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/**
 * Writes an archive. The same names and contents make the same bytes.
 * @param file is replaced where it is there
 * @returns lower-case hex SHA-256 of the archive, and its size
 * @throws UserError for an archive of more than 4 GiB or 65,535 files
 * @throws RangeError for a name that no archive may have, or that two files have
 */
export function writeZip(
  file: string,
  inputs: readonly ZipInput[],
): { readonly sha256: string; readonly bytes: number } {
  requireNames(inputs.map(({ name }) => name));
  const sorted = inputs.toSorted(byName);
  const hash = createHash('sha256');
  const target = openSync(file, 'w');
  let length = 0;
  const write = (bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length; ) done += writeSync(target, bytes, done);
    hash.update(bytes);
    length += bytes.length;
    if (length > MOST_BYTES) throw tooLarge(file);
  };
  try {
    if (sorted.length > MOST_ENTRIES) throw tooLarge(file);
    const placed = sorted.map(({ name, path }): Placed => {
      const entry = { name, ...measure(path) };
      if (entry.bytes > MOST_BYTES) throw tooLarge(file);
      const offset = length;
      write(localHeader(entry));
      for (const piece of piecesOf(path)) write(piece);
      return { ...entry, offset };
    });
    write(directory(placed, length));
  } finally {
    closeSync(target);
  }
  return { sha256: hash.digest('hex'), bytes: length };
}

function tooLarge(file: string): UserError {
  return new UserError(
    `${file} would hold more than 4 GiB or 65,535 files, which a bundle cannot. Nothing was written.`,
    {
      code: 'bundle-too-large',
      hint: 'Share the folder that "personas export" writes; it can be packed with any program.',
      exitCode: 1,
    },
  );
}

function requireNames(names: readonly string[]): void {
  const taken = new Set<string>();
  for (const name of names) {
    const folded = name.toLowerCase();
    if (!isEntryName(name) || taken.has(folded))
      throw new RangeError(`no file of an archive may be called ${name}, or it is there twice`);
    taken.add(folded);
  }
}

function measure(path: string): Pick<ZipEntry, 'bytes' | 'crc32'> {
  let crc = 0;
  let bytes = 0;
  for (const piece of piecesOf(path)) {
    crc = crc32(piece, crc);
    bytes += piece.length;
  }
  return { bytes, crc32: crc };
}

/** The content of a file, in pieces that are overwritten when the next one is read. */
export function* piecesOf(path: string): Generator<Uint8Array> {
  const source = openSync(path, 'r');
  try {
    yield* readRange(source, 0, fstatSync(source).size);
  } finally {
    closeSync(source);
  }
}

function* readRange(source: number, from: number, bytes: number): Generator<Uint8Array> {
  const piece = Buffer.alloc(Math.min(PIECE, bytes));
  for (let left = bytes; left > 0; ) {
    const read = readSync(source, piece, 0, Math.min(piece.length, left), from + bytes - left);
    if (read === 0) return;
    left -= read;
    yield piece.subarray(0, read);
  }
}

/** An archive that is open for reading. */
export class ZipReader implements Disposable {
  /** In order of their names. */
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly #source: number;
  readonly #file: string;
  readonly #offsets: ReadonlyMap<string, number>;

  constructor(file: string, source: number, entries: readonly Placed[]) {
    this.#file = file;
    this.#source = source;
    this.#offsets = new Map(entries.map(({ name, offset }) => [name, offset]));
    this.entries = new Map(entries.map(({ offset: _, ...entry }) => [entry.name, entry]));
  }

  /**
   * The content of a file, in pieces that are overwritten when the next one is read.
   * @throws UserError at its end when it is not what its checksum says
   * @throws RangeError when there is no such file
   */
  *read(name: string): Generator<Uint8Array> {
    const entry = this.entries.get(name);
    const offset = this.#offsets.get(name);
    if (entry === undefined || offset === undefined)
      throw new RangeError(`${this.#file} has no file ${name}`);
    let crc = 0;
    let left = entry.bytes;
    for (const piece of readRange(this.#source, offset + LOCAL_HEADER + name.length, left)) {
      crc = crc32(piece, crc);
      left -= piece.length;
      yield piece;
    }
    if (left > 0 || crc !== entry.crc32)
      throw notCanonical(this.#file, `the bytes of ${name} do not match their checksum`);
  }

  /**
   * The content of a file of at most so many bytes.
   * @throws UserError when it is longer, or not what its checksum says
   */
  bytes(name: string, most: number): Buffer {
    const { bytes = 0 } = this.entries.get(name) ?? {};
    if (bytes > most) throw notCanonical(this.#file, `${name} has more than ${most} bytes`);
    return Buffer.concat([...this.read(name)].map((piece) => Buffer.from(piece)));
  }

  [Symbol.dispose](): void {
    closeSync(this.#source);
  }
}

/**
 * Opens an archive that `writeZip` wrote. Contents are compared with their checksums when they are
 * read.
 * @throws UserError for a file that cannot be read, and for any archive of another form
 */
export function openZip(file: string): ZipReader {
  const source = openFile(file);
  try {
    return new ZipReader(file, source, readDirectory(file, source));
  } catch (error) {
    closeSync(source);
    throw error;
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${(error as Error).message}`, {
      code: 'file-unreadable',
      hint: 'Check the path and the permissions of the file.',
    });
  }
}

function readDirectory(file: string, source: number): Placed[] {
  const stat = fstatSync(source);
  if (!stat.isFile() || stat.size < END) throw notCanonical(file, 'it is too short for an archive');
  const size = stat.size;
  const end = rangeOf(source, size - END, END);
  const [count, length, start] = [
    end.readUInt16LE(10),
    end.readUInt32LE(12),
    end.readUInt32LE(16),
  ] as const;
  if (end.readUInt32LE(0) !== 0x0605_4b50 || start + length + END !== size)
    throw notCanonical(file, 'it does not end as an archive of this form does');
  const stored = rangeOf(source, start, length + END);
  const entries = parseDirectory(file, stored, count, length);
  let offset = 0;
  for (const entry of entries) {
    const header = localHeader(entry);
    if (entry.offset !== offset || !rangeOf(source, offset, header.length).equals(header))
      throw notCanonical(file, `${shownText(entry.name)} does not stand where it should`);
    offset += header.length + entry.bytes;
  }
  // Written anew from what was read: whatever is not read is the same in all archives.
  if (offset !== start || !directory(entries, start).equals(stored))
    throw notCanonical(file, 'its directory is not of this form');
  const names = entries.map(({ name }) => name);
  if (names.some((name, at) => at > 0 && name <= names[at - 1]!))
    throw notCanonical(file, 'its files are not in order');
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length)
    throw notCanonical(file, 'two of its files have one name');
  return entries;
}

function parseDirectory(file: string, stored: Buffer, count: number, length: number): Placed[] {
  const entries: Placed[] = [];
  let at = 0;
  for (let number = 0; number < count; number++) {
    if (at + CENTRAL_HEADER > length) throw notCanonical(file, 'its directory is too short');
    const nameLength = stored.readUInt16LE(at + 28);
    const name = stored.toString('latin1', at + CENTRAL_HEADER, at + CENTRAL_HEADER + nameLength);
    if (!isEntryName(name)) throw notCanonical(file, `a file in it is called "${shownText(name)}"`);
    entries.push({
      name,
      crc32: stored.readUInt32LE(at + 16),
      bytes: stored.readUInt32LE(at + 20),
      offset: stored.readUInt32LE(at + 42),
    });
    at += CENTRAL_HEADER + nameLength;
  }
  return entries;
}

/** Fewer bytes than asked for where the file ends. */
function rangeOf(source: number, from: number, bytes: number): Buffer {
  return Buffer.concat([...readRange(source, from, bytes)].map((piece) => Buffer.from(piece)));
}

function notCanonical(file: string, what: string): UserError {
  return new UserError(
    `${withoutFolders(file)} is not a bundle as this program writes it: ${what}`,
    {
      code: 'bundle-altered',
      hint: 'Get the bundle again from its source. An archive that another program has packed anew can be unpacked, and its folder "data" imported.',
      exitCode: 1,
    },
  );
}
