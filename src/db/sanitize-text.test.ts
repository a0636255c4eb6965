import { describe, expect, test } from 'vitest';
import { readableBytes, readableJson, storableJson, whyUnreadable } from './sanitize-text.ts';

const bytes = (text: string) => Buffer.from(text);
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

test('a value is written as JSON that jsonb takes, whatever its texts and keys hold', () => {
  const written = storableJson({
    model: 'a\0b',
    stop: '\ud83d',
    'k\0': ['\udc00', { deep: 'x\0' }],
    fine: '😀',
    none: null,
    number: 3,
  });
  expect(JSON.parse(written)).toEqual({
    model: 'a␀b',
    stop: '\ufffd',
    'k␀': ['\ufffd', { deep: 'x␀' }],
    fine: '😀',
    none: null,
    number: 3,
  });
});

describe('the readable copy of a body', () => {
  test('is the body itself where the database takes it', () => {
    const body = '{"a": [1.50, "😀 \\ud83d\\ude00 \\n", 1e20], "b": null}';
    expect(readableJson(bytes(body))).toBe(
      // An escape for half a character makes it worth writing anew.
      '{"a":[1.5,"😀 😀 \\n",100000000000000000000],"b":null}',
    );
    expect(readableJson(bytes('{"a": 1.50}'))).toBe('{"a": 1.50}');
    expect(readableJson(null)).toBeNull();
  });

  test.each([
    ['plain', '{"a": [1.50, "é 😀"]}'],
    ['with a byte order mark', '\ufeff{"a": 1}'],
    ['with an escape that jsonb refuses', '{"a": "\\u0000"}'],
    ['with a number that the server refuses', '[1e999999]'],
    ['no JSON', '<html>\0'],
    ['empty', ''],
    ['too deep', nested(501)],
  ])('is the same in bytes: %s', (_, text) => {
    const body = bytes(text);
    expect(Buffer.from(readableBytes(body)!).toString()).toBe(readableJson(body));
    const broken = Buffer.concat([body, Buffer.from([0xff])]);
    expect(Buffer.from(readableBytes(broken)!).toString()).toBe(readableJson(broken));
  });

  test('is its text where it is no JSON', () => {
    expect(readableJson(bytes('<html>\0'))).toBe('"<html>␀"');
    expect(readableJson(new Uint8Array([0xff, 0x61]))).toBe('"\ufffda"');
    expect(readableJson(bytes(''))).toBe('""');
  });

  test.each(['1e999999', '-1E+5000', '1e-20000', '9'.repeat(140_000), `0.${'1'.repeat(20_000)}`])(
    'shows a number that the server refuses as text (%#)',
    (number) => {
      expect(JSON.parse(readableJson(bytes(`{"a":${number},"b":[${number}, 2]}`))!)).toEqual({
        a: number,
        b: [number, 2],
      });
    },
  );

  test.each([
    ['nested deeper', nested(501), /nested deeper/],
    ['nested deeper than any stack', nested(3_000_000 / 2), /nested deeper/],
    ['nested in objects', `${'{"a":'.repeat(501)}1${'}'.repeat(501)}`, /nested deeper/],
    ['nested and never closed', '['.repeat(100_000), /nested deeper/],
    ['larger', `"${'x'.repeat(4 * 2 ** 20)}"`, /larger than 4 MB/],
  ])('is a note where the body is %s than the database takes', (_, body, why) => {
    expect(whyUnreadable(bytes(body))).toMatch(why);
    expect(JSON.parse(readableJson(bytes(body))!)).toEqual({
      not_readable: expect.stringMatching(why),
      bytes: bytes(body).length,
    });
  });

  test('is none the worse for brackets that nest nothing', () => {
    expect(whyUnreadable(bytes(nested(500)))).toBeNull();
    expect(whyUnreadable(bytes(JSON.stringify({ text: `"${nested(10_000)}\\` })))).toBeNull();
    expect(whyUnreadable(bytes(`[${'[],'.repeat(5000)}[]]`))).toBeNull();
  });

  test('is the note that it is given', () => {
    expect(readableJson(bytes('{}'), 'the database refuses it')).toBe(
      '{"not_readable":"the database refuses it","bytes":2}',
    );
  });
});
