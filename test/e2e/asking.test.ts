import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type Database, open } from '../../src/db/connect.ts';
import { findInstrument } from '../../src/instruments/load.ts';
import { freshPlace, optionsFor, type Place, runPersonas } from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';

const ROWS = 'description\nI am Ana and I love parties.\nI am Bo and I worry a lot.\n';

/** An instrument in two languages. */
const CALM = {
  format: 2,
  slug: 'calm',
  title: 'Calm',
  citation: 'Made for this test.',
  licence: 'None needed.',
  language: 'en',
  instructions: 'Say how far you agree.',
  answers: [
    {
      id: 'agree',
      options: [
        { value: 1, label: 'Disagree' },
        { value: 2, label: 'Neither' },
        { value: 3, label: 'Agree' },
      ],
    },
  ],
  blocks: [
    {
      answers: 'agree',
      items: [
        { id: 'calm1', text: 'I am calm.' },
        { id: 'calm2', text: 'I worry.' },
      ],
    },
  ],
  scales: [{ id: 'C', name: 'Calm', score: 'sum', items: { calm1: 1, calm2: -1 } }],
  wordings: {
    es: {
      instructions: 'Di si estás de acuerdo.',
      labels: { agree: { 1: 'En desacuerdo', 2: 'Ni lo uno ni lo otro', 3: 'De acuerdo' } },
      items: { calm1: 'Soy una persona tranquila.', calm2: 'Me preocupo.' },
    },
  },
};

function pipeline(place: Place, study: string, ...more: readonly string[]) {
  writeFileSync(path.join(place.folder, 'rows.csv'), ROWS);
  writeFileSync(
    path.join(place.folder, 'study.yaml'),
    `name: asking\nquestion: Does it matter how one asks?\npersonas: { file: rows.csv }\n${study}`,
  );
  return runPersonas(['pipeline', 'study.yaml', '--json', ...more, ...optionsFor(place)], {
    cwd: place.folder,
  });
}

/** Texts of the items that were sent, by id, and the factors of their administrations. */
async function sentItems({ db, t }: Database) {
  const { rows } = await sql<{
    sheet: number;
    prompt: string;
    factors: Record<string, string>;
  }>`
    select e.personality_id as sheet, m.request_json #>> '{messages,-1,content}' as prompt,
      (select jsonb_object_agg(f.name, f.level) from ${t.administration_factors} f
        where f.experiment_id = d.experiment_id) as factors
    from ${t.experiment_request_metadata} m join ${t.experiment_details} d using (experiment_id) join ${t.experiments_list} e using (experiment_id)
    order by m.experiment_id`.execute(db);
  return rows.map(({ prompt, ...row }) => {
    const [shown] = /\{[^{}]*\}/.exec(prompt)!;
    return {
      ...row,
      items: JSON.parse(shown) as Record<string, string>,
      order: [...shown.matchAll(/"(\w+)":/g)].map(([, id]) => id).join(' '),
    };
  });
}

describe.each(DATABASES)('a study of ways of asking (%s)', (kind) => {
  test('sends typing errors, the same in cells and for models that differ in another factor', async () => {
    await using place = freshPlace(kind);
    const run = await pipeline(
      place,
      `models: [sim-gpt4o, sim-gpt35]
questionnaires: [miniipip]
administration:
  noise: [none, { kind: keyboard, rate: 0.1 }]
  item_order: [published, shuffled]
`,
    );
    expect(run, run.stderr).toMatchObject({ code: 0 });
    await using database = await open(place);
    const sent = await sentItems(database);
    expect(sent).toHaveLength(2 * 2 * 4);
    const plain = Object.fromEntries(
      findInstrument('miniipip').items.map(({ id, text }) => [id, text]),
    );
    for (const sheet of new Set(sent.map((one) => one.sheet))) {
      const own = sent.filter((one) => one.sheet === sheet);
      const of = (noise: string) => own.filter(({ factors }) => factors.noise === noise);
      const [published, ...others] = of('keyboard 0.1 items');
      expect(others).toHaveLength(3);
      for (const { items } of others) expect(items).toEqual(published!.items);
      const shuffled = own.filter(({ factors }) => factors.item_order === 'shuffled');
      expect(new Set(shuffled.map(({ order }) => order)).size).toBe(1);
      expect(published!.items).not.toEqual(plain);
      for (const { items } of of('none')) expect(items).toEqual(plain);
    }
  });

  test('asks models with parameters of their own, and one model with several', async () => {
    await using place = freshPlace(kind);
    const run = await pipeline(
      place,
      `models:
  - { model: sim-gpt35, label: Small, max_tokens: 900, temperature: null }
  - { model: sim-gpt4o, label: cold, temperature: 0 }
  - { model: sim-gpt4o, label: warm, temperature: 1, top_k: 7 }
questionnaires: [miniipip]
administration: { top_p: [0.5, 1] }
`,
    );
    expect(run, run.stderr).toMatchObject({ code: 0 });
    await using database = await open(place);
    const { db, t } = database;
    const { rows } = await sql`
      select d.model_name as name, g.temperature, g.top_p as "topP", d.parameters->'max_tokens' as longest,
        d.parameters->'extra' as extra, f.level as variant, l.label,
        (select count(*)::int from ${t.experiments_list} e where e.experiments_group_id = g.experiments_group_id and e.succeeded) as n
      from ${t.experiments_groups} g join ${t.group_details} d using (experiments_group_id)
      left join ${t.group_factors} f on f.experiments_group_id = g.experiments_group_id and f.name = 'model_variant'
      left join ${t.model_labels} l on l.model = (select min(model) from ${t.experiments_list} e where e.experiments_group_id = g.experiments_group_id)
      where g.top_p = 0.5 order by 1, 2`.execute(db);
    const common = { topP: 0.5, n: 2 };
    const gpt4o = { ...common, name: 'sim-gpt4o', longest: 1000, label: 'GPT-4o (simulated)' };
    expect(rows).toEqual([
      {
        ...common,
        ...{ name: 'sim-gpt35', temperature: null, longest: 900, extra: {}, variant: null },
        label: 'Small (simulated)',
      },
      { ...gpt4o, temperature: 0, extra: {}, variant: 'cold' },
      { ...gpt4o, temperature: 1, extra: { top_k: 7 }, variant: 'warm' },
    ]);
    const requests = await sql<{ sent: unknown }>`
      select distinct request_json->'top_k' as sent from ${t.experiment_request_metadata} order by 1`.execute(
      db,
    );
    expect(requests.rows.map(({ sent }) => sent)).toEqual([7, null]);
  });

  test('asks in paraphrases and languages, several instruments, each as often as it says', async () => {
    await using place = freshPlace(kind);
    writeFileSync(
      path.join(place.folder, 'polite.md'),
      'Kindly read.\n\n{{instructions}}\n\n{{answers}}\n\n{{items}}\n\n{{reply}}',
    );
    writeFileSync(
      path.join(place.folder, 'curt.md'),
      '{{instructions}}\n\n{{answers}}\n\n{{items}}\n\n{{reply}}',
    );
    writeFileSync(path.join(place.folder, 'calm.json'), JSON.stringify(CALM));
    const run = await pipeline(
      place,
      `models: [sim-gpt4o]
questionnaires:
  - { instrument: calm.json, repetitions: 3 }
  - { questionnaire: gad7, language: en }
repetitions: 2
administration:
  paraphrase: [polite.md, curt.md]
`,
    );
    expect(run, run.stderr).toMatchObject({ code: 0 });
    await using database = await open(place);
    const { db, t } = database;
    const { rows } = await sql`
      select e.questionnaire, max(e.repeated) as repetitions, count(*)::int as n,
        count(distinct f.level)::int as paraphrases, bool_and(e.succeeded) as succeeded
      from ${t.experiments_list} e join ${t.group_factors} f using (experiments_group_id)
      where f.name = 'paraphrase' group by 1 order by 1`.execute(db);
    expect(rows).toEqual([
      { questionnaire: 'calm', repetitions: 3, n: 2 * 3 * 2, paraphrases: 2, succeeded: true },
      { questionnaire: 'gad7', repetitions: 2, n: 2 * 2 * 2, paraphrases: 2, succeeded: true },
    ]);
  });

  test('asks in several languages of one file, and exports how and when it was asked', async () => {
    await using place = freshPlace(kind);
    writeFileSync(path.join(place.folder, 'calm.json'), JSON.stringify(CALM));
    const run = await pipeline(
      place,
      `models: [{ model: sim-gpt4o, top_k: 3 }]
questionnaires: [{ instrument: calm.json }]
administration: { language: [en, es], temperature: [0, 1] }
`,
    );
    expect(run, run.stderr).toMatchObject({ code: 0 });
    const exported = await runPersonas(['export', 'out', '--answers-wide', ...optionsFor(place)], {
      cwd: place.folder,
    });
    expect(exported, exported.stderr).toMatchObject({ code: 0 });
    const records = parse(
      readFileSync(path.join(place.folder, 'out', 'answers_wide_calm.csv'), 'utf8'),
      { columns: true },
    ) as Record<string, string>[];
    expect(records).toHaveLength(2 * 4);
    expect(
      new Set(records.map((one) => `${one.factor_language} ${one.factor_temperature}`)),
    ).toEqual(new Set(['en 0', 'en 1', 'es 0', 'es 1']));
    for (const one of records) {
      expect(one.temperature).toBe(one.factor_temperature);
      expect(JSON.parse(one.parameters!)).toEqual({ max_tokens: 1000, top_k: 3 });
      expect(one.model_served).toBe('simulated/gpt-4o-2024-11-20');
      expect(one.called_on).toMatch(/^\d{4}-\d\d-\d\d$/);
    }
  });

  test('learns from the first calls how much a model reasons', async () => {
    await using place = freshPlace(kind);
    const run = await pipeline(place, 'models: [sim-gpt4o]\nquestionnaires: [gad7]\n');
    expect(run, run.stderr).toMatchObject({ code: 0 });
    {
      await using database = await open(place);
      const { db, t } = database;
      // The simulated model does not reason; a provider would tell as much.
      await sql`update ${t.experiment_request_metadata}
        set request_metadata = jsonb_set(request_metadata, '{usage,reasoning_tokens}', '600')`.execute(
        db,
      );
    }
    const dryRun = async (...more: readonly string[]) => {
      const { stdout } = await runPersonas([
        ...['run-experiments', '--rerun', '--dry-run', ...more, ...optionsFor(place)],
      ]);
      return stdout;
    };
    expect(JSON.parse(await dryRun('--json'))).toMatchObject({
      total: { output_tokens: 2 * (600 + 7 * 8 + 120) },
      reasoning: [{ model: 'sim-gpt4o', experiments: 2, tokens_per_experiment: 600 }],
    });
    expect(await dryRun()).toContain(
      'sim-gpt4o include some 600 for reasoning in each experiment, the mean of 2 that were asked',
    );
    const { stdout } = await runPersonas(['status', ...optionsFor(place)]);
    expect(stdout).toContain('of these reasoning');
    expect(stdout).toMatch(/1,200\s+0\.00|1,200\s+\$0/);
  });
});
