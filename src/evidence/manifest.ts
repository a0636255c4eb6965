/** The list of a bundle's files, each with its SHA-256 and size. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { piecesOf } from './zip.ts';

export const MANIFEST_FILE = 'manifest.json';

/** In bytes; paths are shorter. */
const OVERLAP = 4096;

const HEX = /^[0-9a-f]{64}$/;

const manifestSchema = z.strictObject({
  files: z.record(
    z.string(),
    z.strictObject({ sha256: z.string().regex(HEX), bytes: z.int().min(0) }),
  ),
});

/** Names, relative to the bundle, are sorted; the manifest itself is not among them. */
export type Manifest = Readonly<z.output<typeof manifestSchema>>;

/** What one pass over a file tells. */
export interface Measured {
  readonly sha256: string;
  readonly bytes: number;
}

/** @param onPiece is shown each piece on its way */
export function hashPieces(
  pieces: Iterable<Uint8Array>,
  onPiece: (piece: Uint8Array) => void = () => {},
): Measured {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const piece of pieces) {
    hash.update(piece);
    bytes += piece.length;
    onPiece(piece);
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** The files below a folder, as their names in an archive, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .map((name) => name.replaceAll(path.sep, '/'))
    .sort();
}

/** The manifest of all files below a folder, as text, and names of files that have one of `words`. */
export function manifestOf(
  folder: string,
  words: readonly string[],
): { readonly text: string; readonly mentions: readonly string[] } {
  const mentions: string[] = [];
  const files = filesBelow(folder).map((name) => {
    // Words may begin in one piece and end in the next.
    let before = Buffer.alloc(0);
    let isFound = false;
    const measured = hashPieces(piecesOf(path.join(folder, name)), (piece) => {
      if (isFound) return;
      const text = Buffer.concat([before, piece]);
      isFound = words.some((word) => text.includes(word));
      before = Buffer.from(text.subarray(-OVERLAP));
    });
    if (isFound) mentions.push(name);
    return [name, measured] as const;
  });
  return { text: `${JSON.stringify({ files: Object.fromEntries(files) }, null, 2)}\n`, mentions };
}

/** @returns null for what is no manifest */
export function parseManifest(text: string): Manifest | null {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
