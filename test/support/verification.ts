import type { Database } from '../../src/db/connect.ts';
import { verifyStudy } from '../../src/evidence/verify-study.ts';
import {
  Checked,
  type Deviation,
  describeDeviation,
} from '../../src/experiments/verification/deviation.ts';

/** What "personas verify" finds in a study. */
export async function verified(database: Database) {
  const checked = new Checked();
  const found: Deviation[] = [];
  for await (const one of verifyStudy(database, checked)) found.push(one);
  return {
    found,
    lines: found.map(describeDeviation),
    checked: Object.fromEntries(checked),
    unchecked: Object.fromEntries(checked.unchecked),
  };
}
