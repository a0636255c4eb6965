/** One of several processes that work on the same study, on any number of machines. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { UserError } from '../errors.ts';
import { requireGroups, runPendingExperiments } from '../experiments/run.ts';
import { writePendingPersonas } from '../personas/generation/generate.ts';
import { type Closures, createClosures } from '../runner/closures.ts';
import { serverNow } from '../runner/commit/call-store.ts';
import { leftAfter, type RunOptions } from '../runner/options.ts';
import { DEFAULT_WORKERS } from '../runner/slots.ts';
import { DEFAULT_STOP_AFTER } from '../runner/stop-rules.ts';
import { type RunSummary, sumOfRuns } from '../runner/tally.ts';
import type { RetryReason } from '../runner/task.ts';
import { type Heartbeat, registerWorker } from '../runner/workers/heartbeat.ts';

export interface WorkOptions extends RunOptions {
  /** Only experiments of these groups; without, also the personas that are planned. */
  readonly groups?: readonly number[];
  /** Only what last ended so. */
  readonly retry?: readonly RetryReason[];
  readonly rejectUniform?: boolean;
  /** Go on looking for work until `signal`, instead of ending when nothing is left. */
  readonly forever?: boolean;
  /** Told when nothing is left for now. */
  readonly onRest?: () => void;
}

/**
 * A worker without work looks for some after this time, then twice as long, and so on up to the
 * longest.
 */
const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 15_000;

/**
 * Works until nothing is left, or, with `forever`, until it is stopped. What has failed is not
 * tried again by the same worker.
 * @param database on a server, its schema current
 * @returns all that was done; of what remains, what the last look found
 * @throws UserError for an embedded database, which one process writes at a time, and for groups
 *   that do not exist
 */
export async function workTogether(
  database: Database,
  config: Config,
  options: WorkOptions = {},
): Promise<RunSummary> {
  requireServer(database);
  const { forever = false, onRest = () => {}, signal, onWarning } = options;
  await requireGroups(database, options.groups ?? null);
  const startedAt = await serverNow(database);
  await using heartbeat = await registerWorker(database, options.maxWorkers ?? DEFAULT_WORKERS);
  const warned = new Set<string>();
  const round: Round = {
    ...options,
    heartbeat,
    // What is wrong now is wrong in the next round, too.
    closures: createClosures(options.stopAfter ?? DEFAULT_STOP_AFTER),
    startedAt,
    onWarning(warning) {
      const words = `${warning.id} ${warning.message}`;
      if (!warned.has(words)) onWarning?.(warning);
      warned.add(words);
    },
  };
  let total = await workOnce(database, config, round);
  for (let rest = FIRST_REST_MS; forever && total.endedBy === 'nothing left'; ) {
    if (rest === FIRST_REST_MS) onRest();
    heartbeat.idle('new work');
    await pause(rest, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    if (signal?.aborted === true) return { ...total, endedBy: 'signal' };
    const more = await workOnce(database, config, { ...round, ...leftAfter(total, options) });
    rest = more.calls > 0 ? FIRST_REST_MS : Math.min(rest * 2, LONGEST_REST_MS);
    total = sumOfRuns(total, more);
  }
  return total;
}

type Round = WorkOptions & {
  readonly heartbeat: Heartbeat;
  readonly closures: Closures;
  readonly startedAt: Date;
};

/** Personas first: experiments are registered for those that are there. */
async function workOnce(database: Database, config: Config, options: Round): Promise<RunSummary> {
  const personas =
    options.groups === undefined ? await writePendingPersonas(database, config, options) : null;
  // The experiments may be of models that nothing is wrong with.
  if (personas !== null && personas.endedBy !== 'nothing left' && personas.endedBy !== 'provider')
    return personas;
  if (personas === null) return runPendingExperiments(database, config, options);
  const experiments = await runPendingExperiments(database, config, {
    ...options,
    ...leftAfter(personas, options),
  });
  const [unrunnable, remaining] = [
    personas.unrunnable + experiments.unrunnable,
    personas.remaining + experiments.remaining,
  ];
  return { ...sumOfRuns(personas, experiments), unrunnable, remaining };
}

/**
 * @throws UserError for the embedded database, and one in memory, which is written by one process
 *   at a time
 */
export function requireServer({
  kind,
  label,
}: {
  readonly kind: string;
  readonly label: string;
}): void {
  if (kind === 'postgres') return;
  throw new UserError(
    `A worker needs a PostgreSQL server: only one process at a time can write to ${label}`,
    {
      code: 'server-needed',
      hint: 'On one machine, use "personas run-experiments" or "personas pipeline" with a higher --max-workers instead. For several machines, move the study to a PostgreSQL server: "personas export" here, then "personas import --database postgres://…".',
    },
  );
}
