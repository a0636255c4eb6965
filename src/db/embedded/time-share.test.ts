import { describe, expect, test } from 'vitest';
import { TimeShare } from './time-share.ts';

describe('a share of the time', () => {
  test('what was saved up is used at once, and what was used beyond it is waited for', () => {
    const allowance = new TimeShare(0.1, 1000, 0);
    expect(allowance.waitMs(0)).toBe(0);
    allowance.spend(600, 0);
    expect(allowance.waitMs(0)).toBe(0);
    allowance.spend(600, 0);
    expect(allowance.waitMs(0)).toBe(2010);
    expect(allowance.waitMs(1000)).toBe(1010);
    expect(allowance.waitMs(2010)).toBe(0);
  });

  test('no more is saved up than the most', () => {
    const allowance = new TimeShare(0.1, 1000, 0);
    allowance.spend(1000, 1e9);
    expect(allowance.waitMs(1e9)).toBeGreaterThan(0);
  });

  test('in the long run no more than the share is used', () => {
    const allowance = new TimeShare(0.1, 1000, 0);
    let now = 0;
    let used = 0;
    while (now < 1e6) {
      now += allowance.waitMs(now);
      now += 70;
      used += 70;
      allowance.spend(70, now);
    }
    expect(used / now).toBeLessThan(0.105);
    expect(used / now).toBeGreaterThan(0.095);
  });
});
