/**
 * How far apart two scores may be and still count as the same: of means, and of one person, in
 * points of a scale and in standard deviations of the sheets' scores on it.
 */
import { standardDeviation } from '../../statistics/describe.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { cronbachAlpha } from '../../statistics/reliability.ts';
import type { Sheets } from '../data.ts';
import {
  type Bounds,
  boundFor,
  DEFAULT_MEAN_BOUND,
  DEFAULT_PERSON_SHARE,
  DEFAULT_PLAN,
} from '../plan.ts';
import { columnsOfScale } from '../scores.ts';
import { readSheetPoints, readSheetScores } from './sheets.ts';

/** Who chose a bound, and with that when: only the first two are older than the answers. */
export type BoundOrigin = 'default' | 'study file' | 'analysis';

/** The bounds of an analysis, as they were given. */
export interface ChosenBounds {
  readonly equivalenceBound: Bounds;
  readonly boundOrigin: BoundOrigin;
  /** Null for the default of each scale. */
  readonly personBound: Bounds | null;
  readonly personBoundOrigin: BoundOrigin;
  /** Share of personas that must be within the bound of a person. */
  readonly personShare: number;
}

export const DEFAULT_BOUNDS: ChosenBounds = {
  equivalenceBound: DEFAULT_PLAN.equivalence_bound,
  boundOrigin: 'default',
  personBound: null,
  personBoundOrigin: 'default',
  personShare: DEFAULT_PERSON_SHARE,
};

export interface ScaleBound {
  readonly points: number;
  /** The same in standard deviations of the sheets' scores; null where these do not vary. */
  readonly sds: number | null;
  readonly origin: BoundOrigin;
  readonly reason: string | null;
}

/** Of one scale. */
export interface ScaleBounds {
  readonly mean: ScaleBound | NotAvailable;
  readonly person: ScaleBound | NotAvailable;
  readonly personShare: number;
}

export function boundsOf(reference: Sheets, scale: string, chosen: ChosenBounds): ScaleBounds {
  const sd = deviationOf(reference, scale);
  const { equivalenceBound, boundOrigin, personBound, personBoundOrigin, personShare } = chosen;
  return {
    mean:
      givenBound(equivalenceBound, boundOrigin, scale, sd) ??
      inPoints(DEFAULT_MEAN_BOUND, sd, 'default'),
    person:
      (personBound === null ? null : givenBound(personBound, personBoundOrigin, scale, sd)) ??
      defaultPersonBound(reference, scale, sd),
    personShare,
  };
}

/** Null for a scale that bounds by scale do not name. */
function givenBound(
  bounds: Bounds,
  origin: BoundOrigin,
  scale: string,
  sd: number | NotAvailable,
): ScaleBound | NotAvailable | null {
  const bound = boundFor(bounds, scale);
  if (bound === null) return null;
  if (typeof bound === 'number') return inPoints(bound, sd, origin);
  if ('points' in bound) return inPoints(bound.points, sd, origin, bound.reason);
  if (!isAvailable(sd)) return sd;
  return sd === 0 ? NO_SPREAD : inPoints(bound.sd * sd, sd, origin, bound.reason);
}

const NO_SPREAD = notAvailable('the sheets do not vary, so that a bound in their SD is 0');

function inPoints(
  points: number,
  sd: number | NotAvailable,
  origin: BoundOrigin,
  reason: string | null = null,
): ScaleBound {
  const sds = isAvailable(sd) && sd > 0 ? points / sd : null;
  return { points, sds, origin, reason };
}

function deviationOf(reference: Sheets, scale: string): number | NotAvailable {
  const read = readSheetScores(reference, scale, 'reference');
  return isAvailable(read) ? standardDeviation(read.scores) : read;
}

const MOST_SHORT_ITEMS = 10;

/**
 * 1 point where a score is the number of keyed answers to few items; elsewhere the standard error
 * of measurement of the sheets, SD √(1 − alpha), with an alpha below 0 as 0.
 */
function defaultPersonBound(
  reference: Sheets,
  id: string,
  sd: number | NotAvailable,
): ScaleBound | NotAvailable {
  const { questionnaire } = reference;
  const scale = questionnaire.scales.find((one) => one.id === id);
  if (scale === undefined) return notAvailable('the reference sheets have no such scale');
  const columns = columnsOfScale(questionnaire, scale);
  const areDichotomous = columns.every(
    ({ weight, range }) => Math.abs(weight) === 1 && range?.low === 0 && range.high === 1,
  );
  if (scale.score === 'sum' && columns.length <= MOST_SHORT_ITEMS && areDichotomous)
    return inPoints(1, sd, 'default', 'one item');
  const read = readSheetPoints(reference, id, 'reference');
  if (!isAvailable(sd)) return sd;
  if (sd === 0) return NO_SPREAD;
  if (!isAvailable(read)) return read;
  const width = read.items.length;
  const alpha = cronbachAlpha(
    Array.from(read.personalityIds, (_, row) =>
      read.points.subarray(row * width, (row + 1) * width),
    ),
  );
  if (!isAvailable(alpha)) return alpha;
  const points = sd * Math.sqrt(1 - Math.max(0, alpha.alpha));
  if (!(points > 0)) return notAvailable('alpha of the sheets is 1, so that their SEM is 0');
  return inPoints(points, sd, 'default', 'one SEM of the sheets');
}
