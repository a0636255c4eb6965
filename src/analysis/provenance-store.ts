/** SQL of provenance. */
import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import type { Relations } from '../db/relations.ts';
import { originOfExperiment } from '../db/row-origin.ts';
import type { Session } from '../db/session.ts';
import type { Reference } from '../personas/sheets/reference-store.ts';
import { withoutLocalFolders } from '../text-file.ts';
import type { StudyData } from './data.ts';
import { keyOfMention } from './model-identity.ts';
import type {
  GenerationProvenance,
  GroupProvenance,
  InstrumentProvenance,
  Provenance,
} from './provenance.ts';

export interface ProvenanceOptions {
  readonly programVersion: string;
  /**
   * Only these experiment groups, and the personas of their populations; all of them when left out.
   */
  readonly groups?: readonly number[];
  /** Hash of the design as the study file has it now, where it was given. */
  readonly designToday?: string;
  /** What was registered and the frozen design does not cover, each in words. */
  readonly beyondFreeze?: readonly string[];
  /** Only simulated groups, or only others; all of them when left out. */
  readonly rows?: 'real' | 'simulated';
  /** How tables show models, as `Study.models` has it; by their stored labels when left out. */
  readonly models?: StudyData['models'];
}

/** The reference population of the published study, which imported sheets are taken for. */
const PUBLISHED_REFERENCE = {
  name: 'spain826',
  instrument: 'epqra',
  instrumentSha256: null,
} as const;

/**
 * Reads where a study comes from. What a schema does not tell, because its rows were imported or
 * there are none, is null or an empty list.
 */
export async function readProvenance(
  database: Database,
  options: ProvenanceOptions,
): Promise<Provenance> {
  return await database.transact(async (session) => {
    const reader = new ProvenanceReader(session, database.t, options);
    const reference = withoutPath(await reader.reference());
    const groups = await reader.groups();
    const generations = await reader.generations();
    return {
      programVersion: options.programVersion,
      database: `${database.kind === 'embedded' ? 'embedded' : 'server'}, ${await reader.databaseVersion()}`,
      studyFile: await reader.studyFile(),
      reference,
      instruments: await reader.instruments(groups, reference),
      groups,
      generations,
      imported: (await reader.imported()).map((one) => ({
        ...one,
        source: withoutLocalFolders(one.source),
      })),
      ...(await reader.calls()),
    };
  }, 'repeatable read');
}

/** Earlier versions stored whole paths, which are of no use to readers elsewhere. */
function withoutPath(reference: Reference | null): Reference | null {
  return reference?.source == null
    ? reference
    : { ...reference, source: withoutLocalFolders(reference.source) };
}

interface StoredTexts {
  readonly systemRole: string | null;
  readonly prompt: string | null;
}

type Calls = Pick<
  Provenance,
  | 'firstCall'
  | 'lastCall'
  | 'calls'
  | 'unverifiedCalls'
  | 'inputTokens'
  | 'reasoningTokens'
  | 'outputTokens'
  | 'costUsd'
>;

/** Reads the parts of a provenance, one query each. */
class ProvenanceReader {
  readonly #session: Session;
  readonly #t: Relations;
  readonly #options: ProvenanceOptions;

  constructor(session: Session, t: Relations, options: ProvenanceOptions) {
    this.#session = session;
    this.#t = t;
    this.#options = options;
  }

  async databaseVersion(): Promise<string> {
    const [row] = await this.#rows<{ version: string }>(
      sql`select current_setting('server_version') as version`,
    );
    return `PostgreSQL ${row!.version}`;
  }

  async studyFile(): Promise<Provenance['studyFile']> {
    const [row] = await this.#rows<Omit<NonNullable<Provenance['studyFile']>, 'designToday'>>(
      sql`select f.name, f.sha256, f.content::jsonb ->> 'question' as question, f.design_sha256 as "designSha256",
        case when z.frozen_at is not null then jsonb_build_object('at', to_char(z.frozen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
          'sha256', z.design_sha256, 'callsBefore', z.calls_before) end as frozen
      from ${this.#t.pipeline_file} f left join ${this.#t.design_freeze} z on true`,
    );
    if (row === undefined) return null;
    const { designToday = null, beyondFreeze: beyond = [] } = this.#options;
    return { ...row, designToday, frozen: row.frozen && { ...row.frozen, beyond } };
  }

  /** Sheets that came without a name are those of the published study's shape. */
  async reference(): Promise<Reference | null> {
    const t = this.#t;
    const [named] = await this.#rows<Reference>(sql`
      select name, origin, source, ethics_note as "ethicsNote", seed, sheets, instrument,
      instrument_sha256 as "instrumentSha256", sha256 from ${t.reference_population}`);
    if (named !== undefined) return named;
    const sheets = await this.#rows<{ personality: number; answers: string }>(sql`
      select personality_id as personality, string_agg(concat(question_number, case when answer then 'T' when not answer then 'F' end), ',' order by question_number, id) as answers
      from ${t.reference_questionnaires} where personality_id is not null group by 1 order by 1`);
    if (sheets.length === 0) return null;
    return {
      ...PUBLISHED_REFERENCE,
      origin: 'imported',
      source: null,
      ethicsNote: null,
      seed: null,
      sheets: sheets.length,
      sha256: sha256(
        sheets.map(({ personality, answers }) => `${personality}:${answers}\n`).join(''),
      ),
    };
  }

  /**
   * With imported groups, whose wording nobody stored, an instrument may be there for its scoring
   * alone.
   */
  async instruments(
    groups: readonly GroupProvenance[],
    reference: Reference | null,
  ): Promise<InstrumentProvenance[]> {
    const stored = await this.#rows<
      Omit<InstrumentProvenance, 'citation' | 'licence'> & { definition: string }
    >(sql`
      select slug, language, title, sha256, definition from ${this.#t.instruments} order by slug collate "C", language collate "C", created_at, sha256 collate "C"`);
    const hashes = new Set(groups.map((group) => group.instrumentSha256));
    const slugs = new Set(
      groups.filter((group) => group.instrumentSha256 === null).map((group) => group.questionnaire),
    );
    return stored
      .filter(
        ({ slug, sha256 }) =>
          hashes.has(sha256) || slugs.has(slug) || slug === reference?.instrument,
      )
      .map(({ definition, ...instrument }) => {
        const { citation, licence } = JSON.parse(definition) as {
          readonly citation?: string;
          readonly licence?: string;
        };
        return { ...instrument, citation: citation ?? null, licence: licence ?? null };
      });
  }

  async groups(): Promise<GroupProvenance[]> {
    const t = this.#t;
    const { groups } = this.#options;
    const rows = await this.#rows<
      Omit<GroupProvenance, 'systemRoleSha256' | 'promptSha256'> &
        StoredTexts & { name: string | null; modelIds: (string | null)[] | null }
    >(sql`
      with used as (
        select e.experiments_group_id as id, count(*)::int as experiments, count(*) filter (where e.succeeded)::int as succeeded,
          min(e.questionnaire collate "C") as questionnaire,
          min(case e.language_questionnaire when 'english' then 'en' else e.language_questionnaire end collate "C") as language,
          string_agg(distinct coalesce(labels.label, e.model) collate "C", ', ') as model, string_agg(distinct e.model collate "C", ', ') as model_id, array_agg(distinct e.model collate "C") as model_ids,
          string_agg(distinct e.model_provider collate "C", ', ') as provider,
          array_agg(distinct e.repo_sha::text collate "C") filter (where e.repo_sha is not null) as repo_shas,
          bool_or(${originOfExperiment(t)} = 'simulated') as simulated
        from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id)
        left join ${t.model_labels} labels on labels.model = e.model group by 1),
      called as (
        select e.experiments_group_id as id, to_char(min(m.created), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as first, to_char(max(m.created), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last
        from ${t.experiment_request_metadata} m join ${t.experiments_list} e using (experiment_id) group by 1)
      select g.experiments_group_id as "groupId", g.description, coalesce(i.slug, used.questionnaire) as questionnaire,
        coalesce(i.language, used.language) as language, coalesce(used.model, gd.model_name, '') as model, used.model_id as "modelId", used.model_ids as "modelIds", gd.model_name as name, used.provider,
        called.first as "firstCall", called.last as "lastCall", g.temperature, g.top_p as "topP", gd.parameters, gd.seed, gd.instrument_sha256 as "instrumentSha256",
        g.system_role as "systemRole", g.base_prompt as prompt, coalesce(used.experiments, 0) as experiments, coalesce(used.succeeded, 0) as succeeded,
        coalesce(used.repo_shas, '{}') as "repoShas", coalesce(used.simulated, false) as simulated
      from ${t.experiments_groups} g left join used on used.id = g.experiments_group_id
      left join called on called.id = g.experiments_group_id
      left join ${t.group_details} gd on gd.experiments_group_id = g.experiments_group_id
      left join ${t.instruments} i on i.sha256 = gd.instrument_sha256
      where ${groups === undefined ? sql`true` : sql`g.experiments_group_id = any(${[...groups]}::int[])`}
      order by 1`);
    return rows
      .filter(({ simulated }) => this.#isWanted(simulated))
      .map(({ systemRole, prompt, name, modelIds, model, ...group }) => ({
        ...group,
        model: (modelIds ?? []).map((modelId) => this.#labelOf(name, modelId)).join(', ') || model,
        systemRoleSha256: systemRole === null ? null : sha256(systemRole),
        promptSha256: prompt === null ? null : sha256(prompt),
      }));
  }

  async generations(): Promise<GenerationProvenance[]> {
    const t = this.#t;
    const rows = await this.#rows<
      Omit<GenerationProvenance, 'systemRoleSha256' | 'promptSha256'> & {
        name: string;
        systemRole: string;
        prompt: string;
        simulated: boolean;
      }
    >(sql`
      select g.population, g.model_name as name, coalesce(labels.label, g.model) as model, g.model as "modelId", g.model_provider as provider, g.condition,
        g.temperature, g.top_p as "topP", g.seed, g.system_role as "systemRole", g.prompt, g.repo_sha as "repoSha",
        count(n.persona_id)::int as personas, coalesce(max(n.draw) filter (where n.persona_id is not null), 0) as draws,
        coalesce(bool_or(n.origin = 'simulated'), g.model_provider = 'simulated') as simulated
      from ${t.generation_groups} g left join ${t.generations} n using (generation_group_id)
      left join ${t.model_labels} labels on labels.model = g.model
      where ${this.#isAskedPopulation(sql`g.population`)}
      group by g.generation_group_id, labels.label order by g.generation_group_id`);
    return rows
      .filter(({ simulated }) => this.#isWanted(simulated))
      .map(({ systemRole, prompt, simulated, name, model, ...generation }) => ({
        ...generation,
        model: this.#labelOf(name, generation.modelId) || model,
        systemRoleSha256: sha256(systemRole),
        promptSha256: sha256(prompt),
      }));
  }

  async imported(): Promise<Provenance['imported']> {
    if (this.#options.rows === 'simulated') return [];
    const t = this.#t;
    return await this.#rows(sql`
      select coalesce(d.source, 'not recorded') collate "C" as source, count(*)::int as personas
      from ${t.personas} p left join ${t.persona_details} d on d.persona_id = p.id
      where coalesce(d.origin, 'imported') = 'imported' and ${this.#isAskedPopulation(sql`p.population`)}
      group by 1 order by 2 desc, 1`);
  }

  /** The published calls count tokens under the names that the provider gave them. */
  async calls(): Promise<Calls> {
    const t = this.#t;
    const { groups, rows } = this.#options;
    const number = (...names: readonly string[]) =>
      sql`coalesce(${sql.join(names.map((name) => sql`case jsonb_typeof(usage -> ${sql.lit(name)}) when 'number' then (usage ->> ${sql.lit(name)})::double precision end`))})`;
    const [row] = await this.#rows<
      Omit<Calls, 'firstCall' | 'lastCall'> & { first: string | null; last: string | null }
    >(sql`
      with calls as (
        select m.created, m.request_metadata ? 'unverified' as unverified, m.request_metadata -> 'usage' as usage, m.request_metadata -> 'cost_usd' as cost
        from ${t.experiment_request_metadata} m join ${t.experiments_list} e using (experiment_id)
        left join ${t.experiment_details} d using (experiment_id)
        where ${groups === undefined ? sql`true` : sql`e.experiments_group_id = any(${[...groups]}::int[])`}
          and ${rows === undefined ? sql`true` : sql`(${originOfExperiment(t)} = 'simulated') = ${rows === 'simulated'}`})
      select count(*)::int as calls, (count(*) filter (where unverified)
          + (select count(*) from ${t.generation_request_metadata} where request_metadata ? 'unverified'))::int as "unverifiedCalls", to_char(min(created), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as first,
        to_char(max(created), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last,
        coalesce(sum(${number('input_tokens', 'prompt_tokens')}), 0) as "inputTokens",
        coalesce(sum(${number('output_tokens', 'completion_tokens')}), 0) as "outputTokens",
        coalesce(sum(${number('reasoning_tokens')}), 0) as "reasoningTokens",
        sum(case jsonb_typeof(cost) when 'number' then (cost #>> '{}')::double precision end) as "costUsd"
      from calls`);
    const { first, last, ...sums } = row!;
    return { firstCall: first, lastCall: last, ...sums };
  }

  /** Empty where the tables do not know the model. */
  #labelOf(name: string | null, modelId: string | null): string {
    return this.#options.models?.get(keyOfMention({ name, modelId }))?.label ?? '';
  }

  #isWanted(simulated: boolean): boolean {
    const { rows } = this.#options;
    return rows === undefined || simulated === (rows === 'simulated');
  }

  /** Whether a population was asked by one of the groups named. */
  #isAskedPopulation(population: RawBuilder<unknown>): RawBuilder<unknown> {
    const { groups } = this.#options;
    if (groups === undefined) return sql`true`;
    return sql`${population} in (select e.population from ${this.#t.experiments_list} e where e.experiments_group_id = any(${[...groups]}::int[]))`;
  }

  async #rows<Row>(query: RawBuilder<unknown>): Promise<Row[]> {
    const { rows } = await query.execute(this.#session.db);
    return rows as Row[];
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
