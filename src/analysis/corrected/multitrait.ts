/**
 * Table V1: whether scores of one trait go together, by whichever questionnaire, model or sheet they
 * come, and more so than scores of different traits (Campbell & Fiske 1959).
 */
import { spanByInfluence, type Transform } from '../../statistics/influence.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import type { StudyData, StudyQuestionnaire, StudyScale } from '../data.ts';
import { REFERENCE_ROW } from '../table.ts';
import {
  areCorrelated,
  clusterStarts,
  FIRST_UNKNOWN_CLUSTER,
  listCells,
  readScale,
  readScores,
  scoreClusters,
} from './cells.ts';
import { isUntouched } from './correlations.ts';
import { Reasons } from './rows.ts';
import { readSheetPoints, readSheetScores } from './sheets.ts';

export type MultitraitRow = {
  /** Null for the sheets. */
  readonly population: string | null;
  readonly model_1: string;
  readonly instrument_1: string;
  readonly model_2: string;
  readonly instrument_2: string;
  /** Names of the traits that both measure. */
  readonly traits: readonly string[];
  /** Personalities with scores and complete answers on all of these in both. */
  readonly n: number;
  /** Mean correlation of scores of the same trait. */
  readonly monotrait_r: number | null;
  readonly monotrait_ci_low: number | null;
  readonly monotrait_ci_high: number | null;
  /** Mean size of the correlations of one trait in one with another in the other. */
  readonly heterotrait_r: number | null;
  readonly gap: number | null;
  readonly gap_ci_low: number | null;
  readonly gap_ci_high: number | null;
  /** Mean of r / √(alpha₁ alpha₂) of the same trait, over traits with both alphas of 0.5 or more. */
  readonly disattenuated_r: number | null;
  readonly disattenuated_ci_low: number | null;
  readonly disattenuated_ci_high: number | null;
  readonly reason: string | null;
};

/** What one person has on a trait: the score, and the mean points of each item. */
interface Measured {
  readonly score: number;
  readonly items: readonly number[];
}

/** Scores that come one way: of one model by one questionnaire, or of the sheets. */
interface Method {
  readonly model: string;
  /** Null for the sheets. */
  readonly population: { readonly name: string; readonly label: string } | null;
  readonly questionnaire: StudyQuestionnaire;
  /** Of scales that are part of no other: by trait, then by person. */
  readonly measures: Measures;
  /** Of scales that are part of others. */
  readonly facets: Measures;
}

type Measures = ReadonlyMap<string, ReadonlyMap<number, Measured>>;

/**
 * Every two ways that measure a trait in common and differ in one respect: the questionnaire, or the
 * model; and each with the sheets. Populations under no condition.
 */
export function tabulateMultitrait(study: StudyData): readonly MultitraitRow[] {
  const sheets = sheetMethods(study);
  const others = study.answered.flatMap((one) =>
    listCells(one, 'V1')
      .filter(isUntouched)
      .map(
        (cell): Method => ({
          model: cell.model.label,
          population: { name: cell.population.population, label: cell.label },
          questionnaire: one.questionnaire,
          ...measure(one.questionnaire, ({ id }) => ({
            scores: scoreClusters(readScores(cell, id)),
            points: readScale(cell, id),
          })),
        }),
      ),
  );
  const pairs = others.flatMap((second, place) => [
    ...sheets.map((first) => [first, second] as const),
    ...others
      .slice(0, place)
      .flatMap((first) =>
        areAlike(first, second) && areCorrelated(study, first.questionnaire, second.questionnaire)
          ? [[first, second] as const]
          : [],
      ),
  ]);
  return pairs.flatMap(([first, second]) => {
    const traits = shared(first.measures, second.measures);
    const facets = shared(first.facets, second.facets);
    // A total alone tells no traits apart; its facets do.
    if (traits.length < 2 && facets.length >= 2)
      return [compare(byFacet(first), byFacet(second), facets)];
    return traits.length === 0 ? [] : [compare(first, second, traits)];
  });
}

function sheetMethods({ reference }: StudyData): readonly Method[] {
  if (reference.personalityIds.length === 0) return [];
  const { questionnaire } = reference;
  return [
    {
      model: REFERENCE_ROW,
      population: null,
      questionnaire,
      ...measure(questionnaire, ({ id }) => {
        const scores = readSheetScores(reference, id, 'reference');
        const points = readSheetPoints(reference, id, 'reference');
        return isAvailable(scores) && isAvailable(points)
          ? {
              scores: { clusterIds: scores.personalityIds, scores: scores.scores },
              points: { ...points, clusterIds: points.personalityIds },
            }
          : null;
      }),
    },
  ];
}

const shared = (first: Measures, second: Measures) =>
  [...first.keys()].filter((trait) => second.has(trait));

const byFacet = (method: Method): Method => ({ ...method, measures: method.facets });

function areAlike(first: Method, second: Method): boolean {
  if (first.population?.name !== second.population?.name) return false;
  const isSameForm = first.questionnaire === second.questionnaire;
  return (first.model === second.model) !== isSameForm;
}

interface Read {
  readonly scores: { readonly clusterIds: Int32Array; readonly scores: Float64Array };
  readonly points: {
    readonly items: readonly number[];
    readonly clusterIds: Int32Array;
    readonly points: ArrayLike<number>;
  };
}

/** Both kinds of scales, by the trait that their names say. */
function measure(
  { scales }: StudyQuestionnaire,
  read: (scale: StudyScale) => Read | null,
): Pick<Method, 'measures' | 'facets'> {
  const parts = new Set(scales.flatMap((scale) => scale.parts.map((part) => part.scale)));
  const of = (isPart: boolean): Measures =>
    new Map(
      scales.flatMap((scale) => {
        const found = parts.has(scale.id) === isPart ? read(scale) : null;
        return found === null ? [] : [[traitOf(scale), byPerson(found)] as const];
      }),
    );
  return { measures: of(false), facets: of(true) };
}

/** "Extraversion (Factor I: Surgency)" measures extraversion. */
function traitOf({ name }: StudyScale): string {
  return name.replace(/\s*\(.*\)$/, '').toLowerCase();
}

function byPerson({ scores, points }: Read): ReadonlyMap<number, Measured> {
  const k = points.items.length;
  const starts = clusterStarts(points.clusterIds);
  const rowsOf = new Map(starts.slice(0, -1).map((from, at) => [points.clusterIds[from]!, at]));
  const found = new Map<number, Measured>();
  scores.clusterIds.forEach((person, position) => {
    const at = rowsOf.get(person);
    if (at === undefined || person <= FIRST_UNKNOWN_CLUSTER) return;
    const [from, to] = [starts[at]!, starts[at + 1]!];
    const items = Array.from({ length: k }, (_, item) => {
      let sum = 0;
      for (let row = from; row < to; row++) sum += points.points[row * k + item]!;
      return sum / (to - from);
    });
    found.set(person, { score: scores.scores[position]!, items });
  });
  return found;
}

/** A statistic with what each person moves it by. */
interface Estimate {
  readonly value: number;
  readonly influence: Float64Array;
}

const FEWEST_PERSONS = 10;
/**
 * Of scores with a lower alpha, less than half of the variance is that of the trait, and a
 * correlation divided by its root says more of the error of alpha than of the trait.
 */
const LEAST_ALPHA = 0.5;
/** Half of the range of a correlation; a longer interval of a disattenuated one is not shown. */
const LONGEST_INTERVAL = 1;

function compare(first: Method, second: Method, traits: readonly string[]): MultitraitRow {
  const reasons = new Reasons();
  const maps = [first, second].flatMap(({ measures }) => traits.map((one) => measures.get(one)!));
  const persons = [...maps[0]!.keys()].filter((person) => maps.every((one) => one.has(person)));
  const base = {
    population: second.population?.label ?? null,
    model_1: first.model,
    instrument_1: first.questionnaire.label,
    model_2: second.model,
    instrument_2: second.questionnaire.label,
    traits,
    n: persons.length,
  };
  const found =
    persons.length < FEWEST_PERSONS
      ? notAvailable(`fewer than ${FEWEST_PERSONS} persons have all scores`)
      : summarise(first, second, traits, persons);
  const all = reasons.take(found);
  const take = (
    estimate: Estimate | NotAvailable | undefined,
    about: string,
    scale: Transform = 'identity',
  ) => {
    const own = estimate === undefined ? null : reasons.take(estimate, about);
    const span =
      own && reasons.take(spanByInfluence(own.value, own.influence, scale), `${about}, interval`);
    return { value: own?.value ?? null, low: span?.low ?? null, high: span?.high ?? null };
  };
  const mono = take(all?.mono, 'same trait', 'fisher');
  const hetero = all === null ? null : reasons.take(all.hetero, 'different traits');
  const gap = take(all?.gap, 'gap');
  const pure = withoutIdle(take(all?.disattenuated, 'disattenuated r'), reasons);
  for (const one of all?.lacking ?? []) reasons.add(`disattenuated r without ${one}`);
  return {
    ...base,
    monotrait_r: mono.value,
    monotrait_ci_low: mono.low,
    monotrait_ci_high: mono.high,
    heterotrait_r: hetero?.value ?? null,
    gap: gap.value,
    gap_ci_low: gap.low,
    gap_ci_high: gap.high,
    disattenuated_r: pure.value,
    disattenuated_ci_low: pure.low,
    disattenuated_ci_high: pure.high,
    reason: reasons.toCell(),
  };
}

interface Spanned {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Without an interval that excludes nearly nothing. */
function withoutIdle(estimate: Spanned, reasons: Reasons): Spanned {
  const { low, high } = estimate;
  if (low === null || high === null || high - low <= LONGEST_INTERVAL) return estimate;
  reasons.add(`disattenuated r, interval: longer than ${LONGEST_INTERVAL}`);
  return { ...estimate, low: null, high: null };
}

function summarise(
  first: Method,
  second: Method,
  traits: readonly string[],
  persons: readonly number[],
) {
  const columnsOf = ({ measures }: Method) =>
    traits.map((trait) => standardise(persons.map((one) => measures.get(trait)!.get(one)!.score)));
  const [own, other] = [columnsOf(first), columnsOf(second)];
  if ([...own, ...other].includes(null)) return notAvailable('a score does not vary');
  const r = (i: number, j: number) => correlateStandardised(own[i]!, other[j]!);
  const places = [...traits.keys()];
  const mono = places.map((i) => r(i, i));
  const hetero = places.flatMap((i) => places.filter((j) => j !== i).map((j) => sizeOf(r(i, j))));
  const alphas = ({ measures }: Method) =>
    traits.map((trait) => alphaOf(persons.map((one) => measures.get(trait)!.get(one)!.items)));
  const [ofFirst, ofSecond] = [alphas(first), alphas(second)];
  const corrected = places.map((i) => disattenuate(mono[i]!, ofFirst[i]!, ofSecond[i]!));
  const pure = corrected.filter(isAvailable);
  const lacking = corrected.flatMap((one, at) =>
    isAvailable(one) ? [] : [`${traits[at]!}: ${one.notAvailable}`],
  );
  const meanMono = combine(mono);
  const none = notAvailable('only one trait in common');
  const meanHetero = hetero.length === 0 ? none : combine(hetero);
  return {
    mono: meanMono,
    hetero: meanHetero,
    gap: isAvailable(meanHetero)
      ? {
          value: meanMono.value - meanHetero.value,
          influence: meanMono.influence.map((one, at) => one - meanHetero.influence[at]!),
        }
      : none,
    disattenuated: pure.length === 0 ? notAvailable(lacking.join(', ')) : combine(pure),
    lacking: pure.length === 0 ? [] : lacking,
  };
}

/** With mean 0 and a mean square of 1; null where they are all equal. */
function standardise(values: readonly number[]): Float64Array | null {
  const n = values.length;
  if (values.every((own) => own === values[0])) return null;
  const mean = values.reduce((sum, own) => sum + own, 0) / n;
  const squares = values.reduce((sum, own) => sum + (own - mean) ** 2, 0);
  const scale = Math.sqrt(squares / n);
  return Float64Array.from(values, (own) => (own - mean) / scale);
}

function correlateStandardised(x: Float64Array, y: Float64Array): Estimate {
  const n = x.length;
  let r = 0;
  for (let at = 0; at < n; at++) r += (x[at]! * y[at]!) / n;
  return {
    value: r,
    influence: x.map((own, at) => (own * y[at]! - (r / 2) * (own ** 2 + y[at]! ** 2)) / n),
  };
}

function sizeOf({ value, influence }: Estimate): Estimate {
  return value < 0
    ? { value: -value, influence: influence.map((own) => -own) }
    : { value, influence };
}

/** Their mean. */
function combine(estimates: readonly Estimate[]): Estimate {
  const weight = 1 / estimates.length;
  return {
    value: estimates.reduce((sum, { value }) => sum + weight * value, 0),
    influence: estimates[0]!.influence.map((_, at) =>
      estimates.reduce((sum, { influence }) => sum + weight * influence[at]!, 0),
    ),
  };
}

/** Cronbach's alpha of persons' mean answers, which is the reliability of their mean scores. */
function alphaOf(rows: readonly (readonly number[])[]): Estimate | NotAvailable {
  const k = rows[0]!.length;
  if (k < 2) return notAvailable('a scale has a single item');
  const means = rows[0]!.map(
    (_, item) => rows.reduce((sum, row) => sum + row[item]!, 0) / rows.length,
  );
  const parts = rows.map((row) => {
    const deviations = row.map((own, item) => own - means[item]!);
    const total = deviations.reduce((sum, own) => sum + own, 0);
    return { own: deviations.reduce((sum, one) => sum + one * one, 0), total: total * total };
  });
  const own = parts.reduce((sum, part) => sum + part.own, 0);
  const total = parts.reduce((sum, part) => sum + part.total, 0);
  if (!(total > 1e-12 * own)) return notAvailable('the total of a scale does not vary');
  const factor = k / (k - 1);
  const ratio = own / total;
  return {
    value: factor * (1 - ratio),
    influence: Float64Array.from(
      parts,
      (part) => (-factor * (part.own - ratio * part.total)) / total,
    ),
  };
}

function disattenuate(
  r: Estimate,
  first: Estimate | NotAvailable,
  second: Estimate | NotAvailable,
): Estimate | NotAvailable {
  if (!isAvailable(first)) return first;
  if (!isAvailable(second)) return second;
  if (Math.min(first.value, second.value) < LEAST_ALPHA)
    return notAvailable(`an alpha is below ${LEAST_ALPHA.toFixed(2)}`);
  const root = Math.sqrt(first.value * second.value);
  const value = r.value / root;
  return {
    value,
    influence: r.influence.map(
      (own, at) =>
        own / root -
        (value / 2) * (first.influence[at]! / first.value + second.influence[at]! / second.value),
    ),
  };
}
