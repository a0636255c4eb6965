/**
 * The viewer on many administrations: lists with filters and orders of every kind, and single
 * administrations, each asked of the server as a browser does.
 */
import { tmpdir } from 'node:os';
import { sql } from 'kysely';
import { loadConfig } from '../src/config/load.ts';
import { type Database, openMigrated } from '../src/db/connect.ts';
import { dropSchema } from '../src/db/schema/list.ts';
import { registerQuestionnaireExperiments } from '../src/experiments/registration/register.ts';
import { findInstrument } from '../src/instruments/load.ts';
import { createCatalogue } from '../src/models/catalogue.ts';
import { seedReference } from '../src/personas/sheets/reference.ts';
import { createIndexes } from '../src/view/indexes-store.ts';
import { startViewServer } from '../src/view/server.ts';

type Location = Parameters<typeof openMigrated>[0]['database'];
type Report = (what: string, measured: number, limit: number) => void;

/** Administrations with answers to the items, which no list reads: all would take minutes more. */
const ANSWERED = 50_000;
/** Each list is asked so many times, at another place each time. */
const ROUNDS = 12;
const LISTS: readonly string[] = [
  '',
  'order=desc',
  'condition=b1',
  'condition=b3&outcome=refused',
  'outcome=refused',
  'outcome=failed&sort=date&order=desc',
  'sort=date&order=desc',
  'sort=ms&order=desc',
  'sort=cost',
  'sort=tokens&order=desc&condition=b2',
  'sort=score&scale=N&order=desc',
  'sort=score&scale=N&condition=b1&outcome=answered',
  'scale=N&score-from=24',
  'scale=E&score-from=3&score-to=4&sort=ms',
  'ms-from=4900',
  'cost-from=0.0099&sort=cost&order=desc',
  'attempts-from=3',
  'since=2026-01-10&until=2026-01-10',
  'persona=77',
  'sort=persona',
  'outcome=refused&sort=score&scale=N',
];
const TEXTS: readonly string[] = ['text=violoncello', 'text=river', 'text=nowhere to be found'];

/** @param count of administrations; a multiple of 1000 */
export async function benchView(
  location: Location,
  {
    name,
    count,
    lists,
    texts,
  }: Readonly<Record<'count' | 'lists' | 'texts', number>> & {
    readonly name: string;
  },
  atMost: Report,
): Promise<void> {
  await using database = await openMigrated({ database: location, schema: 'bench_view' });
  try {
    const begun = performance.now();
    await fill(database, count);
    const filled = performance.now();
    await createIndexes(database);
    console.log(
      `${name}: ${count} administrations in ${seconds(begun, filled)} s, indexes in ${seconds(filled)} s`,
    );
    await using server = await startViewServer(database, loadConfig({}, {}, tmpdir()));
    const { headers } = await fetch(server.url);
    const cookie = headers.getSetCookie()[0]!.split(';')[0]!;
    const timeOf = async (address: string) => {
      const from = performance.now();
      const response = await fetch(new URL(address, server.url), { headers: { cookie } });
      await response.text();
      if (!response.ok) throw new Error(`${address}: ${response.status}`);
      return performance.now() - from;
    };
    atMost(`${name}: first view, ms`, await timeOf('/administrations'), 1000);
    const measure = async (addresses: readonly string[], rounds: number) => {
      const times: number[] = [];
      for (const address of addresses) {
        const own: number[] = [];
        for (let round = 0; round < rounds; round++) own.push(await timeOf(placed(address, round)));
        times.push(...own);
        console.log(
          `  ${address.padEnd(60)} ${Math.round(percentile(own, 0.5))} … ${Math.round(percentile(own, 0.95))} ms`,
        );
      }
      return percentile(times, 0.95);
    };
    /** The first page, and pages further on. */
    const placed = (address: string, round: number) => {
      if (address.includes('sort=') || round % 2 === 0 || !address.startsWith('/administrations?'))
        return address;
      return `${address}&after=${Math.floor((count * round) / rounds())}`;
    };
    const rounds = () => ROUNDS;
    const address = (query: string) => `/administrations?${query}`;
    atMost(`${name}: lists, p95, ms`, await measure(LISTS.map(address), ROUNDS), lists);
    atMost(`${name}: text, p95, ms`, await measure(TEXTS.map(address), 3), texts);
    const ones = Array.from(
      { length: 30 },
      (_, index) =>
        `/administrations/${1 + ((index * 104_729) % Math.min(count, ANSWERED))}?condition=b1&sort=ms`,
    );
    atMost(`${name}: single administrations, p95, ms`, await measure(ones, 1), lists);
  } finally {
    if (location.kind === 'postgres') await dropSchema(database);
  }
}

function seconds(from: number, to = performance.now()): string {
  return ((to - from) / 1000).toFixed(0);
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

/**
 * Five conditions of 200 personas, registered as a study is, and repeated until there are enough;
 * what calls would have brought is made up: 24 answers to the first of them, a reply of 500 characters, and one
 * in a hundred refused.
 */
async function fill(database: Database, count: number): Promise<void> {
  const { db, t } = database;
  const instrument = findInstrument('epqra');
  await seedReference(database, 1, null);
  await sql`insert into ${t.personas} (ref_personality_id, population, model, name, description, repetitions)
    select n, 'b' || b, 'sim-gpt4o', 'Person ' || n, 'Person ' || n || ' likes the river.', ${count / 1000}
    from generate_series(1, 5) b, generate_series(1, 200) n`.execute(db);
  await registerQuestionnaireExperiments(database, createCatalogue(), {
    instrument,
    models: ['sim-gpt4o'],
    populations: ['b1', 'b2', 'b3', 'b4', 'b5'],
    repoSha: 'bench',
    now: new Date(0),
  });
  const steps = [
    sql`update ${t.experiments_list} set succeeded = experiment_id % 100 > 0, llm_explanation = 'Because of ' || md5(experiment_id::text)`,
    sql`update ${t.experiment_details} set last_outcome = case when experiment_id % 1000 = 0 then 'failed' when experiment_id % 100 = 0 then 'refused' else 'answered' end,
      last_kind = case when experiment_id % 1000 = 0 then 'server' when experiment_id % 100 = 0 then 'refused' end,
      attempts = 1 + (experiment_id % 997 = 0)::int * 2, last_attempt_at = timestamptz '2026-01-01Z' + experiment_id * interval '2 seconds'`,
    sql`insert into ${t.scores} (experiment_id, scale, score, items_answered)
      select experiment_id, scale, (hashint4(experiment_id * 7 + ascii(scale)) & 2147483647) % 7, 6
      from ${t.experiments_list}, unnest(array['E', 'N', 'P', 'L']) scale where experiment_id % 100 > 0`,
    sql`insert into ${t.experiment_request_metadata} (id, experiment_id, request_json, response_json, request_metadata)
      select experiment_id, experiment_id, '{"messages": [{"role": "user", "content": "Answer."}]}', '{}',
        jsonb_build_object('attempt', 1, 'outcome', 'answered', 'latency_ms', (hashint4(experiment_id) & 2147483647) % 5000,
          'cost_usd', ((hashint4(experiment_id + 1) & 2147483647) % 10000) / 1000000.0,
          'usage', jsonb_build_object('input_tokens', 1100, 'output_tokens', (hashint4(experiment_id + 2) & 2147483647) % 900))
      from ${t.experiments_list}`,
    sql`insert into ${t.reply_texts} (request_metadata_id, reply)
      select id, case when id % 50000 = 7 then 'violoncello ' else '' end || '{"1": "True", "explanation": "By the river ' ||
        repeat(md5(id::text) || ' ', 14) || '"}' from ${t.experiment_request_metadata}`,
    sql`insert into ${t.eval_questionnaires} (experiment_id, question_number, answer)
      select experiment_id, number, (experiment_id + number) % 2 from ${t.experiments_list}, generate_series(1, 24) number
      where experiment_id % 100 > 0 and experiment_id <= ${ANSWERED}::int`,
    sql`analyze`,
  ];
  for (const step of steps) await step.execute(db);
}
