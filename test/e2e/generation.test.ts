import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { type Database, openMigrated } from '../../src/db/connect.ts';
import { UserError } from '../../src/errors.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import {
  type GenerationOptions,
  type GenerationRequest,
  generatePersonas,
  planGeneration,
} from '../../src/personas/generation/generate.ts';
import { PERSONA_SYSTEM } from '../../src/personas/generation/prompt.ts';
import { countWords } from '../../src/personas/persona.ts';
import { CONDITIONS, findCondition } from '../../src/personas/sheets/conditions.ts';
import type { Sheet } from '../../src/personas/sheets/sheet.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import {
  type Behaviour,
  breaksDown,
  filters,
  MisbehavingServer,
  type Respond,
  refuses,
  type Seen,
  says,
  throttles,
  truncates,
} from '../support/misbehaving-server.ts';
import {
  BASE,
  biography,
  generate,
  generationRequest,
  personalityIn,
  personaReply,
  seedFew,
  tableOf,
} from '../support/persona.ts';
import { configFor, EPQRA, importLines, messagesOf, register, sheet } from '../support/study.ts';

const SHEETS = 4;
const THREE_ATTEMPTS = 3;
const BASE_POPULATION = 'generated_sim-gpt4o_few';
const MODEL_ID = 'simulated/gpt-4o-2024-11-20';

interface GenerationRow {
  readonly id: number;
  readonly population: string;
  readonly personality: number;
  readonly draw: number;
  readonly persona: number | null;
  readonly succeeded: boolean | null;
  readonly origin: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly attempts: number;
}

describe.each(DATABASES)('writing personas (%s)', (kind) => {
  let database: Database;
  let server: MisbehavingServer;
  let sheets: readonly Sheet[];
  /** What the server does; tests put their own here. */
  let respond: Respond;
  beforeEach(async () => {
    database = await testDatabase(kind);
    respond = ({ index }) => says(personaReply(`Reply ${index}`));
    server = await MisbehavingServer.start((request, index) => respond(request, index));
    sheets = await seedFew(database, SHEETS);
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const write = (request: Partial<GenerationRequest> = {}, options: GenerationOptions = {}) =>
    generate(database, server.openaiBaseUrl, request, options);
  const personas = () =>
    database.db
      .selectFrom('personas')
      .selectAll()
      .orderBy('population')
      .orderBy('ref_personality_id')
      .orderBy('repetitions')
      .execute();
  const generations = async () => {
    const { t, db } = database;
    const { rows } =
      await sql<GenerationRow>`select generation_id as id, population, personality_id as personality, draw, persona_id as persona,
      succeeded, origin, last_outcome as outcome, last_reason as reason, attempts
      from ${t.generations} join ${t.generation_groups} using (generation_group_id) order by population, personality_id, draw`.execute(
        db,
      );
    return rows;
  };
  const calls = async () => {
    const { t, db } = database;
    const { rows } = await sql<{
      generation: number;
      request_json: unknown;
      response_json: unknown;
      request_metadata: Record<string, unknown>;
      request_gzip: Uint8Array;
      response_gzip: Uint8Array;
    }>`select m.generation_id as generation, m.request_json, m.response_json, m.request_metadata, b.request_gzip, b.response_gzip
      from ${t.generation_request_metadata} m join ${t.generation_call_bytes} b on b.request_metadata_id = m.id order by m.id`.execute(
      db,
    );
    return rows;
  };
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const personality = (seen: Seen) => personalityIn(seen, sheets);

  test('stores one for each sheet, with its columns, its call and its bytes, and repeats no call', async () => {
    const result = await write({ seed: 7, repoSha: 'abc' });
    expect(result.populations).toMatchObject([
      {
        model: 'sim-gpt4o',
        condition: 'Base',
        population: BASE_POPULATION,
        personas: SHEETS,
        there: 0,
      },
    ]);
    expect(result.summary).toMatchObject({
      succeeded: SHEETS,
      failed: 0,
      remaining: 0,
      calls: SHEETS,
      retries: 0,
      endedBy: 'nothing left',
    });

    const stored = await personas();
    expect(stored.map((row) => row.ref_personality_id)).toEqual([10, 20, 30, 40]);
    const made = await generations();
    expect(made.map((row) => row.persona)).toEqual(stored.map((row) => row.id));
    const rows = await calls();
    expect(rows).toHaveLength(SHEETS);
    for (const row of stored) {
      expect(row).toMatchObject({
        population: BASE_POPULATION,
        model: 'sim-gpt4o',
        name: 'Marta Gil',
        age: 34,
        gender_original: 'Woman',
        gender: 'female',
        sexual_orientation_original: 'Straight',
        sexual_orientation: 'heterosexual',
        race_original: 'Caucasian',
        race: 'White',
        ethnicity: 'Spanish',
        religious_belief_original: 'Roman Catholic',
        religious_belief: 'Christian',
        occupation_original: 'Nurse',
        occupation: 'Health care',
        political_orientation_original: 'Conservative',
        political_orientation: 'Conservative',
        location_original: 'Madrid, Spain',
        location: 'Madrid, Spain',
        repetitions: 1,
        model_print: 'GPT-4o (simulated)',
        population_print: 'Base',
      });
      // The persona is the one of the very reply that the request with its sheet got.
      const seen = server.seen.find((one) => personality(one) === row.ref_personality_id)!;
      expect(row.description).toBe(biography(`Reply ${seen.index}`));
      expect(row.word_count_description).toBe(countWords(biography(`Reply ${seen.index}`)));
      const generation = made.find((one) => one.persona === row.id)!;
      expect(generation).toMatchObject({
        draw: 1,
        succeeded: true,
        origin: 'simulated',
        outcome: 'answered',
        reason: null,
        attempts: 1,
      });
      const [call, ...more] = rows.filter((one) => one.generation === generation.id);
      expect(more).toEqual([]);
      expect(call!.request_metadata).toMatchObject({
        attempt: 1,
        outcome: 'answered',
        status: 200,
        request_sha256: sha256(seen.body),
        response_sha256: sha256(seen.sent),
        model_served: MODEL_ID,
      });
      expect(gunzipSync(call!.request_gzip).equals(seen.body)).toBe(true);
      expect(gunzipSync(call!.response_gzip).equals(seen.sent)).toBe(true);
      expect(call!.request_json).toEqual(seen.json);
      expect(call!.response_json).toEqual(JSON.parse(seen.sent.toString()));
    }
    expect(await database.db.selectFrom('persona_details').selectAll().execute()).toMatchObject(
      stored.map(() => ({
        origin: 'simulated',
        source: null,
        vocabulary_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      })),
    );
    const [group, ...others] = await database.db
      .selectFrom('generation_groups')
      .selectAll()
      .execute();
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      model: MODEL_ID,
      condition: 'Base',
      reference: 'few',
      temperature: 1,
      top_p: 1,
      seed: 7,
      repo_sha: 'abc',
    });

    const again = await write();
    expect(again.populations).toMatchObject([{ personas: SHEETS, there: SHEETS, tasks: 0 }]);
    expect(again.summary).toMatchObject({ succeeded: 0, calls: 0, total: 0, remaining: 0 });
    expect(server.seen).toHaveLength(SHEETS);
    expect(await personas()).toEqual(stored);
  });

  test('sends the questions with the answers, the schema, and a seed of its own for each', async () => {
    await write({ repetitions: 2 });
    for (const seen of server.seen) {
      const { system, user } = messagesOf(seen);
      expect(system).toBe(PERSONA_SYSTEM);
      expect(system).toContain('"political_orientation": { "type": "string" }');
      expect(seen.json).toMatchObject({
        model: MODEL_ID,
        temperature: 1,
        top_p: 1,
        response_format: { type: 'json_object' },
      });
      expect(tableOf(seen).questions).toEqual(EPQRA.items.map((item) => item.text));
      expect(user).not.toMatch(/\d|\{\{|category|scale/i);
    }
    expect(server.seen.map(personality).sort()).toEqual([10, 10, 20, 20, 30, 30, 40, 40]);
    expect(new Set(server.seen.map((one) => one.json.seed)).size).toBe(SHEETS * 2);
  });

  test('sends each sheet under each condition, and stores its persona in that population', async () => {
    await write({ conditions: CONDITIONS, experimental: true });
    const stored = await personas();
    expect(stored).toHaveLength(SHEETS * CONDITIONS.length);
    for (const { name, label, populationTag, drive } of CONDITIONS) {
      const population =
        populationTag === null ? BASE_POPULATION : `borderline_${populationTag}_sim-gpt4o_few`;
      const rows = stored.filter((row) => row.population === population);
      expect(rows.map((row) => [row.ref_personality_id, row.population_print])).toEqual(
        sheets.map((one) => [one.personalityId, label]),
      );
      for (const [index, row] of rows.entries()) {
        const { answers } = tableOf(
          server.seen.find((one) => row.description === biography(`Reply ${one.index}`))!,
        );
        expect(answers, `${name} of ${row.ref_personality_id}`).toEqual(
          EPQRA.items.map(({ number, scale, key }) => {
            const aim = drive[scale!];
            return aim === undefined
              ? sheets[index]!.answers[number - 1]
              : Number((key === 1) === (aim === 'max'));
          }),
        );
        // All six items of neuroticism are keyed True: the answers that drive it need no rule to be
        // told.
        const neuroticism = answers.filter((_, item) => EPQRA.items[item]!.scale === 'N');
        if (name === 'max_N') expect(neuroticism).toEqual(Array(6).fill(1));
      }
    }
  });

  test('adds further draws to those that are there', async () => {
    await write({ maxPersonas: 2 });
    const first = await personas();
    const more = await write({ maxPersonas: 2, startRepetitions: 2, repetitions: 2 });
    expect(more.populations).toMatchObject([{ personas: 4, there: 0, tasks: 4 }]);
    const all = await personas();
    expect(all.map((row) => [row.ref_personality_id, row.repetitions])).toEqual([
      [10, 1],
      [10, 2],
      [10, 3],
      [20, 1],
      [20, 2],
      [20, 3],
    ]);
    expect(all.filter((row) => row.repetitions === 1)).toEqual(first);
    expect(new Set(all.map((row) => row.description)).size).toBe(6);
    expect((await write({ repetitions: 3 })).populations).toMatchObject([
      { personas: 12, there: 6, tasks: 6 },
    ]);
    expect(await personas()).toHaveLength(12);
    expect(await database.db.selectFrom('generation_groups').selectAll().execute()).toHaveLength(1);
  });

  test('retries, counts and keeps replies that hold no persona', async () => {
    const asked = new Map<number, number>();
    const useless = [
      says(personaReply('x', { age: 0 })),
      says('{"name": "Marta Gil", "age": 34, "descr'),
    ] as const;
    respond = (seen) => {
      const time = asked.get(personality(seen)) ?? 0;
      asked.set(personality(seen), time + 1);
      return useless[time] ?? says(personaReply(`Reply ${seen.index}`));
    };
    expect((await write()).summary).toMatchObject({
      succeeded: SHEETS,
      failed: 0,
      calls: SHEETS * 3,
      retries: SHEETS * 2,
    });
    for (const row of await generations()) {
      expect(row).toMatchObject({ succeeded: true, attempts: 3, outcome: 'answered' });
      const mine = (await calls()).filter((one) => one.generation === row.id);
      expect(
        mine.map((one) => [one.request_metadata.attempt, one.request_metadata.outcome]),
      ).toEqual([
        [1, 'invalid'],
        [2, 'unparseable'],
        [3, 'answered'],
      ]);
      expect(mine[0]!.request_metadata.reason).toBe('an age of 0 is not plausible');
      expect(new Set(mine.map((one) => one.request_metadata.seed)).size).toBe(3);
    }
  });

  test('leaves one that fails pending, and the next run writes it', async () => {
    const trouble = new Map<number, Behaviour>([
      [20, breaksDown()],
      [30, truncates(personaReply('cut').slice(0, 80))],
      [40, says(personaReply('x', { gender: '' }))],
    ]);
    respond = (seen) => trouble.get(personality(seen)) ?? says(personaReply(`Reply ${seen.index}`));
    const { summary } = await write();
    expect(summary).toMatchObject({
      succeeded: 1,
      failed: 3,
      remaining: 3,
      calls: 1 + 2 * THREE_ATTEMPTS + 1,
    });
    expect(summary.failures.map((one) => one.outcome).sort()).toEqual([
      'failed',
      'invalid',
      'truncated',
    ]);
    expect((await personas()).map((row) => row.ref_personality_id)).toEqual([10]);
    expect(
      (await generations()).map((row) => [
        row.personality,
        row.succeeded,
        row.persona === null,
        row.outcome,
        row.attempts,
      ]),
    ).toEqual([
      [10, true, false, 'answered', 1],
      [20, null, true, 'failed', THREE_ATTEMPTS],
      [30, null, true, 'truncated', 1],
      [40, null, true, 'invalid', THREE_ATTEMPTS],
    ]);
    expect((await generations()).at(-1)!.reason).toBe('missing: gender');
    trouble.clear();
    const next = await write();
    expect(next.populations).toMatchObject([{ there: 1, tasks: 3 }]);
    expect(next.summary).toMatchObject({ succeeded: 3, failed: 0, calls: 3, remaining: 0 });
    expect((await generations()).map((row) => row.attempts)).toEqual([1, 4, 2, 4]);
    expect(await calls()).toHaveLength(server.seen.length);
  });

  test('keeps to what the run was asked for, whatever an earlier one left pending', async () => {
    respond = () => breaksDown();
    await write({ repetitions: 2 });
    respond = ({ index }) => says(personaReply(`Reply ${index}`));
    const few = await write({ maxPersonas: 2 });
    expect(few.populations).toMatchObject([{ personas: 2, tasks: 2 }]);
    expect(few.summary).toMatchObject({ succeeded: 2, calls: 2, remaining: 0 });
    expect((await personas()).map((row) => [row.ref_personality_id, row.repetitions])).toEqual([
      [10, 1],
      [20, 1],
    ]);
    expect((await write({ repetitions: 2 })).summary).toMatchObject({ succeeded: 6, remaining: 0 });
  });

  test('retries a refusal only on request', async () => {
    respond = (seen) => (personality(seen) <= 20 ? refuses() : says(personaReply('x')));
    expect((await write()).summary).toMatchObject({
      succeeded: 2,
      failed: 2,
      remaining: 2,
      calls: SHEETS,
    });
    respond = () => says(personaReply('x'));
    expect((await write()).summary).toMatchObject({ calls: 0, remaining: 2 });
    expect((await write({}, { retry: ['invalid'] })).summary).toMatchObject({
      calls: 0,
      remaining: 2,
    });
    expect((await write({}, { retry: ['refused'] })).summary).toMatchObject({
      calls: 2,
      succeeded: 2,
      remaining: 0,
    });
    expect((await generations()).map((row) => row.attempts)).toEqual([2, 2, 1, 1]);
  });

  test('retries what failed in one way without the rest', async () => {
    respond = (seen) =>
      personality(seen) <= 10
        ? filters()
        : personality(seen) <= 20
          ? refuses()
          : says('no persona');
    expect((await write()).summary).toMatchObject({ succeeded: 0, remaining: SHEETS });
    respond = () => says(personaReply('x'));
    expect((await write({}, { retry: ['content_filter'] })).summary).toMatchObject({
      calls: 1,
      succeeded: 1,
    });
    expect((await write({}, { retry: ['unparseable'] })).summary).toMatchObject({
      calls: SHEETS - 2,
      succeeded: SHEETS - 2,
      remaining: 1,
    });
  });

  test('charges no attempt for throttling', async () => {
    respond = (_, index) => (index < 3 ? throttles('0') : says(personaReply('x')));
    expect((await write({ maxPersonas: 1 })).summary).toMatchObject({
      succeeded: 1,
      failed: 0,
      calls: 4,
    });
    expect((await generations()).map((row) => row.attempts)).toEqual([1]);
  });

  test('cuts a text that is longer than its column, and keeps it whole elsewhere', async () => {
    const politics = `Conservative, ${'politically conservative, '.repeat(8)}socially conservative 😀`;
    const name = `Marta ${'Gil '.repeat(80)}😀`.trim();
    respond = () => says(personaReply('x', { political_orientation: politics, name }));
    expect((await write({ maxPersonas: 1 })).summary).toMatchObject({ succeeded: 1, failed: 0 });
    const [row] = await personas();
    expect(row).toMatchObject({
      political_orientation_original: [...politics].slice(0, 50).join(''),
      political_orientation: 'Conservative',
      name: [...name].slice(0, 255).join(''),
    });
    expect(
      await database.db.selectFrom('persona_texts').selectAll().orderBy('column_name').execute(),
    ).toEqual([
      { persona_id: row!.id, column_name: 'name', full_text: name },
      { persona_id: row!.id, column_name: 'political_orientation_original', full_text: politics },
    ]);
  });

  test('stores NUL and half a surrogate pair', async () => {
    respond = () => says(personaReply('before\u0000after \ud800 end', { ethnicity: 'José\u0000' }));
    expect((await write({ maxPersonas: 1 })).summary).toMatchObject({ succeeded: 1, failed: 0 });
    const [row] = await personas();
    expect(row!.description).toContain('before␀after � end');
    expect(row!.ethnicity).toBe('José␀');
    expect(gunzipSync((await calls())[0]!.response_gzip).equals(server.seen[0]!.sent)).toBe(true);
  });

  test('needs the flag for what the study calls experimental', async () => {
    const guarded = CONDITIONS.filter((condition) => condition.experimental);
    expect(guarded.map((condition) => condition.name)).toEqual([
      'min_L',
      'max_all',
      'min_E_max_rest',
    ]);
    for (const condition of guarded)
      await expect(write({ conditions: [BASE, condition] })).rejects.toThrow(
        `the condition ${condition.name}`,
      );
    for (const model of ['gpt4oold', 'gpt4turbo', 'llama3170B'])
      await expect(write({ models: [model] })).rejects.toThrow(`the model ${model}`);
    expect(await generations()).toEqual([]);
    expect((await write({ models: ['sim-llama3170B'], maxPersonas: 1 })).summary.succeeded).toBe(1);
  });

  test('refuses an impossible request before anything is written', async () => {
    const wrong: [Partial<GenerationRequest>, RegExp][] = [
      [{ models: [] }, /No model given/],
      [{ models: ['gpt-9'] }, /gpt-9/],
      [{ reference: 'spain826' }, /is "few", not "spain826"/],
      [{ repetitions: 0 }, /--repetitions must be a positive integer/],
      [{ startRepetitions: 1.5 }, /--start-repetitions must be/],
      [{ maxPersonas: -1 }, /--max-personas must be/],
      [{ repetitions: 1001 }, /exceeds the maximum of 1000/],
    ];
    for (const [request, message] of wrong) {
      const error = await write(request).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toMatch(message);
      expect((error as UserError).hint).not.toBe('');
    }
    await using empty = await testDatabase(kind);
    await expect(generate(empty, server.openaiBaseUrl)).rejects.toThrow(
      /has no reference population/,
    );
    expect(await generations()).toEqual([]);
    expect(server.seen).toEqual([]);
  });

  test('writes a population from one set of sheets and by one model', async () => {
    await write({ maxPersonas: 1 });
    const config = configFor(server.openaiBaseUrl);
    const renamed = {
      ...config,
      models: { ...config.models, 'sim-gpt4o': { model_id: 'simulated/another' } },
    };
    await expect(generatePersonas(database, renamed, generationRequest())).rejects.toThrow(
      /was started when sim-gpt4o meant "simulated\/gpt-4o/,
    );
    const { t, db } = database;
    await sql`update ${t.reference_population} set sha256 = repeat('0', 64)`.execute(db);
    await expect(write()).rejects.toThrow(/was written from other sheets/);
    expect(await personas()).toHaveLength(1);
    expect(server.seen).toHaveLength(1);
  });

  test('keeps the wording with which the population was begun', async () => {
    await write({ maxPersonas: 1, seed: 5 });
    await database.db
      .updateTable('generation_groups')
      .set({ system_role: 'Edited system.', temperature: 0.25 })
      .execute();
    await write({ seed: 6 });
    expect(
      server.seen.slice(1).map((one) => [messagesOf(one).system, one.json.temperature]),
    ).toEqual(Array.from({ length: SHEETS - 1 }, () => ['Edited system.', 0.25]));
    expect(
      (await database.db.selectFrom('generation_groups').select('seed').execute()).map(
        (row) => row.seed,
      ),
    ).toEqual([5]);
  });

  test('writes a population for each model and condition, by its own model', async () => {
    const { populations, summary } = await write({
      models: ['sim-gpt4o', 'sim-gpt35', 'sim-gpt4o'],
      conditions: [BASE, findCondition('max_P')],
    });
    expect(populations.map((one) => one.population)).toEqual([
      BASE_POPULATION,
      'borderline_maxP_sim-gpt4o_few',
      'generated_sim-gpt35_few',
      'borderline_maxP_sim-gpt35_few',
    ]);
    expect(summary).toMatchObject({ succeeded: SHEETS * 4, remaining: 0 });
    const modelOf = new Map(server.seen.map((one) => [biography(`Reply ${one.index}`), one.model]));
    for (const row of await personas()) {
      expect(modelOf.get(row.description!)).toBe(
        row.model === 'sim-gpt35' ? 'simulated/gpt-3.5-turbo-0125' : MODEL_ID,
      );
      expect(row.population).toContain(`_${row.model}_`);
    }
  });

  test('ends before a budget is exceeded, and the next run goes on', async () => {
    const config = loadConfig(
      {},
      { OPENAI_API_KEY: 'none', OPENAI_BASE_URL: server.openaiBaseUrl },
      '/',
    );
    const maxCost = 0.02;
    const run = (options: GenerationOptions) =>
      generatePersonas(
        database,
        config,
        generationRequest({ models: ['gpt4o'], repetitions: 3 }),
        options,
      );
    const first = await run({ maxCost, maxWorkers: 1 });
    expect(first.summary).toMatchObject({
      endedBy: 'budget',
      failed: 0,
      remaining: SHEETS * 3 - first.summary.succeeded,
    });
    expect(first.summary.costUsd).toBeLessThanOrEqual(maxCost);
    expect(first.summary.succeeded).toBeGreaterThan(0);
    expect(await personas()).toHaveLength(first.summary.succeeded);
    expect((await run({ maxCost: 10 })).summary).toMatchObject({
      remaining: 0,
      endedBy: 'nothing left',
    });
    expect(server.seen).toHaveLength(SHEETS * 3);
    expect(server.seen[0]!.json).not.toHaveProperty('seed');
    expect((await generations()).map((row) => row.origin)).toEqual(Array(SHEETS * 3).fill('model'));
  });

  test('plans what would be written, and writes nothing', async () => {
    const config = configFor(server.openaiBaseUrl);
    await write({ maxPersonas: 1 });
    const planned = await planGeneration(
      database,
      config,
      generationRequest({ models: ['sim-gpt4o', 'gpt4o'], repetitions: 2 }),
    );
    expect(planned).toMatchObject([
      { model: 'sim-gpt4o', personas: SHEETS * 2, there: 1, tasks: SHEETS * 2 - 1, costUsd: 0 },
      { model: 'gpt4o', personas: SHEETS * 2, there: 0, tasks: SHEETS * 2 },
    ]);
    expect(planned[1]!.costUsd).toBeGreaterThan(0);
    expect(await generations()).toHaveLength(1);
    expect(server.seen).toHaveLength(1);
  });

  test('marks the rows of a simulated respondent, whatever model it stood for', async () => {
    respond = () => says(personaReply('x'), { model: MODEL_ID });
    const config = loadConfig(
      {},
      { OPENAI_API_KEY: 'none', OPENAI_BASE_URL: server.openaiBaseUrl },
      '/',
    );
    await generatePersonas(
      database,
      config,
      generationRequest({ models: ['gpt4o'], maxPersonas: 1 }),
    );
    expect((await generations()).map((row) => row.origin)).toEqual(['simulated']);
    expect(
      (await database.db.selectFrom('persona_details').select('origin').execute()).map(
        (row) => row.origin,
      ),
    ).toEqual(['simulated']);
  });

  test('keeps what was written before a stop, and the next run writes the rest', async () => {
    const stop = new AbortController();
    respond = ({ index }) => {
      stop.abort();
      return says(personaReply(`Reply ${index}`));
    };
    const first = await write({}, { signal: stop.signal, maxWorkers: 1 });
    expect(first.summary).toMatchObject({ endedBy: 'signal', succeeded: 1, remaining: SHEETS - 1 });
    expect((await write()).summary).toMatchObject({ succeeded: SHEETS - 1, remaining: 0 });
    expect((await personas()).map((row) => row.ref_personality_id)).toEqual([10, 20, 30, 40]);
  });

  test.runIf(kind === 'postgres')(
    'writes each persona once in two runs at the same time',
    async () => {
      await using second = await openMigrated({
        database: { kind: 'postgres', url: inject('postgres') },
        schema: database.schema,
      });
      const request = { repetitions: 5 };
      const both = await Promise.all([
        write(request),
        generate(second, server.openaiBaseUrl, request),
      ]);
      expect(both.map((one) => one.summary.succeeded).reduce((sum, one) => sum + one)).toBe(
        SHEETS * 5,
      );
      expect(both.map((one) => one.summary.remaining)).toEqual([0, 0]);
      expect(server.seen).toHaveLength(SHEETS * 5);
      const keys = (await personas()).map((row) => `${row.ref_personality_id} ${row.repetitions}`);
      expect(new Set(keys).size).toBe(SHEETS * 5);
      expect(keys).toHaveLength(SHEETS * 5);
    },
  );

  describe('registering what was written', () => {
    const experiments = async () => {
      const { t, db } = database;
      const { rows } = await sql<{
        id: number;
        personality: number;
        repeated: number;
        persona: number;
        description: string;
      }>`
        select e.experiment_id as id, e.personality_id as personality, e.repeated, d.persona_id as persona, p.description
        from ${t.experiments_list} e join ${t.experiment_details} d using (experiment_id) join ${t.personas} p on p.id = d.persona_id
        order by e.personality_id, d.persona_id, e.repeated`.execute(db);
      return rows;
    };
    const administer = async () => {
      const before = server.seen.length;
      respond = () => says(sheet());
      const summary = await runPendingExperiments(database, configFor(server.openaiBaseUrl));
      return {
        summary,
        systems: server.seen
          .slice(before)
          .map((one) => messagesOf(one).system.split(':\n').slice(1).join(':\n')),
      };
    };

    test('each draw is one experiment with its own description, never a count', async () => {
      await write({ maxPersonas: 2, repetitions: 3 });
      const result = await register(database, [BASE_POPULATION]);
      expect(result.groups).toMatchObject([{ personas: 6, experiments: 6 }]);
      const rows = await experiments();
      expect(rows.map((row) => [row.personality, row.repeated])).toEqual(
        [10, 10, 10, 20, 20, 20].map((one) => [one, 1]),
      );
      const stored = await personas();
      expect(rows.map((row) => row.persona).sort()).toEqual(stored.map((row) => row.id).sort());
      const { summary, systems } = await administer();
      expect(summary).toMatchObject({ succeeded: 6, unrunnable: 0, calls: 6 });
      expect(systems.sort()).toEqual(stored.map((row) => row.description).sort());
    });

    test('two administrations of each draw are two of each persona', async () => {
      await write({ maxPersonas: 2, repetitions: 2 });
      expect(
        (await register(database, [BASE_POPULATION], { administrations: 2 })).groups,
      ).toMatchObject([{ personas: 4, experiments: 8 }]);
      expect((await experiments()).map((row) => [row.personality, row.repeated])).toEqual([
        [10, 1],
        [10, 2],
        [10, 1],
        [10, 2],
        [20, 1],
        [20, 2],
        [20, 1],
        [20, 2],
      ]);
      const stored = (await personas()).map((row) => row.description!);
      expect((await administer()).systems.sort()).toEqual([...stored, ...stored].sort());
    });

    test('the number of draws is what --max-repetitions cuts', async () => {
      await write({ maxPersonas: 2, repetitions: 3 });
      expect(
        (await register(database, [BASE_POPULATION], { maxRepetitions: 2 })).groups,
      ).toMatchObject([{ personas: 4, experiments: 4 }]);
    });

    test('a persona whose own id is the reference of others, and one population of two models', async () => {
      await write({ maxPersonas: 2, repetitions: 2 });
      await importLines(database, [
        { id: 20, ref: null, population: BASE_POPULATION, description: 'goes by its own id' },
        {
          id: 9001,
          ref: 10,
          population: BASE_POPULATION,
          model: 'sim-gpt35',
          description: 'written by another model',
        },
      ]);
      const stored = await personas();
      const result = await register(database, [BASE_POPULATION], {
        models: ['sim-gpt4o', 'sim-gpt35'],
      });
      expect(result.groups).toMatchObject([
        { model: 'sim-gpt4o', personas: 5, experiments: 5 },
        { model: 'sim-gpt35', personas: 1, experiments: 1 },
      ]);
      const before = server.seen.length;
      const { summary, systems } = await administer();
      expect(summary).toMatchObject({ succeeded: 6, unrunnable: 0 });
      expect(systems.sort()).toEqual(stored.map((row) => row.description).sort());
      const ofOther = server.seen
        .slice(before)
        .filter((one) => one.model === 'simulated/gpt-3.5-turbo-0125');
      expect(
        ofOther.map((one) => messagesOf(one).system.includes('written by another model')),
      ).toEqual([true]);
    });
  });
});

describe.each(DATABASES)('the simulated model (%s)', (kind) => {
  const written = async (request: Partial<GenerationRequest> = {}) => {
    await using database = await testDatabase(kind);
    await seedFew(database, 3);
    const { summary } = await generatePersonas(
      database,
      loadConfig({}, {}, '/'),
      generationRequest({ repetitions: 2, ...request }),
    );
    expect(summary).toMatchObject({ succeeded: 6, failed: 0, remaining: 0 });
    const rows = await database.db
      .selectFrom('personas')
      .selectAll()
      .orderBy('ref_personality_id')
      .orderBy('repetitions')
      .execute();
    return rows.map(({ id: _, ...row }) => row);
  };

  test('writes the same personas for the same seed, others for another one, and another for each draw', async () => {
    const [one, same, other] = [
      await written({ seed: 1 }),
      await written({ seed: 1 }),
      await written({ seed: 2 }),
    ];
    expect(same).toEqual(one);
    expect(other.map((row) => row.description)).not.toEqual(one.map((row) => row.description));
    expect(new Set(one.map((row) => row.description)).size).toBe(6);
    for (const row of one) expect(Object.values(row)).not.toContain('unmapped');
  });
});
