/** Verifies a whole study, one page of administrations after the other. */
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import type { Checked, Deviation } from '../experiments/verification/deviation.ts';
import { administrationsAfter } from '../experiments/verification/stored-store.ts';
import { openVerifier } from '../experiments/verification/verify.ts';

const PAGE = 500;

/**
 * What deviates, one administration after the other; those of one page are in memory at a time.
 * @param checked is counted up
 * @param models of the configuration
 */
export async function* verifyStudy(
  database: Database,
  checked: Checked,
  models: Config['models'] = {},
): AsyncGenerator<Deviation> {
  const verifier = await openVerifier(database, models);
  let last = 0;
  for (;;) {
    const ids = await administrationsAfter(database, last, PAGE);
    if (ids.length === 0) return;
    last = ids.at(-1)!;
    for (const found of (await verifier.verify(ids, checked)).values()) yield* found;
  }
}
