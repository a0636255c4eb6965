/** Bringing rows of one's own. */
import type { Database } from '../database/connect.ts';
import { messageOf, UserError } from '../errors.ts';
import { countWords, fitPersona, PERSONA_COLUMNS, type PersonaRow } from '../personas/persona.ts';
import { insertPersonas } from '../personas/store.ts';
import { closest } from '../suggest.ts';
import { readCsv } from './csv.ts';

export interface PersonaImport {
  readonly personas: number;
  /** Texts longer than their published column, kept whole beside it. */
  readonly cut: number;
}

/** Without these a persona could not be chosen, or would say nothing. */
export const REQUIRED = ['population', 'model', 'description'] as const;
const BATCH = 500;
const LARGEST_INTEGER = 2_147_483_647;

/**
 * Imports personas from a CSV file with a header that names columns of the published `personas` table. All or nothing.
 * Without `id` they get new ids; without `repetitions` each is one administration; without `word_count_description` words are counted.
 * @throws UserError naming file, line and column of what is wrong
 */
export async function importPersonas(database: Database, file: string): Promise<PersonaImport> {
  try {
    return await insertPersonas(database, personaBatches(file), { origin: 'imported', source: file, vocabulary: null });
  } catch (error) {
    if ((error as { code?: string }).code === '23505') {
      throw new UserError(
        `${file}: a persona's id is taken already (${(error as { detail?: string }).detail ?? messageOf(error)}). Nothing was imported.`,
        {
          hint: 'Remove the column "id" to have new ids given, or import into another schema.',
        },
      );
    }
    throw error;
  }
}

async function* personaBatches(file: string): AsyncGenerator<PersonaRow[]> {
  let header: string[] | null = null;
  let batch: PersonaRow[] = [];
  let personas = 0;
  for await (const { line, fields } of readCsv(file)) {
    if (header === null) {
      header = readHeader(file, fields);
      continue;
    }
    batch.push(readPersona(file, line, header, fields));
    personas++;
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (personas === 0)
    throw new UserError(`${file} holds no personas`, {
      hint: `It needs a header line such as "${REQUIRED.join(',')}" and a line for each persona.`,
    });
  if (batch.length > 0) yield batch;
}

function readHeader(file: string, fields: readonly (string | null)[]): string[] {
  const names = fields.map((field) => (field ?? '').trim());
  const known = [...PERSONA_COLUMNS.keys()];
  for (const [index, name] of names.entries()) {
    if (!PERSONA_COLUMNS.has(name)) {
      const near = closest(name, known);
      throw new UserError(`${file}, line 1: unknown column "${name}" (column ${index + 1})`, {
        hint: `${near === null ? '' : `Did you mean "${near}"? `}Columns of personas: ${known.join(', ')}.`,
      });
    }
    if (names.indexOf(name) !== index)
      throw new UserError(`${file}, line 1: the column "${name}" is there twice`, { hint: 'Remove one of them.' });
  }
  const missing = REQUIRED.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new UserError(
      `${file}, line 1: the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing`,
      {
        hint: 'The first line must name the columns; population, model and description are needed.',
      },
    );
  }
  return names;
}

function readPersona(file: string, line: number, header: readonly string[], fields: readonly (string | null)[]): PersonaRow {
  const wrong = (column: string, what: string) =>
    new UserError(`${file}, line ${line}, column "${column}": ${what}. Nothing was imported.`, {
      hint: 'Correct the line and import the file again.',
    });
  const columns: Record<string, string | number | null> = {};
  for (const [index, name] of header.entries()) {
    const value = fields[index] ?? null;
    const column = PERSONA_COLUMNS.get(name)!;
    if (value === null) {
      if ((REQUIRED as readonly string[]).includes(name)) throw wrong(name, 'must not be empty');
      columns[name] = null;
    } else if (column.type === 'integer') {
      columns[name] = readInteger(value) ?? fail(wrong(name, `"${value.slice(0, 40)}" is no whole number`));
    } else {
      if (value.includes('\0')) throw wrong(name, 'holds a NUL character, which PostgreSQL cannot store');
      const text = value.toWellFormed();
      if ((REQUIRED as readonly string[]).includes(name) && text.trim() === '') throw wrong(name, 'must not be empty');
      columns[name] = text;
    }
  }
  if (columns.id === null) delete columns.id;
  const repetitions = columns.repetitions;
  if (typeof repetitions === 'number' && repetitions < 0) throw wrong('repetitions', 'must not be negative');
  columns.repetitions ??= 1;
  columns.word_count_description ??= countWords(String(columns.description));
  return fitPersona(columns);
}

function readInteger(text: string): number | null {
  if (!/^\s*[+-]?\d{1,10}\s*$/.test(text)) return null;
  const value = Number(text);
  return Math.abs(value) <= LARGEST_INTEGER ? value : null;
}

function fail(error: Error): never {
  throw error;
}
