/** Small systems of equations, and the eigenvalues of small symmetric matrices. */

/**
 * The x with matrix · x = right, by elimination with the largest pivot; null where the matrix is
 * singular to within rounding.
 * @param matrix row-major, left as it is
 */
export function solveLinear(
  matrix: Float64Array,
  right: Float64Array,
): Float64Array<ArrayBuffer> | null {
  const k = right.length;
  const a = Float64Array.from(matrix);
  const x = Float64Array.from(right);
  const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let column = 0; column < k; column++) {
    let pivot = column;
    for (let row = column + 1; row < k; row++)
      if (Math.abs(a[row * k + column]!) > Math.abs(a[pivot * k + column]!)) pivot = row;
    const head = a[pivot * k + column]!;
    if (!(Math.abs(head) > 1e-13 * largest)) return null;
    if (pivot !== column) {
      for (let j = 0; j < k; j++)
        [a[column * k + j], a[pivot * k + j]] = [a[pivot * k + j]!, a[column * k + j]!];
      [x[column], x[pivot]] = [x[pivot]!, x[column]!];
    }
    for (let row = column + 1; row < k; row++) {
      const factor = a[row * k + column]! / head;
      if (factor === 0) continue;
      for (let j = column; j < k; j++) a[row * k + j]! -= factor * a[column * k + j]!;
      x[row]! -= factor * x[column]!;
    }
  }
  for (let row = k - 1; row >= 0; row--) {
    let rest = x[row]!;
    for (let j = row + 1; j < k; j++) rest -= a[row * k + j]! * x[j]!;
    x[row] = rest / a[row * k + row]!;
  }
  return x;
}

/**
 * Eigenvalues of a symmetric matrix in descending order: Householder's reduction to three
 * diagonals, then implicit QL steps (Golub & Van Loan 2013, ch. 8.3).
 * @param matrix row-major, left as it is
 */
export function eigenvaluesOf(matrix: Float64Array, k: number): Float64Array<ArrayBuffer> {
  const { diagonal, below } = tridiagonalise(Float64Array.from(matrix), k);
  for (let low = 0; low < k; low++) {
    for (let step = 0; step < 60; step++) {
      let end = low;
      while (end < k - 1) {
        const size = Math.abs(diagonal[end]!) + Math.abs(diagonal[end + 1]!);
        if (Math.abs(below[end]!) <= Number.EPSILON * size) break;
        end++;
      }
      if (end === low) break;
      rotateDown(diagonal, below, low, end);
    }
  }
  return diagonal.sort().reverse();
}

interface Tridiagonal {
  readonly diagonal: Float64Array<ArrayBuffer>;
  /** Position i is beside i and i + 1. */
  readonly below: Float64Array;
}

function tridiagonalise(a: Float64Array, k: number): Tridiagonal {
  const diagonal = new Float64Array(k);
  const below = new Float64Array(k);
  const v = new Float64Array(k);
  const p = new Float64Array(k);
  for (let c = 0; c < k - 2; c++) {
    let squares = 0;
    for (let i = c + 1; i < k; i++) squares += a[i * k + c]! ** 2;
    const head = a[(c + 1) * k + c]!;
    const length = Math.sqrt(squares);
    below[c] = head > 0 ? -length : length;
    // Householder's vector, and 2 by its square.
    const own = squares - head * below[c]!;
    if (!(own > 0)) continue;
    for (let i = c + 1; i < k; i++) v[i] = a[i * k + c]!;
    v[c + 1] = head - below[c]!;
    let product = 0;
    for (let i = c + 1; i < k; i++) {
      let sum = 0;
      for (let j = c + 1; j < k; j++) sum += a[i * k + j]! * v[j]!;
      p[i] = sum / own;
      product += p[i]! * v[i]!;
    }
    const half = product / (2 * own);
    for (let i = c + 1; i < k; i++) p[i]! -= half * v[i]!;
    for (let i = c + 1; i < k; i++)
      for (let j = c + 1; j < k; j++) a[i * k + j]! -= v[i]! * p[j]! + p[i]! * v[j]!;
  }
  for (let i = 0; i < k; i++) diagonal[i] = a[i * k + i]!;
  if (k > 1) below[k - 2] = a[(k - 1) * k + k - 2]!;
  return { diagonal, below };
}

/** One implicit QL step on the block from `low` to `end`. */
function rotateDown(diagonal: Float64Array, below: Float64Array, low: number, end: number): void {
  const half = (diagonal[low + 1]! - diagonal[low]!) / (2 * below[low]!);
  const root = Math.hypot(half, 1);
  let g = diagonal[end]! - diagonal[low]! + below[low]! / (half + (half < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = end - 1; i >= low; i--) {
    const f = sine * below[i]!;
    const b = cosine * below[i]!;
    const length = Math.hypot(f, g);
    below[i + 1] = length;
    if (length === 0) {
      diagonal[i + 1]! -= shift;
      below[end] = 0;
      return;
    }
    sine = f / length;
    cosine = g / length;
    g = diagonal[i + 1]! - shift;
    const turn = (diagonal[i]! - g) * sine + 2 * cosine * b;
    shift = sine * turn;
    diagonal[i + 1] = g + shift;
    g = cosine * turn - b;
  }
  diagonal[low]! -= shift;
  below[low] = g;
  below[end] = 0;
}
