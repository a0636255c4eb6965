/** Waits for a database that is away for a while: a server that restarts, a connection that was cut, a disk that is full. */

import type { Timing } from '../../clock.ts';
import { messageOf, UserError } from '../../errors.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;
/** A server that is being restarted or moved is back by then, or somebody must look at it. Nothing is lost by then: the journal has it. */
const LONGEST_MS = 10 * 60_000;

export interface TransientRetryOptions {
  readonly timing: Timing;
  /** What is not done while the database is away, as a clause: "the results of 3 calls are not stored". */
  readonly consequence: () => string;
  /** Told before each wait. */
  readonly onWait?: ((error: unknown) => void) | undefined;
  /** Ends the waiting; what was tried last is thrown. */
  readonly stop?: AbortSignal | undefined;
}

/**
 * Does something with the database, again and again while its trouble is of the passing kind.
 * @param action `again` when it was tried before: the connection may have broken after its last commit
 * @throws UserError when the database stays away; anything that does not pass by itself, at once
 */
export async function retryTransient<R>(action: (again: boolean) => Promise<R>, options: TransientRetryOptions): Promise<R> {
  const { timing, consequence: undone, onWait, stop } = options;
  let since: number | null = null;
  for (let delay = FIRST_DELAY_MS, again = false; ; delay = Math.min(LONGEST_DELAY_MS, delay * 2), again = true) {
    try {
      return await action(again);
    } catch (error) {
      if (!isTransient(error) || stop?.aborted) throw error;
      // From the first failure on: however long the database took before, it did answer.
      since ??= timing.now();
      if (timing.now() - since > LONGEST_MS) {
        throw new UserError(`The database has not answered for ${LONGEST_MS / 60_000} minutes (${messageOf(error)}); ${undone()}`, {
          hint: 'Bring the database back and run the same command again: replies that were not stored are in the journal and will be brought in.',
          exitCode: 1,
          cause: error,
        });
      }
      onWait?.(error);
      await timing.sleep(delay, stop ?? NEVER);
    }
  }
}

/** Lost connections, restarts, full disks, lock conflicts and the time limits of a busy server pass; what is wrong with the data does not. */
export function isTransient(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  if (code !== undefined && /^(08|40|53|57|25P03|55P03)/.test(code)) return true;
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return true;
  return /connection (terminated|timeout|ended)|not queryable|timeout exceeded when trying to connect/i.test(message ?? '');
}

const NEVER = new AbortController().signal;
