/** Opens everything that a run needs: its queue, journal, budget and providers. Then it runs. */
import { dateOf, systemTiming } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { openBudgetLease } from './budget/study-budget.ts';
import { createJournal } from './journal/journal.ts';
import { journalLocation } from './journal/location-store.ts';
import { describeRecovered, recoverKind } from './journal/recovery.ts';
import type { RunOptions } from './options.ts';
import { ProviderPool } from './provider-pool.ts';
import { Run } from './run.ts';
import { DEFAULT_WORKERS } from './slots.ts';
import type { RunSummary } from './tally.ts';
import type { Task, TaskSource } from './task.ts';
import { registerWorker } from './workers/heartbeat.ts';
import { openQueue } from './workers/queue.ts';

/**
 * The embedded database shares this process's thread: fewer, larger transactions leave more time
 * for calls.
 */
const GATHER_MS = { postgres: 15, embedded: 60 } as const;

/** @param database opened, its schema current */
export async function runTasks<V, T extends Task<V>>(
  source: TaskSource<V, T>,
  database: Database,
  config: Config,
  options: RunOptions,
): Promise<RunSummary> {
  const { maxWorkers: workers = DEFAULT_WORKERS, timing = systemTiming, onWarning } = options;
  const warn = (message: string) => onWarning?.({ id: null, message });
  await using queue = await openQueue(database, source.queue, (error) =>
    warn(`the task queue reports an error and tries to recover: ${error.message}`),
  );
  await using own =
    options.heartbeat === undefined ? await registerWorker(database, workers) : null;
  const beat = (options.heartbeat ?? own)?.begin(source.queue);
  const location = await journalLocation(database, config);
  await using journal = createJournal(location, { kind: source.queue, now: () => dateOf(timing) });
  const refused = new Map<number, string>();
  const told = new Set<string>();
  const recover = async () => {
    const recovered = await recoverKind(location, source, journal);
    const found = describeRecovered(recovered, source.queue);
    if (found !== null && !told.has(found)) warn(found);
    told.add(found ?? '');
    for (const { taskId, reason, decides } of recovered.left)
      if (decides) refused.set(taskId, reason);
  };
  await recover();
  // Opened after the recovery, because recovered calls count as spent.
  await using lease = await openBudgetLease(database, (error) =>
    warn(`the study's budget could not be updated, retrying: ${error.message}`),
  );
  const { provider } = options;
  await using providers = new ProviderPool({
    config,
    workers,
    timing,
    provider,
    instruments: source.instruments,
    onNotice: warn,
  });
  const observed: RunOptions = {
    ...options,
    onProgress(progress) {
      beat?.(progress);
      options.onProgress?.(progress);
    },
  };
  const gatherMs = GATHER_MS[database.kind];
  const uses = { queue, lease, journal, providers, refused, recover, gatherMs };
  const run = new Run(source, uses, observed);
  // Awaited here: the resources of this function must outlive the run.
  return await run.execute();
}
