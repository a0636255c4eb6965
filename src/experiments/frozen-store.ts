/** SQL of a frozen design: what it allows, and what is about to be asked. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { UserError } from '../errors.ts';
import {
  type GroupRequest,
  hashOfRequest,
  keyOfPlanned,
  type PlannedRequest,
  type WritingRequest,
} from './frozen.ts';

/** A design that was frozen. */
export interface Freeze {
  readonly study: string;
  readonly designSha256: string;
  /** Name of a part to its SHA-256. */
  readonly parts: Readonly<Record<string, string>>;
  /** What it asks of which population; each request and population once. */
  readonly requests: readonly PlannedRequest[];
  /** SHA-256 of the texts of own personas; null where there are none. */
  readonly personas: readonly string[] | null;
  /** The plan, as Markdown. */
  readonly plan: string;
  /** Calls that had been made before. */
  readonly callsBefore: number;
  readonly program: string;
  /** ISO 8601 UTC. */
  readonly frozenAt: string;
}

export async function findFreeze({ db, t }: Pick<Database, 'db' | 't'>): Promise<Freeze | null> {
  const { rows } = await sql<Freeze>`
    select study, design_sha256::text as "designSha256", parts, requests, personas, plan, calls_before as "callsBefore",
      program, to_char(frozen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "frozenAt"
    from ${t.design_freeze}`.execute(db);
  return rows[0] ?? null;
}

/**
 * Keeps a freeze as the one of this schema, unless there is one already.
 * @returns the one that the schema has
 */
export async function keepFreeze(
  database: Database,
  {
    study,
    designSha256,
    parts,
    requests,
    personas,
    plan,
    program,
  }: Omit<Freeze, 'callsBefore' | 'frozenAt'>,
): Promise<Freeze> {
  const { db, t } = database;
  await sql`insert into ${t.design_freeze} (study, design_sha256, parts, requests, personas, plan, calls_before, program)
    select ${study}, ${designSha256}, ${JSON.stringify(parts)}::jsonb, ${JSON.stringify(requests)}::jsonb,
      ${personas === null ? null : JSON.stringify(personas)}::jsonb, ${plan},
      (select count(*) from ${t.experiment_request_metadata}) + (select count(*) from ${t.generation_request_metadata}), ${program}
    on conflict do nothing`.execute(db);
  return (await findFreeze(database))!;
}

/**
 * @param groups what is about to be asked; null for all groups
 * @throws UserError where the design is frozen and does not have something of it
 */
export async function requireFrozenRequests(
  database: Database,
  groups: readonly number[] | null,
): Promise<void> {
  const freeze = await findFreeze(database);
  if (freeze === null) return;
  const [first] = await beyondFreeze(database, freeze, groups);
  if (first !== undefined) throw drifted(freeze, database, `it does not cover ${first}`);
}

/**
 * What was registered and a frozen design does not cover, each in words that go on from that.
 * @param groups only what these ask; null for all groups
 */
export async function beyondFreeze(
  database: Pick<Database, 'db' | 't'>,
  freeze: Freeze,
  groups: readonly number[] | null = null,
): Promise<string[]> {
  const planned = new Map(freeze.requests.map((one) => [keyOfPlanned(one), one.tasks]));
  return [
    ...(await groupsBeyond(database, planned, groups)),
    ...(await populationsBeyond(database, planned, groups)),
    ...(await personasBeyond(database, freeze, groups)),
  ];
}

/** Tasks by `keyOfPlanned`. */
type PlannedTasks = ReadonlyMap<string, number>;

function isAsked(groups: readonly number[] | null) {
  return sql<boolean>`(${groups === null}::boolean or e.experiments_group_id = any(${groups === null ? [] : [...groups]}::int[]))`;
}

interface AskedPopulation extends GroupRequest {
  readonly group: number;
  readonly population: string;
  /** Of these groups, or answered already in others. */
  readonly tasks: number;
  readonly asked: boolean;
}

async function groupsBeyond(
  { db, t }: Pick<Database, 'db' | 't'>,
  planned: PlannedTasks,
  groups: readonly number[] | null,
): Promise<string[]> {
  const { rows } = await sql<AskedPopulation>`
    select g.experiments_group_id as "group", d.model_name as model, d.instrument_sha256::text as instrument, d.administration,
      g.system_role as system, g.base_prompt as prompt, g.temperature, g.top_p, d.parameters, e.population, e.tasks, e.asked
    from (select e.experiments_group_id, coalesce(e.population, '') as population, bool_or(${isAsked(groups)}) as asked,
        count(*) filter (where ${isAsked(groups)} or e.succeeded is not null)::int as tasks
      from ${t.experiments_list} e group by 1, 2) e
    join ${t.experiments_groups} g using (experiments_group_id)
    left join ${t.group_details} d using (experiments_group_id)
    order by 1, e.population collate "C"`.execute(db);
  const known = rows.map(({ group, population, tasks, asked, ...request }) => ({
    ...{ group, population, tasks, asked, model: request.model ?? 'no model' },
    sha256: hashOfRequest(request),
  }));
  const requests = new Set([...planned.keys()].map((key) => key.split(' ', 1)[0]));
  const alike = Map.groupBy(known, keyOfPlanned);
  return [...alike].flatMap(([key, ones]) => {
    if (!ones.some(({ asked }) => asked)) return [];
    const { sha256, population, model } = ones[0]!;
    const named = `${ones.length === 1 ? 'group' : 'groups'} ${ones.map(({ group }) => group).join(', ')} (${model})`;
    if (!requests.has(sha256))
      return `${named}, whose model, parameters, instrument, settings, system message or prompt are others`;
    const most = planned.get(key);
    if (most === undefined) return `the population "${population}" of ${named}`;
    const total = ones.reduce((sum, { tasks }) => sum + tasks, 0);
    return total <= most
      ? []
      : `${total} administrations to the population "${population}" in ${named}, where it has ${most}`;
  });
}

async function populationsBeyond(
  { db, t }: Pick<Database, 'db' | 't'>,
  planned: PlannedTasks,
  groups: readonly number[] | null,
): Promise<string[]> {
  const { rows } = await sql<WritingRequest & { readonly population: string }>`
    select population, model_name as writer, condition, condition_definition as definition, system_role as system, prompt,
      temperature, top_p, parameters
    from ${t.generation_groups} g
    where exists (select from ${t.experiments_list} e where e.population = g.population and ${isAsked(groups)})
    order by population collate "C"`.execute(db);
  return rows.flatMap(({ population, ...request }) =>
    planned.has(keyOfPlanned({ population, sha256: hashOfRequest(request) }))
      ? []
      : `the population "${population}", whose personas were written with another model, condition, system message or prompt, or with other parameters`,
  );
}

async function personasBeyond(
  { db, t }: Pick<Database, 'db' | 't'>,
  { personas: texts, requests }: Freeze,
  groups: readonly number[] | null,
): Promise<string[]> {
  if (texts === null) return [];
  const populations = requests.map(({ population }) => population);
  const { rows } = await sql<{ id: number }>`
    select distinct p.id from ${t.experiments_list} e
    join ${t.experiment_details} d using (experiment_id) join ${t.personas} p on p.id = d.persona_id
    left join ${t.persona_texts} x on x.persona_id = p.id and x.column_name = 'description'
    where ${isAsked(groups)} and p.population = any(${populations}::text[]) and encode(sha256(convert_to(coalesce(x.full_text, p.description, ''), 'UTF8')), 'hex')
      <> all(${[...texts]}::text[])
    order by 1`.execute(db);
  return rows.map(({ id }) => `the text of persona ${id}`);
}

/** @param what differs, as a clause */
export function drifted(freeze: Freeze, { schema }: Database, what: string): UserError {
  return new UserError(
    `The design of "${freeze.study}" in schema "${schema}" was frozen on ${freeze.frozenAt.slice(0, 10)}, and ${what}. Nothing was asked.`,
    {
      code: 'design-frozen',
      hint: 'Undo the change to go on with the frozen study, or give the changed study another schema ("schema:" in the file, or --schema). A freeze cannot be undone: it would prove nothing.',
      exitCode: 1,
    },
  );
}
