/** An interval of Cronbach's alpha that assumes no distribution of the points. */
import { crowdAtOneEnd, spanByInfluence } from './influence.ts';
import { DEFAULT_LEVEL, type Interval } from './interval.ts';
import { type NotAvailable, notAvailable } from './not-available.ts';
import { largestUnseenShare } from './unseen.ts';

/** Points of administrations, those of one person next to each other. */
export interface PooledPoints {
  /** Items. */
  readonly k: number;
  /** Row-major: administration × item. */
  readonly points: ArrayLike<number>;
  /** Position of each person's first row, and the number of rows at the end. */
  readonly starts: readonly number[];
  /** The lowest and highest sum of points that an administration can have. */
  readonly range: { readonly low: number; readonly high: number };
}

/**
 * The asymptotically distribution-free interval of alpha (van Zyl, Neudecker & Nel 2000;
 * Maydeu-Olivares, Coffman & Hartmann 2007) on the scale of log(1 − alpha), from the influence of
 * each person with all of that person's administrations. It holds where points are skewed or at the
 * end of their scale, where that of Feldt (1965) does not. With a the sum of squares of a row's
 * deviations from the item means, b the square of their sum, and A and B the totals of both, alpha
 * is k/(k − 1) (1 − A/B), and a row's influence is −k/(k − 1) (a − b A/B)/B.
 *
 * An alpha of 1, where nobody's items disagree, has the interval up to 1 from what it would be if
 * the largest share of persons that may have been missed (`largestUnseenShare`) answered each item
 * by itself, as often as all do.
 *
 * Not available below 3 persons or 2 items, where the total does not vary, where nearly all are at
 * one end of the scale (`crowdAtOneEnd`), and where all persons give the same two answers.
 */
export function spanAlpha(sample: PooledPoints, level = DEFAULT_LEVEL): Interval | NotAvailable {
  const { k, points, starts, range } = sample;
  const persons = starts.length - 1;
  if (persons < 3) return notAvailable('fewer than 3 persons');
  if (k < 2) return notAvailable('fewer than 2 items');
  const rows = starts[persons]!;
  const means = new Float64Array(k);
  for (let at = 0; at < rows * k; at++) means[at % k]! += points[at]! / rows;
  const own = new Float64Array(persons);
  const total = new Float64Array(persons);
  let ownSum = 0;
  let totalSum = 0;
  for (let person = 0; person < persons; person++) {
    for (let row = starts[person]!; row < starts[person + 1]!; row++) {
      let squares = 0;
      let sum = 0;
      for (let item = 0; item < k; item++) {
        const deviation = points[row * k + item]! - means[item]!;
        squares += deviation * deviation;
        sum += deviation;
      }
      own[person]! += squares;
      total[person]! += sum * sum;
    }
    ownSum += own[person]!;
    totalSum += total[person]!;
  }
  if (!(totalSum > 1e-12 * ownSum)) return notAvailable('the total does not vary');
  if (crowdAtOneEnd(personTotals(sample), (range.low + range.high) / 2, 1))
    return notAvailable('too few persons are away from one end of the scale');
  const factor = k / (k - 1);
  const ratio = ownSum / totalSum;
  const rest = 1 - factor * (1 - ratio);
  if (rest < 1e-12) {
    const unseen = largestUnseenShare(persons, level);
    return { low: 1 - unseen / (unseen + k * (1 - unseen)), high: 1, level };
  }
  const influence = own.map(
    (squares, person) => (-factor * (squares - ratio * total[person]!)) / totalSum,
  );
  return spanByInfluence(1 - rest, influence, 'log of the rest', level);
}

/** The sum of the points, a person's mean over administrations. */
export function personTotals({ k, points, starts }: PooledPoints): Float64Array {
  return Float64Array.from({ length: starts.length - 1 }, (_, person) => {
    let sum = 0;
    for (let at = starts[person]! * k; at < starts[person + 1]! * k; at++) sum += points[at]!;
    return sum / (starts[person + 1]! - starts[person]!);
  });
}
