import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AdministrationSettings } from '../../src/administration/settings.ts';
import { administration } from '../../src/administration/settings.ts';
import type { Database } from '../../src/db/connect.ts';
import { storeMissingScores } from '../../src/db/instruments/score-store.ts';
import { planRun } from '../../src/experiments/plan.ts';
import { type ExperimentRunOptions, runPendingExperiments } from '../../src/experiments/run.ts';
import { dossierOf } from '../../src/experiments/status/one-experiment-store.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import {
  breaksDown,
  MisbehavingServer,
  type Respond,
  refuses,
  type Seen,
  says,
} from '../support/misbehaving-server.ts';
import { itemsAsked, likely, MOODS, replyTo } from '../support/questionnaire.ts';
import { configFor, importLines, people, register } from '../support/study.ts';
import { verified } from '../support/verification.ts';

/** Calls of an administration of MOODS in blocks. */
const BLOCKS = ['a1,a2,a3', 'b1,b2', 'c1'];

describe.each(DATABASES)('an administration in several calls (%s)', (kind) => {
  let database: Database;
  let server: MisbehavingServer;
  let respond: Respond;
  beforeEach(async () => {
    database = await testDatabase(kind);
    respond = (seen) => says(replyTo(itemsAsked(seen)));
    server = await MisbehavingServer.start((seen, index) => respond(seen, index));
  });
  afterEach(async () => {
    // Whatever happened, what is stored follows from what it was made of.
    expect((await verified(database)).lines).toEqual([]);
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const run = (options: ExperimentRunOptions = {}) =>
    runPendingExperiments(database, configFor(server.openaiBaseUrl), options);
  const prepare = async (count: number, settings: Partial<AdministrationSettings>) => {
    await importLines(database, people('p', count));
    await register(database, ['p'], {
      instrument: MOODS,
      administration: administration.parse(settings),
    });
  };
  const asked = (seen: readonly Seen[] = server.seen) => seen.map((one) => itemsAsked(one).join());
  const query = async <Row>(of: ReturnType<typeof sql<Row>>) =>
    (await of.execute(database.db)).rows;
  const answers = () =>
    query(sql<{ id: number; n: number }>`select experiment_id as id, count(*)::int as n
      from ${database.t.eval_questionnaires} group by 1 order by 1`);
  const states = () =>
    query(sql<{
      item: number;
      state: string;
      call: number;
    }>`select question_number as item, state, call
      from ${database.t.item_states} order by experiment_id, 1`);
  const parts = () =>
    query(sql<{ id: number; call: number; items: number[]; reply: string | null }>`
      select c.experiment_id as id, c.call, c.items, r.reply from ${database.t.administration_calls} c
      left join ${database.t.reply_texts} r using (request_metadata_id) order by 1, 2`);
  const details = () =>
    database.db.selectFrom('experiment_details').selectAll().orderBy('experiment_id').execute();
  const experiments = () =>
    database.db.selectFrom('experiments_list').selectAll().orderBy('experiment_id').execute();
  const scores = () =>
    database.db
      .selectFrom('scores')
      .select(['experiment_id', 'scale', 'score', 'items_answered', 'rule_sha256'])
      .orderBy('experiment_id')
      .orderBy('scale')
      .execute();
  /** The stored scores are those of the plain view. */
  const expectScores = async () => {
    const stored = await scores();
    await sql`delete from ${database.t.scores}`.execute(database.db);
    await storeMissingScores(database.db, database.t);
    expect(stored.filter(({ items_answered: some }) => some > 0)).toEqual(await scores());
    expect(stored.length).toBeGreaterThan(0);
  };

  test('is stored whole: answers, calls, texts, scores', async () => {
    await prepare(3, { items_per_call: 'block' });
    expect(await planRun(database, configFor(server.openaiBaseUrl), {})).toMatchObject({
      experiments: 3,
    });
    expect(await run()).toMatchObject({ succeeded: 3, failed: 0, calls: 9, retries: 0 });
    expect(asked().toSorted()).toEqual([...BLOCKS, ...BLOCKS, ...BLOCKS].toSorted());
    expect((await answers()).map(({ n }) => n)).toEqual([6, 6, 6]);
    expect(await states()).toEqual([]);
    expect((await parts()).slice(0, 3)).toEqual([
      { id: 1, call: 1, items: [1, 2, 3], reply: replyTo(['a1', 'a2', 'a3']) },
      { id: 1, call: 2, items: [4, 5], reply: replyTo(['b1', 'b2']) },
      { id: 1, call: 3, items: [6], reply: replyTo(['c1']) },
    ]);
    expect(await parts()).toHaveLength(9);
    expect((await details())[0]).toMatchObject({ attempts: 3, partial: false, item_order: null });
    expect((await experiments())[0]).toMatchObject({
      succeeded: true,
      llm_explanation: 'About a1,a2,a3.\n\nAbout b1,b2.\n\nAbout c1.',
    });
    await expectScores();
    expect(await run()).toMatchObject({ calls: 0 });
  });

  test('ends anywhere and goes on: no call that was answered is made again', async () => {
    await prepare(3, { items_per_call: 1, item_order: 'shuffled', earlier_turns: 'kept' });
    let runs = 0;
    while ((await run({ maxCalls: 2, maxWorkers: 2 })).endedBy === 'budget') runs++;
    expect(runs).toBeGreaterThan(5);
    expect(server.seen).toHaveLength(18);
    expect(new Set(server.seen.map(({ body }) => body.toString())).size).toBe(18);
    expect((await answers()).map(({ n }) => n)).toEqual([6, 6, 6]);
    // What was asked last had everything before it in its turns.
    const longest = server.seen.map(({ json }) => (json.messages as unknown[]).length);
    expect(Math.max(...longest)).toBe(1 + 2 * 5 + 1);
    const [first] = await details();
    expect(first!.item_order!.toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    const mine = (await parts()).filter(({ id }) => id === first!.experiment_id);
    expect(mine.flatMap(({ items }) => items)).toEqual(first!.item_order);
  });

  test('tries each call as often as the policy says, and a later run the one that failed', async () => {
    await prepare(1, { items_per_call: 'block' });
    const tried = new Map<string, number>();
    let broken = true;
    respond = (seen) => {
      const items = itemsAsked(seen);
      const key = items.join();
      tried.set(key, (tried.get(key) ?? 0) + 1);
      if (key === 'c1' && broken) return breaksDown();
      return tried.get(key)! < 3 ? breaksDown() : says(replyTo(items));
    };
    expect(await run()).toMatchObject({ failed: 1, calls: 9 });
    expect((await experiments())[0]).toMatchObject({ succeeded: null });
    expect((await details())[0]).toMatchObject({ last_outcome: 'failed', attempts: 9 });
    expect(await answers()).toEqual([]);
    broken = false;
    expect(await run()).toMatchObject({ succeeded: 1, calls: 1 });
    expect(asked(server.seen.slice(9))).toEqual(['c1']);
    expect((await answers()).map(({ n }) => n)).toEqual([6]);
  });

  test('in which a call of several items is refused keeps the earlier answers, unscored, and goes on from there', async () => {
    await prepare(1, { items_per_call: 'block' });
    respond = (seen) =>
      itemsAsked(seen).includes('b1') ? refuses() : says(replyTo(itemsAsked(seen)));
    expect(await run()).toMatchObject({ succeeded: 0, failed: 1, calls: 2 });
    expect((await experiments())[0]).toMatchObject({ succeeded: null });
    expect((await details())[0]).toMatchObject({ last_outcome: 'refused' });
    expect((await answers()).map(({ n }) => n)).toEqual([3]);
    expect(await scores()).toEqual([]);
    expect(await states()).toEqual([
      { item: 4, state: 'declined', call: 2 },
      { item: 5, state: 'declined', call: 2 },
      { item: 6, state: 'not_asked', call: 3 },
    ]);
    expect(await run()).toMatchObject({ calls: 0 });
    respond = (seen) => says(replyTo(itemsAsked(seen)));
    expect(await run({ retry: ['refused'] })).toMatchObject({ succeeded: 1, calls: 2 });
    expect(asked(server.seen.slice(2))).toEqual(['b1,b2', 'c1']);
    expect((await answers()).map(({ n }) => n)).toEqual([6]);
    expect(await states()).toEqual([]);
    await expectScores();
  });

  test('of one item each takes a refusal for a declined item', async () => {
    await prepare(2, { items_per_call: 1 });
    respond = (seen) =>
      itemsAsked(seen).includes('a2') ? refuses() : says(replyTo(itemsAsked(seen)));
    expect(await run()).toMatchObject({ succeeded: 2, failed: 0, calls: 12 });
    expect(await states()).toEqual([
      { item: 2, state: 'declined', call: 2 },
      { item: 2, state: 'declined', call: 2 },
    ]);
    expect((await details())[0]).toMatchObject({ partial: true, last_outcome: 'answered' });
    expect((await scores()).slice(0, 2)).toMatchObject([
      { scale: 'A', score: null, items_answered: 2 },
      { scale: 'B', items_answered: 3 },
    ]);
    await expectScores();
    const dossier = await dossierOf(database, 1);
    expect(dossier!.deviations).toEqual([]);
    expect(dossier!.answers.map(({ number, answer, state }) => [number, answer, state])).toEqual([
      [1, 5, 'answered'],
      [2, null, 'declined'],
      [3, 3, 'answered'],
      [4, 1, 'answered'],
      [5, 2, 'answered'],
      [6, 1, 'answered'],
    ]);
    expect(dossier!.calls.map(({ part }) => [part!.call, part!.items])).toEqual([
      [1, [1]],
      [2, [2]],
      [3, [3]],
      [4, [4]],
      [5, [5]],
      [6, [6]],
    ]);
  });

  test('resumes after a refused item as well', async () => {
    await prepare(1, { items_per_call: 1 });
    respond = (seen) =>
      itemsAsked(seen).includes('a2') ? refuses() : says(replyTo(itemsAsked(seen)));
    expect(await run({ maxCalls: 3 })).toMatchObject({ endedBy: 'budget' });
    expect(await run()).toMatchObject({ succeeded: 1, calls: 3 });
    expect(asked()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c1']);
    expect(await states()).toEqual([{ item: 2, state: 'declined', call: 2 }]);
  });

  test('asks what has no answer once more, where that is wanted', async () => {
    await prepare(2, { no_answer: 'offered', ask_missing: true });
    respond = (seen) => {
      const items = itemsAsked(seen);
      const isFurther = items.length < 6;
      if (isFurther && JSON.stringify(seen.json).includes('person 2 of')) return refuses();
      return says(
        replyTo(items, (id) =>
          !isFurther && id === 'b1' ? null : id.startsWith('a') ? 'Yes' : 'Often',
        ),
      );
    };
    expect(await run()).toMatchObject({ succeeded: 2, calls: 4 });
    expect(await states()).toEqual([
      { item: 4, state: 'answered', call: 2 },
      { item: 4, state: 'declined', call: 1 },
    ]);
    expect((await details()).map(({ partial }) => partial)).toEqual([false, true]);
    await expectScores();
  });

  test('keeps the old answers until a repetition is whole, and does not mix its calls with theirs', async () => {
    await prepare(1, { items_per_call: 'block' });
    await run();
    const before = await scores();
    respond = (seen) =>
      says(replyTo(itemsAsked(seen), (id) => (id.startsWith('a') ? 'Yes' : 'Never')));
    expect(await run({ rerun: true, maxCalls: 1 })).toMatchObject({ endedBy: 'budget' });
    expect(await scores()).toEqual(before);
    expect((await parts()).map(({ call }) => call)).toEqual([1]);
    expect((await experiments())[0]).toMatchObject({ succeeded: true });
    expect(await run({ rerun: true })).toMatchObject({ succeeded: 1, calls: 2 });
    expect(asked(server.seen.slice(3))).toEqual(BLOCKS);
    expect((await parts()).map(({ call }) => call)).toEqual([1, 2, 3]);
    expect(await scores()).not.toEqual(before);
    await expectScores();
  });

  test('asks for log-probabilities, stores them by option with what lies outside, and is resumed from them', async () => {
    await prepare(1, { elicit: 'logprobs', items_per_call: 1 });
    respond = () => likely({ B: 0.5, ' A': 0.25, Maybe: 0.15 });
    await run({ maxCalls: 4 });
    expect(await run()).toMatchObject({ succeeded: 1, calls: 1 });
    // The first item is not answered "Yes", so that the last does not apply.
    expect(asked()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
    expect(server.seen[0]!.json).toMatchObject({ logprobs: true, top_logprobs: 20 });
    expect(server.seen[0]!.json).not.toHaveProperty('response_format');
    const rows = await query(sql<{ item: number; answer: number; p: number }>`
      select question_number as item, answer, probability as p from ${database.t.item_probabilities} order by 1, 2`);
    expect(rows.slice(0, 2)).toEqual([
      { item: 1, answer: 1, p: expect.closeTo(0.25, 9) },
      { item: 1, answer: 2, p: expect.closeTo(0.5, 9) },
    ]);
    expect(rows).toHaveLength(10);
    expect((await dossierOf(database, 1))!.calls[0]!.request_metadata).toMatchObject({
      probability_outside: expect.closeTo(0.25, 9),
    });
    expect(await answers()).toEqual([]);
    expect((await scores())[0]).toMatchObject({
      scale: 'A',
      score: expect.closeTo(6 + 5 / 3, 9),
    });
  });

  test('gives a model up whose endpoint tells no log-probabilities', async () => {
    await prepare(20, { elicit: 'logprobs', items_per_call: 1 });
    respond = () => likely(null);
    const summary = await run({ maxWorkers: 1 });
    expect(summary.endedBy).toBe('provider');
    // The next task may start while the first one is read.
    expect(summary.calls).toBeLessThanOrEqual(2);
    expect(summary.message).toContain('no log-probabilities');
  });

  test('sends a schema for the items of each call', async () => {
    await prepare(1, { format: 'schema', items_per_call: 'block' });
    expect(await run()).toMatchObject({ succeeded: 1, calls: 3 });
    expect(server.seen[1]!.json.response_format).toEqual({
      type: 'json_schema',
      json_schema: {
        name: 'reply',
        strict: true,
        schema: {
          type: 'object',
          properties: {
            b1: { enum: ['Never', 'Sometimes', 'Often'] },
            b2: { enum: ['Never', 'Sometimes', 'Often'] },
            explanation: { type: 'string' },
          },
          required: ['b1', 'b2', 'explanation'],
          additionalProperties: false,
        },
      },
    });
  });
});
