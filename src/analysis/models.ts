/** In which order the study's tables list models and conditions, and which models share a table. */
import type { Condition } from '../personas/sheets/conditions.ts';
import type { StudyData, StudyModel, StudyPopulation } from './data.ts';
import type { StudyModelName } from './study-models.ts';

const SMALL_LLAMA_FIRST = ['gpt4o', 'gpt35', 'claude35sonnet', 'llama323B', 'llama3170B'] as const;
const LARGE_LLAMA_FIRST = ['gpt4o', 'gpt35', 'claude35sonnet', 'llama3170B', 'llama323B'] as const;
const ALPHABETICAL = ['claude35sonnet', 'gpt35', 'gpt4o', 'llama3170B', 'llama323B'] as const;

/**
 * The study's models in the order in which each published table prints them; there is no order
 * common to all.
 */
const MODEL_ORDERS: Readonly<Record<string, readonly StudyModelName[]>> = {
  1: ['gpt4o', 'gpt35'],
  2: ['llama323B', 'llama3170B'],
  3: ['claude35sonnet'],
  4: SMALL_LLAMA_FIRST,
  5: ALPHABETICAL,
  6: LARGE_LLAMA_FIRST,
  A4: SMALL_LLAMA_FIRST,
  A5: SMALL_LLAMA_FIRST,
  A6: LARGE_LLAMA_FIRST,
  A7: LARGE_LLAMA_FIRST,
};

/** The models that wrote personas or answered, in order of appearance. */
export function listModels({
  answered,
  personas,
}: Pick<StudyData, 'answered' | 'personas'>): readonly StudyModel[] {
  const all = [
    ...answered.flatMap(({ administrations }) => administrations.map(({ model }) => model)),
    ...personas.groups.map(({ model }) => model),
  ];
  return [...new Map(all.map((model) => [model.key, model])).values()];
}

/** The tables of demographics, among which the models are divided. */
export const DEMOGRAPHIC_TABLES = ['1', '2', '3'] as const;
export type DemographicTable = (typeof DEMOGRAPHIC_TABLES)[number];

/** Takes the models that no published table of demographics shows. */
const TABLE_OF_OTHERS: DemographicTable = '3';

/** The conditions of the published tables, in their order. */
export const STUDY_CONDITIONS = [
  'Base',
  'max_N',
  'max_P',
] as const satisfies readonly Condition['name'][];
export const BASE = STUDY_CONDITIONS[0];

/**
 * Sorts models as a table prints them: the study's first, and those that stand in for them; others
 * after them by name.
 */
export function compareModels(table: string): (a: StudyModel, b: StudyModel) => number {
  const order = MODEL_ORDERS[table] ?? [];
  return (a, b) => rank(order, a.studyName) - rank(order, b.studyName) || compareText(a.key, b.key);
}

type Shown = Pick<StudyPopulation, 'condition' | 'display' | 'place'>;

/** Sorts conditions: the study's first, own rows as in their file, others in alphabetical order. */
export function compareConditions(a: Shown, b: Shown): number {
  return (
    rank(STUDY_CONDITIONS, a.condition) - rank(STUDY_CONDITIONS, b.condition) ||
    (a.place ?? 0) - (b.place ?? 0) ||
    compareText(a.display, b.display)
  );
}

export function demographicTableOf({ studyName }: StudyModel): DemographicTable {
  return (
    DEMOGRAPHIC_TABLES.find(
      (table) => studyName !== null && MODEL_ORDERS[table]!.includes(studyName),
    ) ?? TABLE_OF_OTHERS
  );
}

function rank(order: readonly string[], name: string | null): number {
  const place = name === null ? -1 : order.indexOf(name);
  return place === -1 ? order.length : place;
}

/** By code unit, so that the order is that of every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The scales of the sheets, which are answers to the EPQR-A, in the order of the study's tables.
 */
export const SHEET_SCALES = ['E', 'N', 'P', 'L'] as const;
