import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../errors.ts';
import { findInstrument, parseInstrument } from '../../instruments/load.ts';
import { parseSheets, type SheetRecord } from './read.ts';
import { createSheet, type Sheet } from './sheet.ts';

const epqra = findInstrument('epqra');
const miniipip = findInstrument('miniipip');
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
    ['NA for an answer', changed(4, 2, 'NA'), 'line 6, column "answer": the answer is missing'],
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

describe('sheets of any instrument', () => {
  const people = fc.array(
    fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 20, maxLength: 20 }),
    {
      minLength: 1,
      maxLength: 6,
    },
  );

  it('bring back Likert answers, written as labels or as numbers', () => {
    const { options } = miniipip.items[0]!.answers!;
    const words = fc.constantFrom<(answer: number) => string>(
      (answer) => String(answer),
      (answer) => `${answer}.0`,
      (answer) => options.find(({ value }) => value === answer)!.label.toUpperCase(),
    );
    fc.assert(
      fc.property(people, words, (answers, word) => {
        const sheets = answers.map((own, person) => createSheet(person + 1, own));
        const wide = [
          miniipip.items.map(({ id }) => `item ${id}`),
          ...answers.map((own) => own.map(word)),
        ];
        const long = answers.flatMap((own, person) =>
          own.map((answer, index) => [String(person + 1), String(index + 1), word(answer)]),
        );
        expect(parseSheets(number(wide), 'sheets.csv', miniipip)).toEqual(sheets);
        expect(parseSheets(number([LONG, ...long]), 'sheets.csv', miniipip)).toEqual(sheets);
      }),
    );
  });

  const ids = ['personality_id', 'Mood_1', 'mood.2', 'sport', 'which', 'hours'];
  const readMixed = (...rows: Fields[]) => parseSheets(number(rows), 'sheets.csv', MIXED);

  it('have columns by the ids of the items, in any order', () => {
    expect(readMixed(ids, ['4', 'Good', '2', 'no', '', '7.5'])).toEqual([
      createSheet(4, [3, 2, 0, null, 7.5, null]),
    ]);
    expect(
      readMixed(['why', ...ids.toReversed()], ['because', '0', '3', 'YES', 'bad', 'NA', '5']),
    ).toEqual([createSheet(5, [null, 1, 1, 3, 0, null])]);
  });

  it('have lines by the ids of the items, and none where an answer may be missing', () => {
    const lines = [
      ['1', 'mood_2', 'bad'],
      ['1', 'SPORT', 'no'],
      ['1', '5', '3'],
    ];
    expect(readMixed(LONG, ...lines)).toEqual([createSheet(1, [null, 1, 0, null, 3, null])]);
  });

  it.each<[string, Fields, string]>([
    [
      'an answer that the item does not have',
      ['1', 'Good', 'Superb', 'no', '', '7'],
      'line 2, column "mood_2": "Superb" is not one of the answers',
    ],
    [
      'a number out of range',
      ['1', 'Good', '2', 'no', '', '169'],
      'line 2, column "hours": "169" is no number from 0 to 168 with at most 1 decimal places',
    ],
    [
      'too many decimals',
      ['1', 'Good', '2', 'no', '', '1.25'],
      '"1.25" is no number from 0 to 168',
    ],
    [
      'a missing answer to an item that its scale needs',
      ['1', 'Good', '2', 'no', '', ''],
      'line 2, column "hours": the answer is missing',
    ],
  ])('refuse %s', (_, row, message) => {
    expect(() => readMixed(ids, row)).toThrow(message);
    expect(() => readMixed(ids, row)).toThrow(
      expect.objectContaining({
        hint: expect.stringContaining('the labels or the numbers that mixed has for them'),
      }),
    );
  });

  it('refuse a column that is no item, naming the nearest', () => {
    expect(() => readMixed([...ids.slice(0, -1), 'hors'])).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('Did you mean "hours"?') }),
    );
  });

  it('refuse a key or a scale that the instrument does not have', () => {
    const header = [...LONG, 'category', 'key'];
    expect(() => readMixed(header, ['1', 'mood_1', '2', 'S', ''])).toThrow(
      'column "category": item mood_1 belongs to M in mixed, not to "S"',
    );
    expect(() => readMixed(header, ['1', 'mood_1', '2', 'M', '3'])).toThrow(
      'column "key": item mood_1 is keyed by none in mixed, not "3"',
    );
  });
});

/** A scale that tolerates a missing item, a filter, a number, a text. */
const MIXED = parseInstrument(
  JSON.stringify({
    format: 2,
    slug: 'mixed',
    title: 'Mixed',
    citation: 'Made for this test.',
    licence: 'None needed.',
    language: 'en',
    answers: [
      {
        id: 'mood',
        options: [
          { value: 1, label: 'Bad' },
          { value: 2, label: 'So-so' },
          { value: 3, label: 'Good' },
        ],
      },
      {
        id: 'yesno',
        options: [
          { value: 1, label: 'Yes' },
          { value: 0, label: 'No' },
        ],
      },
    ],
    blocks: [
      {
        answers: 'mood',
        items: [
          { id: 'mood_1', text: 'How are you?' },
          { id: 'mood_2', text: 'How were you?' },
          { id: 'sport', text: 'Do you do sports?', answers: 'yesno' },
        ],
      },
      {
        instructions: 'On sports.',
        answers: 'mood',
        if: { item: 'sport', in: [1] },
        items: [{ id: 'which', text: 'How good are you?' }],
      },
      {
        items: [
          { id: 'hours', text: 'Hours a week?', number: { min: 0, max: 168, decimals: 1 } },
          { id: 'why', text: 'Why?', open: { max_characters: 100 } },
        ],
      },
    ],
    scales: [
      { id: 'M', name: 'Mood', score: 'mean', items: ['mood_1', 'mood_2'], missing: { most: 1 } },
      { id: 'S', name: 'Sports', score: 'sum', items: ['sport', 'hours'] },
    ],
  }),
  'mixed.json',
);

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
