/**
 * SQL of two sides compared, scale by scale and item by item, by the definitions of the tables of
 * contrasts: a case counts once, with the mean over what is held equal. Reads only.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { pointsOf } from '../instruments/score.ts';
import type { Item } from '../instruments/structure.ts';
import { CONTROL } from '../personas/own/own.ts';
import { type Comparison, sideOf, strataOf } from './comparison.ts';
import { allOf, type Clause, conditionsOf } from './conditions-store.ts';
import { type Facet, type Facets, instrumentOf } from './facets-store.ts';
import type { Fields } from './fields-store.ts';

/** Administrations of each side that are compared at most: the first, in order of personality. */
export const MOST_COMPARED = 10_000;
/** Below this share of the smaller side, pairs would leave out most of the cases. */
const LEAST_PAIRED = 0.5;

/** The administrations that succeeded, of both sides. */
export interface Compared {
  readonly ids: readonly number[];
  /** 1 or 2, of each. */
  readonly sides: readonly number[];
  /** The same for the same case. */
  readonly persons: readonly number[];
  /** Position in `held`, of each. */
  readonly strata: readonly number[];
  /** What is held equal, in words. */
  readonly held: readonly string[];
  /** Position in `wordings`, of each; −1 where nobody knows it. */
  readonly forms: readonly number[];
  readonly wordings: readonly Instrument[];
  /** Whether a side has more administrations than are compared. */
  readonly isCut: boolean;
}

/** One scale or item on both sides. Numbers of cases, means over cases. */
export interface ComparedOutcome {
  readonly outcome: string;
  readonly nFirst: number;
  readonly nSecond: number;
  /** Cases on both sides with everything else equal. */
  readonly nBoth: number;
  /** Whether those are what is compared. */
  readonly isPaired: boolean;
  readonly first: number | null;
  readonly second: number | null;
  readonly difference: number | null;
  /**
   * Share of pairs of answers of the same case that are the same: mean over cases. Null for a scale,
   * and where there is no pair.
   */
  readonly agreement: number | null;
}

/** One case under one combination of what is held equal. */
export interface ComparedCell {
  readonly person: number;
  readonly stratum: number;
  readonly first: readonly ComparedValue[];
  readonly second: readonly ComparedValue[];
  readonly difference: number | null;
}

export interface ComparedValue {
  readonly id: number;
  /** Score, or points; null where the answer has none. */
  readonly value: number | null;
  /** As it was given; null for a scale. */
  readonly answer: string | null;
}

export type OutcomeName =
  | { readonly kind: 'scale'; readonly id: string }
  | { readonly kind: 'item'; readonly number: number };

type Reader = Pick<Database, 'db' | 't' | 'kind'>;

export async function readCompared(
  database: Reader,
  facets: Facets,
  fields: Fields,
  comparison: Comparison,
): Promise<Compared> {
  const { db, t } = database;
  const { by, questionnaire } = comparison;
  const columns = by.kind === 'column' ? await heldColumns(database, by.name) : [];
  const strata = strataOf(comparison, facets, fields, columns.includes(null));
  const own = facets.facets.filter((facet) => facet.questionnaire === questionnaire);
  const facetKey = (of: (name: keyof Facet) => Clause) =>
    sql`concat_ws(chr(31), ${of('groupId')}, coalesce(${of('modelId')}, ''), coalesce(${of('population')}, ''), ${of('language')})`;
  const column: Partial<Record<keyof Facet, Clause>> = {
    groupId: sql`e.experiments_group_id`,
    modelId: sql`e.model`,
    population: sql`e.population`,
    language: sql`case coalesce(e.language_questionnaire, 'en') when 'english' then 'en' else coalesce(e.language_questionnaire, 'en') end`,
  };
  const side = async (number: 1 | 2) => {
    const { quick, each } = await conditionsOf(
      database,
      facets,
      sideOf(comparison, number === 1 ? 'first' : 'second'),
    );
    // The control is compared as a condition: its own values are no level of what was varied.
    const isLevel = by.kind === 'column' ? sql`e.population <> ${CONTROL}` : sql`true`;
    return sql`(select e.experiment_id as id, ${sql.lit(number)} as side,
        coalesce(case when p.id is null then e.personality_id else coalesce(p.ref_personality_id, -p.id) end,
          -3000000000 - e.experiment_id)::float8 as person,
        ${facetKey((name) => column[name]!)} as facet,
        (select string_agg(k.name || ': ' || k.value, ', ' order by k.name) from ${t.persona_columns} k
          where k.persona_id = d.persona_id and k.name = any(${columns}::text[])) as own
      from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id)
      left join ${t.personas} p on p.id = d.persona_id
      where ${allOf([...quick, ...each, isLevel])} and e.succeeded
      order by e.personality_id, e.experiment_id limit ${MOST_COMPARED + 1})`;
  };
  type Row = { id: number; side: number; person: number; facet: string; own: string | null };
  const { rows } = await sql<Row>`${await side(1)} union all ${await side(2)}`.execute(db);
  const size = (number: number) => rows.filter((row) => row.side === number).length;
  const isCut = Math.max(size(1), size(2)) > MOST_COMPARED;
  const kept = isCut ? cutBoth(rows) : rows;
  const facetOf = new Map(own.map((facet) => [keyOf(facet), facet]));
  const held = new Map<string, number>();
  const wordings: Instrument[] = [];
  const places = kept.map(({ facet: key, own: values }) => {
    const facet = facetOf.get(key);
    const text = [facet === undefined ? '' : strata.get(facet)!, values ?? '']
      .filter((part) => part !== '')
      .join(', ');
    const stratum = held.get(text) ?? held.size;
    held.set(text, stratum);
    const wording = facet === undefined ? null : instrumentOf(facets, facet);
    if (wording !== null && !wordings.includes(wording)) wordings.push(wording);
    return { stratum, form: wording === null ? -1 : wordings.indexOf(wording) };
  });
  return {
    ids: kept.map(({ id }) => id),
    sides: kept.map((row) => row.side),
    persons: kept.map(({ person }) => person),
    strata: places.map(({ stratum }) => stratum),
    held: [...held.keys()],
    forms: places.map(({ form }) => form),
    wordings,
    isCut,
  };
}

/** As the SQL above has it. */
function keyOf({ groupId, modelId, population, language }: Facet): string {
  return [...(groupId === null ? [] : [groupId]), modelId ?? '', population ?? '', language].join(
    '\u001f',
  );
}

/** As many of each side, so that both end near the same personality. */
function cutBoth<T extends { readonly side: number }>(rows: readonly T[]): readonly T[] {
  return [1, 2].flatMap((side) => rows.filter((row) => row.side === side).slice(0, MOST_COMPARED));
}

/**
 * Own columns of which only equal values are compared when another one is: those that a case has
 * several values of, and that do not say themselves which level it is. Null stands for conditions.
 */
async function heldColumns({ db, t }: Reader, name: string): Promise<readonly (string | null)[]> {
  const { rows } = await sql<{ name: string | null }>`
    with own as (
      select p.id, coalesce(p.ref_personality_id, -p.id) as person, p.population, k.value as level
      from ${t.personas} p join ${t.persona_columns} k on k.persona_id = p.id
      where k.name = ${name} and p.population <> ${CONTROL}),
    others as (
      select k.name, k.value, own.person, own.level from own join ${t.persona_columns} k on k.persona_id = own.id
      where k.name <> ${name} and k.name not in (
        select content::jsonb #>> '{personas,weight}' from ${t.pipeline_file}
        where content::jsonb #>> '{personas,weight}' is not null)
      union all select null, population, person, level from own)
    select name from (select name, count(distinct value) as n from others group by name, person) as varied
    group by name having max(n) > 1
    intersect
    select name from (select name, count(distinct level) as n from others group by name, value) as determined
    group by name having max(n) > 1`.execute(db);
  return rows.map((row) => row.name);
}

/** Scales that have a score on either side, in no order. */
export function compareScales(
  { db, t }: Reader,
  compared: Compared,
): Promise<readonly ComparedOutcome[]> {
  return summarise(db, compared, measuredScales(t));
}

/**
 * Items that have an answer on either side, by number, in no order.
 * @param numbers of the items that are wanted; null for all
 */
export function compareItems(
  { db, t }: Reader,
  compared: Compared,
  numbers: readonly number[] | null = null,
): Promise<readonly ComparedOutcome[]> {
  return summarise(db, compared, measuredItems(t, compared, numbers));
}

/** Cases of an outcome: pairs first, those that differ most before others. */
export async function readCells(
  { db, t }: Reader,
  compared: Compared,
  outcome: OutcomeName,
  { from, most }: { readonly from: number; readonly most: number },
): Promise<readonly ComparedCell[]> {
  const measured =
    outcome.kind === 'scale'
      ? sql`select * from (${measuredScales(t)}) as every where outcome = ${outcome.id}`
      : measuredItems(t, compared, [outcome.number]);
  const values = (side: number) =>
    sql`coalesce(jsonb_agg(jsonb_build_object('id', id, 'value', value, 'answer', answer) order by id)
      filter (where side = ${sql.lit(side)}), '[]')`;
  const { rows } = await sql<ComparedCell>`
    with chosen as (${chosenOf(compared)}), measured as (${measured}),
    cells as (
      select person, stratum, ${values(1)} as first, ${values(2)} as second,
        avg(value) filter (where side = 1) - avg(value) filter (where side = 2) as difference,
        count(*) filter (where side = 1) > 0 and count(*) filter (where side = 2) > 0 as is_pair,
        count(distinct answer) as answers
      from measured group by person, stratum)
    select person, stratum, first, second, difference from cells
    order by is_pair desc, abs(difference) desc nulls last, answers desc, person, stratum limit ${most} offset ${from}`.execute(
    db,
  );
  return rows;
}

function chosenOf({ ids, sides, persons, strata, forms }: Compared): Clause {
  return sql`select * from unnest(${[...ids]}::int[], ${[...sides]}::int[], ${[...persons]}::float8[], ${[...strata]}::int[], ${[...forms]}::int[])
    as c (id, side, person, stratum, form)`;
}

function measuredScales(t: Database['t']): Clause {
  return sql`select c.id, c.side, c.person, c.stratum, s.scale as outcome, s.score as value, null::text as answer
    from chosen c join ${t.scores} s on s.experiment_id = c.id where s.score is not null`;
}

/**
 * Points before a scale turns an item round, and answers as they were given; of duplicates, the one
 * with the lowest id. Of answers as probabilities, the expected points.
 * @param numbers of the items that are wanted; null for all
 */
function measuredItems(
  t: Database['t'],
  { wordings }: Compared,
  numbers: readonly number[] | null,
): Clause {
  const points = wordings.flatMap((wording, form) =>
    wording.items
      .filter((item) => numbers === null || numbers.includes(item.number))
      .flatMap((item) =>
        pointsByAnswer(item).map((one) => ({ ...one, form, number: item.number })),
      ),
  );
  const isWanted =
    numbers === null ? sql`true` : sql`question_number = any(${[...numbers]}::int[])`;
  const chosen = sql`experiment_id in (select id from chosen) and ${isWanted}`;
  return sql`
    with scored as (
      select * from unnest(${points.map((one) => one.form)}::int[], ${points.map((one) => one.number)}::int[],
        ${points.map((one) => one.answer)}::int[], ${points.map((one) => one.points)}::float8[])
      as s (form, number, answer, points)),
    given as (
      select distinct on (experiment_id, question_number) experiment_id, question_number, answer from (
        select id, experiment_id, question_number, answer from ${t.eval_questionnaires} where ${chosen}
        union all
        select null, experiment_id, question_number, null from ${t.item_states}
        where (quantity is not null or reply_text is not null) and ${chosen}) as stored
      order by experiment_id, question_number, id),
    expected as (
      select r.experiment_id, r.question_number, sum(r.probability * s.points) / nullif(sum(r.probability), 0) as points
      from ${t.item_probabilities} r join chosen c on c.id = r.experiment_id
      join scored s on s.form = c.form and s.number = r.question_number and s.answer = r.answer
      where s.points is not null group by 1, 2)
    select c.id, c.side, c.person, c.stratum, g.question_number::text as outcome,
      coalesce(x.points, s.points, case when s.form is not null and s.answer is null then g.answer end, i.quantity)::float8 as value,
      coalesce(g.answer::text, i.quantity::text, i.reply_text) as answer
    from chosen c join given g on g.experiment_id = c.id
    left join scored s on s.form = c.form and s.number = g.question_number and (s.answer = g.answer or s.answer is null)
    left join ${t.item_states} i on i.experiment_id = c.id and i.question_number = g.question_number
    left join expected x on x.experiment_id = c.id and x.question_number = g.question_number`;
}

/** An item that asks for a number scores it: one row without an answer. */
function pointsByAnswer(
  item: Item,
): readonly { readonly answer: number | null; readonly points: number | null }[] {
  if (item.answers === null) return [{ answer: null, points: null }];
  return item.answers.options.map(({ value }) => ({
    answer: value,
    points: pointsOf(item, value),
  }));
}

/**
 * @param measured rows of `id, side, person, stratum, outcome, value, answer`
 */
async function summarise(
  db: Database['db'],
  compared: Compared,
  measured: RawBuilder<unknown>,
): Promise<readonly ComparedOutcome[]> {
  type Row = Omit<ComparedOutcome, 'isPaired' | 'first' | 'second' | 'difference'> &
    Readonly<
      Record<
        'bothFirst' | 'bothSecond' | 'bothDifference' | 'allFirst' | 'allSecond',
        number | null
      >
    >;
  const { rows } = await sql<Row>`
    with chosen as (${chosenOf(compared)}), measured as materialized (${measured}),
    cells as (
      select outcome, person, stratum, avg(value) filter (where side = 1) as a, avg(value) filter (where side = 2) as b
      from measured group by 1, 2, 3),
    common as (select outcome, stratum, true as is_common from cells group by 1, 2 having count(a) > 0 and count(b) > 0),
    cases as (
      select outcome, person, count(a) > 0 as in_a, count(b) > 0 as in_b,
        avg(a) filter (where b is not null) as both_a, avg(b) filter (where a is not null) as both_b,
        avg(a) filter (where is_common) as all_a, avg(b) filter (where is_common) as all_b
      from cells left join common using (outcome, stratum) group by 1, 2),
    answers as (
      select outcome, person, stratum, answer, count(*) filter (where side = 1) as a, count(*) filter (where side = 2) as b
      from measured where answer is not null group by 1, 2, 3, 4),
    agreed as (
      select outcome, avg(share)::float8 as agreement from (
        select outcome, person, avg(share) as share from (
          select outcome, person, sum(a * b)::float8 / nullif(sum(a) * sum(b), 0)::float8 as share
          from answers group by outcome, person, stratum) as cell group by 1, 2) as person group by 1)
    select outcome, count(*) filter (where in_a)::int as "nFirst", count(*) filter (where in_b)::int as "nSecond", count(both_a)::int as "nBoth",
      avg(both_a) as "bothFirst", avg(both_b) as "bothSecond", avg(both_a - both_b) as "bothDifference",
      avg(all_a) as "allFirst", avg(all_b) as "allSecond", min(agreement) as agreement
    from cases left join agreed using (outcome) group by outcome`.execute(db);
  return rows.map(({ bothFirst, bothSecond, bothDifference, allFirst, allSecond, ...row }) => {
    const least = Math.min(row.nFirst, row.nSecond);
    const isPaired = row.nBoth >= 2 && row.nBoth >= LEAST_PAIRED * least;
    if (isPaired)
      return { ...row, isPaired, first: bothFirst, second: bothSecond, difference: bothDifference };
    const difference = allFirst === null || allSecond === null ? null : allFirst - allSecond;
    return { ...row, isPaired, first: allFirst, second: allSecond, difference };
  });
}
