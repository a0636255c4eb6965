import { expect, test } from 'vitest';
import { findInstrument } from '../../instruments/load.ts';
import { readPeople } from './human.ts';

/** Nine items with four answers, and a tenth of another kind. */
const PHQ9 = findInstrument('phq9');
const IDS = PHQ9.items.map(({ id }) => id);

const read = (columns: readonly string[], ...rows: readonly (readonly string[])[]) =>
  readMissing([], columns, ...rows);
const readMissing = (
  missing: readonly string[],
  columns: readonly string[],
  ...rows: readonly (readonly string[])[]
) =>
  readPeople(
    {
      columns,
      rows: rows.map((row) =>
        Object.fromEntries(columns.map((name, index) => [name, row[index] ?? ''])),
      ),
      encoding: 'utf-8',
      doubtful: [],
      separator: ',',
    },
    'people.csv',
    PHQ9,
    missing,
  );
const ZEROS = IDS.map(() => '0');
const withFirst = (first: string) => [first, ...ZEROS.slice(1)];

test('Columns go by id or number, answers by number or label, and what is no answer is left out', () => {
  const label = PHQ9.items[0]!.answers!.options[1]!.label;
  const { people, unread } = read(
    ['Group', 'weight', 'language', 'age', ...IDS.map((_, index) => `Q${index + 1}`)],
    ['a', '1,5', 'EN', '30', ...withFirst('3.0')],
    ['', '2', '', '31', ...withFirst(label)],
    ['', '1', '', '32', ...withFirst('NA')],
  );
  expect(people.map(({ answers }) => answers.get(1) ?? null)).toEqual([
    3,
    PHQ9.items[0]!.answers!.options[1]!.value,
    null,
  ]);
  expect(people[0]).toMatchObject({ subgroup: 'a', weight: 1.5, language: 'en' });
  expect(people[1]).toMatchObject({ subgroup: null, language: null });
  expect(unread).toEqual(['age']);
});

test.each([
  ['an answer that is none', IDS, withFirst('7'), /row 2, column "phq1": "7" is not an answer/],
  ['a column less', IDS.slice(1), ZEROS, /no column for phq1/],
  ['an item twice', [...IDS, 'PHQ1 '], ZEROS, /"phq1" and "PHQ1 " are both item phq1/],
  ['a number twice', ['1', 'q1'], ['0', '0'], /"1" and "q1" are both item phq1/],
  ['a weight of 0', [...IDS, 'weight'], [...ZEROS, '0'], /column "weight": "0" is not a number/],
])('A file with %s is refused with the place', (_, columns, row, message) => {
  expect(() => read(columns, row)).toThrow(message);
});

test('Where a column has the id of an item, columns that look like numbers are other questions', () => {
  const { people, unread } = read(['Q2', ...IDS], ['3', ...ZEROS]);
  expect(people[0]!.answers.get(2)).toBe(0);
  expect(unread).toEqual(['Q2']);
});

test('A column with a name of which the import of a survey would make an id is that item', () => {
  const names = IDS.map((id) => ` (${id})`);
  expect(read(names, withFirst('2')).people[0]!.answers.get(1)).toBe(2);
});

test('Codes for no answer are left out where they are named, and none may be an answer', () => {
  const rows = [withFirst('-99'), withFirst('999.0'), withFirst('1')];
  const { people } = readMissing(['-99', '999'], IDS, ...rows);
  expect(people.map(({ answers }) => answers.get(1) ?? null)).toEqual([null, null, 1]);
  expect(() => readMissing(['-99'], IDS, ...rows)).toThrow(/row 3, column "phq1": "999" is not/);
  expect(() => readMissing(['0'], IDS, ...rows)).toThrow(
    /--missing: "0" is an answer to item phq1/,
  );
});

test('The two rows that Qualtrics writes below the names are no people, and rows keep their numbers', () => {
  const texts = IDS.map(() => 'How often were you bothered?');
  const ids = IDS.map((_, index) => `{"ImportId":"QID${index}"}`);
  expect(read(IDS, texts, ids, ZEROS).people).toHaveLength(1);
  expect(() => read(IDS, texts, ids, ZEROS, withFirst('7'))).toThrow(/row 5, column "phq1"/);
  const remark = [...ZEROS, ids[0]!];
  const people = [[...ZEROS, ''], [...ZEROS, ''], remark];
  expect(read([...IDS, 'remarks'], ...people).people).toHaveLength(3);
});
