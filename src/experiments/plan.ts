/** What a run would do, without doing it. */

import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { costOf } from '../models/cost.ts';
import type { ModelEstimate } from '../runner/budget/estimate.ts';
import type { RunWarning } from '../runner/tally.ts';
import type { Position } from '../runner/task.ts';
import { requireRoomForReplies } from './abilities.ts';
import { prepareAll } from './prepare-all.ts';
import { type ExperimentRunOptions, readingTools, scopeOf } from './run.ts';
import * as store from './run-store.ts';
import { type ReasoningOfGroup, reasoningOfGroups } from './status/spending-store.ts';

/** What a run would do. */
export interface RunPlan {
  /** What estimates of output have learnt from calls; nothing where no model is known to reason. */
  readonly reasoning: readonly {
    /** Short name. */
    readonly model: string;
    /** Experiments that were asked before. */
    readonly experiments: number;
    /** Reasoning tokens of each of them, on average. */
    readonly tokens: number;
  }[];
  /** Experiments that would be run. */
  readonly experiments: number;
  readonly models: readonly ModelEstimate[];
  readonly unrunnable: readonly RunWarning[];
}

const PAGE = 500;

/** Looks at every experiment of the scope as a run would; writes nothing and contacts nobody. */
export async function planRun(
  database: Database,
  config: Config,
  options: ExperimentRunOptions,
): Promise<RunPlan> {
  // Rows of other programs must be taken in before they can be looked at; the transaction that does
  // so is rolled back.
  const transaction = await database.db.startTransaction().execute();
  try {
    const inside: Database = { ...database, db: transaction };
    await store.backfillDetails(inside);
    return await lookThrough(inside, config, options);
  } finally {
    await transaction.rollback().execute();
  }
}

async function lookThrough(
  database: Database,
  config: Config,
  options: ExperimentRunOptions,
): Promise<RunPlan> {
  const scope = await scopeOf(database, options);
  const tools = await readingTools(database, config, options);
  await requireRoomForReplies(database, config, scope, tools);
  const most = options.batchSize ?? Number.POSITIVE_INFINITY;
  const reasoning = learnReasoning(await reasoningOfGroups(database));
  const learnt = new Map<string, RunPlan['reasoning'][number]>();
  const byModel = new Map<string, ModelEstimate>();
  const unrunnable: RunWarning[] = [];
  let experiments = 0;
  let cursor: Position | null = null;
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
        unrunnable.push({ id: one.id, message: one.reason });
        continue;
      }
      if (experiments >= most) break;
      experiments++;
      const { model, groupId } = one.task;
      const known = reasoning(groupId, model.modelId);
      if (known !== null) learnt.set(model.name, { model: model.name, ...known });
      const { calls, input, output } = one.task.estimate();
      const tokens = { input, output: output + (known?.tokens ?? 0) };
      const cost = costOf(model, tokens);
      const sum = byModel.get(model.name) ?? {
        model: model.name,
        tasks: 0,
        calls: 0,
        inputTokens: 0,
        outputTokens: 0,
        costUsd: 0,
      };
      byModel.set(model.name, {
        model: model.name,
        tasks: sum.tasks + 1,
        calls: sum.calls + calls,
        inputTokens: sum.inputTokens + tokens.input,
        outputTokens: sum.outputTokens + tokens.output,
        costUsd: cost === null || sum.costUsd === null ? null : sum.costUsd + cost,
      });
    }
  }
  return {
    experiments,
    models: [...byModel.values()].map((one) => ({
      ...one,
      outputTokens: Math.round(one.outputTokens),
    })),
    unrunnable,
    reasoning: [...learnt.values()],
  };
}

/** What is learnt of the experiments of a group, or else of a model. */
export type Learnt = Omit<RunPlan['reasoning'][number], 'model'>;

/** By the group itself, or else by all groups of the model. */
export function learnReasoning(
  groups: readonly ReasoningOfGroup[],
): (group: number | null, model: string) => Learnt | null {
  const mean = (of: readonly ReasoningOfGroup[]): Learnt | null => {
    const experiments = of.reduce((sum, one) => sum + one.experiments, 0);
    const tokens = of.reduce((sum, one) => sum + one.tokens, 0);
    return experiments === 0 ? null : { experiments, tokens: tokens / experiments };
  };
  return (group, model) =>
    mean(groups.filter((one) => one.group === group)) ??
    mean(groups.filter((one) => one.model === model));
}
