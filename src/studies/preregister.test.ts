import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { createCatalogue } from '../models/catalogue.ts';
import { designHash } from './design.ts';
import { preregister } from './preregister.ts';
import { readStudy } from './study-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'personas-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PUBLISHED = {
  name: 'name: planned',
  models: 'models: [sim-gpt4o, sim-gpt35]',
  conditions: 'conditions: [Base, max_N]',
  draws: 'draws: 2',
  max_personas: 'max_personas: 20',
  questionnaires: 'questionnaires: [epqra, bigfive]',
  analysis:
    'analysis: { primary: [{ table: 4, model: sim-gpt4o, condition: Base, scale: [N, E], claim: equivalence }] }',
};
const OWN = {
  name: 'name: own',
  models: 'models: [sim-gpt4o]',
  personas: 'personas: { file: people.csv, description: text, condition: faith }',
  questionnaires: 'questionnaires: [miniipip]',
};
writeFileSync(
  path.join(folder, 'people.csv'),
  'text,faith\nI am Ann.,Christian\nI am Bea.,Muslim\nI am Cem.,Muslim\n',
);

const config = loadConfig({}, {}, folder);

function read(lines: Readonly<Record<string, string>>, file: string = 'study.yaml') {
  const whole = path.join(folder, file);
  writeFileSync(whole, Object.values(lines).join('\n'));
  return readStudy(whole);
}

const planOf = async (lines: Readonly<Record<string, string>>) =>
  (await preregister(read(lines), config)).text;

describe('a preregistration of the published design', async () => {
  const text = await planOf(PUBLISHED);

  test('says what will be done, and nothing of what was', () => {
    expect(text).toContain('2 from each sheet and at most 20 a condition, under 2 conditions');
    expect(text).toContain(
      '160 personas will be written and 320 administrations will be asked for',
    );
    expect(text).toContain('GPT-4o (simulated) is simulated/gpt-4o');
    expect(text).toContain('Each person has one score, the mean over draws, and');
    expect(text).not.toMatch(
      /were collected|was asked|are stored|succeeded\.|\bn = |undefined|null|NaN/,
    );
    expect(text).not.toContain(folder);
  });

  test('names the primary analyses', () => {
    expect(text).toContain(
      '- Table 4, equivalence (model sim-gpt4o, condition Base, scale N and E): difference of the mean from that of the sheets, tested; a p below .05: the mean is equivalent to that of the sheets within the bound.',
    );
  });

  test('has the planned tables, every row, and no number in them', () => {
    expect(text).toContain('### Table 4, corrected');
    expect(text).toMatch(/\| GPT-3\.5 \(simulated\) \| MaxN \| E Extraversion \|(?: {1,2}\|)+\n/);
    expect(text).toContain('### Table 5, corrected');
    const cells = text.split('## Planned tables')[1]!.split('## References')[0]!;
    expect(cells).not.toMatch(/\d\.\d\d|n\/a/);
  });

  test('cites what it names', () => {
    for (const name of ['Amidei', 'Holm, S.', 'Schuirmann', 'Lakens', 'Francis'])
      expect(text.split('## References')[1]).toContain(name);
  });
});

test('a preregistration of own personas has no sentence about sheets', async () => {
  const text = await planOf(OWN);
  expect(text).toContain(
    'Each model will answer for 3 personas of the study’s own, under 2 conditions (Christian and Muslim).',
  );
  expect(text).toContain('No analysis is primary');
  expect(text).not.toMatch(/sheet|Amidei|\bBase\b/);
  expect(text).toMatch(/\| GPT-4o \(simulated\) \| Muslim \|/);
});

test('a preregistration has a row for each contrast, and says who is not asked what', async () => {
  const text = await planOf({
    ...OWN,
    models: 'models: [sim-gpt4o, sim-gpt35]',
    questionnaires: 'questionnaires: [miniipip, { questionnaire: gad7, conditions: [Muslim] }]',
    administration:
      'administration: { item_order: [published, shuffled], except: [{ item_order: shuffled, faith: Christian }] }',
  });
  const table = (id: string) => text.split(`### Table ${id}, corrected`)[1]!.split('###')[0]!;
  for (const row of [
    'GPT-4o (simulated) | condition | N Neuroticism | Muslim − Christian |',
    'GPT-4o (simulated) | item\\_order | N Neuroticism | shuffled − published |',
    'all | model | N Neuroticism | GPT-3.5 (simulated) − GPT-4o (simulated) |',
  ])
    expect(table('C1')).toContain(row);
  expect(table('M1')).toContain('GPT-4o (simulated) | condition | Muslim | N Neuroticism |');
  expect(table('C2')).toContain('GPT-4o (simulated) | condition | refused | Muslim − Christian |');
  expect(table('C3')).toContain('item\\_order: shuffled − published |');
  expect(text).toContain('Outcomes of Table C2 that do not occur will have no rows');
  expect(text).toContain('gad7 will be given under Muslim only.');
  expect(text).toContain(
    'The following will not be asked: faith Christian (item_order: shuffled).',
  );
  expect(text).toContain('18 administrations will be asked for');
});

describe('the hash of a design', () => {
  const catalogue = createCatalogue();
  const hashOf = (lines: Readonly<Record<string, string>>, file?: string) =>
    designHash(read(lines, file), catalogue);

  test('is the same for the same design, wherever its file and its rows are', () => {
    const { name, models, ...others } = PUBLISHED;
    expect(hashOf(PUBLISHED)).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf({ comment: '# said otherwise', ...others, models, name }, 'other.yaml')).toBe(
      hashOf(PUBLISHED),
    );
    expect(hashOf({ ...PUBLISHED, schema: 'schema: elsewhere' })).toBe(hashOf(PUBLISHED));
    expect(hashOf({ ...PUBLISHED, limits: 'limits: { max_cost: 1 }' })).toBe(hashOf(PUBLISHED));
  });

  test('is another where anything is asked, or analysed, otherwise', () => {
    const changed = [
      PUBLISHED,
      { ...PUBLISHED, draws: 'draws: 3' },
      { ...PUBLISHED, models: 'models: [sim-gpt4o]' },
      { ...PUBLISHED, questionnaires: 'questionnaires: [epqra]' },
      { ...PUBLISHED, role: 'system_role: "You are <persona.description>"' },
      { ...PUBLISHED, analysis: 'analysis: { equivalence_bound: 1 }' },
      { ...PUBLISHED, administration: 'administration: { item_order: shuffled }' },
      OWN,
    ].map((lines) => hashOf(lines));
    expect(new Set(changed).size).toBe(changed.length);
    const warmer = createCatalogue({ 'sim-gpt4o': { parameters: { temperature: 0.5 } } });
    expect(designHash(read(PUBLISHED), warmer)).not.toBe(changed[0]);
  });

  test('is another where the rows of a file have changed under its name', () => {
    const before = hashOf(OWN);
    writeFileSync(path.join(folder, 'people.csv'), 'text,faith\nI am Ann.,Muslim\n');
    expect(hashOf(OWN)).not.toBe(before);
  });
});
