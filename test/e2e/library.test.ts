/** The library as a notebook uses it, on both databases. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { insideOf, keep } from '../../src/api/study.ts';
import type { Database } from '../../src/db/connect.ts';
import { dropSchema } from '../../src/db/schema/list.ts';
import * as library from '../../src/index.ts';
import { DATABASES, type DatabaseKind, freshSchema } from '../support/database.ts';
import { EPQRA, sheet, temporaryFolder } from '../support/study.ts';

const SIM = 'sim-gpt4o';
/** Not the working folder's, whatever it may hold. */
const NO_CONFIG = {};

const whereIs = (kind: DatabaseKind) => (kind === 'embedded' ? ':memory:' : inject('postgres'));

/** A study in a schema of its own, dropped when disposed. */
async function freshStudy(
  kind: DatabaseKind,
  options: library.OpenOptions = {},
): Promise<library.Study> {
  const opened = await library.openStudy({
    database: whereIs(kind),
    schema: freshSchema(),
    config: NO_CONFIG,
    ...options,
  });
  const inside = insideOf(opened);
  const database: Database = {
    ...inside.database,
    async [Symbol.asyncDispose]() {
      if (kind === 'postgres') await dropSchema(inside.database);
      await opened.close();
    },
  };
  return keep({ ...inside, database });
}

/** Answers every call with the same text. */
function talker(
  text: string,
  calls: library.CompletionRequest[] = [],
): (name: string) => library.Provider {
  const bytes = new TextEncoder().encode(JSON.stringify({ text }));
  return (name) => ({
    name,
    async complete(request) {
      calls.push(request);
      return {
        ok: true,
        completion: {
          text,
          stopReason: 'stop',
          rawStopReason: 'stop',
          usage: { inputTokens: 10, outputTokens: 5, reasoningTokens: null, cachedTokens: null },
          modelServed: request.modelId,
        },
        exchange: {
          requestBody: bytes,
          responseBody: bytes,
          status: 200,
          requestId: null,
          startedAt: 0,
          latencyMs: 3,
        },
      };
    },
    async [Symbol.asyncDispose]() {},
  });
}

describe.each(DATABASES)('a study on the %s database', (kind) => {
  let study: library.Study;
  let registration: library.Registration;
  let groups: readonly number[];

  beforeAll(async () => {
    study = await freshStudy(kind);
    await library.seedReference(study);
    await library.generatePersonas(study, {
      models: [SIM],
      conditions: ['Base', 'max_N'],
      maxPersonas: 3,
    });
    const populations = [
      ...new Set((await library.listPersonas(study)).map((persona) => persona.population!)),
    ];
    registration = await library.registerQuestionnaireExperiments(study, {
      questionnaire: 'epqra',
      models: [SIM],
      populations,
    });
    groups = registration.groupIds;
  });

  afterAll(async () => {
    await study.close();
  });

  test('plans before it runs, tells of progress, and ends with a summary', async () => {
    expect(await library.planRun(study, { groups })).toMatchObject({
      experiments: 6,
      unrunnable: [],
    });
    const seen: number[] = [];
    const summary = await library.runPendingExperiments(study, {
      groups,
      maxWorkers: 2,
      onProgress: ({ done }) => seen.push(done),
    });
    expect(summary).toMatchObject({
      succeeded: 6,
      failed: 0,
      remaining: 0,
      endedBy: 'nothing left',
    });
    expect(seen.at(-1)).toBe(6);
  });

  test('lists groups, experiments and personas as rows', async () => {
    expect(await library.listGroups(study)).toMatchObject([
      {
        group: groups[0],
        questionnaire: 'epqra',
        model: SIM,
        experiments: 6,
        succeeded: 6,
        processed: true,
        simulated: true,
      },
    ]);
    const experiments = await library.listExperiments(study, { groups });
    expect(experiments.map((row) => row.experiment_id)).toEqual(
      [...registration.experimentIds].sort((a, b) => a - b),
    );
    expect(experiments[0]).toMatchObject({
      model_name: SIM,
      label: 'GPT-4o (simulated)',
      succeeded: true,
      last_outcome: 'answered',
    });
    expect(new Set(experiments.map((row) => row.condition))).toEqual(new Set(['Base', 'MaxN']));
    expect(new Set(experiments.map((row) => row.data_origin))).toEqual(new Set(['simulated']));
    const personas = await library.listPersonas(study, { models: [SIM] });
    expect(personas).toHaveLength(6);
    expect(personas.map((persona) => persona.condition).sort()).toEqual([
      'Base',
      'Base',
      'Base',
      'MaxN',
      'MaxN',
      'MaxN',
    ]);
    expect(personas[0]).toMatchObject({ draw: 1, data_origin: 'simulated' });
    expect(await library.listPersonas(study, { models: ['gpt4o'] })).toEqual([]);
  });

  test('scores are the same in long form, in wide form and by the scoring function', async () => {
    const answers = await library.listAnswers(study, { groups });
    expect(answers).toHaveLength(6 * 24);
    const scores = await library.listScores(study, { questionnaire: 'epqra' });
    expect(scores).toHaveLength(6 * 4);
    const wide = await library.listAnswersWide(study, 'epqra', { groups });
    expect(wide).toHaveLength(6);
    for (const row of wide) {
      const own = new Map(
        answers
          .filter((one) => one.experiment_id === row.experiment_id)
          .map((one) => [one.item, one.answer!]),
      );
      const expected = library.scoreAnswers(EPQRA, own);
      expect({ E: row.score_E, N: row.score_N, P: row.score_P, L: row.score_L }).toEqual(expected);
      const long = scores.filter((one) => one.experiment_id === row.experiment_id);
      expect(Object.fromEntries(long.map((one) => [one.scale, one.score]))).toEqual(expected);
      expect(row.item_03).toBe(own.get(3));
    }
    expect(await library.listAnswersWide(study, 'epqra', { groups: [] })).toEqual([]);
    await expect(library.listAnswersWide(study, 'epqrb')).rejects.toThrow(
      /No experiments registered for the questionnaire "epqrb"/,
    );
  });

  test('sheets are told as the person answered and as a condition drives them', async () => {
    const base = await library.listSheetScores(study);
    expect(base).toHaveLength(826 * 4);
    const driven = await library.listSheetScores(study, 'max_N');
    const scoresOf = (rows: readonly library.SheetScoreRow[], scale: string) =>
      rows.filter((row) => row.scale === scale).map((row) => row.score);
    expect(new Set(scoresOf(driven, 'N'))).toEqual(new Set([6]));
    expect(scoresOf(driven, 'E')).toEqual(scoresOf(base, 'E'));
    expect(await library.listSheetAnswers(study)).toHaveLength(826 * 24);
    const personas = await library.listPersonas(study);
    const ids = new Set(base.map((row) => row.personality_id));
    expect(personas.every((persona) => ids.has(persona.ref_personality_id!))).toBe(true);
  });

  test('shows one experiment from persona to score', async () => {
    const [id] = registration.experimentIds;
    const shown = await library.showExperiment(study, id!);
    expect(shown.experiment.experiment_id).toBe(id);
    expect(shown.system).toContain(String(shown.persona?.description));
    expect(shown.prompt).toContain('24');
    expect(shown.answers).toHaveLength(24);
    expect(shown.answers[0]!.question).toBe(EPQRA.items[0]!.text);
    expect(Object.keys(shown.scores).sort()).toEqual(['E', 'L', 'N', 'P']);
    expect(shown.calls).toMatchObject([{ attempt: 1, outcome: 'answered', status: 200 }]);
    expect(JSON.parse(shown.calls[0]!.request!).messages).toHaveLength(2);
    expect(shown.writing_calls.length).toBeGreaterThan(0);
    await expect(library.showExperiment(study, 999_999)).rejects.toThrow('No experiment 999999');
  });

  test('answers SQL of one’s own, and changes nothing by it', async () => {
    const rows = await library.query<{ answer: number; n: number }>(
      study,
      'select answer, count(*) as n from eval_questionnaires where question_number = any($1) group by 1 order by 1',
      [[1, 2]],
    );
    expect(rows.reduce((sum, row) => sum + row.n, 0)).toBe(12);
    await expect(library.query(study, 'delete from personas')).rejects.toThrow(
      /would change the database/,
    );
    await expect(library.query(study, 'select nothing from nowhere')).rejects.toThrow(
      /rejects the statement: .*nowhere/,
    );
    await expect(library.query(study, 'commit; delete from eval_questionnaires')).rejects.toThrow(
      /cannot insert multiple commands/,
    );
    // What a statement sets is gone with it.
    await library.query(
      study,
      "select set_config('timezone', 'Asia/Tokyo', false), set_config('search_path', 'nowhere', false)",
    );
    expect(
      await library.query(study, "select current_setting('timezone') <> 'Asia/Tokyo' as unchanged"),
    ).toEqual([{ unchanged: true }]);
    expect(await library.query(study, 'select count(*)::int as n from personas')).toEqual([
      { n: 6 },
    ]);
  });

  test('analyzes into rows, figures and files', async () => {
    using folder = temporaryFolder();
    const result = await library.analyze(study, { folder: folder.path });
    expect(result.dataOrigin).toBe('simulated');
    const row = result.corrected['4'].rows.find(
      (one) => one.model === 'GPT-4o (simulated)' && one.population === 'Base' && one.scale === 'E',
    );
    expect(row).toMatchObject({ n: 3 });
    expect(result.published['6'].mode).toBe('published');
    expect(readdirSync(path.join(folder.path)).sort()).toEqual([
      'figures',
      'report.html',
      'tables',
    ]);
    expect(result.files).toContain('report.html');
    expect(result.drawFigures().every(({ svg }) => svg.startsWith('<svg'))).toBe(true);
    expect((await library.analyze(study)).files).toEqual([]);
    // The published view, which is refreshed when results are written.
    expect(await library.query(study, 'select count(*)::int as n from experiments_evals')).toEqual([
      { n: 144 },
    ]);
  });

  test('exports a dataset that another schema of the same connection imports', async () => {
    using folder = temporaryFolder();
    const exported = await library.exportDataset(study, folder.path, { answersWide: true });
    expect(exported.dataOrigin).toBe('simulated');
    const schema = freshSchema();
    await using other = await library.openStudy({ database: study, schema });
    expect(other.schema).toBe(schema);
    const imported = await library.importDataset(other, folder.path);
    expect(imported.rows).toBeGreaterThan(0);
    const without = (rows: readonly library.ScoreRow[]) =>
      rows.map(({ score, scale, experiment_id }) => ({ score, scale, experiment_id }));
    expect(without(await library.listScores(other))).toEqual(
      without(await library.listScores(study)),
    );
    if (kind === 'postgres') await dropSchema(insideOf(other).database);
    await other.close();
    expect(await library.listGroups(study)).toHaveLength(1);
  });

  test('shows the items as the group sent them, whatever wording came first', async () => {
    const worded = EPQRA.definition
      .replace(JSON.stringify(EPQRA.items[0]!.text), JSON.stringify('Is your mood up and down?'))
      .replace('"language": "en"', '"language": "es"');
    const { experimentIds, groupIds } = await library.registerQuestionnaireExperiments(study, {
      questionnaire: library.loadInstrument(JSON.parse(worded) as library.InstrumentDefinition),
      models: [SIM],
      populations: [(await library.listPersonas(study))[0]!.population!],
      maxPersonas: 1,
    });
    await library.runPendingExperiments(study, { groups: groupIds });
    // As versions wrote it that did not yet refuse a second form in one language.
    const { db, t } = insideOf(study).database;
    await sql`update ${t.experiments_list} set language_questionnaire = 'english' where experiment_id = any(${[...experimentIds]}::int[])`.execute(
      db,
    );
    const questionOf = async (id: number) =>
      (await library.showExperiment(study, id)).answers[0]!.question;
    expect(await questionOf(experimentIds[0]!)).toBe('Is your mood up and down?');
    expect(await questionOf(registration.experimentIds[0]!)).toBe(EPQRA.items[0]!.text);
  });
});

describe.each(DATABASES)('personas and an instrument of one’s own on the %s database', (kind) => {
  const mood = library.loadInstrument({
    slug: 'mood',
    title: 'Mood',
    citation: 'Nobody (2026).',
    licence: 'public domain',
    language: 'en',
    scales: [{ id: 'M', name: 'Mood' }],
    answers: {
      reply: 'label',
      min: 1,
      max: 3,
      options: [
        { value: 1, label: 'No' },
        { value: 2, label: 'Perhaps' },
        { value: 3, label: 'Yes' },
      ],
    },
    scoring: 'mean',
    instructions: 'Please answer each statement.',
    items: [
      { number: 1, text: 'I am glad.', scale: 'M', reverse: false },
      { number: 2, text: 'I am sad.', scale: 'M', reverse: true },
    ],
  });
  const persona = (population: string, description: string): library.PersonaRecord => ({
    model: 'gpt4o',
    population,
    description,
  });

  test('are asked through the provider that is given, with the clock that is given', async () => {
    const calls: library.CompletionRequest[] = [];
    const timing: library.Timing = {
      now: () => Date.UTC(2026, 0, 2),
      sleep: async () => {},
      random: () => 0.5,
    };
    await using study = await freshStudy(kind, {
      provider: talker('{"1": "Yes", "2": "Yes"}', calls),
      timing,
    });
    expect(
      await library.importPersonas(study, [
        persona('ours', 'A baker.'),
        persona('ours', 'A smith.'),
      ]),
    ).toEqual({
      personas: 2,
      cut: 0,
    });
    const { groupIds } = await library.registerQuestionnaireExperiments(study, {
      questionnaire: mood,
      models: ['gpt4o'],
      populations: ['ours'],
    });
    const summary = await library.runPendingExperiments(study, { groups: groupIds });
    expect(summary).toMatchObject({ succeeded: 2, calls: 2, inputTokens: 20 });
    expect(calls.map((call) => call.system).sort()[0]).toContain('A baker.');
    const scores = await library.listScores(study);
    expect(scores.map((row) => [row.scale, row.score, row.items, row.data_origin])).toEqual([
      ['M', 2, 2, 'model'],
      ['M', 2, 2, 'model'],
    ]);
    // Personas without a sheet have no personality, whatever the published column says of them.
    expect(scores.map((row) => row.personality_id)).toEqual([null, null]);
    expect((await library.listGroups(study))[0]!.created).toContain('2026-01-02');
  });

  test('are refused with the place of what is wrong', async () => {
    await using study = await freshStudy(kind);
    await expect(
      library.importPersonas(study, [persona('ours', 'A baker.'), persona('ours', ' ')]),
    ).rejects.toThrow('Persona 2 of the list, column "description": must not be empty');
    const misspelt = { ...persona('ours', 'A baker.'), agee: 3 } as library.PersonaRecord;
    await expect(library.importPersonas(study, [misspelt])).rejects.toMatchObject({
      hint: expect.stringContaining('"age"'),
    });
    await expect(library.importPersonas(study, [])).rejects.toThrow(
      'the list of personas contains no personas',
    );
    expect(await library.listPersonas(study)).toEqual([]);
  });

  test('end early when the signal is aborted, and stay pending', async () => {
    const stop = new AbortController();
    stop.abort();
    await using study = await freshStudy(kind, { provider: talker(sheet()) });
    await library.importPersonas(study, [persona('ours', 'A baker.')]);
    await library.registerQuestionnaireExperiments(study, {
      questionnaire: 'epqra',
      models: ['gpt4o'],
      populations: ['ours'],
    });
    const summary = await library.runPendingExperiments(study, { signal: stop.signal });
    expect(summary).toMatchObject({ endedBy: 'signal', calls: 0, remaining: 1 });
  });

  test('have a pilot that forecasts what remains', async () => {
    await using study = await freshStudy(kind, { provider: talker(sheet()) });
    await library.importPersonas(
      study,
      Array.from({ length: 8 }, (_, index) => persona('ours', `Person ${index}.`)),
    );
    const { groupIds } = await library.registerQuestionnaireExperiments(study, {
      questionnaire: 'epqra',
      models: ['gpt4o'],
      populations: ['ours'],
    });
    const { summary, all, cells } = await library.runPilot(study, { perCell: 5, groups: groupIds });
    expect(summary.succeeded).toBe(5);
    expect(cells).toMatchObject([
      { model: 'gpt4o', population: 'ours', questionnaire: 'epqra', tried: 5, experiments: 3 },
    ]);
    expect(all.costUsd!.interval.low).toBeLessThanOrEqual(all.costUsd!.expected);
  });
});

describe('opening', () => {
  test('a folder that is not there is made, and read by who only reads once it is', async () => {
    using folder = temporaryFolder();
    const database = path.join(folder.path, 'study');
    await expect(
      library.openStudy({ database, readOnly: true, config: NO_CONFIG }),
    ).rejects.toThrow('No database in');
    {
      await using made = await library.openStudy({ database, config: NO_CONFIG });
      expect((await library.seedReference(made, { seed: 2 })).added).toBe(true);
      await expect(library.openStudy({ database, config: NO_CONFIG })).rejects.toThrow(/in use/);
    }
    await using read = await library.openStudy({ database, readOnly: true, config: NO_CONFIG });
    expect(await library.listSheetScores(read)).toHaveLength(826 * 4);
    await expect(library.seedReference(read)).rejects.toThrow('was opened read-only');
  });

  test('what the code says goes before file and environment, and says where it comes from', async () => {
    await using study = await library.openStudy({
      database: ':memory:',
      schema: 'mine',
      config: {
        openai: { 'api-key': 'sk-secret' },
        models: { mine: { provider: 'openai', model_id: 'gpt-9', label: 'Mine' } },
      },
    });
    expect(study.schema).toBe('mine');
    expect(study.database).toBe('embedded, in memory');
    expect(study.models.find(({ name }) => name === 'mine')).toMatchObject({
      modelId: 'gpt-9',
      label: 'Mine',
      price: null,
    });
    expect(study.settings.find(({ key }) => key === 'openai.api_key')).toEqual({
      key: 'openai.api_key',
      value: '***',
      source: 'flag',
    });
  });

  test('what is wrong in it is said', async () => {
    const wrong = (config: library.ConfigValues) =>
      library.openStudy({ database: ':memory:', config });
    await expect(wrong({ openai: { api_kee: 'x' } })).rejects.toMatchObject({
      message: 'The configuration passed in code: unknown key "openai.api_kee"',
      hint: expect.stringContaining('openai.api_key'),
    });
    await expect(wrong({ models: { mine: { provider: 'openai' } } })).rejects.toThrow(
      /models\.mine\.model_id/,
    );
    await expect(
      library.openStudy({ database: ':memory:', schema: 'no such name', config: NO_CONFIG }),
    ).rejects.toBeInstanceOf(library.UserError);
  });

  test('a study that has been closed says so', async () => {
    const study = await library.openStudy({ database: ':memory:', config: NO_CONFIG });
    await study.close();
    await study.close();
    await expect(library.listGroups(study)).rejects.toThrow('has been closed');
  });
});

describe('without a database', () => {
  test('answers are scored, and what the instrument does not have is refused', () => {
    const bigfive = library.findInstrument('big5');
    const middle = Object.fromEntries(bigfive.items.map((item) => [item.number, 3]));
    expect(
      Object.values(library.scoreAnswers(bigfive, middle)).every(
        (score) => score === 3 || Number.isInteger(score),
      ),
    ).toBe(true);
    expect(library.scoreAnswers(bigfive, {})).toEqual({});
    expect(() => library.scoreAnswers(bigfive, { 45: 1 })).toThrow('has no item 45');
    expect(() => library.scoreAnswers(bigfive, new Map([[1, 6]]))).toThrow(
      'item 1: 6 is not an answer',
    );
    expect(library.listInstruments().map(({ slug }) => slug)).toContain('epqra');
  });
});
