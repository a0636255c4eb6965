/**
 * Scale scores from arrays of points, by each scale's own rule: the arithmetic of
 * `instruments/score.ts` over many administrations at once. A test holds the two against each other
 * and against the database.
 */

import { weigh } from '../instruments/score.ts';
import type { PointRange } from '../instruments/structure.ts';
import {
  type AdministeredItem,
  type Answered,
  type Points,
  type StudyQuestionnaire,
  type StudyScale,
  UNANSWERED,
} from './data.ts';

/** Scores of some administrations on one scale, in their order. */
export interface ScaleScores {
  /** NaN where too few members have points. */
  readonly totals: Float64Array;
  /** A score is its total by this: whole numbers stay whole until the one division. */
  readonly divisors: Float64Array;
  /** Items with points; for a scale of scales, those of its parts. */
  readonly itemsAnswered: Int32Array;
}

/** What scores come from: answers of administrations, or of sheets. */
export type Scored = Pick<Answered, 'questionnaire' | 'points'>;

/** A scale of a questionnaire. */
export function scaleOf({ scales }: StudyQuestionnaire, id: string): StudyScale {
  return scales.find((scale) => scale.id === id)!;
}

/** An item of a scale, with what turns it round. */
export interface WeightedColumn {
  readonly column: number;
  readonly weight: number;
  /** Null where the schema does not tell: an item that is turned round has no points then. */
  readonly range: PointRange | null;
}

/** The items of a scale, in order; of a scale of scales those of its parts, with both weights. */
export function columnsOfScale(
  questionnaire: StudyQuestionnaire,
  scale: StudyScale,
): readonly WeightedColumn[] {
  const weights = new Map<number, number>();
  const add = (of: StudyScale, times: number) => {
    for (const { column, weight } of of.members)
      weights.set(column, (weights.get(column) ?? 0) + times * weight);
    for (const part of of.parts) add(scaleOf(questionnaire, part.scale), times * part.weight);
  };
  add(scale, 1);
  return [...weights]
    .filter(([, weight]) => weight !== 0)
    .sort(([first], [second]) => first - second)
    .map(([column, weight]) => ({ column, weight, range: questionnaire.items[column]!.range }));
}

/** Every item that is on some scale, as it scores before a scale turns it round. */
export function columnsOfAllScales(questionnaire: StudyQuestionnaire): readonly WeightedColumn[] {
  const { items, scales } = questionnaire;
  const own = new Set(
    scales.flatMap((scale) => columnsOfScale(questionnaire, scale).map(({ column }) => column)),
  );
  return [...items.keys()]
    .filter((column) => own.has(column))
    .map((column) => ({ column, weight: 1, range: items[column]!.range }));
}

/** What an answer scores before a scale turns it round; `UNANSWERED` for a missing code. */
export function pointsOfAnswer({ points, key }: AdministeredItem, answer: number): number {
  const own = points.get(answer);
  if (own !== undefined) return own ?? UNANSWERED;
  return key === null ? answer : Number(answer === key);
}

/** What the points at a place count on a scale; `UNANSWERED` where they count nothing. */
export function countOn(points: number, { weight, range }: Omit<WeightedColumn, 'column'>): number {
  if (points === UNANSWERED) return UNANSWERED;
  if (weight > 0) return weight * points;
  return range === null ? UNANSWERED : weigh(points, weight, range);
}

/**
 * Lowest and highest sum of what the items count; null where the schema does not tell of some item.
 */
export function rangeOfTotal(columns: readonly WeightedColumn[]): PointRange | null {
  let [low, high] = [0, 0];
  for (const { weight, range } of columns) {
    if (range === null) return null;
    low += Math.abs(weight) * range.low;
    high += Math.abs(weight) * range.high;
  }
  return { low, high };
}

/** Of administrations. */
type Positions = readonly number[] | Int32Array;

/** @param positions of administrations */
export function scoreScale(answered: Scored, scale: StudyScale, positions: Positions): ScaleScores {
  return scale.parts.length > 0
    ? scoreParts(answered, scale, positions)
    : scoreItems(answered, scale, positions);
}

function scoreItems(
  { questionnaire, points }: Scored,
  scale: StudyScale,
  positions: Positions,
): ScaleScores {
  const { items } = questionnaire;
  const width = items.length;
  const members = scale.members.map((member) => ({
    ...member,
    range: items[member.column]!.range,
  }));
  const scores = emptyScores(positions.length);
  const sum = new Sum(scale, members);
  positions.forEach((position, row) => {
    const centre = scale.isCentred ? centreOf(questionnaire, points, position) : 0;
    sum.begin();
    for (const member of members) {
      const counts = countOn(points[position * width + member.column]!, member);
      if (counts !== UNANSWERED)
        sum.add(counts - Math.abs(member.weight) * centre, Math.abs(member.weight));
    }
    scores.itemsAnswered[row] = sum.found;
    sum.finish(scores, row);
  });
  return scores;
}

/** The mean of the points on all items that are on a scale. */
function centreOf({ items }: StudyQuestionnaire, points: Points, position: number): number {
  let sum = 0;
  let found = 0;
  for (let column = 0; column < items.length; column++) {
    const own = points[position * items.length + column]!;
    if (own === UNANSWERED || items[column]!.scale === null) continue;
    sum += own;
    found++;
  }
  return found === 0 ? 0 : sum / found;
}

function scoreParts(answered: Scored, scale: StudyScale, positions: Positions): ScaleScores {
  const parts = scale.parts.map((part) => ({
    ...part,
    ...scoreScale(answered, scaleOf(answered.questionnaire, part.scale), positions),
  }));
  const scores = emptyScores(positions.length);
  const sum = new Sum(scale, parts);
  for (let row = 0; row < positions.length; row++) {
    sum.begin();
    for (const { totals, divisors, itemsAnswered, ...part } of parts) {
      scores.itemsAnswered[row]! += itemsAnswered[row]!;
      const own = totals[row]! / divisors[row]!;
      if (!Number.isNaN(own)) sum.add(weigh(own, part.weight, part), Math.abs(part.weight));
    }
    sum.finish(scores, row);
  }
  return scores;
}

/**
 * Lowest and highest score, every member answered. Null where the schema does not tell, and for
 * scores that are centred on the person.
 */
export function rangeOfScores({ items }: StudyQuestionnaire, scale: StudyScale): PointRange | null {
  const members = [
    ...scale.parts.map(({ low, high, weight }) => ({ range: { low, high }, weight })),
    ...scale.members.map(({ column, weight }) => ({ range: items[column]!.range, weight })),
  ];
  if (scale.isCentred || members.some(({ range }) => range === null)) return null;
  const scores = emptyScores(2);
  const sum = new Sum(scale, members);
  (['low', 'high'] as const).forEach((end, row) => {
    sum.begin();
    for (const { range, weight } of members)
      sum.add(Math.abs(weight) * range![end], Math.abs(weight));
    sum.finish(scores, row);
  });
  const [low, high] = scores.totals.map((total, row) => total / scores.divisors[row]!);
  return members.length === 0 ? null : { low: low!, high: high! };
}

function emptyScores(count: number): ScaleScores {
  return {
    totals: new Float64Array(count).fill(Number.NaN),
    divisors: new Float64Array(count).fill(1),
    itemsAnswered: new Int32Array(count),
  };
}

/** Puts one score together; used again for the next. */
class Sum {
  readonly #scale: StudyScale;
  readonly #size: number;
  readonly #weight: number;
  #total = 0;
  #own = 0;
  #highest = 0;
  #positive = 0;
  /** Members with points. */
  found = 0;

  constructor(scale: StudyScale, members: readonly { readonly weight: number }[]) {
    this.#scale = scale;
    this.#size = members.length;
    this.#weight = members.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
  }

  begin(): void {
    this.#total = 0;
    this.#own = 0;
    this.#highest = Number.NEGATIVE_INFINITY;
    this.#positive = 0;
    this.found = 0;
  }

  add(counts: number, weight: number): void {
    this.#total += counts;
    this.#own += weight;
    this.#highest = Math.max(this.#highest, counts);
    if (counts > 0) this.#positive++;
    this.found++;
  }

  finish({ totals, divisors }: ScaleScores, row: number): void {
    const { score, mostMissing, prorate } = this.#scale;
    const lacking = this.#size - this.found;
    if (this.found === 0 || lacking > mostMissing) return;
    if (score === 'max') totals[row] = this.#highest;
    else if (score === 'count') totals[row] = this.#positive;
    else if (score === 'mean') [totals[row], divisors[row]] = [this.#total, this.#own];
    else if (prorate && lacking > 0)
      [totals[row], divisors[row]] = [this.#total * this.#weight, this.#own];
    else totals[row] = this.#total;
  }
}
