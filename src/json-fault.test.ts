import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonFault } from './json-fault.ts';

test.each([
  ['{"a": 1,}', 1, 9, '"}"'],
  ['{\n  "a": [1, 2,]\n}', 2, 14, '"]"'],
  ['{"a" 1}', 1, 6, '"1"'],
  ['{"a": tru}', 1, 7, '"t"'],
  ['{"a": 1} x', 1, 10, '"x"'],
  ['{"a": "b', 1, 7, '"\\""'],
  ['{"a": 1', 1, 8, 'the end of the text'],
  ['', 1, 1, 'the end of the text'],
  ["{'a': 1}", 1, 2, '"\'"'],
  ['{"a": 😀}', 1, 7, '"😀"'],
])('finds the fault of %j', (text, line, column, found) => {
  expect(findJsonFault(text)).toEqual({ line, column, found });
});

test('reads valid JSON to its end', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(findJsonFault(text).found).toBe('the end of the text');
    }),
    { seed: 20261, numRuns: 500 },
  );
});
