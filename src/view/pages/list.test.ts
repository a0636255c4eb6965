import { expect, test } from 'vitest';
import { lengthOfSame } from './list.ts';

test('what all texts begin with is left out, unless nothing would be left', () => {
  expect(lengthOfSame(['I am sorry, but I cannot say.', 'I am sorry, but I will not.'])).toBe(18);
  expect(lengthOfSame(['I am Ana.', 'I am Ben.'])).toBe(0);
  expect(lengthOfSame(Array.from({ length: 3 }, () => 'I cannot answer as this person.'))).toBe(0);
});
