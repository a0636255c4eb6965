import { expect, test } from 'vitest';
import { answered, type Given, MOOD, population, study } from '../../test/support/small-study.ts';
import type { StudyData } from '../analysis/data.ts';
import { sayLeftOut } from './left-out.ts';
import { countOwnCases, sayOwnCases } from './own-cases.ts';

const CONDITIONS = ['Muslim, none', 'Muslim, blindness', 'Jewish, none', 'control'];
const ORDERS = ['published', 'shuffled'];

interface Cell {
  readonly condition: string;
  readonly model: string;
  readonly order: string;
}

/** Two stimuli in each condition, and the control, of the cells that are asked. */
function studyOf(isAsked: (cell: Cell) => boolean): StudyData {
  const forms = ORDERS.map((order) => {
    const given = ['GPT-4o', 'GPT-3.5'].flatMap((model) =>
      CONDITIONS.filter((condition) => isAsked({ condition, model, order })).flatMap((condition) =>
        (condition === 'control' ? [9] : [1, 2]).map(
          (personality): Given => ({
            ...{ personality, model, points: [0, 0, 0, 0, 0] },
            population: population(condition, { population: condition }),
          }),
        ),
      ),
    );
    const codes = new Int32Array(given.length);
    return {
      ...answered({ ...MOOD, label: `mood (${order})` }, given),
      factors: new Map([['item_order', { codes, values: [order] }]]),
    };
  });
  const rows = CONDITIONS.map((condition) => ({
    ...{ condition, described: 0, bare: condition === 'control' ? 1 : 2 },
  }));
  return study({
    answered: forms,
    ownColumns: { names: [], rows, vignette: null, weight: null },
  });
}

test('says nothing where every combination was asked', () => {
  const own = studyOf(() => true);
  expect(sayLeftOut(own)).toEqual([]);
  expect(sayOwnCases(countOwnCases(own))).toBe(
    '6 stimuli without a persona and a control without a persona',
  );
});

test('names a condition that nobody was asked under, and does not count its cases', () => {
  const own = studyOf(({ condition }) => condition !== 'Muslim, blindness');
  expect(sayLeftOut(own)).toEqual([
    'Left out by the design, and counted nowhere: “Muslim, blindness” (2 stimuli without a persona).',
  ]);
  expect(sayOwnCases(countOwnCases(own))).toBe(
    '4 stimuli without a persona and a control without a persona',
  );
});

test('names the fewest levels that say what was left out', () => {
  const own = studyOf(
    ({ condition, model, order }) =>
      !(model === 'GPT-3.5' && order === 'shuffled') &&
      !(condition === 'control' && model === 'GPT-3.5'),
  );
  expect(sayLeftOut(own)).toEqual([
    'Left out by the design, and counted nowhere: “control” with model GPT-3.5; model GPT-3.5 with item_order shuffled.',
  ]);
});

test('counts combinations where too many are left out to be named', () => {
  const own = studyOf(
    ({ condition, model, order }) =>
      (CONDITIONS.indexOf(condition) + Number(model === 'GPT-4o') + ORDERS.indexOf(order)) % 2 ===
      0,
  );
  expect(sayLeftOut(own)).toEqual([
    'Left out by the design, and counted nowhere: 8 of 16 combinations of condition, model and item_order.',
  ]);
});

test('says nothing of a study without rows of its own', () => {
  expect(sayLeftOut(study({ answered: studyOf(() => true).answered }))).toEqual([]);
});

test('names a combination of exchanged columns that the file of rows lacks', () => {
  const rows = [
    ['Emily', 'Christian', 1],
    ['Emily', 'Muslim', 1],
    ['Ahmed', 'Muslim', 1],
    ['Emily', 'Christian', 2],
    ['Emily', 'Muslim', 2],
    ['Ahmed', 'Muslim', 2],
  ] as const;
  const form = answered(
    MOOD,
    rows.map(([, , personality]): Given => ({ personality, points: [0, 0, 0, 0, 0] })),
  );
  const coded = (values: readonly string[], of: (row: (typeof rows)[number]) => string) => ({
    ...{ values, codes: Int32Array.from(rows, (row) => values.indexOf(of(row))) },
  });
  const columns = new Map([
    ['name', coded(['Emily', 'Ahmed'], ([name]) => name)],
    ['religion', coded(['Christian', 'Muslim'], ([, religion]) => religion)],
    ['job', coded(['nurse', 'driver'], ([, , id]) => (id === 1 ? 'nurse' : 'driver'))],
  ]);
  const own = study({
    answered: [{ ...form, columns }],
    ownColumns: {
      names: ['name', 'religion', 'job'],
      rows: [{ condition: form.administrations[0]!.population.population, described: 0, bare: 6 }],
      vignette: null,
      weight: null,
    },
  });
  expect(sayLeftOut(own)).toEqual([
    'Left out by the design, and counted nowhere: name Ahmed with religion Christian.',
  ]);
});
