import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../errors.ts';
import { findInstrument } from '../../instruments/load.ts';
import { parseSheets, type SheetRecord } from './read.ts';
import { createSheet, type Sheet } from './sheet.ts';

const epqra = findInstrument('epqra');
const NUMBERS = epqra.items.map(({ number }) => String(number));
const LONG = ['personality_id', 'question_number', 'answer'];
const YES_NO: readonly string[] = NUMBERS.map((_, index) => (index % 3 === 0 ? 'Yes' : 'No'));
const SHEET = createSheet(
  1,
  YES_NO.map((answer) => Number(answer === 'Yes')),
);

type Fields = readonly (string | null)[];

describe('both shapes', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 31 - 1 }), {
    minLength: 1,
    maxLength: 8,
  });
  const populations = ids.chain((all) =>
    fc.tuple(
      ...all.map((id) =>
        fc
          .array(fc.constantFrom(0, 1), { minLength: 24, maxLength: 24 })
          .map((answers) => createSheet(id, answers)),
      ),
    ),
  );
  const spellings = fc.constantFrom(
    ['True', 'False'],
    ['true', 'FALSE'],
    ['Yes', 'no'],
    ['1', '0'],
    ['t', 'F'],
    ['1.0', '0.0'],
  );

  it('bring back what was written', () => {
    fc.assert(
      fc.property(populations, spellings, (sheets, [yes, no]) => {
        const word = (answer: number | null) => (answer === 1 ? yes! : no!);
        const sorted = sheets.toSorted((a, b) => a.personalityId - b.personalityId);
        const long = sheets.flatMap((sheet) =>
          sheet.answers.map((answer, index) => [
            String(sheet.personalityId),
            String(index + 1),
            word(answer),
          ]),
        );
        const wide = sheets.map((sheet) => [
          ...sheet.answers.map(word),
          String(sheet.personalityId),
        ]);
        expect(read(LONG, ...long)).toEqual(sorted);
        expect(read(LONG, ...long.toReversed())).toEqual(sorted);
        expect(read([...NUMBERS.map((number) => `q${number}`), 'personality_id'], ...wide)).toEqual(
          sorted,
        );
      }),
    );
  });
});

describe('one line per answer', () => {
  const rows = YES_NO.map((answer, index) => ['1', String(index + 1), answer]);
  const changed = (row: number, column: number, value: string | null): Fields[] =>
    rows.map((fields, index) => (index === row ? fields.with(column, value as string) : fields));

  it('takes the published table', () => {
    const header = [
      'id',
      'personality_id',
      'question_number',
      'question',
      'category',
      'key',
      'answer',
    ];
    const published = epqra.items.map(({ number, text, scale, key }, index) => [
      String(index + 1),
      '1',
      String(number),
      text,
      scale,
      key === 1 ? 't' : 'f',
      YES_NO[index] === 'Yes' ? 't' : 'f',
    ]);
    expect(read(header, ...published)).toEqual([SHEET]);
    expect(() => read(header, ...published.with(2, published[2]!.with(5, 't')))).toThrow(
      'sheets.csv, line 4, column "key": item 3 is keyed No in epqra, not "t"',
    );
    expect(() => read(header, ...published.with(2, published[2]!.with(4, 'L')))).toThrow(
      'sheets.csv, line 4, column "category": item 3 belongs to P in epqra, not to "L"',
    );
  });

  it('skips lines without any value', () => {
    expect(read(LONG, ...rows, [null, '', ' '])).toEqual([SHEET]);
  });

  it.each([
    [
      'an answer of none of the words',
      changed(4, 2, 'maybe'),
      'line 6, column "answer": "maybe" is neither Yes nor No',
    ],
    [
      'an answer off the scale',
      changed(4, 2, '2'),
      'line 6, column "answer": "2" is neither Yes nor No',
    ],
    ['an empty answer', changed(4, 2, null), 'line 6, column "answer": the answer is missing'],
    [
      'an item that there is not',
      changed(4, 1, '25'),
      'line 6, column "question_number": "25" is not an item of epqra, which has items 1 to 24',
    ],
    [
      'an item that is no number',
      changed(4, 1, 'Q5'),
      'line 6, column "question_number": "Q5" is not an item',
    ],
    ['an empty id', changed(4, 0, ''), 'line 6, column "personality_id": must not be empty'],
    [
      'a negative id',
      changed(4, 0, '-1'),
      'line 6, column "personality_id": "-1" is not a whole number',
    ],
    [
      'an id that the column cannot hold',
      changed(4, 0, '2147483648'),
      '"2147483648" is not a whole number from 0 to 2147483647',
    ],
    [
      'an item answered twice',
      changed(4, 1, '4'),
      'line 6, column "question_number": person 1 already answered item 4 on line 5',
    ],
    [
      'missing items',
      rows.slice(0, 22),
      'sheets.csv: person 1 (from line 2) has no answer to items 23, 24',
    ],
    ['no answers', [], 'sheets.csv contains no answers'],
  ])('refuses %s', (_, lines, message) => {
    refuses([LONG, ...lines], message);
  });

  it.each([
    [['personality_id', 'question_number', 'answr'], 'unknown column "answr" (column 3)'],
    [['personality_id', 'answer'], 'line 1: question_number missing'],
    [[...LONG, 'answer'], 'the column "answer" occurs twice'],
  ])('refuses the header %j', (header, message) => {
    refuses([header], message);
  });
});

describe('one line per person', () => {
  const HEADER = ['personality_id', ...NUMBERS];

  it('numbers the persons from 1 where they have no id', () => {
    const no = Array<string>(24).fill('no');
    expect(read(NUMBERS, YES_NO, no)).toEqual([SHEET, createSheet(2, Array<number>(24).fill(0))]);
  });

  it.each([['Q1'], ['q_01'], ['Item 1'], ['question_1'], [' 1 ']])(
    'takes %j for item 1',
    (name) => {
      expect(read([name, ...NUMBERS.slice(1)], YES_NO)).toEqual([SHEET]);
    },
  );

  it.each([
    [
      'an unreadable answer',
      [HEADER, ['1', ...YES_NO.with(6, '7')]],
      'line 2, column "7": "7" is neither Yes nor No',
    ],
    [
      'an answer, by the name of its column',
      [NUMBERS.map((n) => `Q${n}`), YES_NO.with(6, '?')],
      'line 2, column "q7": "?"',
    ],
    [
      'a missing answer',
      [HEADER, ['1', ...(YES_NO as Fields).with(6, null)]],
      'line 2, column "7": the answer is missing',
    ],
    [
      'a person twice',
      [HEADER, ['8', ...YES_NO], ['8', ...YES_NO]],
      'line 3, column "personality_id": person 8 already appears on line 2',
    ],
    ['missing items', [HEADER.toSpliced(3, 2)], 'no column for items 3, 4'],
    ['an item too many', [[...HEADER, '25']], 'column 26 is item 25, which epqra does not have'],
    ['an item twice', [[...HEADER, 'q24']], 'item 24 occurs twice'],
    ['ids twice', [[...HEADER, 'Personality_ID']], 'the column "personality_id" occurs twice'],
    ['further columns', [['id', ...NUMBERS]], 'unknown column "id" (column 1)'],
    ['foreign columns', [['name', 'age']], 'these are not the columns of answer sheets'],
    ['nothing at all', [], 'the header line is missing'],
  ])('refuses %s', (_, lines, message) => {
    refuses(lines, message);
  });

  it('guesses what a misnamed column should be called', () => {
    expect(() => read(['personalty_id', ...NUMBERS])).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('Did you mean "personality_id"?') }),
    );
  });
});

function refuses(lines: readonly Fields[], message: string): void {
  expect(() => parseSheets(number(lines), 'sheets.csv', epqra)).toThrow(UserError);
  expect(() => parseSheets(number(lines), 'sheets.csv', epqra)).toThrow(message);
}

function read(...lines: readonly Fields[]): Sheet[] {
  return parseSheets(number(lines), 'sheets.csv', epqra);
}

function number(lines: readonly Fields[]): SheetRecord[] {
  return lines.map((fields, index) => ({ line: index + 1, fields }));
}
