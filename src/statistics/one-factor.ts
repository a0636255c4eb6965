/** One common factor behind some variables. */
import { solveLinear } from './linear.ts';
import { type NotAvailable, notAvailable } from './not-available.ts';

export interface OneFactor {
  /** One a variable, in its units; their sum is not negative. */
  readonly loadings: Float64Array;
  /** What the factor leaves of each variance. */
  readonly uniquenesses: Float64Array;
  /**
   * How a function of the loadings moves with the covariances: from its derivatives by the loadings
   * the weights u with which a change dS of what is off the diagonal moves it by
   * Σ over i ≠ j of u_i loading_j dS_ij.
   */
  readonly weightsOf: (slopes: Float64Array) => Float64Array;
}

const HEYWOOD = 'a Heywood case: one factor would explain more than all variance of an item';

const MOST_SWEEPS = 500;
const MOST_STEPS = 50;

/**
 * The factor that leaves the least sum of squares of the covariances (unweighted least squares;
 * Harman & Jones' MINRES 1966), by cyclic descent from the first principal component, then Newton's
 * method.
 *
 * @param covariances symmetric, row-major; or correlations
 * Not available below 3 variables, where one does not vary, where the search does not end, and for a
 * Heywood case: a factor that explains more than all of a variable's variance.
 */
export function fitOneFactor(covariances: Float64Array, k: number): OneFactor | NotAvailable {
  if (k < 3) return notAvailable('fewer than 3 items vary');
  for (let i = 0; i < k; i++)
    if (!(covariances[i * k + i]! > 0)) return notAvailable('an item does not vary');
  const loadings = principalComponent(covariances, k);
  descend(covariances, loadings);
  if (loadings.some((loading, i) => loading * loading > 2 * covariances[i * k + i]!))
    return notAvailable(HEYWOOD);
  const reached = misfitOf(covariances, loadings);
  const jacobian = new Float64Array(k * k);
  const gradient = new Float64Array(k);
  let size = 0;
  for (let i = 0; i < k; i++) size = Math.max(size, covariances[i * k + i]!);
  for (let step = 0; ; step++) {
    differentiate(covariances, loadings, gradient, jacobian);
    const move = solveLinear(jacobian, gradient);
    if (move === null || step === MOST_STEPS)
      return notAvailable('the model of one factor does not converge');
    let largest = 0;
    for (let i = 0; i < k; i++) {
      loadings[i]! -= move[i]!;
      largest = Math.max(largest, Math.abs(move[i]!));
    }
    if (largest <= 1e-11 * Math.sqrt(size)) break;
  }
  // Newton's method ends where the gradient is 0, which need not be at the bottom.
  if (misfitOf(covariances, loadings) > reached + 1e-9 * size * size)
    return notAvailable('the model of one factor does not converge');
  const uniquenesses = loadings.map((loading, i) => covariances[i * k + i]! - loading * loading);
  if (uniquenesses.some((rest, i) => !(rest >= -1e-9 * covariances[i * k + i]!)))
    return notAvailable(HEYWOOD);
  if (loadings.reduce((sum, loading) => sum + loading, 0) < 0)
    for (let i = 0; i < k; i++) loadings[i] = -loadings[i]!;
  differentiate(covariances, loadings, gradient, jacobian);
  if (solveLinear(jacobian, gradient) === null)
    return notAvailable('the model of one factor does not converge');
  return {
    loadings,
    uniquenesses,
    weightsOf: (slopes) => solveLinear(jacobian, slopes)!.map((weight) => -weight),
  };
}

function principalComponent(covariances: Float64Array, k: number): Float64Array<ArrayBuffer> {
  let vector = new Float64Array(k).fill(1);
  // A start that is no other component exactly, whatever the signs of the covariances.
  for (let i = 0; i < k; i++) vector[i] = 1 + i / (10 * k);
  let length = 1;
  for (let step = 0; step < 30; step++) {
    const next = new Float64Array(k);
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) next[i]! += covariances[i * k + j]! * vector[j]!;
    length = Math.hypot(...next);
    vector = next.map((value) => value / length);
  }
  const scale = Math.sqrt(length);
  return vector.map((value) => value * scale);
}

/** The sum of squares of what the factor leaves of the covariances, each once. */
function misfitOf(covariances: Float64Array, loadings: Float64Array): number {
  const k = loadings.length;
  let sum = 0;
  for (let i = 0; i < k; i++)
    for (let j = 0; j < i; j++) sum += (covariances[i * k + j]! - loadings[i]! * loadings[j]!) ** 2;
  return sum;
}

/** Each loading in turn at its best, the others given. */
function descend(covariances: Float64Array, loadings: Float64Array): void {
  const k = loadings.length;
  let squares = loadings.reduce((sum, loading) => sum + loading * loading, 0);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let moved = 0;
    for (let i = 0; i < k; i++) {
      const own = loadings[i]!;
      const others = squares - own * own;
      if (!(others > 0)) return;
      let product = 0;
      for (let j = 0; j < k; j++) if (j !== i) product += covariances[i * k + j]! * loadings[j]!;
      const next = product / others;
      loadings[i] = next;
      squares = others + next * next;
      moved += (next - own) ** 2;
    }
    if (moved <= 1e-10 * squares) return;
  }
}

/** Half of the negative gradient of the sum of squares, and its derivatives by the loadings. */
function differentiate(
  covariances: Float64Array,
  loadings: Float64Array,
  gradient: Float64Array,
  jacobian: Float64Array,
): void {
  const k = loadings.length;
  for (let i = 0; i < k; i++) {
    let sum = 0;
    let squares = 0;
    for (let j = 0; j < k; j++) {
      if (j === i) continue;
      const covariance = covariances[i * k + j]!;
      const implied = loadings[i]! * loadings[j]!;
      sum += (covariance - implied) * loadings[j]!;
      squares += loadings[j]! ** 2;
      jacobian[i * k + j] = covariance - 2 * implied;
    }
    gradient[i] = sum;
    jacobian[i * k + i] = -squares;
  }
}
