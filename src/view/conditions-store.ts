/**
 * What a filter asks of an administration, as conditions of SQL, in the form that an index or the
 * shortest look decides. Reads only.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { LARGEST_INTEGER } from '../numbers.ts';
import { type Facet, type Facets, instrumentOf } from './facets-store.ts';
import { fieldCondition } from './fields-store.ts';
import {
  type AdministrationOutcome,
  CHOICES,
  type Filter,
  type Held,
  type RangeName,
} from './filter.ts';

type Reader = Pick<Database, 'db' | 't'>;
export type Clause = RawBuilder<unknown>;

/** Whether a call `c` is the last of its administration. */
export function lastOf(t: Database['t']): Clause {
  return sql`not exists (select from ${t.experiment_request_metadata} later
    where later.experiment_id = c.experiment_id and later.id > c.id)`;
}

/** Of a call: time, dollars, output tokens. Data of other programs may have anything there. */
export function callValue(name: 'ms' | 'cost' | 'tokens'): Clause {
  return numberAt(...CALL_PATHS[name]);
}

const CALL_PATHS = {
  ms: ['latency_ms'],
  cost: ['cost_usd'],
  tokens: ['usage', 'output_tokens'],
} as const;

/** The column has its name in the table of calls alone, so an index can be of the same words. */
export function numberAt(...path: readonly string[]): Clause {
  const value = sql`request_metadata #> ${sql.lit(`{${path.join()}}`)}`;
  return sql`case when jsonb_typeof(${value}) = 'number' then (${value})::float8 end`;
}

export function allOf(conditions: readonly Clause[]): Clause {
  return sql.join(conditions.length === 0 ? [sql`true`] : [...conditions], sql` and `);
}

export interface Conditions {
  /** Those that an index, or a look at the administration itself, decides. */
  readonly quick: readonly Clause[];
  /** Those that many meet, so that calls and replies are looked up for one after the other. */
  readonly each: readonly Clause[];
}

/** Conditions on administrations `e` with their details `d`. */
export async function conditionsOf(
  database: Reader,
  facets: Facets,
  filter: Filter,
): Promise<Conditions> {
  const { t } = database;
  const { ranges, scale, reason, text, since, until, groups, persona } = filter;
  const conditions: Clause[] = [];
  const each: Clause[] = [];
  const add = ({ isRare, clause }: LookedUp) => (isRare ? conditions : each).push(clause);
  const facet = facetCondition(facets.facets, filter);
  if (facet !== null) conditions.push(facet);
  const outcomes = filter.choices.outcome as readonly AdministrationOutcome[];
  if (outcomes.length > 0)
    conditions.push(sql`(${sql.join(outcomes.map(outcomeCondition), sql` or `)})`);
  if (reason !== null)
    conditions.push(
      sql`e.succeeded is not true and d.last_kind = ${reason} and d.last_outcome <> 'answered'`,
    );
  if (scale !== null && isBounded(filter, 'score'))
    conditions.push(sql`exists (select from ${t.scores} s where s.experiment_id = e.experiment_id
      and s.scale = ${scale} and ${within(sql`s.score`, filter, 'score')})`);
  for (const name of ['ms', 'cost', 'tokens'] as const)
    if (isBounded(filter, name)) add(await callCondition(database, filter, name));
  if (ranges.attempts.from !== null || ranges.attempts.to !== null)
    conditions.push(withinAttempts(filter));
  if (since !== null)
    conditions.push(sql`d.last_attempt_at >= ${`${since}T00:00:00Z`}::timestamptz`);
  if (until !== null)
    conditions.push(
      sql`d.last_attempt_at < ${`${until}T00:00:00Z`}::timestamptz + interval '1 day'`,
    );
  if (groups.length > 0) conditions.push(sql`e.experiments_group_id = any(${[...groups]}::int[])`);
  if (filter.has !== null) conditions.push(holds(database, facets, filter, filter.has));
  if (persona !== null)
    // The published index is by personality.
    conditions.push(sql`e.personality_id = (select coalesce(p.ref_personality_id, p.id) from ${t.personas} p where p.id = ${persona}::int)
      and d.persona_id = ${persona}::int`);
  for (const field of filter.fields) conditions.push(fieldCondition(t, field));
  if (text !== null) add(await textCondition(database, text));
  return { quick: conditions, each };
}

/** A score or an answer; of the scale where one is chosen, whose items are those of its forms. */
function holds({ t }: Reader, all: Facets, { scale, choices }: Filter, has: Held): Clause {
  if (has === 'score')
    return sql`exists (select from ${t.scores} s where s.experiment_id = e.experiment_id
      and s.score is not null and ${scale === null ? sql`true` : sql`s.scale = ${scale}`})`;
  const forms = all.facets
    .filter(({ questionnaire }) => isChosen(choices.questionnaire, questionnaire))
    .filter(({ language }) => isChosen(choices.language, language))
    .flatMap((facet) => instrumentOf(all, facet) ?? []);
  const items = forms.flatMap((form) => form.items.filter((item) => item.scale === scale));
  const numbers = [...new Set(items.map(({ number }) => number))];
  return sql`exists (select from ${t.eval_questionnaires} q where q.experiment_id = e.experiment_id
    and ${scale === null ? sql`true` : sql`q.question_number = any(${numbers}::int[])`})`;
}

function isChosen(wanted: readonly string[], value: string | null): boolean {
  return wanted.length === 0 || (value !== null && wanted.includes(value));
}

export function isBounded({ ranges }: Filter, name: RangeName): boolean {
  return ranges[name].from !== null || ranges[name].to !== null;
}

export function within(value: Clause, { ranges }: Filter, name: RangeName): Clause {
  const { from, to } = ranges[name];
  return allOf([
    ...(from === null ? [] : [sql`${value} >= ${from}::float8`]),
    ...(to === null ? [] : [sql`${value} <= ${to}::float8`]),
  ]);
}

/** Compared as whole numbers, as its index has them. */
function withinAttempts({ ranges: { attempts } }: Filter): Clause {
  const whole = (value: number) => Math.max(-1, Math.min(LARGEST_INTEGER, value));
  const { from, to } = attempts;
  return allOf([
    ...(from === null ? [] : [sql`d.attempts >= ${Math.ceil(whole(from))}::int`]),
    ...(to === null ? [] : [sql`d.attempts <= ${Math.floor(whole(to))}::int`]),
  ]);
}

function outcomeCondition(outcome: AdministrationOutcome): Clause {
  if (outcome === 'answered') return sql`e.succeeded`;
  if (outcome === 'untried')
    return sql`e.succeeded is not true and coalesce(d.last_outcome, 'answered') = 'answered'`;
  return sql`e.succeeded is not true and d.last_outcome = ${outcome}`;
}

/** Null where every administration is wanted. */
function facetCondition(facets: readonly Facet[], filter: Filter): Clause | null {
  const names = CHOICES.filter((name) => name !== 'outcome' && filter.choices[name].length > 0);
  if (names.length === 0) return null;
  const isWanted = (facet: Facet) =>
    names.every((name) => {
      const value = name === 'outcome' ? null : facet[name];
      const values = name === 'model' ? [facet.model, facet.modelId] : [value];
      return values.some((one) => one !== null && filter.choices[name].includes(one));
    });
  const whole: number[] = [];
  const parts: Clause[] = [];
  for (const [groupId, own] of Map.groupBy(facets, (facet) => facet.groupId)) {
    const wanted = own.filter(isWanted);
    if (wanted.length === own.length && groupId !== null) whole.push(groupId);
    else parts.push(...wanted.map((facet) => facetIs(facet, own)));
  }
  if (whole.length > 0) parts.push(sql`e.experiments_group_id = any(${whole}::int[])`);
  return parts.length === 0 ? sql`false` : sql`(${sql.join(parts, sql` or `)})`;
}

/**
 * Says only what tells a facet from the others of its group: a planner takes each further condition
 * for a reason to expect fewer rows.
 */
function facetIs(
  { groupId, modelId, population, questionnaire, language }: Facet,
  all: readonly Facet[],
): Clause {
  const spellings = language === 'en' ? ['en', 'english'] : [language];
  const is = (column: Clause, value: string | number | null) =>
    value === null ? sql`${column} is null` : sql`${column} = ${value}`;
  const varies = (key: keyof Facet) => new Set(all.map((facet) => facet[key])).size > 1;
  return sql`(${allOf([
    is(sql`e.experiments_group_id`, groupId),
    ...(varies('modelId') ? [is(sql`e.model`, modelId)] : []),
    ...(varies('population') ? [is(sql`e.population`, population)] : []),
    ...(varies('questionnaire') ? [is(sql`e.questionnaire`, questionnaire)] : []),
    ...(varies('language')
      ? [sql`coalesce(e.language_questionnaire, 'en') = any(${spellings}::text[])`]
      : []),
  ])})`;
}

interface LookedUp {
  /** Whether few meet it, so that all of them are found first. */
  readonly isRare: boolean;
  readonly clause: Clause;
}

/** An offset keeps a planner from looking up all of them beforehand. */
const ONE_BY_ONE = sql`offset 0`;

async function callCondition(
  { db, t }: Reader,
  filter: Filter,
  name: 'ms' | 'cost' | 'tokens',
): Promise<LookedUp> {
  const isWanted = within(callValue(name), filter, name);
  const calls = sql`${t.experiment_request_metadata} c`;
  const isRare = await areFew({ db, t }, sql`select from ${calls} where ${isWanted}`);
  const clause = isRare
    ? sql`e.experiment_id in (select c.experiment_id from ${calls} where ${isWanted} and ${lastOf(t)})`
    : sql`exists (select from ${calls} where c.experiment_id = e.experiment_id and ${isWanted} and ${lastOf(t)} ${ONE_BY_ONE})`;
  return { isRare, clause };
}

/** In the replies of all calls, and in the explanation. */
async function textCondition({ db, t }: Reader, text: string): Promise<LookedUp> {
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const calls = sql`${t.experiment_request_metadata} c join ${t.reply_texts} r on r.request_metadata_id = c.id`;
  const isRare = await areFew(
    { db, t },
    sql`select from ${t.reply_texts} where reply ilike ${sql.lit(pattern)}`,
  );
  const clause = isRare
    ? sql`e.experiment_id in (select c.experiment_id from ${calls} where r.reply ilike ${pattern}
        union select x.experiment_id from ${t.experiments_list} x where x.llm_explanation ilike ${pattern})`
    : sql`(e.llm_explanation ilike ${pattern} or exists (
        select from ${calls} where c.experiment_id = e.experiment_id and r.reply ilike ${pattern} ${ONE_BY_ONE}))`;
  return { isRare, clause };
}

/** As the planner estimates: below this, or below one in a hundred, all are found at once. */
const FEW = 2000;

async function areFew({ db, t }: Pick<Reader, 'db' | 't'>, matching: Clause): Promise<boolean> {
  const found = await estimateRows(db, matching);
  return (
    found < FEW || found < (await estimateRows(db, sql`select from ${t.experiments_list}`)) / 100
  );
}

/** How many rows a query has, as the planner estimates. */
export async function estimateRows(db: Reader['db'], query: Clause): Promise<number> {
  const { rows } = await sql<{ 'QUERY PLAN': readonly { Plan: { 'Plan Rows': number } }[] }>`
    explain (format json) ${query}`.execute(db);
  return rows[0]!['QUERY PLAN'][0]!.Plan['Plan Rows'];
}
