/** Imports answers of people to an instrument, which tables show beside those of models. */

import type { Database } from '../../db/connect.ts';
import { UserError } from '../../errors.ts';
import { idOfName } from '../../instruments/import/survey.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { type Vocabulary, vocabularyOf } from '../../instruments/reply/vocabulary.ts';
import type { Item } from '../../instruments/structure.ts';
import { type OwnRow, type OwnTable, readTable } from '../../personas/own/table.ts';
import { shownText, withoutFolders } from '../../text-file.ts';
import { allOrNothing } from './all-or-nothing.ts';
import { insertHumanSample } from './human-store.ts';

/** One person's answers. */
export interface HumanPerson {
  readonly language: string | null;
  readonly subgroup: string | null;
  readonly weight: number | null;
  /** Item number to answer; items without an answer are absent. */
  readonly answers: ReadonlyMap<number, number>;
}

/** What was stored. */
export interface HumanImport {
  readonly sample: string;
  readonly people: number;
  readonly answers: number;
  /** Columns of the file that were not read. */
  readonly unread: readonly string[];
}

const PERSON_COLUMNS = ['language', 'group', 'weight'] as const;
const ITEM_COLUMN = /^(?:q|item|question)?_?0*(\d{1,6})$/;
const NO_ANSWER = /^(?:|na|n\/a|nan|null|\.)$/i;
/** Qualtrics writes two rows more below the names: texts of the questions, and ids in JSON. */
const QUALTRICS_IDS = /^\{\s*["']ImportId["']\s*:/;

/**
 * Reads a table with a row for each person and a column for each item, by its id or number, or by
 * the name of which the import of a survey made its id, and stores it as a sample. The columns
 * `language`, `group` and `weight` may be there; others are not read. Answers are labels or numbers
 * of the options; an empty cell, NA, NaN, NULL, a full stop or a code in `missing` is no answer. All
 * or nothing.
 * @param sample name of the sample, unique in the schema
 * @throws UserError naming row and column of what is wrong
 */
export async function importHumanAnswers(
  database: Database,
  file: string,
  instrument: Instrument,
  sample: string,
  missing: readonly string[] = [],
): Promise<HumanImport> {
  const { people, unread } = await allOrNothing(async () => {
    const read = readPeople(readTable(file), file, instrument, missing);
    await insertHumanSample(database, {
      ...{ sample, people: read.people },
      instrument: instrument.slug,
      sha256: instrument.sha256,
      source: withoutFolders(file),
    });
    return read;
  });
  const answers = people.reduce((sum, person) => sum + person.answers.size, 0);
  return { sample, people: people.length, answers, unread };
}

/**
 * @param missing texts of cells that are no answer, such as `-99`
 * @throws UserError naming row and column of what is wrong
 */
export function readPeople(
  { columns, rows }: OwnTable,
  file: string,
  instrument: Instrument,
  missing: readonly string[] = [],
): { readonly people: readonly HumanPerson[]; readonly unread: readonly string[] } {
  const itemOf = itemFinder(columns, instrument);
  const items = new Map<string, Item>();
  const own = new Map<string, string>();
  for (const column of columns) {
    const plain = column.trim().toLowerCase();
    const item = itemOf(column);
    if (item === undefined) {
      if (PERSON_COLUMNS.some((one) => one === plain)) own.set(plain, column);
      continue;
    }
    const before = [...items].find(([, one]) => one === item);
    if (before !== undefined)
      throw wrong(file, `the columns "${before[0]}" and "${column}" are both item ${item.id}`);
    items.set(column, item);
  }
  const lacking = instrument.items.filter(
    (item) => item.openCharacters === null && ![...items.values()].includes(item),
  );
  if (lacking.length > 0)
    throw wrong(file, `no column for ${lacking.map(({ id }) => id).join(', ')}`);
  const vocabularies = new Map(
    instrument.asked.items
      .filter(({ options }) => options.length > 0)
      .map(({ item, options }) => [item.number, vocabularyOf(options)]),
  );
  requireNoAnswers(missing, instrument, vocabularies);
  const isMissing = (cell: string) => NO_ANSWER.test(cell) || missing.includes(cell);
  // Further down, a person may have said such a thing.
  const first =
    1 +
    rows.slice(0, 2).findIndex((row) => columns.some((column) => QUALTRICS_IDS.test(row[column]!)));
  const people = rows.slice(first).map((row, position) => {
    const index = first + position;
    const text = (name: string) => (row[own.get(name) ?? ''] ?? '').trim();
    return {
      language: text('language') === '' ? null : text('language').toLowerCase(),
      subgroup: text('group') === '' ? null : text('group'),
      weight: own.has('weight') ? readWeight(text('weight'), file, index + 2) : null,
      answers: readAnswers(row, index + 2, items, vocabularies, isMissing, file),
    };
  });
  const read = new Set([...items.keys(), ...own.values()]);
  return { people, unread: columns.filter((column) => !read.has(column)) };
}

/**
 * By ids, where a column has one: numbers would then take Q5, the name of another question, for the
 * fifth item.
 */
function itemFinder(columns: readonly string[], { items }: Instrument) {
  const byId = (column: string) => {
    const plain = column.trim().toLowerCase();
    const named = idOfName(column).toLowerCase();
    return (
      items.find(({ id }) => id.toLowerCase() === plain) ??
      items.find(({ id }) => id.toLowerCase() === named)
    );
  };
  const byNumber = (column: string) => {
    const number = Number(ITEM_COLUMN.exec(column.trim().toLowerCase())?.[1]);
    return items.find((one) => one.number === number);
  };
  return columns.some((column) => byId(column) !== undefined) ? byId : byNumber;
}

function readWeight(text: string, file: string, row: number): number {
  const weight = Number(text.replace(',', '.'));
  if (text !== '' && Number.isFinite(weight) && weight > 0) return weight;
  throw wrong(
    `${file}, row ${row}, column "weight"`,
    `"${shownText(text)}" is not a number above 0`,
  );
}

function readAnswers(
  row: OwnRow,
  place: number,
  items: ReadonlyMap<string, Item>,
  vocabularies: ReadonlyMap<number, Vocabulary>,
  isMissing: (cell: string) => boolean,
  file: string,
): ReadonlyMap<number, number> {
  const answers = new Map<number, number>();
  for (const [column, item] of items) {
    // Statistics programs write whole numbers beside missing ones as 3.0.
    const cell = (row[column] ?? '').trim().replace(/^([+-]?\d+)\.0+$/, '$1');
    if (item.openCharacters !== null || isMissing(cell)) continue;
    const answer = answerIn(cell, item, vocabularies.get(item.number));
    if (answer === null)
      throw wrong(
        `${file}, row ${place}, column "${column}"`,
        `"${shownText(cell)}" is not an answer to item ${item.id}`,
        'Where it means no answer, name it with --missing, as in --missing -99,0. docs/how-to/human-data.md describes the file.',
      );
    answers.set(item.number, answer);
  }
  return answers;
}

/** A code for no answer that is an answer would remove what people said. */
function requireNoAnswers(
  missing: readonly string[],
  { items }: Instrument,
  vocabularies: ReadonlyMap<number, Vocabulary>,
): void {
  for (const code of missing) {
    const own = items.find((item) => answerIn(code, item, vocabularies.get(item.number)) !== null);
    if (own !== undefined)
      throw wrong('--missing', `"${shownText(code)}" is an answer to item ${own.id}`);
  }
}

function answerIn(cell: string, item: Item, vocabulary: Vocabulary | undefined): number | null {
  if (item.quantity === null) {
    const reading = vocabulary?.(cell);
    return reading?.kind === 'answer' ? reading.value : null;
  }
  const value = Number(cell);
  const { min, max } = item.quantity;
  return cell !== '' && value >= min && value <= max ? value : null;
}

function wrong(
  where: string,
  what: string,
  hint = 'One row is one person, one column an item by its id or number. docs/how-to/human-data.md describes the file.',
): UserError {
  return new UserError(`${where}: ${what}`, {
    code: 'human-answers-invalid',
    hint,
  });
}
