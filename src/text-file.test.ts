import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../test/support/study.ts';
import { UserError } from './errors.ts';
import { findInvalidByte, readTextFile, shownText } from './text-file.ts';

function read(content: string | Uint8Array): string {
  using folder = temporaryFolder();
  const file = path.join(folder.path, 'file.json');
  writeFileSync(file, content);
  return readTextFile(file);
}

function refusal(content: string | Uint8Array): UserError {
  try {
    read(content);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  return expect.fail('it was read');
}

describe('a text file', () => {
  test('is UTF-8, with or without a byte order mark', () => {
    expect(read('{"name": "José 東京 🙂"}')).toBe('{"name": "José 東京 🙂"}');
    expect(read('\uFEFF{"name": "José"}')).toBe('{"name": "José"}');
    expect(read('')).toBe('');
  });

  test.each([
    [
      'Windows-1252',
      Buffer.from('{\n"name": "Jos\xe9"}', 'latin1'),
      /line 2: is not UTF-8 text \(byte 0xE9 at position 13 of the line\)/,
    ],
    [
      'Windows-1252 with typographic quotes',
      Buffer.from('\x93a\x94', 'latin1'),
      /line 1: .*byte 0x93 at position 1/,
    ],
    [
      'UTF-8 that is cut off',
      Buffer.from('añ').subarray(0, 2),
      /line 1: .*byte 0xC3 at position 2/,
    ],
    ['an overlong form', Buffer.from([0x61, 0xc0, 0xaf]), /byte 0xC0 at position 2/],
    ['UTF-16, little end first', Buffer.from('\uFEFFa', 'utf16le'), /is encoded in UTF-16/],
    ['UTF-16, big end first', Buffer.from('\uFEFFab', 'utf16le').swap16(), /is encoded in UTF-16/],
    [
      'UTF-16 without its mark',
      Buffer.from('model,population', 'utf16le'),
      /is encoded in UTF-16LE/,
    ],
    [
      'UTF-16 without its mark, big end first',
      Buffer.from('{"slug": 1}', 'utf16le').swap16(),
      /is encoded in UTF-16BE/,
    ],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), /is encoded in UTF-32/],
    ['text whose characters were lost before', 'a\nb\nJos\uFFFD', /line 3: a character was lost/],
  ])('in %s is refused, and the hint says how to mend it', (_, content, message) => {
    const error = refusal(content);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(/UTF-8|characters/);
  });

  test('is named by the first byte that is none, wherever it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }),
        fc.string({ unit: 'grapheme' }),
        (before, begun) => {
          const lines = [...before, begun].map((line) => line.replaceAll('\n', ' '));
          const found = findInvalidByte(
            Buffer.concat([
              Buffer.from(lines.join('\n')),
              Buffer.from([0xff]),
              Buffer.from('rest\nmore'),
            ]),
          );
          const position = Buffer.byteLength(lines.at(-1)!) + 1;
          expect(found).toEqual({
            line: before.length,
            place: `byte 0xFF at position ${position} of the line`,
          });
        },
      ),
    );
  });
});

test('a text in a message neither moves the cursor nor hides anything', () => {
  expect(shownText('a\rb\nc\t\u001b[31m\u202e\u200b')).toBe(
    'a\\rb\\nc\\t\\u001b[31m\\u202e\\u200b',
  );
  expect(shownText('José 東京')).toBe('José 東京');
  expect(shownText('🙂'.repeat(50))).toBe(`${'🙂'.repeat(40)}…`);
});
