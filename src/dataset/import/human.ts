/** Imports answers of people to an instrument, which tables show beside those of models. */
import type { Database } from '../../db/connect.ts';
import { UserError } from '../../errors.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { type Vocabulary, vocabularyOf } from '../../instruments/reply/vocabulary.ts';
import type { Item } from '../../instruments/structure.ts';
import { type OwnRow, type OwnTable, readTable } from '../../personas/own/table.ts';
import { shownText, withoutFolders } from '../../text-file.ts';
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

/**
 * Reads a table with a row for each person and a column for each item, by its id or number, and
 * stores it as a sample. The columns `language`, `group` and `weight` may be there; others are not
 * read. Answers are labels or numbers of the options; an empty cell, NA, NaN, NULL or a full stop
 * is no answer. All or nothing.
 * @param sample name of the sample, unique in the schema
 * @throws UserError naming row and column of what is wrong
 */
export async function importHumanAnswers(
  database: Database,
  file: string,
  instrument: Instrument,
  sample: string,
): Promise<HumanImport> {
  const table = readTable(file);
  const { people, unread } = readPeople(table, file, instrument);
  await insertHumanSample(database, {
    ...{ sample, people },
    instrument: instrument.slug,
    sha256: instrument.sha256,
    source: withoutFolders(file),
  });
  const answers = people.reduce((sum, person) => sum + person.answers.size, 0);
  return { sample, people: people.length, answers, unread };
}

/** @throws UserError naming row and column of what is wrong */
export function readPeople(
  { columns, rows }: OwnTable,
  file: string,
  instrument: Instrument,
): { readonly people: readonly HumanPerson[]; readonly unread: readonly string[] } {
  const items = new Map<string, Item>();
  const own = new Map<string, string>();
  for (const column of columns) {
    const plain = column.trim().toLowerCase();
    const number = Number(ITEM_COLUMN.exec(plain)?.[1]);
    const item =
      instrument.items.find(({ id }) => id.toLowerCase() === plain) ??
      instrument.items.find((one) => one.number === number);
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
  const people = rows.map((row, index) => {
    const text = (name: string) => (row[own.get(name) ?? ''] ?? '').trim();
    return {
      language: text('language') === '' ? null : text('language').toLowerCase(),
      subgroup: text('group') === '' ? null : text('group'),
      weight: own.has('weight') ? readWeight(text('weight'), file, index + 2) : null,
      answers: readAnswers(row, index + 2, items, vocabularies, file),
    };
  });
  const read = new Set([...items.keys(), ...own.values()]);
  return { people, unread: columns.filter((column) => !read.has(column)) };
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
  file: string,
): ReadonlyMap<number, number> {
  const answers = new Map<number, number>();
  for (const [column, item] of items) {
    // Statistics programs write whole numbers beside missing ones as 3.0.
    const cell = (row[column] ?? '').trim().replace(/^([+-]?\d+)\.0+$/, '$1');
    if (item.openCharacters !== null) continue;
    const answer = answerIn(cell, item, vocabularies.get(item.number));
    if (answer !== null) answers.set(item.number, answer);
    else if (!NO_ANSWER.test(cell))
      throw wrong(
        `${file}, row ${place}, column "${column}"`,
        `"${shownText(cell)}" is not an answer to item ${item.id}`,
      );
  }
  return answers;
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

function wrong(where: string, what: string): UserError {
  return new UserError(`${where}: ${what}. Nothing was imported.`, {
    code: 'human-answers-invalid',
    hint: 'One row is one person, one column an item by its id or number. docs/how-to/human-data.md describes the file.',
  });
}
