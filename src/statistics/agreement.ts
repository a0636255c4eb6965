import { type Numbers, subtract, summarise } from './describe.ts';
import { fUpperQuantile, normalQuantile, tQuantile } from './distributions.ts';
import { DEFAULT_LEVEL, type Interval, intervalAround, tailOf } from './interval.ts';
import { type NotAvailable, notAvailable } from './not-available.ts';

/**
 * One list per person, each with the score that every rater (method, occasion) gave; complete and
 * of one length, else RangeError.
 */
export type PersonsByRaters = ArrayLike<Numbers>;

export interface Agreement {
  readonly persons: number;
  readonly raters: number;
  readonly icc: number;
  /** McGraw & Wong (1996), Table 7; not available when the raters agree to the last digit. */
  readonly interval: Interval | NotAvailable;
}

/**
 * ICC(A,1) of McGraw & Wong (1996): two-way, absolute agreement, single rater; ICC(2,1) of Shrout &
 * Fleiss (1979). Not available below 2 persons or 2 raters and when all scores are equal.
 */
export function intraclassCorrelation(
  scores: PersonsByRaters,
  level = DEFAULT_LEVEL,
): Agreement | NotAvailable {
  const tail = tailOf(level);
  const persons = scores.length;
  if (persons < 2) return notAvailable('fewer than 2 persons');
  const raters = scores[0]!.length;
  for (let person = 0; person < persons; person++) {
    if (scores[person]!.length !== raters)
      throw new RangeError(
        `person ${person} has ${scores[person]!.length} scores, the first person ${raters}`,
      );
  }
  if (raters < 2) return notAvailable('fewer than 2 raters');
  const { betweenPersons, betweenRaters, error } = partitionVariance(scores, persons, raters);
  const total =
    betweenPersons + (raters - 1) * error + (raters / persons) * (betweenRaters - error);
  if (total === 0) return notAvailable('all scores are equal');
  const icc = (betweenPersons - error) / total;
  return {
    persons,
    raters,
    icc,
    interval: spanIcc(icc, { betweenPersons, betweenRaters, error }, persons, raters, tail, level),
  };
}

interface MeanSquares {
  readonly betweenPersons: number;
  readonly betweenRaters: number;
  readonly error: number;
}

function partitionVariance(scores: PersonsByRaters, persons: number, raters: number): MeanSquares {
  const personMeans = new Float64Array(persons);
  const raterMeans = new Float64Array(raters);
  const column = new Float64Array(persons);
  for (let person = 0; person < persons; person++)
    personMeans[person] = summarise(scores[person]!).mean;
  for (let rater = 0; rater < raters; rater++) {
    for (let person = 0; person < persons; person++) column[person] = scores[person]![rater]!;
    raterMeans[rater] = summarise(column).mean;
  }
  const grand = summarise(personMeans);
  let residual = 0;
  for (let person = 0; person < persons; person++) {
    for (let rater = 0; rater < raters; rater++) {
      const rest =
        scores[person]![rater]! - personMeans[person]! - (raterMeans[rater]! - grand.mean);
      residual += rest * rest;
    }
  }
  return {
    betweenPersons: (raters * grand.squares) / (persons - 1),
    betweenRaters: (persons * summarise(raterMeans).squares) / (raters - 1),
    error: residual / ((persons - 1) * (raters - 1)),
  };
}

function spanIcc(
  icc: number,
  squares: MeanSquares,
  n: number,
  k: number,
  tail: number,
  level: number,
): Interval | NotAvailable {
  const { betweenPersons, betweenRaters, error } = squares;
  // Degrees of freedom by Satterthwaite, with the ratio betweenRaters / error multiplied out, since
  // error may be 0.
  const ofRaters = k * icc * betweenRaters;
  const ofError = (n * (1 + (k - 1) * icc) - k * icc) * error;
  const df =
    ((k - 1) * (n - 1) * (ofRaters + ofError) ** 2) / ((n - 1) * ofRaters ** 2 + ofError ** 2);
  if (!(df > 0)) return notAvailable('the raters agree completely');
  const rest = k * betweenRaters + (k * n - k - n) * error;
  const lower = fUpperQuantile(tail, n - 1, df);
  const upper = fUpperQuantile(tail, df, n - 1);
  return {
    low: (n * (betweenPersons - lower * error)) / (lower * rest + n * betweenPersons),
    high: (n * (upper * betweenPersons - error)) / (rest + n * upper * betweenPersons),
    level,
  };
}

export interface LimitsOfAgreement {
  readonly n: number;
  /** Mean of first − second. */
  readonly bias: { readonly value: number; readonly interval: Interval };
  /** Standard deviation of the differences. */
  readonly sd: number;
  /**
   * The limits between which `share` of the differences lie if they are normal, each with its
   * interval.
   */
  readonly lower: { readonly value: number; readonly interval: Interval };
  readonly upper: { readonly value: number; readonly interval: Interval };
}

/**
 * Limits of agreement of Bland & Altman (1999), with Student intervals from their standard errors s
 * √(1/n) and s √(1/n + z²/(2(n − 1))). `share` is the part of the differences between the limits.
 * Not available below 2 pairs.
 */
export function limitsOfAgreement(
  first: Numbers,
  second: Numbers,
  share = 0.95,
  level = DEFAULT_LEVEL,
): LimitsOfAgreement | NotAvailable {
  const z = -normalQuantile(tailOf(share));
  const tail = tailOf(level);
  const differences = subtract(first, second);
  const n = differences.length;
  if (n < 2) return notAvailable('fewer than 2 pairs');
  const { mean, sd } = summarise(differences);
  const t = -tQuantile(tail, n - 1);
  const reach = t * sd * Math.sqrt(1 / n + (z * z) / (2 * (n - 1)));
  const limitAt = (value: number) => ({ value, interval: intervalAround(value, reach, level) });
  return {
    n,
    bias: { value: mean, interval: intervalAround(mean, (t * sd) / Math.sqrt(n), level) },
    sd,
    lower: limitAt(mean - z * sd),
    upper: limitAt(mean + z * sd),
  };
}
