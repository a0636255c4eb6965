/** Files from the disk, plain or gzip, read in chunks. Errors name the file. */
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, UserError } from '../../errors.ts';
import { foreignEncoding } from '../../text-file.ts';

const PIECE = 1 << 20;

export interface InputFile {
  readonly path: string;
  readonly bytes: number;
  readonly gzip: boolean;
  /** The first bytes on the disk. */
  readonly head: Uint8Array;
}

const FOREIGN: readonly (readonly [name: string, magic: string])[] = [
  ['a zip archive', '504b0304'],
  ['compressed with xz', 'fd377a585a00'],
  ['compressed with zstd', '28b52ffd'],
  ['compressed with bzip2', '425a68'],
  ['compressed with lz4', '04224d18'],
  ['a Parquet file', '50415231'],
];

/**
 * Looks at a file without reading it.
 * @throws UserError when it is no file, cannot be read, or is of a kind that must be unpacked first
 */
export function inspectFile(path: string): InputFile {
  try {
    const stat = statSync(path);
    if (!stat.isFile())
      throw new UserError(`${path} is not a file`, {
        code: 'file-unreadable',
        hint: 'Pass a file, or the folder that contains the files.',
      });
    const head = Buffer.alloc(512);
    const descriptor = openSync(path, 'r');
    try {
      const bytes = readSync(descriptor, head, 0, head.length, 0);
      const start = head.subarray(0, bytes);
      const hex = start.toString('hex');
      const foreign = FOREIGN.find(([, magic]) => hex.startsWith(magic));
      if (foreign !== undefined) {
        throw new UserError(`${path} is ${foreign[0]}`, {
          code: 'file-unsupported',
          hint: 'Unpack it first. Only gzip can be read directly.',
        });
      }
      const encoding = foreignEncoding(start);
      if (encoding !== null)
        throw new UserError(`${path} is encoded in ${encoding.name}`, {
          code: 'file-not-utf8',
          hint: encoding.hint,
        });
      return { path, bytes: stat.size, gzip: hex.startsWith('1f8b'), head: start };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * The content of a file, unpacked, in pieces of at most 1 MB.
 * @param onRead told how many bytes of the disk have been read
 * @throws UserError when it cannot be read to its end
 */
export async function* readPieces(
  file: InputFile,
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const source = createReadStream(file.path, { highWaterMark: PIECE });
  // What fails in one stream is thrown by the last, which is the one that is read.
  const stream = file.gzip
    ? pipeline(source, createGunzip({ chunkSize: PIECE }), () => {})
    : source;
  try {
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      onRead(source.bytesRead);
      yield piece;
    }
  } catch (error) {
    throw unreadable(file.path, error);
  } finally {
    source.destroy();
  }
}

function unreadable(path: string, error: unknown): unknown {
  const { code = '', syscall } = error as { code?: string; syscall?: string };
  if (code === 'Z_BUF_ERROR') {
    return new UserError(`${path} is incomplete: its gzip data end too early`, {
      code: 'file-damaged',
      hint: 'Copy or download the file again.',
    });
  }
  if (code.startsWith('Z_')) {
    return new UserError(`${path} is damaged: ${messageOf(error)}`, {
      code: 'file-damaged',
      hint: 'Copy or download the file again ("gzip -t FILE" checks it).',
    });
  }
  if (syscall !== undefined && error instanceof Error) {
    return new UserError(`${path} cannot be read: ${error.message}`, {
      code: 'file-unreadable',
      hint: 'Check the path and the permissions of the file.',
    });
  }
  return error;
}
