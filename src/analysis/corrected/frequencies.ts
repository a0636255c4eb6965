/** Table B1: how often each answer was given to items that are on no scale. */
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable } from '../../statistics/not-available.ts';
import { wilsonInterval } from '../../statistics/proportions.ts';
import { shareOf, spanShare } from '../../statistics/shares.ts';
import { type AdministeredItem, ITEM_STATES, type StudyData, UNANSWERED } from '../data.ts';
import { type AnsweredCell, explainEmpty, listCells, personOf } from './cells.ts';
import { type EndedCell, readEndings } from './ended-cells.ts';
import { Reasons } from './rows.ts';

export type FrequencyRow = {
  readonly instrument: string;
  readonly model: string;
  readonly population: string;
  /** Id of the item. */
  readonly item: string;
  /** The number that stands for the answer; null for what is none. */
  readonly answer: number | null;
  /** The answer in words, or what became of the item. */
  readonly label: string;
  /** Administrations with this answer. */
  readonly n: number;
  /** Administrations that succeeded. */
  readonly n_administrations: number;
  readonly n_clusters: number;
  /** The mean over personalities of the share of their administrations. */
  readonly share: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  /** Wilson's where each personality gave it always or never. */
  readonly interval: 'Wilson over personalities' | 'cluster-robust logit' | null;
  /** Administrations that ended without answers. */
  readonly n_missing: number;
  /** The share if none of these had given the answer, and if all had, as in Table Q2. */
  readonly bound_low: number | null;
  readonly bound_high: number | null;
  readonly reason: string | null;
};

/** What an item came to, where that is no answer. */
const STATE_LABELS = {
  declined: 'declined',
  not_applicable: 'not applicable',
  not_asked: 'not asked',
  missing_code: 'no answer',
  answered: 'no answer',
} as const;

/** Of items whose answers are not known: more different ones are not listed. */
const MOST_NUMBERS = 20;

/**
 * Items in their order, each with all of its answers, whether or not they were given, and what else
 * became of it. Items that ask for a text or a number are left out.
 */
export function tabulateFrequencies({ answered }: StudyData): readonly FrequencyRow[] {
  return answered.flatMap((one) => {
    const { items, scales } = one.questionnaire;
    const scored = new Set(scales.flatMap(({ members }) => members.map(({ column }) => column)));
    const columns = [...items.keys()].filter(
      (column) => !scored.has(column) && !items[column]!.isText && !items[column]!.isNumber,
    );
    return columns.length === 0
      ? []
      : listCells(one, 'B1')
          .map(readEndings)
          .flatMap((ended) => columns.flatMap((column) => countAnswers(ended, column)));
  });
}

interface Outcome {
  readonly answer: number | null;
  readonly label: string;
}

function countAnswers(ended: EndedCell, column: number): readonly FrequencyRow[] {
  const { cell } = ended;
  const { answered, succeeded } = cell;
  const item = answered.questionnaire.items[column]!;
  const given = succeeded.map((position) => outcomeOf(cell, column, position));
  const persons = succeeded.map((position) => ended.placeOf.get(personOf(cell, position))!);
  return listOutcomes(item, given).map((outcome) => {
    const reasons = new Reasons();
    const hits = given.map((own) => Number(isSame(own, outcome)));
    const { shares, lows, highs } = sharesByPerson(ended, persons, hits);
    if (shares.length === 0) reasons.add(explainEmpty(cell));
    const interval = shares.length === 0 ? null : reasons.take(spanShares(shares));
    return {
      instrument: answered.questionnaire.label,
      model: cell.model.label,
      population: cell.label,
      item: item.id,
      ...outcome,
      n: hits.reduce((sum, hit) => sum + hit, 0),
      n_administrations: given.length,
      n_clusters: shares.length,
      share: shares.length === 0 ? null : meanOf(shares),
      ci_low: interval?.low ?? null,
      ci_high: interval?.high ?? null,
      interval: interval?.method ?? null,
      n_missing: ended.positions.length - given.length,
      bound_low: lows.length === 0 ? null : meanOf(lows),
      bound_high: highs.length === 0 ? null : meanOf(highs),
      reason: reasons.toCell(),
    };
  });
}

function outcomeOf({ answered }: AnsweredCell, column: number, position: number): Outcome {
  const { questionnaire, answers, points, states } = answered;
  const place = position * questionnaire.items.length + column;
  const answer = answers[place]!;
  if (answer !== UNANSWERED)
    return { answer, label: labelOf(questionnaire.items[column]!, answer) };
  const state = ITEM_STATES[states?.[place] ?? 0] ?? null;
  if (points[place] !== UNANSWERED && state !== null)
    return { answer: points[place]!, label: String(points[place]) };
  return { answer: null, label: state === null ? 'no answer' : STATE_LABELS[state] };
}

function labelOf({ options }: AdministeredItem, answer: number): string {
  return options.find(({ value }) => value === answer)?.label ?? String(answer);
}

function isSame(first: Outcome, second: Outcome): boolean {
  return first.answer === second.answer && first.label === second.label;
}

/** The answers there are, then others that were given, then what else became of the item. */
function listOutcomes(
  { options }: AdministeredItem,
  given: readonly Outcome[],
): readonly Outcome[] {
  const listed: Outcome[] = options.map(({ value, label }) => ({ answer: value, label }));
  const add = (outcome: Outcome) => {
    if (!listed.some((one) => isSame(one, outcome))) listed.push(outcome);
  };
  const numbers = given.filter(({ answer }) => answer !== null);
  for (const one of numbers.toSorted((a, b) => a.answer! - b.answer!)) add(one);
  const shown = options.length === 0 && listed.length > MOST_NUMBERS ? [] : listed;
  const others = [...new Set(given.flatMap(({ answer, label }) => (answer === null ? label : [])))];
  return [...shown, ...others.sort().map((label) => ({ answer: null, label }))];
}

/**
 * Of those with answers, the share of their administrations; of all, the same with what is missing
 * as none, and as all.
 * @param persons of each administration that succeeded, by position
 */
function sharesByPerson(
  { starts }: EndedCell,
  persons: readonly number[],
  hits: readonly number[],
) {
  const sums = new Float64Array(starts.length - 1);
  const found = new Int32Array(starts.length - 1);
  persons.forEach((person, at) => {
    sums[person]! += hits[at]!;
    found[person]!++;
  });
  const size = (person: number) => starts[person + 1]! - starts[person]!;
  return {
    shares: sums.map((sum, person) => sum / found[person]!).filter((share) => !Number.isNaN(share)),
    lows: sums.map((sum, person) => sum / size(person)),
    highs: sums.map((sum, person) => (sum + size(person) - found[person]!) / size(person)),
  };
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

type ShareInterval = Interval & { readonly method: NonNullable<FrequencyRow['interval']> };

function spanShares(shares: Float64Array): ShareInterval | NotAvailable {
  if (shares.every((share) => share === 0 || share === 1)) {
    const wilson = wilsonInterval({
      successes: shares.filter((share) => share === 1).length,
      n: shares.length,
    });
    return isAvailable(wilson) ? { ...wilson, method: 'Wilson over personalities' } : wilson;
  }
  const share = shareOf({ hits: shares, sizes: new Uint8Array(shares.length).fill(1) });
  const span = isAvailable(share) ? spanShare(share, 'Wilson') : share;
  return isAvailable(span) ? { ...span, method: 'cluster-robust logit' } : span;
}
