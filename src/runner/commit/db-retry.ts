/**
 * Retries database actions after transient errors: a server restart, a lost connection, a full
 * disk.
 */
import type { Timing } from '../../clock.ts';
import { sqlStateOf } from '../../db/server-errors.ts';
import { messageOf, UserError } from '../../errors.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;
/**
 * A server that restarts or moves is back by then; otherwise a person must act. Nothing is lost:
 * the journal has it.
 */
const LONGEST_MS = 10 * 60_000;

export interface TransientRetryOptions {
  readonly timing: Timing;
  /**
   * What is not done while the database is unavailable, as a clause: "the results of 3 calls are
   * not stored".
   */
  readonly consequence: () => string;
  /** Called before each wait. */
  readonly onWait?: ((error: unknown) => void) | undefined;
  /** Ends the retries; the last error is thrown. */
  readonly stop?: AbortSignal | undefined;
}

/**
 * Retries a database action while its error is transient.
 * @param action `again` when it was tried before: the connection may have broken after its last
 *   commit
 * @throws UserError when the database stays unavailable; any other error at once
 */
export async function retryTransient<R>(
  action: (again: boolean) => Promise<R>,
  options: TransientRetryOptions,
): Promise<R> {
  const { timing, consequence, onWait, stop } = options;
  let since: number | null = null;
  for (
    let delay = FIRST_DELAY_MS, again = false;
    ;
    delay = Math.min(LONGEST_DELAY_MS, delay * 2), again = true
  ) {
    try {
      return await action(again);
    } catch (error) {
      if (!isTransient(error) || stop?.aborted) throw error;
      // Measured from the first failure: however slow the database was before, it did answer.
      since ??= timing.now();
      if (timing.now() - since > LONGEST_MS) {
        throw new UserError(
          `The database has been unavailable for ${LONGEST_MS / 60_000} minutes (${messageOf(error)}); ${consequence()}`,
          {
            code: 'database-unavailable',
            hint: 'Make the database available and run the same command again: replies that were not stored are in the journal and will be recovered.',
            exitCode: 1,
            cause: error,
          },
        );
      }
      onWait?.(error);
      await timing.sleep(delay, stop ?? NEVER);
    }
  }
}

/**
 * Lost connections, restarts, full disks, lock conflicts and the time limits of a busy server are
 * transient; errors in the data are not.
 */
export function isTransient(error: unknown): boolean {
  const code = sqlStateOf(error);
  const { message } = error as { message?: string };
  if (code !== undefined && /^(08|40|53|57|25P03|55P03)/.test(code)) return true;
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return true;
  return /connection (terminated|timeout|ended)|not queryable|timeout exceeded when trying to connect/i.test(
    message ?? '',
  );
}

/** A signal that never aborts. */
export const NEVER: AbortSignal = new AbortController().signal;
