/** A bundle, packed or unpacked, in a database of its own that lasts as long as it is looked at. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import type { DatabaseLocation } from '../config/location.ts';
import { loadDataset } from '../dataset/import/load.ts';
import type { StudyTable } from '../dataset/tables.ts';
import { type Database, openMigrated } from '../db/connect.ts';
import { UserError } from '../errors.ts';
import { type Checked, count, type Deviation } from '../experiments/verification/deviation.ts';
import { createCatalogue } from '../models/catalogue.ts';
import { READ_FROM_FILES } from './bundle-records.ts';
import { takeCallsAsWritten } from './bundle-store.ts';
import { CONFIGURATION_FILE, configWith } from './configuration.ts';
import { filesBelow, hashPieces, MANIFEST_FILE, parseManifest } from './manifest.ts';
import { openBundle, unpackBundle } from './open-bundle.ts';
import { piecesOf } from './zip.ts';

/** A bundle whose data are in a database. */
export interface LoadedBundle {
  readonly database: Database;
  /** What the bundle says of models and providers; nothing of this computer's. */
  readonly config: Config;
  /** With the files of the bundle. */
  readonly folder: string;
}

/** Whether a file or folder is looked at as a bundle. */
export function isBundle(source: string): boolean {
  const stat = statSync(source, { throwIfNoEntry: false });
  if (stat === undefined) return /\.zip$/i.test(source);
  return stat.isDirectory() ? existsSync(path.join(source, MANIFEST_FILE)) : isArchive(source);
}

function isArchive(file: string): boolean {
  for (const piece of piecesOf(file)) return piece[0] === 0x50 && piece[1] === 0x4b;
  return false;
}

/**
 * What of a bundle is loaded into its database: for tables everything; for its verification not what
 * `BundleRecords` reads from the files, which is nearly all.
 */
export type LoadedData = 'everything' | 'all but records';

/**
 * Compares the files of a bundle with its manifest, then loads its data and shows them.
 * @param source an archive, or the folder that it was unpacked into
 * @param checked is counted up
 * @param use is not called for an archive of which a file was altered
 * @yields files that deviate, then what `use` yields
 * @throws UserError for what is no bundle, or holds data that cannot be loaded
 */
export async function* withLoadedBundle(
  source: string,
  checked: Checked,
  data: LoadedData,
  use: (bundle: LoadedBundle) => AsyncIterable<Deviation>,
): AsyncGenerator<Deviation> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'personas-verify-'));
  try {
    if (statSync(source, { throwIfNoEntry: false })?.isDirectory() === true) {
      yield* deviatingFiles(source, checked);
      yield* loaded(source, scratch, data, use);
      return;
    }
    const folder = path.join(scratch, 'bundle');
    using bundle = openBundle(source);
    count(checked, 'files', Object.keys(bundle.manifest.files).length);
    const altered = unpackBundle(bundle, folder);
    for (const name of altered) yield fileDeviation(name, OTHER_BYTES);
    if (altered.length === 0) yield* loaded(folder, scratch, data, use);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Of a bundle, with a CSV file for each table. */
export const DATA_FOLDER = 'data';

/** Of CSV files. A folder of its own takes a database longer to make than these to load. */
const MOST_IN_MEMORY = 128 << 20;

/** @param scratch keeps a database that is too large for memory */
async function* loaded(
  folder: string,
  scratch: string,
  data: LoadedData,
  use: (bundle: LoadedBundle) => AsyncIterable<Deviation>,
): AsyncGenerator<Deviation> {
  const config = configOf(folder);
  const rows = path.join(folder, DATA_FOLDER);
  const without: readonly StudyTable[] = data === 'everything' ? [] : READ_FROM_FILES;
  const isSmall = bytesToLoad(rows, without) <= MOST_IN_MEMORY;
  const place: DatabaseLocation = isSmall
    ? { kind: 'memory' }
    : { kind: 'embedded', folder: path.join(scratch, 'database') };
  await using database = await openMigrated({ ...config, database: place });
  if (data === 'everything') await takeCallsAsWritten(database);
  await loadDataset(database, rows, createCatalogue(config.models), { unchecked: true, without });
  yield* use({ database, config, folder });
}

function bytesToLoad(folder: string, without: readonly StudyTable[]): number {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .filter((name) => !without.some((table) => name === `${table}.csv`))
    .reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
}

const OTHER_BYTES = 'its bytes do not match the SHA-256 of the manifest';

function fileDeviation(name: string, what: string): Deviation {
  const nothing = { administration: null, call: null, stored: null, expected: null };
  return { check: 'files', subject: `file ${name}`, what, ...nothing };
}

function* deviatingFiles(folder: string, checked: Checked): Generator<Deviation> {
  const manifest = parseManifest(readFileSync(path.join(folder, MANIFEST_FILE), 'utf8'));
  if (manifest === null)
    throw new UserError(`${folder} is not an unpacked bundle: its ${MANIFEST_FILE} is not valid`, {
      code: 'bundle-invalid',
      hint: 'Pass a file that "personas bundle" wrote, or the folder that it was unpacked into.',
      exitCode: 1,
    });
  const there = new Set(filesBelow(folder));
  count(checked, 'files', Object.keys(manifest.files).length);
  for (const [name, listed] of Object.entries(manifest.files)) {
    if (!there.has(name)) {
      yield fileDeviation(name, 'it is missing');
      continue;
    }
    const { sha256, bytes } = hashPieces(piecesOf(path.join(folder, ...name.split('/'))));
    if (sha256 !== listed.sha256 || bytes !== listed.bytes) yield fileDeviation(name, OTHER_BYTES);
  }
  for (const name of there)
    if (name !== MANIFEST_FILE && !Object.hasOwn(manifest.files, name))
      yield fileDeviation(name, 'the manifest does not list it');
}

/** Labels, and the reliability that tables of simulated answers name, are part of the tables. */
function configOf(folder: string): Config {
  const file = path.resolve(folder, ...CONFIGURATION_FILE.split('/'));
  return configWith(existsSync(file) ? file : {});
}
