/** SQL of the study's budget: one row that everybody who spends holds for a moment, so that no two spend the same dollar. */
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../db/connect.ts';
import type { Tables } from '../../db/schema/tables.ts';
import { type Amounts, excess, isLimited, type Limits, minus, NOTHING, plus, type StudyBudget, total } from './amounts.ts';

/** What one process holds of it. */
export interface ProcessSpending {
  readonly spent: Amounts;
  readonly reserved: Amounts;
}

/** A process that has not been heard of for so long is gone. One that wakes up later finds its share as it was. */
const SILENT = sql`beaten_at < clock_timestamp() - interval '30 seconds'`;

type Row<Prefix extends string> = Readonly<Record<`${Prefix}_${'usd' | 'tokens' | 'calls'}`, number>>;
type BudgetRow = Readonly<Record<'max_usd' | 'max_tokens' | 'max_calls', number | null>> & Row<'spent'> & Row<'reserved'> & Row<'doubt'>;
type ShareRow = Row<'spent'> & Row<'reserved'> & { readonly live: boolean };

/** As it is at this moment. */
export async function readBudget({ db, t }: Pick<Database, 'db' | 't'>): Promise<StudyBudget> {
  const { rows } = await sql<BudgetRow>`select * from ${t.study_budget}`.execute(db);
  return toBudget(rows[0]!);
}

/**
 * Tells what a process has spent and reserved so far, and reserves as many of the wanted amounts, in their order, as the limits
 * leave room for. May be repeated after a failure of which it is not known whether anything was stored. Who wants nothing has the time to
 * look for processes that are gone.
 * @param share id of the process's share; made when it is not there
 * @returns how many were reserved, and the budget after that
 */
export async function syncLease(
  database: Database,
  share: string,
  mine: ProcessSpending,
  wanted: readonly Amounts[],
): Promise<{ readonly granted: number; readonly budget: StudyBudget }> {
  return database.db.transaction().execute(async (transaction) => {
    const held = await hold(transaction, database);
    const others = wanted.length > 0 ? held : await giveUp(transaction, database, held, sql`share_id <> ${share} and ${SILENT}`);
    const before = take(others, await shareOf(transaction, database, share), mine);
    let reserved = NOTHING;
    let granted = 0;
    for (const amounts of wanted) {
      const sum = plus(reserved, amounts);
      if (excess(plus(total(before), sum), before.limits) !== null) break;
      reserved = sum;
      granted++;
    }
    const budget = { ...before, reserved: plus(before.reserved, reserved) };
    await keep(transaction, database, budget);
    await keepShare(transaction, database, share, { spent: mine.spent, reserved: plus(mine.reserved, reserved) });
    return { granted, budget };
  });
}

/**
 * Ends a share. What is still reserved is in doubt from now on.
 * @param lost of what is told as spent, that for calls of which nobody knows whether the provider worked for them
 */
export async function closeLease(database: Database, share: string, mine: ProcessSpending, lost: Amounts): Promise<void> {
  await database.db.transaction().execute(async (transaction) => {
    const budget = take(await hold(transaction, database), await shareOf(transaction, database, share), mine);
    await keep(transaction, database, {
      ...budget,
      spent: minus(budget.spent, lost),
      reserved: minus(budget.reserved, mine.reserved),
      unconfirmed: plus(budget.unconfirmed, plus(mine.reserved, lost)),
    });
    await sql`delete from ${database.t.budget_shares} where share_id = ${share}`.execute(transaction);
  });
}

/**
 * What processes that are gone had set aside is in doubt from now on. Where limits are set and nobody else spends, what the
 * stored calls say is looked at too: an imported call, or one that was brought in later, counts like any other.
 */
export async function reconcile(database: Database): Promise<StudyBudget> {
  return database.db.transaction().execute(async (transaction) => {
    const held = await giveUpSilent(transaction, database, await hold(transaction, database));
    const budget =
      isLimited(held.limits) && !(await someoneSpends(transaction, database)) ? await atLeastStored(transaction, database, held) : held;
    await keep(transaction, database, budget);
    return budget;
  });
}

/** @param limits those that are to change; null lifts one */
export async function setLimits(database: Database, limits: Partial<Limits>): Promise<StudyBudget> {
  return database.db.transaction().execute(async (transaction) => {
    const held = await giveUpSilent(transaction, database, await hold(transaction, database));
    const changed = { ...held, limits: { ...held.limits, ...limits } };
    const budget = (await someoneSpends(transaction, database)) ? changed : await atLeastStored(transaction, database, changed);
    await keep(transaction, database, budget);
    return budget;
  });
}

/**
 * Counts the stored calls, and nothing else: those of which nobody knows whether they were answered are in doubt, all others are spent.
 * @returns null when a process is spending at this moment
 */
export async function recount(database: Database): Promise<StudyBudget | null> {
  return database.db.transaction().execute(async (transaction) => {
    const held = await giveUpSilent(transaction, database, await hold(transaction, database));
    if (await someoneSpends(transaction, database)) {
      await keep(transaction, database, held);
      return null;
    }
    await sql`delete from ${database.t.budget_shares}`.execute(transaction);
    const [spent, unconfirmed] = [await storedSpending(transaction, database), await storedDoubt(transaction, database)];
    const budget = { ...held, spent, reserved: NOTHING, unconfirmed };
    await keep(transaction, database, budget);
    return budget;
  });
}

async function hold(transaction: Transaction<Tables>, { t }: Database): Promise<StudyBudget> {
  const { rows } = await sql<BudgetRow>`select * from ${t.study_budget} for update`.execute(transaction);
  return toBudget(rows[0]!);
}

async function shareOf(transaction: Transaction<Tables>, { t }: Database, share: string): Promise<ShareRow | null> {
  const { rows } = await sql<ShareRow>`select * from ${t.budget_shares} where share_id = ${share}`.execute(transaction);
  return rows[0] ?? null;
}

/** The budget in which a share counts as it is now, instead of as it was told before. */
function take(budget: StudyBudget, before: ShareRow | null, mine: ProcessSpending): StudyBudget {
  const told: ProcessSpending =
    before === null ? { spent: NOTHING, reserved: NOTHING } : { spent: amounts(before, 'spent'), reserved: amounts(before, 'reserved') };
  const doubted = before?.live === false;
  return {
    ...budget,
    spent: plus(budget.spent, minus(mine.spent, told.spent)),
    reserved: plus(budget.reserved, doubted ? mine.reserved : minus(mine.reserved, told.reserved)),
    unconfirmed: doubted ? minus(budget.unconfirmed, told.reserved) : budget.unconfirmed,
  };
}

/** Of processes that are gone, as far as is known when a process begins. */
function giveUpSilent(transaction: Transaction<Tables>, database: Database, budget: StudyBudget): Promise<StudyBudget> {
  // The embedded database has one process at a time, which asks this before it spends anything: all shares are of others.
  return giveUp(transaction, database, budget, database.kind === 'embedded' ? sql`true` : SILENT);
}

async function giveUp(
  transaction: Transaction<Tables>,
  { t }: Database,
  budget: StudyBudget,
  which: ReturnType<typeof sql>,
): Promise<StudyBudget> {
  const { rows } = await sql<ShareRow>`update ${t.budget_shares} set live = false where live and ${which} returning *`.execute(transaction);
  const gone = rows.reduce((sum, row) => plus(sum, amounts(row, 'reserved')), NOTHING);
  return { ...budget, reserved: minus(budget.reserved, gone), unconfirmed: plus(budget.unconfirmed, gone) };
}

async function someoneSpends(transaction: Transaction<Tables>, { t }: Database): Promise<boolean> {
  const { rows } = await sql<{ any: boolean }>`select exists (select from ${t.budget_shares} where live) as any`.execute(transaction);
  return rows[0]!.any;
}

async function atLeastStored(transaction: Transaction<Tables>, database: Database, budget: StudyBudget): Promise<StudyBudget> {
  const stored = await storedSpending(transaction, database);
  const most = (one: number, other: number) => Math.max(one, other);
  const { spent } = budget;
  return {
    ...budget,
    spent: { usd: most(spent.usd, stored.usd), tokens: most(spent.tokens, stored.tokens), calls: most(spent.calls, stored.calls) },
  };
}

async function storedSpending(transaction: Transaction<Tables>, { t }: Database): Promise<Amounts> {
  const of = (calls: typeof t.experiment_request_metadata) => sql`
    select request_metadata from ${calls} where coalesce(request_metadata->>'error_kind', '') not in ('throttled', 'unknown_fate')
      and request_metadata->>'reserved_usd' is null`;
  const { rows } = await sql<Amounts>`
    select coalesce(sum((request_metadata->>'cost_usd')::double precision), 0) as usd,
      coalesce(sum(coalesce((request_metadata #>> '{usage,input_tokens}')::double precision, 0)
        + coalesce((request_metadata #>> '{usage,output_tokens}')::double precision, 0)), 0) as tokens,
      count(*)::double precision as calls
    from (${of(t.experiment_request_metadata)} union all ${of(t.generation_request_metadata)}) as c`.execute(transaction);
  return rows[0]!;
}

/** Calls that left, and of which nobody knows whether the provider worked for them. What they would have read and written was not kept. */
async function storedDoubt(transaction: Transaction<Tables>, { t }: Database): Promise<Amounts> {
  const of = (calls: typeof t.experiment_request_metadata) => sql`
    select request_metadata from ${calls} where request_metadata->>'error_kind' = 'unknown_fate' or request_metadata->>'reserved_usd' is not null`;
  const { rows } = await sql<Amounts>`
    select coalesce(sum((request_metadata->>'reserved_usd')::double precision), 0) as usd, 0::double precision as tokens,
      count(*)::double precision as calls
    from (${of(t.experiment_request_metadata)} union all ${of(t.generation_request_metadata)}) as c`.execute(transaction);
  return rows[0]!;
}

async function keep(
  transaction: Transaction<Tables>,
  { t }: Database,
  { limits, spent, reserved, unconfirmed: doubt }: StudyBudget,
): Promise<void> {
  await sql`update ${t.study_budget} set max_usd = ${limits.usd}, max_tokens = ${limits.tokens}, max_calls = ${limits.calls},
      spent_usd = ${spent.usd}, spent_tokens = ${spent.tokens}, spent_calls = ${spent.calls},
      reserved_usd = ${reserved.usd}, reserved_tokens = ${reserved.tokens}, reserved_calls = ${reserved.calls},
      doubt_usd = ${doubt.usd}, doubt_tokens = ${doubt.tokens}, doubt_calls = ${doubt.calls}`.execute(transaction);
}

async function keepShare(
  transaction: Transaction<Tables>,
  { t }: Database,
  share: string,
  { spent, reserved }: ProcessSpending,
): Promise<void> {
  await sql`insert into ${t.budget_shares}
      (share_id, spent_usd, spent_tokens, spent_calls, reserved_usd, reserved_tokens, reserved_calls)
    values (${share}, ${spent.usd}, ${spent.tokens}, ${spent.calls}, ${reserved.usd}, ${reserved.tokens}, ${reserved.calls})
    on conflict (share_id) do update set live = true, beaten_at = clock_timestamp(), spent_usd = excluded.spent_usd,
      spent_tokens = excluded.spent_tokens, spent_calls = excluded.spent_calls, reserved_usd = excluded.reserved_usd,
      reserved_tokens = excluded.reserved_tokens, reserved_calls = excluded.reserved_calls`.execute(transaction);
}

function toBudget(row: BudgetRow): StudyBudget {
  return {
    limits: { usd: row.max_usd, tokens: row.max_tokens, calls: row.max_calls },
    spent: amounts(row, 'spent'),
    reserved: amounts(row, 'reserved'),
    unconfirmed: amounts(row, 'doubt'),
  };
}

function amounts<Prefix extends string>(row: Row<Prefix>, prefix: Prefix): Amounts {
  const of = (measure: 'usd' | 'tokens' | 'calls') => row[`${prefix}_${measure}`];
  return { usd: of('usd'), tokens: of('tokens'), calls: of('calls') };
}
