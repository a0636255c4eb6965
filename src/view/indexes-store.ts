/**
 * Indexes that make lists of many administrations quick. They are made when somebody asks for them,
 * never by a look: they take space, and a run writes them as well.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { sqlStateOf } from '../db/server-errors.ts';
import { callValue } from './conditions-store.ts';

/** What became of each index that was asked for. */
export interface MadeIndex {
  readonly name: string;
  readonly serves: string;
  /** Null where it is there; else why it is not. */
  readonly problem: string | null;
}

interface Wanted {
  readonly name: string;
  readonly serves: string;
  readonly on: (t: Database['t']) => RawBuilder<unknown>;
}

const WANTED: readonly Wanted[] = [
  {
    name: 'view_group',
    serves: 'lists of a group or condition',
    on: (t) => sql`${t.experiments_list} (experiments_group_id, population, experiment_id)`,
  },
  {
    name: 'view_date',
    serves: 'order and filter by date',
    on: (t) => sql`${t.experiment_details} (last_attempt_at, experiment_id)`,
  },
  {
    name: 'view_attempts',
    serves: 'order and filter by attempts',
    on: (t) => sql`${t.experiment_details} (attempts, experiment_id)`,
  },
  {
    name: 'view_outcome',
    serves: 'lists of refusals and other failures',
    on: (t) =>
      sql`${t.experiment_details} (last_outcome, experiment_id) where last_outcome <> 'answered'`,
  },
  {
    name: 'view_unanswered',
    serves: 'lists of what has no answers',
    on: (t) => sql`${t.experiments_list} (experiment_id) where succeeded is not true`,
  },
  {
    name: 'view_of_persona',
    serves: 'administrations of a persona',
    on: (t) => sql`${t.experiment_details} (persona_id, experiment_id)`,
  },
  {
    name: 'view_persona',
    serves: 'order by personality',
    on: (t) => sql`${t.experiments_list} (personality_id, experiment_id)`,
  },
  {
    name: 'view_score',
    serves: 'order and filter by score',
    on: (t) => sql`${t.scores} (scale, score, experiment_id)`,
  },
  ...(['ms', 'cost', 'tokens'] as const).map((name) => ({
    name: `view_${name}`,
    serves: `order and filter by ${name}`,
    on: (t: Database['t']) =>
      sql`${t.experiment_request_metadata} ((${callValue(name)}), experiment_id)`,
  })),
];

/** By an extension that comes with PostgreSQL, which not every user of a server may add. */
const TRIGRAMS = ['view_reply', 'view_explanation'] as const;

const MAY_NOT = '42501';
const HAS_NOT = '0A000';

/**
 * Makes the indexes that are missing, each by itself, so that one that cannot be made keeps no
 * other from being made.
 */
export async function createIndexes(database: Database): Promise<MadeIndex[]> {
  const { db, t } = database;
  const made: MadeIndex[] = [];
  for (const { name, serves, on } of WANTED)
    made.push({
      name,
      serves,
      problem: await attempt(sql`create index if not exists ${sql.ref(name)} on ${on(t)}`, db),
    });
  made.push(...(await createTrigrams(database)));
  await sql`analyze ${t.experiments_list}, ${t.experiment_details}, ${t.scores}, ${t.experiment_request_metadata}, ${t.reply_texts}`.execute(
    db,
  );
  return made;
}

async function createTrigrams({ db, t }: Database): Promise<MadeIndex[]> {
  const serves = 'search in replies and explanations';
  const all = (problem: string) => TRIGRAMS.map((name) => ({ name, serves, problem }));
  const extension = await attempt(sql`create extension if not exists pg_trgm`, db);
  if (extension !== null) return all(extension);
  const { rows } = await sql<{ schema: string }>`
    select n.nspname as schema from pg_catalog.pg_extension x join pg_catalog.pg_namespace n on n.oid = x.extnamespace
    where x.extname = 'pg_trgm'`.execute(db);
  const words = sql.id(rows[0]!.schema, 'gin_trgm_ops');
  const statements = {
    view_reply: sql`${t.reply_texts} using gin (reply ${words})`,
    view_explanation: sql`${t.experiments_list} using gin (llm_explanation ${words})`,
  } as const;
  const made: MadeIndex[] = [];
  for (const name of TRIGRAMS)
    made.push({
      name,
      serves,
      problem: await attempt(
        sql`create index if not exists ${sql.ref(name)} on ${statements[name]}`,
        db,
      ),
    });
  return made;
}

/** @returns why it could not be done for want of rights or of the extension; null when it is */
async function attempt(statement: RawBuilder<unknown>, db: Database['db']): Promise<string | null> {
  try {
    await statement.execute(db);
    return null;
  } catch (error) {
    const state = sqlStateOf(error);
    if (error instanceof Error && (state === MAY_NOT || state === HAS_NOT)) return error.message;
    throw error;
  }
}
