/**
 * The administrations of one instrument, in all its forms, as columns: who answered, the level of
 * every factor, and the outcomes.
 */
import { factorLevel, PUBLISHED_SETTINGS } from '../../../administration/settings.ts';
import type { PointRange } from '../../../instruments/structure.ts';
import { CONTROL } from '../../../personas/own/own.ts';
import {
  type Administration,
  type Answered,
  type Coded,
  ITEM_STATES,
  type StudyData,
  UNANSWERED,
} from '../../data.ts';
import type { Ending } from '../../endings.ts';
import { onceFor } from '../../once.ts';
import { rangeOfScores, scaleOf, scoreScale } from '../../scores.ts';
import { FIRST_UNKNOWN_CLUSTER } from '../cells.ts';

interface Level {
  /** What the data call it. */
  readonly key: string;
  /** As tables show it. */
  readonly label: string;
}

export interface Factor {
  /**
   * `condition`, `model`, `language`, a setting of the administration, an own column, or what calls
   * record.
   */
  readonly name: string;
  readonly kind: 'condition' | 'model' | 'asking' | 'column' | 'call';
  /** Key of the only model that it is of; null for all. */
  readonly ofModel: string | null;
  /** In order of appearance. */
  readonly levels: readonly Level[];
  /** Of each observation, −1 where it has none. */
  readonly codes: Int32Array;
}

export interface Observations {
  /** As tables call the instrument: its one form, or its slug where it has several. */
  readonly instrument: string;
  readonly forms: readonly Answered[];
  readonly administrations: readonly Administration[];
  /** Position in `forms` of each observation. */
  readonly formOf: Int32Array;
  /**
   * From 0, the same number for the same case; one of its own where nobody knows who answered.
   */
  readonly cases: Int32Array;
  readonly nCases: number;
  /** Each with two levels at least, in the order of the tables. */
  readonly factors: readonly Factor[];
  /** What each counts, 0 where that is not known; null where no column of weights is named. */
  readonly weights: Float64Array | null;
}

export const CONDITION = 'condition';
export const MODEL = 'model';
const LANGUAGE = 'language';

/**
 * One for each slug, in order of appearance. Several tables, and the SQL of each of their rows, are
 * made of the same.
 */
export const observe = onceFor((study: StudyData): readonly Observations[] =>
  [...Map.groupBy(study.answered, ({ questionnaire }) => questionnaire.slug).values()].map(
    (forms) => observeForms(study, forms),
  ),
);

function observeForms({ ownColumns }: StudyData, forms: readonly Answered[]): Observations {
  const administrations = forms.flatMap((form) => form.administrations);
  const formOf = Int32Array.from(
    forms.flatMap((form, at) => new Array<number>(form.administrations.length).fill(at)),
  );
  const { slug, label } = forms[0]!.questionnaire;
  const column = (name: string) => joinColumns(forms, (form) => form.columns.get(name), -1);
  const placeOf = (name: string) => {
    const place = ownColumns.names.indexOf(name);
    return place === -1 ? ownColumns.names.length : place;
  };
  const columns = [...new Set(forms.flatMap((form) => [...form.columns.keys()]))]
    .filter((name) => name !== ownColumns.vignette && name !== ownColumns.weight)
    .sort((one, other) => placeOf(one) - placeOf(other));
  const taken = new Set([CONDITION, MODEL, LANGUAGE]);
  const settings = [...new Set(forms.flatMap((form) => [...form.factors.keys()]))].filter(
    (name) => name !== LANGUAGE,
  );
  for (const name of settings) taken.add(name);
  const factors: readonly Factor[] = [
    conditionsOf(administrations),
    modelsOf(administrations),
    { name: LANGUAGE, kind: 'asking', ofModel: null, ...languagesOf(forms, formOf) },
    ...settings.map((name): Factor => {
      const joined = joinSetting(forms, name);
      const levels = joined.values.map(sameLabel);
      return { name, kind: 'asking', ofModel: null, codes: joined.codes, levels };
    }),
    ...columns.map((name): Factor => {
      const { codes: all, values } = column(name);
      // The control is compared as a condition: its own values are no level of what was varied.
      const codes = all.map((code, at) =>
        administrations[at]!.population.population === CONTROL ? -1 : code,
      );
      const called = taken.has(name) ? `${name} (own column)` : name;
      const levels = values.map(sameLabel);
      return { name: called, kind: 'column', ofModel: null, codes, levels };
    }),
    ...[...new Set(forms.flatMap((form) => [...form.recorded.keys()]))].flatMap((name) =>
      recordedOf(name, forms, administrations),
    ),
  ];
  return {
    instrument: forms.length === 1 ? label : slug,
    ...{ forms, administrations, formOf },
    ...numberCases(administrations),
    factors: factors.map(withoutIdleLevels).filter(({ levels }) => levels.length > 1),
    weights: ownColumns.weight === null ? null : weightsOf(column(ownColumns.weight)),
  };
}

function numberCases(administrations: readonly Administration[]) {
  const known = new Map<number, number>();
  const cases = Int32Array.from(administrations, ({ clusterId }, at) => {
    const who = clusterId ?? FIRST_UNKNOWN_CLUSTER - at;
    const own = known.get(who) ?? known.size;
    known.set(who, own);
    return own;
  });
  return { cases, nCases: known.size };
}

const sameLabel = (key: string): Level => ({ key, label: key });

/** A condition is that of all populations that were written under it. */
function conditionsOf(administrations: readonly Administration[]): Factor {
  return code(CONDITION, 'condition', administrations, ({ population }) => {
    const { condition, display, isReference } = population;
    const name = population.population;
    return isReference || condition === null
      ? { key: name, label: isReference ? name : display }
      : { key: condition, label: display };
  });
}

function modelsOf(administrations: readonly Administration[]): Factor {
  return code(MODEL, 'model', administrations, ({ model: { key, label } }) => ({ key, label }));
}

function code(
  name: string,
  kind: Factor['kind'],
  administrations: readonly Administration[],
  levelOf: (administration: Administration) => Level,
): Factor {
  const known = new Map<string, number>();
  const levels: Level[] = [];
  const codes = Int32Array.from(administrations, (one) => {
    const level = levelOf(one);
    const found = known.get(level.key) ?? levels.push(level) - 1;
    known.set(level.key, found);
    return found;
  });
  return { name, kind, ofModel: null, levels, codes };
}

/** What calls record, model by model: versions of one are no levels of another. */
function recordedOf(
  name: string,
  forms: readonly Answered[],
  administrations: readonly Administration[],
): readonly Factor[] {
  const { codes, values } = joinColumns(forms, (form) => form.recorded.get(name), -1);
  const models = new Set(administrations.map(({ model }) => model.key));
  return [...models].map((ofModel) => ({
    ...{ name, kind: 'call', ofModel },
    levels: values.map(sameLabel),
    codes: codes.map((own, at) => (administrations[at]!.model.key === ofModel ? own : -1)),
  }));
}

/** In the order of registration, which is that of the study file. */
function languagesOf(forms: readonly Answered[], formOf: Int32Array) {
  const first = ({ administrations }: Answered) =>
    administrations[0]?.experimentId ?? Number.POSITIVE_INFINITY;
  const registered = forms.toSorted((one, other) => first(one) - first(other));
  const languages = [...new Set(registered.map(({ questionnaire }) => questionnaire.language))];
  const own = forms.map(({ questionnaire }) => languages.indexOf(questionnaire.language));
  return { codes: formOf.map((form) => own[form]!), levels: languages.map(sameLabel) };
}

/** What a group does not say of a setting is the default. */
function joinSetting(forms: readonly Answered[], name: string): Coded {
  const defaults: Readonly<Record<string, unknown>> = PUBLISHED_SETTINGS;
  const joined = joinColumns(forms, (form) => form.factors.get(name), -1);
  if (!joined.codes.includes(-1)) return joined;
  const level = factorLevel(name, defaults[name]);
  const at = joined.values.indexOf(level);
  const missing = at === -1 ? joined.values.length : at;
  return {
    values: at === -1 ? [...joined.values, level] : joined.values,
    codes: joined.codes.map((own) => (own === -1 ? missing : own)),
  };
}

/** One column over all forms; the levels may be listed in another order in each. */
function joinColumns(
  forms: readonly Answered[],
  columnOf: (form: Answered) => Coded | undefined,
  missing: number,
): Coded {
  const known = new Map<string, number>();
  const parts = forms.map((form) => {
    const own = columnOf(form);
    if (own === undefined) return new Int32Array(form.administrations.length).fill(missing);
    const renamed = own.values.map((value) => {
      const found = known.get(value) ?? known.size;
      known.set(value, found);
      return found;
    });
    return own.codes.map((at) => (at === -1 ? missing : renamed[at]!));
  });
  const codes = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  for (const part of parts) {
    codes.set(part, from);
    from += part.length;
  }
  return { codes, values: [...known.keys()] };
}

/** A level that only other questionnaires or other rows have is none here. */
function withoutIdleLevels(factor: Factor): Factor {
  const used = new Set(factor.codes);
  if (factor.levels.every((_, at) => used.has(at))) return factor;
  const places = factor.levels.flatMap((_, at) => (used.has(at) ? [at] : []));
  const renamed = new Map(places.map((at, place) => [at, place]));
  return {
    ...factor,
    levels: places.map((at) => factor.levels[at]!),
    codes: factor.codes.map((at) => renamed.get(at) ?? -1),
  };
}

/** 0 where a persona has no weight, as a control: no number of it is on the scale of the others. */
function weightsOf({ codes, values }: Coded): Float64Array {
  const weights = values.map((value) => Number(value.trim().replace(',', '.')));
  return Float64Array.from(codes, (at) => {
    const weight = at === -1 ? 0 : weights[at]!;
    return Number.isFinite(weight) && weight > 0 ? weight : 0;
  });
}

/** A number for each observation, NaN where it has none. */
export interface Outcome {
  /** Id of the scale or of the item, or what became of the administration. */
  readonly name: string;
  readonly values: Float64Array;
  /** The scale; null for what is none. */
  readonly scale: string | null;
  /** Lowest and highest value there can be; null where nothing bounds it, or that is not known. */
  readonly range: PointRange | null;
}

const numericOf = new WeakMap<Observations, readonly Outcome[]>();

/** Scales, and items on no scale with more than two answers, of administrations that succeeded. */
export function numericOutcomes(observed: Observations): readonly Outcome[] {
  const outcomes = numericOf.get(observed) ?? readNumeric(observed);
  numericOf.set(observed, outcomes);
  return outcomes;
}

function readNumeric(observed: Observations): readonly Outcome[] {
  const { questionnaire } = observed.forms[0]!;
  const { scales, items } = questionnaire;
  const scored = new Set(scales.flatMap(({ members }) => members.map(({ column }) => column)));
  const numeric = items.flatMap((item, column) =>
    scored.has(column) || item.isText || item.demanded.length > 0 || item.options.length === 2
      ? []
      : [{ id: item.id, column, range: item.isNumber ? null : item.range }],
  );
  const ids = new Set(scales.map(({ id }) => id));
  return [
    ...scales.map(({ id }) => ({
      ...{ name: id, scale: id, values: scoresOf(observed, id) },
      range: rangeOfScores(questionnaire, scaleOf(questionnaire, id)),
    })),
    ...numeric.map(({ id, column, range }) => ({
      range,
      name: ids.has(id) ? `item ${id}` : id,
      scale: null,
      values: overForms(observed, (form, position) => pointsAt(form, position, column)),
    })),
  ];
}

function scoresOf({ forms }: Observations, scale: string): Float64Array {
  const parts = forms.map((form) => {
    const positions = succeededOf(form);
    const scores = new Float64Array(form.administrations.length).fill(Number.NaN);
    const found = form.questionnaire.scales.some(({ id }) => id === scale);
    if (!found) return scores;
    const { totals, divisors } = scoreScale(form, scaleOf(form.questionnaire, scale), positions);
    positions.forEach((position, row) => {
      scores[position] = totals[row]! / divisors[row]!;
    });
    return scores;
  });
  return concatenate(parts);
}

function pointsAt({ questionnaire, points }: Answered, position: number, column: number): number {
  const own = points[position * questionnaire.items.length + column]!;
  return own === UNANSWERED ? Number.NaN : own;
}

/** Failures that are the model's: of a connection or a server nothing is to be learned. */
const UNUSABLE: ReadonlySet<Ending> = new Set(['truncated', 'unparseable', 'invalid']);

/**
 * What became of administrations, 1 or 0: refused, without a usable reply, with an item declined;
 * each where it occurs at all; before anybody is asked, the two that always may. Then items of two answers that are on no scale: whether the answer
 * with the higher number was given.
 */
export function binaryOutcomes(observed: Observations): readonly Outcome[] {
  const { items, scales } = observed.forms[0]!.questionnaire;
  const ended = (test: (ending: Ending) => boolean) =>
    Float64Array.from(observed.administrations, ({ ending }) =>
      ending === 'pending' || ending === 'failed' ? Number.NaN : Number(test(ending)),
    );
  const ends = [
    { name: 'refused', values: ended((ending) => ending === 'refused') },
    { name: 'no usable reply', values: ended((ending) => UNUSABLE.has(ending)) },
  ];
  const isPlanned = observed.administrations.every(({ ending }) => ending === 'pending');
  const states = isPlanned
    ? ends
    : [...ends, { name: 'declined an item', values: overForms(observed, hasDeclined) }].filter(
        ({ values }) => values.includes(1),
      );
  const scored = new Set(scales.flatMap(({ members }) => members.map(({ column }) => column)));
  const single = items.flatMap(({ id, options, isText, demanded }, column) => {
    if (scored.has(column) || isText || demanded.length > 0 || options.length !== 2) return [];
    const yes = options.reduce((most, one) => (one.value > most.value ? one : most));
    const values = overForms(observed, ({ questionnaire, answers }, position) => {
      const answer = answers[position * questionnaire.items.length + column]!;
      return answer === UNANSWERED ? Number.NaN : Number(answer === yes.value);
    });
    return [{ name: id, values }];
  });
  return [...states, ...single].map((one) => ({ ...one, scale: null, range: SHARES }));
}

const SHARES = { low: 0, high: 1 };

const DECLINED = ITEM_STATES.indexOf('declined');

function hasDeclined({ questionnaire, states }: Answered, position: number): number {
  const width = questionnaire.items.length;
  const own = states?.subarray(position * width, (position + 1) * width);
  return Number(own?.includes(DECLINED) === true);
}

function succeededOf({ administrations }: Answered): readonly number[] {
  return administrations.flatMap(({ succeeded }, at) => (succeeded === true ? [at] : []));
}

/** Of administrations that succeeded. */
function overForms(
  { forms }: Observations,
  read: (form: Answered, position: number) => number,
): Float64Array {
  return concatenate(
    forms.map((form) => {
      const values = new Float64Array(form.administrations.length).fill(Number.NaN);
      for (const position of succeededOf(form)) values[position] = read(form, position);
      return values;
    }),
  );
}

function concatenate(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  for (const part of parts) {
    all.set(part, from);
    from += part.length;
  }
  return all;
}
