/** What the fault bench claims, with the numbers that bear it. */
import type { Account } from './account.ts';

export interface Claims {
  /** `measured` is to be at most the limit. */
  atMost(what: string, measured: number, limit: number): void;
  atLeast(what: string, measured: number, limit: number): void;
  /** A number that is told, and claims nothing. */
  tell(what: string, measured: number): void;
  /** A part that this machine cannot do. */
  skip(why: string): void;
  readonly missed: number;
}

export function createClaims(): Claims {
  let missed = 0;
  const line = (verdict: string, what: string, measured: number, limit: string) => {
    const number = Number.isInteger(measured) ? String(measured) : measured.toFixed(3);
    console.log(`${verdict.padEnd(7)} ${what.padEnd(100)} ${number.padStart(8)} ${limit}`);
  };
  const claim = (kept: boolean, what: string, measured: number, limit: string) => {
    if (!kept) missed++;
    line(kept ? 'kept' : 'MISSED', what, measured, limit);
  };
  return {
    atMost: (what, measured, limit) => claim(measured <= limit, what, measured, `(≤ ${limit})`),
    atLeast: (what, measured, limit) => claim(measured >= limit, what, measured, `(≥ ${limit})`),
    tell: (what, measured) => line('', what, measured, ''),
    skip: (why) => console.log(`skipped ${why}`),
    get missed() {
      return missed;
    },
  };
}

/** What must hold after everything, whatever happened in between. */
export function claimSound(claims: Claims, of: string, account: Account): void {
  claims.atMost(`${of}: experiments that have not succeeded`, account.open, 0);
  claims.atMost(`${of}: items missing or stored twice`, account.itemsOff, 0);
  claims.atMost(
    `${of}: sheets that are not what the provider's valid reply said`,
    account.wrongSheets,
    0,
  );
  claims.atMost(
    `${of}: stored replies that the provider did not send, or that are stored twice`,
    account.inventedCalls,
    0,
  );
  claims.atMost(
    `${of}: calls received by the provider that the database says nothing of`,
    account.silentCalls,
    0,
  );
  claims.atMost(
    `${of}: calls about somebody whose valid reply was stored already (paid twice)`,
    account.paidTwice,
    0,
  );
}
