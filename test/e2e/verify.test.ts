import { type RawBuilder, sql } from 'kysely';
import { expect, test } from 'vitest';
import { administration } from '../../src/administration/settings.ts';
import { verifyStudy } from '../../src/evidence/verify-study.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import {
  Checked,
  type Deviation,
  describeDeviation,
} from '../../src/experiments/verification/deviation.ts';
import { testDatabase } from '../support/database.ts';
import { MisbehavingServer, says } from '../support/misbehaving-server.ts';
import { itemsAsked, MOODS, replyTo } from '../support/questionnaire.ts';
import { configFor, importLines, people, register } from '../support/study.ts';

test('nothing deviates in an untouched study, and each change is named', async () => {
  await using database = await testDatabase('embedded');
  const { db, t } = database;
  await using server = await MisbehavingServer.start((seen) => says(replyTo(itemsAsked(seen))));
  await importLines(database, people('p', 2));
  await register(database, ['p'], {
    instrument: MOODS,
    administration: administration.parse({
      items_per_call: 'block',
      item_order: 'shuffled',
      earlier_turns: 'kept',
    }),
  });
  await runPendingExperiments(database, configFor(server.openaiBaseUrl), {});
  const verify = async () => {
    const checked = new Checked();
    const found: Deviation[] = [];
    for await (const one of verifyStudy(database, checked)) found.push(one);
    return { checked, lines: found.map(describeDeviation), found };
  };
  const untouched = await verify();
  expect(untouched.lines).toEqual([]);
  expect(Object.fromEntries(untouched.checked)).toMatchObject({
    'request bytes': 6,
    'reply bytes': 6,
    requests: 6,
    answers: 12,
  });
  expect(untouched.checked.get('scores')).toBeGreaterThan(0);

  const changes: readonly (readonly [RawBuilder<unknown>, Deviation['check'], number])[] = [
    [
      sql`update ${t.eval_questionnaires} set answer = answer + 1 where id = (select min(id) from ${t.eval_questionnaires})`,
      'answers',
      1,
    ],
    [
      sql`update ${t.call_bytes} set response_gzip = set_byte(response_gzip, 12, get_byte(response_gzip, 12) # 1)`,
      'reply bytes',
      6,
    ],
    [
      sql`update ${t.experiment_request_metadata} set request_metadata = jsonb_set(request_metadata, '{request_sha256}', '"0"') where id = 1`,
      'request bytes',
      1,
    ],
    [
      sql`update ${t.scores} set score = score + 1 where score is not null`,
      'scores',
      untouched.checked.get('scores')!,
    ],
    [
      sql`update ${t.personas} set description = description || ' Sad.' where id = 1`,
      'requests',
      3,
    ],
    [sql`update ${t.experiments_groups} set base_prompt = base_prompt || ' Hurry.'`, 'requests', 6],
  ];
  for (const [change, check, number] of changes) {
    await change.execute(db);
    const { found } = await verify();
    expect(
      found.filter((one) => one.check === check),
      check,
    ).toHaveLength(number);
  }
});
