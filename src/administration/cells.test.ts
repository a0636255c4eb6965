import { describe, expect, test } from 'vitest';
import { administrationBlock, crossSettings } from './cells.ts';
import { PUBLISHED_SETTINGS } from './settings.ts';

const cells = (block: object, seed = 1) => crossSettings(administrationBlock.parse(block), seed);

describe('ways of administering', () => {
  test('are the published one where nothing is said', () => {
    expect(cells({})).toEqual([{ settings: PUBLISHED_SETTINGS, language: null, factors: {} }]);
  });

  test('are one, without factors, where every setting has one value', () => {
    expect(cells({ item_order: 'shuffled' })).toEqual([
      { settings: { ...PUBLISHED_SETTINGS, item_order: 'shuffled' }, language: null, factors: {} },
    ]);
  });

  test('are every combination of the listed levels, each named by all its levels', () => {
    const crossed = cells({
      item_order: ['published', 'shuffled'],
      items_per_call: ['all', 5],
      temperature: [0, 1],
      language: ['en', 'es'],
    });
    expect(crossed).toHaveLength(16);
    expect(new Set(crossed.map(({ factors }) => JSON.stringify(factors))).size).toBe(16);
    expect(crossed[0]!.factors).toEqual({
      item_order: 'published',
      items_per_call: 'all',
      temperature: '0',
      language: 'en',
    });
    expect(crossed.at(-1)).toMatchObject({
      language: 'es',
      settings: { item_order: 'shuffled', items_per_call: 5, temperature: 1 },
    });
  });

  test('may vary any parameter of a model, by the name that its provider has for it', () => {
    const crossed = cells({
      top_p: [0.5, null],
      parameters: { presence_penalty: [0, 1], stop: 'END' },
      except: [{ top_p: null, presence_penalty: 1 }],
    });
    expect(crossed.map(({ factors }) => factors)).toEqual([
      { top_p: '0.5', presence_penalty: '0' },
      { top_p: '0.5', presence_penalty: '1' },
      { top_p: 'not sent', presence_penalty: '0' },
    ]);
    expect(crossed[1]!.settings).toMatchObject({
      top_p: 0.5,
      parameters: { presence_penalty: 1, stop: 'END' },
    });
  });

  test.each([
    ['temperature', 'has a place of its own'],
    ['model', 'the program writes this field'],
  ])('have no further parameter called %s', (name, message) => {
    expect(() => cells({ parameters: { [name]: 1 } })).toThrow(message);
  });

  test('with typing errors are left out by their levels, defaults filled in', () => {
    const noise = ['none', { kind: 'swap', rate: 0.1 }, { kind: 'swap', rate: 0.2 }];
    const left = cells({ noise, except: [{ noise: { kind: 'swap', rate: 0.1 } }] });
    expect(left.map(({ factors }) => factors.noise)).toEqual(['none', 'swap 0.2 items']);
    expect(() => cells({ noise: [noise[1], noise[1]] })).toThrow('lists "swap 0.1 items" twice');
  });

  test('may lack cells', () => {
    const left = cells({
      item_order: ['published', 'shuffled'],
      option_order: ['published', 'reversed'],
      except: [{ item_order: 'shuffled', option_order: 'reversed' }],
    });
    expect(left.map(({ factors }) => Object.values(factors).join())).toEqual([
      'published,published',
      'published,reversed',
      'shuffled,published',
    ]);
  });

  const LISTS = {
    item_order: ['published', 'shuffled'],
    option_order: ['published', 'reversed'],
    answer_as: ['label', 'value'],
    temperature: [0, 1],
    top_p: [0.5, 1],
  };

  describe.each([1, 2, 3, 4, 5, 6])('of a fraction (seed %i)', (seed) => {
    // Orthogonal arrays of strength 2: every two levels together equally often.
    test.each<[factors: number, fraction: number]>([
      [3, 4],
      [4, 8],
      [5, 8],
    ])('of %i settings in %i ways have every two levels together equally often', (n, fraction) => {
      const block = { ...Object.fromEntries(Object.entries(LISTS).slice(0, n)), fraction };
      const chosen = cells(block, seed);
      expect(chosen).toHaveLength(fraction);
      expect(cells(block, seed)).toEqual(chosen);
      const pairs = chosen.flatMap(({ factors }) => {
        const levels = Object.entries(factors).map(String);
        return levels.flatMap((one, at) => levels.slice(at + 1).map((other) => [one, other]));
      });
      const together = [...Map.groupBy(pairs, String).values()].map((some) => some.length);
      expect(together).toEqual(Array.from({ length: 2 * n * (n - 1) }, () => fraction / 4));
    });

    test('that cannot be balanced have levels that differ by one at most', () => {
      const chosen = cells({ ...LISTS, fraction: 7 }, seed);
      for (const name of Object.keys(LISTS)) {
        const counts = Map.groupBy(chosen, ({ factors }) => factors[name]);
        expect([...counts.values()].map((level) => level.length).toSorted()).toEqual([3, 4]);
      }
    });
  });

  test.each<[string, object, RegExp]>([
    ['a level twice', { item_order: ['shuffled', 'shuffled'] }, /lists "shuffled" twice/],
    ['too large a fraction', { temperature: [0, 1], fraction: 3 }, /only 2 cells/],
    [
      'an exception of no cell',
      { item_order: ['published', 'shuffled'], except: [{ item_order: 'other' }] },
      /names no cell/,
    ],
    [
      'an exception of a setting that is not given',
      { except: [{ item_order: 'shuffled' }] },
      /names item_order, which "administration" does not set/,
    ],
    [
      'exceptions for all cells',
      { temperature: [0, 1], except: [{ temperature: 0 }, { temperature: 1 }] },
      /leaves no cell/,
    ],
  ])('with %s are refused', (_, block, message) => {
    expect(() => cells(block)).toThrow(message);
  });

  test('refuse a value that no setting has', () => {
    expect(administrationBlock.safeParse({ item_order: ['random'] }).success).toBe(false);
    expect(administrationBlock.safeParse({ items_order: 'shuffled' }).success).toBe(false);
  });
});
