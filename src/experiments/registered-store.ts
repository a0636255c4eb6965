/** SQL of experiments as they are registered: with their group, their persona and their stored calls. */

import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import type { Relations } from '../db/relations.ts';
import type { StoredParameters } from '../models/parameters.ts';
import type { Persona } from './administration/persona-text.ts';
import type { PersonaFields } from './administration/template.ts';
import type { RegisteredExperiment, StoredPart } from './experiment.ts';

/** Which experiments a run is about. */
interface ExperimentRow {
  experiment_id: number;
  version: string;
  experiments_group_id: number | null;
  shuffle_key: string;
  repeated: number | null;
  questionnaire: string | null;
  model_provider: string | null;
  model: string | null;
  population: string | null;
  personality_id: number | null;
  persona_id: number | null;
  group_exists: boolean;
  system_role: string | null;
  base_prompt: string | null;
  temperature: number | null;
  top_p: number | null;
  instrument_sha256: string | null;
  model_name: string | null;
  parameters: StoredParameters | null;
  seed: number | null;
  draw_seed: number | null;
  administration: Readonly<Record<string, unknown>> | null;
}

export async function selectExperiments(
  { db, t }: Database,
  rest: ReturnType<typeof sql>,
): Promise<ExperimentRow[]> {
  const { rows } = await sql<ExperimentRow>`
    select e.experiment_id, ${versionOf(t)} as version, e.experiments_group_id, d.shuffle_key::text as shuffle_key, e.repeated, e.questionnaire, e.model_provider, e.model,
      e.population, e.personality_id, d.persona_id, g.experiments_group_id is not null as group_exists,
      g.system_role, g.base_prompt, g.temperature, g.top_p, gd.instrument_sha256, gd.model_name, gd.parameters, gd.seed,
      gd.draw_seed, gd.administration
    ${rowsOf(t)} ${rest}`.execute(db);
  return rows;
}

/** The versions of experiments by id. */
export async function selectVersions(
  { db, t }: Database,
  rest: ReturnType<typeof sql>,
): Promise<ReadonlyMap<number, string>> {
  const { rows } = await sql<{ id: number; version: string }>`
    select e.experiment_id as id, ${versionOf(t)} as version ${rowsOf(t)} ${rest}`.execute(db);
  return new Map(rows.map(({ id, version }) => [id, version]));
}

function rowsOf(t: Relations) {
  return sql`from ${t.experiments_list} e
    join ${t.experiment_details} d using (experiment_id)
    left join ${t.experiments_groups} g on g.experiments_group_id = e.experiments_group_id
    left join ${t.group_details} gd on gd.experiments_group_id = e.experiments_group_id`;
}

/** Which transactions wrote the rows of an experiment and its persona. */
function versionOf(t: Relations) {
  return sql`concat_ws(' ', e.xmin, d.xmin, g.xmin, gd.xmin,
      (select p.xmin from ${t.personas} p where p.id = d.persona_id),
      (select string_agg(c.xmin::text, ' ') from ${t.persona_columns} c where c.persona_id = d.persona_id))`;
}

export function toExperiment(row: ExperimentRow): RegisteredExperiment {
  return {
    experimentId: row.experiment_id,
    version: row.version,
    groupId: row.experiments_group_id,
    repeated: row.repeated ?? 1,
    questionnaire: row.questionnaire,
    provider: row.model_provider,
    modelId: row.model,
    population: row.population,
    personalityId: row.personality_id,
    personaId: row.persona_id,
    group: row.group_exists
      ? {
          systemRole: row.system_role,
          prompt: row.base_prompt,
          temperature: row.temperature,
          topP: row.top_p,
        }
      : null,
    details:
      row.instrument_sha256 === null ||
      row.model_name === null ||
      row.parameters === null ||
      row.seed === null
        ? null
        : {
            instrumentSha256: row.instrument_sha256,
            modelName: row.model_name,
            parameters: row.parameters,
            seed: row.seed,
            drawSeed: row.draw_seed,
            administration: row.administration ?? {},
          },
  };
}

/** Personas by id. */
export async function personasById(
  database: Database,
  ids: readonly number[],
): Promise<Map<number, Persona>> {
  const personas = await selectPersonas(database, sql`p.id = any(${[...ids]}::int[])`);
  return new Map(personas.map((persona) => [Number(persona.row.id), persona]));
}

/** @param which a condition on `personas p`, with what follows it */
async function selectPersonas(
  { db, t }: Database,
  which: ReturnType<typeof sql>,
): Promise<Persona[]> {
  const { rows } = await sql<PersonaFields & { own_columns: Record<string, string> | null }>`
    select p.*, (select jsonb_object_agg(c.name, c.value order by c.name)
      from ${t.persona_columns} c where c.persona_id = p.id) as own_columns
    from ${t.personas} p where ${which}`.execute(db);
  return rows.map(({ own_columns: columns, ...row }) => ({ row, columns: columns ?? {} }));
}

/** The stored calls of administrations of several, by experiment and in their order. */
export async function storedParts(
  { db, t }: Database,
  experiments: readonly number[],
): Promise<Map<number, StoredPart[]>> {
  type Row = StoredPart & { readonly experiment: number };
  const { rows } = await sql<Row>`
    select c.experiment_id as experiment, c.call, m.request_metadata->>'outcome' = 'refused' as refused,
      m.request_metadata->>'reason' as reason, r.reply, m.request_metadata->'first_token_logprobs' as logprobs
    from ${t.administration_calls} c
    left join ${t.experiment_request_metadata} m on m.id = c.request_metadata_id
    left join ${t.reply_texts} r on r.request_metadata_id = c.request_metadata_id
    where c.experiment_id = any(${[...experiments]}::int[]) order by 1, 2`.execute(db);
  return Map.groupBy(rows, ({ experiment }) => experiment);
}

/**
 * The personas that an older row may mean: those of its population whose personality id is the
 * row's (a persona without one goes by its own id) and whose model is the row's; where no persona
 * of that model fits, those of any model.
 * @param modelNames every name under which personas of the row's model may be filed
 */
export async function matchingPersonas(
  database: Database,
  row: RegisteredExperiment,
  modelNames: readonly string[],
): Promise<Persona[]> {
  const { population, personalityId } = row;
  if (population === null || personalityId === null) return [];
  const matches = await selectPersonas(
    database,
    sql`p.population = ${population}
      and (p.ref_personality_id = ${personalityId} or (p.ref_personality_id is null and p.id = ${personalityId}))
      order by p.id limit 100`,
  );
  const ofModel = matches.filter(({ row: { model } }) => modelNames.includes(String(model)));
  return ofModel.length > 0 ? ofModel : matches;
}
