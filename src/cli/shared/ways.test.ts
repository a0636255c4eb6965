import { describe, expect, test } from 'vitest';
import { tellWaysApart } from './ways.ts';

const group = (questionnaire: string, factors: Readonly<Record<string, string>>) => ({
  questionnaire,
  factors,
});

describe('groups of one questionnaire', () => {
  test('are told apart by the levels that differ between them, and by no others', () => {
    expect(
      tellWaysApart([
        group('miniipip', { format: 'json', item_order: 'published', language: 'en' }),
        group('miniipip', { format: 'json', item_order: 'shuffled', language: 'en' }),
        group('miniipip', { format: 'json', item_order: 'shuffled', language: 'es' }),
        group('gad7', { format: 'schema' }),
      ]),
    ).toEqual([
      'item_order: published, language: en',
      'item_order: shuffled, language: en',
      'item_order: shuffled, language: es',
      '',
    ]);
  });

  test('that have no level of a factor are those without it', () => {
    expect(tellWaysApart([group('gad7', {}), group('gad7', { noise: 'swap 0.1 items' })])).toEqual([
      '',
      'noise: swap 0.1 items',
    ]);
  });
});
