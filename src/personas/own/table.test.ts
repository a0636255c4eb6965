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

/** The bytes of signs that Windows-1252 has where Latin-1 has controls, as far as they are used. */
const CP1252 = new Map([
  ['…', 0x85],
  ['’', 0x92],
  ['“', 0x93],
  ['”', 0x94],
  ['–', 0x96],
]);

describe('a table of one’s own', () => {
  const text = 'name;text\nJosé;"one; two"\nÉva;three\n';
  const rows = [
    { name: 'José', text: 'one; two' },
    { name: 'Éva', text: 'three' },
  ];

  test.each([
    ['utf-8', [], Buffer.from(text)],
    ['utf-8', [], Buffer.from(`\uFEFF${text}`)],
    ['windows-1252', ['José', 'Éva'], Buffer.from(text, 'latin1')],
    ['utf-16le', [], Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['utf-16le', [], Buffer.from(text, 'utf16le')],
    ['utf-16be', [], Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
  ])('is read in the encoding %s without being told', (encoding, doubtful, bytes) => {
    expect(readTable(fileWith(bytes))).toEqual({
      columns: ['name', 'text'],
      rows,
      encoding,
      doubtful,
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

  // Bytes of Python's codecs: 'I am …'.encode('mac-roman') and so on.
  test.each([
    ['Macintosh', 'José', [0x4a, 0x6f, 0x73, 0x8e], 'JosŽ'],
    ['windows-1251', 'Ольга', [0xce, 0xeb, 0xfc, 0xe3, 0xe0], 'Îëüãà'],
    ['windows-1250', 'Dąbrowski', [0x44, 0xb9, ...Buffer.from('browski')], 'D¹browski'],
    ['windows-1253', 'Είμαι', [0xc5, 0xdf, 0xec, 0xe1, 0xe9], 'Åßìáé'],
    ['GBK', '我是', [0xce, 0xd2, 0xca, 0xc7], 'ÎÒÊÇ'],
    ['Shift JIS', 'です。', [0x82, 0xc5, 0x82, 0xb7, 0x81, 0x42], 'U+0081'],
  ])('in %s, which is not told, is not taken for Windows-1252', (encoding, word, bytes, read) => {
    const file = fileWith(Buffer.concat([Buffer.from('text\nPlain.\nI am '), Buffer.from(bytes)]));
    expect(() => readTable(file)).toThrow(
      read.startsWith('U+')
        ? /line 3: .* control character \\u0081/
        : `line 3: is not UTF-8, and as windows-1252 it reads "${read}"`,
    );
    const told = encoding.replace(' ', '-').toLowerCase();
    expect(readTable(file, { encoding: told }).rows[1]).toEqual({ text: `I am ${word}` });
  });

  test('in Windows-1252 may hold whatever its languages write', () => {
    const words =
      'L’été… don´t “Straße” GROßE hääöitä col·lecció 1ª n° 5 km² £millions Ødegård Þórður créée a–b façade¡';
    const file = fileWith(
      new Uint8Array([...`text\n${words}`].map((sign) => CP1252.get(sign) ?? sign.charCodeAt(0))),
    );
    expect(readTable(file).rows).toEqual([{ text: words }]);
  });

  test.each([
    ['a,a\n1,2\n', /the column "a" occurs twice/],
    ['a,\n1,2\n', /column 2 has no name/],
    ['a,b\n', /has no rows/],
    ['a,b\n1,2,3\n', /line 2/],
    ['a,b\n1,"2\n', /line/],
    ['a\nJos\uFFFD\n', /line 2: a character was lost/],
    ['a\nI am \0Jo\n', /line 2: as utf-8 it holds the control character \\u0000/],
    ['a\nwet â\u0080\u0099s\n', /line 2: as utf-8 it holds the control character \\u0080/],
    // 'José’s'.encode().decode('cp1252')
    ['a\nJosÃ©â€™s\n', /line 2: reads "JosÃ©â", which is UTF-8 that was taken/],
    ['a\nb\nIâ€™m\n', /line 3: reads "Iâ€™m", which is UTF-8 that was taken/],
    ['a\n20Â°\n', /line 2: reads "Â°", which is UTF-8 that was taken/],
  ])('that reads %j is refused', (content, message) => {
    expect(() => readTable(fileWith(content))).toThrow(message);
  });

  test('in an unknown encoding is refused', () => {
    expect(() => readTable(fileWith('a\n1\n'), { encoding: 'morse' })).toThrow(/unknown encoding/);
  });
});
