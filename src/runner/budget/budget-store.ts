/**
 * SQL of the study's budget: one row, locked by each transaction that spends, so that no dollar is
 * spent twice.
 */
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../db/connect.ts';
import type { Tables } from '../../db/schema/tables.ts';
import {
  type Amounts,
  excess,
  isLimited,
  type Limits,
  minus,
  NOTHING,
  plus,
  type StudyBudget,
  total,
} from './amounts.ts';

/** What one process has spent and reserved. */
export interface ProcessSpending {
  readonly spent: Amounts;
  readonly reserved: Amounts;
}

/**
 * A process without a heartbeat for this long has ended. If it wakes up later, it finds its share
 * unchanged.
 */
const SILENT = sql`beaten_at < clock_timestamp() - interval '30 seconds'`;

type Row<Prefix extends string> = Readonly<
  Record<`${Prefix}_${'usd' | 'tokens' | 'calls'}`, number>
>;
type BudgetRow = Readonly<Record<'max_usd' | 'max_tokens' | 'max_calls', number | null>> &
  Row<'spent'> &
  Row<'reserved'> &
  Row<'doubt'>;
type ShareRow = Row<'spent'> & Row<'reserved'> & { readonly live: boolean };

/** The present state of the budget. */
export async function readBudget({ db, t }: Pick<Database, 'db' | 't'>): Promise<StudyBudget> {
  const { rows } = await sql<BudgetRow>`select * from ${t.study_budget}`.execute(db);
  return toBudget(rows[0]!);
}

/**
 * Reports what a process has spent and reserved so far, and reserves as many of the wanted amounts,
 * in their order, as the limits allow. It may be repeated after a failure whose effect is unknown.
 * Without a wanted amount, it also looks for processes that have ended.
 * @param share id of the process's share; created when it is missing
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
    const others =
      wanted.length > 0
        ? held
        : await giveUp(transaction, database, held, sql`share_id <> ${share} and ${SILENT}`);
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
    await keepShare(transaction, database, share, {
      spent: mine.spent,
      reserved: plus(mine.reserved, reserved),
    });
    return { granted, budget };
  });
}

/**
 * Ends a share. What is still reserved becomes unconfirmed.
 * @param unconfirmed the part of the spending for calls that the provider may not charge for
 */
export async function closeLease(
  database: Database,
  share: string,
  mine: ProcessSpending,
  unconfirmed: Amounts,
): Promise<void> {
  await database.db.transaction().execute(async (transaction) => {
    const budget = take(
      await hold(transaction, database),
      await shareOf(transaction, database, share),
      mine,
    );
    await keep(transaction, database, {
      ...budget,
      spent: minus(budget.spent, unconfirmed),
      reserved: minus(budget.reserved, mine.reserved),
      unconfirmed: plus(budget.unconfirmed, plus(mine.reserved, unconfirmed)),
    });
    await sql`delete from ${database.t.budget_shares} where share_id = ${share}`.execute(
      transaction,
    );
  });
}

/**
 * What ended processes had reserved becomes unconfirmed. Where limits are set and no other process
 * spends, the stored calls are counted as well: an imported or recovered call counts like any
 * other.
 */
export async function reconcile(database: Database): Promise<StudyBudget> {
  return database.db.transaction().execute(async (transaction) => {
    const held = await giveUpSilent(transaction, database, await hold(transaction, database));
    const budget =
      isLimited(held.limits) && !(await someoneSpends(transaction, database))
        ? await atLeastStored(transaction, database, held)
        : held;
    await keep(transaction, database, budget);
    return budget;
  });
}

/** @param limits those to change; null removes one */
export async function setLimits(database: Database, limits: Partial<Limits>): Promise<StudyBudget> {
  return database.db.transaction().execute(async (transaction) => {
    const held = await giveUpSilent(transaction, database, await hold(transaction, database));
    const changed = { ...held, limits: { ...held.limits, ...limits } };
    const budget = (await someoneSpends(transaction, database))
      ? changed
      : await atLeastStored(transaction, database, changed);
    await keep(transaction, database, budget);
    return budget;
  });
}

/**
 * Counts the stored calls, and nothing else: those that may not have been charged are unconfirmed,
 * all others are spent.
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
    const [spent, unconfirmed] = [
      await storedSpending(transaction, database),
      await storedUnconfirmed(transaction, database),
    ];
    const budget: StudyBudget = { ...held, spent, reserved: NOTHING, unconfirmed };
    await keep(transaction, database, budget);
    return budget;
  });
}

async function hold(transaction: Transaction<Tables>, { t }: Database): Promise<StudyBudget> {
  const { rows } = await sql<BudgetRow>`select * from ${t.study_budget} for update`.execute(
    transaction,
  );
  return toBudget(rows[0]!);
}

async function shareOf(
  transaction: Transaction<Tables>,
  { t }: Database,
  share: string,
): Promise<ShareRow | null> {
  const { rows } =
    await sql<ShareRow>`select * from ${t.budget_shares} where share_id = ${share}`.execute(
      transaction,
    );
  return rows[0] ?? null;
}

/** The budget with a share as it is now, instead of as it was last reported. */
function take(budget: StudyBudget, before: ShareRow | null, mine: ProcessSpending): StudyBudget {
  const reported: ProcessSpending =
    before === null
      ? { spent: NOTHING, reserved: NOTHING }
      : { spent: amounts(before, 'spent'), reserved: amounts(before, 'reserved') };
  const hadEnded = before?.live === false;
  return {
    ...budget,
    spent: plus(budget.spent, minus(mine.spent, reported.spent)),
    reserved: plus(
      budget.reserved,
      hadEnded ? mine.reserved : minus(mine.reserved, reported.reserved),
    ),
    unconfirmed: hadEnded ? minus(budget.unconfirmed, reported.reserved) : budget.unconfirmed,
  };
}

/** Ends the shares of processes that have ended, as far as a starting process can know. */
function giveUpSilent(
  transaction: Transaction<Tables>,
  database: Database,
  budget: StudyBudget,
): Promise<StudyBudget> {
  // Only one process can write to the embedded database, and this one has spent nothing yet: all
  // shares are of others.
  return giveUp(transaction, database, budget, database.kind === 'embedded' ? sql`true` : SILENT);
}

async function giveUp(
  transaction: Transaction<Tables>,
  { t }: Database,
  budget: StudyBudget,
  which: ReturnType<typeof sql>,
): Promise<StudyBudget> {
  const { rows } =
    await sql<ShareRow>`update ${t.budget_shares} set live = false where live and ${which} returning *`.execute(
      transaction,
    );
  const gone = rows.reduce((sum, row) => plus(sum, amounts(row, 'reserved')), NOTHING);
  return {
    ...budget,
    reserved: minus(budget.reserved, gone),
    unconfirmed: plus(budget.unconfirmed, gone),
  };
}

async function someoneSpends(transaction: Transaction<Tables>, { t }: Database): Promise<boolean> {
  const { rows } = await sql<{
    any: boolean;
  }>`select exists (select from ${t.budget_shares} where live) as any`.execute(transaction);
  return rows[0]!.any;
}

async function atLeastStored(
  transaction: Transaction<Tables>,
  database: Database,
  budget: StudyBudget,
): Promise<StudyBudget> {
  const stored = await storedSpending(transaction, database);
  const most = (one: number, other: number) => Math.max(one, other);
  const { spent } = budget;
  return {
    ...budget,
    spent: {
      usd: most(spent.usd, stored.usd),
      tokens: most(spent.tokens, stored.tokens),
      calls: most(spent.calls, stored.calls),
    },
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
    from (${of(t.experiment_request_metadata)} union all ${of(t.generation_request_metadata)}) as c`.execute(
    transaction,
  );
  return rows[0]!;
}

/** Sent calls that the provider may not charge for. Their tokens are unknown. */
async function storedUnconfirmed(
  transaction: Transaction<Tables>,
  { t }: Database,
): Promise<Amounts> {
  const of = (calls: typeof t.experiment_request_metadata) => sql`
    select request_metadata from ${calls} where request_metadata->>'error_kind' = 'unknown_fate' or request_metadata->>'reserved_usd' is not null`;
  const { rows } = await sql<Amounts>`
    select coalesce(sum((request_metadata->>'reserved_usd')::double precision), 0) as usd, 0::double precision as tokens,
      count(*)::double precision as calls
    from (${of(t.experiment_request_metadata)} union all ${of(t.generation_request_metadata)}) as c`.execute(
    transaction,
  );
  return rows[0]!;
}

async function keep(
  transaction: Transaction<Tables>,
  { t }: Database,
  { limits, spent, reserved, unconfirmed }: StudyBudget,
): Promise<void> {
  await sql`update ${t.study_budget} set max_usd = ${limits.usd}, max_tokens = ${limits.tokens}, max_calls = ${limits.calls},
      spent_usd = ${spent.usd}, spent_tokens = ${spent.tokens}, spent_calls = ${spent.calls},
      reserved_usd = ${reserved.usd}, reserved_tokens = ${reserved.tokens}, reserved_calls = ${reserved.calls},
      doubt_usd = ${unconfirmed.usd}, doubt_tokens = ${unconfirmed.tokens}, doubt_calls = ${unconfirmed.calls}`.execute(
    transaction,
  );
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
      reserved_tokens = excluded.reserved_tokens, reserved_calls = excluded.reserved_calls`.execute(
    transaction,
  );
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
