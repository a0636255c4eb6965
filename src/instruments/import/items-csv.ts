/**
 * Items as a table: one row an item, with its scales, signs and answers. What a file of another
 * program leaves open is an empty cell here, for a person to fill in.
 */
import { UserError } from '../../errors.ts';
import { closest } from '../../suggest.ts';
import { shownText } from '../../text-file.ts';
import { idMaker, type Survey, type SurveyItem, type SurveyOption, wholeNumber } from './survey.ts';

/** In the order in which they are written. */
const ITEM_COLUMNS = ['number', 'id', 'text', 'scale', 'sign', 'options', 'instructions'] as const;
type Column = (typeof ITEM_COLUMNS)[number];
/** Answers may be given for all items instead of in a column. */
const REQUIRED: readonly Column[] = ['text', 'scale', 'sign'];

/** In the column `scale`: the item is on no scale. */
const NO_SCALE = 'none';
const OPEN_NUMBER = '?';
const MISSING = /\s*\[missing\]$/;
const SIGNS: Readonly<Record<string, 1 | -1>> = { '1': 1, '+1': 1, '+': 1, '-1': -1, '-': -1 };

/** A CSV file as it was read: cells by the name of their column. */
export interface ItemTable {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/**
 * Reads a table of items. `scale` and `sign` may list several, separated by `;`. `options` is
 * `1 = Never | 2 = Often | 99 = No answer [missing]`.
 * @param file what to call it in messages
 * @throws UserError naming row and column of what is wrong
 */
export function readItems({ columns, rows }: ItemTable, file: string): Survey {
  const names = columnsOf(columns, file);
  const idOf = idMaker();
  const numbers = new Map<number, number>();
  const items = rows.flatMap((cells, index) => {
    const row = index + 2;
    const cell = (column: Column) => (cells[names.get(column) ?? ''] ?? '').trim();
    const fail = (column: Column, what: string) => wrongCell(file, row, column, what);
    if (ITEM_COLUMNS.every((column) => cell(column) === '')) return [];
    const number = cell('number') === '' ? index + 1 : wholeNumber(cell('number'));
    if (number === null || number < 1)
      throw fail('number', `"${shownText(cell('number'))}" is not a whole number from 1`);
    const before = numbers.get(number);
    if (before !== undefined) throw fail('number', `${number} is already in row ${before}`);
    numbers.set(number, row);
    if (cell('text') === '') throw fail('text', 'the cell is empty');
    const id = cell('id') === '' ? `item${number}` : cell('id');
    if (idOf(id) !== id)
      throw fail(
        'id',
        `"${shownText(id)}" is no id, or another item has it: an id has at most 26 letters, digits and _, and begins with a letter`,
      );
    const scales = scalesOf(cell('scale'));
    const signs = signsOf(cell('sign'), (what) => fail('sign', what));
    if (scales !== null && signs !== null && ![1, scales.length].includes(signs.length))
      throw fail('sign', `${signs.length} signs for ${scales.length} scales`);
    const item: SurveyItem = {
      ...{ id, scales, signs },
      text: cell('text'),
      instructions: cell('instructions') === '' ? null : cell('instructions'),
      options: optionsOf(cell('options'), (what) => fail('options', what)),
    };
    return [{ number, item }];
  });
  if (items.length === 0) throw wrongFile(file, 'there are no items below the header');
  return {
    ...{ title: null, language: null, score: null, skipped: [], notes: [] },
    items: items.sort((a, b) => a.number - b.number).map(({ item }) => item),
  };
}

/** Names of the columns as the file writes them. */
function columnsOf(given: readonly string[], file: string): Map<Column, string> {
  const columns = new Map<Column, string>();
  for (const name of given) {
    const plain = name.trim().toLowerCase();
    const column = ITEM_COLUMNS.find((one) => one === plain);
    if (column === undefined) {
      const meant = closest(plain, [...ITEM_COLUMNS]);
      throw wrongFile(
        file,
        `unknown column "${shownText(name)}"${meant === null ? '' : ` (did you mean "${meant}"?)`}`,
      );
    }
    if (columns.has(column)) throw wrongFile(file, `the column "${column}" occurs twice`);
    columns.set(column, name);
  }
  const missing = REQUIRED.filter((column) => !columns.has(column));
  if (missing.length > 0)
    throw wrongFile(file, `no column ${missing.map((one) => `"${one}"`).join(', ')}`);
  return columns;
}

function scalesOf(cell: string): readonly string[] | null {
  if (cell === '') return null;
  if (cell.toLowerCase() === NO_SCALE) return [];
  return cell.split(';').map((name) => name.trim());
}

function signsOf(cell: string, fail: (what: string) => UserError): readonly (1 | -1)[] | null {
  if (cell === '') return null;
  return cell.split(';').map((written) => {
    const sign = SIGNS[written.trim().replaceAll('\u2212', '-')];
    if (sign === undefined) throw fail(`"${shownText(written.trim())}" is neither 1 nor -1`);
    return sign;
  });
}

/**
 * Answers as they are written in the column `options`.
 * @param fail makes the error of what is wrong
 */
export function optionsOf(cell: string, fail: (what: string) => UserError): SurveyOption[] {
  if (cell === '') return [];
  return cell.split(/(?<!\\)\|/).map((part) => {
    const written = part.replaceAll('\\|', '|').trim();
    const isMissing = MISSING.test(written);
    const [, before, after] = /^([^=]*)(?:=(.*))?$/s.exec(written.replace(MISSING, ''))!;
    const number = wholeNumber(before!.replaceAll('\u2212', '-'));
    if (number === null && before!.trim() !== OPEN_NUMBER)
      throw fail(
        `"${shownText(written)}" does not begin with a whole number; write 1 = Never | 2 = Often`,
      );
    const label = (after ?? '').trim();
    return { number, label: label === '' ? null : label, isMissing };
  });
}

/** The rows of the table, header included. */
export function itemRows(survey: Survey): readonly (readonly (string | number | null)[])[] {
  return [
    ITEM_COLUMNS,
    ...survey.items.map((item, index) => [
      index + 1,
      item.id,
      item.text,
      item.scales === null ? null : item.scales.length === 0 ? NO_SCALE : item.scales.join('; '),
      item.signs === null ? null : item.signs.join('; '),
      item.options.length === 0 ? null : item.options.map(optionText).join(' | '),
      item.instructions,
    ]),
  ];
}

function optionText({ number, label, isMissing }: SurveyOption): string {
  const value = number === null ? OPEN_NUMBER : String(number);
  const text = label === null ? value : `${value} = ${label.replaceAll('|', '\\|')}`;
  return isMissing ? `${text} [missing]` : text;
}

function wrongCell(file: string, row: number, column: Column, what: string): UserError {
  return wrongFile(`${file}, row ${row}, column "${column}"`, what);
}

function wrongFile(where: string, what: string): UserError {
  return new UserError(`${where}: ${what}`, {
    code: 'instrument-import-invalid',
    hint: 'Columns: number, id, text, scale, sign, options, instructions. docs/how-to/import-an-instrument.md explains them.',
  });
}
