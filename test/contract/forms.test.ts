/**
 * A questionnaire of every kind of item, asked in two ways: what its answers come to as arrays, in
 * tables, in data quality and in the wide export.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { UNANSWERED } from '../../src/analysis/data.ts';
import { loadStudy } from '../../src/analysis/data-store.ts';
import { readQuality } from '../../src/analysis/quality/quality-store.ts';
import { readCsv } from '../../src/dataset/csv/csv.ts';
import { exportDataset } from '../../src/dataset/export/export.ts';
import type { Database } from '../../src/db/connect.ts';
import { insertInstrument, insertItems } from '../../src/db/instruments/instrument-store.ts';
import { storeMissingScores } from '../../src/db/instruments/score-store.ts';
import { queryReadOnly } from '../../src/db/read-only-query.ts';
import { parseInstrument } from '../../src/instruments/load.ts';
import { behindOf, correctedTables, layOutTable } from '../../src/report/tables/tables.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/study.ts';

const CODE = 9;

const CALM = parseInstrument(
  JSON.stringify({
    ...{ format: 2, slug: 'calm', title: 'Calm', citation: 'Made for this test.' },
    ...{ licence: 'None needed.', language: 'en' },
    answers: [
      {
        id: 'agree',
        options: [
          { value: 1, label: 'No' },
          { value: 2, label: 'Somewhat', points: 2.5 },
          { value: 3, label: 'Yes' },
          { value: CODE, label: 'Prefer not to say', missing: true },
        ],
      },
    ],
    blocks: [
      {
        answers: 'agree',
        items: [
          { id: 'calm_1', text: 'I am calm.' },
          { id: 'calm_2', text: 'I am nervous.' },
          { id: 'check', text: 'Choose Yes here.', demand: [3] },
          { id: 'tea', text: 'I drink tea.' },
          { id: 'cups', text: 'How many cups?', number: { min: 0, max: 9, decimals: 1 } },
          { id: 'why', text: 'Why?', open: { max_characters: 50 } },
        ],
      },
    ],
    scales: [
      {
        ...{ id: 'C', name: 'Calmness', score: 'mean', items: { calm_1: 1, calm_2: -1 } },
        missing: { most: 1 },
      },
      { id: 'W', name: 'Worry', score: 'sum', items: { calm_2: 1, calm_1: -1 } },
    ],
    norms: [
      { scale: 'C', group: 'testers', source: 'Nobody (2020), Table 1, p. 2', mean: 2, sd: 0.5 },
    ],
  }),
  'calm.json',
);

/** Answers of one person; of `cups` a number, of `why` a text. */
interface Given {
  readonly group: 1 | 2;
  readonly person: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly states?: Readonly<Record<string, string>>;
  readonly partial?: boolean;
}

const GIVEN: readonly Given[] = [
  { group: 1, person: 1, answers: { calm_1: 3, calm_2: 1, check: 3, tea: 3 } },
  { group: 1, person: 2, answers: { calm_1: 2, calm_2: 3, check: 1, tea: 3 } },
  {
    ...{ group: 1, person: 3, partial: true },
    answers: { calm_1: 1, check: 3, tea: CODE },
    states: { calm_2: 'declined' },
  },
  { group: 2, person: 1, answers: { calm_1: 1, calm_2: 2, check: 3, tea: 1 } },
];

async function store({ db, t }: Database): Promise<void> {
  await insertInstrument(db, t, CALM);
  await insertItems(db, t, CALM);
  await sql`insert into ${t.experiments_groups} (experiments_group_id) values (1), (2)`.execute(db);
  await sql`insert into ${t.group_details} (experiments_group_id, instrument_sha256, model_name, parameters, seed, form_sha256, administration)
    values (1, ${CALM.sha256}, 'm', '{}', 1, null, '{}'),
      (2, ${CALM.sha256}, 'm', '{}', 1, ${'f'.repeat(64)}, '{"option_order": "reversed"}')`.execute(
    db,
  );
  await sql`insert into ${t.group_factors} (experiments_group_id, name, level) values (2, 'order', 'reversed')`.execute(
    db,
  );
  for (const [at, { group, person, answers, states = {}, partial = false }] of GIVEN.entries()) {
    const id = at + 1;
    const numberOf = (item: string) => CALM.items.find((one) => one.id === item)!.number;
    await sql`insert into ${t.experiments_list} (experiment_id, experiments_group_id, questionnaire, language_questionnaire, model, population, personality_id, succeeded)
      values (${id}, ${group}, 'calm', 'en', 'm', 'mine', ${person}, true)`.execute(db);
    await sql`insert into ${t.experiment_details} (experiment_id, shuffle_key, origin, partial) values (${id}, ${id}, 'model', ${partial})`.execute(
      db,
    );
    for (const [item, answer] of Object.entries(answers))
      await sql`insert into ${t.eval_questionnaires} (experiment_id, question_number, answer) values (${id}, ${numberOf(item)}, ${answer})`.execute(
        db,
      );
    for (const [item, state] of Object.entries(states))
      await sql`insert into ${t.item_states} (experiment_id, question_number, state) values (${id}, ${numberOf(item)}, ${state})`.execute(
        db,
      );
    await sql`insert into ${t.item_states} (experiment_id, question_number, state, quantity, reply_text)
      values (${id}, ${numberOf('cups')}, 'answered', ${id + 0.5}, null), (${id}, ${numberOf('why')}, 'answered', null, 'because')`.execute(
      db,
    );
  }
  // Asked first in one call, then again in another.
  await sql`insert into ${t.administration_calls} (experiment_id, call, items) values (1, 1, '{1,2}'), (1, 2, '{2}')`.execute(
    db,
  );
  await sql`insert into ${t.item_states} (experiment_id, question_number, state, call) values (1, 2, 'answered', 2)`.execute(
    db,
  );
  await storeMissingScores(db, t);
}

describe.each(DATABASES)('a questionnaire of every kind on %s', (kind) => {
  test('is told apart by form, scored by its rules, and counted item by item', async () => {
    await using database = await testDatabase(kind);
    await store(database);
    const study = await loadStudy(database, {});
    const [plain, reversed] = study.answered;
    expect(study.answered.map(({ questionnaire }) => questionnaire.label)).toEqual([
      'calm',
      'calm (option_order: reversed)',
    ]);
    const width = CALM.items.length;
    expect([...plain!.points].slice(0, width)).toEqual([3, 1, 3, 3, 1.5, UNANSWERED]);
    expect([...plain!.points].slice(2 * width)).toEqual([
      1,
      UNANSWERED,
      3,
      UNANSWERED,
      3.5,
      UNANSWERED,
    ]);
    // A missing code stands among the answers and scores nothing.
    expect(plain!.answers[2 * width + 3]).toBe(CODE);
    expect(plain!.administrations.map(({ isPartial }) => isPartial)).toEqual([false, false, true]);
    expect([plain!.factors.size, reversed!.factors.get('order')]).toEqual([
      0,
      { codes: Int32Array.from([0]), values: ['reversed'] },
    ]);

    const tables = new Map(correctedTables(study).map((table) => [table.table, table] as const));
    // Turned round about 1 and 3: (3 + 3) / 2, (2.5 + 1) / 2 and, of one item, 1.
    expect(tables.get('A4')!.rows.slice(0, 3)).toMatchObject([
      {
        ...{ instrument: 'calm', scale: 'C', n: 3, n_incomplete: 0, scoring: 'mean' },
        ...{ norm_mean: 2, norm_group: 'testers' },
        mean: expect.closeTo((3 + 1.75 + 1) / 3, 12),
        norm_diff: expect.closeTo((3 + 1.75 + 1) / 3 - 2, 12),
        norm_sd_ratio: expect.closeTo(
          Math.sqrt(((3 - 23 / 12) ** 2 + (1.75 - 23 / 12) ** 2 + (1 - 23 / 12) ** 2) / 2) / 0.5,
          12,
        ),
        norm_d: expect.closeTo(((3 + 1.75 + 1) / 3 - 2) / 0.5, 12),
      },
      { instrument: 'calm', scale: 'W', n: 2, n_incomplete: 1, norm_mean: null, norm_diff: null },
      { instrument: 'calm (option_order: reversed)', scale: 'C', n: 1 },
    ]);
    const { notes, sections } = layOutTable(tables.get('A4')!);
    expect(notes.join(' ')).toContain('Norms: calm (C): testers, Nobody (2020), Table 1, p. 2');
    expect(sections[0]!.rows.slice(0, 2).map((cells) => cells[3]!.text)).toEqual([
      'C Calmness',
      'W Worry',
    ]);
    // Alpha is of administrations with both items.
    expect(tables.get('A5')!.rows[0]).toMatchObject({ scale: 'C', n: 2, n_incomplete: 1 });

    const frequencies = tables.get('B1')!.rows.filter(({ instrument }) => instrument === 'calm');
    expect(frequencies.map(({ item, answer, label, n }) => [item, answer, label, n])).toEqual([
      ['check', 1, 'No', 1],
      ['check', 2, 'Somewhat', 0],
      ['check', 3, 'Yes', 2],
      ['check', CODE, 'Prefer not to say', 0],
      ['tea', 1, 'No', 0],
      ['tea', 2, 'Somewhat', 0],
      ['tea', 3, 'Yes', 2],
      ['tea', CODE, 'Prefer not to say', 1],
    ]);
    const numbers = tables.get('B3')!.rows.filter(({ instrument }) => instrument === 'calm');
    expect(numbers).toMatchObject([
      { instrument: 'calm', item: 'cups', n: 3, mean: 2.5, sd: 1, lowest: 1.5, highest: 3.5 },
    ]);

    // The SQL of a row finds what it was made of.
    const rowsOf = async (id: string, row: object) =>
      await queryReadOnly(database, behindOf({ table: id, mode: 'corrected' }, row, study).sql, []);
    expect(await rowsOf('A4', tables.get('A4')!.rows[0]!)).toHaveLength(5);
    expect(await rowsOf('A4', tables.get('A4')!.rows[1]!)).toHaveLength(4);
    expect(await rowsOf('A5', tables.get('A5')!.rows[0]!)).toHaveLength(4);
    expect(await rowsOf('B1', frequencies[0]!)).toHaveLength(3);
    expect(await rowsOf('B2', tables.get('B2')!.rows[0]!)).toHaveLength(2);
    expect(await rowsOf('B3', numbers[0]!)).toHaveLength(3);

    const { administrations } = await readQuality(database, study);
    expect(administrations).toMatchObject([
      {
        ...{ questionnaire: 'calm', experiments: 3, incomplete: 1, partial: 1, declined: 1 },
        ...{ missingCodes: 1, attentionChecks: 3, attentionFailed: 1 },
        ...{ answeredFirst: 15, answeredAgain: 1, notApplicable: 0 },
      },
      { questionnaire: 'calm (option_order: reversed)', experiments: 1, incomplete: 0 },
    ]);
  });

  test('travels in wide form with a codebook of its ids, weights, codes and norms', async () => {
    await using database = await testDatabase(kind);
    using folder = temporaryFolder();
    await store(database);
    await exportDataset(database, folder.path, {
      ...{ answersWide: true, program: 'test', now: new Date(0) },
    });
    const read = async (name: string) => {
      const lines: (readonly (string | null)[])[] = [];
      for await (const { fields } of readCsv(path.join(folder.path, name))) lines.push(fields);
      const [header, ...rows] = lines;
      return rows.map((fields) =>
        Object.fromEntries(fields.map((field, column) => [header![column]!, field])),
      );
    };
    const wide = await read('answers_wide_calm.csv');
    expect(wide[2]).toMatchObject({
      ...{ calm_1: '1', calm_2: null, tea: String(CODE), cups: '3.5', why: 'because' },
      ...{ answered: '4', partial: 't', score_C: '1', score_W: null, factor_order: null },
    });
    expect(wide[3]).toMatchObject({
      ...{ form: 'f'.repeat(64), administration: '{"option_order": "reversed"}' },
      factor_order: 'reversed',
    });
    const codebook = new Map(
      (await read('answers_wide_calm_codebook.csv')).map((row) => [row.column, row]),
    );
    expect([...codebook.keys()]).toEqual(Object.keys(wide[0]!));
    expect(codebook.get('calm_2')).toMatchObject({
      ...{ id: 'calm_2', text: 'I am nervous.', missing: `[${CODE}]`, weights: '{"C":-1,"W":1}' },
      values: '{"1":"No","2":"Somewhat","3":"Yes","9":"Prefer not to say"}',
    });
    expect(codebook.get('score_C')).toMatchObject({
      description: 'Calmness: mean of its items; empty when more than 1 have no points',
      norms: expect.stringContaining('"group":"testers"'),
    });
    expect(readFileSync(path.join(folder.path, 'scores.csv'), 'utf8').split('\n')).toHaveLength(10);
  });
});

test('an answer as probabilities counts its expected points', async () => {
  await using database = await testDatabase('postgres');
  const { db, t } = database;
  await store(database);
  await sql`delete from ${t.eval_questionnaires} where experiment_id = 4 and question_number = 1`.execute(
    db,
  );
  await sql`insert into ${t.item_probabilities} (experiment_id, question_number, answer, probability)
    values (4, 1, 1, 0.2), (4, 1, 2, 0.4), (4, 1, 3, 0.2), (4, 1, ${CODE}, 0.2)`.execute(db);
  const { answered } = await loadStudy(database, {});
  // Over the answers that score: (0.2 · 1 + 0.4 · 2.5 + 0.2 · 3) / 0.8.
  expect(answered[1]!.points[0]).toBeCloseTo(2.25, 12);
});
