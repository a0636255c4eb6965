import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, open } from '../../src/db/connect.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { type Amounts, leftOf, NO_LIMITS, NOTHING, plus } from '../../src/runner/budget/amounts.ts';
import {
  readBudget,
  reconcile,
  recount,
  setLimits,
  syncLease,
} from '../../src/runner/budget/budget-store.ts';
import { createBudget } from '../../src/runner/budget/run-budget.ts';
import { type BudgetLease, openBudgetLease } from '../../src/runner/budget/study-budget.ts';
import type { Task } from '../../src/runner/task.ts';
import { DATABASES, locationOf, testDatabase } from '../support/database.ts';

const NEVER = new AbortController().signal;
const fail = (error: Error) => {
  throw error;
};
const calls = (count: number): Amounts => ({ usd: count / 10, tokens: count * 100, calls: count });

describe.each(DATABASES)('the budget of a study (%s)', (kind) => {
  let database: Database;
  beforeEach(async () => {
    database = await testDatabase(kind);
  });
  afterEach(() => database[Symbol.asyncDispose]());

  test('grants everything at once without limits, and keeps account', async () => {
    const ledger = await openBudgetLease(database, fail);
    expect(await ledger.reserve(calls(1000), NEVER)).toBeNull();
    ledger.settle(calls(1000), calls(700));
    await ledger[Symbol.asyncDispose]();
    expect(await readBudget(database)).toEqual({
      limits: NO_LIMITS,
      spent: calls(700),
      reserved: NOTHING,
      unconfirmed: NOTHING,
    });
  });

  test.each([
    ['dollars', { usd: 0.3 }],
    ['tokens', { tokens: 300 }],
    ['calls', { calls: 3 }],
  ])(
    'a limit of %s: exactly what fits is granted, and the rest is denied when nothing is under way',
    async (_, limits) => {
      await setLimits(database, limits);
      await using ledger = await openBudgetLease(database, fail);
      for (let call = 1; call <= 3; call++)
        expect(await ledger.reserve(calls(1), NEVER)).toBeNull();
      const fourth = ledger.reserve(calls(1), NEVER);
      for (let call = 1; call <= 3; call++) ledger.settle(calls(1), calls(1));
      expect(await fourth).toMatchObject({ limits });
      expect(leftOf(await readBudget(database))).toEqual({
        ...NO_LIMITS,
        ...Object.fromEntries(Object.keys(limits).map((key) => [key, 0])),
      });
    },
  );

  test('grants to those that wait what a call turned out cheaper', async () => {
    await setLimits(database, { usd: 0.2 });
    await using ledger = await openBudgetLease(database, fail);
    expect(await ledger.reserve(calls(2), NEVER)).toBeNull();
    const waiting = ledger.reserve(calls(1), NEVER);
    ledger.settle(calls(2), calls(1));
    expect(await waiting).toBeNull();
    ledger.settle(calls(1), calls(1));
    expect(await ledger.reserve(calls(1), NEVER)).not.toBeNull();
  });

  test('keeps nothing reserved for a call that stopped waiting', async () => {
    await setLimits(database, { calls: 1 });
    const ledger = await openBudgetLease(database, fail);
    expect(await ledger.reserve(calls(1), NEVER)).toBeNull();
    const stop = new AbortController();
    const waiting = ledger.reserve(calls(1), stop.signal);
    stop.abort();
    expect(await waiting).toBe('stopped');
    ledger.settle(calls(1), NOTHING);
    await ledger[Symbol.asyncDispose]();
    expect(await readBudget(database)).toMatchObject({
      spent: NOTHING,
      reserved: NOTHING,
      unconfirmed: NOTHING,
    });
  });

  test('puts the reservations of a lost process in doubt, and takes them back when it was only asleep', async () => {
    await setLimits(database, { calls: 10 });
    const sleeper = randomUUID();
    await syncLease(database, sleeper, { spent: calls(2), reserved: NOTHING }, [
      calls(1),
      calls(1),
      calls(1),
    ]);
    await sql`update ${database.t.budget_shares} set beaten_at = beaten_at - interval '1 minute'`.execute(
      database.db,
    );
    expect(await reconcile(database)).toMatchObject({
      spent: { calls: 2 },
      reserved: NOTHING,
      unconfirmed: { calls: 3 },
    });
    // In doubt is spent, for the others.
    const other = await syncLease(
      database,
      randomUUID(),
      { spent: NOTHING, reserved: NOTHING },
      Array(9).fill(calls(1)),
    );
    expect(other.granted).toBe(5);
    // It wakes up: two of its calls have ended, one is still under way.
    await syncLease(database, sleeper, { spent: calls(4), reserved: calls(1) }, []);
    expect(await readBudget(database)).toMatchObject({
      spent: { calls: 4 },
      reserved: { calls: 6 },
      unconfirmed: { calls: 0 },
    });
  });

  test('counts a call once when it is settled twice', async () => {
    const share = randomUUID();
    for (let time = 0; time < 3; time++)
      await syncLease(database, share, { spent: calls(5), reserved: calls(1) }, []);
    expect(await readBudget(database)).toMatchObject({
      spent: { calls: 5 },
      reserved: { calls: 1 },
    });
  });

  test('forgets what is in doubt in a recount, which waits until no run spends', async () => {
    await syncLease(database, randomUUID(), { spent: calls(2), reserved: calls(1) }, []);
    // A server's other processes may be alive; the embedded database has none.
    if (kind === 'postgres') {
      expect(await recount(database)).toBeNull();
      await sql`update ${database.t.budget_shares} set beaten_at = beaten_at - interval '1 minute'`.execute(
        database.db,
      );
    }
    expect(await recount(database)).toEqual({
      limits: NO_LIMITS,
      spent: NOTHING,
      reserved: NOTHING,
      unconfirmed: NOTHING,
    });
  });

  test('holds together with a run’s own limits, and a denial says which it was', async () => {
    await setLimits(database, { calls: 2 });
    await using ledger = await openBudgetLease(database, fail);
    const task = taskOf('gpt4o');
    const budget = createBudget({ ...NO_LIMITS, calls: 3 }, ledger);
    const exchangeOf = { status: 200 } as never;
    const paid = { errorKind: null, usage: null, costUsd: 0.01, exchange: exchangeOf };
    const first = await budget.reserve(task, NEVER);
    const second = await budget.reserve(task, NEVER);
    budget.settle(first!, paid);
    budget.settle(second!, paid);
    expect(await budget.reserve(task, NEVER)).toBeNull();
    expect(budget.exhausted).toBe(
      "the study's budget is 2 calls: 2 calls spent, 0 calls left, and the next call may take 1 call",
    );
  });

  test('has no room for another call as soon as a reply took more than was reserved', async () => {
    await setLimits(database, { tokens: 1_000_000 });
    await using ledger = await openBudgetLease(database, fail);
    const task = taskOf('gpt4o');
    const budget = createBudget({ ...NO_LIMITS, tokens: 5000 }, ledger);
    const usage = {
      inputTokens: 0,
      outputTokens: 6000,
      reasoningTokens: null,
      cachedTokens: null,
    };
    const paid = { errorKind: null, usage, costUsd: 0, exchange: { status: 200 } as never };
    const first = (await budget.reserve(task, NEVER))!;
    const raised = budget.raise(first, paid);
    const next = budget.reserve(task, NEVER);
    const asked = await Promise.race([next.then(() => 'sent'), Promise.resolve('waits')]);
    expect(asked).toBe('waits');
    budget.settle(raised, paid);
    expect(await next).toBeNull();
    expect(budget.exhausted).toMatch(/--max-tokens is 5,000 tokens: 6,000 tokens spent/);
    expect(budget.passed).toBe(
      "the run's --max-tokens is 5,000 tokens, and 6,000 tokens are spent",
    );
    await ledger[Symbol.asyncDispose]();
    expect(await readBudget(database)).toMatchObject({
      spent: { tokens: 6000 },
      reserved: NOTHING,
    });
  });

  test('reckons with longer replies once a model has written one', async () => {
    await using ledger = await openBudgetLease(database, fail);
    const budget = createBudget({ ...NO_LIMITS, tokens: 1_000_000 }, ledger);
    const task = taskOf('gpt4o');
    const before = (await budget.reserve(task, NEVER))!;
    const output = before.most.tokens * 3;
    const usage = {
      inputTokens: 0,
      outputTokens: output,
      reasoningTokens: null,
      cachedTokens: null,
    };
    const paid = { errorKind: null, usage, costUsd: 0, exchange: { status: 200 } as never };
    // Three calls that left together: each is three times as long as was reckoned, not the third
    // twenty-seven times.
    const others = await Promise.all([budget.reserve(task, NEVER), budget.reserve(task, NEVER)]);
    for (const one of [before, ...others]) budget.settle(budget.raise(one!, paid), paid);
    expect((await budget.reserve(task, NEVER))!.most.tokens).toBe(output);
    expect((await budget.reserve(taskOf('claude35sonnet'), NEVER))!.most.tokens).toBe(
      before.most.tokens,
    );
  });
});

test('four processes with 64 calls under way each never pass the limit, and use it up', async () => {
  await using database = await testDatabase('postgres');
  const limit = 1000;
  await setLimits(database, { calls: limit, usd: 1_000_000 });
  const processes = await Promise.all(
    Array.from({ length: 4 }, () =>
      open({ database: locationOf('postgres'), schema: database.schema }, { maxConnections: 2 }),
    ),
  );
  let made = 0;
  let highest = 0;
  const work = async (ledger: BudgetLease) => {
    while ((await ledger.reserve(calls(1), NEVER)) === null) {
      made++;
      const { spent, reserved } = await readBudget(database);
      highest = Math.max(highest, plus(spent, reserved).calls);
      ledger.settle(calls(1), calls(1));
    }
  };
  const ledgers = await Promise.all(processes.map((one) => openBudgetLease(one, fail)));
  await Promise.all(ledgers.flatMap((ledger) => Array.from({ length: 64 }, () => work(ledger))));
  for (const ledger of ledgers) await ledger[Symbol.asyncDispose]();
  for (const one of processes) await one[Symbol.asyncDispose]();
  expect(made).toBe(limit);
  expect(highest).toBeLessThanOrEqual(limit);
  expect(await readBudget(database)).toMatchObject({
    spent: { calls: limit },
    reserved: NOTHING,
    unconfirmed: NOTHING,
  });
});

function taskOf(model: string): Task<unknown> {
  return {
    id: 1,
    groupId: 1,
    subject: 'epqra',
    model: createCatalogue().find(model),
    request: {
      modelId: model,
      system: 'You are someone.',
      user: 'Answer.',
      maxTokens: 100,
      turns: [],
      format: 'json',
      logprobs: 0,
      temperature: null,
      topP: null,
      maxTokensField: 'max_tokens',
      extra: {},
    },
    replyTokens: 50,
    seedOf: () => 1,
    read: () => ({ outcome: 'invalid', reason: 'nobody reads this' }),
  };
}
