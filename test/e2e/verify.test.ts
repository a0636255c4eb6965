import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { type RawBuilder, sql } from 'kysely';
import { expect, test } from 'vitest';
import { type AdministrationSettings, administration } from '../../src/administration/settings.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Database } from '../../src/db/connect.ts';
import { registerQuestionnaireExperiments } from '../../src/experiments/registration/register.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { Checked, describeUnchecked } from '../../src/experiments/verification/deviation.ts';
import { PARSER_VERSION } from '../../src/instruments/reply/parser-version.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { generatePersonas } from '../../src/personas/generation/generate.ts';
import { storeOwnPersonas } from '../../src/personas/own/own-store.ts';
import { testDatabase } from '../support/database.ts';
import {
  breaksDown,
  MisbehavingServer,
  type Respond,
  says,
} from '../support/misbehaving-server.ts';
import { generationRequest, seedFew } from '../support/persona.ts';
import { itemsAsked, MOODS, replyTo } from '../support/questionnaire.ts';
import { configFor, importLines, people, register, requestFor } from '../support/study.ts';
import { verified } from '../support/verification.ts';

const answers: Respond = (seen) => says(replyTo(itemsAsked(seen)));

/** MOODS asked of two personas, in blocks and a shuffled order, each in the same conversation. */
const CONVERSATION = administration.parse({
  items_per_call: 'block',
  item_order: 'shuffled',
  earlier_turns: 'kept',
});

async function runMoods(
  database: Database,
  settings: AdministrationSettings,
  respond: Respond = answers,
): Promise<void> {
  await using server = await MisbehavingServer.start(respond);
  await importLines(database, people('p', 2));
  await register(database, ['p'], { instrument: MOODS, administration: settings });
  await runPendingExperiments(database, configFor(server.openaiBaseUrl), {});
}

test('nothing deviates in an untouched study, and each change is named', async () => {
  await using database = await testDatabase('embedded');
  const { db, t } = database;
  await runMoods(database, CONVERSATION);
  const untouched = await verified(database);
  expect(untouched).toMatchObject({
    lines: [],
    unchecked: {},
    checked: {
      'request bytes': 6,
      'reply bytes': 6,
      'readable copies': 12,
      requests: 6,
      outcomes: 6,
      answers: 12,
    },
  });
  const scores = untouched.checked.scores!;
  expect(scores).toBeGreaterThan(0);

  // Each is looked at alone: it is undone before the next.
  const first = sql`(select min(id) from ${t.eval_questionnaires})`;
  const changes: readonly (readonly [RawBuilder<unknown>, readonly string[]])[] = [
    [
      sql`update ${t.eval_questionnaires} set answer = 6 - answer where id = ${first}`,
      ['answers', 'scores'],
    ],
    [sql`delete from ${t.eval_questionnaires} where id = ${first}`, ['answers', 'scores']],
    [
      sql`update ${t.call_bytes} set response_gzip = ${gzipSync('{"choices": []}')} where request_metadata_id = 1`,
      ['reply bytes', 'readable copies'],
    ],
    [
      sql`update ${t.experiment_request_metadata} set request_metadata = jsonb_set(request_metadata, '{request_sha256}', '"0"') where id = 1`,
      ['request bytes'],
    ],
    [
      sql`update ${t.experiment_request_metadata} set request_json = jsonb_set(request_json, '{messages,0,content}', '"Be kind."') where id = 1`,
      ['readable copies'],
    ],
    [
      sql`update ${t.experiment_request_metadata} set response_json = response_json || '{"model": "other"}' where id = 2`,
      ['readable copies'],
    ],
    [
      sql`update ${t.reply_texts} set reply = replace(reply, 'Yes', 'No') where request_metadata_id = 1`,
      ['readable copies'],
    ],
    [
      sql`update ${t.experiment_request_metadata} set request_metadata = jsonb_set(request_metadata, '{outcome}', '"refused"') where id = 1`,
      ['outcomes'],
    ],
    [
      sql`update ${t.scores} set score = score + 0.001 where experiment_id = 1 and scale = 'A'`,
      ['scores'],
    ],
    [
      sql`update ${t.experiment_details} set item_order = '{1,2,3,4,5,6}' where experiment_id = 1`,
      ['answers'],
    ],
    [
      sql`update ${t.experiments_list} set llm_explanation = 'No reason.' where experiment_id = 1`,
      ['answers'],
    ],
    [
      sql`update ${t.personas} set description = description || ' Sad.' where id = 1`,
      ['requests', 'requests', 'requests'],
    ],
    [
      sql`update ${t.experiments_groups} set base_prompt = base_prompt || ' Hurry.'`,
      Array<string>(6).fill('requests'),
    ],
    [
      sql`update ${t.experiments_groups} set temperature = 0.123`,
      Array<string>(6).fill('requests'),
    ],
  ];
  for (const [change, checks] of changes) {
    await db
      .transaction()
      .execute(async (transaction) => {
        await change.execute(transaction);
        const { found } = await verified({ ...database, db: transaction });
        const { sql: text } = change.compile(db);
        expect(
          found.map(({ check }) => check),
          text,
        ).toEqual(checks);
        throw new Undone();
      })
      .catch((error: unknown) => {
        if (!(error instanceof Undone)) throw error;
      });
  }
  expect((await verified(database)).lines).toEqual([]);
});

class Undone extends Error {}

/** The only call of an administration. */
async function callOf({ db, t }: Database, administrationId: number): Promise<number> {
  const { rows } = await sql<{ id: number }>`select id from ${t.experiment_request_metadata}
    where experiment_id = ${administrationId}`.execute(db);
  return rows[0]!.id;
}

test('requests of failed attempts, and of what was asked once more, are rebuilt like others', async () => {
  await using database = await testDatabase('embedded');
  const { db, t } = database;
  const tried = new Set<string>();
  await runMoods(database, CONVERSATION, (seen, index) => {
    const key = itemsAsked(seen).join();
    if (tried.has(key)) return answers(seen, index);
    tried.add(key);
    return breaksDown();
  });
  const { lines, checked, unchecked } = await verified(database);
  expect({ lines, unchecked }).toEqual({ lines: [], unchecked: {} });
  const { rows } = await sql<{
    calls: number;
    failed: number;
  }>`select count(*)::int as calls, count(*) filter (where request_metadata->>'outcome' = 'failed')::int as failed
    from ${t.experiment_request_metadata}`.execute(db);
  expect(rows[0]!.failed).toBeGreaterThan(2);
  expect(checked.requests).toBe(rows[0]!.calls);
  await sql`update ${t.experiments_groups} set base_prompt = base_prompt || ' Hurry.'`.execute(db);
  expect((await verified(database)).found.map(({ check }) => check)).toEqual(
    Array(rows[0]!.calls).fill('requests'),
  );
});

test('requests to models of one’s own catalogue are rebuilt where nobody knows that catalogue', async () => {
  await using database = await testDatabase('embedded');
  await using server = await MisbehavingServer.start(answers);
  await importLines(database, people('p', 1, { model: 'mine' }));
  const models = {
    mine: {
      provider: 'simulated',
      model_id: 'simulated/tiny-7b',
      label: 'Tiny (simulated)',
      region: null,
      parameters: {
        temperature: 0.5,
        top_p: null,
        max_tokens: 77,
        max_tokens_field: 'max_completion_tokens',
        extra: { top_k: 3 },
      },
      price: null,
    },
  };
  await registerQuestionnaireExperiments(
    database,
    createCatalogue(models),
    requestFor(['p'], { instrument: MOODS, models: ['mine'] }),
  );
  await runPendingExperiments(database, { ...configFor(server.openaiBaseUrl), models }, {});
  expect(await verified(database)).toMatchObject({
    lines: [],
    unchecked: {},
    checked: { requests: 1 },
  });
  await sql`update ${database.t.group_details} set parameters = jsonb_set(parameters, '{extra,top_k}', '4')`.execute(
    database.db,
  );
  expect((await verified(database)).lines).toEqual([
    'administration 1, call 1: top_k of the request: stored 3, but 4 from design and persona',
  ]);
});

test('an answer is read differently where another version of the parser read the reply, and falsified otherwise', async () => {
  await using database = await testDatabase('embedded');
  const { db, t } = database;
  await runMoods(database, administration.parse({}));
  await sql`update ${t.eval_questionnaires} set answer = answer - 1 where experiment_id = 1 and question_number = 1`.execute(
    db,
  );
  const falsified = await verified(database);
  const id = await callOf(database, 1);
  expect(falsified.lines[0]).toBe(
    `administration 1, call ${id}: answer to item 1: stored 4, but 5 in the reply`,
  );
  expect(falsified.checked).toMatchObject({ answers: 12 });
  await sql`update ${t.reply_texts} set parser_version = ${PARSER_VERSION - 1} where request_metadata_id = ${id}`.execute(
    db,
  );
  const older = await verified(database);
  expect(older.lines[0]).toBe(
    `administration 1, call ${id}: answer to item 1, read differently since version ${PARSER_VERSION - 1} of the parser (this is version ${PARSER_VERSION}): stored 4, but 5 in the reply as it is read now`,
  );
  expect(older.checked).toMatchObject({ answers: 6, 'answers of other parser versions': 6 });
});

test('what cannot be checked is counted, with the reason', async () => {
  await using database = await testDatabase('embedded');
  const { db, t } = database;
  await runMoods(database, administration.parse({}));
  const unchecked = async () =>
    describeUnchecked(
      Object.assign(new Checked(), {
        unchecked: new Map(Object.entries((await verified(database)).unchecked)),
      }),
      String,
    );
  const id = await callOf(database, 1);
  await sql`update ${t.call_bytes} set request_gzip = ${gzipSync('')}, response_gzip = null where request_metadata_id = ${id}`.execute(
    db,
  );
  await sql`update ${t.experiment_request_metadata} set request_json = null, response_json = null,
    request_metadata = request_metadata || '{"outcome": "failed", "error_kind": "unknown_fate", "request_sha256": null}' where id = ${id}`.execute(
    db,
  );
  expect(await unchecked()).toEqual([
    expect.stringMatching(
      /^1 call is of unknown fate: a process ended .*administration 1, call \d+/,
    ),
    expect.stringMatching(/^6 answers have no reply: no stored reply shows where they come from/),
  ]);
  await sql`delete from ${t.experiment_request_metadata} where id = ${id}`.execute(db);
  await sql`update ${t.experiment_details} set persona_id = null`.execute(db);
  await sql`delete from ${t.personas} where id = 2`.execute(db);
  expect(await unchecked()).toEqual([
    expect.stringMatching(
      /^6 answers have no reply: .*\(e\.g\. administration 1: no call is stored for it\)$/,
    ),
    expect.stringMatching(/^1 request cannot be rebuilt: .*\(e\.g\. administration 2: no persona /),
  ]);
});

test('how an administration without answers ended is held against its calls', async () => {
  await using database = await testDatabase('embedded');
  const { db, t } = database;
  await runMoods(database, administration.parse({}), () =>
    says('I am sorry, but I cannot answer a questionnaire as this person.'),
  );
  const found = async (outcome: string | null) => {
    await sql`update ${t.experiment_details} set last_outcome = ${outcome} where experiment_id = 1`.execute(
      db,
    );
    return verified(database);
  };
  expect(await found('refused')).toMatchObject({ lines: [], unchecked: {} });
  expect((await found('truncated')).lines).toEqual([
    'administration 1: how it ended: stored truncated, but refused from the reply',
  ]);
  // As if the network had failed, or nobody had asked yet.
  expect((await found('failed')).lines).toHaveLength(1);
  expect((await found(null)).lines).toHaveLength(1);
  await sql`update ${t.experiments_list} set succeeded = false where experiment_id = 1`.execute(db);
  expect((await found('failed')).lines).toHaveLength(1);
  await sql`delete from ${t.experiment_request_metadata} where experiment_id = 1`.execute(db);
  expect(await found('refused')).toMatchObject({
    lines: [],
    unchecked: { 'endings without a call': { number: 1, example: 'administration 1: refused' } },
  });
});

test('personas of one’s own are held against the rows of the study file', async () => {
  await using database = await testDatabase('embedded');
  const { db, t } = database;
  const personas = ['none', 'Muslim'].map((religion) => ({
    ...{ case: 1, condition: religion, description: `My religion: ${religion}.`, weight: 2 },
    columns: { religion, w: '2', left_out: '' },
  }));
  await storeOwnPersonas(database, { personas, models: ['gpt4o'], repetitions: 1, source: 'x' });
  // A study of sheets, or one that was not made from a file, has no rows.
  expect((await verified(database)).checked.personas).toBeUndefined();
  await sql`insert into ${t.pipeline_file} (name, content, sha256)
    values ('own', ${JSON.stringify({ personas: { rows: personas } })}, repeat('0', 64))`.execute(
    db,
  );
  expect(await verified(database)).toMatchObject({ lines: [], checked: { personas: 2 } });
  await sql`update ${t.persona_columns} set value = 'none' where name = 'religion'`.execute(db);
  await sql`delete from ${t.persona_columns} where name = 'w' and persona_id = 1`.execute(db);
  await sql`update ${t.personas} set description = 'I am kind.' where id = 1`.execute(db);
  expect((await verified(database)).lines).toEqual([
    'persona 1: the description: stored I am kind., but My religion: none. in the study file',
    'persona 1: column w: stored nothing, but 2 in the study file',
    'persona 2: column religion: stored none, but Muslim in the study file',
  ]);
  await sql`update ${t.personas} set population = 'other' where id = 1`.execute(db);
  expect((await verified(database)).lines[0]).toBe('persona 1: the case and condition of no row');
});

test('bytes and copies of the calls that wrote personas are compared, too', async () => {
  await using database = await testDatabase('embedded');
  const { db, t } = database;
  const config = loadConfig({}, {}, tmpdir());
  await seedFew(database, 1);
  await generatePersonas(database, config, generationRequest());
  await register(database, ['generated_sim-gpt4o_few']);
  await runPendingExperiments(database, config);
  const untouched = await verified(database);
  expect(untouched).toMatchObject({
    lines: [],
    unchecked: { 'requests for personas': { number: untouched.checked['reply bytes']! - 1 } },
  });
  await sql`update ${t.generation_call_bytes} set response_gzip = ${gzipSync('I am somebody else.')} where request_metadata_id = 1`.execute(
    db,
  );
  expect((await verified(database)).lines).toEqual([
    expect.stringMatching(
      /^the writing of persona \d+, call 1: the bytes of the reply do not match/,
    ),
    expect.stringMatching(/^the writing of persona \d+, call 1: the copy of the reply: stored /),
  ]);
});
