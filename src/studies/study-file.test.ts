import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { FLIPPED, SPANISH, TRUST } from '../../test/support/trust.ts';
import { UserError } from '../errors.ts';
import { findInstrument } from '../instruments/load.ts';
import { compareContents, sayChanges } from './study-changes.ts';
import { readStudy } from './study-file.ts';
import type { StudySpec } from './study-spec.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'personas-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LINES = [
  'name: tiny',
  'seed: 5',
  'models: [sim-gpt4o]',
  'conditions: [Base, max_N]',
  'questionnaires: [epqra]',
];

function read(text: string): StudySpec {
  const file = path.join(folder, 'study.yaml');
  writeFileSync(file, text);
  return readStudy(file);
}

/** The smallest study with some keys said otherwise or in addition, these last. */
function readWith(...lines: readonly string[]): StudySpec {
  const keys = new Set(lines.map((line) => line.split(':')[0]!));
  return read([...LINES.filter((line) => !keys.has(line.split(':')[0]!)), ...lines].join('\n'));
}

function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return `${error.message} ${error.hint}`;
    throw error;
  }
  return 'no fault';
}

describe('a study file', () => {
  test('of the least that it must say', () => {
    const study = readWith();
    expect(study).toMatchObject({
      name: 'tiny',
      schema: null,
      seed: 5,
      reference: null,
      models: ['sim-gpt4o'],
      draws: { from: 1, count: 1 },
      experimental: false,
      maxPersonas: null,
      limits: {},
      output: null,
    });
    expect(study.conditions.map((one) => one.name)).toEqual(['Base', 'max_N']);
    expect(study.questionnaires).toEqual([
      {
        instrument: findInstrument('epqra'),
        conditions: study.conditions,
        ownConditions: [],
        repetitions: 1,
      },
    ]);
  });

  test('may name one slug twice in one form for other conditions, or in two languages, and in no other way', () => {
    const write = (name: string, definition: object) =>
      writeFileSync(path.join(folder, name), JSON.stringify(definition));
    write('trust.json', TRUST);
    write('trust-es.json', SPANISH);
    write('trust-flipped.json', FLIPPED);
    write('trust-mean.json', { ...SPANISH, scoring: 'mean' });
    write('own-epqra.json', { ...TRUST, slug: 'epqra' });
    const naming = (...files: string[]) =>
      `questionnaires: [${files.map((file) => `{ instrument: ${file} }`).join(', ')}]`;
    expect(readWith(naming('trust.json', 'trust-es.json')).questionnaires).toHaveLength(2);
    const shared = (first: string, second: string) =>
      `questionnaires: [{ questionnaire: epqra, conditions: [${first}] }, { questionnaire: EPQR-A, conditions: [${second}], repetitions: 3 }]`;
    expect(readWith(shared('base', 'maxn')).questionnaires).toHaveLength(2);
    expect(faultOf(() => readWith(shared('base', 'maxn, base')))).toMatch(
      /asks epqra of the condition Base, which an earlier entry does/,
    );
    // The second would be ignored, whatever its title.
    write('trust-titled.json', { ...TRUST, title: 'Trust anew' });
    for (const second of ['trust.json', 'trust-titled.json'])
      expect(faultOf(() => readWith(naming('trust.json', second)))).toMatch(
        /asks trust of the condition .*, which an earlier entry does/,
      );
    expect(faultOf(() => readWith(naming('trust.json', 'trust-flipped.json')))).toMatch(
      /trust\.json and trust-flipped\.json are different forms with the same slug, trust: the answers are shown.*another slug/,
    );
    expect(faultOf(() => readWith(naming('trust.json', 'trust-mean.json')))).toMatch(
      /trust\.json and trust-mean\.json are different forms with the same slug, trust \(es\): scale T is the sum and mean/,
    );
    // The sheets' own instrument is in every schema of a study.
    expect(faultOf(() => readWith(naming('own-epqra.json')))).toMatch(
      /epqra and own-epqra\.json are different forms with the same slug/,
    );
  });

  test('of all that it may say', () => {
    const study = readWith(
      'schema: mine',
      'reference: { name: students, file: data/sheets.csv, ethics_note: "approved" }',
      'draws: { from: 2, count: 3 }',
      'experimental: true',
      'max_personas: 7',
      'repetitions: 2',
      'questionnaires:\n  - epqra\n  - questionnaire: bigfive\n    conditions: [base]\n    repetitions: 5',
      'limits: { max_workers: 4, max_cost: 1.5, max_tokens: 9000, max_calls: 12 }',
      'output: results',
    );
    expect(study).toMatchObject({
      schema: 'mine',
      // As seen from the file, wherever the command was called.
      reference: {
        name: 'students',
        file: path.join(folder, 'data', 'sheets.csv'),
        ethicsNote: 'approved',
      },
      draws: { from: 2, count: 3 },
      experimental: true,
      maxPersonas: 7,
      limits: { maxWorkers: 4, maxCost: 1.5, maxTokens: 9000, maxCalls: 12 },
      output: path.join(folder, 'results'),
    });
    expect(
      study.questionnaires.map((one) => [
        one.instrument.slug,
        one.conditions.map((condition) => condition.name),
        one.repetitions,
      ]),
    ).toEqual([
      ['epqra', ['Base', 'max_N'], 2],
      ['bigfive', ['Base'], 5],
    ]);
  });

  test('bounds of means and of persons, by scale, in points or SD; of scales that the sheets have', () => {
    const { content } = readWith(
      'analysis:',
      '  equivalence_bound: { E: 0.4, N: { sd: 0.2, reason: a small effect } }',
      '  person_bound: { points: 1 }',
      '  person_share: 0.75',
    );
    expect(JSON.parse(content)).toMatchObject({
      analysis: {
        equivalence_bound: { E: 0.4, N: { sd: 0.2, reason: 'a small effect' } },
        person_bound: { points: 1 },
        person_share: 0.75,
      },
    });
    expect(() => readWith('analysis:', '  person_bound: { E: 1, Q: 1 }')).toThrow(
      /analysis\.person_bound: names the scale Q, which epqra does not have/,
    );
    expect(() => readWith('analysis:', '  equivalence_bound: { E: none }')).toThrow(
      /analysis\.equivalence_bound.*must be a number of points above 0/,
    );
  });

  test('a questionnaire may name columns of the personas, which the control has values of too', () => {
    const written = (...lines: readonly string[]) => {
      writeFileSync(path.join(folder, 'cases.csv'), 'case,job\n1,nurse\n2,cook\n');
      const instrument = {
        ...{ format: 2, slug: 'judge', title: 'Judge', citation: 'own', licence: 'own' },
        ...{ language: 'en', instructions: 'Judge somebody who works as <row.job>.' },
        answers: [
          {
            id: 'yes',
            options: [
              { value: 0, label: 'No' },
              { value: 1, label: 'Yes' },
            ],
          },
        ],
        blocks: [{ answers: 'yes', items: [{ id: 'hire', text: 'Hire them?' }] }],
      };
      writeFileSync(path.join(folder, 'judge.json'), JSON.stringify(instrument));
      const file = path.join(folder, 'judged.yaml');
      const head = [
        'name: judged',
        'models: [sim-gpt4o]',
        'questionnaires: [{ instrument: judge.json }]',
      ];
      writeFileSync(file, [...head, 'personas:', '  file: cases.csv', ...lines, ''].join('\n'));
      return readStudy(file);
    };
    expect(() => written('  control: true')).toThrow(
      /questionnaires\.0: judge names <row\.job>, for which the control has no value/,
    );
    expect(() => written('  control: { job: clerk }', 'system_role: "You are <row.jop>."')).toThrow(
      /system_role: system_role names <row\.jop>, for which the personas have no value/,
    );
    const primary = (claim: string) => () =>
      written(
        '  control: { job: clerk }',
        'analysis:',
        `  primary: [{ table: C2, claim: difference, ${claim} }]`,
      );
    expect(primary('outcome: hire, factor: job, level: cook')).not.toThrow();
    expect(primary('outcome: hired')).toThrow(/the study has no outcome "hired"/);
    expect(primary('factor: jobs')).toThrow(/the study has no factor "jobs"/);
    expect(primary('factor: job, level: clerk')).toThrow(/the study has no level "clerk"/);
    const { personas } = written('  control: { job: clerk }');
    expect(personas!.rows.map(({ columns }) => columns.job)).toEqual(['nurse', 'cook', 'clerk']);
  });

  test('factors to compare are those of the study', () => {
    const { content } = readWith(
      'administration: { item_order: [published, shuffled] }',
      'analysis: { compare: [condition, { factor: item_order, reference: published }] }',
    );
    expect(JSON.parse(content).analysis.compare).toHaveLength(2);
    expect(() => readWith('analysis: { compare: [conditions] }')).toThrow(
      /analysis\.compare\.0: "conditions" is no factor of this study/,
    );
    expect(() => readWith('analysis: { screen: [faith] }')).toThrow(
      /analysis\.screen\.0: "faith" is no factor of this study/,
    );
    writeFileSync(
      path.join(folder, 'spoken.csv'),
      'case,language,text\n1,Urdu,You are at home.\n2,Farsi,You are away.\n',
    );
    const file = path.join(folder, 'spoken.yaml');
    const lines = ['personas: { file: spoken.csv, description: text }', 'questionnaires: [epqra]'];
    const comparing = (factor: string) => {
      const head = ['name: spoken', 'models: [sim-gpt4o]', ...lines];
      writeFileSync(file, [...head, `analysis: { compare: [${factor}] }`, ''].join('\n'));
      return () => readStudy(file);
    };
    expect(comparing('condition')).not.toThrow();
    expect(comparing('language')).toThrow(
      /"language" is a factor of the study and a column of your personas, too/,
    );
    const named = 'case,condition,text\n1,urban,You are at home.\n1,rural,You are away.\n';
    writeFileSync(path.join(folder, 'spoken.csv'), named);
    expect(comparing('condition')).toThrow(/"condition" is a factor of the study and a column/);
    lines[0] =
      'personas: { file: spoken.csv, description: text, condition: condition, vignette: case }';
    expect(comparing('condition')).not.toThrow();
  });

  test('an instrument of one’s own is found beside the file, and is known by what it says', () => {
    const own = path.join(folder, 'own.json');
    const definition = findInstrument('miniipip').definition.replace('"miniipip"', '"own"');
    const write = (item: string) =>
      writeFileSync(own, definition.replace('Am the life of the party.', item));
    const entry = 'questionnaires:\n  - epqra\n  - instrument: own.json\n    conditions: [Base]';
    write('Am often tense.');
    const study = readWith(entry);
    expect(study.questionnaires.map((one) => one.instrument.slug)).toEqual(['epqra', 'own']);
    expect(readWith(entry).sha256).toBe(study.sha256);
    write('Am seldom tense.');
    expect(compareContents(study.content, readWith(entry).content)).toEqual([
      'questionnaires 2: the content of own.json has changed',
    ]);
    rmSync(own);
    expect(() => readWith(entry)).toThrow(/own\.json/);
  });

  test('sheets and conditions of another instrument', () => {
    const study = readWith(
      'reference: { name: students, file: s.csv, questionnaire: miniipip }',
      'conditions:\n  - Base\n  - { name: MaxO, drive: { O: max } }\n  - { name: item16, label: "Item 16", drive: { "16": 5, N: 2 } }',
      'questionnaires: [miniipip, { questionnaire: epqra, conditions: [maxo, item 16] }]',
    );
    expect(study.sheetInstrument).toBe(findInstrument('miniipip'));
    const names = (conditions: StudySpec['conditions']) => conditions.map(({ name }) => name);
    expect(names(study.conditions)).toEqual(['Base', 'MaxO', 'item16']);
    expect(study.questionnaires.map(({ conditions }) => names(conditions))).toEqual([
      ['Base', 'MaxO', 'item16'],
      ['MaxO', 'item16'],
    ]);
  });

  test('a condition of one’s own is known by what it drives', () => {
    const withDrive = (drive: string) =>
      readWith(`conditions: [Base, { name: MinE, drive: ${drive} }]`);
    const study = withDrive('{ E: min }');
    expect(withDrive('{ "E": min }').sha256).toBe(study.sha256);
    expect(compareContents(study.content, withDrive('{ E: max }').content)).toEqual([
      expect.stringMatching(/^conditions was .*"E":"min".* and is now .*"E":"max"/),
    ]);
  });

  test('names the same thing twice and means it once', () => {
    const study = readWith('models: [sim-gpt4o, sim-gpt4o]', 'conditions: [max_N, MAX-N, Base]');
    expect(study.models).toEqual(['sim-gpt4o']);
    expect(study.conditions.map((one) => one.name)).toEqual(['max_N', 'Base']);
  });

  test('gives models parameters of their own, and tells those of one name apart', () => {
    const study = readWith(
      'models: [sim-gpt4o, { model: sim-gpt4o, temperature: 0, top_k: 5 }, { model: sim-gpt35, label: Small, max_tokens: null }]',
    );
    expect(study.models).toEqual(['sim-gpt4o', 'sim-gpt35']);
    expect(study.respondents).toEqual([
      { name: 'sim-gpt4o', label: null, parameters: {}, variant: 'own parameters' },
      {
        name: 'sim-gpt4o',
        label: null,
        parameters: { temperature: 0, parameters: { top_k: 5 } },
        variant: 'temperature: 0, top_k: 5',
      },
      { name: 'sim-gpt35', label: 'Small', parameters: { max_tokens: null }, variant: null },
    ]);
    const [unusual] = readWith(
      'models: [{ model: sim-gpt4o, min_tokens: 5, parameters: { temprature: 2 } }]',
    ).respondents;
    expect(unusual!.parameters).toEqual({ parameters: { temprature: 2, min_tokens: 5 } });
    const warmer = readWith('models: [{ model: sim-gpt4o, temperature: 1 }]');
    expect(compareContents(readWith().content, warmer.content)).toEqual([
      expect.stringMatching(/^models was \["sim-gpt4o"\] and is now .*"temperature":1/),
    ]);
  });

  test('that comes with the program is a study', () => {
    const demo = readStudy(fileURLToPath(new URL('../../data/studies/demo.yaml', import.meta.url)));
    expect(demo).toMatchObject({ name: 'demo', schema: 'demo', models: ['sim-gpt4o'] });
  });

  test.each<[string, StudySpec['draws']]>([
    ['draws: 3', { from: 1, count: 3 }],
    ['draws: { from: 4, count: 2 }', { from: 4, count: 2 }],
    ['draws:\n  count: 2\n  from: 4', { from: 4, count: 2 }],
  ])('%s', (line, draws) => {
    expect(readWith(line).draws).toEqual(draws);
  });
});

describe('a study file that is wrong says where', () => {
  /** All but the first start on line 6, where `readWith` puts what is said in addition. */
  test.each<[string, string, RegExp]>([
    ['a tab', `${LINES[0]}\nlimits:\n\tmax_workers: 3\n`, /study\.yaml, line 3: .*no tabs/s],
    [
      'a bracket left open',
      'name: tiny\nmodels: [sim-gpt4o\nseed: 1\n',
      /study\.yaml, line [34]: /,
    ],
    ['a key twice', `${LINES.join('\n')}\nseed: 6\n`, /study\.yaml, line 6: .*unique/s],
    [
      'a number where a text belongs',
      `${LINES.join('\n')}\npersonas: { file: a.csv, cross: { age: [25, 55] } }\n`,
      /line 6: personas\.cross\.age\.0: must be a text in quotes, but is a number/,
    ],
    ['nothing', '', /study\.yaml, line 1: name/],
    [
      'a list',
      '- a\n- b\n',
      /study\.yaml, line 1: the file: must be a section with keys of its own, but is a list/,
    ],
  ])('%s', (_, text, message) => {
    expect(faultOf(() => read(text))).toMatch(message);
  });

  test.each<[string, string, RegExp]>([
    [
      'an unknown key',
      'questionaires: [epqra]',
      /line 6: unknown key "questionaires".*Did you mean "questionnaires"/,
    ],
    [
      'a key like none',
      'colour: red',
      /line 6: unknown key "colour".*Known keys: name, schema, seed/,
    ],
    [
      'an unknown key within',
      'limits:\n  max_cost: 2\n  max_worker: 3',
      /line 8: unknown key "limits\.max_worker".*Did you mean "max_workers"/,
    ],
    [
      'an option of the commands in place of its key',
      'administration:\n  offer_no_answer: true',
      /line 7: unknown key "administration\.offer_no_answer".*Did you mean "no_answer"/,
    ],
    [
      'an unknown key of draws',
      'draws: { form: 1, count: 2 }',
      /line 6: unknown key "draws\.form".*Did you mean "from"/,
    ],
    [
      'an unknown key of the reference',
      'reference:\n  name: a\n  fiel: b',
      /line 8: unknown key "reference\.fiel".*Did you mean "file"/,
    ],
    ['a reference without a file', 'reference: { name: students }', /line 6: reference\.file/],
    ['a reference of nobody', 'reference: spain', /line 6: reference: .*synthetic826/],
    [
      'a seed in words',
      'seed: many',
      /line 5: seed: must be a number, without quotes, but is a text/,
    ],
    ['a seed of 0', 'seed: 0', /line 5: seed: .*>=1/],
    [
      'models that are no list',
      'models: sim-gpt4o',
      /line 5: models: must be a list, but is a text/,
    ],
    ['no models', 'models: []', /line 5: models: must name at least one model/],
    [
      'a model that is a number',
      'models:\n  - sim-gpt4o\n  - 4',
      /line 7: models\.1: must be the name of a model, or a section with the key "model"/,
    ],
    [
      'a model without a name',
      'models:\n  - { temperature: 1 }',
      /line 6: models\.0\.model: is missing/,
    ],
    [
      'a temperature that no model has',
      'models:\n  - sim-gpt4o\n  - { model: sim-gpt35, temperature: 3 }',
      /line 7: models\.1\.temperature: .*<=2/,
    ],
    [
      'a parameter that the program writes',
      'models:\n  - { model: sim-gpt4o, stream: true }',
      /line 6: models\.0: parameters\.stream: must not be set/,
    ],
    [
      'a parameter of a model that is nearly called so',
      'models:\n  - { model: sim-gpt4o, top_k: 1, temprature: 0 }',
      /line 6: models\.0: "temprature" is no known parameter of a model.*Did you mean "temperature"\?.*section "parameters"/,
    ],
    [
      'the name that the configuration has for further parameters',
      'models:\n  - { model: sim-gpt4o, extra: { top_k: 1 } }',
      /"extra" is no known parameter of a model.*Did you mean "parameters"/,
    ],
    [
      'a parameter of a model that the study varies',
      'models:\n  - { model: sim-gpt4o, top_k: 1 }\nadministration: { parameters: { top_k: [1, 2] } }',
      /line 6: models\.0: top_k is set here and under "administration"/,
    ],
    [
      'two models that are told apart by nothing',
      'models: [{ model: sim-gpt4o, label: a }, { model: sim-gpt4o, label: b }]',
      /sim-gpt4o twice with the same parameters/,
    ],
    [
      'two variants that are called the same',
      'models: [{ model: sim-gpt4o, label: a }, { model: sim-gpt4o, label: a, top_p: 0 }]',
      /sim-gpt4o twice with the same label/,
    ],
    [
      'a way of administering that the questionnaire does not allow',
      'administration:\n  elicit: logprobs',
      /line \d: administration: epqra cannot be administered like this: elicit is "logprobs"/,
    ],
    ['no conditions', 'conditions: []', /names neither "conditions" nor "personas"/],
    [
      'an unknown condition',
      'conditions:\n  - Base\n  - max_M',
      /line 7: conditions\.1: Unknown condition "max_M".*Did you mean "max_N"/,
    ],
    ['no draws', 'draws: 0', /line 6: draws: .*>=1/],
    ['half a draw', 'draws: 1.5', /line 6: draws: /],
    ['draws in words', 'draws: many', /line 6: draws: /],
    ['draws without a count', 'draws:\n  from: 2', /line \d: draws\.count: is missing/],
    ['too many draws', 'draws: 100000', /line 6: draws: .*<=1000/],
    ['no budget', 'limits: { max_cost: 0 }', /line 6: limits\.max_cost: .*>0/],
    ['absurd workers', 'limits:\n  max_workers: 5000', /line 7: limits\.max_workers: .*<=2048/],
    ['no questionnaires', 'questionnaires: []', /line 5: questionnaires: must name at least one/],
    [
      'a questionnaire in two ways',
      'questionnaires: [{ questionnaire: epqra, instrument: own.json }]',
      /questionnaires\.0\.questionnaire: names a built-in questionnaire/,
    ],
    [
      'a questionnaire without a name',
      'questionnaires:\n  - conditions: [Base]',
      /line \d: questionnaires\.0\.questionnaire/,
    ],
    [
      'a questionnaire for an unknown condition',
      'questionnaires:\n  - epqra\n  - questionnaire: bigfive\n    conditions: [max_Q]',
      /line 8: questionnaires\.1\.conditions\.0: Unknown condition "max_Q"/,
    ],
    [
      'a condition that drives what the sheets do not have',
      'conditions: [Base, { name: MaxO, drive: { O: max } }]',
      /line \d: conditions\.1: The condition MaxO drives "O", which is no scale and no item of epqra.*Its scales: E, N, P, L/,
    ],
    [
      'a condition that drives nowhere',
      'conditions:\n  - { name: MaxE, drive: { E: high } }',
      /line 6: conditions\.0\.drive\.E: must be max, min, keyed, unkeyed or a number/,
    ],
    [
      'an unknown key of a condition',
      'conditions:\n  - name: MaxE\n    drives: { E: max }',
      /line 7: unknown key "conditions\.0\.drives".*Did you mean "drive"/,
    ],
    [
      'a condition of a taken name',
      'conditions:\n  - { name: max_N, drive: { E: max } }',
      /line 6: conditions\.0: The condition "max_N" would be called like the built-in condition/,
    ],
    [
      'two conditions of one name',
      'conditions: [{ name: a, drive: { E: max } }, { name: a, drive: { E: min } }]',
      /two conditions are called a/,
    ],
    [
      'sheets of two instruments',
      'reference: { name: a, file: b, questionnaire: epqra, instrument: own.json }',
      /reference\.questionnaire: names a built-in questionnaire/,
    ],
    [
      "a questionnaire for a condition that is none of the study's",
      'questionnaires: [{ questionnaire: epqra, conditions: [max_P] }]',
      /condition max_P, which the study does not have.*Add it to "conditions"/,
    ],
  ])('%s', (_, line, message) => {
    expect(faultOf(() => readWith(line))).toMatch(message);
  });

  test('a file that is not there', () => {
    expect(faultOf(() => readStudy(path.join(folder, 'nowhere.yaml')))).toMatch(
      /nowhere\.yaml cannot be read/,
    );
  });
});

describe('what makes it this study', () => {
  const plain = readWith().sha256;

  test('is neither comments, nor the order of keys, nor how it is written', () => {
    expect(read(['# Mine', ...LINES.toReversed(), ''].join('\n\n')).sha256).toBe(plain);
    expect(readWith('conditions:\n  - BASE # the first\n  - max-n').sha256).toBe(plain);
    expect(readWith('draws: { count: 1, from: 1 }', 'reference: synthetic826').sha256).toBe(plain);
  });

  test('is not how it is carried out and where the results go', () => {
    expect(readWith('limits: { max_workers: 3, max_cost: 2 }', 'output: elsewhere').sha256).toBe(
      plain,
    );
  });

  test.each<[string, RegExp]>([
    ['name: other', /^name was "tiny" and is now "other"$/],
    ['seed: 6', /^seed was 5 and is now 6$/],
    ['models: [sim-gpt35]', /^models was \["sim-gpt4o"\] and is now \["sim-gpt35"\]$/],
    ['conditions: [Base]', /^conditions was \["Base","max_N"\] and is now \["Base"\]$/],
    ['draws: 2', /^draws was .*"count":1.* and is now .*"count":2/],
    ['max_personas: 5', /^max_personas was null and is now 5$/],
    ['questionnaires: [bigfive]', /^questionnaires was .*epqra.* and is now .*bigfive/],
    ['repetitions: 2', /^repetitions was 1 and is now 2$/],
    ['reference: { name: a, file: b }', /^reference was "synthetic826" and is now .*"a"/],
  ])('is %s, and the comparison says so', (line, sentence) => {
    const changed = readWith(line);
    expect(changed.sha256).not.toBe(plain);
    const differences = compareContents(readWith().content, changed.content);
    expect(differences).toHaveLength(1);
    expect(differences[0]).toMatch(sentence);
  });

  test('the comparison of equals says nothing, and of several changes says each', () => {
    expect(compareContents(readWith().content, readWith().content)).toEqual([]);
    expect(
      compareContents(readWith().content, readWith('seed: 6', 'draws: 2').content),
    ).toHaveLength(2);
  });

  test('the comparison of long lists and texts shows where they differ', () => {
    const rows = ['a', 'b', 'c'].map((name) => ({ name, text: `${name} ${'x'.repeat(100)} end` }));
    const content = (some: readonly object[]) =>
      JSON.stringify({ personas: { file: 'f', rows: some } });
    const changed = rows.map((row) => (row.name === 'b' ? { ...row, name: 'B' } : row));
    expect(compareContents(content(rows), content(changed))).toEqual([
      'personas, rows 2, name was "b" and is now "B"',
    ]);
    expect(compareContents(content(rows), content(rows.slice(1)))).toEqual([
      'personas, rows had 3 entries and now has 2',
    ]);
    const file = (sha256: string) =>
      JSON.stringify({ questionnaires: [{ instrument: 'a.json', sha256: sha256.repeat(64) }] });
    expect(compareContents(file('1'), file('2'))).toEqual([
      'questionnaires 1: the content of a.json has changed',
    ]);
    const long = (end: string) => JSON.stringify({ system_role: `${'a'.repeat(300)}${end}` });
    expect(compareContents(long('x y'), long('z y'))).toEqual([
      `system_role was …${'a'.repeat(40)}x y" and is now …${'a'.repeat(40)}z y"`,
    ]);
  });

  test('a message has the first changes, and the number of the others', () => {
    const content = (n: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`k${at}`, n])));
    expect(sayChanges(content(1), content(2))).toMatch(
      /^k0 was 1 and is now 2; .*; k4 was 1 and is now 2; and 3 more$/,
    );
    expect(sayChanges(content(1), content(1))).toBe('');
  });

  test('the comparison names a key that one of the contents does not know', () => {
    expect(compareContents('{"a":1}', '{"b":2}')).toEqual([
      'a was 1 and is now missing',
      'b was missing and is now 2',
    ]);
  });
});

describe('a planned analysis', () => {
  const planned = (...entries: readonly string[]) =>
    readWith('analysis:', '  primary:', ...entries.map((one) => `    - ${one}`));

  test('names rows of any table by its columns, models and conditions by name or label', () => {
    const entries = [
      '{ table: 4, model: sim-gpt4o, condition: [Base, MaxN], scale: [E, L], claim: equivalence }',
      '{ table: 1, model: GPT-4o (simulated), condition: max_N, metric: race_asia, claim: difference }',
      '{ table: B2, scale_1: E, scale_2: N, claim: correlation }',
    ];
    expect(planned(...entries).plan.primary).toHaveLength(3);
    expect(planned(...entries).sha256).not.toBe(planned(...entries.slice(1)).sha256);
  });

  test('that cannot be is refused with its line', () => {
    for (const [entry, fault] of [
      ['{ table: 44, claim: difference }', 'there is no Table 44'],
      ['{ table: A4, claim: difference }', 'Table A4 makes no claim "difference"'],
      ['{ table: 4, claim: equivalense }', 'Did you mean "equivalence"?'],
      ['{ table: 4, model: gpt4o, claim: difference }', 'the study has no model "gpt4o"'],
      ['{ table: 4, condition: max_P, claim: difference }', 'the study has no condition "max_P"'],
      ['{ table: 4, scale: X, claim: difference }', 'the study has no scale "X"'],
      ['{ table: 4, scael: E, claim: difference }', 'Did you mean "scale"?'],
      ['{ table: 4 }', 'claim'],
    ] as const) {
      const text = faultOf(() => planned('{ table: 4, claim: difference }', entry));
      expect(text).toContain(fault);
      expect(text).toContain('line 9:');
    }
  });

  test('a plan of defaults is no part of what a study is, so that earlier studies stay the same', () => {
    const content = JSON.parse(readWith().content);
    expect(content.analysis).toEqual({ equivalence_bound: 0.5 });
    // The hash is over the text, so that the order of keys counts.
    expect(Object.keys(content).at(-1)).toBe('analysis');
  });
});
