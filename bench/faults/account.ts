/** Holds what the database says against what the provider knows, call by call. */
import { isDeepStrictEqual } from 'node:util';
import { EPQRA } from '../../test/support/study.ts';
import type { Call } from './provider.ts';
import type { Stored, StoredCall } from './study.ts';

export interface Account {
  /** Experiments that have not succeeded. */
  readonly open: number;
  /** Items that are missing or stored more than once. */
  readonly itemsOff: number;
  /** Sheets that are not what the provider's last valid reply to that person said. */
  readonly wrongSheets: number;
  /**
   * Stored replies that the provider did not send, or sent about somebody else, or that are stored
   * twice.
   */
  readonly inventedCalls: number;
  /**
   * Calls that the provider received and of which the database says nothing, not even that their
   * fate is unknown.
   */
  readonly silentCalls: number;
  /**
   * Stored calls that ended without a reply, beyond those that the provider received. Some calls of
   * unknown fate never left.
   */
  readonly unsentCalls: number;
  readonly unknownFate: number;
  /** Calls about persons of whom a stored valid reply had come before. */
  readonly paidTwice: number;
  readonly calls: number;
}

export function settleAccounts(
  experiments: number,
  provider: readonly Call[],
  stored: Stored,
): Account {
  const sent = new Map(provider.map((call) => [call.index, call]));
  const known = new Set<number>();
  let inventedCalls = 0;
  for (const { person, index } of stored.calls) {
    if (index === null) continue;
    if (known.has(index) || sent.get(index)?.person !== person) inventedCalls++;
    known.add(index);
  }
  const withoutReply = (calls: readonly StoredCall[]) =>
    countBy(calls.filter((call) => call.index === null).map((call) => call.person));
  const told = withoutReply(stored.calls);
  const unmatched = countBy(
    provider.filter((call) => !known.has(call.index)).map((call) => call.person),
  );
  let silentCalls = 0;
  let unsentCalls = 0;
  for (const person of new Set([...told.keys(), ...unmatched.keys()])) {
    const difference = (unmatched.get(person) ?? 0) - (told.get(person) ?? 0);
    if (difference > 0) silentCalls += difference;
    else unsentCalls -= difference;
  }

  const answered = new Map(
    stored.calls.flatMap((call) =>
      call.outcome === 'answered' ? [[call.person, call.index!] as const] : [],
    ),
  );
  const paidTwice = provider.filter(
    (call) => call.index > (answered.get(call.person) ?? Number.POSITIVE_INFINITY),
  ).length;
  const lastValid = new Map(
    provider.flatMap((call) =>
      call.answers === null ? [] : [[call.person, call.answers] as const],
    ),
  );
  const wrongSheets = [...stored.answers].filter(
    ([person, sheet]) => !isDeepStrictEqual(sheet, lastValid.get(person)),
  ).length;
  const expected = stored.succeeded.size * EPQRA.items.length;
  const different = [...stored.answers.values()].reduce((sum, sheet) => sum + sheet.size, 0);
  return {
    open: experiments - stored.succeeded.size,
    itemsOff: Math.abs(expected - different) + (stored.items - different),
    wrongSheets,
    inventedCalls,
    silentCalls,
    unsentCalls,
    unknownFate: stored.calls.filter((call) => call.kind === 'unknown_fate').length,
    paidTwice,
    calls: provider.length,
  };
}

function countBy<K>(keys: readonly K[]): Map<K, number> {
  const counts = new Map<K, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
