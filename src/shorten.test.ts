import { expect, test } from 'vitest';
import { beginning, shorten } from './shorten.ts';

test('no cut leaves half a character, wherever it falls', () => {
  const text = 'ab😀cd🇨🇭e\u0301 東京';
  for (let most = 0; most <= text.length + 1; most++) {
    expect(beginning(text, most).isWellFormed()).toBe(true);
    expect(text.startsWith(beginning(text, most))).toBe(true);
    expect(beginning(text, most).length).toBeGreaterThanOrEqual(Math.min(most, text.length) - 1);
    if (most > 0) expect(shorten(text, most).length).toBeLessThanOrEqual(most);
  }
  expect(beginning('ab😀', 3)).toBe('ab');
  expect(shorten('ab😀cd', 4)).toBe('ab…');
  expect(shorten('abcd', 4)).toBe('abcd');
});
