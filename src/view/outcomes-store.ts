/** SQL of how administrations ended, by model, condition and questionnaire. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import type { AdministrationOutcome } from './filter.ts';

/** How many administrations of one kind ended in each way; ways that none ended in are absent. */
export interface OutcomeCounts {
  readonly model: string | null;
  readonly condition: string | null;
  readonly questionnaire: string | null;
  readonly counts: Readonly<Partial<Record<AdministrationOutcome, number>>>;
}

/**
 * Reads what was not answered through its index, and the rest in one scan without details: those
 * who were asked and neither answered nor failed are the untried.
 */
export async function countOutcomes({
  db,
  t,
}: Pick<Database, 'db' | 't'>): Promise<readonly OutcomeCounts[]> {
  const { rows } = await sql<Omit<OutcomeCounts, 'counts'> & Counted>`
    with totals as (
      select experiments_group_id, model, population, questionnaire,
        count(*)::int as asked, count(*) filter (where succeeded)::int as answered
      from ${t.experiments_list} group by 1, 2, 3, 4),
    failed as (
      select e.experiments_group_id, e.model, e.population, e.questionnaire, d.last_outcome as outcome, count(*)::int as n
      from ${t.experiment_details} d join ${t.experiments_list} e using (experiment_id)
      where d.last_outcome <> 'answered' and e.succeeded is not true group by 1, 2, 3, 4, 5),
    counted as (
      select experiments_group_id, model, population, questionnaire, 'asked' as outcome, asked as n from totals
      union all select experiments_group_id, model, population, questionnaire, 'answered', answered from totals
      union all select * from failed)
    select coalesce(gd.model_name, c.model) as model, coalesce(known.display, labels.display) as condition, c.questionnaire,
      c.outcome, sum(c.n)::int as n
    from counted c
    left join ${t.group_details} gd using (experiments_group_id)
    left join ${t.populations} known using (population)
    left join lateral ${t.label_population}(c.population) as labels on true
    group by 1, 2, 3, 4 order by 1, 3, 2`.execute(db);
  const kinds = Map.groupBy(rows, ({ model, condition, questionnaire }) =>
    JSON.stringify([model, condition, questionnaire]),
  );
  return [...kinds.values()].map((own) => {
    const [{ model, condition, questionnaire }] = own as [(typeof own)[number]];
    const { asked = 0, ...ended } = Object.fromEntries(own.map(({ outcome, n }) => [outcome, n]));
    const untried = asked - Object.values(ended).reduce((sum, n) => sum + n, 0);
    return { model, condition, questionnaire, counts: { ...ended, untried } };
  });
}

export async function hasSimulated({ db, t }: Pick<Database, 'db' | 't'>): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select exists (select from ${t.experiment_details} where origin = 'simulated') as found`.execute(
    db,
  );
  return rows[0]!.found;
}

interface Counted {
  readonly outcome: AdministrationOutcome | 'asked';
  readonly n: number;
}
