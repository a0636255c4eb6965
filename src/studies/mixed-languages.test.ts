import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/study.ts';
import { loadConfig } from '../config/load.ts';
import { warningsOf } from './pipeline.ts';
import { readStudy } from './study-file.ts';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const GERMAN = {
  instructions: 'Eine Bewerbung von <row.name>, <row.job>.',
  labels: { yn: { 0: 'Nein', 1: 'Ja' } },
  items: { able: '<row.name> ist fähig.' },
};

function instrument(template: string | null, german: object = GERMAN): object {
  return {
    ...{ format: 2, slug: 'hiring', title: 't', citation: 'c', licence: 'l', language: 'en' },
    ...(template === null ? {} : { template }),
    instructions: '<row.name> applies as <row.job>.',
    answers: [
      {
        id: 'yn',
        options: [
          { value: 0, label: 'No' },
          { value: 1, label: 'Yes' },
        ],
      },
    ],
    blocks: [{ answers: 'yn', items: [{ id: 'able', text: 'Is <row.name> able?' }] }],
    scales: [{ id: 'able', name: 'Able', score: 'sum', items: ['able'] }],
    wordings: { de: german },
  };
}

function warnings(file: object, study: readonly string[]): string[] {
  writeFileSync(path.join(folder.path, 'hiring.json'), JSON.stringify(file));
  writeFileSync(path.join(folder.path, 'rows.csv'), 'name,job,beruf\nAlex,nurse,Pflege\n');
  const yaml = path.join(folder.path, 'study.yaml');
  writeFileSync(yaml, ['name: tiny', 'models: [sim-gpt4o]', ...study].join('\n'));
  return warningsOf(readStudy(yaml), loadConfig({}, {}, folder.path));
}

const ROWS = 'personas: { file: rows.csv }';
const BOTH =
  'questionnaires: [{ instrument: hiring.json }, { instrument: hiring.json, language: de }]';
const TEMPLATE = '{{instructions}}\n{{items}}\nJSON';

test('a form in another language is told where its prompt is in English, and which columns are', () => {
  expect(warnings(instrument(null), [ROWS, BOTH])).toEqual([
    expect.stringMatching(
      /^hiring \(de\) mixes languages: this program's English in the words round its items; one value of <row\.name>, <row\.job> for all languages\. docs\//,
    ),
  ]);
});

test('languages that are listed under administration are told too', () => {
  const listed = [ROWS, 'questionnaires: [{ instrument: hiring.json }]'];
  expect(
    warnings(instrument(null), [...listed, 'administration: { language: [en, de] }']),
  ).toHaveLength(1);
  expect(warnings(instrument(null), listed)).toEqual([]);
});

test('a form with a template, and columns of its own, is not', () => {
  const german = {
    ...{ ...GERMAN, template: '{{instructions}}\n{{items}}\nAntworte als JSON.' },
    instructions: 'Eine Bewerbung: <row.beruf>.',
    items: { able: 'Ist die Person fähig?' },
  };
  expect(warnings(instrument(TEMPLATE, german), [ROWS, BOTH])).toEqual([]);
});

test('headings of parts are English, and a place for the answers stays empty there', () => {
  const german = {
    ...{ instructions: 'Eine Bewerbung.', labels: GERMAN.labels },
    template: '{{instructions}}\nMögliche Antworten: {{answers}}\n{{items}}\nAntworte als JSON.',
    items: { able: 'Ist die Person fähig?', salary: 'Welches Gehalt?' },
  };
  const [yesNo] = (instrument(TEMPLATE) as { blocks: readonly object[] }).blocks;
  const salary = { items: [{ id: 'salary', text: 'Salary?', number: { min: 0, max: 9 } }] };
  const alone = 'questionnaires: [{ instrument: hiring.json, language: de }]';
  const file = {
    ...instrument(TEMPLATE, { ...german, blocks: [null, null] }),
    blocks: [yesNo, salary],
  };
  expect(warnings(file, [ROWS, alone])).toEqual([
    expect.stringContaining("this program's English in the words round its items."),
    expect.stringMatching(/^The template of hiring \(de\) has \{\{answers\}\}, which stays empty/),
  ]);
  const { salary: _, ...able } = german.items;
  expect(warnings(instrument(TEMPLATE, { ...german, items: able }), [ROWS, alone])).toEqual([]);
});

test('the English system message of personas is told, and one of the study itself is not', () => {
  const german = { ...GERMAN, template: '{{instructions}}\n{{items}}\nAntworte als JSON.' };
  const alone = 'questionnaires: [{ instrument: hiring.json, language: de }]';
  const described = 'personas: { file: rows.csv, text: "Ich bin <row.name>." }';
  expect(warnings(instrument(TEMPLATE, german), [described, alone])).toEqual([
    expect.stringContaining("this program's English in the system message."),
  ]);
  expect(
    warnings(instrument(TEMPLATE, german), [
      described,
      alone,
      'system_role: "Du bist dieser Mensch: <row.description>"',
    ]),
  ).toEqual([]);
});
