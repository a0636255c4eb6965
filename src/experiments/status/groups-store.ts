/** SQL of the overview of groups: what each holds, and how far it is. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import type { RegisteredModel } from '../../models/catalogue.ts';

export interface GroupOverview {
  readonly groupId: number;
  readonly description: string | null;
  readonly questionnaire: string | null;
  /** Language of the questionnaire; `english` counts as `en`. */
  readonly language: string | null;
  readonly model: string | null;
  /** Levels of the factors of how it is administered. */
  readonly factors: Readonly<Record<string, string>>;
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
export interface StateCount {
  readonly groupId: number | null;
  readonly succeeded: boolean | null;
  readonly experiments: number;
}

/** Counted from an index alone: a million rows need not be read. */
export async function countStates(
  { db, t }: Pick<Database, 'db' | 't'>,
  groups: readonly number[] | null,
): Promise<StateCount[]> {
  const { rows } = await sql<StateCount>`
    select experiments_group_id as "groupId", succeeded, count(*)::int as experiments from ${t.experiments_list}
    ${groups === null ? sql`` : sql`where experiments_group_id = any(${[...groups]}::int[])`} group by 1, 2`.execute(
    db,
  );
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
  type Facts = Omit<GroupOverview, 'experiments' | 'succeeded' | 'pending' | 'closed'> & {
    readonly ours: boolean;
  };
  const { rows } = await sql<Facts>`
    select g.experiments_group_id as "groupId", g.description, i.slug as questionnaire, i.language, gd.model_name as model, g.created,
      coalesce((select jsonb_object_agg(f.name, f.level) from ${t.group_factors} f where f.experiments_group_id = g.experiments_group_id), '{}') as factors,
      coalesce(g.processed, false) as processed, coalesce(g.concluded, false) as concluded, gd.experiments_group_id is not null as ours,
      exists (select from ${t.experiment_details} d where d.experiments_group_id = g.experiments_group_id and d.origin = 'simulated') as simulated
    from ${t.experiments_groups} g
    left join ${t.group_details} gd using (experiments_group_id)
    left join ${t.instruments} i on i.sha256 = gd.instrument_sha256
    ${groups === null ? sql`` : sql`where g.experiments_group_id = any(${[...groups]}::int[])`} order by 1`.execute(
    db,
  );
  // Groups that another program registered say nothing of themselves, so their experiments are
  // asked.
  const foreign = rows.filter((one) => !one.ours).map((one) => one.groupId);
  const told = foreign.length === 0 ? null : await contentsOf({ db, t }, foreign);
  const states = Map.groupBy(
    counted ?? (await countStates({ db, t }, groups)),
    (state) => state.groupId,
  );
  return rows.map(({ ours, ...facts }) => {
    const of = states.get(facts.groupId) ?? [];
    const inState = (succeeded: boolean | null) =>
      sumOf(of.filter((one) => one.succeeded === succeeded));
    const { groupId, description, questionnaire, language, model, factors, created, ...flags } = {
      ...facts,
      ...told?.get(facts.groupId),
    };
    const counts = {
      experiments: sumOf(of),
      succeeded: inState(true),
      pending: inState(null),
      closed: inState(false),
    };
    const about = { groupId, description, questionnaire, language, model, factors, created };
    return { ...about, ...counts, ...flags };
  });
}

/** The models that pending experiments wait for. */
export async function modelsOfPending({
  db,
  t,
}: Pick<Database, 'db' | 't'>): Promise<RegisteredModel[]> {
  const { rows } = await sql<RegisteredModel>`
    select distinct e.model_provider as provider, e.model as "modelId", gd.model_name as "modelName" from ${t.experiments_list} e
    left join ${t.group_details} gd using (experiments_group_id) where e.succeeded is null order by 1, 2, 3`.execute(
    db,
  );
  return rows;
}

/** What the experiments of groups say that their groups do not. */
async function contentsOf(
  { db, t }: Pick<Database, 'db' | 't'>,
  groups: readonly number[],
): Promise<Map<number, Pick<GroupOverview, 'questionnaire' | 'language' | 'model'>>> {
  const { rows } = await sql<
    Pick<GroupOverview, 'groupId' | 'questionnaire' | 'language' | 'model'>
  >`
    select experiments_group_id as "groupId", min(questionnaire) as questionnaire,
      min(case language_questionnaire when 'english' then 'en' else language_questionnaire end) as language, min(model) as model
    from ${t.experiments_list} where experiments_group_id = any(${[...groups]}::int[]) group by 1`.execute(
    db,
  );
  return new Map(rows.map(({ groupId, ...contents }) => [groupId, contents]));
}

export function sumOf(states: readonly StateCount[]): number {
  return states.reduce((total, state) => total + state.experiments, 0);
}
