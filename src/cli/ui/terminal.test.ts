import { expect, test } from 'vitest';
import { shortened } from './terminal.ts';

test('a long reason is cut between whole characters, and shows that it was', () => {
  for (let length = 80; length < 95; length++) {
    const cut = shortened(`${'x'.repeat(length)}${'👩‍🔬'.repeat(20)}`)!;
    expect(cut.isWellFormed()).toBe(true);
    expect(cut).toMatch(/^x+(?:👩‍🔬)*…$/u);
  }
  expect(shortened('short 😀')).toBe('short 😀');
  expect(shortened(null)).toBeNull();
});
