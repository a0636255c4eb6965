/** Means of scores that cannot leave their scale. */
import { type Numbers, summarise } from './describe.ts';
import { DEFAULT_LEVEL, type Interval } from './interval.ts';
import { isAvailable, type NotAvailable } from './not-available.ts';
import { shareOf, spanShare } from './shares.ts';
import { testMean } from './t-tests.ts';

/** Of the length of a scale: nearer than this to an end, scores are too skewed for Student's. */
const NEAR_AN_END = 0.1;

/**
 * Student's interval of a mean; near an end of the scale, where it would leave the scale, and of
 * values that are all the same, that of the mean as a share of the scale's length, on the scale of log odds (`spanShare`, with
 * Wilson's at the end itself). Not available below 2 values.
 * @param range lowest and highest score that the scale can have, in points
 */
export function spanBoundedMean(
  values: Numbers,
  { min, max }: { readonly min: number; readonly max: number },
  level = DEFAULT_LEVEL,
): Interval | NotAvailable {
  const student = testMean(values, 0, level);
  const length = max - min;
  const share = (summarise(values).mean - min) / length;
  const isNear = Math.min(share, 1 - share) < NEAR_AN_END;
  const isWithin =
    isAvailable(student) && student.interval.low >= min && student.interval.high <= max;
  if (values.length < 2 || !(length > 0) || (isWithin && !isNear))
    return isAvailable(student) ? student.interval : student;
  const found = shareOf({
    hits: Float64Array.from(values, (value) => (value - min) / length),
    sizes: new Float64Array(values.length).fill(1),
  });
  const span = isAvailable(found) ? spanShare(found, 'Wilson', level) : found;
  return isAvailable(span)
    ? { low: min + length * span.low, high: min + length * span.high, level }
    : span;
}
