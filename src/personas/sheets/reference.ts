/** The reference population of a schema: synthetic, or imported from real sheets. */
import { createHash } from 'node:crypto';
import type { Database } from '../../db/connect.ts';
import { UserError } from '../../errors.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { findInstrument } from '../../instruments/load.ts';
import { SYNTHETIC_REFERENCE } from './populations.ts';
import { createRandomSheets } from './random.ts';
import {
  countSheetRows,
  findReference,
  insertReference,
  lettersOf,
  type Reference,
} from './reference-store.ts';
import { SHEET_INSTRUMENT, type Sheet } from './sheet.ts';
import { createSyntheticSheets } from './synthetic.ts';

export interface BroughtSheets {
  /** Name of the population, as it will stand in the names of populations of personas. */
  readonly name: string;
  /** That the sheets are answers to. */
  readonly instrument: Instrument;
  readonly sheets: readonly Sheet[];
  /** The file. */
  readonly source: string;
  /**
   * What allows these people's answers to be sent to a vendor; carried into the report's methods.
   */
  readonly ethicsNote: string | null;
}

export interface SeededReference {
  readonly reference: Reference;
  /** False when the schema had these very sheets already. */
  readonly added: boolean;
}

/**
 * Fills the tables of reference and random sheets. Done again with the same sheets it changes
 * nothing.
 * @param seed of the synthetic sheets and of the random baseline
 * @param brought real sheets in place of the synthetic ones
 * @throws UserError when the schema holds other sheets already
 */
export async function seedReference(
  database: Database,
  seed: number,
  brought: BroughtSheets | null,
): Promise<SeededReference> {
  const instrument = brought?.instrument ?? findInstrument(SHEET_INSTRUMENT);
  const sheets = brought?.sheets ?? createSyntheticSheets(seed);
  const random = createRandomSheets(sheets, seed);
  const reference: Reference = {
    name: brought?.name ?? SYNTHETIC_REFERENCE,
    origin: brought === null ? 'synthetic' : 'imported',
    source:
      brought?.source ?? 'constructed from the published statistics; not answers of real people',
    ethicsNote: brought?.ethicsNote ?? null,
    seed,
    sheets: sheets.length,
    instrument: instrument.slug,
    instrumentSha256: instrument.sha256,
    sha256: hashSheets(instrument, sheets, random),
  };
  const there = await findReference(database);
  if (there !== null) return sameReference(database, there, reference);
  const rows = await countSheetRows(database);
  if (rows > 0) {
    throw new UserError(
      `Schema "${database.schema}" already contains ${rows} rows of sheets from another program`,
      {
        code: 'sheets-of-unknown-origin',
        hint: 'Use another --schema.',
      },
    );
  }
  if (await insertReference(database, reference, instrument, sheets, random))
    return { reference, added: true };
  return sameReference(database, (await findReference(database))!, reference);
}

function sameReference({ schema }: Database, there: Reference, wanted: Reference): SeededReference {
  if (there.name === wanted.name && there.sha256 === wanted.sha256)
    return { reference: there, added: false };
  throw new UserError(
    `Schema "${schema}" already has the reference population "${there.name}"${there.seed === null ? '' : ` (seed ${there.seed})`}`,
    {
      code: 'reference-population-exists',
      hint: 'A schema has one reference population, from which all its personas are written. Use another --schema for another population.',
    },
  );
}

/** @throws UserError when the schema has none, or has another one than `name` */
export async function requireReference(
  database: Pick<Database, 'db' | 'schema'>,
  name: string | null,
): Promise<Reference> {
  const reference = await findReference(database);
  if (reference === null) {
    throw new UserError(
      `Schema "${database.schema}" has no reference population from which personas could be written`,
      {
        code: 'reference-population-missing',
        hint: 'Create the synthetic one with "personas seed-ref-pop", or import answer sheets with "personas seed-ref-pop --from FILE.csv".',
      },
    );
  }
  if (name !== null && name !== reference.name) {
    throw new UserError(
      `The reference population of schema "${database.schema}" is "${reference.name}", not "${name}"`,
      {
        code: 'reference-population-differs',
        hint: 'Omit --ref-population, or pass the schema of the other population with --schema.',
      },
    );
  }
  return reference;
}

/** Names the answers, so that personas are known to be written from these very sheets. */
export function hashSheets(
  { slug, sha256 }: Instrument,
  ...populations: readonly (readonly Sheet[])[]
): string {
  // Sheets of the study were named before there were others: by slug and by letters.
  const isOfStudy = slug === SHEET_INSTRUMENT;
  const content = populations.map((sheets) =>
    sheets.map((sheet) => [sheet.personalityId, isOfStudy ? lettersOf(sheet) : sheet.answers]),
  );
  return createHash('sha256')
    .update(JSON.stringify([isOfStudy ? slug : sha256, ...content]))
    .digest('hex');
}
