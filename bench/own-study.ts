/**
 * A study of one's own: 100,000 administrations of one instrument in 16 ways, by two models, of
 * personas with two crossed columns.
 */
import { execFileSync } from 'node:child_process';
import { sql } from 'kysely';
import type { DatabaseLocation } from '../src/config/location.ts';
import { type Database, openMigrated } from '../src/db/connect.ts';
import { insertInstrument } from '../src/db/instruments/instrument-store.ts';
import { dropSchema } from '../src/db/schema/list.ts';
import { findInstrument } from '../src/instruments/load.ts';

const SCHEMA = 'bench_own';
/** In four conditions, by two models, in 16 ways: 100,096 administrations. */
const CASES = 782;
const GROUPS = 32;
const FACTORS = ['item_order', 'option_order', 'answer_as', 'temperature'];

export interface OwnStudyTimes {
  readonly administrations: number;
  /** From the rows in the database to Tables M1, C1 to C3 and S1, in seconds. */
  readonly seconds: number;
  /** Resident memory at its highest, in MB. */
  readonly megabytes: number;
}

/** @param location of a PostgreSQL server; the schema is dropped afterwards */
export async function timeOwnStudy(location: DatabaseLocation): Promise<OwnStudyTimes> {
  await using database = await openMigrated({ database: location, schema: SCHEMA });
  try {
    await fill(database);
    return { ...measure(location), administrations: 4 * CASES * GROUPS };
  } finally {
    await dropSchema(database);
  }
}

async function fill({ db, t }: Database): Promise<void> {
  const instrument = findInstrument('miniipip');
  await insertInstrument(db, t, instrument);
  await sql`insert into ${t.personas} (id, ref_personality_id, population, model, description, repetitions)
    select (c - 1) * ${CASES}::int + n, n, 'condition ' || c, 'sim-gpt4o', 'Person ' || n, 1
    from generate_series(1, 4) c, generate_series(1, ${CASES}::int) n`.execute(db);
  await sql`insert into ${t.persona_columns} (persona_id, name, value)
    select p.id, own.name, own.value from ${t.personas} p cross join lateral (values
      ('religion', case when p.id <= 2 * ${CASES}::int then 'one' else 'other' end),
      ('disability', case when (p.id - 1) / ${CASES}::int % 2 = 0 then 'none' else 'some' end)) as own (name, value)`.execute(
    db,
  );
  await sql`insert into ${t.experiments_groups} (experiments_group_id, created, description, concluded, processed, translated)
    overriding system value select g, now(), 'cell ' || g, true, true, false from generate_series(1, ${GROUPS}::int) g`.execute(
    db,
  );
  await sql`insert into ${t.group_details} (experiments_group_id, instrument_sha256, model_name, parameters, seed, form_sha256, administration)
    select g, ${instrument.sha256}, 'model-' || (g - 1) / 16, '{}', 1, lpad(g::text, 64, '0'),
      jsonb_build_object('item_order', case when (g - 1) % 2 = 1 then 'shuffled' else 'published' end,
        'option_order', case when (g - 1) / 2 % 2 = 1 then 'reversed' else 'published' end,
        'answer_as', case when (g - 1) / 4 % 2 = 1 then 'label' else 'value' end, 'temperature', (g - 1) / 8 % 2)
    from generate_series(1, ${GROUPS}::int) g`.execute(db);
  await sql`insert into ${t.group_factors} (experiments_group_id, name, level)
    select g, f.name, ((g - 1) / power(2, f.place - 1)::int % 2)::text
    from generate_series(1, ${GROUPS}::int) g, unnest(${FACTORS}::text[]) with ordinality as f (name, place)`.execute(
    db,
  );
  await sql`insert into ${t.experiments_list} (experiment_id, experiments_group_id, questionnaire, language_questionnaire, model, population, personality_id, repeated, succeeded, model_provider)
    overriding system value
    select (g - 1) * ${4 * CASES}::int + p.id, g, 'miniipip', 'en', 'model-' || (g - 1) / 16, p.population, p.ref_personality_id, 1, true, 'bench'
    from generate_series(1, ${GROUPS}::int) g, ${t.personas} p`.execute(db);
  await sql`insert into ${t.experiment_details} (experiment_id, experiments_group_id, persona_id, repeated, shuffle_key, origin, last_outcome, attempts)
    select e.experiment_id, e.experiments_group_id, p.id, 1, e.experiment_id, 'model', 'answered', 1
    from ${t.experiments_list} e join ${t.personas} p on p.population = e.population and p.ref_personality_id = e.personality_id`.execute(
    db,
  );
  await sql`insert into ${t.eval_questionnaires} (experiment_id, question_number, answer)
    select e.experiment_id, q, 1 + (hashint4(e.experiment_id * 31 + q) & 1023) % 5
    from ${t.experiments_list} e, generate_series(1, ${instrument.items.length}::int) q`.execute(
    db,
  );
  await sql`analyze`.execute(db);
}

function measure(location: DatabaseLocation): Omit<OwnStudyTimes, 'administrations'> {
  const module = (file: string) => JSON.stringify(new URL(`../dist/${file}`, import.meta.url).href);
  const script = `
    const { open } = await import(${module('db/connect.js')});
    const { computeTables } = await import(${module('studies/analyze.js')});
    await using database = await open({ database: ${JSON.stringify(location)}, schema: '${SCHEMA}' });
    const begun = performance.now();
    await computeTables(database, { models: {}, providers: {} }, { mode: 'corrected', tables: ['M1', 'C1', 'C2', 'C3', 'S1'] });
    const seconds = (performance.now() - begun) / 1000;
    process.stdout.write(JSON.stringify({ seconds, megabytes: process.resourceUsage().maxRSS / 1024 }));`;
  return JSON.parse(
    execFileSync(
      process.execPath,
      ['--max-semi-space-size=2', '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    ),
  ) as Omit<OwnStudyTimes, 'administrations'>;
}
