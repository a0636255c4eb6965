/**
 * A study in two languages whose labels, answers and personas hold what files of data get wrong:
 * commas, quotes, line breaks, words that look missing, formulas, and texts too long for Stata.
 */
import { tmpdir } from 'node:os';
import { sql } from 'kysely';
import { loadConfig } from '../../src/config/load.ts';
import type { Database } from '../../src/db/connect.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { inLanguage, parseInstrument } from '../../src/instruments/load.ts';
import { storeOwnPersonas } from '../../src/personas/own/own-store.ts';
import { register } from './study.ts';

const ODD = parseInstrument(
  JSON.stringify({
    ...{ format: 2, slug: 'odd', title: 'Odd — “labels”', citation: 'Written for these tests.' },
    ...{ licence: 'None needed.', language: 'en' },
    answers: [
      {
        id: 'agree',
        options: [
          { value: 1, label: 'NA' },
          { value: 2, label: 'No, 1 = "never"' },
          { value: 3, label: "=SUM(A1:A2) 'x'" },
          { value: 4, label: 'T' },
          { value: 9, label: 'Prefer not; to say', missing: true },
        ],
      },
      {
        id: 'yes',
        options: [
          { value: 0, label: 'F' },
          { value: 1, label: 'T' },
        ],
      },
    ],
    blocks: [
      {
        answers: 'agree',
        items: [
          { id: 'with', text: 'I say “with”, and "and".' },
          { id: 'c2', text: '=1+1' },
          { id: 'c3', text: 'NA' },
        ],
      },
      {
        items: [
          { id: 'decide', text: 'Well?', answers: 'yes' },
          { id: 'hours', text: 'How many hours?', number: { min: 0, max: 24, decimals: 2 } },
          { id: 'why', text: 'Why?', open: { max_characters: 2000 } },
        ],
      },
    ],
    scales: [
      { id: 'NA', name: 'Negative affect', score: 'mean', items: ['with', '-c2'] },
      { id: 'T', name: 'Thinking', score: 'sum', items: ['c3', 'decide'] },
    ],
    wordings: {
      es: {
        labels: {
          agree: { '1': 'Sí, así', '2': 'Ñandú', '3': '日本', '4': '🙂', '9': 'N/A' },
          yes: { '0': 'No', '1': 'Sí' },
        },
        items: {
          ...{ with: '¿Qué tal?', c2: 'dos', c3: 'tres' },
          ...{ decide: '¿Y bien?', hours: '¿Cuántas horas?', why: '¿Por qué?' },
        },
      },
    },
  }),
  'odd',
);

const LONG = `I am “${'é'.repeat(1500)}”.\nA second line; "quoted", 🙂.`;
const ROWS = [
  { case: 'a', faith: 'N/A', 'odd name': 'NA', note: '=1+1', code: '007' },
  { case: 'b', faith: 'None', 'odd name': 'T', note: 'a "b", c\nd', code: '1e5' },
  { case: 'c', faith: 'null', 'odd name': 'NaN', note: 'ÁÉ\t🙂', code: '12345678901234567890' },
];

/** Three cases in two conditions, asked in both languages by two models, with gaps of all kinds. */
export async function makeOddStudy(database: Database): Promise<void> {
  const { db, t } = database;
  await storeOwnPersonas(database, {
    personas: ['plain', 'long, "odd"'].flatMap((condition) =>
      ROWS.map((columns, at) => {
        const description = condition === 'plain' ? `I am ${columns.case}.` : LONG;
        return {
          ...{ case: at + 1, condition, weight: 1, description },
          columns: { ...columns, description },
        };
      }),
    ),
    models: ['sim-gpt4o', 'sim-gpt35'],
    repetitions: 1,
    source: 'odd.csv',
  });
  for (const language of ['en', 'es'])
    await register(database, ['plain', 'long, "odd"'], {
      instrument: inLanguage(ODD, language),
      models: ['sim-gpt4o', 'sim-gpt35'],
      factors: { 'item order': language === 'en' ? 'NA' : 'shuffled, "so"' },
      seed: 1,
    });
  await runPendingExperiments(database, loadConfig({}, {}, tmpdir()));
  await sql`update ${t.item_states} set reply_text = ${LONG} where reply_text is not null and experiment_id % 5 = 0`.execute(
    db,
  );
  await sql`update ${t.item_states} set reply_text = 'NA' where reply_text is not null and experiment_id % 5 = 1`.execute(
    db,
  );
  for (const [id, outcome] of [
    [2, 'refused'],
    [3, 'truncated'],
    [4, 'unparseable'],
    [5, 'failed'],
    [6, null],
  ] as const) {
    for (const table of [t.eval_questionnaires, t.item_states, t.scores])
      await sql`delete from ${table} where experiment_id = ${id}`.execute(db);
    await sql`update ${t.experiments_list} set succeeded = ${outcome === 'failed' ? false : null} where experiment_id = ${id}`.execute(
      db,
    );
    await sql`update ${t.experiment_details} set last_outcome = ${outcome}, attempts = ${outcome === null ? 0 : 2} where experiment_id = ${id}`.execute(
      db,
    );
  }
  await sql`delete from ${t.eval_questionnaires} where experiment_id = 7 and question_number = 2`.execute(
    db,
  );
  await sql`insert into ${t.item_states} (experiment_id, question_number, state) values (7, 2, 'declined')`.execute(
    db,
  );
  await sql`update ${t.eval_questionnaires} set answer = 9 where experiment_id = 8 and question_number = 3`.execute(
    db,
  );
}
