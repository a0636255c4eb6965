import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { type Node, readLooseJson, toJson } from './lenient-json.ts';

// Other suites may have the processors.
vi.setConfig({ testTimeout: 60_000 });

/** What was read, as `JSON.parse` would give it; bare words stay text. */
function plain(node: Node | null): unknown {
  return node === null ? null : JSON.parse(toJson(node));
}

function read(text: string): unknown[] {
  return readLooseJson(text).roots.map(({ node }) => plain(node));
}

describe('valid JSON', () => {
  test('is read as JSON.parse reads it', () => {
    const value = fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })),
    );
    fc.assert(
      fc.property(value, fc.constantFrom(0, 2), (object, indent) => {
        const text = JSON.stringify(object, null, indent).replace(
          /(?<=[:,[]\s*)-?\d[\d.]*e[+-]?\d+/g,
          '0',
        );
        const { roots, brokenAt } = readLooseJson(text);
        expect(brokenAt).toBeNull();
        expect(roots).toHaveLength(1);
        expect(plain(roots[0]!.node)).toEqual(JSON.parse(text));
      }),
      { seed: 20262, numRuns: 600 },
    );
  });

  test('keeps a key that occurs twice', () => {
    const { node } = readLooseJson('{"1": 1, "1": 2}').roots[0]!;
    expect(
      node.kind === 'object' && node.entries.map((entry) => [entry.key, plain(entry.value)]),
    ).toEqual([
      ['1', 1],
      ['1', 2],
    ]);
  });

  test('decodes escapes', () => {
    expect(read('{"a": "\\u0000 \\ud83d\\ude00 \\" \\\\ \\/ \\n"}')).toEqual([
      { a: '\0 😀 " \\ / \n' },
    ]);
  });
});

describe('what is repaired', () => {
  test.each([
    ['a trailing comma', '{"a": 1, "b": [1, 2,],}', { a: 1, b: [1, 2] }],
    ['superfluous commas', '{"a": 1,, "b": 2,,}', { a: 1, b: 2 }],
    ['single quotes', "{'a': 'it's \"fine\"', 'b': 'x'}", { a: 'it\'s "fine"', b: 'x' }],
    ['smart quotes', '{“a”: “say ‘x’”, ‘b’: ‘y’}', { a: 'say ‘x’', b: 'y' }],
    ['no quotes', '{a: True, 2: Yes}', { a: 'True', '2': 'Yes' }],
    ['raw line breaks and tabs', '{"a": "one\ntwo\tthree"}', { a: 'one\ntwo\tthree' }],
    ['raw control characters', '{"a": "one\0two\u0007"}', { a: 'one\0two\u0007' }],
    [
      'quotes within a string',
      '{"a": "I said "yes" to 3", "b": 1}',
      { a: 'I said "yes" to 3', b: 1 },
    ],
    [
      'a quoted key and colon within a string',
      '{"a": "so "2": "False" it is"}',
      { a: 'so "2": "False" it is' },
    ],
    ['comments', '{"a": 1, // one, "two"\n /* "b": 3 */ "c": 4}', { a: 1, c: 4 }],
    ['a missing comma', '{"a": "x" "b": "y"\n "c": 1\n "d": 2}', { a: 'x', b: 'y', c: 1, d: 2 }],
    [
      'an address, which is no comment',
      '{a: http://x.org, "b": "http://y.org"}',
      { a: 'http://x.org', b: 'http://y.org' },
    ],
    ['doubled braces', '{{"a": 1}}', { a: 1 }],
    ['an escaped document', '{\\"a\\": \\"b\\", \\"c\\": 1}', { a: 'b', c: 1 }],
    ['a document in a string', '"{\\"a\\": \\"b \\\\\\"c\\\\\\"\\"}"', { a: 'b "c"' }],
    ['a list left open', '{"a": [{"b": 1}, {"b": 2}}', { a: [{ b: 1 }, { b: 2 }] }],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toEqual([expected]);
  });
});

describe('what is not invented', () => {
  test.each([
    ['a dash', '{"1": -}', { '1': '-' }],
    ['a point', '{"1": .}', { '1': '.' }],
    ['half a number', '{"1": 2e}', { '1': '2e' }],
    ['no value', '{"1": , "2": 1}', { '1': null, '2': 1 }],
    ['two values', '{"1": 4, 5, "2": 1}', { '1': '4, 5', '2': 1 }],
    ['a sum', '{"1": "a" + "b", "2": 1}', { '1': 'a" + "b', '2': 1 }],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toEqual([expected]);
  });

  test.each(['{"1": 1', '{"1": "x', '{"1": 1, "2": {"3": 4}', '{"a": "b}', '[{"1": 1}, {"2"'])(
    'the end of %j',
    (text) => {
      const { roots, brokenAt } = readLooseJson(text);
      expect(roots.filter((root) => !root.part)).toEqual([]);
      expect(brokenAt).not.toBeNull();
    },
  );
});

describe('objects in prose', () => {
  test.each([
    ['{"a": 1}{"b": 2}', [{ a: 1 }, { b: 2 }]],
    ['I start with "{" and end with "}": {"a": 1}', [{ a: 1 }]],
    ['I would write { and so on: {"a": 1}', [{ a: 1 }]],
    ['[Note: {"a": 1}', [{ a: 1 }]],
    ['[1] it says {"a": 1} :]', [{ a: 1 }]],
    ["I'd say \"{'a': 1}\"", [{ a: 1 }]],
    ['<think>{"a": 0}</think>{"a": 1}', [{ a: 1 }]],
    ['Hm. <THINK>{"a": </THINK>{"a": 1}', [{ a: 1 }]],
    ['perhaps {"a": 0 </think> {"a": 1}', [{ a: 1 }]],
    ['<think>{"a": 0}', []],
    ['{"a": "a <think> and a </think> {"}', [{ a: 'a <think> and a </think> {' }]],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test('a smiley is not an object that breaks off', () => {
    expect(readLooseJson('{"a": 1} sad :{ today').brokenAt).toBeNull();
    expect(readLooseJson('{"a": 1} {"b": 2').brokenAt).toBe(9);
  });
});
