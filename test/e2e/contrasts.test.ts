/** A bias audit of one's own, from its file to the tables of contrasts. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { observe } from '../../src/analysis/corrected/contrasts/observations.ts';
import { loadConfig } from '../../src/config/load.ts';
import { open } from '../../src/db/connect.ts';
import { queryReadOnly } from '../../src/db/read-only-query.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { behindOf, correctedTables } from '../../src/report/tables/tables.ts';
import { chooseSettings, computeTables } from '../../src/studies/analyze.ts';
import { plannedStudy } from '../../src/studies/planned-study.ts';
import { readStudy } from '../../src/studies/study-file.ts';
import { freshPlace, optionsFor, runPersonas } from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';

const ROWS = `case,job,count
a,nurse,1
b,cook,2
c,clerk,"1,5"
`;
const STUDY = `
name: faith
models: [sim-gpt4o, sim-gpt35]
personas:
  file: rows.csv
  vignette: case
  weight: count
  cross: { religion: [Muslim, Christian], disability: [none, blind] }
  text: I am a <row.job>. My religion is <row.religion>. Disability is <row.disability>.
  control: true
questionnaires: [miniipip]
repetitions: 2
administration: { item_order: [published, shuffled] }
analysis:
  compare: [condition, { factor: religion, reference: Christian }, disability, item_order, model, model_served]
`;
const CONFIG = loadConfig({}, {}, tmpdir());

/** What a row is about, without numbers. */
const KEYS = [
  ...['instrument', 'model', 'outcome', 'of', 'factor', 'level', 'reference'],
  ...['by_factor', 'by_level', 'by_reference'],
];
const aboutRows = (rows: readonly object[]) =>
  rows.map((row) =>
    KEYS.map((key) => String((row as Record<string, unknown>)[key] ?? '')).join(' | '),
  );

/** Exceptions, conditions of a questionnaire, several languages and forms listed out of order. */
const UNEVEN = `
name: uneven
models: [sim-gpt35, { model: sim-gpt4o, label: cold, temperature: 0 }, { model: sim-gpt4o, label: warm }]
personas:
  file: rows.csv
  vignette: case
  cross: { religion: [Muslim, Christian], disability: [none, blind] }
  text: I am a <row.job>. My religion is <row.religion>. Disability is <row.disability>.
  control: true
questionnaires: [{ questionnaire: miniipip, conditions: [control, { disability: none }] }, gad7]
administration:
  item_order: [shuffled, published]
  answer_as: [value, label]
  except: [{ item_order: shuffled, answer_as: value, model: sim-gpt35 }, { item_order: shuffled, religion: Muslim }]
`;

describe.each([
  ['an even design', STUDY],
  ['an uneven one', UNEVEN],
])('the plan of %s', (_, text) => {
  test('has the rows that the analysis has, in its order', async () => {
    await using place = freshPlace('embedded');
    const file = path.join(place.folder, 'study.yaml');
    writeFileSync(path.join(place.folder, 'rows.csv'), ROWS);
    writeFileSync(file, text);
    const run = await runPersonas(['pipeline', 'study.yaml', ...optionsFor(place)], {
      cwd: place.folder,
    });
    expect(run, run.stderr).toMatchObject({ code: 0 });
    const study = readStudy(file);
    const planned = correctedTables(
      plannedStudy(study, createCatalogue(CONFIG.models)),
      chooseSettings(study.plan),
    );
    await using database = await open(place);
    const { corrected } = await computeTables(database, CONFIG, { mode: 'corrected' });
    for (const id of ['M1', 'C1', 'C3', 'S1']) {
      const [plan, analysis] = [planned, corrected].map((tables) =>
        aboutRows(tables.find(({ table }) => table === id)!.rows),
      );
      expect(plan!.length, id).toBeGreaterThan(10);
      expect(plan, id).toEqual(analysis);
    }
  });
});

describe.each(DATABASES)('a bias audit (%s)', (kind) => {
  test('compares levels of its own columns, conditions, models and ways of asking', async () => {
    await using place = freshPlace(kind);
    writeFileSync(path.join(place.folder, 'rows.csv'), ROWS);
    writeFileSync(path.join(place.folder, 'study.yaml'), STUDY);
    const run = await runPersonas(['pipeline', 'study.yaml', ...optionsFor(place)], {
      cwd: place.folder,
    });
    expect(run, run.stderr).toMatchObject({ code: 0 });

    await using database = await open(place);
    const { study, corrected } = await computeTables(database, CONFIG, { mode: 'corrected' });
    const [observed] = observe(study);
    expect(
      observed!.factors.map(({ name, levels }) => [name, levels.map(({ label }) => label)]),
    ).toEqual([
      [
        'condition',
        ['Muslim, none', 'Muslim, blind', 'Christian, none', 'Christian, blind', 'control'],
      ],
      ['model', ['GPT-4o (simulated)', 'GPT-3.5 (simulated)']],
      ['item_order', ['published', 'shuffled']],
      ['job', ['nurse', 'cook', 'clerk']],
      ['religion', ['Muslim', 'Christian']],
      ['disability', ['none', 'blind']],
    ]);
    expect(study.ownColumns).toEqual({
      names: ['case', 'job', 'count', 'religion', 'disability'],
      rows: [
        ...['Muslim, none', 'Muslim, blind', 'Christian, none', 'Christian, blind'].map(
          (condition) => ({ condition, described: 3, bare: 0 }),
        ),
        { condition: 'control', described: 0, bare: 1 },
      ],
      ...{ vignette: 'case', weight: 'count' },
    });

    const rowsOf = (id: string) => corrected.find(({ table }) => table === id)!.rows;
    const contrasts = rowsOf('C1').filter((row) => row.outcome === 'E');
    const summary = contrasts.map(({ model, factor, level, reference, n_both, unit }) =>
      [model ?? 'all', factor, level, reference, n_both, unit].join(' | '),
    );
    expect(summary.filter((line) => !line.startsWith('GPT-3.5'))).toEqual([
      'GPT-4o (simulated) | condition | Muslim, none | control | 0 | repetition',
      'GPT-4o (simulated) | condition | Muslim, blind | control | 0 | repetition',
      'GPT-4o (simulated) | condition | Christian, none | control | 0 | repetition',
      'GPT-4o (simulated) | condition | Christian, blind | control | 0 | repetition',
      'GPT-4o (simulated) | religion | Muslim | Christian | 3 | case',
      'GPT-4o (simulated) | disability | blind | none | 3 | case',
      'GPT-4o (simulated) | item_order | shuffled | published | 4 | case',
      'all | model | GPT-3.5 (simulated) | GPT-4o (simulated) | 4 | case',
    ]);
    // The SQL of a row yields what it was made of: conditions × cases × orders × repetitions.
    const [religion] = contrasts.filter(({ factor }) => factor === 'religion');
    const found = await queryReadOnly(
      database,
      behindOf({ table: 'C1', mode: 'corrected' }, religion!, study).sql,
      [],
    );
    expect(found).toHaveLength(4 * 3 * 2 * 2);
    const mean = rowsOf('M1').find((row) => row.factor === 'religion' && row.outcome === 'E')!;
    const values = await queryReadOnly(
      database,
      behindOf({ table: 'M1', mode: 'corrected' }, mean, study).sql,
      [],
    );
    expect(values).toHaveLength(mean.n_administrations as number);
    expect(mean.mean).toBeCloseTo(
      values.reduce((sum, { score }) => sum + Number(score), 0) / values.length,
      9,
    );

    // Of one model, a second version serves the last administrations, on another day.
    const { db, t } = database;
    await sql`update ${t.experiment_request_metadata} m set created = '2026-01-02',
        request_metadata = request_metadata || '{"model_served": "simulated/later"}'
      from ${t.experiments_list} e where e.experiment_id = m.experiment_id and e.model = 'simulated/gpt-4o-2024-11-20'
        and e.repeated = 2`.execute(db);
    const again = await computeTables(database, CONFIG, { mode: 'corrected' });
    const versions = again.corrected
      .find(({ table }) => table === 'C1')!
      .rows.filter(({ factor, outcome }) => factor === 'model_served' && outcome === 'E');
    expect(versions).toMatchObject([
      {
        ...{ model: 'GPT-4o (simulated)', level: 'simulated/later', n_both: 4 },
        reference: 'simulated/gpt-4o-2024-11-20',
      },
    ]);
    const behind = await queryReadOnly(
      database,
      behindOf({ table: 'C1', mode: 'corrected' }, versions[0]!, again.study).sql,
      [],
    );
    // Every administration of this model: conditions × cases and the control, orders, repetitions.
    expect(behind).toHaveLength((4 * 3 + 1) * 2 * 2);
    const [own] = observe(again.study);
    expect(own!.factors.filter(({ kind }) => kind === 'call').map(({ name }) => name)).toEqual([
      'called_on',
      'model_served',
    ]);
    // 1, 2 and 1.5 count 4.5² / 7.25.
    expect(mean.n_effective).toBeCloseTo(4.5 ** 2 / 7.25, 9);
  });
});
