/**
 * What a study with rows of its own leaves out: combinations of condition, model, questionnaire and
 * way of asking that its file has and that nobody was asked under.
 */
import { variesWithin } from '../analysis/corrected/contrasts/chosen.ts';
import { type Observations, observe } from '../analysis/corrected/contrasts/observations.ts';
import type { Answered, StudyData } from '../analysis/data.ts';
import { onceFor } from '../analysis/once.ts';
import { formatCount } from '../numbers.ts';
import { conditionsAsked, sayOwnCases } from './own-cases.ts';
import { formatList } from './tables/format.ts';

/** Something that varies, with the level of each administration. */
interface Dimension {
  readonly name: string;
  readonly levels: readonly string[];
  /** Of each administration, in the order of the forms; −1 where it has none. */
  readonly codes: ArrayLike<number>;
}

/** A level of some dimensions, all of whose combinations are left out. */
type LeftOut = readonly (readonly [dimension: string, level: string])[];

const CONDITION = 'condition';
/** It belongs to a model, and is not crossed with the others. */
const VARIANT = 'model_variant';
/** Combinations of more levels than these are counted and not named, as are more than these. */
const MOST_NAMED = 6;
const MOST_LEVELS = 3;
const MOST_COMBINATIONS = 10_000;
/** Levels of an own column that is looked at: a name that each case has for itself has more. */
const MOST_OF_COLUMN = 12;

/** A sentence or none: "Left out by the design, and counted nowhere: …". */
export const sayLeftOut = onceFor((study: StudyData): readonly string[] => {
  const { answered, ownColumns } = study;
  const asked = conditionsAsked(answered);
  if (ownColumns.rows.length === 0 || asked.size === 0) return [];
  const labelOf = (name: string) => study.populations.get(name)?.display ?? name;
  const never = ownColumns.rows.filter(({ condition }) => !asked.has(condition));
  const whole = never.map(
    ({ condition, described, bare }) =>
      `“${labelOf(condition)}” (${sayOwnCases({ described, bare, controls: 0, unknown: 0 })})`,
  );
  const bySlug = [...Map.groupBy(answered, ({ questionnaire }) => questionnaire.slug)];
  const models = [
    ...new Set(
      answered.flatMap(({ administrations }) => administrations.map(({ model }) => model.label)),
    ),
  ];
  const conditions = ownColumns.rows
    .map(({ condition }) => condition)
    .filter((one) => asked.has(one));
  const observed = observe(study);
  const parts = bySlug.map(([slug, forms], at) => ({
    slug,
    ...findLeftOut(dimensionsOf(forms, { models, conditions: conditions.map(labelOf) })),
    // What a file of rows lacks; a whole condition that is left out has been named already.
    columns: whole.length === 0 ? findLeftOut(columnsWithinCases(observed[at]!)) : NOTHING,
  }));
  const several = bySlug.length > 1;
  const named = parts.flatMap(({ slug, found, columns }) =>
    [...found, ...columns.found].map((one) => `${nameLevels(one)}${several ? ` in ${slug}` : ''}`),
  );
  const counted = parts.flatMap(({ slug, uncounted, columns }) =>
    [uncounted, columns.uncounted].flatMap((one) =>
      one === null ? [] : [`${one}${several ? ` in ${slug}` : ''}`],
    ),
  );
  const all = [...whole, ...named, ...counted];
  return all.length === 0
    ? []
    : [`Left out by the design, and counted nowhere: ${all.join('; ')}.`];
});

const nameLevels = (levels: LeftOut) =>
  levels
    .map(([name, level]) => (name === CONDITION ? `“${level}”` : `${name} ${level}`))
    .join(' with ');

function dimensionsOf(
  forms: readonly Answered[],
  {
    models,
    conditions,
  }: { readonly models: readonly string[]; readonly conditions: readonly string[] },
): readonly Dimension[] {
  const all = forms.flatMap(({ administrations }) => administrations);
  const code = (name: string, levels: readonly string[], of: (at: number) => string): Dimension => {
    const places = new Map(levels.map((level, place) => [level, place]));
    return { name, levels, codes: all.map((_, at) => places.get(of(at)) ?? -1) };
  };
  const settings = [...new Set(forms.flatMap(({ factors }) => [...factors.keys()]))]
    .filter((name) => name !== VARIANT)
    .map((name) => {
      const values = forms.flatMap(({ administrations, factors }) => {
        const own = factors.get(name);
        return administrations.map((_, at) => own?.values[own.codes[at]!] ?? null);
      });
      const levels = [...new Set(values.flatMap((value) => value ?? []))];
      return { name, levels, codes: values.map((value) => levels.indexOf(value ?? '\0')) };
    });
  return [
    code(CONDITION, conditions, (at) => all[at]!.population.display),
    code('model', models, (at) => all[at]!.model.label),
    ...settings,
  ].filter(({ levels }) => levels.length > 1);
}

/** Own columns of which one case has several values: those were exchanged. */
function columnsWithinCases({ factors, cases }: Observations): readonly Dimension[] {
  return factors
    .filter(
      (factor) =>
        factor.kind === 'column' &&
        factor.levels.length <= MOST_OF_COLUMN &&
        variesWithin(factor, cases),
    )
    .map(({ name, levels, codes }) => ({ name, levels: levels.map(({ label }) => label), codes }));
}

interface Search {
  readonly found: readonly LeftOut[];
  readonly uncounted: string | null;
}

const NOTHING: Search = { found: [], uncounted: null };

/** The smallest sets of levels that never occur together; or how many combinations do, of how many. */
function findLeftOut(dimensions: readonly Dimension[]): Search {
  if (dimensions.length === 0) return NOTHING;
  const asked = distinctPlaces(dimensions);
  const found: LeftOut[] = [];
  const holds = (levels: LeftOut) =>
    found.some((known) =>
      known.every(([name, level]) => levels.some((one) => one[0] === name && one[1] === level)),
    );
  for (const some of subsetsOf([...dimensions.keys()])) {
    const chosen = some.map((place) => dimensions[place]!);
    if (countCombinations(chosen) > MOST_COMBINATIONS) continue;
    const seen = new Set(asked.map((places) => keyOf(some.map((place) => places[place]!))));
    for (const places of combine(chosen)) {
      if (seen.has(keyOf(places))) continue;
      const levels = chosen.map(({ name, levels: own }, at) => [name, own[places[at]!]!] as const);
      if (!holds(levels)) found.push(levels);
      if (found.length > MOST_NAMED) return { found: [], uncounted: sayCount(dimensions, asked) };
    }
  }
  return { found, uncounted: null };
}

/** "8 of 16 combinations of condition, model and item_order" */
function sayCount(dimensions: readonly Dimension[], asked: readonly (readonly number[])[]): string {
  const all = countCombinations(dimensions);
  const names = formatList(dimensions.map(({ name }) => name));
  return `${formatCount(all - asked.length)} of ${formatCount(all)} combinations of ${names}`;
}

const countCombinations = (dimensions: readonly Dimension[]) =>
  dimensions.reduce((product, { levels }) => product * levels.length, 1);

/** Places of the levels that administrations have together, each combination once. */
function distinctPlaces(dimensions: readonly Dimension[]): readonly (readonly number[])[] {
  const known = new Map<number, readonly number[]>();
  const [first] = dimensions;
  for (let at = 0; at < (first?.codes.length ?? 0); at++) {
    let key = 0;
    for (const { codes, levels } of dimensions) key = key * (levels.length + 1) + codes[at]! + 1;
    if (!known.has(key))
      known.set(
        key,
        dimensions.map(({ codes }) => codes[at]!),
      );
  }
  return [...known.values()];
}

const keyOf = (places: readonly number[]) => places.join(' ');

/** Of one or more, the small ones first. */
function subsetsOf(places: readonly number[]): readonly (readonly number[])[] {
  const all: (readonly number[])[] = [[]];
  for (const one of places)
    all.push(...all.filter(({ length }) => length < MOST_LEVELS).map((some) => [...some, one]));
  return all.filter(({ length }) => length > 0).sort((one, other) => one.length - other.length);
}

function combine(dimensions: readonly Pick<Dimension, 'levels'>[]): readonly (readonly number[])[] {
  return dimensions.reduce<readonly (readonly number[])[]>(
    (done, { levels }) => done.flatMap((some) => levels.map((_, at) => [...some, at])),
    [[]],
  );
}
