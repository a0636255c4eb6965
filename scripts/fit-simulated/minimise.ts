/**
 * Finds the lowest point of a function without derivatives (Nelder and Mead 1965), the same way
 * each time.
 */

/** Enough to tell a promising start from another; and enough to arrive. */
const ROUNDS = { first: 120, all: 600 } as const;
const PROMISING = 2;
/** What is minimised is of the order of 1; less than this is no gain. */
const SMALL = 1e-6;

/**
 * @param f from a point to what is to be small
 * @param starts where to begin; the most promising are followed to their end
 * @param step size of the first steps along each axis
 */
export function minimise(
  f: (point: readonly number[]) => number,
  starts: readonly (readonly number[])[],
  step: readonly number[],
): readonly number[] {
  const begun = starts
    .map((start) => descend(f, start, step, ROUNDS.first))
    .sort((a, b) => a.value - b.value);
  const ended = begun.slice(0, PROMISING).map((vertex) => arrive(f, vertex, step));
  return ended.reduce((best, one) => (one.value < best.value ? one : best)).at;
}

function arrive(
  f: (point: readonly number[]) => number,
  from: Vertex,
  step: readonly number[],
): Vertex {
  let best = from;
  // A simplex can collapse before it arrives; a fresh one at the place where it ended goes on.
  for (let again = 0; again < 4; again++) {
    const found = descend(f, best.at, step, ROUNDS.all);
    const gain = best.value - found.value;
    if (gain > 0) best = found;
    if (gain < SMALL) break;
  }
  return best;
}

interface Vertex {
  readonly at: readonly number[];
  readonly value: number;
}

function descend(
  f: (point: readonly number[]) => number,
  start: readonly number[],
  step: readonly number[],
  rounds: number,
): Vertex {
  const vertex = (at: number[]): Vertex => ({ at, value: f(at) });
  const simplex = [
    vertex([...start]),
    ...step.map((size, axis) => vertex(start.map((x, i) => (i === axis ? x + size : x)))),
  ];
  for (let round = 0; round < rounds; round++) {
    simplex.sort((a, b) => a.value - b.value);
    const best = simplex[0]!;
    const worst = simplex.at(-1)!;
    if (worst.value - best.value < SMALL) break;
    const others = simplex.slice(0, -1);
    const centre = start.map(
      (_, i) => others.reduce((sum, { at }) => sum + at[i]!, 0) / others.length,
    );
    const along = (factor: number) => vertex(centre.map((c, i) => c + factor * (worst.at[i]! - c)));
    const reflected = along(-1);
    let next: Vertex | null = reflected;
    if (reflected.value < best.value) {
      const expanded = along(-2);
      if (expanded.value < reflected.value) next = expanded;
    } else if (reflected.value >= others.at(-1)!.value) {
      const contracted = reflected.value < worst.value ? along(-0.5) : along(0.5);
      next = contracted.value < Math.min(worst.value, reflected.value) ? contracted : null;
    }
    if (next !== null) simplex[simplex.length - 1] = next;
    else
      for (let i = 1; i < simplex.length; i++)
        simplex[i] = vertex(simplex[i]!.at.map((x, j) => (x + best.at[j]!) / 2));
  }
  simplex.sort((a, b) => a.value - b.value);
  return simplex[0]!;
}
