/** Whether going on is of any use: one provider as the failures of a whole run show it. Pure: time is given. */
import type { RetryPolicy } from '../config.ts';
import { isCommonToAll } from '../errors.ts';
import type { CallRecord } from './task.ts';

/** So many tasks in a row that failed alike mean that the next one will, too. */
const POINTLESS = 20;
/**
 * A provider that has brought nothing for so long is not coming back tonight, unless the policy has more patience. Shorter than what one
 * task is given, so that the run ends, and not one task after the other loses an hour.
 */
const DEAD_AFTER_MS = 45 * 60_000;
const SHARE_OF_PATIENCE = 0.75;

export interface Outlook {
  /**
   * Every call, whatever became of it.
   * @returns why the run should end, or null when it should go on
   */
  note(call: Pick<CallRecord, 'errorKind' | 'reason'>, now: number): string | null;
  /**
   * A task that was given up.
   * @returns why the run should end, or null when it should go on
   */
  failed(call: Pick<CallRecord, 'errorKind'>, reason: string): string | null;
}

/** @param now milliseconds since 1970 */
export function createOutlook(policy: Pick<RetryPolicy, 'total_s' | 'throttle_patience_s'>, now: number): Outlook {
  const deadAfterMs = Math.max(DEAD_AFTER_MS, SHARE_OF_PATIENCE * 1000 * Math.max(policy.total_s, policy.throttle_patience_s));
  let heard = false;
  let lastHeard = now;
  let last: { readonly kind: string; readonly reason: string } | null = null;
  let sameKind = 0;
  let sameWords = 0;
  return {
    note({ errorKind, reason }, at) {
      if (errorKind !== null) {
        if (at - lastHeard < deadAfterMs) return null;
        return `nothing has come back for ${Math.floor((at - lastHeard) / 60_000)} minutes: ${reason}`;
      }
      heard = true;
      lastHeard = at;
      last = null;
      sameKind = 0;
      sameWords = 0;
      return null;
    },
    failed({ errorKind }, reason) {
      if (errorKind === null) return null;
      if (isCommonToAll(errorKind)) return reason;
      sameKind = last?.kind === errorKind ? sameKind + 1 : 1;
      sameWords = last?.kind === errorKind && last.reason === reason ? sameWords + 1 : 1;
      last = { kind: errorKind, reason };
      // About the one request, unless all of them are turned down with the same words.
      if (errorKind === 'content_filter') return null;
      if (errorKind === 'bad_request') return sameWords < POINTLESS ? null : `${POINTLESS} in a row failed with the same words: ${reason}`;
      if (!heard && sameKind >= POINTLESS) return `${POINTLESS} in a row failed alike, and nothing has succeeded yet: ${reason}`;
      return null;
    },
  };
}
