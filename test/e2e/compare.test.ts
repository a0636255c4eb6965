/** Comparisons of the viewer beside the tables of contrasts, which must say the same. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { tabulateMeanContrasts } from '../../src/analysis/corrected/contrasts/mean-contrasts.ts';
import { loadStudy } from '../../src/analysis/data-store.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type Database, open } from '../../src/db/connect.ts';
import { type Comparison, readComparison } from '../../src/view/comparison.ts';
import {
  type Compared,
  compareItems,
  compareScales,
  readCells,
  readCompared,
} from '../../src/view/comparison-store.ts';
import { type Facets, readFacets } from '../../src/view/facets-store.ts';
import { type Fields, readFields } from '../../src/view/fields-store.ts';
import { openViewer } from '../../src/view/viewer.ts';
import { freshPlace, optionsFor, type Place, runPersonas } from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';

const ROWS = `case,job
a,nurse
b,cook
c,clerk
`;
const STUDY = `
name: faith
models: [sim-gpt4o, sim-gpt35]
personas:
  file: rows.csv
  vignette: case
  cross: { religion: [Muslim, Christian], disability: [none, blind] }
  text: I am a <row.job>. My religion is <row.religion>. Disability is <row.disability>.
  control: true
questionnaires: [miniipip]
repetitions: 2
administration: { item_order: [published, shuffled] }
`;

describe.each(DATABASES)('a comparison (%s)', (kind) => {
  let place: Place;
  let database: Database;
  let facets: Facets;
  let fields: Fields;
  beforeAll(async () => {
    place = freshPlace(kind);
    writeFileSync(path.join(place.folder, 'rows.csv'), ROWS);
    writeFileSync(path.join(place.folder, 'study.yaml'), STUDY);
    const run = await runPersonas(['pipeline', 'study.yaml', ...optionsFor(place)], {
      cwd: place.folder,
    });
    expect(run, run.stderr).toMatchObject({ code: 0 });
    database = await open(place);
    facets = await readFacets(database);
    fields = await readFields(database);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  async function compare(query: string): Promise<[Comparison, Compared]> {
    const { comparison } = readComparison(new URLSearchParams(query), facets, fields);
    return [comparison!, await readCompared(database, facets, fields, comparison!)];
  }

  test.each([
    ['by=column.religion&first=Muslim&second=Christian&model=sim-gpt4o', 'religion', 'GPT-4o'],
    ['by=column.disability&first=blind&second=none&model=sim-gpt35', 'disability', 'GPT-3.5'],
    [
      'by=factor.item_order&first=shuffled&second=published&model=sim-gpt4o',
      'item_order',
      'GPT-4o',
    ],
    ['by=condition&first=Muslim%2C+blind&second=control&model=sim-gpt4o', 'condition', 'GPT-4o'],
    ['by=model&first=sim-gpt35&second=sim-gpt4o', 'model', null],
  ])('of %s says what table C1 says', async (query, factor, model) => {
    const study = await loadStudy(database, { rows: 'simulated' });
    const rows = tabulateMeanContrasts(study, {}, {}).filter(
      (row) =>
        row.factor === factor &&
        (model === null ? row.model === null : row.model?.startsWith(model)) &&
        (factor !== 'condition' || row.level === 'Muslim, blind'),
    );
    const [, compared] = await compare(query);
    const scales = await compareScales(database, compared);
    expect(rows.length).toBe(5);
    for (const row of rows) {
      const own = scales.find(({ outcome }) => outcome === row.outcome)!;
      const isReversed = ['GPT-4o (simulated)', 'Christian', 'none', 'published'].includes(
        row.level,
      );
      const turn = (values: readonly [unknown, unknown]) =>
        isReversed ? values.toReversed() : values;
      expect([own.nFirst, own.nSecond]).toEqual(turn([row.n, row.n_reference]));
      expect([own.nBoth, own.isPaired]).toEqual([row.n_both, row.method === 'paired t']);
      const [mean, reference] = turn([row.mean, row.ref_mean]);
      expect(own.first).toBeCloseTo(mean as number, 10);
      expect(own.second).toBeCloseTo(reference as number, 10);
      expect(own.difference! * (isReversed ? -1 : 1)).toBeCloseTo(row.diff!, 10);
    }
  });

  test('says of each item in how many pairs the answers are the same, and shows each pair', async () => {
    const { db, t } = database;
    const [, compared] = await compare(
      'by=model&first=sim-gpt35&second=sim-gpt4o&condition=Muslim%2C+blind',
    );
    const [item] = (await compareItems(database, compared)).filter(
      ({ outcome }) => outcome === '3',
    );
    // By another way: every pair of administrations of one case, one way of asking.
    const { rows } = await sql<{ same: number; first: number }>`
      with given as (
        select e.model, e.personality_id as person, f.level, q.answer from ${t.experiments_list} e
        join ${t.eval_questionnaires} q using (experiment_id) join ${t.administration_factors} f using (experiment_id)
        where e.population = 'Muslim, blind' and q.question_number = 3 and f.name = 'item_order')
      select avg((a.answer = b.answer)::int)::float8 as same, avg(a.answer)::float8 as first from given a
      join given b on b.person = a.person and b.level = a.level and a.model > b.model`.execute(db);
    expect(item!.agreement).toBeCloseTo(rows[0]!.same, 10);
    expect(item).toMatchObject({ nFirst: 3, nSecond: 3, nBoth: 3, isPaired: true });

    const cells = await readCells(
      database,
      compared,
      { kind: 'item', number: 3 },
      { from: 0, most: 50 },
    );
    // Three cases in two orders of items, each asked twice on either side.
    expect(cells.map(({ first, second }) => [first.length, second.length])).toEqual(
      Array.from({ length: 6 }, () => [2, 2]),
    );
    const sizes = cells.map(({ difference }) => Math.abs(difference!));
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  });

  test('is of what a list was filtered by, and of all that has two levels', async () => {
    const { comparison, choices } = readComparison(
      new URLSearchParams(
        'model=sim-gpt4o&by=condition&condition=control&condition=Muslim%2C+none',
      ),
      facets,
      fields,
    );
    expect([comparison!.first, comparison!.second]).toEqual(['control', 'Muslim, none']);
    expect(comparison!.filter.choices).toMatchObject({ model: ['sim-gpt4o'], condition: [] });
    expect(choices.by.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'condition',
        'model',
        'group',
        'item_order',
        'religion',
        'disability',
      ]),
    );
  });

  test('leads from its page to the cases of a row, and from there to two administrations', async () => {
    const viewer = openViewer(database, loadConfig({}, {}, tmpdir()));
    const get = async (address: string) => {
      const url = new URL(address, 'http://127.0.0.1');
      await viewer.prepare(url);
      return viewer.page(database, url);
    };
    const follow = async (text: string, pattern: RegExp) => {
      const href = pattern.exec(text)![1]!.replaceAll('&amp;', '&');
      return (await get(href))!;
    };
    const start = (await get('/compare?by=column.religion&first=Muslim&second=Christian'))!;
    expect(start).toContain('Compare religion: Muslim and Christian');
    const cells = await follow(start, /href="(\/compare\?[^"]*of-scale=E)"/);
    expect(cells).toContain('item_order: shuffled, disability: blind');
    const beside = await follow(cells, /href="(\/compare\/\d+\/\d+)"/);
    expect(beside).toContain('side by side');
    expect(beside.match(/aria-label="Reply of /g)).toHaveLength(2);
    expect(await get('/compare/1/999999')).toBeNull();
  });

  test('is computed beside its page, which says how far it is, and again when that is asked for', async () => {
    const viewer = openViewer(database, loadConfig({}, {}, tmpdir()));
    const query = 'by=model&first=sim-gpt35&second=sim-gpt4o';
    const url = new URL(`/compare?${query}`, 'http://127.0.0.1');
    const unfinished = (await viewer.page(database, url))!;
    expect(unfinished).toContain('The two are being compared: reading the answers');
    const [, address, shown] = /data-live="([^"]+)" data-shown="([^"]+)"/.exec(unfinished)!;
    const state = new URL(address!.replaceAll('&amp;', '&'), url);
    const steps = [shown!];
    await vi.waitFor(() => {
      const step = viewer.stateOf(state);
      if (steps.at(-1) !== step) steps.push(step);
      expect(step).toMatch(/^computed at \d+$/);
    });
    expect(await viewer.page(database, url)).toContain('<h2>Items</h2>');
    expect(viewer.stateOf(new URL('/state/compare?by=nothing', url))).toBe('not asked for');

    await sql`insert into ${database.t.experiment_request_metadata} (experiment_id, request_json, response_json, request_metadata)
      values (1, '{}', '{}', '{}')`.execute(database.db);
    const again = /href="([^"]+)">Compare again/.exec((await viewer.page(database, url))!)![1]!;
    await viewer.prepare(new URL(again.replaceAll('&amp;', '&'), url));
    await vi.waitFor(async () =>
      expect(await viewer.page(database, url)).toContain('<h2>Items</h2>'),
    );
    expect(await viewer.page(database, url)).not.toContain('Compare again');
  });
});
