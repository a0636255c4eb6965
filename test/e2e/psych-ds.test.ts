/**
 * The Psych-DS folder follows the rules of the validator's schema (psych-ds/psychds-validator
 * 1.5.0), which said of such folders, with one questionnaire and with two, that they are valid.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { csvLine, readCsv } from '../../src/dataset/csv/csv.ts';
import { writeBundle } from '../../src/evidence/bundle.ts';
import { runStudy } from '../../src/studies/pipeline.ts';
import { readStudy } from '../../src/studies/study-file.ts';
import { testDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/study.ts';

const SCALE = {
  slug: 'mi_escala',
  title: 'Escala breve de ánimo',
  citation: 'Escrita para esta prueba.',
  licence: 'Libre.',
  language: 'es',
  scales: [{ id: 'Ánimo', name: 'Ánimo' }],
  answers: {
    min: 1,
    max: 3,
    reply: 'value',
    options: [
      { value: 1, label: 'poco, creo' },
      { value: 2, label: '"algo"' },
      { value: 3, label: 'mucho' },
    ],
  },
  scoring: 'mean',
  instructions: 'Responde con un número del 1 al 3.',
  items: [
    { number: 1, text: 'Suelo estar bien.', scale: 'Ánimo', reverse: false },
    { number: 2, text: 'Me cuesta.', scale: 'Ánimo', reverse: true },
  ],
};
const STUDY = `
name: mix & "odd"
models: [sim-gpt4o]
personas: {file: mine.csv, condition: role}
questionnaires: [epqra, {instrument: mi_escala.json}]
`;
const DATAFILE = /^([a-z]+-[a-zA-Z0-9]+)(_[a-z]+-[a-zA-Z0-9]+)*_data\.csv$/;
const KEYWORDS = [
  ...['study', 'site', 'subject', 'session', 'task'],
  ...['condition', 'trial', 'stimulus', 'description'],
];

interface Described {
  readonly variableMeasured: readonly { readonly name: string; readonly description?: string }[];
}

async function headerOf(file: string): Promise<readonly (string | null)[]> {
  for await (const { fields } of readCsv(file)) return fields;
  return [];
}

test('its files are called, and its variables are described, as the rules demand', async () => {
  await using database = await testDatabase('embedded');
  using folder = temporaryFolder();
  const within = (name: string) => path.join(folder.path, name);
  writeFileSync(within('mi_escala.json'), JSON.stringify(SCALE));
  writeFileSync(
    within('mine.csv'),
    csvLine(['role', 'description']) + csvLine(['pilot', 'I "fly".']),
  );
  writeFileSync(within('study.yaml'), STUDY);
  const config = loadConfig({}, {}, folder.path);
  await runStudy(database, config, readStudy(within('study.yaml')), {});
  const psychDs = within('psych-ds');
  await writeBundle(database, config, within('a.zip'), { psychDs });

  const read = <T>(name: string) => JSON.parse(readFileSync(path.join(psychDs, name), 'utf8')) as T;
  const dataset = read<{ variableMeasured: string[] }>('dataset_description.json');
  expect(dataset).toMatchObject({
    '@context': 'https://schema.org/',
    '@type': 'Dataset',
    name: 'mix & "odd"',
    description: expect.stringMatching(/./),
  });
  const files = readdirSync(path.join(psychDs, 'data')).sort();
  const tables = files.filter((name) => name.endsWith('.csv'));
  expect(tables).toEqual(['task-epqra_data.csv', 'task-miescala_data.csv']);
  const columns = new Set<string>();
  for (const table of tables) {
    expect(table).toMatch(DATAFILE);
    expect(KEYWORDS).toContain(table.split('-')[0]);
    const header = await headerOf(path.join(psychDs, 'data', table));
    const { variableMeasured } = read<Described>(`data/${table.replace('.csv', '.json')}`);
    expect(variableMeasured.map(({ name }) => name)).toEqual(header);
    for (const name of header) columns.add(name!);
  }
  expect(files).toHaveLength(2 * tables.length);
  expect(dataset.variableMeasured.toSorted()).toEqual([...columns].sort());
  const { variableMeasured } = read<Described>('data/task-miescala_data.json');
  expect(variableMeasured.find(({ name }) => name === 'item_01')).toMatchObject({
    '@type': 'PropertyValue',
    description: 'answer to item 1',
    valueReference: [{ value: 1, name: 'poco, creo' }, { value: 2 }, { value: 3 }],
  });
  expect(readdirSync(psychDs).sort()).toEqual([
    ...['README.md', 'data', 'dataset_description.json', 'documentation', 'materials', 'results'],
  ]);

  await expect(writeBundle(database, config, within('b.zip'), { psychDs })).rejects.toMatchObject({
    code: 'psych-ds-folder-not-empty',
  });
  expect(readdirSync(folder.path)).not.toContain('b.zip');
});

test('a study without questionnaires has none', async () => {
  await using database = await testDatabase('embedded');
  using folder = temporaryFolder();
  const within = (name: string) => path.join(folder.path, name);
  const config = loadConfig({}, {}, folder.path);
  await expect(
    writeBundle(database, config, within('a.zip'), { psychDs: within('psych-ds') }),
  ).rejects.toMatchObject({ code: 'psych-ds-without-answers' });
});
