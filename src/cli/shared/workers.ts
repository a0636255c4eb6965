/** The workers of a study, as `status` shows them. */
import type { WorkerOverview } from '../../runner/workers/worker-store.ts';
import { duration } from '../ui/progress.ts';
import { count, printTable, type Terminal } from '../ui/terminal.ts';

export function workersJson(workers: readonly WorkerOverview[]): unknown {
  return workers.map((one) => ({
    host: one.host,
    pid: one.pid,
    max_workers: one.maxWorkers,
    since: one.startedAt.toISOString(),
    last_sign: one.seenAt.toISOString(),
    lost: one.lost,
    task: one.task,
    in_hand: one.inHand,
    done: one.done,
    failed: one.failed,
    calls: one.calls,
    per_second: one.perSecond,
    waiting_for: one.waitingFor,
  }));
}

/** Nothing where nobody works. */
export function printWorkers(terminal: Terminal, workers: readonly WorkerOverview[]): void {
  if (workers.length === 0) return;
  terminal.print();
  printTable(
    terminal,
    [
      'worker',
      'at',
      'claimed',
      'of',
      'done',
      'failed',
      'per second',
      'working for',
      'last heartbeat',
    ],
    workers.map((one) => [
      `${one.host}:${one.pid}`,
      one.task ?? 'rest',
      count(one.lost ? 0 : one.inHand),
      count(one.maxWorkers),
      count(one.done),
      count(one.failed),
      one.perSecond === null || one.lost ? null : one.perSecond.toFixed(1),
      duration((one.seenAt.getTime() - one.startedAt.getTime()) / 1000),
      `${duration(one.silentSeconds)} ago${one.lost ? ': lost; other workers take over its tasks' : one.waitingFor === null ? '' : `; waiting for ${one.waitingFor}`}`,
    ]),
  );
}
