/** Two levels side by side: which units are compared, and how. */

import { type Ending, sayEndings } from '../../endings.ts';
import type { Reasons } from '../rows.ts';
import type { Pair } from './chosen.ts';
import {
  type CaseMeans,
  type CellSums,
  match,
  type Pool,
  repetitionMeans,
  sumOthers,
} from './matching.ts';
import type { Factor } from './observations.ts';
import { countIdentical } from './repetitions.ts';

type Method = 'paired' | 'independent' | 'clustered';

export interface Comparison {
  /**
   * `paired`: the same cases in the same order. `independent`: no case is in both. `clustered`: some
   * are.
   */
  readonly method: Method;
  /** What a value is of: an arm of a single case has one a repetition. */
  readonly unit: 'case' | 'repetition';
  /** Whether an arm is a single case whose repetitions all gave the same answers. */
  readonly isRepeatedAlike: boolean;
  readonly first: CaseMeans;
  readonly second: CaseMeans;
  /** Cases of each arm, whether or not compared, and of both. */
  readonly nFirst: number;
  readonly nSecond: number;
  readonly nBoth: number;
}

/** Below this share of the smaller arm, pairs would leave out most of the cases. */
const LEAST_PAIRED = 0.5;

/** @param levels as `sumLevels` makes them of these values */
export function compareLevels(
  pool: Pool,
  factor: Factor,
  levels: readonly CellSums[],
  { level, reference }: Pair,
  values: Float64Array,
): Comparison {
  const first = levels[level]!;
  const second = reference === null ? sumOthers(levels, level) : levels[reference]!;
  const matched = match(pool, first, second);
  const nBoth = matched.paired.first.cases.length;
  const [nFirst, nSecond] = [countCases(pool, first), countCases(pool, second)];
  const counts = { nFirst, nSecond, nBoth };
  const least = Math.min(nFirst, nSecond);
  if (nBoth >= 2 && nBoth >= LEAST_PAIRED * least)
    return {
      ...{ method: 'paired', unit: 'case', isRepeatedAlike: false },
      ...matched.paired,
      ...counts,
    };
  if (least === 1) {
    const isFirst = (at: number) => factor.codes[at] === level;
    const isSecond = (at: number) =>
      reference === null ? !isFirst(at) && factor.codes[at] !== -1 : factor.codes[at] === reference;
    const isAlike = (isLevel: (at: number) => boolean) =>
      countIdentical(pool.observed, pool.positions.filter(isLevel)) > 0;
    return {
      ...{ method: 'independent', unit: 'repetition', ...counts },
      isRepeatedAlike: (nFirst === 1 && isAlike(isFirst)) || (nSecond === 1 && isAlike(isSecond)),
      first: nFirst === 1 ? repetitionMeans(pool, isFirst, values, 'first') : matched.first,
      second: nSecond === 1 ? repetitionMeans(pool, isSecond, values, 'second') : matched.second,
    };
  }
  const known = new Set(matched.first.cases);
  const isDisjoint = !matched.second.cases.some((one) => known.has(one));
  return {
    method: isDisjoint ? 'independent' : 'clustered',
    unit: 'case',
    isRepeatedAlike: false,
    first: matched.first,
    second: matched.second,
    ...counts,
  };
}

function countCases({ caseOf, observed }: Pool, { counts }: CellSums): number {
  const found = new Uint8Array(observed.nCases);
  let n = 0;
  for (let cell = 0; cell < counts.length; cell++) {
    if (counts[cell] === 0 || found[caseOf[cell]!] === 1) continue;
    found[caseOf[cell]!] = 1;
    n++;
  }
  return n;
}

export const ALL_OTHERS = 'all others';

/** As rows name them. */
export function namePair({ name, levels }: Factor, { level, reference }: Pair) {
  return {
    factor: name,
    level: levels[level]!.label,
    reference: reference === null ? ALL_OTHERS : levels[reference]!.label,
  };
}

/** Notes why there is nothing to compare, where there is nothing. */
export function explainMissing(
  pool: Pool,
  factor: Factor,
  { level, reference }: Pair,
  { nFirst, nSecond, first, second }: Comparison,
  reasons: Reasons,
): void {
  if (nFirst === 0) reasons.add(explainLevel(pool, factor, level));
  if (nSecond === 0)
    reasons.add(
      reference === null ? 'no other level has a value' : explainLevel(pool, factor, reference),
    );
  if (nFirst > 0 && nSecond > 0 && Math.min(first.values.length, second.values.length) === 0)
    reasons.add(
      `no two values with everything else equal (${pool.held.map(({ name }) => name).join(', ')})`,
    );
}

/** Why a level has no value, where it has none. */
export function explainLevel(
  { observed, positions }: Pool,
  { codes, levels }: Factor,
  level: number,
): string {
  const { label } = levels[level]!;
  const endings: Ending[] = [];
  for (const at of positions)
    if (codes[at] === level) endings.push(observed.administrations[at]!.ending);
  if (endings.length === 0) return `"${label}" was not administered`;
  if (endings.every((one) => one === 'refused'))
    return `all ${endings.length} administrations of "${label}" were refused`;
  if (!endings.includes('answered'))
    return `no administration of "${label}" has succeeded (${sayEndings(endings)})`;
  return `no administration of "${label}" has a value`;
}
