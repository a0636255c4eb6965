/**
 * What one administration says of how it was answered, whatever was asked: response styles, and
 * answers that contradict each other. From raw answers, of which the higher one is taken for the
 * stronger agreement. Items of no scale do not count; an item on several scales counts once.
 */
import { type AdministeredItem, type StudyQuestionnaire, UNANSWERED } from '../data.ts';
import { columnsOfScale, pointsOfAnswer, type WeightedColumn } from '../scores.ts';

/** In the order of the table. */
export const STYLE_MEASURES = [
  'acquiescence',
  'contradictions',
  'longest run',
  'variability',
  'end options',
  'middle options',
  'Guttman errors',
  'failed attention checks',
] as const;
export type StyleMeasure = (typeof STYLE_MEASURES)[number];

/**
 * `share`: from 0 to 1. `points`: of the raw answers. `ranges`: of the length of each item's answer
 * scale, where items have different ones. `items`: a number of them.
 */
export type StyleUnit = 'share' | 'points' | 'ranges' | 'items';

/** An item with answers to choose from, or to give as a whole number. */
interface ClosedItem {
  readonly column: number;
  /** Lowest and highest raw answer. */
  readonly low: number;
  readonly high: number;
  readonly options: number;
  /** The answer in the middle of an odd number, at least three. */
  readonly middle: number | null;
  /** Missing codes, which are no answers; null where there are none. */
  readonly codes: ReadonlySet<number> | null;
  /** Divides raw answers. */
  readonly unit: number;
  /** The pairs that the item is in: position of their scale, and on which side. */
  readonly side: { readonly scale: number; readonly isReversed: boolean } | null;
}

/** A dichotomous scale: its items, and which answer counts on it. */
interface GuttmanScale {
  readonly id: string;
  readonly items: readonly { readonly column: number; readonly passing: number }[];
}

export interface StylePlan {
  readonly questionnaire: StudyQuestionnaire;
  /** By column; null for what does not count. */
  readonly items: readonly (ClosedItem | null)[];
  readonly checks: readonly { readonly column: number; readonly demanded: readonly number[] }[];
  /** Scales with keyed and reversed items. */
  readonly pairedScales: number;
  readonly guttman: readonly GuttmanScale[];
  /** Per measure: what it is made of, and in what unit; or why it does not exist here. */
  readonly measures: Readonly<
    Record<StyleMeasure, { readonly unit: StyleUnit; readonly absent: string | null }>
  >;
  /** Lowest and highest value that each measure in points or items can have. */
  readonly ranges: Readonly<
    Partial<Record<StyleMeasure, { readonly min: number; readonly max: number }>>
  >;
}

/** What the measures of a questionnaire are made of. */
export function planStyles(questionnaire: StudyQuestionnaire): StylePlan {
  const { items, scales } = questionnaire;
  const columnsOf = scales.map((scale) => columnsOfScale(questionnaire, scale));
  const scored = new Set(columnsOf.flat().map(({ column }) => column));
  const checks = items.flatMap(({ demanded }, column) =>
    demanded.length > 0 ? [{ column, demanded }] : [],
  );
  const isCheck = new Set(checks.map(({ column }) => column));
  const closed = items.map((item, column) =>
    scored.has(column) && !isCheck.has(column) ? closeItem(item, column) : null,
  );
  const known = closed.filter((item) => item !== null);
  const lengths = new Set(known.map(({ low, high }) => `${low} ${high}`));
  const isMixed = lengths.size > 1;
  const ofScales = columnsOf
    .map((columns, place) => ({ id: scales[place]!.id, columns }))
    // Facets before what they are part of.
    .sort((first, second) => first.columns.length - second.columns.length);
  const sides = pairItems(ofScales, questionnaire, closed);
  const guttman = findDichotomous(ofScales, questionnaire, closed);
  const paired = known.filter(({ column }) => sides.has(column));
  const isYesNo = paired.length > 0 && paired.every(({ options }) => options === 2);
  const pointUnit = isMixed ? 'ranges' : 'points';
  const noItems = known.length === 0 ? 'no scale has items whose answers are known' : null;
  const noPairs = noItems ?? (paired.length === 0 ? 'no scale has keyed and reversed items' : null);
  const length = isMixed ? 1 : (known[0]?.high ?? 0) - (known[0]?.low ?? 0);
  const count = known.length;
  return {
    questionnaire,
    items: closed.map(
      (item) =>
        item && {
          ...item,
          unit: isMixed ? item.high - item.low : 1,
          side: sides.get(item.column) ?? null,
        },
    ),
    checks,
    pairedScales: new Set([...sides.values()].map(({ scale }) => scale)).size,
    guttman,
    measures: {
      acquiescence: { unit: isYesNo ? 'share' : pointUnit, absent: noPairs },
      contradictions: { unit: 'share', absent: noPairs },
      'longest run': { unit: 'items', absent: noItems },
      variability: { unit: pointUnit, absent: noItems },
      'end options': {
        unit: 'share',
        absent:
          noItems ??
          (known.every(({ options }) => options === 2)
            ? 'both answers of a dichotomous item are ends'
            : null),
      },
      'middle options': {
        unit: 'share',
        absent:
          noItems ??
          (known.every(({ middle }) => middle === null)
            ? 'no item has an answer in the middle'
            : null),
      },
      'Guttman errors': {
        unit: 'share',
        absent: noItems ?? (guttman.length === 0 ? 'no scale is dichotomous' : null),
      },
      'failed attention checks': {
        unit: 'share',
        absent: checks.length === 0 ? 'there are no attention checks' : null,
      },
    },
    ranges: {
      ...(isYesNo ? {} : { acquiescence: { min: -length / 2, max: length / 2 } }),
      'longest run': { min: 1, max: Math.max(1, count) },
      // Half of the answers at either end.
      variability: { min: 0, max: count < 2 ? 0 : (length / 2) * Math.sqrt(count / (count - 1)) },
    },
  };
}

/** Null where the answers are not known, or there are not at least two. */
function closeItem(item: AdministeredItem, column: number): ClosedItem | null {
  const { isText, options, key, range, points } = item;
  if (isText) return null;
  const codes = options.map(({ value }) => value).filter((value) => points.get(value) === null);
  const values = options
    .map(({ value }) => value)
    .filter((value) => !codes.includes(value))
    .toSorted((first, second) => first - second);
  const isWhole = range !== null && Number.isInteger(range.low) && Number.isInteger(range.high);
  if (values.length === 0 && key === null && !isWhole) return null;
  const [low, high] = values.length > 0 ? [values[0]!, values.at(-1)!] : [range!.low, range!.high];
  const count = values.length > 0 ? values.length : high - low + 1;
  if (!(high > low)) return null;
  const middle = values.length > 0 ? values[(count - 1) / 2] : (low + high) / 2;
  return {
    column,
    low,
    high,
    options: count,
    middle: count >= 3 && count % 2 === 1 ? middle! : null,
    codes: codes.length === 0 ? null : new Set(codes),
    unit: 1,
    side: null,
  };
}

type ScaleColumns = { readonly id: string; readonly columns: readonly WeightedColumn[] };

/**
 * Whether a higher raw answer counts more on the scale (1) or less (-1); 0 where both ends count
 * the same.
 */
function directionOf(
  { items }: StudyQuestionnaire,
  { low, high }: ClosedItem,
  { column, weight }: WeightedColumn,
): number {
  const item = items[column]!;
  return Math.sign(weight) * Math.sign(pointsOfAnswer(item, high) - pointsOfAnswer(item, low));
}

/**
 * Keyed and reversed items of the same scale. An item is paired on the smallest scale that has both
 * kinds among the items that are still free.
 */
function pairItems(
  scales: readonly ScaleColumns[],
  questionnaire: StudyQuestionnaire,
  closed: readonly (ClosedItem | null)[],
): ReadonlyMap<number, NonNullable<ClosedItem['side']>> {
  const sides = new Map<number, NonNullable<ClosedItem['side']>>();
  let found = 0;
  for (const { columns } of scales) {
    const free = columns.flatMap((one) => {
      const item = closed[one.column];
      if (item === null || item === undefined || sides.has(one.column)) return [];
      const direction = directionOf(questionnaire, item, one);
      return direction === 0 ? [] : [{ column: one.column, isReversed: direction < 0 }];
    });
    if (new Set(free.map(({ isReversed }) => isReversed)).size < 2) continue;
    for (const { column, isReversed } of free) sides.set(column, { scale: found, isReversed });
    found++;
  }
  return sides;
}

/** Scales of dichotomous items; an item is on the smallest one that it belongs to. */
function findDichotomous(
  scales: readonly ScaleColumns[],
  questionnaire: StudyQuestionnaire,
  closed: readonly (ClosedItem | null)[],
): readonly GuttmanScale[] {
  const taken = new Set<number>();
  return scales.flatMap(({ id, columns }): GuttmanScale[] => {
    if (columns.some(({ column }) => closed[column]?.options !== 2)) return [];
    const items = columns
      .filter(({ column }) => !taken.has(column))
      .flatMap((one) => {
        const item = closed[one.column]!;
        const direction = directionOf(questionnaire, item, one);
        return direction === 0
          ? []
          : [{ column: one.column, passing: direction > 0 ? item.high : item.low }];
      });
    if (items.length < 2) return [];
    for (const { column } of items) taken.add(column);
    return [{ id, items }];
  });
}

/** Raw answers, row-major, as `Answered` and `Sheets` have them. */
export type RawAnswers = ArrayLike<number>;

/**
 * Share of the rows that pass each item of a scale, of those that answered it, in the order of its
 * items; 0 where nobody did.
 */
export function passingShares(
  { items }: Pick<GuttmanScale, 'items'>,
  answers: RawAnswers,
  width: number,
  rows: Iterable<number>,
): readonly number[] {
  const passed = items.map(() => 0);
  const found = items.map(() => 0);
  for (const row of rows) {
    items.forEach(({ column, passing }, at) => {
      const answer = answers[row * width + column]!;
      if (answer === UNANSWERED) return;
      found[at]!++;
      if (answer === passing) passed[at]!++;
    });
  }
  return passed.map((count, at) => (found[at] === 0 ? 0 : count / found[at]!));
}

/**
 * The scale with its items from the one that most pass to the one that fewest do; of equals, in
 * their own order.
 */
export function orderItems(scale: GuttmanScale, shares: readonly number[]): GuttmanScale {
  const order = [...scale.items.keys()].sort((a, b) => shares[b]! - shares[a]! || a - b);
  return { ...scale, items: order.map((at) => scale.items[at]!) };
}

/** Reads one administration after another into the same array. */
export class StyleReader {
  readonly #plan: StylePlan;
  readonly #guttman: readonly GuttmanScale[];
  readonly #order: readonly number[];
  /** Scale by scale, keyed and reversed: answers, sum above the middle, affirmed. */
  readonly #found: Int32Array;
  readonly #sums: Float64Array;
  readonly #affirmed: Int32Array;
  /** One a measure, in the order of `STYLE_MEASURES`; NaN where there is none. */
  readonly values = new Float64Array(STYLE_MEASURES.length);

  /** @param guttman scales of the plan with their items in order, as `orderItems` gives them */
  constructor(plan: StylePlan, guttman: readonly GuttmanScale[]) {
    this.#plan = plan;
    this.#guttman = guttman;
    this.#order = [...plan.items.keys()];
    this.#found = new Int32Array(2 * plan.pairedScales);
    this.#sums = new Float64Array(2 * plan.pairedScales);
    this.#affirmed = new Int32Array(2 * plan.pairedScales);
  }

  /**
   * @param from place of the first answer of the administration
   * @param order columns in the order asked; that of the items when null
   */
  read(answers: RawAnswers, from: number, order: readonly number[] | null): void {
    const { items, measures } = this.#plan;
    const isShare = measures.acquiescence.unit === 'share';
    this.#found.fill(0);
    this.#sums.fill(0);
    this.#affirmed.fill(0);
    let [count, mean, squares] = [0, 0, 0];
    let [run, longest] = [0, 0];
    let [previous, previousItem]: [number, ClosedItem | null] = [UNANSWERED, null];
    let [graded, ends, centred, middles] = [0, 0, 0, 0];
    for (const column of order ?? this.#order) {
      const item = items[column];
      if (item === null || item === undefined) continue;
      const answer = answers[from + column]!;
      if (answer === UNANSWERED || item.codes?.has(answer) === true) {
        previous = UNANSWERED;
        continue;
      }
      const isSame =
        answer === previous && item.low === previousItem!.low && item.high === previousItem!.high;
      run = isSame ? run + 1 : 1;
      if (run > longest) longest = run;
      previous = answer;
      previousItem = item;
      const value = (answer - (item.unit === 1 ? 0 : item.low)) / item.unit;
      count++;
      const step = value - mean;
      mean += step / count;
      squares += step * (value - mean);
      if (item.options > 2) {
        graded++;
        if (answer === item.low || answer === item.high) ends++;
      }
      if (item.middle !== null) {
        centred++;
        if (answer === item.middle) middles++;
      }
      if (item.side !== null) {
        const place = 2 * item.side.scale + (item.side.isReversed ? 1 : 0);
        const above = answer - (item.low + item.high) / 2;
        this.#found[place]!++;
        this.#sums[place]! += above / (isShare ? item.high - item.low : item.unit);
        if (above > 0) this.#affirmed[place]!++;
      }
    }
    const { values } = this;
    [values[0], values[1]] = this.#comparePairs(isShare);
    values[2] = count > 0 ? longest : Number.NaN;
    values[3] = count > 1 ? Math.sqrt(squares / (count - 1)) : Number.NaN;
    values[4] = ends / graded;
    values[5] = middles / centred;
    values[6] = this.#countErrors(answers, from);
    values[7] = this.#checkAttention(answers, from);
  }

  /**
   * Over all pairs of a keyed and a reversed item of one scale, both answered: the mean of both
   * answers, and the share of pairs with both affirmed.
   */
  #comparePairs(isShare: boolean): [number, number] {
    let [pairs, sum, both] = [0, 0, 0];
    for (let place = 0; place < this.#found.length; place += 2) {
      const [keyed, reversed] = [this.#found[place]!, this.#found[place + 1]!];
      if (keyed === 0 || reversed === 0) continue;
      const own = keyed * reversed;
      pairs += own;
      sum += (own * (this.#sums[place]! / keyed + this.#sums[place + 1]! / reversed)) / 2;
      both += this.#affirmed[place]! * this.#affirmed[place + 1]!;
    }
    // Of two answers, the middle is half way between No, which is 0, and Yes.
    return [sum / pairs + (isShare ? 0.5 : 0), both / pairs];
  }

  /**
   * Pairs of items of which the one that fewer pass is passed and the other one is not, over the
   * most that there can be with so many passed (van der Flier 1977; Emons 2008). NaN where every
   * scale is passed as a whole, or not at all, or lacks an answer.
   */
  #countErrors(answers: RawAnswers, from: number): number {
    let [errors, most] = [0, 0];
    for (const { items } of this.#guttman) {
      let [passed, failed, own] = [0, 0, 0];
      let isComplete = true;
      for (const { column, passing } of items) {
        const answer = answers[from + column]!;
        if (answer === UNANSWERED || this.#plan.items[column]!.codes?.has(answer) === true) {
          isComplete = false;
          break;
        }
        if (answer === passing) {
          passed++;
          own += failed;
        } else failed++;
      }
      if (!isComplete) continue;
      errors += own;
      most += passed * failed;
    }
    return errors / most;
  }

  #checkAttention(answers: RawAnswers, from: number): number {
    let [asked, failed] = [0, 0];
    for (const { column, demanded } of this.#plan.checks) {
      const answer = answers[from + column]!;
      if (answer === UNANSWERED) continue;
      asked++;
      if (!demanded.includes(answer)) failed++;
    }
    return failed / asked;
  }
}
