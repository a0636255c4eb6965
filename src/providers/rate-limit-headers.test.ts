import { describe, expect, it } from 'vitest';
import { readRateLimit } from './rate-limit-headers.ts';

describe('readRateLimit', () => {
  it('reads what OpenAI tells', () => {
    expect(
      readRateLimit({
        'x-ratelimit-limit-requests': '500',
        'x-ratelimit-remaining-requests': '499',
        'x-ratelimit-reset-requests': '1h2m3.5s',
        'x-ratelimit-limit-tokens': '30000',
      }),
    ).toEqual({
      requests: { limit: 500, remaining: 499, resetMs: 3_723_500 },
      tokens: { limit: 30000, remaining: null, resetMs: null },
    });
  });

  it.each([{}, { 'x-ratelimit-reset-tokens': '1s' }, { 'x-ratelimit-limit-requests': 'many' }])(
    'is null when nothing is told: %j',
    (headers) => {
      expect(readRateLimit(headers)).toBeNull();
    },
  );

  it.each([
    ['120ms', 120],
    ['0s', 0],
    ['6m0s', 360_000],
    ['1d', 86_400_000],
    ['60', null],
    ['1s later', null],
    ['2026-11-01T00:00:00Z', null],
  ])('reads the duration %s as %s', (text, resetMs) => {
    const headers = { 'x-ratelimit-remaining-tokens': '1', 'x-ratelimit-reset-tokens': text };
    expect(readRateLimit(headers)?.tokens).toEqual({ limit: null, remaining: 1, resetMs });
  });
});
