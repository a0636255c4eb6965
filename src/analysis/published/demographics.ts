/**
 * Tables 1 to 3: what share of each model's personas has a trait, by condition, compared with Base.
 */

import { CONDITIONS } from '../../personas/sheets/conditions.ts';
import { compensatedMean, standardDeviation } from '../../statistics/describe.ts';
import { isAvailable } from '../../statistics/not-available.ts';
import { type Count, compareProportions } from '../../statistics/proportions.ts';
import {
  NO_DRAW,
  type StudyData,
  type StudyModel,
  type StudyPopulation,
  TABULATED_FIELDS,
  type TabulatedField,
} from '../data.ts';
import {
  BASE,
  compareConditions,
  compareModels,
  type DemographicTable,
  demographicTableOf,
  STUDY_CONDITIONS,
} from '../models.ts';
import { keyOfCondition } from './answers.ts';
import { orNull } from './values.ts';

export type DemographicRow = {
  readonly model: string;
  readonly condition: string;
  readonly metric: string;
  /**
   * Proportion: mean over the draws of each draw's own. 0 where the model has no such personas, as
   * published.
   */
  readonly mean: number;
  /** Over the draws; 0 for a single one, as published. */
  readonly sd: number;
  /** Of the z test against Base, over all draws at once; null in rows of Base. */
  readonly p: number | null;
};

/** Whether a cleaned value, in lower case, has the trait; null is a value that is not there. */
type Has = (value: string | null) => boolean;

interface Metric {
  readonly id: string;
  readonly field: TabulatedField;
  readonly has: Has;
}

function isOneOf(...values: readonly string[]): Has {
  return (value) => value !== null && values.includes(value);
}

function contains(...parts: readonly string[]): Has {
  return (value) => value !== null && parts.some((part) => value.includes(part));
}

/**
 * Traits of one field, in the order of the tables. `rest` takes what has none of them, a missing
 * value too.
 */
function metricsOf(
  field: TabulatedField,
  traits: Readonly<Record<string, Has>>,
  rest: string | null,
): readonly Metric[] {
  const named = Object.entries(traits).map(([id, has]) => ({ id, field, has }));
  return rest === null
    ? named
    : [...named, { id: rest, field, has: (value) => !named.some(({ has }) => has(value)) }];
}

/**
 * The published rules. They overlap and leave gaps: "Black Hispanic" is two races, "bi" is found
 * within any word, and of the sexual orientations "asexual" and "homosexual" are none. Buddhist and
 * Hinduist, which the study renames to Others first, are that anyway.
 */
const METRICS: readonly Metric[] = [
  ...metricsOf(
    'gender',
    {
      gender_female: isOneOf('female', 'woman', 'f'),
      gender_male: isOneOf('male', 'man', 'm'),
      gender_non_binary: isOneOf('non-binary', 'nonbinary', 'nb'),
    },
    'gender_other',
  ),
  ...metricsOf(
    'political_orientation',
    {
      pol_centre: isOneOf('centre', 'center', 'centrist', 'moderate'),
      pol_conservative: isOneOf('conservative', 'right', 'right-wing'),
      pol_progressive: isOneOf('progressive', 'left', 'left-wing', 'liberal'),
    },
    'pol_other',
  ),
  ...metricsOf(
    'race',
    {
      race_asia: isOneOf('asian', 'asia'),
      race_black: contains('black'),
      race_latin: contains('latino', 'latinx', 'hispanic'),
      race_white: isOneOf('white'),
    },
    'race_other',
  ),
  ...metricsOf(
    'religious_belief',
    {
      relig_christian: contains('christian'),
      relig_agnostic: contains('agnostic'),
      relig_atheist: contains('atheist'),
    },
    'relig_other',
  ),
  ...metricsOf(
    'sexual_orientation',
    {
      sex_hetero: isOneOf('heterosexual', 'hetero'),
      sex_lgbtq: contains('gay', 'lesbian', 'bi', 'pan', 'queer', 'lgbt'),
      sex_unspecified: (value) =>
        value === null || ['unspecified', 'unknown', 'none', 'na'].includes(value),
    },
    null,
  ),
];

export const DEMOGRAPHIC_METRICS: readonly string[] = METRICS.map(({ id }) => id);

/** Later draws are of one condition only and are left out. */
const LAST_DRAW = 5;

/** The personas of one draw, counted by value. */
interface DrawCount {
  n: number;
  /** By field: how many have each value; the first is that of missing values. */
  readonly values: Readonly<Record<TabulatedField, Int32Array>>;
}

/** Personas of one model and condition, by draw. */
type Draws = ReadonlyMap<number, DrawCount>;
const NOBODY: Draws = new Map();

/** Personas of one model under one condition. */
interface ConditionCount {
  readonly shown: Pick<StudyPopulation, 'condition' | 'display'>;
  readonly draws: Draws;
}

/** By condition, see `keyOfCondition`. */
interface ModelCount {
  readonly model: StudyModel;
  readonly conditions: ReadonlyMap<string, ConditionCount>;
}

/** Of the models that belong to this table, and no other. */
export function tabulateDemographics(
  study: StudyData,
  table: DemographicTable,
): readonly DemographicRow[] {
  const traits = readTraits(study);
  const compare = compareModels(table);
  const models = countPersonas(study, table).sort((a, b) => compare(a.model, b.model));
  return models.flatMap((one) => describeModel(one, traits));
}

/**
 * For each metric and each value of its field whether the value has the trait; the first is for
 * missing values.
 */
function readTraits({ personas }: StudyData): readonly Uint8Array[] {
  return METRICS.map(({ field, has }) => {
    const { values } = personas.fields[field];
    return Uint8Array.from([null, ...values], (value) =>
      has(value?.toLowerCase() ?? null) ? 1 : 0,
    );
  });
}

function countPersonas({ personas }: StudyData, table: DemographicTable): ModelCount[] {
  type Counted = ConditionCount & { readonly draws: Map<number, DrawCount> };
  const models = new Map<string, { model: StudyModel; conditions: Map<string, Counted> }>();
  const columns = TABULATED_FIELDS.map((field) => personas.fields[field].codes);
  const drawsOfGroup = new Map<number, Map<number, DrawCount>>();
  const isShown = personas.groups.map(({ model }) => demographicTableOf(model) === table);
  for (let row = 0; row < personas.count; row++) {
    if (!isShown[personas.group[row]!]) continue;
    const draw = personas.draws[row]!;
    if (draw === NO_DRAW || draw > LAST_DRAW || personas.hasWordCount[row] === 0) continue;
    const draws = placeOf(drawsOfGroup, personas.group[row]!, (group) => {
      const { model, population } = personas.groups[group]!;
      // Groups of one model under one condition share their draws.
      const { conditions } = placeOf(models, model.key, () => ({
        model,
        conditions: new Map<string, Counted>(),
      }));
      return placeOf(conditions, keyOfCondition(population), () => ({
        shown: population,
        draws: new Map<number, DrawCount>(),
      })).draws;
    });
    const count = placeOf(draws, draw, () => newCount(personas));
    count.n++;
    for (let field = 0; field < columns.length; field++)
      count.values[TABULATED_FIELDS[field]!][columns[field]![row]! + 1]!++;
  }
  return [...models.values()];
}

function newCount({ fields }: StudyData['personas']): DrawCount {
  const values = Object.fromEntries(
    TABULATED_FIELDS.map((field) => [field, new Int32Array(fields[field].values.length + 1)]),
  );
  return { n: 0, values: values as Record<TabulatedField, Int32Array> };
}

function placeOf<Key, Value>(map: Map<Key, Value>, key: Key, make: (key: Key) => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make(key);
    map.set(key, value);
  }
  return value;
}

function describeModel(
  { model, conditions }: ModelCount,
  traits: readonly Uint8Array[],
): readonly DemographicRow[] {
  const base = conditions.get(BASE)?.draws ?? NOBODY;
  // A model with any of the study's conditions has rows for all of them.
  const isOfStudy = STUDY_CONDITIONS.some((condition) => conditions.has(condition));
  const absent = isOfStudy
    ? STUDY_CONDITIONS.filter((condition) => !conditions.has(condition))
    : [];
  const nobody = CONDITIONS.filter(({ name }) => absent.some((condition) => condition === name));
  const counted = [
    ...conditions.values(),
    ...nobody.map(
      ({ name, label }): ConditionCount => ({
        shown: { condition: name, display: label },
        draws: NOBODY,
      }),
    ),
  ].sort((a, b) => compareConditions(a.shown, b.shown));
  return counted.flatMap(({ shown: { condition, display }, draws }) => {
    return METRICS.map(({ id, field }, metric) => {
      const has = traits[metric]!;
      const proportions = [...draws]
        .sort(([a], [b]) => a - b)
        .map(([, count]) => countTrait(count.values[field], has) / count.n);
      const p =
        condition === BASE
          ? null
          : compareCounts(total(base, field, has), total(draws, field, has));
      return {
        model: model.label,
        condition: display,
        metric: id,
        mean: orNull(compensatedMean(proportions)) ?? 0,
        sd: orNull(standardDeviation(proportions)) ?? 0,
        p,
      };
    });
  });
}

function countTrait(values: Int32Array, has: Uint8Array): number {
  let count = 0;
  for (let value = 0; value < values.length; value++) count += values[value]! * has[value]!;
  return count;
}

function total(draws: Draws, field: TabulatedField, has: Uint8Array): Count {
  let successes = 0;
  let n = 0;
  for (const count of draws.values()) {
    successes += countTrait(count.values[field], has);
    n += count.n;
  }
  return { successes, n };
}

/**
 * Two groups without any variance are the same or plainly different, says the published code; an
 * empty one says nothing.
 */
function compareCounts(base: Count, other: Count): number | null {
  if (base.n === 0 || other.n === 0) return null;
  if (isConstant(base) && isConstant(other))
    return base.successes / base.n === other.successes / other.n ? 1 : 0;
  const comparison = compareProportions(base, other);
  return isAvailable(comparison) ? comparison.p : null;
}

function isConstant({ successes, n }: Count): boolean {
  return successes === 0 || successes === n;
}
