import { expect, test } from 'vitest';
import { compareConditions, compareModels, DEMOGRAPHIC_TABLES, demographicTableOf } from './models.ts';

const MODELS = ['zephyr', 'Llama3.2-3B', 'Alpaca', 'Llama3.1-70B', 'Claude-3.5-s', 'GPT-3.5', 'GPT-4o'];

test.each([
  ['4', ['GPT-4o', 'GPT-3.5', 'Claude-3.5-s', 'Llama3.2-3B', 'Llama3.1-70B', 'Alpaca', 'zephyr']],
  ['5', ['Claude-3.5-s', 'GPT-3.5', 'GPT-4o', 'Llama3.1-70B', 'Llama3.2-3B', 'Alpaca', 'zephyr']],
  ['6', ['GPT-4o', 'GPT-3.5', 'Claude-3.5-s', 'Llama3.1-70B', 'Llama3.2-3B', 'Alpaca', 'zephyr']],
] as const)('Table %s has its own order of models, others come last', (table, expected) => {
  expect(MODELS.toSorted(compareModels(table))).toEqual(expected);
});

test('a simulated model stands where the model stands that it stands in for', () => {
  const simulated = MODELS.map((model) => `${model} (simulated)`);
  const expected = MODELS.toSorted(compareModels('6')).map((model) => `${model} (simulated)`);
  expect(simulated.toSorted(compareModels('6'))).toEqual(expected);
  expect(simulated.map(demographicTableOf)).toEqual(MODELS.map(demographicTableOf));
});

test('the models are divided among the tables of demographics, others go with Claude', () => {
  const groups = DEMOGRAPHIC_TABLES.map((table) =>
    MODELS.filter((model) => demographicTableOf(model) === table).sort(compareModels(table)),
  );
  expect(groups).toEqual([
    ['GPT-4o', 'GPT-3.5'],
    ['Llama3.2-3B', 'Llama3.1-70B'],
    ['Claude-3.5-s', 'Alpaca', 'zephyr'],
  ]);
});

test("the study's conditions come first", () => {
  expect(['max_all', 'MaxP', 'MinL', 'Base', 'MaxN'].sort(compareConditions)).toEqual(['Base', 'MaxN', 'MaxP', 'MinL', 'max_all']);
});
