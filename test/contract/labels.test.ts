/**
 * Labels are for readers: whatever models and conditions are called, no number of any table moves.
 */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { hashOfForm, PUBLISHED_SETTINGS } from '../../src/administration/settings.ts';
import type { StudyData } from '../../src/analysis/data.ts';
import { loadStudy } from '../../src/analysis/data-store.ts';
import type { KnownModel } from '../../src/analysis/model-identity.ts';
import { listModels } from '../../src/analysis/models.ts';
import { type Cell, RANDOM_ROW, REFERENCE_ROW } from '../../src/analysis/table.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { compareTables, readFigures } from '../../src/report/compare.ts';
import { behindOf, correctedTables, publishedTables } from '../../src/report/tables/tables.ts';
import { SELF_TEST } from '../../src/studies/reproduce.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { loadSelfTest } from '../support/self-test.ts';
import { importLines, people, register } from '../support/study.ts';
import { FLIPPED, read, SPANISH, TRUST } from '../support/trust.ts';

/** The catalogue with its models called otherwise. */
function called(labelOf: (label: string) => string): KnownModel[] {
  return createCatalogue()
    .list()
    .map(({ name, modelId, label }) => ({
      name,
      modelId,
      label: labelOf(label),
      isLabelChosen: true,
    }));
}

/** All tables in both modes, with labels of models taken back to what they were, in families too. */
function tablesOf(study: StudyData, originalOf: ReadonlyMap<string, string> = new Map()): string {
  const longestFirst = [...originalOf].toSorted(([one], [other]) => other.length - one.length);
  const restored = (cell: Cell) =>
    typeof cell === 'string'
      ? longestFirst.reduce((text, [label, original]) => text.replaceAll(label, original), cell)
      : cell;
  const tables = [...publishedTables(study), ...correctedTables(study)];
  const rows = tables.map(({ table, mode, rows: own }) => ({
    table,
    mode,
    rows: own.map((row) =>
      Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, restored(cell)])),
    ),
  }));
  return JSON.stringify(rows);
}

describe.each(DATABASES)('labels (%s)', (kind) => {
  test('of models and conditions leave every number of every table as it was', async () => {
    await using database = await testDatabase(kind);
    const plain = await loadSelfTest(database);
    const expected = tablesOf(plain);
    const original = new Map(listModels(plain).map(({ key, label }) => [key, label]));
    const { db, t } = database;
    for (const labelOf of [
      (label: string) => `Z ${[...label].reverse().join('')}`,
      () => 'One for all',
    ]) {
      const study = await loadStudy(database, { models: called(labelOf) });
      const models = listModels(study);
      expect(new Set(models.map(({ label }) => label))).toHaveLength(original.size);
      expect(
        tablesOf(study, new Map(models.map(({ key, label }) => [label, original.get(key)!]))),
      ).toBe(expected);
      // Printed figures are found by what the models are, too.
      const verdicts = compareTables(
        publishedTables(study),
        readFigures(SELF_TEST.figures),
        models,
      );
      expect(verdicts.map(({ table, cells, equal }) => ({ table, unlike: cells - equal }))).toEqual(
        verdicts.map(({ table }) => ({ table, unlike: 0 })),
      );
      // Rows lead to SQL that runs and finds something.
      for (const table of publishedTables(study, ['1', '4', 'A4'])) {
        const row = table.rows.find(
          ({ model }) => model !== REFERENCE_ROW && model !== RANDOM_ROW,
        )!;
        expect(
          (await sql.raw(behindOf(table, row, study).sql).execute(db)).rows.length,
          table.table,
        ).toBeGreaterThan(0);
      }
    }
    // How the schema shows a population says nothing of its condition.
    await sql`insert into ${t.populations} (population, mapped, display) values ('borderline_maxN_gpt4o', 'maxN_gpt4o', 'Worried')`.execute(
      db,
    );
    expect(tablesOf(await loadStudy(database, { models: called((label) => label) }))).toBe(
      expected,
    );
  });

  test('of a condition do not make one of a population that is merely called so', async () => {
    await using database = await testDatabase(kind);
    await importLines(database, [...people('MaxN', 3), ...people('Base', 3)]);
    await register(database, ['MaxN', 'Base']);
    const study = await loadStudy(database, {});
    const populations = [...study.populations.values()].map(({ display, condition }) => ({
      display,
      condition,
    }));
    expect(populations).toEqual(
      expect.arrayContaining([
        { display: 'MaxN (MaxN)', condition: null },
        { display: 'Base (Base)', condition: null },
      ]),
    );
    const scores = correctedTables(study, { ids: ['4'] })[0]!.rows;
    expect(scores.some((row) => row.test === 'manipulation check')).toBe(false);
  });
});

test('each language of a slug is scored by its own rule, and two wordings in one language are told apart', async () => {
  await using database = await testDatabase('postgres');
  const { db, t } = database;
  await importLines(database, people('mine', 2));
  await register(database, ['mine'], { instrument: read(TRUST) });
  const spanish = await register(database, ['mine'], { instrument: read(SPANISH) });
  // As earlier versions let it happen.
  await sql`update ${t.instruments} set definition = replace(definition, '"scoring":"sum"', '"scoring":"mean"')
    where language = 'es'`.execute(db);
  const scorings = async () =>
    (await loadStudy(database, {})).answered.map(({ questionnaire }) => [
      questionnaire.language,
      questionnaire.scales.map(({ score }) => score),
    ]);
  expect(await scorings()).toEqual([
    ['en', ['sum']],
    ['es', ['mean']],
  ]);
  const flipped = read(FLIPPED);
  await sql`insert into ${t.instruments} (sha256, slug, language, title, answer_min, answer_max, scoring, definition)
    values (${flipped.sha256}, 'trust', 'en', 'Trust', 1, 3, 'sum', ${flipped.definition})`.execute(
    db,
  );
  const second = spanish.groups[0]!.groupId!;
  await sql`update ${t.group_details} set instrument_sha256 = ${flipped.sha256} where experiments_group_id = ${second}`.execute(
    db,
  );
  await sql`update ${t.experiments_list} set language_questionnaire = 'en' where experiments_group_id = ${second}`.execute(
    db,
  );
  const shown = ({ answered }: StudyData) =>
    answered.map(({ questionnaire, administrations }) => [
      questionnaire.label,
      administrations.length,
    ]);
  const hashOf = (one: object) => hashOfForm(read(one), PUBLISHED_SETTINGS).slice(0, 8);
  expect(new Map(shown(await loadStudy(database, {})) as [string, number][])).toEqual(
    new Map([
      [`trust (form ${hashOf(TRUST)})`, 2],
      [`trust (form ${hashOf(FLIPPED)})`, 2],
    ]),
  );
  expect(shown(await loadStudy(database, { groups: [second] }))).toEqual([['trust', 2]]);
});
