/** SQL of bundles: what a schema holds besides the rows that are exported. */
import { sql } from 'kysely';
import { int4Array } from '../db/arrays.ts';
import type { Database } from '../db/connect.ts';
import { beyondFreeze, type Freeze, findFreeze } from '../experiments/frozen-store.ts';
import type { NamedInStudy } from './configuration.ts';

/** An instrument as it was registered. */
export interface StoredInstrument {
  readonly sha256: string;
  readonly slug: string;
  readonly language: string;
  readonly definition: string;
}

export async function storedInstruments({ db, t }: Database): Promise<StoredInstrument[]> {
  const { rows } = await sql<StoredInstrument>`
    select sha256::text, slug, language, definition from ${t.instruments}
    order by slug collate "C", language collate "C", sha256`.execute(db);
  return rows;
}

/** What was asked of whom, with which parameters and texts. */
export interface StoredRequest {
  /** `administration` of a questionnaire, or `persona`: the writing of personas. */
  readonly kind: 'administration' | 'persona';
  readonly group: number;
  readonly model: string | null;
  readonly modelId: string | null;
  readonly provider: string | null;
  readonly label: string | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly parameters: Readonly<Record<string, unknown>> | null;
  readonly seed: number | null;
  readonly instrumentSha256: string | null;
  readonly administration: Readonly<Record<string, unknown>> | null;
  readonly system: string | null;
  readonly prompt: string | null;
}

export async function storedRequests({ db, t }: Database): Promise<StoredRequest[]> {
  const { rows } = await sql<StoredRequest>`
    select 'administration' as kind, g.experiments_group_id as "group", d.model_name as model, used.model as "modelId",
      used.provider, used.label, g.temperature, g.top_p as "topP", d.parameters, d.seed,
      d.instrument_sha256::text as "instrumentSha256", d.administration, g.system_role as system, g.base_prompt as prompt
    from ${t.experiments_groups} g left join ${t.group_details} d using (experiments_group_id)
    left join lateral (
      select string_agg(distinct e.model collate "C", ', ') as model, string_agg(distinct e.model_provider collate "C", ', ') as provider,
        string_agg(distinct l.label collate "C", ', ') as label
      from ${t.experiments_list} e left join ${t.model_labels} l on l.model = e.model
      where e.experiments_group_id = g.experiments_group_id) as used on true
    union all
    select 'persona', g.generation_group_id, g.model_name, g.model, g.model_provider, l.label, g.temperature, g.top_p,
      g.parameters, g.seed, null, null, g.system_role, g.prompt
    from ${t.generation_groups} g left join ${t.model_labels} l on l.model = g.model
    order by 1, 2`.execute(db);
  return rows;
}

/** Models by short names, or by ids where rows have nothing else, and providers. */
export async function namedInStudy({ db, t }: Database): Promise<NamedInStudy> {
  const { rows } = await sql<NamedInStudy>`
    select array(select e.model::text from ${t.experiments_list} e left join ${t.group_details} d using (experiments_group_id)
          where d.model_name is null
        union select model_name from ${t.group_details} union select model::text from ${t.personas}
        union select model_name from ${t.generation_groups}) as models,
      array(select model_provider::text from ${t.experiments_list} union select model_provider from ${t.generation_groups}) as providers`.execute(
    db,
  );
  return rows[0]!;
}

/** What a schema was made by and of. */
export interface StoredOrigin {
  readonly studyName: string | null;
  /** Of the study file, as JSON. */
  readonly content: string | null;
  readonly designSha256: string | null;
  readonly freeze: Freeze | null;
  /** What was registered and the frozen design does not cover, each in words. */
  readonly beyondFreeze: readonly string[];
  readonly referenceOrigin: 'synthetic' | 'imported' | null;
  readonly ethicsNote: string | null;
  /** Whether there are personas that this program did not write. */
  readonly hasOwnPersonas: boolean;
}

export async function storedOrigin(database: Database): Promise<StoredOrigin> {
  const { db, t } = database;
  const { rows } = await sql<Omit<StoredOrigin, 'freeze' | 'beyondFreeze'>>`
    select f.name as "studyName", f.content, f.design_sha256::text as "designSha256",
      coalesce(r.origin, case when exists (select from ${t.reference_questionnaires}) then 'imported' end) as "referenceOrigin",
      r.ethics_note as "ethicsNote",
      exists (select from ${t.personas} p where not exists (
        select from ${t.generations} g where g.persona_id = p.id)) as "hasOwnPersonas"
    from (select 1) as one left join ${t.pipeline_file} f on true left join ${t.reference_population} r on true`.execute(
    db,
  );
  const freeze = await findFreeze(database);
  const beyond = freeze === null ? [] : await beyondFreeze(database, freeze);
  return { ...rows[0]!, freeze, beyondFreeze: beyond };
}

/** Where a study stands; the same as long as nothing is registered, asked or answered. */
export interface Moment {
  /** The last thing that happened to it, ISO 8601 UTC; the epoch where nothing has. */
  readonly asOf: string;
  /** How many rows, and of which state. */
  readonly counts: string;
  readonly answered: number;
}

export async function momentOf({ db, t }: Database): Promise<Moment> {
  const { rows } = await sql<Moment>`
    select to_char(coalesce(greatest(
        (select max(created) from ${t.experiment_request_metadata}),
        (select max(created) from ${t.generation_request_metadata}),
        (select max(created_at) at time zone 'UTC' from ${t.group_details}),
        (select max(created_at) at time zone 'UTC' from ${t.generation_groups}),
        (select max(created_at) at time zone 'UTC' from ${t.persona_details}),
        (select max(created_at) at time zone 'UTC' from ${t.reference_population}),
        (select max(created_at) at time zone 'UTC' from ${t.pipeline_file}),
        (select max(frozen_at) at time zone 'UTC' from ${t.design_freeze})),
        'epoch'::timestamp), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "asOf",
      concat_ws(' ',
        (select count(*) from ${t.experiment_request_metadata}), (select count(*) from ${t.generation_request_metadata}),
        (select count(*) from ${t.personas}), (select count(*) from ${t.experiments_list}),
        (select count(*) from ${t.experiments_list} where succeeded is not null),
        (select sum(attempts) from ${t.experiment_details}), (select count(*) from ${t.eval_questionnaires}),
        (select sum(attempts) from ${t.generations})) as counts,
      (select count(*)::int from ${t.experiments_list} where succeeded) as answered`.execute(db);
  return rows[0]!;
}

/** The numbers of all administrations, ascending. */
export async function administrationIds({ db, t }: Database): Promise<number[]> {
  const { rows } = await sql<{ ids: number[] }>`
    select coalesce(json_agg(experiment_id order by experiment_id), '[]') as ids from ${t.experiments_list}`.execute(
    db,
  );
  return rows[0]!.ids;
}

/** The personas that were written in the end, by the numbers of their generations. */
export async function personasWritten(
  { db, t }: Database,
  generations: readonly number[],
): Promise<ReadonlyMap<number, number | null>> {
  const { rows } = await sql<{ id: number; personaId: number | null }>`
    select generation_id as id, persona_id as "personaId" from ${t.generations}
    where generation_id = any(${int4Array(generations)}::int[])`.execute(db);
  return new Map(rows.map(({ id, personaId }) => [id, personaId]));
}

/**
 * Makes an empty schema take requests and replies as they are written: texts that nobody asks for a
 * part of are neither taken apart nor compressed. For a database that lasts as long as it is looked
 * at.
 */
export async function takeCallsAsWritten({ db, t }: Database): Promise<void> {
  const columns = (type: string, names: readonly string[]) =>
    sql.join(
      names.flatMap((name) => [
        ...(type === 'json' ? [sql`alter ${sql.ref(name)} type json`] : []),
        sql`alter ${sql.ref(name)} set storage external`,
      ]),
    );
  const texts = columns('json', ['request_json', 'response_json']);
  const bytes = columns('bytea', ['request_gzip', 'response_gzip']);
  await sql`alter table ${t.experiment_request_metadata} ${texts}`.execute(db);
  await sql`alter table ${t.generation_request_metadata} ${texts}`.execute(db);
  await sql`alter table ${t.call_bytes} ${bytes}`.execute(db);
  await sql`alter table ${t.generation_call_bytes} ${bytes}`.execute(db);
}
