/**
 * The queue of a database that one process has to itself: it is in memory, and ends with it. Runs
 * of that process share it, so that none takes what another has in hand.
 */
import { randomUUID } from 'node:crypto';
import type { MemoryQueue } from '../../db/connect.ts';
import type { Claim } from '../task.ts';
import type { TaskQueue } from './queue.ts';

/** @param queues of the database, by name */
export function openMemoryQueue(queues: Map<string, MemoryQueue>, name: string): TaskQueue {
  const queue = queues.get(name) ?? { tasks: new Map(), runs: new Set() };
  queues.set(name, queue);
  const run = Symbol(name);
  queue.runs.add(run);
  const { tasks } = queue;
  const own = new Set<string>();

  const drop = (claims: readonly Claim[]) => {
    for (const { id, taskId } of claims) {
      if (own.delete(id)) tasks.delete(taskId);
    }
  };
  const isOpen = (groupId: number, groups: readonly number[] | null, excluded: readonly number[]) =>
    (groups === null || groups.includes(groupId)) && !excluded.includes(groupId);

  return {
    isShared: false,
    async offer(offered) {
      for (const { id, groupId } of offered)
        if (!tasks.has(id)) tasks.set(id, { groupId, claim: null });
    },
    async claim(count, excludedGroups) {
      const claims: Claim[] = [];
      for (const [taskId, task] of tasks) {
        if (claims.length >= count) break;
        if (task.claim !== null || excludedGroups.includes(task.groupId)) continue;
        const id = randomUUID();
        tasks.set(taskId, { ...task, claim: id });
        own.add(id);
        claims.push({ taskId, id, retryCount: 0 });
      }
      return claims;
    },
    // A transaction that fails leaves the claims as they are.
    async settle() {},
    settled: drop,
    async release(claims) {
      drop(claims);
    },
    async open(groups, excludedGroups = []) {
      return [...tasks.values()].filter(({ groupId }) => isOpen(groupId, groups, excludedGroups))
        .length;
    },
    async [Symbol.asyncDispose]() {
      for (const [taskId, { claim }] of tasks)
        if (claim !== null && own.has(claim)) tasks.delete(taskId);
      queue.runs.delete(run);
      if (queue.runs.size === 0) queues.delete(name);
    },
  };
}
