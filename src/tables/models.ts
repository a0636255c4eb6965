/** In which order the study's tables list models and conditions, and which models share a table. */
import type { TableId } from './table.ts';

/** What the label of a simulated model ends with; the rest is the label of the model that it stands in for. */
const SIMULATED = ' (simulated)';

const SMALL_LLAMA_FIRST = ['GPT-4o', 'GPT-3.5', 'Claude-3.5-s', 'Llama3.2-3B', 'Llama3.1-70B'] as const;
const LARGE_LLAMA_FIRST = ['GPT-4o', 'GPT-3.5', 'Claude-3.5-s', 'Llama3.1-70B', 'Llama3.2-3B'] as const;
const ALPHABETICAL = ['Claude-3.5-s', 'GPT-3.5', 'GPT-4o', 'Llama3.1-70B', 'Llama3.2-3B'] as const;

/** The study's models in the order in which each published table prints them; there is no order common to all. */
const MODEL_ORDERS: Readonly<Record<TableId, readonly string[]>> = {
  1: ['GPT-4o', 'GPT-3.5'],
  2: ['Llama3.2-3B', 'Llama3.1-70B'],
  3: ['Claude-3.5-s'],
  4: SMALL_LLAMA_FIRST,
  5: ALPHABETICAL,
  6: LARGE_LLAMA_FIRST,
  A4: SMALL_LLAMA_FIRST,
  A5: SMALL_LLAMA_FIRST,
  A6: LARGE_LLAMA_FIRST,
  A7: LARGE_LLAMA_FIRST,
};

/** The tables of demographics, among which the models are divided. */
export const DEMOGRAPHIC_TABLES = ['1', '2', '3'] as const satisfies readonly TableId[];
export type DemographicTable = (typeof DEMOGRAPHIC_TABLES)[number];

/** Takes the models that no published table of demographics shows. */
const TABLE_OF_OTHERS: DemographicTable = '3';

/** The conditions of the published tables, in their order. */
export const STUDY_CONDITIONS = ['Base', 'MaxN', 'MaxP'] as const;
export const BASE = STUDY_CONDITIONS[0];

/** A simulated model belongs where the model belongs that it stands in for. */
function standsFor(model: string): string {
  return model.endsWith(SIMULATED) ? model.slice(0, -SIMULATED.length) : model;
}

/** Sorts models as a table prints them: the study's first, others after them in alphabetical order. */
export function compareModels(table: TableId): (a: string, b: string) => number {
  const order = MODEL_ORDERS[table];
  return (a, b) => rank(order, standsFor(a)) - rank(order, standsFor(b)) || compareText(a, b);
}

/** Sorts conditions, as tables show them: the study's first, others after them in alphabetical order. */
export function compareConditions(a: string, b: string): number {
  return rank(STUDY_CONDITIONS, a) - rank(STUDY_CONDITIONS, b) || compareText(a, b);
}

export function demographicTableOf(model: string): DemographicTable {
  return DEMOGRAPHIC_TABLES.find((table) => MODEL_ORDERS[table].includes(standsFor(model))) ?? TABLE_OF_OTHERS;
}

function rank(order: readonly string[], name: string): number {
  const place = order.indexOf(name);
  return place === -1 ? order.length : place;
}

/** By code unit, so that the order is that of every machine. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The scales of the sheets, which are answers to the EPQR-A, in the order of the study's tables. */
export const SHEET_SCALES = ['E', 'N', 'P', 'L'] as const;
