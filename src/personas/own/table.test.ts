import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readTable } from './table.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'personas-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(content: string | Uint8Array): string {
  const file = path.join(folder, 'rows.csv');
  writeFileSync(file, content);
  return file;
}

describe('a table of one’s own', () => {
  const text = 'name;text\nJosé;"one; two"\nÉva;three\n';
  const rows = [
    { name: 'José', text: 'one; two' },
    { name: 'Éva', text: 'three' },
  ];

  test.each([
    ['utf-8', Buffer.from(text)],
    ['utf-8', Buffer.from(`\uFEFF${text}`)],
    ['windows-1252', Buffer.from(text, 'latin1')],
    ['utf-16le', Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ])('is read in the encoding %s without being told', (encoding, bytes) => {
    expect(readTable(fileWith(bytes))).toEqual({
      columns: ['name', 'text'],
      rows,
      encoding,
      separator: ';',
    });
  });

  test.each([',', ';', '\t', '|'])('is read with the separator %j', (separator) => {
    const table = readTable(fileWith(`a${separator}b\r\n1${separator}"x${separator}y"\r\n`));
    expect(table).toMatchObject({ separator, rows: [{ a: '1', b: `x${separator}y` }] });
  });

  test('is read without the names of rows that R and pandas write in a column without a name', () => {
    expect(readTable(fileWith('"","a","b"\n"1",2,3\n"2",4,5\n'))).toMatchObject({
      columns: ['a', 'b'],
      rows: [
        { a: '2', b: '3' },
        { a: '4', b: '5' },
      ],
    });
  });

  test('is read in the encoding that is told', () => {
    const greek = fileWith(Uint8Array.from([0x61, 0x0a, 0xe1]));
    expect(readTable(greek, { encoding: 'iso-8859-7' }).rows).toEqual([{ a: 'α' }]);
  });

  test.each([
    ['a,a\n1,2\n', /the column "a" occurs twice/],
    ['a,\n1,2\n', /column 2 has no name/],
    ['a,b\n', /has no rows/],
    ['a,b\n1,2,3\n', /line 2/],
    ['a,b\n1,"2\n', /line/],
    ['a\nJos\uFFFD\n', /line 2: a character was lost/],
  ])('that reads %j is refused', (content, message) => {
    expect(() => readTable(fileWith(content))).toThrow(message);
  });

  test('in an unknown encoding is refused', () => {
    expect(() => readTable(fileWith('a\n1\n'), { encoding: 'morse' })).toThrow(/unknown encoding/);
  });
});
