/** A wide file as SPSS and Stata have it: numbers with labels, and a code for each reason. */
import type { AnswersRow } from './answers-table.ts';
import type { Value } from './export-store.ts';
import type { Cell, LabelledColumn, LabelledRow } from './labelled.ts';
import { variableLabel } from './variable-labels.ts';
import type { WideColumn } from './wide-columns.ts';

/** Codes for the reasons lie below, of all files but those with answers or scores as low. */
const USUAL_FLOOR = -990;
const LOW_FLOOR = -999_999_990;

/** A number that no answer and no score of the file reaches. */
export function floorOf(columns: readonly WideColumn[]): number {
  const largest = columns
    .filter(({ role }) => role === 'item')
    .map(({ minimum, maximum }) => Math.max(Math.abs(minimum ?? 0), Math.abs(maximum ?? 0)));
  const goBelow = columns.some(
    ({ minimum, weights }) => (minimum ?? 0) < 0 || hasNegative(weights),
  );
  const sum = largest.reduce((total, one) => total + one, 0);
  return goBelow && sum >= -USUAL_FLOOR ? LOW_FLOOR : USUAL_FLOOR;
}

function hasNegative(weights: WideColumn['weights']): boolean {
  return Object.values(weights ?? {}).some((weight) => weight < 0);
}

export function labelledColumnsOf(columns: readonly WideColumn[]): LabelledColumn[] {
  return columns.map((column) => {
    const { name, type, role, level, values, missing } = column;
    return {
      name,
      label: variableLabel(column),
      kind: type === 'date' || (type === 'string' && values.length === 0) ? 'text' : 'number',
      level,
      decimals: type === 'double' ? 2 : 0,
      labels: new Map(
        values.map(([value, label], at) => [codeOfValue({ type, values }, value, at), label]),
      ),
      missing,
      hasReasons: hasReasons(role) && type !== 'string',
    };
  });
}

function hasReasons(role: WideColumn['role']): boolean {
  return role === 'item' || role === 'reversed' || role === 'moment' || role === 'score';
}

/** Texts with labels become whole numbers from 1, booleans 0 and 1. */
function codeOfValue(
  { type }: Pick<WideColumn, 'type' | 'values'>,
  value: string | number,
  at: number,
): number {
  if (type === 'boolean') return value === 't' ? 1 : 0;
  return type === 'string' ? at + 1 : Number(value);
}

export function labelledRow(
  columns: readonly WideColumn[],
  { values, absenceOf }: AnswersRow,
): LabelledRow {
  return columns.map((column, at) => cellOf(column, values[at]!, absenceOf));
}

function cellOf(
  { name, role, type, id, values }: WideColumn,
  value: Value,
  absenceOf: AnswersRow['absenceOf'],
): Cell {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === null) {
    const absent = hasReasons(role) && type !== 'string' ? absenceOf(id) : null;
    return absent === null ? null : { absent };
  }
  if (type !== 'string' || values.length === 0) return value;
  const at = values.findIndex(([known]) => known === value);
  if (at === -1) throw new RangeError(`"${value}" has no code in the column ${name}`);
  return at + 1;
}
