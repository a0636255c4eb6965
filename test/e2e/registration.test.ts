import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importPersonas } from '../../src/dataset/import/personas.ts';
import type { Database } from '../../src/db/connect.ts';
import { UserError } from '../../src/errors.ts';
import { cellsOfScope } from '../../src/experiments/pilot-store.ts';
import { planRun } from '../../src/experiments/plan.ts';
import {
  createExperimentGroup,
  planRegistration,
  registerQuestionnaireExperiments,
} from '../../src/experiments/registration/register.ts';
import { runPendingExperiments, scopeOf } from '../../src/experiments/run.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import {
  configFor,
  importLines,
  people,
  register,
  requestFor,
  temporaryFolder,
} from '../support/study.ts';
import { FLIPPED, LONG, read, SPANISH, TRUST } from '../support/trust.ts';

describe.each(DATABASES)('registration (%s)', (kind) => {
  let database: Database;
  beforeAll(async () => {
    database = await testDatabase(kind);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const counts = async () => {
    const { t, db } = database;
    const { rows } = await sql<Record<string, number>>`select
      (select count(*)::int from ${t.experiments_groups}) as groups, (select count(*)::int from ${t.group_details}) as details,
      (select count(*)::int from ${t.experiments_list}) as experiments, (select count(*)::int from ${t.experiment_details}) as experiment_details,
      (select count(*)::int from ${t.instruments}) as instruments, (select count(*)::int from ${t.questionnaire}) as items`.execute(
      db,
    );
    return rows[0]!;
  };
  const group = (id: number) =>
    database.db
      .selectFrom('experiments_groups')
      .selectAll()
      .where('experiments_group_id', '=', id)
      .executeTakeFirstOrThrow();
  const experiments = (id: number) =>
    database.db
      .selectFrom('experiments_list')
      .selectAll()
      .where('experiments_group_id', '=', id)
      .orderBy('experiment_id')
      .execute();

  test('trims populations, drops doubles and blanks, and keeps their order', async () => {
    await importLines(database, [...people('names b', 2), ...people('names a', 1)]);
    const result = await register(database, ['names b', '', ' names a ', 'names b', '  ']);
    expect(result.groups).toMatchObject([{ model: 'sim-gpt4o', personas: 3, experiments: 3 }]);
    const stored = await group(result.groups[0]!.groupId!);
    expect(stored.description).toBe('epqra questionnaire for sim-gpt4o (names b, names a)');
    expect(stored.system_role).toBe(
      'You are required to adopt and impersonate the personality of the human described as follow:\n<row.description>',
    );
    expect(stored).toMatchObject({
      concluded: false,
      processed: false,
      temperature: 1,
      top_p: 1,
      ii_repeated: false,
    });
    const rows = await experiments(stored.experiments_group_id);
    expect(rows.map((row) => row.experiment_id)).toEqual(result.groups[0]!.experimentIds);
    for (const row of rows) {
      expect(row).toMatchObject({
        questionnaire: 'epqra',
        language_instructions: 'english',
        language_questionnaire: 'english',
        model_provider: 'simulated',
        model: 'simulated/gpt-4o-2024-11-20',
        repeated: 1,
        succeeded: null,
        llm_explanation: null,
        repo_sha: 'unknown',
        created: '1970-01-01T00:00:00.000',
      });
    }
  });

  test('refuses a list in which no name is left', async () => {
    await expect(register(database, ['', ' '])).rejects.toThrow(/No population given/);
    await expect(register(database, ['names a'], { models: [' '] })).rejects.toThrow(
      /No model given/,
    );
  });

  test('refuses a population without personas, and says which there are', async () => {
    const before = await counts();
    const error = await register(database, ['names c']).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain('"names c"');
    expect((error as UserError).hint).toMatch(/names a.*names b/s);
    expect(await counts()).toEqual(before);
  });

  test('keeps nothing of the first model when the second fails', async () => {
    await importLines(database, [
      ...people('atomic', 3),
      ...people('atomic', 3, { model: 'sim-gpt35' }),
    ]);
    await register(database, ['atomic'], { models: ['sim-gpt35'] });
    const before = await counts();
    await expect(
      register(database, ['atomic'], { models: ['sim-gpt4o', 'sim-gpt35'] }),
    ).rejects.toThrow(/already registered/);
    expect(await counts()).toEqual(before);
  });

  test('refuses an unknown model, and writes nothing', async () => {
    const before = await counts();
    await expect(
      register(database, ['atomic'], { models: ['sim-gpt4o', 'gpt-9'] }),
    ).rejects.toThrow(/gpt-9/);
    expect(await counts()).toEqual(before);
  });

  test('needs "again" for what is registered already, and then makes a new group', async () => {
    await importLines(database, people('again', 2, { repetitions: 2 }));
    const first = await register(database, ['again']);
    expect(first.groups[0]).toMatchObject({ personas: 2, experiments: 4 });
    await expect(register(database, ['again'])).rejects.toThrow(
      /4 of these 4 experiments \(epqra for sim-gpt4o\) are already registered/,
    );
    const second = await register(database, ['again'], { again: true });
    expect(second.groups[0]!.experiments).toBe(4);
    expect(second.groups[0]!.groupId).not.toBe(first.groups[0]!.groupId);
  });

  test('numbers repetitions from 1, up to maxRepetitions', async () => {
    await importLines(database, people('often', 2, { repetitions: 5 }));
    const result = await register(database, ['often'], { maxRepetitions: 3 });
    expect(result.groups[0]).toMatchObject({ personas: 2, experiments: 6 });
    const rows = await experiments(result.groups[0]!.groupId!);
    expect(rows.map((row) => [row.personality_id, row.repeated]).sort()).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
      [2, 2],
      [2, 3],
    ]);
    expect((await group(result.groups[0]!.groupId!)).ii_repeated).toBe(true);
  });

  test('refuses ten draws of one personality until the reading is named', async () => {
    await importLines(
      database,
      Array.from({ length: 10 }, (_, index) => ({
        population: 'draws',
        ref: 1,
        repetitions: index + 1,
        description: `Draw ${index + 1}.`,
      })),
    );
    await expect(register(database, ['draws'])).rejects.toThrow(
      /Read as a count, it gives 55 experiments; read as the number of the draw, 10/,
    );
    const draw = await register(database, ['draws'], { repetitionsAs: 'draw' });
    expect(draw.groups[0]).toMatchObject({ personas: 10, experiments: 10 });
    expect(
      new Set((await experiments(draw.groups[0]!.groupId!)).map((row) => row.repeated)),
    ).toEqual(new Set([1]));
    const count = await register(database, ['draws'], { repetitionsAs: 'count', again: true });
    expect(count.groups[0]!.experiments).toBe(55);
    const five = await register(database, ['draws'], {
      repetitionsAs: 'draw',
      maxRepetitions: 5,
      again: true,
    });
    expect(five.groups[0]!.experiments).toBe(5);
  });

  test('takes maxPersonas in turn from the populations, in order of personality', async () => {
    await importLines(database, [...people('turn big', 9).reverse(), ...people('turn small', 2)]);
    const result = await register(database, ['turn big', 'turn small'], { maxPersonas: 5 });
    const rows = await experiments(result.groups[0]!.groupId!);
    expect(rows.map((row) => `${row.population} ${row.personality_id}`).sort()).toEqual([
      'turn big 1',
      'turn big 2',
      'turn big 3',
      'turn small 1',
      'turn small 2',
    ]);
    for (const wrong of [0, -1, 1.5, Number.NaN]) {
      await expect(
        register(database, ['turn big'], { maxPersonas: wrong, again: true }),
      ).rejects.toThrow(/--max-personas must be/);
      await expect(
        register(database, ['turn big'], { maxRepetitions: wrong, again: true }),
      ).rejects.toThrow(/--max-repetitions must be/);
    }
  });

  test('counts the same in a dry run, and writes nothing', async () => {
    await importLines(database, people('dry', 4, { repetitions: 2 }));
    const before = await counts();
    const plan = await planRegistration(database, createCatalogue(), requestFor(['dry']));
    expect(plan.groups).toMatchObject([
      { groupId: null, personas: 4, experiments: 8, experimentIds: [] },
    ]);
    expect(plan.groups[0]!.estimate.inputTokens).toBeGreaterThan(0);
    expect(await counts()).toEqual(before);
    const { estimate } = (await register(database, ['dry'])).groups[0]!;
    expect(estimate).toEqual(plan.groups[0]!.estimate);
  });

  test('makes one group for each model that has personas', async () => {
    await importLines(database, [
      ...people('models', 2),
      ...people('models', 3, { model: 'sim-gpt35' }),
    ]);
    const result = await register(database, ['models'], {
      models: ['sim-gpt35', 'sim-gpt4o', 'sim-gpt35', 'sim-llama323B'],
      description: 'mine',
    });
    expect(result.groups.map((one) => [one.model, one.experiments, one.groupId === null])).toEqual([
      ['sim-gpt35', 3, false],
      ['sim-gpt4o', 2, false],
      ['sim-llama323B', 0, true],
    ]);
    expect((await group(result.groups[0]!.groupId!)).description).toBe('mine');
  });

  test('a group made beforehand takes experiments of its own model and questionnaire only', async () => {
    await importLines(database, [
      ...people('into', 2),
      ...people('into', 2, { model: 'sim-gpt35' }),
      ...people('into more', 1),
    ]);
    const { instrument, now } = requestFor([]);
    const id = await createExperimentGroup(database, createCatalogue(), {
      instrument,
      now,
      model: 'sim-gpt4o',
      description: 'empty',
    });
    const before = await counts();
    await expect(
      register(database, ['into'], { models: ['sim-gpt35'], intoGroup: id }),
    ).rejects.toThrow(/is for epqra and sim-gpt4o/);
    await expect(
      register(database, ['into'], { models: ['sim-gpt4o', 'sim-gpt35'], intoGroup: id }),
    ).rejects.toThrow(/has one model/);
    await expect(register(database, ['into'], { intoGroup: 987_654 })).rejects.toThrow(
      /No experiment group 987654/,
    );
    expect(await counts()).toEqual(before);
    expect((await register(database, ['into'], { intoGroup: id })).groups[0]!.groupId).toBe(id);
    await register(database, ['into more'], { intoGroup: id });
    expect(await experiments(id)).toHaveLength(3);
    expect((await counts()).groups).toBe(before.groups);
  });

  test('the same slug in another language is registered separately, and never counts as registered already', async () => {
    await importLines(database, people('two languages', 3));
    const english = await register(database, ['two languages'], { instrument: read(TRUST) });
    const spanish = await register(database, ['two languages'], { instrument: read(SPANISH) });
    const languages = (await experiments(spanish.groups[0]!.groupId!)).map((row) => [
      row.questionnaire,
      row.language_questionnaire,
    ]);
    expect(languages).toEqual([1, 2, 3].map(() => ['trust', 'es']));
    const scope = await scopeOf(database, {
      groups: [english, spanish].map(({ groups }) => groups[0]!.groupId!),
    });
    const cells = await cellsOfScope(database, scope, 2);
    expect(cells.map(({ questionnaire, experiments: number }) => [questionnaire, number])).toEqual([
      ['trust', 3],
      ['trust (es)', 3],
    ]);
    const missing = await register(database, ['two languages'], {
      instrument: read(SPANISH),
      onlyMissing: true,
    });
    expect(missing.groups).toMatchObject([{ groupId: spanish.groups[0]!.groupId, experiments: 0 }]);
    await expect(
      register(database, ['two languages'], { instrument: read(SPANISH) }),
    ).rejects.toThrow(
      /3 of these 3 experiments \(trust \(es\) for sim-gpt4o\) are already registered/,
    );
    await importLines(database, people('one more', 1, { ref: 9 }));
    await expect(
      register(database, ['one more'], {
        instrument: read(SPANISH),
        intoGroup: english.groups[0]!.groupId!,
      }),
    ).rejects.toThrow(/is for trust and sim-gpt4o, not for trust \(es\) and sim-gpt4o/);
  });

  test.each<[string, object, Partial<Parameters<typeof requestFor>[1]>]>([
    ['flipped answers, again', FLIPPED, { again: true }],
    ['another rule of scoring, again', { ...TRUST, scoring: 'mean' }, { again: true }],
    [
      'other words, as what is missing',
      { ...TRUST, instructions: 'Answer.' },
      { onlyMissing: true },
    ],
    ['another rule of scoring in another language', { ...SPANISH, scoring: 'mean' }, {}],
  ])('a second form of a slug is refused, and both are named: %s', async (_, other, more) => {
    await importLines(database, people('forms', 2));
    await register(database, ['forms'], { instrument: read(TRUST), again: true });
    const before = await counts();
    const [first, second] = [read(TRUST), read(other)];
    const refused = await register(database, ['forms'], { instrument: second, ...more }).catch(
      (caught: unknown) => caught,
    );
    expect(refused).toBeInstanceOf(UserError);
    expect((refused as UserError).message).toContain(first.sha256.slice(0, 8));
    expect((refused as UserError).message).toContain(second.sha256.slice(0, 8));
    expect((refused as UserError).hint).toMatch(/Give the second instrument another slug/);
    await expect(
      planRegistration(
        database,
        createCatalogue(),
        requestFor(['forms'], { instrument: second, ...more }),
      ),
    ).rejects.toThrow(UserError);
    const group = { instrument: second, model: 'sim-gpt4o', now: new Date(0) };
    await expect(createExperimentGroup(database, createCatalogue(), group)).rejects.toThrow(
      UserError,
    );
    expect(await counts()).toEqual(before);
  });

  test('a file laid out anew is the same form, and goes into the same group', async () => {
    await importLines(database, people('laid out', 2));
    const first = await register(database, ['laid out'], {
      instrument: read({ ...TRUST, slug: 'layout' }),
    });
    const again = { ...TRUST, slug: 'layout', citation: 'Printed elsewhere.' };
    await importLines(database, people('laid out', 1, { ref: 7 }));
    const more = await register(database, ['laid out'], {
      instrument: read(again),
      onlyMissing: true,
    });
    expect(more.groups).toMatchObject([{ groupId: first.groups[0]!.groupId, experiments: 1 }]);
  });

  test('a reply that cannot fit into what the model may write is refused before anything is paid for', async () => {
    await importLines(database, people('long', 2));
    const before = await counts();
    const request = requestFor(['long'], { instrument: read(LONG) });
    const refused =
      /300 items of long300 takes at least 1,202 tokens, but sim-gpt4o may write only 1,000/;
    await expect(planRegistration(database, createCatalogue(), request)).rejects.toThrow(refused);
    await expect(register(database, ['long'], { instrument: read(LONG) })).rejects.toThrow(refused);
    expect(await counts()).toEqual(before);

    const roomy = createCatalogue({ 'sim-gpt4o': { parameters: { max_tokens: 2000 } } });
    const { warnings } = await planRegistration(database, roomy, request);
    expect(warnings).toEqual([
      expect.stringMatching(
        /may take 2,822 tokens.*may write only 2,000.*max_tokens in the configuration to 2900/,
      ),
    ]);
    const wide = createCatalogue({ 'sim-gpt4o': { parameters: { max_tokens: 3000 } } });
    expect((await planRegistration(database, wide, request)).warnings).toEqual([]);
  });

  test('a group registered with too low a limit is refused when a run or its dry run begins', async () => {
    await importLines(database, people('too low', 2));
    const roomy = createCatalogue({ 'sim-gpt4o': { parameters: { max_tokens: 3000 } } });
    const { groups } = await registerQuestionnaireExperiments(
      database,
      roomy,
      requestFor(['too low'], { instrument: read(LONG) }),
    );
    const group = groups[0]!.groupId!;
    const config = configFor('http://127.0.0.1:9/v1');
    const { t, db } = database;
    expect(await planRun(database, config, { groups: [group] })).toMatchObject({ experiments: 2 });
    await sql`update ${t.group_details} set parameters = parameters || '{"max_tokens": 1201}' where experiments_group_id = ${group}`.execute(
      db,
    );
    const refused = new RegExp(
      `Group ${group}: .*at least 1,202 tokens, but the group allows sim-gpt4o only 1,201`,
    );
    await expect(planRun(database, config, { groups: [group] })).rejects.toThrow(refused);
    await expect(runPendingExperiments(database, config, { groups: [group] })).rejects.toThrow(
      refused,
    );
    const { rows } = await sql`select from ${t.experiment_request_metadata}`.execute(db);
    expect(rows).toEqual([]);
  });

  test('the personality is ref_personality_id, else the persona’s own id', async () => {
    await importLines(database, [
      { id: 70_001, ref: null, population: 'own id' },
      { id: 70_002, ref: 70_001, population: 'own id' },
    ]);
    const result = await register(database, ['own id']);
    const { db, t } = database;
    const { rows } = await sql<{
      persona: number;
      personality: number;
    }>`select d.persona_id as persona, e.personality_id as personality
      from ${t.experiments_list} e join ${t.experiment_details} d using (experiment_id)
      where e.experiments_group_id = ${result.groups[0]!.groupId} order by 1`.execute(db);
    expect(rows).toEqual([
      { persona: 70_001, personality: 70_001 },
      { persona: 70_002, personality: 70_001 },
    ]);
  });

  test('an import with one wrong line brings no persona at all', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'p.csv');
    writeFileSync(
      file,
      'population,model,description,age\nhalf,sim-gpt4o,One.,30\nhalf,sim-gpt4o,Two.,thirty\n',
    );
    await expect(importPersonas(database, file)).rejects.toThrow(
      /line 3, column "age": "thirty" is not a whole number/,
    );
    await expect(register(database, ['half'])).rejects.toThrow(/No persona/);
  });
});
