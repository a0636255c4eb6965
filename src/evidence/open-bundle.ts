/** Reads a bundle: what it is, whether its files are those of its manifest, and its files. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { withoutFolders } from '../text-file.ts';
import { hashPieces, MANIFEST_FILE, type Manifest, parseManifest } from './manifest.ts';
import { openZip, type ZipReader } from './zip.ts';

export const ABOUT_BUNDLE = 'bundle.json';
/** Of the layout that `ABOUT_BUNDLE` names. */
export const BUNDLE_FORMAT = 1;

const aboutSchema = z.object({
  format: z.int().min(1),
  /** Name and version of the program. */
  program: z.string(),
  schema: z.string(),
  /** Of the study file; null where none made the schema. */
  study: z.string().nullable(),
  /** Of the design when it was frozen, or when the study began; null where it is not known. */
  design_sha256: z.string().nullable(),
  /** ISO 8601; null where it was not frozen. */
  frozen_at: z.string().nullable(),
  /** ISO 8601: of the last thing that happened to the study. */
  as_of: z.string(),
});

/** What `bundle.json` says. */
export type AboutBundle = Readonly<z.output<typeof aboutSchema>>;

/** Of `bundle.json` and of the manifest. */
const LONGEST_TEXT = 64 << 20;

/** A bundle that is open for reading. */
export interface Bundle extends Disposable {
  readonly about: AboutBundle;
  readonly manifest: Manifest;
  readonly zip: ZipReader;
}

/**
 * Opens a bundle. Its manifest names exactly the files that it has; their bytes are compared by
 * `unpackBundle`.
 * @throws UserError for what is no bundle, or one of a later version
 */
export function openBundle(file: string): Bundle {
  const zip = openZip(file);
  try {
    const name = withoutFolders(file);
    const text = (entry: string) =>
      zip.entries.has(entry) ? zip.bytes(entry, LONGEST_TEXT).toString('utf8') : '';
    const manifest = parseManifest(text(MANIFEST_FILE));
    if (manifest === null) throw noBundle(name, `it has no ${MANIFEST_FILE}`);
    const listed = new Set(Object.keys(manifest.files));
    const missing = [...listed].find((entry) => !zip.entries.has(entry));
    if (missing !== undefined) throw noBundle(name, `${missing} is missing`);
    const further = [...zip.entries.keys()].find(
      (entry) => entry !== MANIFEST_FILE && !listed.has(entry),
    );
    if (further !== undefined) throw noBundle(name, `its manifest does not list ${further}`);
    return {
      about: readAbout(name, text(ABOUT_BUNDLE)),
      manifest,
      zip,
      [Symbol.dispose]: () => zip[Symbol.dispose](),
    };
  } catch (error) {
    zip[Symbol.dispose]();
    throw error;
  }
}

function readAbout(name: string, text: string): AboutBundle {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw noBundle(name, `its ${ABOUT_BUNDLE} is not JSON`);
  }
  const about = aboutSchema.safeParse(given).data;
  if (about === undefined) throw noBundle(name, `its ${ABOUT_BUNDLE} does not say what it is`);
  if (about.format > BUNDLE_FORMAT) {
    throw new UserError(
      `${name} was written by ${about.program}, a later version, in format ${about.format}; this version reads up to ${BUNDLE_FORMAT}`,
      { code: 'bundle-newer', hint: 'Update the program.', exitCode: 1 },
    );
  }
  return about;
}

function noBundle(name: string, what: string): UserError {
  return new UserError(`${name} is not a bundle: ${what}`, {
    code: 'bundle-invalid',
    hint: 'Pass a file that "personas bundle" wrote.',
    exitCode: 1,
  });
}

/**
 * Writes files of a bundle below a folder.
 * @param prefix only names that begin so, such as `data/`
 * @returns the names of those whose bytes are not those of the manifest; they are written as they are
 */
export function unpackBundle({ manifest, zip }: Bundle, folder: string, prefix = ''): string[] {
  return Object.entries(manifest.files).flatMap(([name, listed]) => {
    if (!name.startsWith(prefix)) return [];
    const target = path.join(folder, ...name.split('/'));
    mkdirSync(path.dirname(target), { recursive: true });
    const file = openSync(target, 'wx');
    try {
      const found = hashPieces(zip.read(name), (piece) => {
        for (let done = 0; done < piece.length; ) done += writeSync(file, piece, done);
      });
      return found.sha256 === listed.sha256 && found.bytes === listed.bytes ? [] : [name];
    } finally {
      closeSync(file);
    }
  });
}
