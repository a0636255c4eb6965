/** Two standard normal variables with a correlation. */
import { normalCdf } from './distributions.ts';

const TAU = 2 * Math.PI;

/** Nodes above 0, with weights, of the Gauss-Legendre rule of an even order on [-1, 1]. */
function gaussLegendre(order: number): readonly (readonly [node: number, weight: number])[] {
  return Array.from({ length: order / 2 }, (_, place) => {
    let x = Math.cos((Math.PI * (place + 0.75)) / (order + 0.5));
    let slope = 1;
    for (let step = 0; step < 10; step++) {
      let [before, now] = [1, x];
      for (let n = 2; n <= order; n++)
        [before, now] = [now, ((2 * n - 1) * x * now - (n - 1) * before) / n];
      slope = (order * (x * now - before)) / (x * x - 1);
      x -= now / slope;
    }
    return [x, 2 / ((1 - x * x) * slope * slope)] as const;
  });
}

const RULE = gaussLegendre(20);

/** The density at a point; |r| < 1. */
export function bivariateDensity(x: number, y: number, r: number): number {
  const rest = (1 - r) * (1 + r);
  return Math.exp(-(x * x - 2 * r * x * y + y * y) / (2 * rest)) / (TAU * Math.sqrt(rest));
}

/**
 * The probability that neither variable exceeds its limit; |r| < 1, and limits may be infinite.
 * Genz (2004), after Drezner & Wesolowsky (1990), to 1e-14.
 */
export function bivariateCdf(x: number, y: number, r: number): number {
  if (x === Number.NEGATIVE_INFINITY || y === Number.NEGATIVE_INFINITY) return 0;
  if (x === Number.POSITIVE_INFINITY) return normalCdf(y);
  if (y === Number.POSITIVE_INFINITY) return normalCdf(x);
  return Math.abs(r) < 0.925 ? integrateAngle(x, y, r) : nearLine(-x, -y, r);
}

function integrateAngle(x: number, y: number, r: number): number {
  const product = x * y;
  const squares = (x * x + y * y) / 2;
  const half = Math.asin(r) / 2;
  let sum = 0;
  for (const [node, weight] of RULE) {
    for (const at of [1 - node, 1 + node]) {
      const sine = Math.sin(half * at);
      sum += weight * Math.exp((sine * product - squares) / (1 - sine * sine));
    }
  }
  return (sum * half) / TAU + normalCdf(x) * normalCdf(y);
}

/** The probability that both variables exceed their limits, for correlations next to 1 or -1. */
function nearLine(h: number, second: number, r: number): number {
  const k = r < 0 ? -second : second;
  const product = h * k;
  const rest = (1 - r) * (1 + r);
  const gap = (h - k) ** 2;
  const c = (4 - product) / 8;
  const d = (12 - product) / 16;
  let a = Math.sqrt(rest);
  const first = -(gap / rest + product) / 2;
  let sum =
    first > -100
      ? a *
        Math.exp(first) *
        (1 - (c * (gap - rest) * (1 - (d * gap) / 5)) / 3 + (c * d * rest * rest) / 5)
      : 0;
  if (product > -100) {
    const b = Math.sqrt(gap);
    const tail = Math.sqrt(TAU) * normalCdf(-b / a);
    sum -= Math.exp(-product / 2) * tail * b * (1 - (c * gap * (1 - (d * gap) / 5)) / 3);
  }
  a /= 2;
  for (const [node, weight] of RULE) {
    for (const at of [1 - node, 1 + node]) {
      const x = (a * at) ** 2;
      const exponent = -(gap / x + product) / 2;
      if (exponent <= -100) continue;
      const root = Math.sqrt(1 - x);
      const exact = Math.exp((-product * x) / (2 * (1 + root) ** 2)) / root;
      sum += a * weight * Math.exp(exponent) * (exact - (1 + c * x * (1 + d * x)));
    }
  }
  const inner = -sum / TAU;
  if (r > 0) return inner + normalCdf(-Math.max(h, k));
  const wedge = k <= h ? 0 : h < 0 ? normalCdf(k) - normalCdf(h) : normalCdf(-h) - normalCdf(-k);
  return wedge - inner;
}
