/**
 * The arrays that tables are computed from, held to the view for everybody's SQL and to the scoring
 * function.
 */

import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdministeredItem, type StudyData, UNANSWERED } from '../../src/analysis/data.ts';
import { loadStudy } from '../../src/analysis/data-store.ts';
import { countOn } from '../../src/analysis/scores.ts';
import type { Database } from '../../src/db/connect.ts';
import { insertInstrument } from '../../src/db/instruments/instrument-store.ts';
import type { Instrument } from '../../src/instruments/instrument.ts';
import { findInstrument, parseInstrument } from '../../src/instruments/load.ts';
import { scoreAnswers } from '../../src/instruments/score.ts';
import { DATABASES, testDatabase } from '../support/database.ts';

/** Seven points around zero, turned round about zero. */
const OWN = parseInstrument(
  JSON.stringify({
    slug: 'animo',
    title: 'Escala de ánimo',
    citation: 'Made for this test.',
    licence: 'None needed.',
    language: 'es',
    scales: [
      { id: 'Ánimo', name: 'Ánimo' },
      { id: 'Calma', name: 'Calma' },
    ],
    answers: {
      min: -3,
      max: 3,
      reply: 'value',
      options: [-3, -2, -1, 0, 1, 2, 3].map((value) => ({
        value,
        label: `punto ${'abcdefg'[value + 3]}`,
      })),
    },
    scoring: 'mean',
    instructions: 'Responde.',
    items: [
      { number: 1, text: 'Estoy animado.', scale: 'Ánimo', reverse: false },
      { number: 2, text: 'Estoy triste.', scale: 'Ánimo', reverse: true },
      { number: 3, text: 'Estoy tranquilo.', scale: 'Calma', reverse: false },
    ],
  }),
  'animo.json',
);
const INSTRUMENTS: readonly Instrument[] = [
  findInstrument('epqra'),
  findInstrument('bigfive'),
  OWN,
];
const POPULATIONS = [
  'generated_gpt4o_spain826',
  'borderline_maxN_gpt4o',
  'borderline_minE_maxRest_gpt4o',
  'spain826',
  'my own',
  "O'Hara",
];
const MODELS = ['gpt-4o-2024-11-20', 'nobody-knows-1'];

interface Row {
  readonly experiment: number;
  readonly number: number;
  readonly answer: number | null;
}

/**
 * Experiments of all kinds, and answers among which are duplicates, conflicts, strangers and
 * blanks.
 */
const experiments = fc.array(
  fc.record({
    instrument: fc.constantFrom(...INSTRUMENTS),
    language: fc.constantFrom('own', 'own', 'own', 'english', null, 'fr'),
    model: fc.constantFrom(...MODELS),
    population: fc.constantFrom(...POPULATIONS),
    group: fc.constantFrom(1, 2, 99),
  }),
  { minLength: 1, maxLength: 6 },
);
const answers = fc.array(
  fc.record({
    experiment: fc.integer({ min: 1, max: 7 }),
    number: fc.integer({ min: 0, max: 46 }),
    answer: fc.option(fc.integer({ min: -3, max: 5 }), { freq: 12 }),
  }),
  { maxLength: 400 },
);

describe.each(DATABASES)('a study read from %s', (kind) => {
  let database: Database;
  beforeAll(async () => {
    database = await testDatabase(kind);
    await storeInstruments(database);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test('has the very answers and points of the view', async () => {
    const { t, db } = database;
    await fc.assert(
      fc.asyncProperty(experiments, answers, async (planned, rows) => {
        await sql`truncate ${t.experiments_list}, ${t.eval_questionnaires} restart identity cascade`.execute(
          db,
        );
        for (const [index, one] of planned.entries()) {
          const language = one.language === 'own' ? one.instrument.language : one.language;
          await sql`insert into ${t.experiments_list} (experiment_id, experiments_group_id, questionnaire, language_questionnaire, model, population, personality_id)
            values (${index + 1}, ${one.group}, ${one.instrument.slug}, ${language}, ${one.model}, ${one.population}, ${index})`.execute(
            db,
          );
        }
        await storeAnswers(database, rows);
        const { rows: view } =
          await sql<ViewRow>`select experiment_id, question_number, answer, eval, category, model_clean, population_mapped, population_display
          from ${t.scored_answers} where answer is not null order by 1, 2`.execute(db);
        expect(viewRows(await load(database))).toEqual(view);
      }),
      { numRuns: 25 },
    );
  });

  test('scores an administration as the scoring function does', async () => {
    const { t, db } = database;
    const sheets = fc.constantFrom(...INSTRUMENTS).chain((instrument) =>
      fc.record({
        instrument: fc.constant(instrument),
        answers: fc.array(
          fc.option(
            fc.constantFrom(...instrument.answerSets[0]!.options.map(({ value }) => value)),
            { freq: 40 },
          ),
          {
            minLength: instrument.items.length,
            maxLength: instrument.items.length,
          },
        ),
      }),
    );
    await fc.assert(
      fc.asyncProperty(sheets, async ({ instrument, answers: given }) => {
        await sql`truncate ${t.experiments_list}, ${t.eval_questionnaires} restart identity cascade`.execute(
          db,
        );
        await sql`insert into ${t.experiments_list} (experiment_id, experiments_group_id, questionnaire, language_questionnaire, model, population)
          values (1, 1, ${instrument.slug}, ${instrument.language}, 'm', 'p')`.execute(db);
        await storeAnswers(
          database,
          given.map((answer, index) => ({ experiment: 1, number: index + 1, answer })),
        );
        const expected = scoreAnswers(
          instrument,
          new Map(given.flatMap((answer, index) => (answer === null ? [] : [[index + 1, answer]]))),
        );
        const { rows } = await sql<{ scale: string; score: number }>`
          select scale, score from ${t.scale_scores} where score is not null`.execute(db);
        expect(new Map(rows.map((row) => [row.scale, row.score]))).toEqual(
          new Map([...expected].toSorted(byKey)),
        );
      }),
      { numRuns: 30 },
    );
  });
});

const byKey = ([a]: readonly [string, number], [b]: readonly [string, number]) => (a < b ? -1 : 1);

interface ViewRow {
  readonly experiment_id: number;
  readonly question_number: number;
  readonly answer: number;
  readonly eval: number | null;
  readonly category: string;
  readonly model_clean: string;
  readonly population_mapped: string;
  readonly population_display: string;
}

/** The study's arrays in the shape of the view. */
function viewRows({ answered }: StudyData): ViewRow[] {
  const rows = answered.flatMap(({ questionnaire, administrations, answers: given, points }) =>
    administrations.flatMap((one, row) =>
      questionnaire.items.flatMap((item, column) => {
        const place = row * questionnaire.items.length + column;
        if (given[place] === UNANSWERED) return [];
        return {
          experiment_id: one.experimentId,
          question_number: item.number,
          answer: given[place]!,
          eval: evalOf(points[place]!, item),
          category: item.scale!,
          model_clean: one.model.label,
          population_mapped: one.population.mapped,
          population_display: one.population.display,
        };
      }),
    ),
  );
  return rows.toSorted(
    (a, b) => a.experiment_id - b.experiment_id || a.question_number - b.question_number,
  );
}

/** Turned round as the item's first scale says. */
function evalOf(points: number, { reverse, range }: AdministeredItem): number | null {
  const counts = countOn(points, { weight: reverse ? -1 : 1, range });
  return counts === UNANSWERED ? null : counts;
}

function load(database: Database): Promise<StudyData> {
  return loadStudy(database, {});
}

async function storeAnswers({ db, t }: Database, rows: readonly Row[]): Promise<void> {
  await sql`insert into ${t.eval_questionnaires} (experiment_id, question_number, answer)
    select * from unnest(${rows.map((row) => row.experiment)}::int[], ${rows.map((row) => row.number)}::int[], ${rows.map((row) => row.answer)}::int[])`.execute(
    db,
  );
}

/** Each item twice, as the published table has it more than once. */
async function storeInstruments({ db, t }: Database): Promise<void> {
  await sql`insert into ${t.experiments_groups} (experiments_group_id) values (1), (2)`.execute(db);
  await sql`insert into ${t.model_labels} (model, label) values ('gpt-4o-2024-11-20', 'GPT-4o')`.execute(
    db,
  );
  for (const instrument of INSTRUMENTS) {
    const { slug, language, items } = instrument;
    await insertInstrument(db, t, instrument);
    for (const item of [...items, ...items]) {
      await sql`insert into ${t.questionnaire} (language_questionnaire, question_number, questionnaire, category, key, question, reverse)
        values (${language === 'en' ? 'english' : language}, ${item.number}, ${slug}, ${item.scale}, ${item.key}, ${item.text}, ${item.reverse})`.execute(
        db,
      );
    }
  }
}
