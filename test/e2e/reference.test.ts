import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSheetFile } from '../../src/dataset/import/sheets.ts';
import type { Database } from '../../src/db/connect.ts';
import { UserError } from '../../src/errors.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { findCondition } from '../../src/personas/sheets/conditions.ts';
import { requireReference, seedReference } from '../../src/personas/sheets/reference.ts';
import { readReferenceSheets } from '../../src/personas/sheets/reference-store.ts';
import type { Sheet } from '../../src/personas/sheets/sheet.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { MisbehavingServer, says } from '../support/misbehaving-server.ts';
import { BASE, fewSheets, generate, personaReply, seedFew } from '../support/persona.ts';
import {
  configFor,
  EPQRA,
  importLines,
  messagesOf,
  people,
  register,
  sheet,
  temporaryFolder,
} from '../support/study.ts';

const SYNTHETIC_SHEETS = 826;

type Table = 'reference_questionnaires' | 'random_questionnaires';

describe.each(DATABASES)('the reference population (%s)', (kind) => {
  let database: Database;
  beforeEach(async () => {
    database = await testDatabase(kind);
  });
  afterEach(() => database[Symbol.asyncDispose]());

  const rowsOf = async (table: Table) => {
    const { t, db } = database;
    const { rows } = await sql<{
      personality_id: number;
      question_number: number;
      question: string;
      category: string;
      key: boolean;
      answer: boolean;
    }>`select personality_id, question_number, question, category, key, answer from ${t[table]} order by id`.execute(
      db,
    );
    return rows;
  };
  const populations = () => database.db.selectFrom('reference_population').selectAll().execute();
  const refusal = async (attempt: Promise<unknown>): Promise<UserError> => {
    const error = await attempt.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).hint).not.toBe('');
    return error as UserError;
  };

  test('says that it is synthetic, stays with the same seed, and refuses another one', async () => {
    const first = await seedReference(database, 11, null);
    expect(first).toMatchObject({
      added: true,
      reference: { name: 'synthetic826', origin: 'synthetic', seed: 11, sheets: SYNTHETIC_SHEETS },
    });
    expect(await populations()).toMatchObject([
      {
        name: 'synthetic826',
        origin: 'synthetic',
        source: 'constructed from the published statistics; not answers of real people',
        ethics_note: null,
        seed: 11,
        sheets: SYNTHETIC_SHEETS,
        instrument: 'epqra',
      },
    ]);
    const tables = [
      await rowsOf('reference_questionnaires'),
      await rowsOf('random_questionnaires'),
    ];
    for (const rows of tables) {
      expect(rows).toHaveLength(SYNTHETIC_SHEETS * EPQRA.items.length);
      expect(new Set(rows.map((row) => `${row.personality_id} ${row.question_number}`)).size).toBe(
        rows.length,
      );
      const items = new Set(
        rows.map((row) =>
          JSON.stringify([row.question_number, row.question, row.category, row.key]),
        ),
      );
      expect([...items].sort()).toEqual(
        EPQRA.items
          .map((item) => JSON.stringify([item.number, item.text, item.scale, item.key === 1]))
          .sort(),
      );
    }
    expect(tables[0]).not.toEqual(tables[1]);

    expect(await seedReference(database, 11, null)).toEqual({ ...first, added: false });
    expect([
      await rowsOf('reference_questionnaires'),
      await rowsOf('random_questionnaires'),
    ]).toEqual(tables);

    const error = await refusal(seedReference(database, 12, null));
    expect(error.message).toContain(
      `Schema "${database.schema}" already has the reference population "synthetic826" (seed 11)`,
    );
    expect(error.hint).toContain('--schema');
    await refusal(
      seedReference(database, 11, {
        name: 'few',
        instrument: EPQRA,
        sheets: fewSheets(2),
        source: 'few.csv',
        ethicsNote: null,
      }),
    );
    expect(await rowsOf('reference_questionnaires')).toEqual(tables[0]);
    expect(await populations()).toHaveLength(1);
  });

  describe('brought as a file', () => {
    const read = async (text: string): Promise<Sheet[]> => {
      using folder = temporaryFolder();
      const file = path.join(folder.path, 'sheets.csv');
      writeFileSync(file, text);
      return await readSheetFile(file, EPQRA);
    };
    const sheets = fewSheets(3);
    const wide = () =>
      [
        ['personality_id', ...EPQRA.items.map(({ number }) => `q${number}`)],
        ...sheets.map((one) => [
          one.personalityId,
          ...one.answers.map((answer) => (answer === 1 ? 'Yes' : 'No')),
        ]),
      ]
        .map((row) => `${row.join(',')}\n`)
        .join('');
    const long = () =>
      [
        'personality_id,question_number,answer',
        ...sheets
          .flatMap((one) =>
            one.answers.map((answer, index) => `${one.personalityId},${index + 1},${answer}`),
          )
          .reverse(),
      ].join('\n');

    test.each([
      ['a line for each person', wide],
      ['a line for each answer', long],
    ])('with %s', async (_, text) => {
      const found = await read(text());
      const brought = {
        name: 'clinic',
        instrument: EPQRA,
        sheets: found,
        source: 'sheets.csv',
        ethicsNote: 'Approved as 12/34.',
      };
      expect((await seedReference(database, 3, brought)).added).toBe(true);
      expect(await populations()).toMatchObject([
        {
          name: 'clinic',
          origin: 'imported',
          source: 'sheets.csv',
          ethics_note: 'Approved as 12/34.',
          sheets: 3,
          seed: 3,
        },
      ]);
      expect(await readReferenceSheets(database, EPQRA)).toEqual({
        sheets,
        questions: EPQRA.items.map((item) => item.text),
      });
      // The baseline keeps what all persons said alike.
      const random = await rowsOf('random_questionnaires');
      expect(random).toHaveLength(3 * EPQRA.items.length);
      expect([...new Set(random.map((row) => row.personality_id))]).toEqual([1, 2, 3]);
      for (const row of random) {
        const said = new Set(sheets.map((one) => one.answers[row.question_number - 1]));
        if (said.size === 1) expect(said).toContain(Number(row.answer));
      }
      expect((await seedReference(database, 3, brought)).added).toBe(false);
      const other = { ...brought, sheets: found.slice(1) };
      expect((await refusal(seedReference(database, 3, other))).message).toContain('"clinic"');
      expect(
        (await refusal(seedReference(database, 3, { ...brought, name: 'ward' }))).message,
      ).toContain('"clinic"');
      expect((await requireReference(database, 'clinic')).sheets).toBe(3);
      expect((await refusal(requireReference(database, 'ward'))).message).toContain(
        'is "clinic", not "ward"',
      );
    });

    test('a wrong answer is named by file and line, and nothing is stored', async () => {
      const error = await refusal(read(wide().replace('Yes', 'Perhaps')));
      expect(error.message).toMatch(/sheets\.csv, line 2, column "q9": "Perhaps"/s);
      expect(await populations()).toEqual([]);
    });
  });

  test('sheets that somebody else put into the schema are left alone', async () => {
    const { t, db } = database;
    await sql`insert into ${t.reference_questionnaires} (personality_id, question_number, answer) values (1, 1, true)`.execute(
      db,
    );
    expect((await refusal(seedReference(database, 1, null))).message).toContain(
      'already contains 1 rows of sheets from another program',
    );
    expect(await rowsOf('reference_questionnaires')).toHaveLength(1);
    expect(await populations()).toEqual([]);
    expect((await refusal(requireReference(database, null))).message).toContain(
      'has no reference population',
    );
  });

  test('answers of its personas are shown by condition, those of other populations by their name', async () => {
    await seedFew(database, 2);
    await using server = await MisbehavingServer.start((request) =>
      says(messagesOf(request).user.includes('question,answer') ? personaReply('x') : sheet()),
    );
    const conditions = [
      BASE,
      findCondition('max_N'),
      findCondition('max_P'),
      findCondition('min_L'),
    ];
    const { populations: made } = await generate(database, server.openaiBaseUrl, {
      conditions,
      experimental: true,
      maxPersonas: 1,
    });
    const published = ['generated_gpt4o_spain826', 'borderline_maxN_gpt4o'];
    await importLines(
      database,
      [...published, 'neighbours'].flatMap((population) => people(population, 1)),
    );
    await register(database, [...made.map((one) => one.population), ...published, 'neighbours']);
    expect(await runPendingExperiments(database, configFor(server.openaiBaseUrl))).toMatchObject({
      succeeded: 7,
      unrunnable: 0,
    });
    const { t, db } = database;
    const { rows } = await sql<{
      population: string;
      mapped: string;
      display: string;
      model: string;
      answers: number;
    }>`
      select population, population_mapped as mapped, population_display as display, model_clean as model, count(*)::int as answers
      from ${t.scored_answers} group by 1, 2, 3, 4 order by 1`.execute(db);
    const model = 'GPT-4o (simulated)';
    const answers = EPQRA.items.length;
    expect(rows).toEqual(
      [
        { population: 'borderline_maxN_gpt4o', mapped: 'maxN_gpt4o', display: 'MaxN' },
        { population: 'borderline_maxN_sim-gpt4o_few', mapped: 'maxN_sim-gpt4o', display: 'MaxN' },
        { population: 'borderline_maxP_sim-gpt4o_few', mapped: 'maxP_sim-gpt4o', display: 'MaxP' },
        { population: 'borderline_minL_sim-gpt4o_few', mapped: 'minL_sim-gpt4o', display: 'MinL' },
        { population: 'generated_gpt4o_spain826', mapped: 'gpt4o', display: 'Base' },
        { population: 'generated_sim-gpt4o_few', mapped: 'sim-gpt4o', display: 'Base' },
        { population: 'neighbours', mapped: 'neighbours', display: 'neighbours' },
      ].map((one) => ({ ...one, model, answers })),
    );
  });
});
