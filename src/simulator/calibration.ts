/**
 * The figures by which the simulated model errs, and whom it writes about, per model it stands for.
 * They are fitted to the published Base figures by `scripts/fit-simulated.ts`, which writes
 * `data/simulated/calibration.json`.
 */
import { readFileSync } from 'node:fs';
import type { KnownItem, SheetScale } from './statements.ts';

/**
 * How an answer comes about that the description tells: the lean towards the keyed answer is one of
 * the four intercepts, plus `halo` times the gist of the scale, `ease` times that of the item, and
 * `person` times the error of the person, plus an error of variance 1; above 0 the keyed answer is
 * given. A gist runs from -1 (all told answers against the scale) to 1. `outgoing` and `calm` add
 * to it by the pole at which the person is told to be on E and on N, the latter for items that ask
 * about worrying.
 */
export interface ScaleErrors {
  /** Intercept where the keyed answer is told, on an item of which a yes scores. */
  readonly keyedYes: number;
  /** … where the keyed answer is told, on an item of which a no scores. */
  readonly keyedNo: number;
  /** … where the other answer is told, on an item of which a yes scores. */
  readonly otherYes: number;
  /** … where the other answer is told, on an item of which a no scores. */
  readonly otherNo: number;
  readonly halo: number;
  /**
   * For P only: some models answer P the higher the more outgoing and the calmer the person (Table
   * 5).
   */
  readonly outgoing: number;
  readonly calm: number;
  readonly ease: number;
  readonly person: number;
}

/**
 * How an item is answered that speaks to a trait: in points of a scale from 1 to 5, keyed to the
 * trait, the answer is `level`, plus each gist times its weight, plus the errors of the person and
 * of the item, plus how far the item lies from the others of its trait; rounded, and held within
 * the scale.
 */
export interface TraitAnswers {
  readonly level: number;
  readonly weights: Readonly<Record<SheetScale, number>>;
  /** SD of the error of the person. */
  readonly person: number;
  /** SD of the error of the item. */
  readonly item: number;
  /** SD of the places of the items. */
  readonly spread: number;
}

/** What of an item bears on how it is erred on. */
export type ErringItem = Pick<KnownItem, 'keyedIsYes' | 'ease' | 'worrying'>;

/** Counts of personas by cleaned category. */
export interface PeopleShares {
  readonly gender: Readonly<Record<string, number>>;
  readonly orientation: Readonly<Record<string, number>>;
  readonly race: Readonly<Record<string, number>>;
  readonly religion: Readonly<Record<string, number>>;
  readonly politics: Readonly<Record<string, number>>;
}

export interface ModelCalibration {
  /** At which the published answers were drawn, and the errors have their fitted size. */
  readonly temperature: number;
  readonly scales: Readonly<Record<SheetScale, ScaleErrors>>;
  readonly traits: Readonly<Record<string, TraitAnswers>>;
  readonly people: PeopleShares;
}

interface CalibrationData {
  /** By model id, without the region that Bedrock puts before it. */
  readonly models: Readonly<Record<string, ModelCalibration>>;
  readonly otherModels: ModelCalibration;
}

let loaded: CalibrationData | null = null;

/**
 * The calibration of a model. One that the study did not use errs seldom and in no direction, and
 * for the rest is the average of those of the study.
 * @param model id, with or without `simulated/` and a Bedrock region
 */
export function calibrationOf(model: string): ModelCalibration {
  loaded ??= JSON.parse(
    readFileSync(new URL('../../data/simulated/calibration.json', import.meta.url), 'utf8'),
  ) as CalibrationData;
  const id = model.replace(/^simulated\//u, '').replace(/^(?:us|eu|apac|global)\.(?=\w+\.)/u, '');
  return Object.hasOwn(loaded.models, id) ? loaded.models[id]! : loaded.otherModels;
}

/** The lean towards the keyed answer of an item, errors left out. */
export function keyedLean(
  errors: ScaleErrors,
  item: ErringItem,
  told: 'keyed' | 'other',
  gists: { readonly own: number; readonly E: number; readonly N: number },
): number {
  const intercept = errors[`${told}${item.keyedIsYes ? 'Yes' : 'No'}`];
  const fromOthers =
    errors.outgoing * poleOf(gists.E) -
    (item.worrying === true ? errors.calm * poleOf(gists.N) : 0);
  return intercept + errors.ease * item.ease + errors.halo * gists.own + fromOthers;
}

/** Where a person is told to be on a scale: at its upper (1) or lower (-1) end, or between. */
export function poleOf(gist: number): -1 | 0 | 1 {
  return gist > 0.5 ? 1 : gist < -0.5 ? -1 : 0;
}

/** The points that a person of these gists gets on a trait, errors left out. */
export function traitPoints(
  { level, weights }: TraitAnswers,
  gists: Readonly<Record<SheetScale, number>>,
): number {
  return (
    level + weights.E * gists.E + weights.N * gists.N + weights.P * gists.P + weights.L * gists.L
  );
}
