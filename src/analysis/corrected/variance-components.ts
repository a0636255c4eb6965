/**
 * Tables R1 and R1G: how much of the variance of scores lies between persons, and how much between
 * draws, administrations and ways of asking; and what that makes of a score's reliability.
 */
import {
  type Component,
  dependability,
  generalizability,
  relativeError,
  retestCorrelation,
  spanByJackknife,
} from '../../statistics/generalizability.ts';
import { crowdAtOneEnd } from '../../statistics/influence.ts';
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import {
  estimateComponents,
  type VarianceComponents,
} from '../../statistics/variance-components.ts';
import type { StudyData } from '../data.ts';
import { hasSheets } from '../has-sheets.ts';
import { type Design, designsOf, listMeasuredCells, type MeasuredCell } from './measurements.ts';
import { Reasons } from './rows.ts';
import { scoreRange } from './scale-score-row.ts';

export type ComponentRow = {
  readonly instrument: string;
  readonly model: string;
  readonly population: string;
  readonly scale: string;
  /** `person`, `draw`, `administration`, a factor of the way of asking, `person × …`. */
  readonly component: string;
  /** In squared points; 0 where the estimate is negative. */
  readonly variance: number | null;
  /** As it was estimated. */
  readonly estimate: number | null;
  /** Of the sum of all variances. */
  readonly share: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  /** What the design does not tell from this component. */
  readonly includes: string | null;
  readonly estimator: Method | null;
  /** Persons. */
  readonly n: number;
  /** Of one person, at most. */
  readonly draws: number;
  readonly ways: number;
  /** Administrations of one draw in one way, at most. */
  readonly repetitions: number;
  readonly n_administrations: number;
  /** Administrations that succeeded and have no score. */
  readonly n_incomplete: number;
  readonly reason: string | null;
};

type Method = 'analysis of variance' | 'Henderson I, approximate';

export type GeneralizabilityRow = Pick<
  ComponentRow,
  | 'instrument'
  | 'model'
  | 'population'
  | 'scale'
  | 'estimator'
  | 'n'
  | 'draws'
  | 'ways'
  | 'repetitions'
  | 'n_administrations'
  | 'n_incomplete'
  | 'reason'
> & {
  /** Generalizability of a single administration: one draw, one way of asking. */
  readonly generalizability_single: number | null;
  readonly generalizability_single_ci_low: number | null;
  readonly generalizability_single_ci_high: number | null;
  /** Of the mean of all that was collected of a person. */
  readonly generalizability: number | null;
  readonly generalizability_ci_low: number | null;
  readonly generalizability_ci_high: number | null;
  /** Dependability. */
  readonly dependability_single: number | null;
  readonly dependability: number | null;
  /** Standard error of measurement, in points. */
  readonly sem_single: number | null;
  readonly sem: number | null;
  /** Intraclass correlation of two administrations of one draw in the same way. */
  readonly icc_administrations: number | null;
  readonly icc_administrations_ci_low: number | null;
  readonly icc_administrations_ci_high: number | null;
  /** The same of administrations of two draws. */
  readonly icc_draws: number | null;
  readonly icc_draws_ci_low: number | null;
  readonly icc_draws_ci_high: number | null;
};

/** One scale as one model answered it in one condition, with its components. */
interface Decomposition {
  readonly cell: MeasuredCell;
  readonly scale: string;
  readonly design: Design;
  readonly estimates: VarianceComponents | NotAvailable;
}

/** Tables R1 and R1G are made of the same. */
const decomposed = new WeakMap<StudyData, readonly Decomposition[]>();

function decompose(study: StudyData): readonly Decomposition[] {
  const known =
    decomposed.get(study) ??
    listMeasuredCells(study).flatMap((cell) => {
      const scales = cell.parts[0]!.answered.questionnaire.scales.map(({ id }) => id);
      const designs = designsOf(cell, scales);
      return scales.map((scale, at) => {
        const design = designs[at]!;
        return { cell, scale, design, estimates: estimate(design) };
      });
    });
  decomposed.set(study, known);
  return known;
}

function estimate(design: Design): VarianceComponents | NotAvailable {
  if (design.persons === 0) return notAvailable('no experiment has a score on the scale');
  if (design.effects.length === 0)
    return notAvailable('one administration of each person: nothing was repeated');
  const found = estimateComponents(design, design.effects);
  if (!isAvailable(found)) return found;
  return found.values.some((value) => value > SMALLEST_VARIANCE)
    ? found
    : notAvailable('the scores do not vary');
}

/** What rounding leaves of 0, in squared points. */
const SMALLEST_VARIANCE = 1e-12;

/** @param values one an effect, then the residual */
function componentsOf(design: Design, values: Float64Array): readonly Component[] {
  return [...values].map((variance, at) => ({
    source: design.effects[at]?.source ?? 'administration',
    variance,
    left: design.left[at]!,
  }));
}

/** As they are shown: not below 0. */
function shownComponents(design: Design, values: Float64Array): readonly Component[] {
  return componentsOf(
    design,
    values.map((value) => Math.max(0, value)),
  );
}

/** Each component of a single measurement. */
function single(components: readonly Component[]): readonly Component[] {
  return components.map((one) => ({ ...one, left: 1 }));
}

export function tabulateComponents(study: StudyData): readonly ComponentRow[] {
  return decompose(study).flatMap((one) => {
    const { design, estimates } = one;
    const base = { ...identify(one), ...NO_COMPONENT };
    if (!isAvailable(estimates))
      return [{ ...base, component: 'person', ...countsOf(one), reason: estimates.notAvailable }];
    const { values } = estimates;
    const shown = values.map((value) => Math.max(0, value));
    const total = shown.reduce((sum, value) => sum + value, 0);
    const row = (component: string, at: number): ComponentRow => {
      const reasons = new Reasons();
      const span = reasons.take(
        spanOf(one, estimates, (own) => own[at]! / own.reduce((sum, value) => sum + value, 0)),
        'interval',
      );
      const isLast = at === values.length - 1;
      return {
        ...base,
        component,
        variance: shown[at]!,
        estimate: values[at]!,
        share: shown[at]! / total,
        ci_low: span?.low ?? null,
        ci_high: span?.high ?? null,
        includes: isLast && design.confounded.length > 0 ? design.confounded.join(', ') : null,
        estimator: methodOf(design),
        ...countsOf(one),
        reason: reasons.toCell(),
      };
    };
    const known = design.effects.map(({ component }, at) => row(component, at));
    const missing = hasSheets(study) ? explainDraws(design) : null;
    return [
      known[0]!,
      ...(missing === null
        ? []
        : [{ ...base, component: 'draw', ...countsOf(one), reason: missing }]),
      ...known.slice(1),
      row('administration', values.length - 1),
    ];
  });
}

const NO_COMPONENT = {
  component: '',
  variance: null,
  estimate: null,
  share: null,
  ci_low: null,
  ci_high: null,
  includes: null,
  estimator: null,
} as const;

/** Why there is no component of draws; null where there is one. */
function explainDraws({ draws, effects }: Design): string | null {
  if (effects.some(({ source }) => source === 'draw')) return null;
  return draws > 1
    ? 'one administration of each draw: what draws differ by is in the component of administrations'
    : 'one draw of each person';
}

export function tabulateGeneralizability(study: StudyData): readonly GeneralizabilityRow[] {
  const ofDraws = hasSheets(study);
  return decompose(study).map((one) => {
    const { design, estimates } = one;
    const reasons = new Reasons();
    const found = reasons.take(estimates);
    const coefficient = (of: (components: readonly Component[]) => number, about: string) => {
      if (found === null) return { value: null, low: null, high: null };
      const value = of(shownComponents(design, found.values));
      if (Number.isNaN(value)) {
        reasons.add(`${about}: persons do not differ, nor do their administrations`);
        return { value: null, low: null, high: null };
      }
      const span = reasons.take(
        spanOf(one, found, (own) => of(componentsOf(design, own))),
        `interval of ${about}`,
      );
      return { value, low: span?.low ?? null, high: span?.high ?? null };
    };
    const none = { value: null, low: null, high: null };
    const gSingle = coefficient((own) => generalizability(single(own)), 'G of one administration');
    const g = coefficient(generalizability, 'G');
    const shown = found === null ? null : shownComponents(design, found.values);
    const isRetested = design.repetitions > 1;
    const overAdministrations = isRetested
      ? coefficient((own) => retestCorrelation(single(own), 'draw'), 'retest over administrations')
      : none;
    const overDraws =
      design.draws > 1
        ? coefficient((own) => retestCorrelation(single(own), 'person'), 'retest over draws')
        : none;
    if (found !== null && !isRetested)
      reasons.add(
        `retest over administrations: one administration of each ${ofDraws ? 'draw' : 'person'} in each way`,
      );
    if (ofDraws && found !== null && design.draws <= 1)
      reasons.add('retest over draws: one draw of each person');
    const of = (value: number | null) => (value === null || Number.isNaN(value) ? null : value);
    return {
      ...identify(one),
      generalizability_single: gSingle.value,
      generalizability_single_ci_low: gSingle.low,
      generalizability_single_ci_high: gSingle.high,
      generalizability: g.value,
      generalizability_ci_low: g.low,
      generalizability_ci_high: g.high,
      dependability_single: of(shown && dependability(single(shown))),
      dependability: of(shown && dependability(shown)),
      sem_single: of(shown && Math.sqrt(relativeError(single(shown)))),
      sem: of(shown && Math.sqrt(relativeError(shown))),
      icc_administrations: overAdministrations.value,
      icc_administrations_ci_low: overAdministrations.low,
      icc_administrations_ci_high: overAdministrations.high,
      icc_draws: overDraws.value,
      icc_draws_ci_low: overDraws.low,
      icc_draws_ci_high: overDraws.high,
      estimator: found === null ? null : methodOf(design),
      ...countsOf(one),
      reason: reasons.toCell(),
    };
  });
}

function identify({ cell, scale }: Decomposition) {
  const { instrument, model, population } = cell;
  return { instrument, model, population, scale };
}

function countsOf({ design }: Decomposition) {
  const { persons, draws, ways, repetitions, scores, incomplete } = design;
  return {
    ...{ n: persons, draws, ways, repetitions },
    n_administrations: scores.length,
    n_incomplete: incomplete,
  };
}

function methodOf({ isBalanced }: Design): Method {
  return isBalanced ? 'analysis of variance' : 'Henderson I, approximate';
}

/** @param of the components as they were estimated */
function spanOf(
  { cell, scale, design }: Decomposition,
  { values, without }: VarianceComponents,
  of: (values: Float64Array) => number,
): Interval | NotAvailable {
  const { starts, scores } = design;
  const means = Float64Array.from({ length: design.persons }, (_, person) => {
    const own = scores.subarray(starts[person], starts[person + 1]);
    return own.reduce((sum, score) => sum + score, 0) / own.length;
  });
  const { min, max, step } = scoreRange(cell.parts[0]!.answered.questionnaire, scale, scores);
  if (crowdAtOneEnd(means, (min + max) / 2, step))
    return notAvailable('too few persons are away from one end of the scale');
  return spanByJackknife(of(values), without.map(of));
}
