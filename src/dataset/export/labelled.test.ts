import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/study.ts';
import {
  fitting,
  type LabelledColumn,
  type LabelledRow,
  type LabelledTable,
  legalNames,
} from './labelled.ts';
import { spssFile } from './spss.ts';
import { stataFile } from './stata.ts';

const LONG = 'é'.repeat(400);
const ROWS: readonly LabelledRow[] = [
  [1, 'José', 4, LONG],
  [2, 'x', { absent: 'refused' }, 'ab'],
  [3, null, null, null],
  [4, 'y', { absent: 'not_asked' }, 'z'.repeat(600)],
  [5, '', 9, 'q'],
];

function column(changes: Partial<LabelledColumn> & { readonly name: string }): LabelledColumn {
  return {
    label: '',
    kind: 'number',
    level: 'nominal',
    decimals: 0,
    labels: new Map(),
    missing: [],
    hasReasons: false,
    ...changes,
  };
}

const NONE = { most: 0, bytes: 0, count: 0 };

const TABLE: LabelledTable = {
  title: 'A scale — short',
  count: ROWS.length,
  floor: -990,
  made: new Date(0),
  columns: [
    column({ name: 'id', label: 'The id', level: 'scale' }),
    column({ name: 'with', kind: 'text', label: 'Naïve "label", with commas' }),
    column({
      name: 'Ánimo-1',
      level: 'ordinal',
      labels: new Map([
        [1, 'No, never'],
        [4, 'Sí, así'],
      ]),
      missing: [9],
      hasReasons: true,
    }),
    column({ name: 'note', kind: 'text' }),
  ],
  texts: [NONE, { most: 5, bytes: 7, count: 3 }, NONE, { most: 800, bytes: 1403, count: 4 }],
};

/** Each in a column of three: numbers, texts of any length, short texts. */
const LONGER_ROWS: readonly LabelledRow[] = [
  [1, 'née 🙂', 'a'],
  [2, null, null],
  [3, 'é'.repeat(25_000), 'b'],
];
const LONGER: LabelledTable = {
  ...TABLE,
  count: 3,
  columns: [
    column({ name: 'id' }),
    column({ name: 'note', kind: 'text' }),
    column({ name: 'short', kind: 'text' }),
  ],
  texts: [NONE, { most: 50_000, bytes: 50_009, count: 2 }, { most: 1, bytes: 2, count: 2 }],
};

const WRITERS = { sav: spssFile, dta: stataFile } as const;

function bytesOf(format: keyof typeof WRITERS, table = TABLE, rows = ROWS): Buffer {
  const { sections, tail } = WRITERS[format](table);
  return Buffer.concat([
    ...sections.flatMap(({ head, row }) => [head, ...rows.map((cells, at) => row(cells, at + 1))]),
    tail,
  ]);
}

function has(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, [...args], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const HAVEN = has('Rscript', ['-e', 'library(haven)']);
const PSPP = has('pspp', ['--version']);
const PYREADSTAT = has('python3', ['-c', 'import pyreadstat']);

function inFolder<T>(use: (folder: string) => T): T {
  using folder = temporaryFolder();
  return use(folder.path);
}

describe('names', () => {
  const spss = { reserved: new Set(['with']), fits: (name: string) => name.length <= 8 };

  test.each([
    [
      ['item_1', 'Item_1'],
      ['item_1', 'Item_1_2'],
    ],
    [
      ['1st', 'with', 'a-b', '=1+1'],
      ['v_1st', 'v_with', 'a_b', 'v__1_1'],
    ],
    [
      ['abcdefghij', 'abcdefghik'],
      ['abcdefgh', 'abcdef_2'],
    ],
  ])('%j become %j', (names, legal) => {
    expect(legalNames(names, spss)).toEqual(legal);
  });

  test('are cut between characters', () => {
    expect(fitting('aéé', 4)).toBe('aé');
    expect(fitting('aéé', 5)).toBe('aéé');
  });
});

describe('an SPSS file', () => {
  test('begins with its kind, the size and number of cases, and no compression', () => {
    const bytes = bytesOf('sav');
    expect(bytes.toString('latin1', 0, 4)).toBe('$FL2');
    // Layout, units of 8 bytes a case, compression, weight, cases.
    expect([64, 68, 72, 76, 80].map((at) => bytes.readInt32LE(at))).toEqual([2, 105, 0, 0, 5]);
    expect(bytes.readDoubleLE(84)).toBe(100);
  });

  test('has nothing, the reason and the answer as three different numbers', () => {
    const [{ row }] = spssFile(TABLE).sections;
    const answers = ROWS.map((cells, at) => row(cells, at + 1).readDoubleLE(16));
    expect(answers).toEqual([4, -991, -Number.MAX_VALUE, -997, 9]);
  });

  test.runIf(HAVEN)('is read by haven with labels, reasons and long texts', () => {
    const read = inFolder((folder) => {
      writeFileSync(path.join(folder, 't.sav'), bytesOf('sav'));
      return execFileSync(
        'Rscript',
        [
          '-e',
          'd <- haven::read_sav("t.sav", user_na = TRUE); a <- d[[3]]; cat(paste(names(d), collapse = "|"), paste(unclass(a), collapse = " "), paste(attr(a, "na_range"), collapse = " "), attr(a, "na_values"), paste(names(attr(a, "labels"))[1:3], collapse = "|"), attr(d[[2]], "label"), paste(nchar(d[[4]]), collapse = " "), sep = "\\n")',
        ],
        { cwd: folder, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } },
      );
    });
    expect(read.trimEnd().split('\n')).toEqual([
      'id|v_with|Ánimo_1|note',
      '4 -991 NA -997 9',
      '-997 -991',
      '9',
      'No, never|Sí, así|refused',
      'Naïve "label", with commas',
      '400 2 0 600 1',
    ]);
  });

  test.runIf(PSPP)('is read by PSPP, which counts what is missing as missing', () => {
    const read = inFolder((folder) => {
      writeFileSync(path.join(folder, 't.sav'), bytesOf('sav'));
      writeFileSync(
        path.join(folder, 't.sps'),
        'GET FILE="t.sav".\nDESCRIPTIVES /VARIABLES=Ánimo_1 /STATISTICS=MEAN.\n',
      );
      return execFileSync('pspp', ['-O', 'format=csv', 't.sps'], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      });
    });
    expect(read).toContain('Ánimo_1,1,4.00');
  });

  test.runIf(PYREADSTAT)('is read by pyreadstat with measure levels', () => {
    const read = inFolder((folder) => {
      writeFileSync(path.join(folder, 't.sav'), bytesOf('sav'));
      return execFileSync(
        'python3',
        [
          '-c',
          'import pyreadstat\nd, m = pyreadstat.read_sav("t.sav")\nprint(m.variable_measure["id"], m.variable_measure["Ánimo_1"], m.file_label)\nprint(d["Ánimo_1"].tolist(), d["note"].map(len).tolist())',
        ],
        { cwd: folder, encoding: 'utf8' },
      );
    });
    expect(read).toBe(
      'scale ordinal A scale — short\n[4.0, nan, nan, nan, nan] [400, 2, 0, 600, 1]\n',
    );
  });
});

describe('a Stata file', () => {
  test('has a map whose places hold the sections', () => {
    const bytes = bytesOf('dta');
    const map = bytes.indexOf('<map>') + '<map>'.length;
    const places = Array.from({ length: 14 }, (_, at) =>
      Number(bytes.readBigUInt64LE(map + 8 * at)),
    );
    const tags = places
      .slice(0, 13)
      .map((place) => /^<\/?\w+>/.exec(bytes.toString('latin1', place, place + 30))?.[0]);
    expect(tags).toEqual([
      ...['<stata_dta>', '<map>', '<variable_types>', '<varnames>', '<sortlist>', '<formats>'],
      ...['<value_label_names>', '<variable_labels>', '<characteristics>', '<data>', '<strls>'],
      ...['<value_labels>', '</stata_dta>'],
    ]);
    expect(places[13]).toBe(bytes.length);
  });

  test('has the reasons as extended missing values', () => {
    const [{ row }] = stataFile(TABLE).sections;
    const answers = ROWS.map((cells, at) =>
      row(cells, at + 1)
        .readBigUInt64LE(8 + 5)
        .toString(16),
    );
    expect(answers).toEqual([
      '4010000000000000',
      '7fe0010000000000',
      '7fe0000000000000',
      '7fe0070000000000',
      '4022000000000000',
    ]);
  });

  test('has texts of more than 2,045 bytes behind the rows, each under its column and row', () => {
    const { sections, cut } = stataFile(LONGER);
    expect(cut).toEqual([]);
    const [rows, texts] = sections;
    const row = rows.row(LONGER_ROWS[2]!, 3);
    expect([row.length, row.readUInt16LE(8), row.readUIntLE(10, 6)]).toEqual([17, 2, 3]);
    expect(rows.row(LONGER_ROWS[1]!, 2).subarray(8, 16)).toEqual(Buffer.alloc(8));
    const text = texts!.row(LONGER_ROWS[2]!, 3);
    expect(text.toString('latin1', 0, 3)).toBe('GSO');
    // Column, row, kind, bytes with the zero at the end.
    expect([
      text.readUInt32LE(3),
      text.readBigUInt64LE(7),
      text.readUInt8(15),
      text.readUInt32LE(16),
    ]).toEqual([2, 3n, 130, 50_001]);
    expect(text.toString('utf8', 20)).toBe(`${'é'.repeat(25_000)}\0`);
    expect(texts!.row(LONGER_ROWS[1]!, 2)).toHaveLength(0);
  });

  test('with long texts has a map whose last places hold what follows them', () => {
    const bytes = bytesOf('dta', LONGER, LONGER_ROWS);
    const map = bytes.indexOf('<map>') + '<map>'.length;
    const tags = [9, 10, 11, 12].map((at) => {
      const place = Number(bytes.readBigUInt64LE(map + 8 * at));
      return bytes.toString('latin1', place, bytes.indexOf('>', place) + 1);
    });
    expect(tags).toEqual(['<data>', '<strls>', '<value_labels>', '</stata_dta>']);
  });

  test.runIf(HAVEN)('with long texts is read by haven', () => {
    const read = inFolder((folder) => {
      writeFileSync(path.join(folder, 't.dta'), bytesOf('dta', LONGER, LONGER_ROWS));
      return execFileSync(
        'Rscript',
        [
          '-e',
          'd <- haven::read_dta("t.dta"); cat(nchar(d$note), d$note[1], substr(d$note[3], 1, 2), d$id, d$short)',
        ],
        { cwd: folder, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } },
      );
    });
    expect(read).toBe('5 0 25000 née 🙂 éé 1 2 3 a  b');
  });

  test.runIf(PYREADSTAT)('with long texts is read by pyreadstat and pandas', () => {
    const read = inFolder((folder) => {
      writeFileSync(path.join(folder, 't.dta'), bytesOf('dta', LONGER, LONGER_ROWS));
      return execFileSync(
        'python3',
        [
          '-c',
          'import pandas, pyreadstat\nfor d in (pyreadstat.read_dta("t.dta")[0], pandas.read_stata("t.dta")): print(d["note"].map(len).tolist(), d["note"][0], d["id"].tolist(), d["short"].tolist())',
        ],
        { cwd: folder, encoding: 'utf8' },
      );
    });
    const line = "[5, 0, 25000] née 🙂 [1.0, 2.0, 3.0] ['a', '', 'b']\n";
    expect(read).toBe(line + line);
  });

  test.runIf(HAVEN)('is read by haven with labels, reasons and long texts', () => {
    const read = inFolder((folder) => {
      writeFileSync(path.join(folder, 't.dta'), bytesOf('dta'));
      return execFileSync(
        'Rscript',
        [
          '-e',
          'd <- haven::read_dta("t.dta"); a <- d[[3]]; cat(paste(names(d), collapse = "|"), paste(haven::na_tag(a), collapse = " "), paste(names(attr(a, "labels"))[1:3], collapse = "|"), paste(nchar(d[[4]]), collapse = " "), d[[2]][1], sep = "\\n")',
        ],
        { cwd: folder, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } },
      );
    });
    expect(read.trimEnd().split('\n')).toEqual([
      'id|v_with|Ánimo_1|note',
      'NA a NA g NA',
      'No, never|Sí, así|refused',
      '400 2 0 600 1',
      'José',
    ]);
  });
});

test.each(['sav', 'dta'] as const)('the same table makes the same %s file', (format) => {
  expect(bytesOf(format).equals(bytesOf(format))).toBe(true);
});

test('a text that an SPSS file cannot hold is cut, and its column told', () => {
  const { sections, cut } = spssFile({
    ...TABLE,
    columns: [column({ name: 'text', kind: 'text' })],
    count: 1,
    texts: [{ most: 40_000, bytes: 40_000, count: 1 }],
  });
  expect(cut).toEqual(['text']);
  const row = sections[0].row(['x'.repeat(40_000)], 1);
  expect(row.toString('latin1').split('x').length - 1).toBe(32_767);
});

test.each(['sav', 'dta'] as const)('a %s file takes no text for a number', (format) => {
  expect(() => WRITERS[format](TABLE).sections[0].row(['1', 'a', 1, 'b'], 1)).toThrow(RangeError);
});
