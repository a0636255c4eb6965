/** A study whose sheets are answers to a Likert instrument, from the file to the tables. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  tabulateBaseAccuracy,
  tabulateManipulatedAccuracy,
} from '../../src/analysis/corrected/accuracy.ts';
import { tabulateScaleScores } from '../../src/analysis/corrected/scale-scores.ts';
import { loadStudy } from '../../src/analysis/data-store.ts';
import { type Database, open } from '../../src/db/connect.ts';
import { UserError } from '../../src/errors.ts';
import { scoreAnswers } from '../../src/instruments/score.ts';
import { defineCondition } from '../../src/personas/sheets/conditions.ts';
import { drivenAnswers } from '../../src/personas/sheets/drive.ts';
import { requireReference, seedReference } from '../../src/personas/sheets/reference.ts';
import { readReferenceSheets, sheetInstrument } from '../../src/personas/sheets/reference-store.ts';
import { manipulatedAccuracy } from '../../src/report/tables/families/accuracy.ts';
import { freshPlace, optionsFor, runPersonas } from '../support/cli.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { likertSheets, MINIIPIP, wideCsv } from '../support/likert-sheets.ts';
import { MisbehavingServer, says } from '../support/misbehaving-server.ts';
import { BASE, generate, personaReply } from '../support/persona.ts';
import { messagesOf } from '../support/study.ts';

const PEOPLE = 12;
const SHEETS = likertSheets(PEOPLE, 4);
const STUDY = `
name: likert
seed: 3
reference: { name: students, file: students.csv, questionnaire: miniipip, ethics_note: made up }
models: [sim-gpt4o]
conditions:
  - Base
  - { name: MaxO, drive: { O: max } }
  - { name: item1, label: Item 1, drive: { "1": 5 } }
questionnaires: [miniipip]
`;
const BROUGHT = {
  name: 'students',
  instrument: MINIIPIP,
  sheets: SHEETS,
  source: 'students.csv',
  ethicsNote: 'made up',
};
const MAX_SCORE = scoreAnswers(
  MINIIPIP,
  drivenAnswers(defineCondition({ name: 'all', drive: { O: 'max' } }), MINIIPIP),
).get('O');
const MAX_O = defineCondition({ name: 'MaxO', drive: { O: 'max' } });

describe.each(DATABASES)('Likert sheets (%s)', (kind) => {
  describe('in the database', () => {
    let database: Database;
    beforeEach(async () => {
      database = await testDatabase(kind);
    });
    afterEach(() => database[Symbol.asyncDispose]());

    test('are kept with the wording they answer, and are not the published tables’', async () => {
      const { reference, added } = await seedReference(database, 1, BROUGHT);
      expect(added).toBe(true);
      expect(reference).toMatchObject({
        name: 'students',
        instrument: 'miniipip',
        instrumentSha256: MINIIPIP.sha256,
        sheets: PEOPLE,
      });
      expect(await requireReference(database, 'students')).toEqual(reference);
      expect((await sheetInstrument(database, reference)).definition).toBe(MINIIPIP.definition);
      expect(await readReferenceSheets(database, MINIIPIP)).toEqual({
        sheets: SHEETS,
        questions: MINIIPIP.items.map(({ text }) => text),
      });
      const { db, t } = database;
      const { rows } = await sql`select kind, count(*)::int as answers from ${t.sheet_answers}
        group by 1 order by 1`.execute(db);
      const answers = PEOPLE * MINIIPIP.items.length;
      expect(rows).toEqual([
        { kind: 'random', answers },
        { kind: 'reference', answers },
      ]);
      expect((await sql`select from ${t.reference_questionnaires}`.execute(db)).rows).toHaveLength(
        0,
      );

      expect(await seedReference(database, 1, BROUGHT)).toEqual({ reference, added: false });
      const changed = { ...BROUGHT, sheets: SHEETS.toReversed() };
      await expect(seedReference(database, 1, changed)).rejects.toThrow(UserError);
    });

    test('are sent as words under a condition, which cannot change under its name', async () => {
      await seedReference(database, 1, BROUGHT);
      await using server = await MisbehavingServer.start(() => says(personaReply('x')));
      const write = (conditions: (typeof BASE)[]) =>
        generate(database, server.openaiBaseUrl, { conditions, maxPersonas: 1 });
      const { summary } = await write([BASE, MAX_O]);
      expect(summary).toMatchObject({ succeeded: 2, failed: 0 });
      const driven = drivenAnswers(MAX_O, MINIIPIP);
      const { options } = MINIIPIP.items[0]!.answers!;
      const said = server.seen.map((seen) => messagesOf(seen).user);
      for (const condition of [new Map<number, number>(), driven]) {
        const table = MINIIPIP.items.map(({ number, text }) => {
          const answer = condition.get(number) ?? SHEETS[0]!.answers[number - 1];
          const { label } = options.find(({ value }) => value === answer)!;
          return `${/[,"]/.test(text) ? `"${text}"` : text},${label}`;
        });
        expect(said.filter((user) => user.includes(table.join('\n')))).toHaveLength(1);
      }

      const changed = defineCondition({ name: 'MaxO', drive: { O: 4 } });
      await expect(write([changed])).rejects.toThrow(
        'Population "borderline_MaxO_sim-gpt4o_students" was started under the condition MaxO with another definition',
      );
      const foreign = defineCondition({ name: 'foreign', drive: { P: 'max' } });
      await expect(write([foreign])).rejects.toThrow('which is no scale and no item of miniipip');
      expect(server.seen).toHaveLength(2);
    });
  });

  test('make a study: personas under one’s own conditions, their answers, and how these agree', async () => {
    await using place = freshPlace(kind);
    writeFileSync(path.join(place.folder, 'students.csv'), wideCsv(SHEETS));
    const file = path.join(place.folder, 'study.yaml');
    writeFileSync(file, STUDY);
    const run = await runPersonas(['pipeline', file, '--json', ...optionsFor(place)], {
      cwd: place.folder,
      env: {},
    });
    expect(run, run.stderr).toMatchObject({ code: 0 });
    const again = await runPersonas(['pipeline', file, '--json', ...optionsFor(place)], {
      cwd: place.folder,
      env: {},
    });
    expect(again, again.stderr).toMatchObject({ code: 0, stdout: run.stdout });

    // What is exported comes back as the same sheets and the same study.
    const exported = path.join(place.folder, 'exported');
    await using other = freshPlace(kind);
    for (const [where, ...args] of [
      [place, 'export', exported],
      [other, 'import', exported],
    ] as const) {
      const done = await runPersonas([...args, ...optionsFor(where)], {
        cwd: place.folder,
        env: {},
      });
      expect(done, done.stderr).toMatchObject({ code: 0 });
    }
    await using database = await open(place);
    const { db, t } = database;
    const { rows } = await sql`select p.population_print as condition, count(*)::int as personas,
        count(e.experiment_id)::int as administered
      from ${t.personas} p left join ${t.experiment_details} d on d.persona_id = p.id
      left join ${t.experiments_list} e on e.experiment_id = d.experiment_id and e.succeeded
      group by 1 order by 1`.execute(db);
    expect(rows).toEqual(
      ['Base', 'Item 1', 'MaxO'].map((condition) => ({
        condition,
        personas: PEOPLE,
        administered: PEOPLE,
      })),
    );

    const before = await loadStudy(database, {});
    const tables = {
      '4': tabulateScaleScores(before, 0.5),
      A6: tabulateBaseAccuracy(before),
      A7: tabulateManipulatedAccuracy(before),
    };
    const rowsOf = (table: keyof typeof tables, wanted: Record<string, unknown>) =>
      tables[table].filter((row) =>
        Object.entries(wanted).every(([key, value]) => row[key as keyof typeof row] === value),
      );
    const scales = MINIIPIP.scales.length;
    // Of each scale a row for each condition, the sheets and the random ones.
    for (const population of ['Base', 'MaxO', 'Item 1'])
      expect(rowsOf('4', { instrument: 'miniipip', population, n: PEOPLE })).toHaveLength(scales);
    for (const model of ['Reference', 'Random'])
      expect(rowsOf('4', { instrument: 'miniipip', model, n: PEOPLE })).toHaveLength(scales);
    expect(rowsOf('4', { test: 'manipulation check' })).toMatchObject([
      { population: 'MaxO', scale: 'O', target: MAX_SCORE },
    ]);
    const base = tables.A6.filter(({ population }) => population === 'Base');
    expect(base.map(({ scale, n_clusters }) => [scale, n_clusters])).toEqual(
      MINIIPIP.scales.map(({ id }) => [id, PEOPLE]),
    );
    for (const { accuracy, mae } of base) {
      expect(accuracy).toEqual(expect.any(Number));
      expect(mae).toEqual(expect.any(Number));
    }
    expect(
      rowsOf('A7', { model: 'GPT-4o (simulated)', against: 'manipulated' }).map(
        ({ population, scale }) => [population, scale],
      ),
    ).toEqual([
      ['Item 1', 'E'],
      ['MaxO', 'O'],
    ]);

    await using imported = await open(other);
    const reference = await requireReference(imported, 'students');
    expect(reference).toMatchObject({ instrument: 'miniipip', sheets: PEOPLE });
    expect(await readReferenceSheets(imported, await sheetInstrument(imported, reference))).toEqual(
      await readReferenceSheets(database, MINIIPIP),
    );
    const after = await loadStudy(imported, {});
    expect(tabulateScaleScores(after, 0.5)).toEqual(tables['4']);
    expect(tabulateManipulatedAccuracy(after)).toEqual(tables.A7);
    for (const row of tables.A7) {
      const query = manipulatedAccuracy.corrected.behind(row, before).sql;
      const { rows: behind } = await sql<{
        sheet_answer: number | null;
      }>`${sql.raw(query)}`.execute(db);
      expect(behind.length, query).toBe(row.n);
      expect(behind.every((one) => one.sheet_answer !== null)).toBe(true);
    }
  });
});
