/**
 * Scores are the same wherever they are computed: by the scoring function, from the arrays of an
 * analysis, by the view, and in the table that an import fills.
 */

import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadStudy } from '../../src/analysis/data-store.ts';
import { scoreScale } from '../../src/analysis/scores.ts';
import type { Database } from '../../src/db/connect.ts';
import { insertInstrument, insertItems } from '../../src/db/instruments/instrument-store.ts';
import { storeMissingScores } from '../../src/db/instruments/score-store.ts';
import type { Instrument } from '../../src/instruments/instrument.ts';
import { parseInstrument } from '../../src/instruments/load.ts';
import { scoreScales } from '../../src/instruments/score.ts';
import { DATABASES, testDatabase } from '../support/database.ts';

const ITEMS = ['one', 'two', 'three', 'four', 'five'] as const;
const CODE = 777;

/** Weights by item, at least one of them not 0. */
const weights = fc
  .tuple(...ITEMS.map(() => fc.constantFrom(-2, -1, 0, 0.5, 1)))
  .map((all) =>
    Object.fromEntries(ITEMS.flatMap((id, at) => (all[at] === 0 ? [] : [[id, all[at]]]))),
  )
  .filter((own) => Object.keys(own).length > 0);

const rule = fc.record({
  score: fc.constantFrom('sum', 'mean', 'max', 'count'),
  missing: fc.record({ most: fc.integer({ min: 0, max: 3 }), prorate: fc.boolean() }),
});

/** Three scales of the same items and a scale of scales; points of all kinds; a filler. */
const instruments = fc
  .record({
    first: fc.tuple(weights, rule),
    second: fc.tuple(weights, rule),
    centred: fc.tuple(weights, rule),
    total: fc.tuple(fc.constantFrom(-1, 1, 2), rule),
    points: fc.array(fc.constantFrom(0, 1, 2.5), { minLength: 3, maxLength: 3 }),
  })
  .map(({ first, second, centred, total, points }) => {
    const scale = (id: string, [items, own]: typeof first) => ({
      ...{ id, name: id, items, ...own },
      missing: {
        ...own.missing,
        most: Math.min(own.missing.most, Object.keys(items).length - 1),
      },
    });
    const [weight, own] = total;
    return {
      ...{ format: 2, slug: 'sink', title: 'Sink', citation: 'Made for this test.' },
      ...{ licence: 'None needed.', language: 'en' },
      answers: [
        {
          id: 'three',
          options: [
            ...[1, 2, 3].map((value) => ({ value, label: `label ${'abc'[value - 1]}` })),
            { value: CODE, label: 'No answer', missing: true },
          ],
        },
      ],
      blocks: [
        {
          answers: 'three',
          items: [
            { id: 'one', text: 'Item a.' },
            { id: 'two', text: 'Item b.' },
            { id: 'three', text: 'Item c.', points: { 1: 1, 2: 0, 3: 0 } },
            { id: 'four', text: 'Item d.', points: { 1: points[0], 2: points[1], 3: points[2] } },
            { id: 'five', text: 'Item e.', number: { min: 0, max: 9, decimals: 1 } },
            { id: 'filler', text: 'Item f.' },
          ],
        },
      ],
      scales: [
        scale('A', first),
        scale('B', second),
        {
          ...scale('C', centred),
          score: centred[1].score === 'mean' ? 'mean' : 'sum',
          centre: 'person',
        },
        {
          ...{ id: 'T', name: 'T', of: { A: 1, B: weight }, score: own.score },
          missing: { ...own.missing, most: Math.min(own.missing.most, 1) },
        },
      ],
    };
  });

const given = fc.tuple(
  ...ITEMS.slice(0, 4).map(() => fc.option(fc.constantFrom(1, 2, 3, CODE), { freq: 5 })),
  fc.option(fc.constantFrom(0, 3, 4.5), { freq: 5 }),
  fc.option(fc.constantFrom(1, 2, 3), { freq: 5 }),
);

describe.each(DATABASES)('scores on %s', (kind) => {
  let database: Database;
  beforeAll(async () => {
    database = await testDatabase(kind);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test('are the same by the function, from the arrays, by the view and in the table', async () => {
    const { db, t } = database;
    await fc.assert(
      fc.asyncProperty(instruments, given, async (definition, answers) => {
        const instrument = parseInstrument(JSON.stringify(definition), 'sink.json');
        await sql`truncate ${t.experiments_groups}, ${t.experiments_list}, ${t.eval_questionnaires}, ${t.questionnaire}, ${t.instruments} restart identity cascade`.execute(
          db,
        );
        await store(database, instrument, answers);
        const expected = [
          ...scoreScales(
            instrument,
            new Map(answers.flatMap((one, at) => (one === null ? [] : [[at + 1, one]]))),
          ),
        ];
        const scored = expected.map(([scale, { score, itemsAnswered }]) => ({
          scale,
          score: score === null ? null : expect.closeTo(score, 10),
          items: itemsAnswered,
        }));

        const [own] = (await loadStudy(database, {})).answered;
        const fromArrays = own!.questionnaire.scales.map((scale) => {
          const { totals, divisors, itemsAnswered } = scoreScale(own!, scale, [0]);
          const score = totals[0]! / divisors[0]!;
          return {
            scale: scale.id,
            score: Number.isNaN(score) ? null : score,
            items: itemsAnswered[0],
          };
        });
        expect(fromArrays).toEqual(scored);

        type Row = { scale: string; score: number | null; items: number };
        const { rows: view } = await sql<Row>`
          select scale, score, items_answered as items from ${t.scale_scores} where items_answered > 0 order by scale`.execute(
          db,
        );
        const ofItems = scored.filter(({ scale, items }) => scale !== 'T' && items > 0);
        expect(view).toEqual(ofItems);

        await storeMissingScores(db, t);
        const { rows: table } = await sql<Row>`
          select scale, score, items_answered as items from ${t.scores} where score is not null order by scale`.execute(
          db,
        );
        const total = table.find(({ scale }) => scale === 'T');
        expect(table.filter(({ scale }) => scale !== 'T')).toEqual(
          ofItems.filter(({ score }) => score !== null),
        );
        // A part without a single answer has no row from which its scale could be made.
        if (total !== undefined) expect(total).toEqual(scored.at(-1));
      }),
      { numRuns: 25, seed: 15 },
    );
  });
});

async function store(
  { db, t }: Database,
  instrument: Instrument,
  answers: readonly (number | null)[],
): Promise<void> {
  await insertInstrument(db, t, instrument);
  await insertItems(db, t, instrument);
  await sql`insert into ${t.experiments_groups} (experiments_group_id) values (1)`.execute(db);
  await sql`insert into ${t.group_details} (experiments_group_id, instrument_sha256, model_name, parameters, seed)
    values (1, ${instrument.sha256}, 'm', '{}', 1)`.execute(db);
  await sql`insert into ${t.experiments_list} (experiment_id, experiments_group_id, questionnaire, language_questionnaire, model, population, succeeded)
    values (1, 1, 'sink', 'en', 'm', 'p', true)`.execute(db);
  for (const [at, answer] of answers.entries()) {
    if (answer === null) continue;
    if (Number.isInteger(answer))
      await sql`insert into ${t.eval_questionnaires} (experiment_id, question_number, answer)
        values (1, ${at + 1}, ${answer})`.execute(db);
    else
      await sql`insert into ${t.item_states} (experiment_id, question_number, state, quantity)
        values (1, ${at + 1}, 'answered', ${answer})`.execute(db);
  }
}
