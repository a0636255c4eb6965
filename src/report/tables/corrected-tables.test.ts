import { describe, expect, test } from 'vitest';
import {
  answered,
  type Given,
  KEYED,
  MAX_N,
  MOOD,
  personas,
  score,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import { UserError } from '../../errors.ts';
import { correctedTables, describeTable, ESTIMATES, TABLE_IDS, type TableId } from './tables.ts';

const given: readonly Given[] = Array.from({ length: 12 }, (_, index) => ({
  personality: 1 + (index % 6),
  points: score(index % 7, (index * 5) % 7),
  ...(index >= 6 && { population: MAX_N }),
}));
const sheet = sheets(Object.fromEntries([1, 2, 3, 4, 5, 6].map((id) => [id, score(id, 6 - id)])));
const FULL = study({
  dataOrigin: 'simulated',
  reference: sheet,
  random: sheet,
  answered: [
    answered(KEYED, given),
    answered(
      MOOD,
      given.map((one, index) => ({ ...one, points: [0, index % 3, -1, 1, index % 2] })),
    ),
  ],
  personas: personas(
    ['GPT-4o', 'Llama3.1-70B', 'mine'].flatMap((model) =>
      [1, 2, 3].map((id) => ({ sheet: id, model, gender: 'female' })),
    ),
  ),
});

test('an empty study makes empty tables', () => {
  const tables = correctedTables(study());
  expect(tables.map(({ table, mode, rows }) => [table, mode, rows.length])).toEqual(
    TABLE_IDS.map((table) => [table, 'corrected', 0]),
  );
});

test('tables are those asked for, in that order', () => {
  const tables = correctedTables(FULL, { ids: ['A5', '4'] });
  expect(tables.map(({ table, data_origin }) => [table, data_origin])).toEqual([
    ['A5', 'simulated'],
    ['4', 'simulated'],
  ]);
});

test('alphas of simulated answers have the set reliability beside them, and no others', () => {
  const notesOf = (dataOrigin: 'simulated' | 'model') =>
    correctedTables({ ...FULL, dataOrigin }, { setReliability: 0.8 }).map((table) => [
      table.table,
      describeTable(table).notes.some((note) => note.includes('set to reliability 0.80')),
    ]);
  expect(notesOf('simulated')).toEqual(TABLE_IDS.map((id) => [id, id === 'A5']));
  expect(notesOf('model')).toEqual(TABLE_IDS.map((id) => [id, false]));
});

describe.each([
  ['everything', FULL],
  ['one experiment', study({ answered: [answered(KEYED, given.slice(0, 1)), answered(MOOD, [])] })],
  ['no sheets', { ...FULL, reference: sheets({}), random: sheets({}) }],
  [
    'nothing that succeeded',
    {
      ...FULL,
      answered: [
        answered(
          KEYED,
          given.map((one) => ({ ...one, succeeded: null })),
        ),
      ],
    },
  ],
])('%s', (_, whole) => {
  const tables = correctedTables(whole);

  test('rows of a table have the same snake_case keys in the same order', () => {
    for (const { rows } of tables) {
      const keys = Object.keys(rows[0] ?? {});
      for (const key of keys) expect(key).toMatch(/^[a-z]+(_[a-z0-9]+)*$/);
      for (const row of rows) expect(Object.keys(row)).toEqual(keys);
    }
  });

  test('no value is undefined, NaN or infinite, and rows without their result say why', () => {
    const results = {
      '1': 'p',
      '2': 'p',
      '3': 'p',
      '4': 'p',
      '5': 'r',
      '6': 'alpha',
      A4: 'mean',
      A5: 'alpha',
      A6: 'accuracy',
      A7: 'accuracy',
      ...ESTIMATES,
    };
    for (const { table, rows } of tables) {
      for (const row of rows) {
        for (const value of Object.values(row))
          expect(
            value !== undefined && !(typeof value === 'number' && !Number.isFinite(value)),
          ).toBe(true);
        if (row[results[table as TableId]] === null)
          expect(row.reason, `${table} ${JSON.stringify(row)}`).toMatch(/\w/);
      }
    }
  });
});

test('an equivalence bound that is not positive is refused', () => {
  for (const equivalenceBound of [0, -1, Number.NaN]) {
    expect(() => correctedTables(study(), { equivalenceBound })).toThrow(UserError);
    expect(() => correctedTables(study(), { equivalenceBound })).toThrow('equivalence bound');
  }
});
