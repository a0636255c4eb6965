import { expect, test } from 'vitest';
import { modelOf, population } from '../../test/support/small-study.ts';
import { createCatalogue } from '../models/catalogue.ts';
import type { StudyModel } from './data.ts';
import {
  compareConditions,
  compareModels,
  DEMOGRAPHIC_TABLES,
  demographicTableOf,
} from './models.ts';
import { printedNameOf, studyNameOf } from './study-models.ts';

const MODELS = [
  'zephyr',
  'Llama3.2-3B',
  'Alpaca',
  'Llama3.1-70B',
  'Claude-3.5-s',
  'GPT-3.5',
  'GPT-4o',
];

test.each([
  ['4', ['GPT-4o', 'GPT-3.5', 'Claude-3.5-s', 'Llama3.2-3B', 'Llama3.1-70B', 'Alpaca', 'zephyr']],
  ['5', ['Claude-3.5-s', 'GPT-3.5', 'GPT-4o', 'Llama3.1-70B', 'Llama3.2-3B', 'Alpaca', 'zephyr']],
  ['6', ['GPT-4o', 'GPT-3.5', 'Claude-3.5-s', 'Llama3.1-70B', 'Llama3.2-3B', 'Alpaca', 'zephyr']],
] as const)('Table %s has its own order of models, others come last', (table, expected) => {
  expect(
    MODELS.map(modelOf)
      .toSorted(compareModels(table))
      .map(({ label }) => label),
  ).toEqual(expected);
});

test('a simulated model stands where the model stands that it stands in for', () => {
  const simulated = MODELS.map((model) => modelOf(`${model} (simulated)`));
  const labels = (models: readonly StudyModel[]) =>
    models.toSorted(compareModels('6')).map(({ label }) => label);
  expect(labels(simulated)).toEqual(
    labels(MODELS.map(modelOf)).map((model) => `${model} (simulated)`),
  );
  expect(simulated.map(demographicTableOf)).toEqual(MODELS.map(modelOf).map(demographicTableOf));
});

test('the models are divided among the tables of demographics, others go with Claude', () => {
  const groups = DEMOGRAPHIC_TABLES.map((table) =>
    MODELS.map(modelOf)
      .filter((model) => demographicTableOf(model) === table)
      .sort(compareModels(table))
      .map(({ label }) => label),
  );
  expect(groups).toEqual([
    ['GPT-4o', 'GPT-3.5'],
    ['Llama3.2-3B', 'Llama3.1-70B'],
    ['Claude-3.5-s', 'Alpaca', 'zephyr'],
  ]);
});

test("the study's conditions come first", () => {
  const shown = ['max_all', 'MaxP', 'MinL', 'Base', 'MaxN']
    .map((display) => population(display))
    .sort(compareConditions);
  expect(shown.map(({ display }) => display)).toEqual(['Base', 'MaxN', 'MaxP', 'MinL', 'max_all']);
});

test("the study's models and their stand-ins are known by short name or by id, and not by label", () => {
  for (const { name, modelId, label } of createCatalogue().list()) {
    const byName = studyNameOf({ name, modelId: null });
    expect(studyNameOf({ name: null, modelId }), name).toBe(byName);
    expect(byName === null ? null : printedNameOf(byName), name).toBe(
      byName === null ? null : label.replace(' (simulated)', ''),
    );
  }
  expect(studyNameOf({ name: 'sim-gpt4o', modelId: 'simulated/gpt-4o-2024-11-20' })).toBe('gpt4o');
  expect(studyNameOf({ name: 'gpt4turbo', modelId: null })).toBeNull();
});
