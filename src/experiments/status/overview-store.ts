/** SQL of looking: groups, status, and everything about one experiment. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { textOfPacked, type Verification, verifyPacked } from '../../db/packed-bytes.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { knownInstrument, parseInstrument } from '../../instruments/load.ts';
import type { RegisteredModel } from '../../models/catalogue.ts';
import { decompressed } from '../../providers/body.ts';
import type { FailureKind } from '../../runner/retry-policy.ts';
import type { Outcome } from '../../runner/task.ts';
import { type DifferingAnswer, differingAnswers } from '../stored-reply.ts';

export interface GroupOverview {
  readonly groupId: number;
  readonly description: string | null;
  readonly questionnaire: string | null;
  /** Language of the questionnaire; `english` counts as `en`. */
  readonly language: string | null;
  readonly model: string | null;
  readonly created: string | null;
  readonly experiments: number;
  readonly succeeded: number;
  readonly pending: number;
  readonly closed: number;
  readonly processed: boolean;
  readonly concluded: boolean;
  readonly simulated: boolean;
}

/** How many experiments of a group are in one state. */
interface StateCount {
  readonly groupId: number | null;
  readonly succeeded: boolean | null;
  readonly experiments: number;
}

/** Counted from an index alone: a million rows need not be read. */
export async function countStates({ db, t }: Pick<Database, 'db' | 't'>, groups: readonly number[] | null): Promise<StateCount[]> {
  const { rows } = await sql<StateCount>`
    select experiments_group_id as "groupId", succeeded, count(*)::int as experiments from ${t.experiments_list}
    ${groups === null ? sql`` : sql`where experiments_group_id = any(${[...groups]}::int[])`} group by 1, 2`.execute(db);
  return rows;
}

/**
 * @param groups by id, or null for all; in order of id
 * @param counted what `countStates` said of them, where it was asked already
 */
export async function overviewOfGroups(
  { db, t }: Database,
  groups: readonly number[] | null = null,
  counted?: readonly StateCount[],
): Promise<GroupOverview[]> {
  type Facts = Omit<GroupOverview, 'experiments' | 'succeeded' | 'pending' | 'closed'> & { readonly ours: boolean };
  const { rows } = await sql<Facts>`
    select g.experiments_group_id as "groupId", g.description, i.slug as questionnaire, i.language, gd.model_name as model, g.created,
      coalesce(g.processed, false) as processed, coalesce(g.concluded, false) as concluded, gd.experiments_group_id is not null as ours,
      exists (select from ${t.experiment_details} d where d.experiments_group_id = g.experiments_group_id and d.origin = 'simulated') as simulated
    from ${t.experiments_groups} g
    left join ${t.group_details} gd using (experiments_group_id)
    left join ${t.instruments} i on i.sha256 = gd.instrument_sha256
    ${groups === null ? sql`` : sql`where g.experiments_group_id = any(${[...groups]}::int[])`} order by 1`.execute(db);
  // Groups that another program registered say nothing of themselves, so their experiments are asked.
  const foreign = rows.filter((one) => !one.ours).map((one) => one.groupId);
  const told = foreign.length === 0 ? null : await contentsOf({ db, t }, foreign);
  const states = Map.groupBy(counted ?? (await countStates({ db, t }, groups)), (state) => state.groupId);
  return rows.map(({ ours, ...facts }) => {
    const of = states.get(facts.groupId) ?? [];
    const inState = (succeeded: boolean | null) => sum(of.filter((one) => one.succeeded === succeeded));
    const { groupId, description, questionnaire, language, model, created, ...flags } = { ...facts, ...told?.get(facts.groupId) };
    const counts = { experiments: sum(of), succeeded: inState(true), pending: inState(null), closed: inState(false) };
    return { groupId, description, questionnaire, language, model, created, ...counts, ...flags };
  });
}

/** The models that pending experiments wait for. */
export async function modelsOfPending({ db, t }: Pick<Database, 'db' | 't'>): Promise<RegisteredModel[]> {
  const { rows } = await sql<RegisteredModel>`
    select distinct e.model_provider as provider, e.model as "modelId", gd.model_name as "modelName" from ${t.experiments_list} e
    left join ${t.group_details} gd using (experiments_group_id) where e.succeeded is null order by 1, 2, 3`.execute(db);
  return rows;
}

/** What the experiments of groups say that their groups do not. */
async function contentsOf(
  { db, t }: Pick<Database, 'db' | 't'>,
  groups: readonly number[],
): Promise<Map<number, Pick<GroupOverview, 'questionnaire' | 'language' | 'model'>>> {
  const { rows } = await sql<Pick<GroupOverview, 'groupId' | 'questionnaire' | 'language' | 'model'>>`
    select experiments_group_id as "groupId", min(questionnaire) as questionnaire,
      min(case language_questionnaire when 'english' then 'en' else language_questionnaire end) as language, min(model) as model
    from ${t.experiments_list} where experiments_group_id = any(${[...groups]}::int[]) group by 1`.execute(db);
  return new Map(rows.map(({ groupId, ...contents }) => [groupId, contents]));
}

function sum(states: readonly StateCount[]): number {
  return states.reduce((total, state) => total + state.experiments, 0);
}

/** Number of experiments by last outcome and kind of failure, most frequent first, with one example each. */
export interface OutcomeOverview {
  readonly outcome: Outcome | null;
  readonly kind: FailureKind | null;
  /** Of the example. */
  readonly reason: string | null;
  readonly experiments: number;
  readonly example: number;
}

/**
 * @param groups by id, or null for all
 * @param counted what `countStates` said of them, where it was asked already
 */
export async function overviewOfOutcomes(
  { db, t }: Database,
  groups: readonly number[] | null = null,
  counted?: readonly StateCount[],
): Promise<OutcomeOverview[]> {
  const here = groups === null ? sql`true` : sql`e.experiments_group_id = any(${[...groups]}::int[])`;
  const { rows: failed } = await sql<OutcomeOverview>`
    select f.outcome, f.kind, d.last_reason as reason, f.experiments, f.example
    from (
      select d.last_outcome as outcome, d.last_kind as kind, count(*)::int as experiments, min(e.experiment_id) as example
      from ${t.experiment_details} d join ${t.experiments_list} e using (experiment_id)
      where d.last_outcome <> 'answered' and e.succeeded is not true and ${here} group by d.last_outcome, d.last_kind, e.succeeded) as f
    join ${t.experiment_details} d on d.experiment_id = f.example`.execute(db);
  const states = counted ?? (await countStates({ db, t }, groups));
  const answered = sum(states.filter((state) => state.succeeded === true));
  const untried = sum(states) - answered - failed.reduce((total, one) => total + one.experiments, 0);
  const others: OutcomeOverview[] = [];
  const exampleOf = async (which: ReturnType<typeof sql>) => {
    const { rows } = await sql<{ id: number }>`select e.experiment_id as id from ${t.experiments_list} e
      left join ${t.experiment_details} d using (experiment_id) where ${which} and ${here} limit 1`.execute(db);
    return rows[0]?.id;
  };
  const add = async (outcome: Outcome | null, experiments: number, which: ReturnType<typeof sql>) => {
    const example = experiments > 0 ? await exampleOf(which) : undefined;
    if (example !== undefined) others.push({ outcome, kind: null, reason: null, experiments, example });
  };
  await add('answered', answered, sql`e.succeeded`);
  await add(null, untried, sql`e.succeeded is not true and coalesce(d.last_outcome, 'answered') = 'answered'`);
  return [...failed, ...others]
    .sort((a, b) => b.experiments - a.experiments || compare(a.outcome, b.outcome) || compare(a.reason, b.reason))
    .slice(0, 100);
}

/** What is not there comes last. */
function compare(a: string | null, b: string | null): number {
  return a === b ? 0 : b === null || (a !== null && a < b) ? -1 : 1;
}

/** What the calls cost, by model that was asked. Counts that providers did not tell are not guessed. */
export interface SpendingOverview {
  readonly model: string | null;
  readonly calls: number;
  readonly retries: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number | null;
}

export async function overviewOfSpending({ db, t }: Database, groups: readonly number[] | null = null): Promise<SpendingOverview[]> {
  const { rows } = await sql<SpendingOverview>`
    select e.model, count(*)::int as calls, count(*) filter (where m.request_metadata->>'outcome' <> 'answered')::int as retries,
      coalesce(sum((m.request_metadata #>> '{usage,input_tokens}')::double precision), 0) as "inputTokens",
      coalesce(sum((m.request_metadata #>> '{usage,output_tokens}')::double precision), 0) as "outputTokens",
      sum((m.request_metadata->>'cost_usd')::double precision) as "costUsd"
    from ${t.experiment_request_metadata} m join ${t.experiments_list} e using (experiment_id)
    ${groups === null ? sql`` : sql`where e.experiments_group_id = any(${[...groups]}::int[])`}
    group by 1 order by 1`.execute(db);
  return rows;
}

/** Rows of each table, for "what was stored where". */
export async function rowCounts({ db, t }: Database): Promise<Record<string, number>> {
  const tables = [
    'reference_questionnaires',
    'generations',
    'generation_request_metadata',
    'personas',
    'experiments_groups',
    'experiments_list',
    'eval_questionnaires',
    'questionnaire',
    'experiment_request_metadata',
    'call_bytes',
  ] as const;
  const { rows } = await sql<Record<string, number>>`select ${sql.join(
    tables.map((name) => sql`(select count(*)::int from ${t[name]}) as ${sql.ref(name)}`),
  )}`.execute(db);
  return rows[0]!;
}

/** A call as it was stored, with the texts that travelled; null where there are none. */
export interface StoredExchange {
  readonly id: number;
  readonly created: Date;
  readonly request_json: unknown;
  readonly response_json: unknown;
  readonly request_metadata: Readonly<Record<string, unknown>> | null;
  readonly request_text: string | null;
  readonly response_text: string | null;
  /** Whether the stored bytes are those of the SHA-256 that was recorded with the call. */
  readonly request_verification: Verification;
  readonly response_verification: Verification;
}

/** One experiment with everything that belongs to it. */
export interface ExperimentDossier {
  readonly experiment: Readonly<Record<string, unknown>>;
  readonly group: Readonly<Record<string, unknown>> | null;
  readonly persona: Readonly<Record<string, unknown>> | null;
  /** How the persona was written, and every call made for it; null where this program did not write it. */
  readonly generation: {
    readonly about: Readonly<Record<string, unknown>>;
    readonly calls: readonly StoredExchange[];
  } | null;
  readonly answers: readonly {
    readonly number: number;
    readonly question: string | null;
    readonly scale: string | null;
    readonly answer: number | null;
    readonly score: number | null;
  }[];
  /** Answers that are not those in the reply that was taken for them; empty too where no reply can be read. */
  readonly answers_differing: readonly DifferingAnswer[];
  readonly calls: readonly StoredExchange[];
}

/** @returns null when there is no such experiment */
export async function dossierOf({ db, t }: Database, experimentId: number): Promise<ExperimentDossier | null> {
  const one = async (query: ReturnType<typeof sql>) => (await query.execute(db)).rows[0] as Record<string, unknown> | undefined;
  const experiment =
    await one(sql`select e.*, d.persona_id, d.origin, d.last_outcome, d.last_reason, d.attempts, d.last_attempt_at, d.uniform
    from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id) where e.experiment_id = ${experimentId}`);
  if (experiment === undefined) return null;
  const group = await one(sql`select g.*, i.slug as instrument, i.sha256 as instrument_sha256, gd.model_name, gd.parameters, gd.seed
    from ${t.experiments_groups} g left join ${t.group_details} gd using (experiments_group_id) left join ${t.instruments} i on i.sha256 = gd.instrument_sha256
    where g.experiments_group_id = ${experiment.experiments_group_id}`);
  const persona =
    experiment.persona_id === null ? undefined : await one(sql`select * from ${t.personas} where id = ${experiment.persona_id}`);
  const written =
    await one(sql`select n.generation_id, n.draw, n.personality_id, n.attempts, n.origin, g.condition, g.reference, g.model_name, g.model, g.seed
    from ${t.generations} n join ${t.generation_groups} g using (generation_group_id) where n.persona_id = ${experiment.persona_id}`);
  const writing = await exchangesOf(
    db,
    sql`${t.generation_request_metadata} m left join ${t.generation_call_bytes} b on b.request_metadata_id = m.id
    where m.generation_id = ${written?.generation_id ?? null}`,
  );
  const answers = await sql<ExperimentDossier['answers'][number]>`
    select a.question_number as number, coalesce(min(sent.text), min(q.question)) as question, min(s.category) as scale, a.answer,
      min(s.eval) as score
    from ${t.eval_questionnaires} a
    -- As this group sent it; the table of questions has the wording that was registered first.
    left join (select (item->>'number')::int as number, item->>'text' as text from ${t.group_details} gd
      join ${t.instruments} i on i.sha256 = gd.instrument_sha256, jsonb_array_elements(i.definition::jsonb->'items') as item
      where gd.experiments_group_id = ${experiment.experiments_group_id}) as sent on sent.number = a.question_number
    left join ${t.scored_answers} s on s.experiment_id = a.experiment_id and s.question_number = a.question_number
    left join ${t.questionnaire} q on q.questionnaire = ${experiment.questionnaire} and q.question_number = a.question_number
      and case q.language_questionnaire when 'english' then 'en' else q.language_questionnaire end
        = case ${experiment.language_questionnaire}::text when 'english' then 'en' else ${experiment.language_questionnaire}::text end
    where a.experiment_id = ${experimentId} group by a.id, a.question_number, a.answer order by a.question_number, a.id`.execute(db);
  const calls = await exchangesOf(
    db,
    sql`${t.experiment_request_metadata} m left join ${t.call_bytes} b on b.request_metadata_id = m.id
    where m.experiment_id = ${experimentId}`,
  );
  const instrument = await instrumentOf(db, t, group?.instrument_sha256, experiment.questionnaire);
  return {
    experiment,
    group: group ?? null,
    persona: persona ?? null,
    generation: written === undefined ? null : { about: written, calls: writing },
    answers: answers.rows,
    answers_differing: instrument === null || answers.rows.length === 0 ? [] : differingAnswers(instrument, answers.rows, calls),
    calls,
  };
}

/** The instrument of a group; of groups that other programs registered, the built-in one of that name. */
async function instrumentOf(db: Database['db'], t: Database['t'], sha256: unknown, questionnaire: unknown): Promise<Instrument | null> {
  if (typeof sha256 !== 'string') return typeof questionnaire === 'string' ? knownInstrument(questionnaire) : null;
  const { rows } = await sql<{ definition: string }>`select definition from ${t.instruments} where sha256 = ${sha256}`.execute(db);
  return rows[0] === undefined ? null : parseInstrument(rows[0].definition, `the stored instrument ${sha256.slice(0, 8)}`);
}

/** @param from calls as `m` and their bytes as `b` */
async function exchangesOf(db: Database['db'], from: ReturnType<typeof sql>): Promise<StoredExchange[]> {
  type Derived = 'request_text' | 'response_text' | 'request_verification' | 'response_verification';
  type Stored = Omit<StoredExchange, Derived> & Record<'request_gzip' | 'response_gzip', Uint8Array | null>;
  const { rows } =
    await sql<Stored>`select m.id, m.created, m.request_json, m.response_json, m.request_metadata, b.request_gzip, b.response_gzip
    from ${from} order by m.id`.execute(db);
  return Promise.all(
    rows.map(async ({ request_gzip, response_gzip, ...call }) => ({
      ...call,
      request_text: textOfPacked(request_gzip),
      response_text: textOfPacked(response_gzip, decoderOf(call.request_metadata?.response_encoding)),
      request_verification: await verifyPacked(request_gzip, call.request_metadata?.request_sha256),
      response_verification: await verifyPacked(response_gzip, call.request_metadata?.response_sha256),
    })),
  );
}

/** Opens what a reply was compressed with on its way. */
function decoderOf(encoding: unknown): (body: Uint8Array) => Uint8Array {
  return typeof encoding === 'string' ? (body) => decompressed(body, encoding) : (body) => body;
}
