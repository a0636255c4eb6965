import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { open } from '../../src/db/connect.ts';
import { dropSchema } from '../../src/db/schema/list.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import {
  freshPlace,
  optionsFor,
  type Place,
  runPersonas,
  simulatedAt,
  startPersonas,
} from '../support/cli.ts';
import { DATABASES, type DatabaseKind, freshSchema } from '../support/database.ts';
import { countInstants, seededNumbers, watchDatabase } from '../support/instants.ts';
import { seedOfTest } from '../support/seed.ts';

const SHEETS = 40;
const CONDITIONS = ['Base', 'max_N', 'max_P'];
const TASKS = SHEETS * CONDITIONS.length;
/** Few, so that what killed processes had claimed does not amount to the whole study. */
const WORKERS = 4;

const STUDY = `
name: killed
seed: 11
models: [sim-gpt4o]
conditions: [${CONDITIONS.join(', ')}]
max_personas: ${SHEETS}
questionnaires: [epqra]
limits: { max_workers: ${WORKERS} }
`;

type Stage =
  | 'making the schema'
  | 'seeding'
  | 'writing personas'
  | 'registering'
  | 'giving the questionnaire';

/**
 * How many steps (requests and database traffic together) from the beginning of a stage an instant
 * may be. The embedded database does not tell of a statement, only of what it writes to its log and
 * of files it makes. Few enough that all rounds together do not suffice for the study.
 */
const STEPS: Readonly<Record<DatabaseKind, Readonly<Record<Stage, number>>>> = {
  embedded: {
    'making the schema': 800,
    seeding: 1600,
    'writing personas': 60,
    registering: 8,
    'giving the questionnaire': 40,
  },
  postgres: {
    'making the schema': 70,
    seeding: 105,
    'writing personas': 150,
    registering: 40,
    'giving the questionnaire': 80,
  },
};
const STAGES = Object.keys(STEPS.embedded) as Stage[];
/** Once in the last stage, since `kill.test.ts` kills twenty times there. */
const killsIn = (stage: Stage): number => (stage === 'giving the questionnaire' ? 1 : 4);

function writeStudy(place: Place): string {
  const file = path.join(place.folder, 'study.yaml');
  writeFileSync(file, STUDY);
  return file;
}

/** Personas that are still to be written. */
async function personasLeft(place: Place): Promise<number> {
  await using database = await open(place);
  const { rows } = await sql<{
    written: number;
  }>`select count(*)::int as written from ${database.t.personas}`.execute(database.db);
  return TASKS - rows[0]!.written;
}

/**
 * All that a study came to, table by table, without what depends on the moment: ids, times, the
 * order of what has no order, and the calls that were on their way when a process was killed.
 */
async function contentsOf(
  place: Pick<Place, 'database' | 'schema'>,
): Promise<Record<string, string[]>> {
  await using database = await open(place);
  const { db, t } = database;
  const persona = sql`p.population, p.ref_personality_id, p.repetitions`;
  const ofExperiment = sql`e.population, e.personality_id, p.repetitions as draw, e.repeated, e.questionnaire`;
  const experiments = sql`${t.experiments_list} e join ${t.experiment_details} d using (experiment_id) join ${t.personas} p on p.id = d.persona_id`;
  const call = sql`m.request_metadata->'attempt' as attempt, m.request_metadata->'outcome' as outcome, m.request_metadata->'seed' as seed,
    m.request_metadata->'request_sha256' as request, m.request_metadata->'usage' as usage, m.request_json as sent`;
  const fateKnown = sql`m.request_metadata->>'error_kind' is distinct from 'unknown_fate'`;
  const queries: Record<string, ReturnType<typeof sql>> = {
    study: sql`select name, content, sha256 from ${t.pipeline_file}`,
    reference: sql`select to_jsonb(r) - 'created_at' as row from ${t.reference_population} r`,
    'reference sheets': sql`select to_jsonb(r) - 'id' as row from ${t.reference_questionnaires} r`,
    'random sheets': sql`select to_jsonb(r) - 'id' as row from ${t.random_questionnaires} r`,
    personas: sql`select to_jsonb(p) - 'id' as row, d.origin, d.source, d.vocabulary_sha256
      from ${t.personas} p join ${t.persona_details} d on d.persona_id = p.id`,
    'long texts': sql`select ${persona}, x.column_name, x.full_text from ${t.persona_texts} x join ${t.personas} p on p.id = x.persona_id`,
    'generation groups': sql`select to_jsonb(g) - 'generation_group_id' - 'created_at' as row from ${t.generation_groups} g`,
    generations: sql`select g.population, to_jsonb(n) - 'generation_id' - 'generation_group_id' - 'persona_id' - 'last_attempt_at' as row, ${persona}
      from ${t.generations} n join ${t.generation_groups} g using (generation_group_id) left join ${t.personas} p on p.id = n.persona_id`,
    'calls for personas': sql`select ${persona}, ${call}, b.request_gzip is not null as bytes from ${t.generation_request_metadata} m
      join ${t.generations} n using (generation_id) left join ${t.personas} p on p.id = n.persona_id
      left join ${t.generation_call_bytes} b on b.request_metadata_id = m.id where ${fateKnown}`,
    questionnaire: sql`select to_jsonb(q) - 'id' as row from ${t.questionnaire} q`,
    groups: sql`select to_jsonb(g) - 'experiments_group_id' - 'created' as row, to_jsonb(d) - 'experiments_group_id' - 'created_at' as details
      from ${t.experiments_groups} g join ${t.group_details} d using (experiments_group_id)`,
    experiments: sql`select p.repetitions as draw, to_jsonb(e) - 'experiment_id' - 'experiments_group_id' - 'created' as row,
      d.origin, d.last_outcome, d.attempts, d.uniform from ${experiments}`,
    answers: sql`select ${ofExperiment}, a.question_number, a.answer from ${t.eval_questionnaires} a join (${sql`select e.*, d.persona_id
      from ${t.experiments_list} e join ${t.experiment_details} d using (experiment_id)`}) e using (experiment_id)
      join ${t.personas} p on p.id = e.persona_id`,
    'calls for experiments': sql`select ${ofExperiment}, ${call}, b.request_gzip is not null as bytes from ${experiments}
      join ${t.experiment_request_metadata} m on m.experiment_id = e.experiment_id left join ${t.call_bytes} b on b.request_metadata_id = m.id
      where ${fateKnown}`,
    scores: sql`select experiment_id is not null as there, questionnaire, population_display, model_clean, personality_id, question_number, eval
      from ${t.scored_answers}`,
  };
  const contents: Record<string, string[]> = {};
  for (const [name, query] of Object.entries(queries)) {
    const { rows } = await query.execute(db);
    // Databases sort text each in its own way.
    contents[name] = rows.map((row) => JSON.stringify(row)).sort();
  }
  return contents;
}

function sizesOf(contents: Record<string, string[]>): Record<string, number> {
  return Object.fromEntries(Object.entries(contents).map(([name, rows]) => [name, rows.length]));
}

const EXPECTED_SIZES = {
  study: 1,
  reference: 1,
  'reference sheets': 826 * 24,
  'random sheets': 826 * 24,
  personas: TASKS,
  'generation groups': 3,
  generations: TASKS,
  questionnaire: 24,
  groups: 1,
  experiments: TASKS,
  answers: TASKS * 24,
  scores: TASKS * 24,
};

describe('a study whose process is killed', () => {
  const references = new Map<DatabaseKind, Record<string, string[]>>();

  test.each(DATABASES)(
    'at every stage, from the schema to the answers, comes to the rows of an undisturbed one (%s)',
    { timeout: 300_000 },
    async (kind) => {
      const seed = seedOfTest('These instants come');
      const random = seededNumbers(seed);
      const instants = countInstants();
      const asked = countInstants();
      await using simulator = await startSimulator({
        latencyMs: 10,
        onRequest: () => {
          instants.step();
          asked.step();
        },
      });
      await using place = freshPlace(kind);
      const file = writeStudy(place);
      const env = simulatedAt(simulator.openaiBaseUrl);
      // Another schema beside it, whose study nobody disturbs; on the embedded database it also
      // makes the folder that is watched.
      const undisturbed = { database: place.database, schema: freshSchema() };
      await using _dropped = droppedAfter(place, undisturbed.schema);
      expect(
        await runPersonas(['pipeline', file, ...optionsFor(undisturbed)], {
          cwd: place.folder,
          env,
        }),
      ).toMatchObject({ code: 0 });
      const reference = await contentsOf(undisturbed);
      expect(sizesOf(reference)).toMatchObject(EXPECTED_SIZES);
      references.set(kind, reference);

      await using watched = await watchDatabase(place.database, instants.step);
      const args = [
        'pipeline',
        file,
        ...optionsFor({ database: watched.database, schema: place.schema }),
      ];
      for (const stage of STAGES) {
        for (let round = 0; round < killsIn(stage); round++) {
          const left = stage === 'registering' ? await personasLeft(place) : 0;
          const allAsked = left > 0 ? asked.after(left) : null;
          const run = startPersonas(args, { cwd: place.folder, env });
          const ended = run.ended.then(() => {});
          const says = (words: RegExp) => Promise.race([run.says(words).catch(() => {}), ended]);
          const [writing, giving] = [
            says(/Writing personas/),
            says(/Administering the questionnaires/),
          ];
          if (stage === 'giving the questionnaire') await giving;
          else if (stage === 'writing personas' || stage === 'registering') await writing;
          if (allAsked !== null) await Promise.race([allAsked, ended]);
          // What is done already is passed over quickly: an instant of an early stage is never
          // beyond it.
          const beyond =
            stage === 'writing personas'
              ? giving
              : stage === 'making the schema' || stage === 'seeding'
                ? writing
                : ended;
          await Promise.race([instants.after(random(STEPS[kind][stage])), beyond, ended]);
          run.child.kill('SIGKILL');
          const { signal, stdout, stderr } = await run.ended;
          expect(signal, `${stage}, round ${round}, ended by itself: ${stdout}${stderr}`).toBe(
            'SIGKILL',
          );
        }
      }
      expect(await startPersonas(args, { cwd: place.folder, env }).ended).toMatchObject({
        code: 0,
      });
      const contents = await contentsOf(place);
      expect(sizesOf(contents)).toEqual(sizesOf(reference));
      expect(contents).toEqual(reference);
    },
  );

  test('comes to the same rows on both databases', () => {
    const [embedded, postgres] = DATABASES.map((kind) => references.get(kind));
    expect(embedded).toBeDefined();
    expect(embedded).toEqual(postgres);
  });
});

/** Drops one more schema of a place in the end; the embedded one goes with its folder. */
function droppedAfter(place: Place, schema: string): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      if (place.database.kind !== 'postgres') return;
      await using database = await open({ database: place.database, schema });
      await dropSchema(database);
    },
  };
}
