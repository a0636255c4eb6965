import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvLine } from './csv.ts';
import { CsvFault, CsvScanner, lineOfServer } from './csv-scan.ts';

const encode = (text: string) => new TextEncoder().encode(text);

/**
 * Scans a text cut into pieces of at most `size` bytes, as a reader would that keeps what is not
 * yet a whole record.
 */
function scan(text: string, fields: number | null, size = Number.POSITIVE_INFINITY): CsvScanner {
  const bytes = encode(text);
  const scanner = new CsvScanner(fields);
  for (let at = 0; at < bytes.length; at += size)
    scanner.scan(bytes, at, Math.min(bytes.length, at + size));
  scanner.finish();
  return scanner;
}

function fault(text: string, fields: number | null, size?: number): CsvFault {
  try {
    scan(text, fields, size);
  } catch (error) {
    if (error instanceof CsvFault) return error;
    throw error;
  }
  return expect.fail('no fault was found');
}

const value = fc.oneof(
  fc.constant(null),
  fc.string({
    unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\\', '.', 'é', '🙂', ' '),
    maxLength: 8,
  }),
  fc.integer(),
);
const table = fc.integer({ min: 2, max: 5 }).chain((width) =>
  fc.array(fc.array(value, { minLength: width, maxLength: width }), {
    minLength: 1,
    maxLength: 20,
  }),
);

describe('records of a CSV file', () => {
  test('whatever is written as CSV is read as so many records, however it is cut', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 40 }), (rows, size) => {
        const scanner = scan(rows.map(csvLine).join(''), rows[0]!.length, size);
        expect(scanner.records).toBe(rows.length);
        expect(scanner.ending).toBe('lf');
      }),
    );
  });

  test('a record is known by its end, also without a last line break', () => {
    expect(scan('1,2\n3,4', 2).records).toBe(2);
    expect(scan('1,2\r\n3,""', 2)).toMatchObject({ records: 2, ending: 'crlf' });
    const scanner = new CsvScanner(2);
    const bytes = encode('1,"a\nb"\n2,');
    expect(scanner.scan(bytes, 0, bytes.length)).toBe(8);
    expect(scanner).toMatchObject({ records: 1, recordLine: 3 });
  });

  test.each([
    [
      'a quote that is not closed',
      '1,a\n2,"b\n3,c\n4,d\n',
      2,
      2,
      1,
      /not closed before the end of the file/,
    ],
    [
      'a quote that swallows lines up to the next one',
      '1,"a\n2,b\n3,"c"\n',
      2,
      1,
      1,
      /closed on line 3 before "c/,
    ],
    ['a quote within quotes that is not doubled', '1,"a "b" c"\n', 2, 1, 1, /closed before "b/],
    ['a quote inside a field', '1,a\n2,5" disk\n', 2, 2, 1, /inside a field/],
    ['a blank before a quote', '1, "a"\n', 2, 1, 1, /inside a field/],
    [
      'two stray quotes around whole lines',
      '1,"a\n2,b\n3,c"\n4,d\n5,e,f\n',
      2,
      5,
      null,
      /3 fields where the header has 2/,
    ],
    [
      'two stray quotes that make a record too short',
      '1,a,b\n2,"c,d\n3,e,f\n4,g"\n5,h,i\n',
      3,
      2,
      1,
      /closes on line 4 only.*2 fields/,
    ],
    ['a field too many', '1,a\n2,b,\n', 2, 2, null, /3 fields where the header has 2/],
    ['an empty line', '1,a\n\n2,b\n', 2, 2, null, /the line is empty/],
    [
      'an empty line that ends as on Windows',
      '1,a\r\n\r\n2,b\r\n',
      2,
      2,
      null,
      /the line is empty/,
    ],
    ['a carriage return within a line', '1,a\rb\n', 2, 1, 1, /carriage return/],
    [
      'lines that end in two ways',
      '1,a\r\n2,b\n',
      2,
      2,
      null,
      /ends with a line feed, the first one with a carriage return/,
    ],
    ['what servers before 18 take for the end', 'a\n\\.\nb\n', 1, 2, 0, /must be quoted/],
    ['the same with line ends as on Windows', 'a\r\n\\.\r\n', 1, 2, 0, /must be quoted/],
    ['the same without a line break', 'a\n\\.', 1, 2, 0, /must be quoted/],
  ] as const)('%s is named where it begins', (_, text, fields, line, field, message) => {
    for (const size of [1, 2, 3, 1000]) {
      const found = fault(text, fields, size);
      expect([found.line, found.field]).toEqual([line, field]);
      expect(found.message).toMatch(message);
    }
  });

  test('a backslash and a dot are text where they are not alone', () => {
    for (const text of ['\\.a\n', '\\\n', 'a\\.\n', '"\\."\n', '\\..\n'])
      expect(scan(text, 1, 1).records).toBe(1);
    expect(scan('1,\\.\n\\.,1\n', 2).records).toBe(2);
  });

  test('lines as a server counts them are found again', async () => {
    async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
      const bytes = encode(text);
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    const found = (text: string, n: number) =>
      Promise.all([1, 2, 100].map((size) => lineOfServer(pieces(text, size), n, 10)));
    // Before it has seen a line end, the server does not know what ends a line within quotes.
    expect(await found('1,"a\nb"\n2,c\n', 2)).toEqual([12, 12, 12]);
    expect(await found('1,a\n2,"b\nc\nd"\n3,e\n', 4)).toEqual([11, 11, 11]);
    expect(await found('1,a\n2,"b\nc\nd"\n3,e\n', 5)).toEqual([14, 14, 14]);
    expect(await found('1,a\r\n2,"b\nc"\r\n3,d\r\n', 3)).toEqual([13, 13, 13]);
    expect(await found('1,a\r\n2,"b\r\nc"\r\n3,d\r\n', 4)).toEqual([13, 13, 13]);
  });
});
