import type { NotAvailable } from './not-available.ts';

/** One test of a family: all tests with the same `family` are corrected together. */
export interface FamilyTest {
  readonly family: string;
  readonly p: number | NotAvailable;
}

export interface AdjustedTest {
  readonly family: string;
  /** Tests of the family that have a p. */
  readonly familySize: number;
  /** Holm's adjusted p: compare it with the level that the whole family may err at. */
  readonly p: number | NotAvailable;
}

/**
 * Holm's (1979) step-down correction within each family; results in the order of the tests. A test
 * that is not available stays so and does not count. Throws RangeError for a p outside [0, 1].
 */
export function adjustWithinFamilies(tests: readonly FamilyTest[]): readonly AdjustedTest[] {
  const families = Map.groupBy(tests.keys(), (position) => tests[position]!.family);
  const adjusted = new Array<AdjustedTest>(tests.length);
  for (const [family, positions] of families) {
    const available = positions.filter((position) => typeof tests[position]!.p === 'number');
    const byPosition = adjustHolm(available.map((position) => tests[position]!.p as number));
    for (const position of positions)
      adjusted[position] = { family, familySize: available.length, p: tests[position]!.p };
    available.forEach((position, index) => {
      adjusted[position] = { family, familySize: available.length, p: byPosition[index]! };
    });
  }
  return adjusted;
}

function adjustHolm(ps: readonly number[]): readonly number[] {
  requireProbabilities(ps);
  const ascending = ps.map((_, index) => index).sort((a, b) => ps[a]! - ps[b]!);
  const adjusted = new Array<number>(ps.length);
  let largest = 0;
  ascending.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (ps.length - rank) * ps[index]!));
    adjusted[index] = largest;
  });
  return adjusted;
}

/**
 * Benjamini & Hochberg's (1995) adjusted p values, in the order given: those at most q make a list
 * of which at most a share q is expected to be false. Throws RangeError for a p outside [0, 1].
 */
export function adjustBenjaminiHochberg(ps: readonly number[]): readonly number[] {
  requireProbabilities(ps);
  const descending = ps.map((_, index) => index).sort((a, b) => ps[b]! - ps[a]!);
  const adjusted = new Array<number>(ps.length);
  let least = 1;
  descending.forEach((index, place) => {
    least = Math.min(least, (ps.length / (ps.length - place)) * ps[index]!);
    adjusted[index] = least;
  });
  return adjusted;
}

function requireProbabilities(ps: readonly number[]): void {
  for (const p of ps)
    if (!(p >= 0 && p <= 1)) throw new RangeError(`a p value lies between 0 and 1, not at ${p}`);
}
