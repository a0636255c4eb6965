import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/study.ts';
import { UserError } from '../../errors.ts';
import { csvLine, readCsv } from './csv.ts';
import { type CsvRecord, splitRecords } from './csv-scan.ts';

async function read(content: string | Uint8Array, name = 'file.csv'): Promise<CsvRecord[]> {
  using folder = temporaryFolder();
  writeFileSync(path.join(folder.path, name), content);
  const records: CsvRecord[] = [];
  for await (const record of readCsv(path.join(folder.path, name))) records.push(record);
  return records;
}

async function refusal(content: string | Uint8Array): Promise<UserError> {
  const error = await read(content).then(
    () => expect.fail('it was read'),
    (caught: unknown) => caught,
  );
  if (!(error instanceof UserError)) throw error;
  return error;
}

describe('records of a CSV file', () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.string({
      unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\\', '.', 'é', '🙂', ' ', ';'),
      maxLength: 8,
    }),
  );
  const table = fc.integer({ min: 2, max: 4 }).chain((width) =>
    fc.array(fc.array(value, { minLength: width, maxLength: width }), {
      minLength: 1,
      maxLength: 12,
    }),
  );

  test('are read as they were written, and as another reader reads them', () => {
    fc.assert(
      fc.property(table, (rows) => {
        const text = rows.map(csvLine).join('');
        const records = [...splitRecords(text, 7)];
        expect(records.map((one) => one.fields)).toEqual(rows);
        const lines = rows.map(
          (_, index) => 7 + rows.slice(0, index).map(csvLine).join('').split('\n').length - 1,
        );
        expect(records.map((one) => one.line)).toEqual(lines);
        expect(parse(text, { record_delimiter: '\n' })).toEqual(
          rows.map((row) => row.map((field) => field ?? '')),
        );
      }),
    );
  });

  test('are read with a byte order mark, Windows line ends, a missing last line end, and packed', async () => {
    const rows = [
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['1', null] },
      { line: 3, fields: ['', 'x\ny'] },
    ];
    expect(await read('\uFEFFa, b \n1,\n"","x\ny"')).toEqual(rows);
    expect(await read('a,b\r\n1,\r\n"","x\ny"\r\n')).toEqual(rows);
    expect(await read(gzipSync('a,b\n1,\n"","x\ny"\n'), 'file.csv.gz')).toEqual(rows);
  });

  test('are whole where a file is read in several pieces', async () => {
    const rows = Array.from({ length: 60_000 }, (_, index) => [
      String(index),
      `é"${'x'.repeat(index % 60)}\n`,
    ]);
    const records = await read([['id', 'text'], ...rows].map(csvLine).join(''));
    expect(records.slice(1).map((one) => one.fields)).toEqual(rows);
    expect(records.at(-1)!.line).toBe(2 * rows.length);
  });
});

describe('a file of another dialect is called by its name', () => {
  test.each([
    [
      'semicolons',
      'model;population;description\nm;c;"José, 34"\n',
      /is separated by semicolons, not by commas/,
    ],
    [
      'semicolons in quotes',
      '"model";"population, all";"description"\n',
      /separated by semicolons/,
    ],
    [
      'semicolons with a byte order mark',
      '\uFEFFmodel;population;description\r\nm;c;d\r\n',
      /separated by semicolons/,
    ],
    ['tabs', 'model\tpopulation\tdescription\nm\tc\td\n', /separated by tabs/],
    ['bars', 'model|population|description\nm|c|d\n', /separated by vertical bars/],
    ["a spreadsheet's first line", 'sep=;\nmodel;population\n', /line 1: begins with "sep="/],
    [
      "a spreadsheet's first line for commas",
      'sep=,\r\nmodel,population\r\n',
      /line 1: begins with "sep="/,
    ],
    ['lines of old Macs', 'model,population\rm,c\r', /line 1: ends with a carriage return only/],
    ['UTF-16', Buffer.from('\uFEFFmodel\tpopulation\r\n', 'utf16le'), /is encoded in UTF-16/],
    [
      'packed UTF-16',
      gzipSync(Buffer.from('\uFEFFmodel\tpopulation\r\n', 'utf16le')),
      /is encoded in UTF-16/,
    ],
    [
      'Windows-1252',
      Buffer.from('model,description\nm,"a\nJos\xe9"\n', 'latin1'),
      /line 3: is not UTF-8 text \(byte 0xE9 at position 4/,
    ],
    [
      'Windows-1252 in the header',
      Buffer.from('model,descripci\xf3n\n', 'latin1'),
      /line 1: is not UTF-8 text/,
    ],
    ['decimal commas', 'id,score\n1,2,5\n', /line 2: 3 fields where the header has 2/],
    [
      'a carriage return within a line',
      'model,age\n"a"\r,5\n',
      /line 2.*: a carriage return outside quotes/,
    ],
  ])('%s', async (_, content, message) => {
    const error = await refusal(content);
    expect(error.message).toMatch(message);
    expect(`${error.message}${error.hint}`).not.toMatch(/[\p{Cc}]/u);
    expect(error.hint.length).toBeGreaterThan(20);
  });
});
