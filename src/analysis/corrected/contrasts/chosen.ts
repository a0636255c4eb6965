/** Which factors are compared, with which reference, and what is held equal meanwhile. */

import { CONTROL } from '../../../personas/own/own.ts';
import { CONDITIONS } from '../../../personas/sheets/conditions.ts';
import { BASE } from '../../models.ts';
import type { AnalysisPlan } from '../../plan.ts';
import { CALLED_ON } from '../../recorded.ts';
import { CONDITION, type Factor, MODEL, type Observations } from './observations.ts';

/** A level beside another one. */
export interface Pair {
  readonly level: number;
  /** Null where a level is compared with all others together. */
  readonly reference: number | null;
}

export interface ChosenFactor {
  readonly factor: Factor;
  /** Factors of which only equal levels are compared. */
  readonly held: readonly Factor[];
  readonly reference: number;
  readonly pairs: readonly Pair[];
  /** Many groups, of which none was singled out before. */
  readonly isScreened: boolean;
  /** Conditions beside a control that a plan does not name. */
  readonly isAdded: boolean;
}

/** An own column of more levels is compared only where it is named. */
const MOST_LEVELS = 12;

type Compared = Pick<AnalysisPlan, 'compare' | 'screen'>;

/** Every table of contrasts chooses the same. */
const chosenOf = new WeakMap<
  Observations,
  { readonly plan: Compared; readonly chosen: readonly ChosenFactor[] }
>();

/** In the order of the plan, or of the data where it names none. */
export function chooseFactors(observed: Observations, plan: Compared): readonly ChosenFactor[] {
  const known = chosenOf.get(observed);
  if (known?.plan === plan) return known.chosen;
  const chosen = choose(observed, plan);
  chosenOf.set(observed, { plan, chosen });
  return chosen;
}

function choose(
  observed: Observations,
  { compare, screen = [] }: Compared,
): readonly ChosenFactor[] {
  const { factors } = observed;
  const planned: readonly Wanted[] =
    compare?.map((one) => (typeof one === 'string' ? { factor: one } : one)) ??
    [...new Set(plainFactors(observed).map(({ name }) => name))].map((name) => ({ factor: name }));
  const wanted = [
    ...planned.filter((one) => !screen.includes(one.factor)),
    ...withControl(observed, planned),
    ...screen.map((name): Wanted => ({ factor: name, isScreened: true })),
  ];
  return wanted.flatMap(({ factor: name, isScreened = false, isAdded = false, ...one }) => {
    return factors
      .filter((own) => own.name === name)
      .map((factor) => {
        const reference = referenceOf(observed, factor, one.reference);
        return {
          ...{ factor, reference, isScreened, isAdded, held: heldWith(observed, factor) },
          pairs: isScreened
            ? againstRest(factor)
            : one.pairs === 'all'
              ? everyPair(factor)
              : against(factor, reference),
        };
      });
  });
}

/**
 * A control has no level of the columns that a plan compares, so that it would stand nowhere: each
 * condition is compared with it, unless the plan compares conditions itself.
 */
function withControl({ factors }: Observations, planned: readonly Wanted[]): readonly Wanted[] {
  if (planned.some(({ factor }) => factor === CONDITION)) return [];
  const hasControl = factors.some(
    ({ name, levels }) => name === CONDITION && levels.some(({ key }) => key === CONTROL),
  );
  return hasControl ? [{ factor: CONDITION, reference: CONTROL, isAdded: true }] : [];
}

/** A control is a single case, within which nothing else was exchanged. */
export function isAgainstControl({ factor, reference }: ChosenFactor): boolean {
  return factor.levels[reference]?.key === CONTROL;
}

interface Wanted {
  readonly factor: string;
  readonly reference?: string | undefined;
  readonly pairs?: 'reference' | 'all';
  readonly isScreened?: boolean;
  readonly isAdded?: boolean;
}

/** What the cases themselves were given in several levels comes first: that was manipulated. */
function plainFactors(observed: Observations): readonly Factor[] {
  const plain = observed.factors.filter((one) => isPlain(observed, one));
  const isCrossed = (one: Factor) => one.kind === 'column' && variesWithin(one, observed.cases);
  return [...plain.filter(isCrossed), ...plain.filter((one) => !isCrossed(one))];
}

function isPlain({ factors, cases }: Observations, factor: Factor): boolean {
  // The days of a study are many, and what one does to another is not what it was made for.
  if (factor.kind === 'call') return factor.name !== CALLED_ON;
  if (factor.kind !== 'column') return true;
  const condition = factors.find(({ name }) => name === CONDITION);
  const known = new Set(cases.filter((_, at) => factor.codes[at] !== -1)).size;
  // As with a text written for each case and condition; of a single case, nothing can be told.
  const isOfOneCaseEach = known > 1 && determines(factor, { codes: cases });
  return (
    factor.levels.length <= MOST_LEVELS &&
    // A name, a job or an age that most cases have for themselves is no group.
    (2 * factor.levels.length <= known || (variesWithin(factor, cases) && !isOfOneCaseEach)) &&
    !(condition !== undefined && goTogether(condition, factor))
  );
}

/**
 * The level named in the plan; else the control, Base, or the first that appears. A control that was
 * asked only once is no reference, since nothing could be tested against it.
 */
function referenceOf(observed: Observations, factor: Factor, wanted: string | undefined): number {
  const { name, levels } = factor;
  const find = (key: string) =>
    levels.findIndex((level) => level.key === key || level.label === key);
  const base = CONDITIONS.find((condition) => condition.name === BASE)!.name;
  const candidates = [
    ...(wanted === undefined ? [] : [wanted]),
    ...(name === CONDITION ? [CONTROL, base] : []),
  ].filter((key) => key === wanted || key !== CONTROL || isRepeated(observed, factor, key));
  return candidates.map(find).find((at) => at !== -1) ?? 0;
}

/** Whether a level has several cases, or repetitions of the one. */
function isRepeated(
  { administrations, cases }: Observations,
  { codes, levels }: Factor,
  key: string,
): boolean {
  const level = levels.findIndex((one) => one.key === key);
  const own = [...codes.keys()].filter((at) => codes[at] === level);
  const several = (of: (at: number) => unknown) => new Set(own.map(of)).size > 1;
  return several((at) => cases[at]) || several((at) => administrations[at]!.repeated ?? at);
}

function against({ levels }: Factor, reference: number): readonly Pair[] {
  return [...levels.keys()]
    .filter((level) => level !== reference)
    .map((level) => ({ level, reference }));
}

function againstRest({ levels }: Factor): readonly Pair[] {
  return [...levels.keys()].map((level) => ({ level, reference: null }));
}

function everyPair({ levels }: Factor): readonly Pair[] {
  return [...levels.keys()].flatMap((reference) =>
    [...levels.keys()].slice(reference + 1).map((level) => ({ level, reference })),
  );
}

/**
 * Everything else that a case was asked under; not what calls record, which nobody decided. What each case has only
 * once is not held: other cases of that kind would be left out for want of a partner. Own columns
 * are only held where another one of them is compared: elsewhere they are part of the condition.
 */
function heldWith({ factors, cases }: Observations, factor: Factor): readonly Factor[] {
  return factors.filter((other) => {
    if (other === factor || other.kind === 'call' || determines(other, factor)) return false;
    if (other.kind === 'asking' || other.kind === 'model') return true;
    if (factor.kind === 'condition') return false;
    const isOfCase = factor.kind === 'column' || factor.kind === 'call';
    return (other.kind === 'condition' || isOfCase) && variesWithin(other, cases);
  });
}

/** What either of two factors holds, unless it stands in the way of the other. */
export function heldTogether(one: ChosenFactor, other: ChosenFactor): readonly Factor[] {
  const both = [one.factor, other.factor];
  const isOfCondition = both.some(({ kind }) => kind === 'condition');
  return [...new Set([...one.held, ...other.held])].filter(
    (held) =>
      !both.includes(held) &&
      !both.some((own) => determines(held, own)) &&
      !(isOfCondition && held.kind === 'column'),
  );
}

/** Whether each level of the one occurs with a single level of the other only. */
export function determines(one: Pick<Factor, 'codes'>, other: Pick<Factor, 'codes'>): boolean {
  const found = new Map<number, number>();
  return one.codes.every((level, at) => {
    const with_ = other.codes[at]!;
    if (level === -1 || with_ === -1) return true;
    const known = found.get(level) ?? with_;
    found.set(level, known);
    return known === with_;
  });
}

/** Whether each level of either occurs with a single level of the other only. */
export function goTogether(one: Pick<Factor, 'codes'>, other: Pick<Factor, 'codes'>): boolean {
  return determines(one, other) && determines(other, one);
}

/** Whether in each case, each level of the one occurs with a single level of the other only. */
export function determinesWithin(one: Factor, other: Factor, cases: Int32Array): boolean {
  const cells = one.codes.map((level, at) =>
    level === -1 ? -1 : cases[at]! * one.levels.length + level,
  );
  return determines({ ...one, codes: cells }, other);
}

/** Whether one case has several levels. */
export function variesWithin(factor: Pick<Factor, 'codes'>, cases: Int32Array): boolean {
  return !determines({ codes: cases }, factor);
}

interface OfModel {
  readonly model: string | null;
  readonly positions: Int32Array;
}

const positionsOf = new WeakMap<Observations, readonly OfModel[]>();

/** The models one by one, or all together where they are what is compared. */
export function positionsByModel(
  observed: Observations,
  { factor }: Pick<ChosenFactor, 'factor'>,
): readonly OfModel[] {
  const { administrations } = observed;
  if (factor.name === MODEL)
    return [{ model: null, positions: Int32Array.from(administrations, (_, at) => at) }];
  const found = positionsOf.get(observed) ?? divideByModel(observed);
  positionsOf.set(observed, found);
  if (factor.ofModel === null) return found;
  return found.filter(
    ({ positions }) => administrations[positions[0]!]!.model.key === factor.ofModel,
  );
}

function divideByModel({ administrations }: Observations): readonly OfModel[] {
  const byKey = Map.groupBy(administrations.keys(), (at) => administrations[at]!.model.key);
  return [...byKey.values()].map((own) => ({
    model: administrations[own[0]!]!.model.label,
    positions: Int32Array.from(own),
  }));
}
