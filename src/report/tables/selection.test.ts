import { expect, test } from 'vitest';
import type { Row } from '../../../test/support/rows.ts';
import {
  answered,
  BASE,
  KEYED,
  MAX_N,
  MOOD,
  personas,
  population,
  SPAIN,
  score,
  study,
} from '../../../test/support/small-study.ts';
import type { Mode, Table } from '../../analysis/table.ts';
import { behindOf, type TableId } from './tables.ts';

const table = (id: TableId, mode: Mode): Table => ({
  table: id,
  mode,
  data_origin: 'model',
  rows: [],
});

const sqlOf = (...of: Parameters<typeof behindOf>) => behindOf(...of).sql;

/** Conditions of a statement, in order. */
const conditionsOf = (sql: string) =>
  [...sql.matchAll(/^ *(?:where|and) (.*)$/gm)].map(([, condition]) => condition);

const people = [1, 2].flatMap((personality) => [
  { personality, points: score(3, 2) },
  { personality, points: score(3, 6), population: MAX_N },
  { personality, points: score(3, 6), population: SPAIN },
]);

test('answers: model, condition, population and group; success in corrected tables only', () => {
  const row: Row = {
    instrument: 'epqra',
    model: 'GPT-4o',
    population: 'MaxN',
    scale: 'N',
    n_incomplete: 0,
  };
  const data = study({ answered: [answered(KEYED, people)] });
  const published = conditionsOf(sqlOf(table('4', 'published'), row, data));
  expect(published).toEqual([
    "a.questionnaire = 'epqra'",
    "a.model = 'GPT-4o'",
    "a.population = 'written_MaxN'",
    'a.experiments_group_id in (1)',
    "a.category = 'N'",
  ]);
  expect(conditionsOf(sqlOf(table('4', 'corrected'), row, data))).toEqual([
    ...published.slice(0, 4),
    'e.succeeded',
    "a.category = 'N'",
  ]);
});

test('published Base holds the reference population, corrected Base does not', () => {
  const data = study({ answered: [answered(KEYED, people)] });
  const row: Row = { model: 'GPT-4o', population: 'Base', scale: 'E' };
  expect(sqlOf(table('6', 'published'), row, data)).toContain(
    "a.population in ('written_Base', 'spain826')",
  );
  expect(sqlOf(table('6', 'corrected'), { ...row, instrument: 'epqra' }, data)).toContain(
    "a.population = 'written_Base'",
  );
  const named = { ...row, instrument: 'epqra', population: 'spain826' };
  expect(sqlOf(table('6', 'corrected'), named, data)).toContain("a.population = 'spain826'");
});

test('populations that look alike are told apart as in the tables', () => {
  const other = population('Base', { population: 'mine' });
  const data = study({
    answered: [
      answered(KEYED, [...people, { personality: 3, points: score(1, 1), population: other }]),
    ],
  });
  const row: Row = {
    instrument: 'epqra',
    model: 'GPT-4o',
    population: 'Base (mine)',
    scale: 'E',
    against: 'original',
  };
  expect(sqlOf(table('A6', 'corrected'), row, data)).toContain("a.population = 'mine'");
});

test('another language of an instrument is selected by its language', () => {
  const spanish = { ...MOOD, language: 'es', label: 'mood (es)' };
  const points = [1, 1, 1, 0, 0];
  const data = study({
    answered: [
      answered(MOOD, [{ personality: 1, points }]),
      answered(spanish, [{ personality: 1, points }]),
    ],
  });
  const row: Row = { instrument: 'mood (es)', model: 'GPT-4o', population: 'Base', scale: 'A' };
  expect(sqlOf(table('A4', 'corrected'), row, data)).toContain(
    "coalesce(e.language_questionnaire, 'en') in ('es')",
  );
  expect(sqlOf(table('A4', 'corrected'), { ...row, instrument: 'mood' }, data)).toContain(
    "in ('en', 'english')",
  );
});

test('names with quotes stay names', () => {
  const hostile = population("O'Brien'; drop table personas; --");
  const data = study({
    schema: 'mine',
    answered: [
      answered(KEYED, [
        { personality: 1, points: score(1, 1), model: "it's", population: hostile },
      ]),
    ],
  });
  const sql = sqlOf(
    table('6', 'published'),
    { model: "it's", population: hostile.display, scale: 'E' },
    data,
  );
  expect(sql).toContain("a.model = 'it''s'");
  expect(sql).toContain("a.population = 'written_O''Brien''; drop table personas; --'");
  expect(sql).toContain('from "mine".scored_answers a');
});

test('personas: those of the model, also where two models share a population', () => {
  const shared = population('Own');
  const data = study({
    personas: personas([
      { sheet: 1, population: BASE },
      { sheet: 1, population: shared },
      { sheet: 2, population: shared },
      { sheet: 1, population: shared, model: 'Other' },
      { sheet: 3, population: shared },
    ]),
  });
  const row: Row = { model: 'GPT-4o', condition: 'Base', metric: 'race_asia', draws: 3 };
  expect(conditionsOf(sqlOf(table('1', 'published'), row, data))).toEqual([
    "p.population = 'written_Base'",
    'p.word_count_description is not null',
    'p.repetitions <= 5',
  ]);
  expect(conditionsOf(sqlOf(table('1', 'corrected'), { ...row, condition: 'Own' }, data))).toEqual([
    "p.population = 'written_Own'",
    '(p.id between 2 and 3 or p.id between 5 and 5)',
    'p.word_count_description is not null',
    'coalesce(p.repetitions, 1) <= 3',
  ]);
});

test('a row of nobody selects nothing, and is a statement all the same', () => {
  const row: Row = {
    model: 'Nobody',
    condition: 'Base',
    population: 'Base',
    metric: 'sex_hetero',
    scale: 'E',
    epqra_scale: 'E',
    bigfive_scale: 'O',
  };
  expect(conditionsOf(sqlOf(table('3', 'published'), row, study()))[0]).toBe('false');
  expect(conditionsOf(sqlOf(table('4', 'published'), row, study()))).toContain('false');
  expect(conditionsOf(sqlOf(table('5', 'corrected'), row, study()))).toContain('false');
});

test('sheets: the reference, the random ones, and these beside the reference', () => {
  const row = (model: string): Row => ({ model, population: null, scale: 'L' });
  expect(sqlOf(table('4', 'published'), row('Reference'), study())).toContain(
    'from "study".reference_questionnaires s',
  );
  expect(sqlOf(table('6', 'corrected'), row('Random'), study())).toContain(
    'from "study".random_questionnaires s',
  );
  expect(sqlOf(table('A6', 'corrected'), row('Random'), study())).toContain(
    'r.answer as sheet_answer',
  );
});
