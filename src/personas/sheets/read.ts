/** Reads the rows of a table as reference sheets. */
import { UserError } from '../../errors.ts';
import type { Instrument, Item } from '../../instruments/instrument.ts';
import { vocabularyOf } from '../../instruments/reply/vocabulary.ts';
import { LARGEST_INTEGER } from '../../numbers.ts';
import { closest } from '../../suggest.ts';
import { shownText } from '../../text-file.ts';
import { createSheet, type Sheet } from './sheet.ts';

/** A value as PostgreSQL's COPY reads it: an unquoted empty one is null. */
type Field = string | null;

/** One record of a CSV file, as wide as its header. */
export interface SheetRecord {
  /** Line of the file on which it begins, from 1. */
  readonly line: number;
  readonly fields: readonly Field[];
}

/** Where the columns stand, from 0. */
type Layout =
  | { readonly shape: 'long'; readonly columns: ReadonlyMap<string, number> }
  | {
      readonly shape: 'wide';
      readonly person: number | null;
      readonly items: ReadonlyMap<number, ItemColumn>;
    };

interface ItemColumn {
  readonly index: number;
  /** As in the header but for letter case and separators; for messages. */
  readonly name: string;
}

interface Source {
  readonly file: string;
  readonly instrument: Instrument;
  readonly read: ReturnType<typeof vocabularyOf>;
}

interface Started {
  readonly line: number;
  readonly answers: Map<number, { readonly answer: boolean; readonly line: number }>;
}

export const NEEDED = ['personality_id', 'question_number', 'answer'];
/**
 * The columns of the published table `reference_questionnaires`, so that an export of it can be
 * read.
 */
export const PUBLISHED = [...NEEDED, 'id', 'question', 'category', 'key'];
const WIDE_COLUMNS =
  'Apart from the items, only the column "personality_id" is allowed: remove the column, or rename it if it numbers the persons.';
const ITEM_COLUMN = /^(?:q|item|question)?_?0*(\d{1,6})$/;

/**
 * Reads sheets in either of two shapes, told apart by the header, which is the first record:
 * - long, one record per answer: `personality_id, question_number, answer`; the other columns of
 *   the published `reference_questionnaires` may be there. `id` and `question` are not read.
 *   `category` and `key` must agree with the instrument where they are given: sheets answered to
 *   another key would pass for this one's unnoticed.
 * - wide, one record per person: a column per item (`1` or `q1`), and `personality_id`; without it
 *   the persons are numbered from 1.
 *
 * Answers are True/False, Yes/No, 1/0, T/F in any letter case, and the other spellings that the
 * instrument knows. Each person answers each item once. Ids are whole numbers in any order, gaps
 * allowed. Records without any value are skipped. Any other column is refused, for it may be a
 * misnamed one.
 *
 * @param file what to call the file in messages
 * @returns the sheets by ascending personality id
 * @throws UserError naming the line and the column of what is wrong
 */
export function parseSheets(
  records: Iterable<SheetRecord>,
  file: string,
  instrument: Instrument,
): Sheet[] {
  const source: Source = {
    file,
    instrument,
    read: vocabularyOf(instrument.asked.items[0]!.options),
  };
  const [header, ...rows] = records;
  if (header === undefined)
    throw wrongHeader(file, 'the header line is missing', shapes(instrument));
  const layout = readHeader(source, header.fields);
  const filled = rows.filter(({ fields }) => !fields.every(isBlank));
  if (filled.length === 0) {
    throw new UserError(`${file} contains no answers`, {
      code: 'sheets-file-invalid',
      hint: 'Below the header, add one line for each answer or for each person.',
    });
  }
  const sheets =
    layout.shape === 'long'
      ? readLong(source, layout.columns, filled)
      : readWide(source, layout, filled);
  return sheets.sort((a, b) => a.personalityId - b.personalityId);
}

function readHeader({ file, instrument }: Source, fields: readonly Field[]): Layout {
  const names = fields.map((field) =>
    (field ?? '')
      .trim()
      .toLowerCase()
      .replace(/[\s.-]+/g, '_'),
  );
  return names.includes('question_number') || names.includes('answer')
    ? { shape: 'long', columns: readLongHeader(file, names) }
    : readWideHeader(file, names, instrument);
}

function readLongHeader(file: string, names: readonly string[]): ReadonlyMap<string, number> {
  for (const [index, name] of names.entries()) {
    if (!PUBLISHED.includes(name))
      throw unknownColumn(
        file,
        index,
        name,
        PUBLISHED,
        `Columns of answers: ${PUBLISHED.join(', ')}.`,
      );
    if (names.indexOf(name) !== index) throw twice(file, `the column "${name}"`);
  }
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw wrongHeader(
      file,
      `${missing.join(' and ')} missing`,
      `With one line per answer, these columns are required: ${NEEDED.join(', ')}.`,
    );
  }
  return new Map(names.map((name, index) => [name, index]));
}

function readWideHeader(file: string, names: readonly string[], instrument: Instrument): Layout {
  const items = new Map<number, ItemColumn>();
  const known = instrument.items.map(({ number }) => number);
  if (!names.some((name) => ITEM_COLUMN.test(name)))
    throw wrongHeader(file, 'these are not the columns of answer sheets', shapes(instrument));
  for (const [index, name] of names.entries()) {
    if (name === NEEDED[0]) {
      if (names.indexOf(name) !== index) throw twice(file, `the column "${name}"`);
      continue;
    }
    const number = Number(ITEM_COLUMN.exec(name)?.[1]);
    if (Number.isNaN(number)) throw unknownColumn(file, index, name, [NEEDED[0]!], WIDE_COLUMNS);
    if (!known.includes(number)) {
      throw wrongHeader(
        file,
        `column ${index + 1} is item ${number}, which ${instrument.slug} does not have`,
        shapes(instrument),
      );
    }
    if (items.has(number)) throw twice(file, `item ${number}`);
    items.set(number, { index, name });
  }
  const missing = known.filter((number) => !items.has(number));
  if (missing.length > 0)
    throw wrongHeader(file, `no column for ${itemsOf(missing)}`, shapes(instrument));
  const person = names.indexOf(NEEDED[0]!);
  return { shape: 'wide', person: person === -1 ? null : person, items };
}

function readWide(
  source: Source,
  { person, items }: Extract<Layout, { shape: 'wide' }>,
  rows: readonly SheetRecord[],
): Sheet[] {
  const lines = new Map<number, number>();
  return rows.map(({ line, fields }, index) => {
    const id = person === null ? index + 1 : readId(source, line, fields[person] ?? null);
    const earlier = lines.get(id);
    if (earlier !== undefined)
      throw wrong(
        source,
        line,
        'personality_id',
        `person ${id} already appears on line ${earlier}`,
      );
    lines.set(id, line);
    return createSheet(
      id,
      source.instrument.items.map(({ number }) => {
        const { index: column, name } = items.get(number)!;
        return readAnswer(source, line, name, fields[column] ?? null);
      }),
    );
  });
}

function readLong(
  source: Source,
  columns: ReadonlyMap<string, number>,
  rows: readonly SheetRecord[],
): Sheet[] {
  const persons = new Map<number, Started>();
  for (const { line, fields } of rows) {
    const field = (name: string) => fields[columns.get(name) ?? -1] ?? null;
    const id = readId(source, line, field('personality_id'));
    const item = readItem(source, line, field('question_number'));
    checkKey(source, line, item, field('category'), field('key'));
    const answer = readAnswer(source, line, 'answer', field('answer'));
    const person = persons.get(id) ?? { line, answers: new Map() };
    const earlier = person.answers.get(item.number);
    if (earlier !== undefined) {
      throw wrong(
        source,
        line,
        'question_number',
        `person ${id} already answered item ${item.number} on line ${earlier.line}`,
      );
    }
    person.answers.set(item.number, { answer, line });
    persons.set(id, person);
  }
  return [...persons].map(([id, { line, answers }]) => {
    const missing = source.instrument.items
      .map(({ number }) => number)
      .filter((number) => !answers.has(number));
    if (missing.length > 0) {
      throw new UserError(
        `${source.file}: person ${id} (from line ${line}) has no answer to ${itemsOf(missing)}. Nothing was imported.`,
        {
          code: 'sheet-incomplete',
          hint: 'A sheet needs an answer to every item: add the answers or remove the person.',
        },
      );
    }
    return createSheet(
      id,
      source.instrument.items.map(({ number }) => answers.get(number)!.answer),
    );
  });
}

function readId(source: Source, line: number, field: Field): number {
  const id = wholeNumber(field);
  if (id === null || id > LARGEST_INTEGER) {
    throw wrong(
      source,
      line,
      'personality_id',
      isBlank(field)
        ? 'must not be empty'
        : `"${shownText(field)}" is not a whole number from 0 to ${LARGEST_INTEGER}`,
    );
  }
  return id;
}

function readItem(source: Source, line: number, field: Field): Item {
  const number = wholeNumber(field);
  const item = source.instrument.items.find((candidate) => candidate.number === number);
  if (item !== undefined) return item;
  const { slug, items } = source.instrument;
  throw wrong(
    source,
    line,
    'question_number',
    isBlank(field)
      ? 'must not be empty'
      : `"${shownText(field)}" is not an item of ${slug}, which has items 1 to ${items.length}`,
  );
}

function readAnswer(source: Source, line: number, column: string, field: Field): boolean {
  const reading = source.read(field ?? '');
  if (reading.kind === 'answer' && (reading.value === 0 || reading.value === 1))
    return reading.value === 1;
  throw wrong(
    source,
    line,
    column,
    isBlank(field) ? 'the answer is missing' : `"${shownText(field)}" is neither Yes nor No`,
  );
}

function checkKey(
  source: Source,
  line: number,
  { number, scale, key }: Item,
  category: Field,
  said: Field,
): void {
  if (!isBlank(category) && category.trim().toLowerCase() !== scale?.toLowerCase()) {
    throw wrong(
      source,
      line,
      'category',
      `item ${number} belongs to ${scale ?? 'no scale'} in ${source.instrument.slug}, not to "${shownText(category)}"`,
    );
  }
  if (!isBlank(said) && readAnswer(source, line, 'key', said) !== (key === 1)) {
    throw wrong(
      source,
      line,
      'key',
      `item ${number} is keyed ${key === 1 ? 'Yes' : 'No'} in ${source.instrument.slug}, not "${shownText(said)}"`,
    );
  }
}

/** Spreadsheets and pandas write whole numbers as `7.0`. */
function wholeNumber(field: Field): number | null {
  const digits = /^0*(\d{1,10})(?:\.0+)?$/.exec((field ?? '').trim());
  return digits === null ? null : Number(digits[1]);
}

function isBlank(field: Field): field is null | '' {
  return (field ?? '').trim() === '';
}

function wrong({ file }: Source, line: number, column: string, what: string): UserError {
  return new UserError(
    `${file}, line ${line}, column "${column}": ${what}. Nothing was imported.`,
    {
      code: 'sheets-file-invalid',
      hint: 'Correct the line and run the command again. Answers are True/False, Yes/No or 1/0.',
    },
  );
}

function wrongHeader(file: string, what: string, hint: string): UserError {
  return new UserError(`${file}, line 1: ${what}. Nothing was imported.`, {
    code: 'sheets-file-invalid',
    hint,
  });
}

function twice(file: string, what: string): UserError {
  return wrongHeader(file, `${what} occurs twice`, 'Remove one of them.');
}

function unknownColumn(
  file: string,
  index: number,
  name: string,
  known: readonly string[],
  hint: string,
): UserError {
  const near = closest(name, known);
  return wrongHeader(
    file,
    `unknown column "${shownText(name)}" (column ${index + 1})`,
    `${near === null ? '' : `Did you mean "${near}"? `}${hint}`,
  );
}

function shapes({ items }: Instrument): string {
  return `Either one line per answer (${NEEDED.join(', ')}), or one line per person (personality_id, then the items 1 to ${items.length}).`;
}

function itemsOf(numbers: readonly number[]): string {
  return `item${numbers.length === 1 ? '' : 's'} ${numbers.join(', ')}`;
}
