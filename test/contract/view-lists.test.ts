import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/connect.ts';
import {
  type AdministrationRow,
  countMatching,
  readNeighbours,
  readPage,
  readRows,
} from '../../src/view/administrations-store.ts';
import { type Facets, readFacets } from '../../src/view/facets-store.ts';
import { type Position, readSelection, type Selection } from '../../src/view/filter.ts';
import { createIndexes } from '../../src/view/indexes-store.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { FEW_HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { register } from '../support/study.ts';
import { CONDITIONS, makeViewedStudy, PERSONS } from '../support/viewed-study.ts';

const ALL = PERSONS * CONDITIONS.length;

describe.each(DATABASES)('lists of administrations (%s)', (kind) => {
  let database: Database;
  let facets: Facets;
  let rows: readonly AdministrationRow[];
  beforeAll(async () => {
    database = await testDatabase(kind);
    await makeViewedStudy(database);
    facets = await readFacets(database);
    rows = await readRows(
      database,
      Array.from({ length: ALL }, (_, index) => index + 1),
    );
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const selectionOf = (query: string) => readSelection(new URLSearchParams(query)).selection;

  /** Every id of a list, page by page. */
  async function walk(selection: Selection, size = 7): Promise<number[]> {
    const found: number[] = [];
    let after: Position | null = null;
    do {
      const page = await readPage(database, facets, { ...selection, after }, size);
      found.push(...page.rows.map(({ id }) => id));
      after = page.next;
    } while (after !== null);
    return found;
  }

  const between = (value: number | null, from: number, to: number) =>
    value !== null && value >= from && value <= to;

  const FILTERS: readonly (readonly [string, (row: AdministrationRow) => boolean])[] = [
    ['', () => true],
    ['condition=calm', ({ condition }) => condition === 'calm'],
    ['population=restless&condition=calm', () => false],
    ['condition=calm&condition=restless', () => true],
    ['model=sim-gpt4o&questionnaire=epqra&language=en', () => true],
    ['model=another', () => false],
    ['outcome=answered', ({ outcome }) => outcome === 'answered'],
    ['outcome=refused', ({ outcome }) => outcome === 'refused'],
    ['outcome=refused&outcome=failed', ({ outcome }) => ['refused', 'failed'].includes(outcome)],
    ['outcome=truncated', ({ outcome }) => outcome === 'truncated'],
    ['outcome=untried', ({ outcome }) => outcome === 'untried'],
    ['reason=server', ({ reasonKind }) => reasonKind === 'server'],
    ['scale=N&score-from=2&score-to=3', ({ scores }) => between(scores.N ?? null, 2, 3)],
    ['score-from=2', () => true],
    ['tokens-from=1', ({ outputTokens }) => between(outputTokens, 1, 1e9)],
    ['ms-to=-1', () => false],
    ['cost-from=0', ({ costUsd }) => between(costUsd, 0, 1e9)],
    ['attempts-from=2', ({ attempts }) => between(attempts, 2, 1e9)],
    ['since=2020-01-01', ({ lastAttemptAt }) => lastAttemptAt !== null],
    ['until=2020-01-01', () => false],
    ['group=1', () => true],
    ['group=2', () => false],
    ['persona=3', ({ personaId }) => personaId === 3],
    ['text=I%20CANNOT%20do', ({ outcome }) => outcome === 'refused'],
    ['text=Person+12+says', ({ explanation }) => /^Person 12 says/.test(explanation ?? '')],
    ['text=100%25', () => false],
    ['text=_', ({ words }) => words?.includes('_') ?? false],
  ];

  test.each(FILTERS)('hold exactly what %s wants, and count it', async (query, isWanted) => {
    const selection = selectionOf(query);
    const wanted = rows.filter(isWanted).map(({ id }) => id);
    expect(await walk(selection)).toEqual(wanted);
    expect(await countMatching(database, facets, selection.filter)).toEqual({
      rows: wanted.length,
      precision: 'exact',
    });
  });

  test('find each hostile text as the text that it is', async () => {
    for (const [index, text] of FEW_HOSTILE_TEXTS.entries()) {
      // As the reply has it, which is JSON.
      const written = JSON.stringify(text).slice(1, -1);
      const found = await walk(selectionOf(new URLSearchParams({ text: written }).toString()));
      expect(found, text).toContain(index + 1);
    }
  });

  const SORTED: readonly (readonly [string, (row: AdministrationRow) => number | null])[] = [
    ['id', ({ id }) => id],
    ['date', ({ lastAttemptAt }) => lastAttemptAt?.getTime() ?? null],
    ['persona', ({ personalityId }) => personalityId],
    ['score&scale=E', ({ scores }) => scores.E ?? null],
    ['ms', ({ ms }) => ms],
    ['cost', ({ costUsd }) => costUsd],
    ['tokens', ({ outputTokens }) => outputTokens],
    ['attempts', ({ attempts }) => attempts],
  ];

  test.each(SORTED)(
    'are sorted by %s over all pages, what has no value last',
    async (by, keyOf) => {
      for (const order of ['', '&order=desc']) {
        const selection = selectionOf(`sort=${by}${order}`);
        const found = await walk(selection);
        expect(found.toSorted((a, b) => a - b)).toEqual(rows.map(({ id }) => id));
        const values = found.map((id) => keyOf(rows[id - 1]!));
        const known = values.filter((value) => value !== null);
        expect(values.slice(0, known.length)).toEqual(known);
        const sorted = known.toSorted((a, b) => (order === '' ? a - b : b - a));
        expect(known).toEqual(sorted);
        for (const [place, id] of found.entries()) {
          if (place % 6 !== 0) continue;
          expect(await readNeighbours(database, facets, selection, id)).toEqual({
            previous: found[place - 1] ?? null,
            next: found[place + 1] ?? null,
          });
        }
      }
    },
  );

  test('name outcome, reason, words and scores of each administration', () => {
    const refused = rows.find(({ outcome }) => outcome === 'refused')!;
    expect(refused).toMatchObject({ condition: 'restless', questionnaire: 'epqra', scores: {} });
    expect(refused.words).toMatch(/^I cannot do that: /);
    expect(rows[0]).toMatchObject({ outcome: 'answered', personalityId: 1, isSimulated: true });
    expect(Object.keys(rows[0]!.scores).toSorted()).toEqual(['E', 'L', 'N', 'P']);
  });
});

describe.each(DATABASES)('lists of more than are counted one by one (%s)', (kind) => {
  const MANY = 12_000;
  let database: Database;
  let facets: Facets;
  beforeAll(async () => {
    database = await testDatabase(kind);
    const { db, t } = database;
    await sql`insert into ${t.personas} (ref_personality_id, population, model, name, description, repetitions)
      values (1, 'calm', 'sim-gpt4o', 'One', 'One likes the river.', ${MANY}::int)`.execute(db);
    await register(database, ['calm']);
    await sql`insert into ${t.experiment_request_metadata} (id, experiment_id, request_json, response_json, request_metadata)
      select experiment_id, experiment_id, '{}', '{}', jsonb_build_object('latency_ms', experiment_id % 10) from ${t.experiments_list}`.execute(
      db,
    );
    await sql`insert into ${t.reply_texts} (request_metadata_id, reply)
      select id, case when id % 4 = 0 then 'By the sea' when id = 4321 then 'a violoncello' else 'By the river' end
      from ${t.experiment_request_metadata}`.execute(db);
    await createIndexes(database);
    facets = await readFacets(database);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const read = (query: string) => {
    const { selection } = readSelection(new URLSearchParams(query));
    return Promise.all([
      readPage(database, facets, selection, 5),
      countMatching(database, facets, selection.filter),
    ]);
  };

  test.each([
    ['text=sea', [4, 8, 12, 16, 20], MANY / 4],
    ['text=river&ms-from=8', [9, 18, 19, 29, 38], MANY * 0.15],
    ['ms-from=8&sort=ms&order=desc', [11_999, 11_989, 11_979, 11_969, 11_959], MANY / 5],
  ])(
    'of what many have, %s, the first come at once, and their number is told from a sample',
    async (query, first, all) => {
      const [{ rows }, count] = await read(query);
      expect(rows.map(({ id }) => id)).toEqual(first);
      expect(count.precision).toBe('about');
      expect(count.rows / all).toBeGreaterThan(0.6);
      expect(count.rows / all).toBeLessThan(1.5);
    },
  );

  test('of what few have, all are found, and counted', async () => {
    const [{ rows }, count] = await read('text=violoncello');
    expect(rows.map(({ id }) => id)).toEqual([4321]);
    expect(count).toEqual({ rows: 1, precision: 'exact' });
  });
});
