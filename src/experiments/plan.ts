/** What a run would do, without doing it. */
import type { Config } from '../config.ts';
import type { Database } from '../database/connect.ts';
import { likelyTokens, priceOf } from './estimate.ts';
import { prepareAll, type RunOptions, type RunWarning, readingTools, scopeOf } from './run.ts';
import * as store from './run-store.ts';

export interface RunPlan {
  /** Experiments that would be run. */
  readonly experiments: number;
  readonly models: readonly {
    readonly model: string;
    readonly experiments: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    /** US dollars, null when the model has no price. */
    readonly costUsd: number | null;
  }[];
  readonly unrunnable: readonly RunWarning[];
}

const PAGE = 500;

/** Looks at every experiment of the scope as a run would; writes nothing and contacts nobody. */
export async function planRun(database: Database, config: Config, options: RunOptions): Promise<RunPlan> {
  // Rows of other programs must be taken in before they can be looked at; the transaction that does so is rolled back.
  const transaction = await database.db.startTransaction().execute();
  try {
    const inside: Database = { ...database, db: transaction };
    await store.adoptUnregistered(inside);
    return await lookThrough(inside, config, options);
  } finally {
    await transaction.rollback().execute();
  }
}

async function lookThrough(database: Database, config: Config, options: RunOptions): Promise<RunPlan> {
  const scope = await scopeOf(database, options);
  const tools = await readingTools(database, config);
  const most = options.batchSize ?? Number.POSITIVE_INFINITY;
  const byModel = new Map<
    string,
    { model: string; experiments: number; inputTokens: number; outputTokens: number; costUsd: number | null }
  >();
  const unrunnable: RunWarning[] = [];
  let experiments = 0;
  let cursor: store.Cursor | null = null;
  while (experiments < most) {
    const page: Awaited<ReturnType<typeof store.pageOfScope>> = await store.pageOfScope(
      database,
      scope,
      options.order ?? 'shuffled',
      cursor,
      PAGE,
    );
    if (page.last === null) break;
    cursor = page.last;
    for (const one of await prepareAll(database, page.experiments, tools)) {
      if (!one.runnable) {
        unrunnable.push({ experimentId: one.experimentId, message: one.reason });
        continue;
      }
      if (experiments >= most) break;
      experiments++;
      const { model, request, instrument } = one.experiment;
      const tokens = likelyTokens((request.system ?? '').length + request.user.length, instrument.items.length);
      const cost = priceOf(model, tokens);
      const sum = byModel.get(model.name) ?? { model: model.name, experiments: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };
      byModel.set(model.name, {
        model: model.name,
        experiments: sum.experiments + 1,
        inputTokens: sum.inputTokens + tokens.input,
        outputTokens: sum.outputTokens + tokens.output,
        costUsd: cost === null || sum.costUsd === null ? null : sum.costUsd + cost,
      });
    }
  }
  return { experiments, models: [...byModel.values()], unrunnable };
}
