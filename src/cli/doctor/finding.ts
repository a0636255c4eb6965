/** The result of one check of `personas doctor`. */
import { messageOf, UserError } from '../../errors.ts';

export type Level = 'ok' | 'warn' | 'fail';

export interface CheckResult {
  /** What was looked at, in one or two words. */
  readonly check: string;
  readonly level: Level;
  readonly fact: string;
  /** What to do, where there is something to do. */
  readonly advice: string | null;
}

export function ok(check: string, fact: string): CheckResult {
  return { check, level: 'ok', fact, advice: null };
}

export function warn(check: string, fact: string, advice: string): CheckResult {
  return { check, level: 'warn', fact, advice };
}

export function fail(check: string, fact: string, advice: string): CheckResult {
  return { check, level: 'fail', fact, advice };
}

/** What was thrown, as a finding: whatever goes wrong is news here, not the end. */
export function findingOf(
  check: string,
  error: unknown,
  level: 'warn' | 'fail' = 'fail',
): CheckResult {
  const advice =
    error instanceof UserError
      ? error.hint
      : 'This is an unexpected error. "personas status --debug" shows where it happens.';
  return { check, level, fact: messageOf(error), advice };
}
