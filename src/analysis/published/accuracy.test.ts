import { describe, expect, test } from 'vitest';
import {
  answered,
  type Given,
  KEYED,
  MAX_N,
  population,
  score,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import { tabulateBaseAccuracy, tabulateConditionAccuracy } from './accuracy.ts';

/**
 * Answers of E: items 1 to 4 are keyed Yes, 5 and 6 No. Sheet 1: Yes Yes No No | Yes Yes; sheet 2:
 * No No No No | No No.
 */
const REFERENCE = sheets({ 1: score(2, 6), 2: [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0] });

const tabulate = (given: readonly Given[], reference = REFERENCE) =>
  tabulateBaseAccuracy(study({ reference, answered: [answered(KEYED, given)] }));

describe('one experiment', () => {
  test('raw answers are compared, and their sums', () => {
    // Yes Yes Yes No | Yes No
    const [e, n] = tabulate([{ personality: 1, points: [1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1] }]);
    expect(e).toEqual({
      model: 'GPT-4o',
      population: 'Base',
      scale: 'E',
      n: 6,
      accuracy: 100 * (4 / 6),
      precision: 75,
      recall: 75,
      specificity: 50,
      mae: 0,
      rmse: 0,
    });
    // Of a scale that is all Yes there is nothing to be specific about.
    expect(n).toMatchObject({
      accuracy: 50,
      precision: 100,
      recall: 50,
      specificity: 0,
      mae: 3,
      rmse: 3,
    });
  });

  test('without a Yes precision is 0', () => {
    const [e] = tabulate([{ personality: 2, points: [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0] }]);
    expect(e).toMatchObject({ accuracy: 100, precision: 0, recall: 0, specificity: 100 });
  });

  test('items without an answer are on neither side', () => {
    const [e] = tabulate([
      { personality: 1, points: [null, 1, 0, 0, 0, 0, ...score(0, 6).slice(6)] },
    ]);
    expect(e).toMatchObject({ n: 5, accuracy: 100, mae: 0 });
  });
});

test('repetitions of a personality add to its error', () => {
  const once: Given = { personality: 2, points: [1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0] };
  const right: Given = { personality: 1, points: score(2, 6) };
  expect(tabulate([once, right])[0]).toMatchObject({ n: 12, mae: 0.5, rmse: Math.sqrt(1 / 2) });
  expect(tabulate([once, once, once, right])[0]).toMatchObject({
    n: 24,
    mae: 1.5,
    rmse: Math.sqrt(9 / 2),
  });
});

test('a personality that answered nothing on a scale is not in its error', () => {
  const wrong: Given = { personality: 1, points: score(3, 6) };
  const onlyN: Given = {
    personality: 2,
    points: [...KEYED.items.slice(0, 6).map(() => null), 1, 0, 0, 0, 0, 0],
  };
  const [e, n] = tabulate([wrong, onlyN]);
  expect(e).toMatchObject({ n: 6, mae: 1 });
  expect(n).toMatchObject({ n: 12, mae: 0.5 });
});

test('without a sheet every answer is wrong, and its Yes count as error', () => {
  const unknown: Given = { personality: 99, points: score(4, 6) };
  expect(tabulate([unknown])[0]).toMatchObject({
    n: 6,
    accuracy: 0,
    precision: 0,
    recall: 0,
    specificity: 0,
    mae: 6,
    rmse: 6,
  });
  expect(tabulate([unknown], sheets({}))[0]).toMatchObject({ n: 6, accuracy: 0, mae: 6 });
  expect(tabulate([{ ...unknown, personality: null }])[0]).toMatchObject({
    n: 6,
    accuracy: 0,
    mae: null,
    rmse: null,
  });
});

test('Base is one table, everything else the other', () => {
  const points = score(2, 6);
  const given: Given[] = [
    { personality: 1, points, population: population('MinL') },
    { personality: 1, points, population: MAX_N },
    { personality: 1, points },
    { personality: 1, points, model: 'GPT-3.5', population: MAX_N },
    { personality: 1, points: points.map(() => null), model: 'Mistral' },
  ];
  const all = study({ reference: REFERENCE, answered: [answered(KEYED, given)] });
  const names = (rows: ReturnType<typeof tabulateBaseAccuracy>) =>
    rows.map((row) => `${row.model} ${row.population} ${row.scale}`);
  expect(names(tabulateBaseAccuracy(all))).toEqual(['GPT-4o Base E', 'GPT-4o Base N']);
  expect(names(tabulateConditionAccuracy(all))).toEqual([
    'GPT-4o MaxN E',
    'GPT-4o MaxN N',
    'GPT-4o MinL E',
    'GPT-4o MinL N',
    'GPT-3.5 MaxN E',
    'GPT-3.5 MaxN N',
  ]);
});
