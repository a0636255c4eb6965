import { expect, test } from 'vitest';
import {
  identifyModels,
  type KnownModel,
  keyOfMention,
  type ModelMention,
} from './model-identity.ts';

const known = (
  name: string,
  modelId: string,
  label: string,
  isLabelChosen = false,
): KnownModel => ({
  name,
  modelId,
  label,
  isLabelChosen,
});
const CATALOGUE = [
  known('gpt4o', 'gpt-4o-2024-11-20', 'GPT-4o'),
  known('cold', 'm-1', 'Cold'),
  known('hot', 'm-1', 'Hot'),
];

function labelsOf(
  mentions: readonly ModelMention[],
  stored: Readonly<Record<string, string>> = {},
  catalogue = CATALOGUE,
) {
  const models = identifyModels({
    mentions,
    known: catalogue,
    stored: new Map(Object.entries(stored)),
  });
  return mentions.map((mention) => models.get(keyOfMention(mention))!.label);
}

const persona = (name: string): ModelMention => ({ name, modelId: null });
const foreign = (modelId: string): ModelMention => ({ name: null, modelId });
const registered = (name: string, modelId: string): ModelMention => ({ name, modelId });

test('personas, registered experiments and those of other programs are of one model', () => {
  const mentions = [
    persona('gpt4o'),
    registered('gpt4o', 'gpt-4o-2024-11-20'),
    foreign('gpt-4o-2024-11-20'),
  ];
  const models = identifyModels({ mentions, known: CATALOGUE, stored: new Map() });
  expect(new Set(mentions.map((mention) => models.get(keyOfMention(mention))))).toHaveLength(1);
  expect(models.get(keyOfMention(mentions[0]!))).toMatchObject({
    label: 'GPT-4o',
    modelId: 'gpt-4o-2024-11-20',
    studyName: 'gpt4o',
  });
});

test('a label that the rows bring shows where the catalogue does not know the model, personas included', () => {
  const mentions = [persona('model-a'), registered('model-a', 'vendor/a')];
  expect(labelsOf(mentions, { 'vendor/a': 'Model A' })).toEqual(['Model A', 'Model A']);
});

test("the configuration's label goes before that of the rows, and that before the program's own", () => {
  const mentions = [persona('gpt4o')];
  expect(labelsOf(mentions, { 'gpt-4o-2024-11-20': 'Ours' })).toEqual(['Ours']);
  expect(
    labelsOf(mentions, { 'gpt-4o-2024-11-20': 'Ours' }, [
      known('gpt4o', 'gpt-4o-2024-11-20', 'Mine', true),
    ]),
  ).toEqual(['Mine']);
});

test('two models with one label are told apart', () => {
  const alike = [known('a', 'vendor/a', 'Same', true), known('b', 'vendor/b', 'Same', true)];
  expect(labelsOf([registered('a', 'vendor/a'), registered('b', 'vendor/b')], {}, alike)).toEqual([
    'Same (a)',
    'Same (b)',
  ]);
});

test('two short names of one id are two models, each with its own label', () => {
  expect(labelsOf([registered('cold', 'm-1'), registered('hot', 'm-1')], { 'm-1': 'Hot' })).toEqual(
    ['Cold', 'Hot'],
  );
});

test('a short name that came to stand for another id is two models', () => {
  const labels = labelsOf([
    registered('gpt4o', 'gpt-4o-2024-11-20'),
    registered('gpt4o', 'gpt-4o-2026-01-01'),
    persona('gpt4o'),
  ]);
  expect(labels).toEqual([
    'GPT-4o (gpt-4o-2024-11-20)',
    'GPT-4o (gpt-4o-2026-01-01)',
    'GPT-4o (gpt4o)',
  ]);
});

test('a model that is called like a baseline is not taken for it', () => {
  expect(labelsOf([registered('r', 'vendor/r')], { 'vendor/r': 'Reference' })).toEqual([
    'Reference (r)',
  ]);
});

test('what nobody knows goes by its own name', () => {
  expect(labelsOf([persona('mine'), foreign('vendor/x')])).toEqual(['mine', 'vendor/x']);
});
