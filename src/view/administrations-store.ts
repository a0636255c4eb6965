/**
 * SQL of lists of administrations: filtered, sorted and paged by the database, by the keys of the
 * page before (keyset), so that the last page is as near as the first. Reads only.
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
  type Position,
  type RangeName,
  type Selection,
  type SortName,
} from './filter.ts';

/** One line of a list. Time, tokens and cost are those of the last call. */
export interface AdministrationRow {
  readonly id: number;
  readonly groupId: number | null;
  readonly modelId: string | null;
  readonly model: string | null;
  readonly population: string | null;
  readonly condition: string | null;
  readonly questionnaire: string | null;
  readonly language: string;
  readonly instrumentSha256: string | null;
  readonly personalityId: number | null;
  readonly repeated: number | null;
  readonly personaId: number | null;
  /** Of the persona, or in its own column of that name. */
  readonly personaName: string | null;
  readonly outcome: AdministrationOutcome;
  readonly reasonKind: string | null;
  readonly reason: string | null;
  readonly attempts: number | null;
  readonly lastAttemptAt: Date | null;
  readonly isSimulated: boolean;
  readonly ms: number | null;
  readonly costUsd: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** How the last reply begins; null where there is none. */
  readonly words: string | null;
  readonly explanation: string | null;
  /** By scale; null where too few items have an answer. */
  readonly scores: Readonly<Record<string, number | null>>;
}

export interface Page {
  readonly rows: readonly AdministrationRow[];
  /** Where the next page begins; null on the last. */
  readonly next: Position | null;
}

export interface Count {
  readonly rows: number;
  /** `at least`: there are more, and nobody counted them; `about`: as the planner estimates. */
  readonly precision: 'exact' | 'about' | 'at least';
}

/** Counted one by one up to here. */
const MOST_COUNTED = 10_000;
/** Of a text that more replies hold than this, each administration is looked at in turn. */
const MOST_LOOKED_UP = 20_000;
const WORDS = 240;

type Reader = Pick<Database, 'db' | 't' | 'kind'>;
export type Clause = RawBuilder<unknown>;

/** @param size of the page, at least 1 */
export async function readPage(
  database: Reader,
  facets: Facets,
  selection: Selection,
  size: number,
): Promise<Page> {
  const found = await readPositions(database, facets, selection, size + 1);
  const shown = found.slice(0, size);
  return {
    rows: await readRows(
      database,
      shown.map(({ id }) => id),
    ),
    next: found.length > size ? shown.at(-1)! : null,
  };
}

/** Ids of the administrations before and after one in a list; null at its ends. */
export async function readNeighbours(
  database: Reader,
  facets: Facets,
  selection: Selection,
  id: number,
): Promise<{ readonly previous: number | null; readonly next: number | null }> {
  const after = await positionOf(database, selection, id);
  const beside = async (isBackwards: boolean) =>
    (await readPositions(database, facets, { ...selection, after }, 1, isBackwards))[0]?.id ?? null;
  return { previous: await beside(true), next: await beside(false) };
}

/**
 * The places of administrations in a list.
 * @param isBackwards those before `selection.after`, the nearest first
 */
export async function readPositions(
  database: Reader,
  facets: Facets,
  selection: Selection,
  most: number,
  isBackwards = false,
): Promise<Position[]> {
  const { filter, order, after } = selection;
  const isDescending = order.descending !== isBackwards;
  const where = await conditionsOf(database, facets, filter);
  const source = sourceOf(database, order.by, filter.scale);
  const phases = source === null ? (['id'] as const) : (['valued', 'without'] as const);
  const ordered = isBackwards ? phases.toReversed() : [...phases];
  const begun =
    source === null || after === null
      ? 0
      : ordered.indexOf(after.value === null ? 'without' : 'valued');
  const found: Position[] = [];
  for (const phase of ordered.slice(begun)) {
    const from = found.length === 0 && phase === ordered[begun] ? after : null;
    const left = most - found.length;
    const { rows } = await phaseOf(
      database,
      source,
      phase,
      where,
      isDescending,
      from,
      left,
    ).execute(database.db);
    found.push(...rows);
    if (found.length >= most) break;
  }
  return found;
}

/** What a list is sorted by, and how the administrations `e` come with it. */
interface Source {
  readonly from: Clause;
  readonly key: Clause;
  readonly id: Clause;
  readonly type: Clause;
  /** What else is to hold of a row of it. */
  readonly only?: Clause;
  /** Whether an administration has no value. */
  readonly without: Clause;
}

function phaseOf(
  { t }: Reader,
  source: Source | null,
  phase: 'id' | 'valued' | 'without',
  where: readonly Clause[],
  isDescending: boolean,
  after: Position | null,
  most: number,
): RawBuilder<Position> {
  const direction = isDescending ? sql`desc` : sql`asc`;
  const beyond = isDescending ? sql`<` : sql`>`;
  if (phase === 'valued' && source !== null) {
    const { from, key, id, type } = source;
    const later =
      after === null || after.value === null
        ? sql`true`
        : sql`(${key}, ${id}) ${beyond} (${after.value}::text::${type}, ${after.id}::int)`;
    return sql<Position>`select ${id} as id, (${key})::text as value ${from}
      where ${allOf([...where, source.only ?? sql`true`, sql`${key} is not null`, later])}
      order by ${key} ${direction}, ${id} ${direction} limit ${most}`;
  }
  const later = after === null ? sql`true` : sql`e.experiment_id ${beyond} ${after.id}::int`;
  return sql<Position>`select e.experiment_id as id, null as value
    from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id)
    where ${allOf([...where, source?.without ?? sql`true`, later])}
    order by e.experiment_id ${direction} limit ${most}`;
}

/** Null for the order of ids. */
function sourceOf({ t }: Pick<Reader, 't'>, by: SortName, scale: string | null): Source | null {
  const listed = sql`from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id)`;
  const id = sql`e.experiment_id`;
  switch (by) {
    case 'id':
      return null;
    case 'date':
      return {
        from: sql`from ${t.experiment_details} d join ${t.experiments_list} e using (experiment_id)`,
        key: sql`d.last_attempt_at`,
        id: sql`d.experiment_id`,
        type: sql`timestamptz`,
        without: sql`d.last_attempt_at is null`,
      };
    case 'attempts':
      return {
        from: sql`from ${t.experiment_details} d join ${t.experiments_list} e using (experiment_id)`,
        key: sql`d.attempts`,
        id: sql`d.experiment_id`,
        type: sql`int`,
        without: sql`d.attempts is null`,
      };
    case 'persona':
      return {
        from: listed,
        key: sql`e.personality_id`,
        id,
        type: sql`int`,
        without: sql`e.personality_id is null`,
      };
    case 'score':
      return {
        from: sql`from ${t.scores} s join ${t.experiments_list} e using (experiment_id)
          left join ${t.experiment_details} d using (experiment_id)`,
        key: sql`s.score`,
        id: sql`s.experiment_id`,
        type: sql`float8`,
        only: sql`s.scale = ${scale}`,
        without: sql`not exists (select from ${t.scores} s where s.experiment_id = e.experiment_id and s.scale = ${scale} and s.score is not null)`,
      };
    case 'ms':
    case 'cost':
    case 'tokens': {
      const isLast = lastOf(t);
      return {
        from: sql`from (select * from ${t.experiment_request_metadata} c where ${isLast}) c
          join ${t.experiments_list} e on e.experiment_id = c.experiment_id
          left join ${t.experiment_details} d on d.experiment_id = c.experiment_id`,
        key: callValue(by),
        id: sql`c.experiment_id`,
        type: sql`float8`,
        without: sql`not exists (select from ${t.experiment_request_metadata} c
          where c.experiment_id = e.experiment_id and ${callValue(by)} is not null and ${isLast})`,
      };
    }
  }
}

/** Whether a call `c` is the last of its administration. */
function lastOf(t: Database['t']): Clause {
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
function numberAt(...path: readonly string[]): Clause {
  const value = sql`request_metadata #> ${sql.lit(`{${path.join()}}`)}`;
  return sql`case when jsonb_typeof(${value}) = 'number' then (${value})::float8 end`;
}

export function allOf(conditions: readonly Clause[]): Clause {
  return sql.join(conditions.length === 0 ? [sql`true`] : [...conditions], sql` and `);
}

/** Conditions on administrations `e` with their details `d`. */
export async function conditionsOf(
  database: Reader,
  facets: Facets,
  filter: Filter,
): Promise<Clause[]> {
  const { t } = database;
  const { ranges, scale, reason, text, since, until, groups, persona } = filter;
  const conditions: Clause[] = [];
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
    if (isBounded(filter, name))
      conditions.push(sql`exists (select from ${t.experiment_request_metadata} c where c.experiment_id = e.experiment_id
        and ${within(callValue(name), filter, name)} and ${lastOf(t)})`);
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
  if (text !== null) conditions.push(await textCondition(database, text));
  return conditions;
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

function isBounded({ ranges }: Filter, name: RangeName): boolean {
  return ranges[name].from !== null || ranges[name].to !== null;
}

function within(value: Clause, { ranges }: Filter, name: RangeName): Clause {
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

/**
 * An index of trigrams finds few replies at once. A text that many hold is found sooner by looking
 * at one administration after another, until a page is full.
 */
async function textCondition({ db, t, kind }: Reader, text: string): Promise<Clause> {
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  if (kind === 'postgres') {
    const { rows } = await sql<{ 'QUERY PLAN': readonly { Plan: { 'Plan Rows': number } }[] }>`
      explain (format json) select from ${t.reply_texts} where reply ilike ${sql.lit(pattern)}`.execute(
      db,
    );
    if (rows[0]!['QUERY PLAN'][0]!.Plan['Plan Rows'] > MOST_LOOKED_UP)
      return sql`(e.llm_explanation ilike ${pattern} or exists (
        select from ${t.experiment_request_metadata} c join ${t.reply_texts} r on r.request_metadata_id = c.id
        where c.experiment_id = e.experiment_id and r.reply ilike ${pattern}))`;
  }
  return sql`e.experiment_id in (
    select c.experiment_id from ${t.reply_texts} r join ${t.experiment_request_metadata} c on c.id = r.request_metadata_id
    where r.reply ilike ${pattern}
    union select x.experiment_id from ${t.experiments_list} x where x.llm_explanation ilike ${pattern})`;
}

/** Up to 10,000 they are counted; above, a server estimates. */
export async function countMatching(
  database: Reader,
  facets: Facets,
  filter: Filter,
): Promise<Count> {
  const { db, t, kind } = database;
  const matching = sql`from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id)
    where ${allOf(await conditionsOf(database, facets, filter))}`;
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (select ${matching} limit ${MOST_COUNTED + 1}) as counted`.execute(
    db,
  );
  const count = rows[0]!.count;
  if (count <= MOST_COUNTED) return { rows: count, precision: 'exact' };
  if (kind !== 'postgres') return { rows: MOST_COUNTED, precision: 'at least' };
  const { rows: plan } = await sql<{ 'QUERY PLAN': readonly { Plan: { 'Plan Rows': number } }[] }>`
    explain (format json) select ${matching}`.execute(db);
  const estimate = plan[0]!['QUERY PLAN'][0]!.Plan['Plan Rows'];
  return { rows: Math.max(estimate, MOST_COUNTED), precision: 'about' };
}

async function positionOf(
  database: Reader,
  { filter, order }: Selection,
  id: number,
): Promise<Position> {
  const source = sourceOf(database, order.by, filter.scale);
  if (source === null) return { id, value: null };
  const { rows } =
    await sql<Position>`select ${source.id} as id, (${source.key})::text as value ${source.from}
    where ${source.id} = ${id}::int and ${source.only ?? sql`true`} and ${source.key} is not null`.execute(
      database.db,
    );
  return rows[0] ?? { id, value: null };
}

/** The lines of these administrations, in their order. */
export async function readRows(
  { db, t }: Pick<Reader, 'db' | 't'>,
  ids: readonly number[],
): Promise<AdministrationRow[]> {
  const { rows } = await sql<AdministrationRow>`
    select e.experiment_id as id, e.experiments_group_id as "groupId", e.model as "modelId", coalesce(gd.model_name, e.model) as model,
      e.population, coalesce(known.display, labels.display) as condition, e.questionnaire,
      case coalesce(e.language_questionnaire, 'en') when 'english' then 'en' else coalesce(e.language_questionnaire, 'en') end as language,
      gd.instrument_sha256 as "instrumentSha256", e.personality_id as "personalityId", e.repeated, d.persona_id as "personaId", coalesce(p.name,
        (select k.value from ${t.persona_columns} k where k.persona_id = p.id and lower(k.name) = 'name' limit 1)) as "personaName",
      case when e.succeeded then 'answered' else coalesce(nullif(d.last_outcome, 'answered'), 'untried') end as outcome,
      case when e.succeeded is not true then d.last_kind end as "reasonKind", case when e.succeeded is not true then d.last_reason end as reason,
      d.attempts, d.last_attempt_at as "lastAttemptAt", coalesce(d.origin = 'simulated', false) as "isSimulated",
      c.ms, c.cost as "costUsd", c.output as "outputTokens", c.input as "inputTokens", c.words, left(e.llm_explanation, ${WORDS}) as explanation,
      coalesce((select jsonb_object_agg(s.scale, s.score) from ${t.scores} s where s.experiment_id = e.experiment_id), '{}') as scores
    from unnest(${[...ids]}::int[]) with ordinality as wanted (id, place)
    join ${t.experiments_list} e on e.experiment_id = wanted.id
    left join ${t.experiment_details} d on d.experiment_id = e.experiment_id
    left join ${t.group_details} gd on gd.experiments_group_id = e.experiments_group_id
    left join ${t.personas} p on p.id = d.persona_id
    left join ${t.populations} known on known.population = e.population
    left join lateral ${t.label_population}(e.population) as labels on true
    left join lateral (
      select ${callValue('ms')} as ms, ${callValue('cost')} as cost, ${callValue('tokens')} as output, ${numberAt('usage', 'input_tokens')} as input,
        left(coalesce(r.reply, c.response_json #>> '{choices,0,message,content}', c.response_json ->> 'content'), ${WORDS}) as words
      from ${t.experiment_request_metadata} c left join ${t.reply_texts} r on r.request_metadata_id = c.id
      where c.experiment_id = e.experiment_id order by c.id desc limit 1) as c on true
    order by wanted.place`.execute(db);
  return rows;
}
