/** Reads the rows of a table as reference sheets. */
import { UserError } from '../../errors.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { type Vocabulary, vocabularyOf } from '../../instruments/reply/vocabulary.ts';
import type { AnswerSet, Item } from '../../instruments/structure.ts';
import { LARGEST_INTEGER } from '../../numbers.ts';
import { closest } from '../../suggest.ts';
import { shownText } from '../../text-file.ts';
import { createSheet, mayBeMissing, type Sheet } from './sheet.ts';

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
  readonly item: Item;
  readonly index: number;
  /** As in the header but for letter case and separators; for messages. */
  readonly name: string;
}

interface Source {
  readonly file: string;
  readonly instrument: Instrument;
  readonly vocabularies: ReadonlyMap<AnswerSet | null, Vocabulary>;
}

interface Started {
  readonly line: number;
  readonly answers: Map<number, { readonly answer: number | null; readonly line: number }>;
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
 * - long, one record per answer: `personality_id, question_number, answer`, the number of an item or
 *   its id; the other columns of the published `reference_questionnaires` may be there. `id` and
 *   `question` are not read. `category` and `key` must agree with the instrument where they are
 *   given: sheets answered to another key would pass for this one's unnoticed.
 * - wide, one record per person: a column per item (its id, or its number: `1` or `q1`), and
 *   `personality_id`; without it the persons are numbered from 1.
 *
 * Answers are labels or numbers of the instrument's options, in any letter case, and the other
 * spellings that it knows; where an item asks for a number, that number. An answer may be missing
 * (empty, or NA) where the instrument can do without it. Items that ask for a text are not read.
 * Each person answers each item once. Ids are whole numbers in any order, gaps allowed. Records
 * without any value are skipped. Any other column is refused, for it may be a misnamed one.
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
  const vocabularies = new Map(
    instrument.asked.items
      .filter(({ options }) => options.length > 0)
      .map(({ item, options }) => [item.answers, vocabularyOf(options)]),
  );
  const source: Source = { file, instrument, vocabularies };
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
  const names = fields.map(plainName);
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
  const byId = new Map(instrument.items.map((item) => [plainName(item.id), item]));
  if (!names.some((name) => byId.has(name) || ITEM_COLUMN.test(name)))
    throw wrongHeader(file, 'these are not the columns of answer sheets', shapes(instrument));
  for (const [index, name] of names.entries()) {
    if (name === NEEDED[0]) {
      if (names.indexOf(name) !== index) throw twice(file, `the column "${name}"`);
      continue;
    }
    const number = Number(ITEM_COLUMN.exec(name)?.[1]);
    const item = byId.get(name) ?? instrument.items[number - 1];
    if (item === undefined && Number.isNaN(number))
      throw unknownColumn(file, index, name, [NEEDED[0]!, ...byId.keys()], WIDE_COLUMNS);
    if (item === undefined) {
      throw wrongHeader(
        file,
        `column ${index + 1} is item ${number}, which ${instrument.slug} does not have`,
        shapes(instrument),
      );
    }
    if (items.has(item.number)) throw twice(file, `item ${item.id}`);
    items.set(item.number, { item, index, name });
  }
  const missing = instrument.items.filter(
    ({ number, openCharacters }) => openCharacters === null && !items.has(number),
  );
  if (missing.length > 0)
    throw wrongHeader(file, `no column for ${nameItems(missing)}`, shapes(instrument));
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
        const column = items.get(number);
        if (column === undefined) return null;
        return readAnswer(source, line, column.name, column.item, fields[column.index] ?? null);
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
    const answer = readAnswer(source, line, 'answer', item, field('answer'));
    const person = persons.get(id) ?? { line, answers: new Map() };
    const earlier = person.answers.get(item.number);
    if (earlier !== undefined) {
      throw wrong(
        source,
        line,
        'question_number',
        `person ${id} already answered item ${item.id} on line ${earlier.line}`,
      );
    }
    person.answers.set(item.number, { answer, line });
    persons.set(id, person);
  }
  return [...persons].map(([id, { line, answers }]) => {
    const missing = source.instrument.items.filter(
      (item) => !answers.has(item.number) && !mayBeMissing(source.instrument, item),
    );
    if (missing.length > 0) {
      throw new UserError(
        `${source.file}: person ${id} (from line ${line}) has no answer to ${nameItems(missing)}`,
        {
          code: 'sheet-incomplete',
          hint: 'A sheet needs an answer to every item that the instrument cannot do without: add the answers or remove the person.',
        },
      );
    }
    return createSheet(
      id,
      source.instrument.items.map(({ number }) => answers.get(number)?.answer ?? null),
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
  const item = source.instrument.items.find(
    (one) => one.number === number || one.id.toLowerCase() === field?.trim().toLowerCase(),
  );
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

/** Null where there is none and the instrument can do without it. */
function readAnswer(
  source: Source,
  line: number,
  column: string,
  item: Item,
  field: Field,
): number | null {
  if (item.openCharacters !== null) return null;
  const answer = answerIn(source, item, field);
  if (answer !== null) return answer;
  const isNothing = isBlank(field) || /^(?:na|n\/a)$/i.test(field.trim());
  if (isNothing && mayBeMissing(source.instrument, item)) return null;
  const problem = isNothing
    ? 'the answer is missing'
    : `"${shownText(field ?? '')}" is ${whatItIsNot(item)}`;
  throw wrong(source, line, column, problem);
}

function answerIn({ vocabularies }: Source, { answers, quantity }: Item, field: Field) {
  if (quantity === null) {
    const reading = vocabularies.get(answers)?.(field ?? '');
    return reading?.kind === 'answer' ? reading.value : null;
  }
  const digits = /^[+-]?\d{1,15}(?:\.(\d{1,15}?)0*)?$/.exec((field ?? '').trim());
  const value = Number(digits?.[0]);
  const isWithin = value >= quantity.min && value <= quantity.max;
  return isWithin && (digits?.[1] ?? '').length <= quantity.decimals ? value : null;
}

function whatItIsNot(item: Item): string {
  if (isYesNo(item)) return 'neither Yes nor No';
  if (item.quantity === null) return 'not one of the answers';
  const { min, max, decimals } = item.quantity;
  return decimals === 0
    ? `no whole number from ${min} to ${max}`
    : `no number from ${min} to ${max} with at most ${decimals} decimal places`;
}

function isYesNo({ answers, key }: Item): boolean {
  return key !== null && answers!.options.every(({ value }) => value === 0 || value === 1);
}

function checkKey(source: Source, line: number, item: Item, category: Field, said: Field): void {
  const { id, scale, key } = item;
  const { slug } = source.instrument;
  if (!isBlank(category) && category.trim().toLowerCase() !== scale?.toLowerCase()) {
    throw wrong(
      source,
      line,
      'category',
      `item ${id} belongs to ${scale ?? 'no scale'} in ${slug}, not to "${shownText(category)}"`,
    );
  }
  if (isBlank(said) || answerIn(source, item, said) === key) return;
  const keyed = isYesNo(item) ? `keyed ${key === 1 ? 'Yes' : 'No'}` : `keyed ${key ?? 'by none'}`;
  throw wrong(source, line, 'key', `item ${id} is ${keyed} in ${slug}, not "${shownText(said)}"`);
}

/** Spreadsheets and pandas write whole numbers as `7.0`. */
function wholeNumber(field: Field): number | null {
  const digits = /^0*(\d{1,10})(?:\.0+)?$/.exec((field ?? '').trim());
  return digits === null ? null : Number(digits[1]);
}

function isBlank(field: Field): field is null | '' {
  return (field ?? '').trim() === '';
}

function wrong(
  { file, instrument }: Source,
  line: number,
  column: string,
  what: string,
): UserError {
  const answers = instrument.items.every(isYesNo)
    ? 'True/False, Yes/No or 1/0'
    : `the labels or the numbers that ${instrument.slug} has for them`;
  return new UserError(`${file}, line ${line}, column "${column}": ${what}`, {
    code: 'sheets-file-invalid',
    hint: `Correct the line and run the command again. Answers are ${answers}.`,
  });
}

function wrongHeader(file: string, what: string, hint: string): UserError {
  return new UserError(`${file}, line 1: ${what}`, {
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

function nameItems(items: readonly Item[]): string {
  return `item${items.length === 1 ? '' : 's'} ${items.map(({ id }) => id).join(', ')}`;
}

function plainName(name: Field): string {
  return (name ?? '')
    .trim()
    .toLowerCase()
    .replace(/[\s.-]+/g, '_');
}
