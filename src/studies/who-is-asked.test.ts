import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { createCatalogue } from '../models/catalogue.ts';
import { administeredIn } from './administered.ts';
import { planStudy } from './pipeline.ts';
import { readStudy } from './study-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'personas-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

writeFileSync(path.join(folder, 'people.csv'), 'text\nI am Ann.\nI am Bea.\n');

const OWN = {
  name: 'name: own',
  models: 'models: [sim-gpt4o, { model: sim-gpt35, label: Old }]',
  personas:
    'personas: { file: people.csv, description: text, control: true, cross: { faith: [Christian, Muslim], sight: [blind, seeing] } }',
  questionnaires: 'questionnaires: [miniipip]',
};
const SHEETS = {
  name: 'name: sheets',
  models: 'models: [sim-gpt4o, sim-gpt35]',
  conditions: 'conditions: [Base, max_N]',
  questionnaires: 'questionnaires: [epqra]',
};

function read(lines: Readonly<Record<string, string>>) {
  const file = path.join(folder, 'study.yaml');
  writeFileSync(file, Object.values(lines).join('\n'));
  return readStudy(file);
}

/** `miniipip of sim-gpt4o: control`, with the levels of the way of asking where there are some. */
function askedIn(lines: Readonly<Record<string, string>>): string[] {
  return administeredIn(read(lines), createCatalogue()).map(
    ({ instrument, model, conditions, ownConditions, cell: { factors } }) =>
      [
        `${instrument.slug} of ${model.name}`,
        ...Object.values(factors),
        [...conditions, ...ownConditions].map(({ name }) => name).join(' and '),
      ].join(': '),
  );
}

describe('conditions of a questionnaire', () => {
  const two = (conditions: string) => ({
    ...OWN,
    models: 'models: [sim-gpt4o]',
    questionnaires: `questionnaires: [miniipip, { questionnaire: epqra, conditions: ${conditions} }]`,
  });

  test.each([
    [
      'a condition of own rows by its name',
      '[control, "muslim, Blind"]',
      'control and Muslim, blind',
    ],
    ['all conditions that have a level', '[{ faith: Muslim }]', 'Muslim, blind and Muslim, seeing'],
    [
      'all that have one of several levels, each once',
      '[{ faith: [Muslim, Christian], sight: blind }, "Muslim, blind"]',
      'Christian, blind and Muslim, blind',
    ],
  ])('name %s', (_, named, conditions) => {
    expect(askedIn(two(named))).toEqual([
      'miniipip of sim-gpt4o: Christian, blind and Christian, seeing and Muslim, blind and Muslim, seeing and control',
      `epqra of sim-gpt4o: ${conditions}`,
    ]);
  });

  test.each([
    [
      '["Muslim, blnd"]',
      'questionnaires.1.conditions.0: names the condition "Muslim, blnd"',
      'Did you mean "Muslim, blind"? Available: "Christian, blind", "Christian, seeing", "Muslim, blind", "Muslim, seeing", control.',
    ],
    ['[Muslim]', 'names the condition "Muslim"', 'write { faith: Muslim }'],
    ['[{ fath: Muslim }]', '"fath", which is no column', 'Did you mean "faith"?'],
    ['[{ faith: Muslims }]', 'the faith "Muslims", which', 'Did you mean "Muslim"?'],
  ])('that do not exist are refused with those that do: %s', (named, message, hint) => {
    expect(() => read(two(named))).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });

  test('decide whose columns its texts may name, and how much is asked', async () => {
    const study = read(two('[control]'));
    const steps = await planStudy(study, loadConfig({}, {}, folder));
    expect(steps.map(({ step, tasks }) => [step, tasks])).toEqual([
      ['miniipip', 9],
      ['epqra', 1],
    ]);
    expect(study.content).toContain('"control"\n      ]');
  });
});

describe('exceptions', () => {
  const ways = (except: string) =>
    `administration: { item_order: [published, shuffled], except: ${except} }`;

  test('name models, questionnaires and conditions, alone or with a way of asking', () => {
    const asked = askedIn({
      ...OWN,
      questionnaires:
        'questionnaires: [{ questionnaire: miniipip, conditions: [control, { faith: Muslim }] }]',
      administration: ways(
        '[{ item_order: shuffled, model: Old }, { item_order: shuffled, sight: blind }, { condition: control, model: sim-gpt4o }]',
      ),
    });
    expect(asked).toEqual([
      'miniipip of sim-gpt4o: published: Muslim, blind and Muslim, seeing',
      'miniipip of sim-gpt35: published: control and Muslim, blind and Muslim, seeing',
      'miniipip of sim-gpt4o: shuffled: Muslim, seeing',
    ]);
  });

  test('name conditions of sheets too, and make another study', () => {
    const lines = {
      ...SHEETS,
      administration: 'administration: { except: [{ model: sim-gpt35, condition: MaxN }] }',
    };
    expect(askedIn(lines)).toEqual([
      'epqra of sim-gpt4o: Base and max_N',
      'epqra of sim-gpt35: Base',
    ]);
    expect(read(lines).sha256).not.toBe(read(SHEETS).sha256);
  });

  test.each([
    [
      '[{ modle: sim-gpt35 }]',
      'names "modle"',
      'Did you mean "model"? It can name item_order, model, questionnaire, condition, faith, sight.',
    ],
    [
      '[{ answer_as: label }]',
      'answer_as, which "administration" does not set',
      'It can name item_order, model',
    ],
    [
      '[{ model: sim-gpt }]',
      'the model "sim-gpt", which is not asked',
      'Available: sim-gpt4o, sim-gpt35, Old.',
    ],
    [
      '[{ item_order: shuffled, faith: Hindu }]',
      'the faith "Hindu"',
      'Available: Christian, Muslim.',
    ],
    ['[{ condition: control, faith: Muslim }]', 'names nobody who is asked', 'has all of these'],
    ['[{ questionnaire: miniipip }]', 'leaves nobody to ask', 'fewer'],
  ])('that concern nothing are refused: %s', (except, message, hint) => {
    expect(() => read({ ...OWN, administration: ways(except) })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });
});
