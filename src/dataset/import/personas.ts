/** Imports a user's own personas. */

import type { Database } from '../../db/connect.ts';
import { messageOf, UserError } from '../../errors.ts';
import { LARGEST_INTEGER } from '../../numbers.ts';
import { saysNothing } from '../../personas/missing-values.ts';
import {
  countWords,
  fitPersona,
  PERSONA_COLUMNS,
  type PersonaRow,
} from '../../personas/persona.ts';
import { insertPersonas } from '../../personas/store.ts';
import { closest } from '../../suggest.ts';
import {
  encodedTwice,
  LOST_CHARACTERS,
  REPLACEMENT,
  shownText,
  withoutFolders,
} from '../../text-file.ts';
import { readCsv } from '../csv/csv.ts';
import type { CsvRecord } from '../csv/csv-scan.ts';
import { allOrNothing } from './all-or-nothing.ts';

/** What was added. */
export interface PersonaImport {
  readonly personas: number;
  /** Texts longer than their published column, kept whole beside it. */
  readonly cut: number;
}

/** Without these a persona could not be chosen, or would say nothing. */
export const REQUIRED = ['population', 'model', 'description'] as const;
const BATCH = 500;

/**
 * A persona of one's own, in the columns of the published table `personas`. What is left out is
 * null there, or found as `importPersonas` says.
 */
export interface PersonaRecord {
  /** Short name of the model that is to be this persona. */
  readonly model: string;
  readonly population: string;
  /** What the model is told to be; goes into its system role. */
  readonly description: string;
  readonly id?: number | null;
  /** The reference sheet that the persona was written from. */
  readonly ref_personality_id?: number | null;
  /**
   * How often the persona is administered, or the number of its draw; see `repetitionsAs` of a
   * registration.
   */
  readonly repetitions?: number | null;
  readonly name?: string | null;
  readonly age?: number | null;
  readonly gender_original?: string | null;
  readonly gender?: string | null;
  readonly race_original?: string | null;
  readonly race?: string | null;
  readonly sexual_orientation_original?: string | null;
  readonly sexual_orientation?: string | null;
  readonly ethnicity?: string | null;
  readonly religious_belief_original?: string | null;
  readonly religious_belief?: string | null;
  readonly occupation_original?: string | null;
  readonly occupation?: string | null;
  readonly political_orientation_original?: string | null;
  readonly political_orientation?: string | null;
  readonly location_original?: string | null;
  readonly location?: string | null;
  readonly word_count_description?: number | null;
  readonly model_print?: string | null;
  readonly population_print?: string | null;
}

/** Where personas come from, what it is called in messages, and how places in it are. */
interface Source {
  readonly name: string;
  readonly placeOf: (line: number) => string;
  /** Several of its lines, for the middle of a sentence. */
  readonly linesOf: (lines: readonly number[]) => string;
  readonly records: AsyncIterable<CsvRecord> | Iterable<CsvRecord>;
}

/**
 * Imports personas from a CSV file with a header that names columns of the published `personas`
 * table, or from a list. All or nothing. Without `id` they get new ids; without `repetitions` each
 * is one administration; without `word_count_description` words are counted.
 * @throws UserError naming file, line and column of what is wrong
 */
export function importPersonas(
  database: Database,
  from: string | readonly PersonaRecord[],
): Promise<PersonaImport> {
  const source = typeof from === 'string' ? fileSource(from) : listSource(from);
  return allOrNothing(async () => {
    try {
      return await insertPersonas(database, personaBatches(source), {
        origin: 'imported',
        source: typeof from === 'string' ? withoutFolders(from) : source.name,
        vocabulary: null,
      });
    } catch (error) {
      if ((error as { code?: string }).code === '23505') {
        throw new UserError(
          `${source.name}: a persona's id is already in use (${(error as { detail?: string }).detail ?? messageOf(error)})`,
          {
            code: 'id-taken',
            hint: 'Remove the column "id" to assign new ids, or import into another schema.',
          },
        );
      }
      throw error;
    }
  });
}

function fileSource(file: string): Source {
  return {
    name: file,
    placeOf: (line) => `${file}, line ${line}`,
    linesOf: (lines) => `line${lines.length === 1 ? '' : 's'} ${listed(lines)}`,
    records: readCsv(file),
  };
}

/** A list as if it had been read from a file: its header is all columns that any persona has. */
function listSource(list: readonly PersonaRecord[]): Source {
  const columns = [...new Set(list.flatMap((persona) => Object.keys(persona)))];
  const textOf = (value: unknown) => (value === null || value === undefined ? null : String(value));
  const records = list.map((persona, index) => ({
    line: index + 1,
    fields: columns.map((column) => textOf(persona[column as keyof PersonaRecord])),
  }));
  return {
    name: 'the list of personas',
    placeOf: (line) => (line === 0 ? 'The list of personas' : `Persona ${line} of the list`),
    linesOf: (lines) => `persona${lines.length === 1 ? '' : 's'} ${listed(lines)}`,
    records: list.length === 0 ? [] : [{ line: 0, fields: columns }, ...records],
  };
}

const MOST_LINES_NAMED = 10;

function listed(lines: readonly number[]): string {
  const rest = lines.length - MOST_LINES_NAMED;
  return `${lines.slice(0, MOST_LINES_NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

async function* personaBatches({
  name,
  placeOf,
  linesOf,
  records,
}: Source): AsyncGenerator<PersonaRow[]> {
  let header: string[] | null = null;
  let batch: PersonaRow[] = [];
  let personas = 0;
  const damaged: number[] = [];
  for await (const { line, fields } of records) {
    if (header === null) {
      header = readHeader(placeOf(line), fields);
      continue;
    }
    batch.push(readPersona(placeOf(line), header, fields));
    if (
      fields.some(
        (field) => field !== null && (field.includes(REPLACEMENT) || !field.isWellFormed()),
      )
    )
      damaged.push(line);
    personas++;
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (damaged.length > 0) {
    throw new UserError(
      `${name}: characters of ${linesOf(damaged)} were lost in an earlier conversion and now read "${REPLACEMENT}" (U+FFFD)`,
      { code: 'characters-lost', hint: LOST_CHARACTERS },
    );
  }
  if (personas === 0)
    throw new UserError(`${name} contains no personas`, {
      code: 'file-empty',
      hint: `Each persona needs ${REQUIRED.join(', ')}. The first line of a file names the columns.`,
    });
  if (batch.length > 0) yield batch;
}

function readHeader(place: string, fields: readonly (string | null)[]): string[] {
  const names = fields.map((field) => (field ?? '').trim());
  const known = [...PERSONA_COLUMNS.keys()];
  for (const [index, name] of names.entries()) {
    if (!PERSONA_COLUMNS.has(name)) {
      const near = closest(name, known);
      throw new UserError(`${place}: unknown column "${shownText(name)}" (column ${index + 1})`, {
        code: 'column-unknown',
        hint: `${near === null ? '' : `Did you mean "${near}"? `}Columns of personas: ${known.join(', ')}.`,
      });
    }
    if (names.indexOf(name) !== index)
      throw new UserError(`${place}: the column "${name}" occurs twice`, {
        code: 'column-duplicate',
        hint: 'Remove one of them.',
      });
  }
  const missing = REQUIRED.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new UserError(
      `${place}: the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing`,
      {
        code: 'column-missing',
        hint: 'The first line must name the columns. population, model and description are required.',
      },
    );
  }
  return names;
}

function readPersona(
  place: string,
  header: readonly string[],
  fields: readonly (string | null)[],
): PersonaRow {
  const wrong = (column: string, what: string, hint = 'Correct it and import again.') =>
    new UserError(`${place}, column "${column}": ${what}`, {
      code: 'record-invalid',
      hint,
    });
  const columns: Record<string, string | number | null> = {};
  for (const [index, name] of header.entries()) {
    const value = fields[index] ?? null;
    const column = PERSONA_COLUMNS.get(name)!;
    const required = (REQUIRED as readonly string[]).includes(name);
    if (required && (value === null || value.trim() === ''))
      throw wrong(name, 'must not be empty', FILL_IN);
    if (value === null) {
      columns[name] = null;
    } else if (column.type === 'integer') {
      columns[name] =
        readInteger(value) ??
        fail(wrong(name, `"${shownText(value)}" is not a whole number`, NUMBERS));
    } else {
      if (value.includes('\0'))
        throw wrong(name, 'contains a NUL character, which PostgreSQL cannot store');
      const twice = encodedTwice(value);
      if (twice !== null) throw wrong(name, twice.said, LOST_CHARACTERS);
      if (required && saysNothing(value))
        throw wrong(name, `"${shownText(value)}" means a missing value`, FILL_IN);
      columns[name] = value;
    }
  }
  if (columns.id === null) delete columns.id;
  const repetitions = columns.repetitions;
  if (typeof repetitions === 'number' && repetitions < 0)
    throw wrong('repetitions', 'must not be negative');
  columns.repetitions ??= 1;
  columns.word_count_description ??= countWords(String(columns.description));
  return fitPersona(columns);
}

const FILL_IN =
  'Fill it in, or remove the row: the model cannot impersonate a persona without a description.';
const NUMBERS = 'Write an integer without decimals, or leave it empty if it is unknown.';

/** Spreadsheets and pandas write whole numbers as `7.0`. */
function readInteger(text: string): number | null {
  if (!/^\s*[+-]?\d{1,10}(?:\.0+)?\s*$/.test(text)) return null;
  const value = Number(text);
  return Math.abs(value) <= LARGEST_INTEGER ? value : null;
}

function fail(error: Error): never {
  throw error;
}
