/** SQL of what became of experiments. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import type { FailureKind } from '../../runner/retry-policy.ts';
import type { Outcome } from '../../runner/task.ts';
import { countStates, type StateCount, sumOf } from './groups-store.ts';

/**
 * Number of experiments by last outcome and kind of failure, most frequent first, with one example
 * each.
 */
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
  const here =
    groups === null ? sql`true` : sql`e.experiments_group_id = any(${[...groups]}::int[])`;
  const { rows: failed } = await sql<OutcomeOverview>`
    select f.outcome, f.kind, d.last_reason as reason, f.experiments, f.example
    from (
      select d.last_outcome as outcome, d.last_kind as kind, count(*)::int as experiments, min(e.experiment_id) as example
      from ${t.experiment_details} d join ${t.experiments_list} e using (experiment_id)
      where d.last_outcome <> 'answered' and e.succeeded is not true and ${here} group by d.last_outcome, d.last_kind, e.succeeded) as f
    join ${t.experiment_details} d on d.experiment_id = f.example`.execute(db);
  const states = counted ?? (await countStates({ db, t }, groups));
  const answered = sumOf(states.filter((state) => state.succeeded === true));
  const untried =
    sumOf(states) - answered - failed.reduce((total, one) => total + one.experiments, 0);
  const others: OutcomeOverview[] = [];
  const exampleOf = async (which: ReturnType<typeof sql>) => {
    const { rows } = await sql<{
      id: number;
    }>`select e.experiment_id as id from ${t.experiments_list} e
      left join ${t.experiment_details} d using (experiment_id) where ${which} and ${here} limit 1`.execute(
      db,
    );
    return rows[0]?.id;
  };
  const add = async (
    outcome: Outcome | null,
    experiments: number,
    which: ReturnType<typeof sql>,
  ) => {
    const example = experiments > 0 ? await exampleOf(which) : undefined;
    if (example !== undefined)
      others.push({ outcome, kind: null, reason: null, experiments, example });
  };
  await add('answered', answered, sql`e.succeeded`);
  await add(
    null,
    untried,
    sql`e.succeeded is not true and coalesce(d.last_outcome, 'answered') = 'answered'`,
  );
  return [...failed, ...others]
    .sort(
      (a, b) =>
        b.experiments - a.experiments ||
        compare(a.outcome, b.outcome) ||
        compare(a.reason, b.reason),
    )
    .slice(0, 100);
}

/** What is not there comes last. */
function compare(a: string | null, b: string | null): number {
  return a === b ? 0 : b === null || (a !== null && a < b) ? -1 : 1;
}
