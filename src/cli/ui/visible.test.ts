import { expect, test } from 'vitest';
import { isVisible, visible, visibleOnOneLine } from './visible.ts';

test.each([
  ['\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
  ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
  ['\u009b2J', '\\u009b2J'],
  ['ok\rno', 'ok\\u000dno'],
  ['a\bb\u007f\u0000', 'a\\u0008b\\u007f\\u0000'],
  [
    '\u202eevil\u202c \u2066x\u2069 \u200e\u200f\u061c',
    '\\u202eevil\\u202c \\u2066x\\u2069 \\u200e\\u200f\\u061c',
  ],
  ['a\u2028b', 'a\\u2028b'],
])('what would command a terminal is shown by its number: %j', (text, shown) => {
  expect(visible(text)).toBe(shown);
  expect(isVisible(text)).toBe(false);
});

test('what is only text stays as it is, with its lines', () => {
  const text = 'Zoë 张伟 שלום e\u0301 👩\u200d🔬\ttab\r\nline\n';
  expect(visible(text)).toBe(text);
  expect(visibleOnOneLine('one\r\n two\u0085three')).toBe('one two three');
  expect(isVisible('Zoë 张伟')).toBe(true);
});
