/**
 * SQL of writing personas: what is to be written, and the one transaction in which replies become
 * personas.
 */
import { type Selectable, sql, type Transaction } from 'kysely';
import type { Database } from '../../db/connect.ts';
import type { Relations } from '../../db/relations.ts';
import type { Tables } from '../../db/schema/tables.ts';
import type { StoredParameters } from '../../models/parameters.ts';
import { storedCallIds } from '../../runner/commit/call-store.ts';
import * as tasks from '../../runner/commit/task-store.ts';
import type { FailureKind } from '../../runner/retry-policy.ts';
import type { Batch, Outcome, Position, RetryReason } from '../../runner/task.ts';
import type { TaskQueue } from '../../runner/workers/queue.ts';
import type { PersonaRow } from '../persona.ts';
import {
  type ConditionDefinition,
  conditionDefinition,
  defineCondition,
  findCondition,
} from '../sheets/conditions.ts';
import { insertBatch } from '../store.ts';
import type { GenerationGroup, GenerationTask, PendingGeneration } from './prepare.ts';
import type { WrittenPersona } from './reply.ts';

export type NewGenerationGroup = Omit<GenerationGroup, 'groupId'> & {
  readonly repoSha: string;
  readonly modelLabel: string;
  /** How the population is shown: `maxN_gpt4o`, and `MaxN`. */
  readonly mapped: string;
  readonly display: string;
};

/** Which personas of a group. */
export interface Draws {
  /** The first so many personalities of the reference population; null for all. */
  readonly maxPersonas: number | null;
  readonly from: number;
  readonly to: number;
}

export interface GenerationScope {
  readonly groups: readonly number[];
  /** An earlier run that asked for more may have left more pending. */
  readonly draws: Draws;
  readonly retry: readonly RetryReason[];
  /** Server time at which the run began: what was attempted since then is not attempted again. */
  readonly startedAt: Date;
}

const TABLES: tasks.TaskTables = {
  groups: 'generation_groups',
  group: 'generation_group_id',
  attempts: 'generations',
  task: 'generation_id',
  calls: 'generation_request_metadata',
  bytes: 'generation_call_bytes',
  texts: null,
  parts: null,
};

export async function groupOf(
  transaction: Transaction<Tables>,
  population: string,
  modelName: string,
): Promise<GenerationGroup | null> {
  const row = await transaction
    .selectFrom('generation_groups')
    .selectAll()
    .where('population', '=', population)
    .where('model_name', '=', modelName)
    .executeTakeFirst();
  return row === undefined ? null : toGroup(row);
}

export async function groupsById(
  database: Pick<Database, 'db'>,
  ids: readonly number[],
): Promise<Map<number, GenerationGroup>> {
  const rows = await database.db
    .selectFrom('generation_groups')
    .selectAll()
    .where('generation_group_id', 'in', [-1, ...ids])
    .execute();
  return new Map(rows.map((row) => [row.generation_group_id, toGroup(row)]));
}

function toGroup(row: Selectable<Tables['generation_groups']>): GenerationGroup {
  return {
    groupId: row.generation_group_id,
    modelName: row.model_name,
    provider: row.model_provider,
    modelId: row.model,
    condition:
      row.condition_definition === null
        ? findCondition(row.condition)
        : defineCondition(row.condition_definition as ConditionDefinition),
    population: row.population,
    reference: row.reference,
    referenceSha256: row.reference_sha256,
    system: row.system_role,
    prompt: row.prompt,
    temperature: row.temperature,
    topP: row.top_p,
    parameters: row.parameters as StoredParameters,
    seed: row.seed,
  };
}

/**
 * Two processes that plan the same personas at once would each not see what the other is about to
 * add.
 */
export async function holdGenerations(
  transaction: Transaction<Tables>,
  schema: string,
): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('personality-trap generation'), hashtext(${schema}))`.execute(
    transaction,
  );
}

/** @returns the new group's id */
export async function insertGroup(
  transaction: Transaction<Tables>,
  t: Relations,
  group: NewGenerationGroup,
): Promise<number> {
  await sql`insert into ${t.populations} (population, mapped, display, reference)
    values (${group.population}, ${group.mapped}, ${group.display}, ${group.reference}) on conflict (population) do nothing`.execute(
    transaction,
  );
  await sql`insert into ${t.model_labels} (model, label) values (${group.modelId}, ${group.modelLabel})
    on conflict (model) do update set label = excluded.label`.execute(transaction);
  const definition = conditionDefinition(group.condition);
  const { rows } = await sql<{
    id: number;
  }>`insert into ${t.generation_groups} (model_name, model_provider, model, condition, condition_definition, population, reference,
      reference_sha256, system_role, prompt, temperature, top_p, parameters, seed, repo_sha)
    values (${group.modelName}, ${group.provider}, ${group.modelId}, ${group.condition.name},
      ${definition === null ? null : JSON.stringify(definition)}::jsonb, ${group.population}, ${group.reference},
      ${group.referenceSha256}, ${group.system}, ${group.prompt}, ${group.temperature}, ${group.topP}, ${JSON.stringify(group.parameters)}::jsonb,
      ${group.seed}, ${group.repoSha}) returning generation_group_id as id`.execute(transaction);
  return rows[0]!.id;
}

function firstPersonalities(t: Relations, { maxPersonas }: Draws) {
  return sql`select personality_id from ${t.reference_questionnaires}
    union select personality_id from ${t.sheet_answers} where kind = 'reference' order by 1 limit ${maxPersonas}`;
}

/**
 * What is wanted: the draws of the first personalities that have no persona yet, however it came
 * there.
 */
function wanted(t: Relations, population: string, modelName: string, draws: Draws) {
  return sql`
    select s.personality_id, d.draw
    from (${firstPersonalities(t, draws)}) as s
    cross join generate_series(${draws.from}::int, ${draws.to}::int) as d (draw)
    where not exists (select from ${t.personas} p where p.population = ${population} and p.model = ${modelName}
      and p.ref_personality_id = s.personality_id and coalesce(p.repetitions, 1) = d.draw)`;
}

/** How many personas are wanted that are not there. */
export function countWanted(
  { db, t }: Pick<Database, 'db' | 't'>,
  population: string,
  modelName: string,
  draws: Draws,
): Promise<number> {
  return tasks.countRows(db, sql`from (${wanted(t, population, modelName, draws)}) as w`);
}

/** Adds what is wanted and not there, nor planned already. The order depends on the seed alone. */
export async function planGenerations(
  transaction: Transaction<Tables>,
  t: Relations,
  group: Pick<GenerationGroup, 'groupId' | 'population' | 'modelName' | 'seed' | 'provider'>,
  draws: Draws,
): Promise<void> {
  await sql`insert into ${t.generations} (generation_group_id, personality_id, draw, origin, shuffle_key)
    select ${group.groupId}, personality_id, draw, ${group.provider === 'simulated' ? 'simulated' : 'model'},
      hashtextextended(concat_ws(':', ${group.population}::text, personality_id, draw), ${group.seed}::bigint)
    from (${wanted(t, group.population, group.modelName, draws)}) as w
    order by draw, personality_id
    on conflict (generation_group_id, personality_id, draw) do nothing`.execute(transaction);
}

/** As a condition on `generations d`. */
function pendingIn(t: Relations, { groups, draws }: GenerationScope) {
  return sql<boolean>`d.generation_group_id = any(${[...groups]}::int[]) and d.succeeded is null
    and d.draw between ${draws.from}::int and ${draws.to}::int
    and ${draws.maxPersonas === null ? sql`true` : sql`d.personality_id in (${firstPersonalities(t, draws)})`}`;
}

function inScope(t: Relations, scope: GenerationScope) {
  return sql<boolean>`${pendingIn(t, scope)} and ${tasks.notAttemptedSince(scope.startedAt)} and ${tasks.endedFor(scope.retry)}`;
}

export function countInScope({ db, t }: Database, scope: GenerationScope): Promise<number> {
  return tasks.countRows(db, sql`from ${t.generations} d where ${inScope(t, scope)}`);
}

export function countPending({ db, t }: Database, scope: GenerationScope): Promise<number> {
  return tasks.countRows(db, sql`from ${t.generations} d where ${pendingIn(t, scope)}`);
}

/** Groups of which something is still to be written. */
export async function pendingGroups({ db, t }: Database): Promise<number[]> {
  const { rows } = await sql<{
    id: number;
  }>`select generation_group_id as id from ${t.generation_groups} g
    where exists (select from ${t.generations} n where n.generation_group_id = g.generation_group_id and n.succeeded is null) order by 1`.execute(
    db,
  );
  return rows.map((row) => row.id);
}

export function groupsOutside(database: Database, groups: readonly number[]): Promise<number[]> {
  return tasks.groupsOutside(database, TABLES, groups);
}

/** How far the personas of one population are. */
export interface PopulationOverview {
  readonly population: string;
  readonly model: string;
  readonly condition: string;
  readonly planned: number;
  readonly written: number;
  /** Calls made for them, and what these cost as far as prices are known. */
  readonly calls: number;
  readonly costUsd: number | null;
}

export async function overviewOfPopulations({ db, t }: Database): Promise<PopulationOverview[]> {
  const { rows } = await sql<PopulationOverview>`
    select g.population, g.model_name as model, g.condition, p.planned, p.written, c.calls, c.cost as "costUsd"
    from ${t.generation_groups} g
    cross join lateral (select count(*)::int as planned, count(persona_id)::int as written from ${t.generations} n
      where n.generation_group_id = g.generation_group_id) p
    cross join lateral (select count(*)::int as calls, sum((m.request_metadata->>'cost_usd')::double precision) as cost
      from ${t.generation_request_metadata} m join ${t.generations} n using (generation_id) where n.generation_group_id = g.generation_group_id) c
    order by g.generation_group_id`.execute(db);
  return rows;
}

/** Personas of one population that ended in the same way, or were written. */
export interface WritingOutcomes {
  readonly model: string;
  readonly condition: string;
  /** Null where nothing was tried. */
  readonly outcome: Outcome | null;
  readonly kind: FailureKind | null;
  /** Of one of them: what is of one kind is counted together, whatever its words. */
  readonly reason: string | null;
  readonly personas: number;
  readonly firstAttempt: number;
  readonly laterAttempt: number;
  /** The lowest personality among them. */
  readonly example: number;
}

/** @returns in order of population, the most frequent first, no more than `most` */
export async function overviewOfWriting(
  { db, t }: Database,
  most: number,
): Promise<WritingOutcomes[]> {
  const { rows } = await sql<WritingOutcomes>`
    select g.model_name as model, g.condition, n.last_outcome as outcome, n.last_kind as kind, min(n.last_reason) as reason,
      count(*)::int as personas, count(*) filter (where n.attempts = 1)::int as "firstAttempt",
      count(*) filter (where n.attempts > 1)::int as "laterAttempt", min(n.personality_id) as example
    from ${t.generations} n join ${t.generation_groups} g using (generation_group_id)
    group by g.generation_group_id, n.last_outcome, n.last_kind
    order by g.generation_group_id, personas desc, 3, 4, example limit ${most}`.execute(db);
  return rows;
}

interface PendingRow {
  id: number;
  group_id: number;
  personality_id: number;
  draw: number;
  shuffle_key: string;
}

export async function pageOfScope(
  database: Database,
  scope: GenerationScope,
  after: Position | null,
  size: number,
): Promise<{ generations: PendingGeneration[]; last: Position | null }> {
  const page = tasks.pageAfter(TABLES, 'shuffled', after, size);
  const rows = await select(database, sql`${inScope(database.t, scope)} and ${page}`);
  const end = rows.at(-1);
  return {
    generations: rows.map(toPending),
    last: end === undefined ? null : { shuffleKey: end.shuffle_key, id: end.id },
  };
}

export async function loadGenerations(
  database: Database,
  scope: GenerationScope,
  ids: readonly number[],
): Promise<PendingGeneration[]> {
  return (
    await select(
      database,
      sql`d.generation_id = any(${[...ids]}::int[]) and ${inScope(database.t, scope)}`,
    )
  ).map(toPending);
}

/** The given generations, whatever became of them. */
export async function generationsById(
  database: Database,
  ids: readonly number[],
): Promise<PendingGeneration[]> {
  return (await select(database, sql`d.generation_id = any(${[...ids]}::int[])`)).map(toPending);
}

/** Ids of the stored calls about these generations. */
export function storedCalls(
  database: Database,
  generations: readonly number[],
): Promise<Set<string>> {
  return storedCallIds(database, TABLES, generations);
}

async function select({ db, t }: Database, rest: ReturnType<typeof sql>): Promise<PendingRow[]> {
  const { rows } =
    await sql<PendingRow>`select d.generation_id as id, d.generation_group_id as group_id, d.personality_id, d.draw,
    d.shuffle_key::text as shuffle_key from ${t.generations} d where ${rest}`.execute(db);
  return rows;
}

function toPending(row: PendingRow): PendingGeneration {
  return {
    generationId: row.id,
    groupId: row.group_id,
    personalityId: row.personality_id,
    draw: row.draw,
  };
}

/**
 * Stores a batch: the personas with what is known of them, and the outcomes.
 * @param rowOf the persona as its table will hold it
 * @param study that the calls were made for
 * @returns ids of the generations whose results were stored
 */
export function storeBatch(
  database: Database,
  batch: Batch<WrittenPersona, GenerationTask>,
  settle: TaskQueue['settle'],
  rowOf: (task: GenerationTask, written: WrittenPersona) => PersonaRow,
  vocabulary: string,
  study: string,
): Promise<Set<number>> {
  const { t } = database;
  return tasks.storeBatch(database, TABLES, batch, settle, {
    lock: (ids) => sql`select generation_id as id from ${t.generations}
      where generation_id = any(${[...ids]}::int[]) and succeeded is null order by 1 for update`,
    async store(transaction, stored) {
      const personas = new Map<number, number>();
      for (const origin of ['model', 'simulated'] as const) {
        const written = stored.flatMap(({ task, result }) =>
          result.kind === 'answered' && result.simulated === (origin === 'simulated')
            ? [{ task, persona: result.value }]
            : [],
        );
        if (written.length === 0) continue;
        const rows = written.map(({ task, persona }) => rowOf(task, persona));
        const ids = await insertBatch(transaction, database, rows, {
          origin,
          source: null,
          vocabulary,
        });
        for (const [index, { task }] of written.entries()) personas.set(task.id, ids[index]!);
      }
      await tasks.storeOutcomes(transaction, t, TABLES, stored, {
        set: sql`persona_id = o.persona_id, succeeded = case when o.persona_id is null then d.succeeded else true end`,
        arrays: sql`${stored.map((one) => personas.get(one.task.id) ?? null)}::int[]`,
        names: sql`persona_id`,
      });
    },
    study,
  });
}
