/**
 * Two sides of a study to be compared: what they differ in, and what is held equal meanwhile, by
 * the rule of the tables of contrasts.
 */
import { CONTROL } from '../personas/own/own.ts';
import type { Facet, Facets } from './facets-store.ts';
import { type Fields, MOST_VALUES } from './fields-store.ts';
import {
  EVERYTHING,
  type FieldName,
  type Filter,
  readFieldName,
  readSelection,
  writeFieldName,
  writeSelection,
} from './filter.ts';

/** Properties of administrations by which they may be compared, besides fields. */
const PROPERTIES = ['condition', 'model', 'language', 'population', 'group'] as const;
type Property = (typeof PROPERTIES)[number];

interface ByProperty {
  readonly kind: 'property';
  readonly name: Property;
}

export type By = ByProperty | FieldName;

export interface Comparison {
  readonly by: By;
  readonly first: string;
  readonly second: string;
  /** Slug. */
  readonly questionnaire: string;
  /** What holds of both sides. */
  readonly filter: Filter;
}

export interface Choices {
  /** What the administrations of the study can be compared by. */
  readonly by: readonly By[];
  /** Of what is compared, those that occur, the reference last. */
  readonly levels: readonly string[];
  readonly questionnaires: readonly string[];
}

/** Where nothing says otherwise, this condition is what others are compared with. */
const REFERENCES: readonly string[] = [CONTROL, 'Base'];

/**
 * What an address asks for; what it does not say is chosen here.
 * @returns without a comparison where nothing has two levels
 */
export function readComparison(
  query: URLSearchParams,
  { facets }: Facets,
  fields: Fields,
): { readonly comparison: Comparison | null; readonly choices: Choices } {
  const { filter } = readSelection(query).selection;
  const questionnaires = distinct(facets.map(({ questionnaire }) => questionnaire));
  const [asked] = filter.choices.questionnaire;
  const questionnaire = asked ?? questionnaires[0] ?? null;
  const own = facets.filter((facet) => facet.questionnaire === questionnaire);
  const offered = offerBy(own, fields);
  const by = readBy(query.get('by') ?? '') ?? offered[0] ?? null;
  const levels = by === null ? [] : levelsOf(own, fields, by);
  const choices = { by: offered, levels, questionnaires };
  if (by === null || questionnaire === null) return { comparison: null, choices };
  const wanted = wantedOf(filter, by);
  const [first, second] = chooseTwo(
    [query.get('first'), query.get('second')],
    wanted,
    levels,
    // Levels beyond those that are listed may be asked for by name.
    by.kind === 'column' && levels.length >= MOST_VALUES,
  );
  if (first === null || second === null) return { comparison: null, choices };
  const comparison = { by, first, second, questionnaire, filter: withoutBy(filter, by) };
  return { comparison, choices };
}

/** The query string by which `readComparison` finds it. */
export function writeComparison({ by, first, second, questionnaire, filter }: Comparison): string {
  const query = new URLSearchParams(writeSelection({ filter }));
  query.set('questionnaire', questionnaire);
  query.set('by', writeBy(by));
  query.set('first', first);
  query.set('second', second);
  return query.toString();
}

export function writeBy(by: By): string {
  return by.kind === 'property' ? by.name : writeFieldName(by);
}

/** For people. */
export function nameBy(by: By): string {
  return by.kind === 'property' ? by.name : by.name.replaceAll('_', ' ');
}

/** The administrations of one side. */
export function sideOf(
  { by, questionnaire, filter, ...sides }: Comparison,
  side: 'first' | 'second',
): Filter {
  const level = sides[side];
  const choices = { ...filter.choices, questionnaire: [questionnaire] };
  if (by.kind !== 'property')
    return { ...filter, choices, fields: [...filter.fields, { ...by, values: [level] }] };
  return by.name === 'group'
    ? { ...filter, choices, groups: [Number(level)] }
    : { ...filter, choices: { ...choices, [by.name]: [level] } };
}

/**
 * What is held equal, as one text, by facet: administrations of the same case are compared where
 * it is the same. Not held is what would leave a level without a partner, since each of its own
 * levels occurs with a single level of what is compared.
 * @param isConditionHeld where an own column is compared: whether conditions are no part of it
 */
export function strataOf(
  { by, first, second, questionnaire }: Comparison,
  { facets }: Facets,
  fields: Fields,
  isConditionHeld: boolean,
): ReadonlyMap<Facet, string> {
  const all = facets
    .filter((facet) => facet.questionnaire === questionnaire)
    .map((facet) => ({ facet, ways: waysOf(facet, fields), level: levelOf(facet, fields, by) }));
  const isGroup = by.kind === 'property' && by.name === 'group';
  const seen = isGroup ? all.filter(({ level }) => level === first || level === second) : all;
  const names = [...(all[0]?.ways.keys() ?? [])].filter((name) => {
    if (name === writeBy(by)) return false;
    if (name === 'condition' && by.kind === 'property')
      if (by.name === 'condition' || by.name === 'population') return false;
    if (name === 'condition' && by.kind === 'column') return isConditionHeld;
    return !determines(seen.map(({ ways, level }) => [ways.get(name)!, level]));
  });
  return new Map(
    all.map(({ facet, ways }) => [
      facet,
      names.map((name) => `${name.replace(/^factor\./, '')}: ${ways.get(name)}`).join(', '),
    ]),
  );
}

/** Whether each value occurs with a single level; null stands for any. */
function determines(pairs: readonly (readonly [value: string, level: string | null])[]): boolean {
  const found = new Map<string, string>();
  for (const [value, level] of pairs) {
    if (level === null) return false;
    const known = found.get(value) ?? level;
    if (known !== level) return false;
    found.set(value, known);
  }
  return true;
}

/** In what an administration may differ from another one of the same case. */
function waysOf(facet: Facet, { factorsOf }: Fields): ReadonlyMap<string, string> {
  const factors = facet.groupId === null ? undefined : factorsOf.get(facet.groupId);
  return new Map([
    ['model', `${facet.model ?? ''}${facet.model === facet.modelId ? '' : ` (${facet.modelId})`}`],
    ['condition', facet.condition ?? ''],
    ['language', facet.language],
    ...[...(factors ?? [])].map(
      ([name, level]) => [writeFieldName({ kind: 'factor', name }), level] as const,
    ),
  ]);
}

/** Null where none is known of the facet: an own column is the personas'. */
function levelOf(facet: Facet, { factorsOf }: Fields, by: By): string | null {
  const { groupId } = facet;
  if (by.kind === 'property') {
    if (by.name === 'group') return groupId === null ? null : String(groupId);
    return facet[by.name];
  }
  if (by.kind === 'column' || groupId === null) return null;
  return factorsOf.get(groupId)?.get(by.name) ?? null;
}

function levelsOf(facets: readonly Facet[], fields: Fields, by: By): readonly string[] {
  const found =
    by.kind === 'column'
      ? (fields.values.get(writeFieldName(by)) ?? [])
      : distinct(facets.map((facet) => levelOf(facet, fields, by)));
  const isReference = (level: string) => REFERENCES.includes(level);
  return [...found.filter((one) => !isReference(one)), ...found.filter(isReference)];
}

function offerBy(facets: readonly Facet[], fields: Fields): readonly By[] {
  const all: readonly By[] = [
    ...PROPERTIES.map((name) => ({ kind: 'property', name }) as const),
    ...[...fields.values.keys()].flatMap((key) => readFieldName(key) ?? []),
  ];
  const offered = all.filter((by) => levelsOf(facets, fields, by).length > 1);
  // Populations that are conditions by other names would only say the same twice.
  const conditions = new Set(facets.map(({ condition }) => condition));
  const populations = new Set(facets.map(({ population }) => population));
  return offered.filter(
    (by) =>
      by.kind !== 'property' || by.name !== 'population' || populations.size > conditions.size,
  );
}

function readBy(text: string): By | null {
  const property = PROPERTIES.find((name) => name === text);
  return property === undefined ? readFieldName(text) : { kind: 'property', name: property };
}

/** The levels that a list was filtered by. */
function wantedOf(filter: Filter, by: By): readonly string[] {
  if (by.kind !== 'property')
    return filter.fields.find((one) => writeFieldName(one) === writeFieldName(by))?.values ?? [];
  if (by.name === 'group') return filter.groups.map(String);
  return filter.choices[by.name];
}

function withoutBy(filter: Filter, by: By): Filter {
  const base = { ...filter, choices: { ...filter.choices, questionnaire: [] } };
  if (by.kind !== 'property')
    return {
      ...base,
      fields: base.fields.filter((one) => writeFieldName(one) !== writeFieldName(by)),
    };
  if (by.name === 'group') return { ...base, groups: EVERYTHING.groups };
  return { ...base, choices: { ...base.choices, [by.name]: [] } };
}

function chooseTwo(
  asked: readonly (string | null)[],
  wanted: readonly string[],
  levels: readonly string[],
  isOpen: boolean,
): readonly [string | null, string | null] {
  const isKnown = (level: string | null | undefined): level is string =>
    typeof level === 'string' && level !== '' && (isOpen || levels.includes(level));
  const first = [asked[0], wanted[0], ...levels].find(isKnown) ?? null;
  const rest = [asked[1], wanted[1], ...levels.toReversed()];
  return [first, rest.find((level) => isKnown(level) && level !== first) ?? null];
}

function distinct(values: readonly (string | null)[]): readonly string[] {
  return [...new Set(values.flatMap((value) => value ?? []))];
}
