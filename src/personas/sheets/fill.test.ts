import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChance } from './chance.ts';
import { fillTable } from './fill.ts';

describe('fillTable', () => {
  it('keeps the margins of any table', () => {
    const tables = fc.integer({ min: 1, max: 6 }).chain((columns) =>
      fc.array(fc.array(fc.boolean(), { minLength: columns, maxLength: columns }), {
        minLength: 1,
        maxLength: 12,
      }),
    );
    fc.assert(
      fc.property(tables, fc.maxSafeInteger(), (table, seed) => {
        const filled = fillTable(rowSums(table), rowSums(transpose(table)), createChance(seed, 0));
        expect(rowSums(filled)).toEqual(rowSums(table));
        expect(rowSums(transpose(filled))).toEqual(rowSums(transpose(table)));
      }),
    );
  });

  it('makes every table with the margins about equally often', () => {
    const counts = new Map<string, number>();
    const draws = 3000;
    for (let seed = 0; seed < draws; seed++) {
      const key = JSON.stringify(fillTable([1, 1, 1], [1, 1, 1], createChance(seed, 0)));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    const error = Math.sqrt(draws * (1 / 6) * (5 / 6));
    for (const count of counts.values())
      expect(Math.abs(count - draws / 6)).toBeLessThan(4 * error);
  });
});

function rowSums(table: readonly (readonly boolean[])[]): number[] {
  return table.map((row) => row.filter(Boolean).length);
}

function transpose(table: readonly (readonly boolean[])[]): boolean[][] {
  return table[0]!.map((_, column) => table.map((row) => row[column]!));
}
