/**
 * SQL of outcomes as data: by model and condition, how many experiments were answered at which
 * attempt, and why the others were not.
 */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import type { FailureKind } from '../../runner/retry-policy.ts';
import type { Outcome } from '../../runner/task.ts';

/** Experiments of one model under one condition. */
export interface AttemptsOverview {
  readonly model: string | null;
  readonly condition: string | null;
  readonly experiments: number;
  /** Answered by the first reply to each call. */
  readonly firstAttempt: number;
  /** Answered by a later one, after one or more that could not be used. */
  readonly laterAttempt: number;
  /** Have answers that came without a call of ours, e.g. by import. */
  readonly brought: number;
  /** Tried without success, or given up. */
  readonly failed: number;
  readonly untried: number;
}

/** Experiments of one model under one condition that ended in the same way. */
export interface FailureOverview {
  readonly model: string | null;
  readonly condition: string | null;
  readonly outcome: Outcome;
  readonly kind: FailureKind | null;
  /** Of the example: what is of one kind is counted together, whatever its words. */
  readonly reason: string | null;
  readonly experiments: number;
  /** Those that ended so at their first attempt. */
  readonly firstAttempt: number;
  readonly laterAttempt: number;
  readonly closed: number;
  /** The lowest id among them. */
  readonly example: number;
}

function inGroups(groups: readonly number[] | null) {
  return groups === null ? sql`true` : sql`e.experiments_group_id = any(${[...groups]}::int[])`;
}

/**
 * The short name of the model, and the condition as tables show it, for rows `r` with a group, a
 * model id and a population.
 */
function labels({ t }: Pick<Database, 't'>) {
  return sql`left join ${t.group_details} gd using (experiments_group_id)
    left join ${t.populations} known using (population)
    left join lateral ${t.label_population}(r.population) as labels on true`;
}

/** The calls that brought something, of experiments `e` that take several. */
function callsMade({ t }: Pick<Database, 't'>) {
  return sql`left join (select experiment_id, count(*)::int as made from ${t.administration_calls} group by 1) c using (experiment_id)`;
}

const MODEL = sql`coalesce(gd.model_name, r.model)`;
const CONDITION = sql`coalesce(known.display, labels.display)`;

/** @param groups by id, or null for all; in order of model and condition */
export async function overviewOfAttempts(
  { db, t }: Database,
  groups: readonly number[] | null,
): Promise<AttemptsOverview[]> {
  // Counted before anything is joined for the names: populations are few, experiments are many.
  const { rows } = await sql<AttemptsOverview>`
    with r as (
      select e.experiments_group_id, e.model, e.population, count(*) as experiments,
        count(*) filter (where e.succeeded and d.attempts between 1 and coalesce(c.made, 1)) as first,
        count(*) filter (where e.succeeded and d.attempts > coalesce(c.made, 1)) as later,
        count(*) filter (where e.succeeded and coalesce(d.attempts, 0) = 0) as brought,
        count(*) filter (where e.succeeded is not true and d.last_outcome is null and e.succeeded is null) as untried,
        count(*) filter (where e.succeeded is not true and (d.last_outcome is not null or not e.succeeded)) as failed
      from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id) ${callsMade({ t })}
      where ${inGroups(groups)} group by 1, 2, 3)
    select ${MODEL} as model, ${CONDITION} as condition, sum(r.experiments)::int as experiments, sum(r.first)::int as "firstAttempt",
      sum(r.later)::int as "laterAttempt", sum(r.brought)::int as brought, sum(r.failed)::int as failed, sum(r.untried)::int as untried
    from r ${labels({ t })} group by 1, 2 order by 1, 2`.execute(db);
  return rows;
}

/** @param groups by id, or null for all; the most frequent first, no more than `most` */
export async function overviewOfFailures(
  { db, t }: Database,
  groups: readonly number[] | null,
  most: number,
): Promise<FailureOverview[]> {
  const { rows } = await sql<FailureOverview>`
    with r as (
      select e.experiments_group_id, e.model, e.population, d.last_outcome as outcome, d.last_kind as kind,
        count(*) as experiments, count(*) filter (where d.attempts <= coalesce(c.made, 0) + 1) as first, count(*) filter (where not e.succeeded) as closed,
        min(e.experiment_id) as example
      from ${t.experiment_details} d join ${t.experiments_list} e using (experiment_id) ${callsMade({ t })}
      where d.last_outcome <> 'answered' and e.succeeded is not true and ${inGroups(groups)} group by 1, 2, 3, 4, 5),
    named as (
      select ${MODEL} as model, ${CONDITION} as condition, r.outcome, r.kind, sum(r.experiments)::int as experiments,
        sum(r.first)::int as first, sum(r.closed)::int as closed, min(r.example) as example
      from r ${labels({ t })} group by 1, 2, 3, 4)
    select n.model, n.condition, n.outcome, n.kind, d.last_reason as reason, n.experiments, n.first as "firstAttempt",
      n.experiments - n.first as "laterAttempt", n.closed, n.example
    from named n join ${t.experiment_details} d on d.experiment_id = n.example
    order by n.experiments desc, n.model, n.condition, n.outcome, n.example limit ${most}`.execute(
    db,
  );
  return rows;
}
