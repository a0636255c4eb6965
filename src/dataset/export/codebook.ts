/** What the columns of a wide file mean: as a table, and as data for programs. */
import { ABSENCE_LABELS, ABSENCES, codeOf } from './labelled.ts';
import { keyOf, type Labelled, type WideColumn } from './wide-columns.ts';
import type { Shape } from './wide-shape.ts';

/** Columns of a codebook. */
export const CODEBOOK = [
  'column',
  'description',
  'type',
  'values',
  'scale',
  'key',
  'text',
  'id',
  'missing',
  'weights',
  'norms',
  'level',
  'minimum',
  'maximum',
  'reversed',
  'keyed_answer',
] as const;

type Row = Readonly<Record<(typeof CODEBOOK)[number], string | number | null>>;

/** @returns rows, the header first */
export function codebookOf(columns: readonly WideColumn[]): (string | number | null)[][] {
  return [
    [...CODEBOOK],
    ...columns.map((column) => {
      const row = rowOf(column);
      return CODEBOOK.map((name) => row[name]);
    }),
  ];
}

function rowOf(column: WideColumn): Row {
  const { name, description, type, level, scale, text, id, minimum, maximum, role } = column;
  const hasKey = role === 'item' && scale !== null;
  return {
    ...{ column: name, description, type, scale, text, id, level, minimum, maximum },
    values: column.values.length === 0 ? null : JSON.stringify(asObject(column.values)),
    key: hasKey ? keyOf(column) : null,
    missing: column.missing.length === 0 ? null : JSON.stringify(column.missing),
    weights: column.weights && JSON.stringify(column.weights),
    norms: column.norms && JSON.stringify(column.norms),
    reversed: column.reversed === null ? null : column.reversed ? 't' : 'f',
    keyed_answer: column.keyedAnswer,
  };
}

/**
 * The codebook as JSON: the questionnaire in each language, its columns, and why a cell may be
 * empty.
 * @param floor see `LabelledTable`
 */
export function codebookData(
  slug: string,
  columns: readonly WideColumn[],
  { instruments }: Pick<Shape, 'instruments'>,
  floor: number,
): string {
  const data = {
    questionnaire: slug,
    wordings: instruments.map(({ title, language, citation, licence, sha256 }) => ({
      ...{ title, language, citation, licence, sha256 },
    })),
    missing: {
      rule: 'A cell without an answer is empty in CSV, null in JSON lines and Parquet. In SPSS and Stata it has the code of the reason. "outcome" tells how the administration ended.',
      reasons: ABSENCES.map((absence, at) => ({
        reason: absence,
        label: ABSENCE_LABELS[absence],
        spss: codeOf(absence, floor),
        stata: `.${'abcdefghijklmnopqrstuvwxyz'[at]}`,
      })),
    },
    columns: columns.map(({ values, missing, wordings, keyedAnswer, name, ...column }) => ({
      column: name,
      ...column,
      keyed_answer: keyedAnswer,
      value_labels: values.length === 0 ? null : asObject(values),
      missing_codes: missing,
      wordings: Object.fromEntries(
        wordings.map(({ language, text, values: labels }) => [
          language,
          { text, value_labels: asObject(labels) },
        ]),
      ),
    })),
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}

/** Codes and their labels as an object, which programs can read whatever the labels hold. */
function asObject(values: readonly Labelled[]): Readonly<Record<string, string>> {
  return Object.fromEntries(values);
}
