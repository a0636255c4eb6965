import { type RawBuilder, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { DATABASES, testDatabase } from '../../../test/support/database.ts';
import { loadSelfTest } from '../../../test/support/self-test.ts';
import { EPQRA, importLines, people, register } from '../../../test/support/study.ts';
import { loadStudy } from '../data-store.ts';
import { readQuality } from './quality-store.ts';

describe.each(DATABASES)('data quality on the %s database', (kind) => {
  test('of the self-test dataset: what it was given on purpose', async () => {
    await using database = await testDatabase(kind);
    const study = await loadSelfTest(database);
    const { administrations, demographics } = await readQuality(database, study);
    const total = (name: keyof (typeof administrations)[number]) =>
      administrations.reduce((sum, row) => sum + Number(row[name] ?? 0), 0);
    expect(
      [
        'experiments',
        'succeeded',
        'pending',
        'incomplete',
        'duplicateAnswers',
        'conflictingAnswers',
        'answeredNotSucceeded',
      ].map((name) => total(name as 'experiments')),
    ).toEqual([840, 829, 11, 2, 1289, 0, 0]);
    expect(administrations).toHaveLength(21);
    // Calls are stored of a few experiments only, and of some cells of none.
    expect(
      administrations.some(
        ({ withCalls, laterAttempt }) => withCalls === 0 && laterAttempt === null,
      ),
    ).toBe(true);
    expect(administrations.find(({ condition }) => condition === 'spain826')).toMatchObject({
      questionnaire: 'bigfive',
      experiments: 40,
    });
    const politics = demographics.find(
      (row) =>
        row.model === 'GPT-3.5' &&
        row.condition === 'Base' &&
        row.field === 'political_orientation',
    );
    expect(politics).toMatchObject({ personas: 400, missing: 5 });
    const some = await readQuality(database, study, { groups: [307] });
    expect(some.administrations.map((row) => [row.model, row.condition, row.experiments])).toEqual([
      ['GPT-3.5', 'Base', 40],
    ]);
  });

  test('what has no answer yet is simulated where all answers of its group are', async () => {
    await using database = await testDatabase(kind);
    const { db, t } = database;
    await importLines(database, people('mine', 3, { model: 'gpt4o' }));
    await register(database, ['mine'], { models: ['gpt4o'] });
    const answerNext = async (origin: 'simulated' | 'model') => {
      const { rows } = await sql<{ id: number }>`
        update ${t.experiments_list} set succeeded = true where experiment_id =
          (select min(experiment_id) from ${t.experiments_list} where succeeded is null)
        returning experiment_id as id`.execute(db);
      await sql`update ${t.experiment_details} set origin = ${origin}, last_outcome = 'answered'
        where experiment_id = ${rows[0]!.id}`.execute(db);
    };
    const counts = async () => {
      const study = await loadStudy(database, {});
      const { administrations } = await readQuality(database, study);
      return [
        study.dataOrigin,
        ...administrations.map(({ experiments, pending }) => [experiments, pending]),
      ];
    };
    await answerNext('simulated');
    expect(await counts()).toEqual(['simulated', [3, 2]]);
    await answerNext('model');
    expect(await counts()).toEqual(['model', [2, 1]]);
  });

  test('ends, attempts, uniform and doubled answers', async () => {
    await using database = await testDatabase(kind);
    const { db, t } = database;
    await importLines(database, people('mine', 9));
    await register(database, ['mine'], { models: ['sim-gpt4o'] });
    const run = (statement: RawBuilder<unknown>) => statement.execute(db);
    const items = EPQRA.items.length;
    const answer = (experiment: number, value: RawBuilder<unknown>, upTo = items) =>
      run(
        sql`insert into ${t.eval_questionnaires} (experiment_id, question_number, answer) select ${experiment}, n, ${value} from generate_series(1, ${sql.lit(upTo)}) n`,
      );
    const call = (experiment: number, metadata: object) =>
      run(
        sql`insert into ${t.experiment_request_metadata} (experiment_id, request_metadata) values (${experiment}, ${JSON.stringify(metadata)}::jsonb)`,
      );
    const ids = (
      await db
        .selectFrom('experiments_list')
        .select('experiment_id')
        .orderBy('experiment_id')
        .execute()
    ).map((row) => row.experiment_id);
    const [first, later, deferred, uniform, refused, invalid, closed, half, pending] = ids as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    for (const id of [first, later, deferred]) await answer(id, sql`n % 2`);
    await answer(uniform, sql`1`);
    // The item before the last is missing, the first one is there three times, once otherwise.
    await answer(half, sql`n % 2`, items - 1);
    for (const value of [1, 0])
      await run(
        sql`insert into ${t.eval_questionnaires} (experiment_id, question_number, answer) values (${half}, 1, ${sql.lit(value)})`,
      );
    await answer(pending, sql`n % 2`);
    await run(
      sql`update ${t.experiments_list} set succeeded = true where experiment_id in (${sql.join([first, later, deferred, uniform, half])})`,
    );
    await run(
      sql`update ${t.experiments_list} set succeeded = false where experiment_id = ${closed}`,
    );
    await run(
      sql`update ${t.experiment_details} set last_outcome = 'refused' where experiment_id = ${refused}`,
    );
    await run(
      sql`update ${t.experiment_details} set last_outcome = 'invalid' where experiment_id = ${invalid}`,
    );
    await run(
      sql`update ${t.experiment_details} set item_order = '{3,1,2}' where experiment_id = ${first}`,
    );
    await call(first, { attempt: 1, outcome: 'answered' });
    await call(later, { attempt: 1, outcome: 'invalid' });
    await call(later, { attempt: 2, outcome: 'answered' });
    // Being put off is no attempt, and answering once more later takes nothing away.
    await call(deferred, { attempt: 1, outcome: 'failed', error_kind: 'throttled' });
    await call(deferred, { attempt: 1, outcome: 'answered' });
    await call(deferred, { attempt: 1, outcome: 'answered' });

    const study = await loadStudy(database, { rows: 'simulated' });
    const { administrations, demographics } = await readQuality(database, study);
    const loaded = new Map(
      study.answered[0]!.administrations.map((one) => [one.experimentId, one] as const),
    );
    expect([half, refused, invalid, closed, pending].map((id) => loaded.get(id)!.ending)).toEqual([
      ...['answered', 'refused', 'invalid', 'failed', 'pending'],
    ]);
    expect([first, later].map((id) => loaded.get(id)!.itemOrder)).toEqual([[3, 1, 2], null]);
    expect(administrations).toEqual([
      {
        questionnaire: 'epqra',
        model: 'GPT-4o (simulated)',
        condition: 'mine',
        experiments: 9,
        succeeded: 5,
        pending: 1,
        refused: 1,
        truncated: 0,
        unparseable: 0,
        invalid: 1,
        failed: 1,
        withCalls: 3,
        laterAttempt: 1,
        uniform: 1,
        incomplete: 1,
        partial: 0,
        answeredFirst: 119,
        answeredAgain: 0,
        declined: 0,
        missingCodes: 0,
        notApplicable: 0,
        notAsked: 0,
        attentionChecks: 0,
        attentionFailed: 0,
        answeredNotSucceeded: 1,
        duplicateAnswers: 2,
        conflictingAnswers: 1,
      },
    ]);
    // These personas were imported, and so are none of a simulated study.
    expect(demographics).toEqual([]);
    const real = await loadStudy(database, { rows: 'real' });
    expect((await readQuality(database, real)).administrations).toEqual([]);
  });

  test('calls that do not say what became of them: more than one means that the first did not do', async () => {
    await using database = await testDatabase(kind);
    const { db, t } = database;
    await sql`insert into ${t.experiments_groups} (experiments_group_id) values (1)`.execute(db);
    await sql`insert into ${t.experiments_list} (experiment_id, experiments_group_id, questionnaire, model, population, succeeded)
      values (1, 1, 'unknown', 'M', 'P', true), (2, 1, 'unknown', 'M', 'P', true), (3, 1, 'unknown', 'M', 'P', null)`.execute(
      db,
    );
    await sql`insert into ${t.experiment_request_metadata} (experiment_id, request_metadata) values (1, '{"usage": {}}'), (1, null), (2, null)`.execute(
      db,
    );
    const study = await loadStudy(database, {});
    // A questionnaire without items is in no table, and here all the same.
    expect(study.answered).toEqual([]);
    expect((await readQuality(database, study)).administrations).toMatchObject([
      {
        questionnaire: 'unknown',
        model: 'M',
        condition: 'P',
        experiments: 3,
        succeeded: 2,
        pending: 1,
        withCalls: 2,
        laterAttempt: 1,
        incomplete: 0,
      },
    ]);
  });
});
