/** SQL of a frozen design: what it allows, and what is about to be asked. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { UserError } from '../errors.ts';
import { type GroupRequest, hashOfRequest } from './frozen.ts';

/** A design that was frozen. */
export interface Freeze {
  readonly study: string;
  readonly designSha256: string;
  /** Name of a part to its SHA-256. */
  readonly parts: Readonly<Record<string, string>>;
  /** SHA-256 of the requests that it has. */
  readonly requests: readonly string[];
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
 * @throws UserError where the design is frozen and a group, or a persona of it, is none of its own
 */
export async function requireFrozenRequests(
  database: Database,
  groups: readonly number[] | null,
): Promise<void> {
  const freeze = await findFreeze(database);
  if (freeze === null) return;
  const { db, t } = database;
  const isAsked = sql`(${groups === null}::boolean or e.experiments_group_id = any(${groups === null ? [] : [...groups]}::int[]))`;
  const { rows } = await sql<GroupRequest & { group: number }>`
    select g.experiments_group_id as "group", d.model_name as model, d.instrument_sha256::text as instrument, d.administration,
      g.system_role as system, g.base_prompt as prompt, g.temperature, g.top_p, d.parameters
    from ${t.experiments_groups} g left join ${t.group_details} d using (experiments_group_id)
    where exists (select from ${t.experiments_list} e where e.experiments_group_id = g.experiments_group_id and ${isAsked})
    order by 1`.execute(db);
  const allowed = new Set(freeze.requests);
  const foreign = rows.find(({ group: _, ...request }) => !allowed.has(hashOfRequest(request)));
  if (foreign !== undefined)
    throw drifted(
      freeze,
      database,
      `group ${foreign.group} (${foreign.model ?? 'no model'}) has a model, parameters, an instrument, settings, a system message or a prompt that it does not have`,
    );
  if (freeze.personas === null) return;
  const { rows: others } = await sql<{ id: number }>`
    select distinct p.id from ${t.experiments_list} e
    join ${t.experiment_details} d using (experiment_id) join ${t.personas} p on p.id = d.persona_id
    left join ${t.persona_texts} x on x.persona_id = p.id and x.column_name = 'description'
    where ${isAsked} and encode(sha256(convert_to(coalesce(x.full_text, p.description, ''), 'UTF8')), 'hex')
      <> all(${[...freeze.personas]}::text[])
    order by 1 limit 1`.execute(db);
  if (others[0] !== undefined)
    throw drifted(freeze, database, `persona ${others[0].id} has a text that it does not have`);
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
