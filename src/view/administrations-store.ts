/**
 * SQL of lists of administrations: filtered, sorted and paged by the database, by the keys of the
 * page before (keyset), so that the last page is as near as the first. Reads only.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import {
  allOf,
  type Clause,
  callValue,
  conditionsOf,
  estimateRows,
  isBounded,
  lastOf,
  numberAt,
  within,
} from './conditions-store.ts';
import type { Facets } from './facets-store.ts';
import {
  type AdministrationOutcome,
  type Filter,
  type Position,
  RANGES,
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
/** Administrations that a share is told from, and the part of the table that is read for it. */
const SAMPLED = 5000;
const MOST_SAMPLED_PERCENT = 2;
const WORDS = 240;

type Reader = Pick<Database, 'db' | 't' | 'kind'>;

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
  const source = sourceOf(database, order.by, filter.scale);
  // The range that is wanted of what a list is sorted by is one stretch of its index.
  const bounds = isRange(order.by) && isBounded(filter, order.by) ? order.by : null;
  const rest = bounds === null ? filter : withoutRange(filter, bounds);
  const { quick, each } = await conditionsOf(database, facets, rest);
  const inRange = source === null || bounds === null ? [] : [within(source.key, filter, bounds)];
  const where = [...quick, ...each, ...inRange];
  const phases: readonly Phase[] =
    source === null ? ['id'] : bounds === null ? ['valued', 'without'] : ['valued'];
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

/** Those with a value come first, in whichever direction. */
type Phase = 'id' | 'valued' | 'without';

function isRange(by: SortName): by is SortName & RangeName {
  return RANGES.some((name) => name === by);
}

function withoutRange(filter: Filter, name: RangeName): Filter {
  return { ...filter, ranges: { ...filter.ranges, [name]: { from: null, to: null } } };
}

function phaseOf(
  { t }: Reader,
  source: Source | null,
  phase: Phase,
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

/**
 * Up to 10,000 they are counted; above, the planner estimates. How many of them meet what is looked
 * up for each is told from a sample.
 */
export async function countMatching(
  database: Reader,
  facets: Facets,
  filter: Filter,
): Promise<Count> {
  const { quick, each } = await conditionsOf(database, facets, filter);
  const all = await countWhere(database, quick);
  if (each.length === 0) return all;
  if (all.precision === 'exact') return countWhere(database, [...quick, ...each]);
  const share = await shareOf(database, quick, each, all.rows);
  return { rows: Math.max(1, Math.round(all.rows * share)), precision: 'about' };
}

async function countWhere({ db, t }: Reader, where: readonly Clause[]): Promise<Count> {
  const matching = sql`from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id)
    where ${allOf(where)}`;
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (select ${matching} limit ${MOST_COUNTED + 1}) as counted`.execute(
    db,
  );
  const count = rows[0]!.count;
  if (count <= MOST_COUNTED) return { rows: count, precision: 'exact' };
  const estimate = await estimateRows(db, sql`select ${matching}`);
  return { rows: Math.max(estimate, MOST_COUNTED), precision: 'about' };
}

/**
 * Of the administrations of some pages of the table, always the same ones: which share of those that
 * meet `quick` meets `each` too.
 */
async function shareOf(
  { db, t }: Reader,
  quick: readonly Clause[],
  each: readonly Clause[],
  all: number,
): Promise<number> {
  const percent = Math.min(MOST_SAMPLED_PERCENT, (100 * SAMPLED) / all);
  const { rows } = await sql<{ asked: number; found: number }>`
    select count(*)::int as asked, (count(*) filter (where ${allOf(each)}))::int as found
    from ${t.experiments_list} e tablesample system (${percent}::float8) repeatable (1)
    left join ${t.experiment_details} d using (experiment_id) where ${allOf(quick)}`.execute(db);
  const { asked, found } = rows[0]!;
  return asked === 0 ? 0 : found / asked;
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
