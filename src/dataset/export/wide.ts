/**
 * One row for each experiment, one column for each item and scale: the shape that R, SPSS and
 * spreadsheets want. A file holds all languages and forms of one slug, which the columns
 * `language`, `form` and `administration` tell apart; items are the same column by their id.
 */
import type { Database } from '../../db/connect.ts';
import type { Session } from '../../db/session.ts';
import { codebookData, codebookOf } from './codebook.ts';
import type { Value } from './export-store.ts';
import type { Absence } from './labelled.ts';
import { columnsOf, countsAs, type WideColumn } from './wide-columns.ts';
import { floorOf } from './wide-labels.ts';
import { freeName, isMissingCode, MOMENTS, type Shape, shapeOf } from './wide-shape.ts';
import {
  experimentsOf,
  questionnairesOf,
  type WideExperiment,
  type WideQuestionnaire,
} from './wide-store.ts';

export interface WideTable {
  /** Of the questionnaire. */
  readonly slug: string;
  readonly title: string;
  /** Name of the file, without its ending. */
  readonly name: string;
  readonly columns: readonly WideColumn[];
  /** Rows of the codebook, its header first. */
  readonly codebook: readonly (readonly (string | number | null)[])[];
  /** The codebook as JSON. */
  readonly codebookData: string;
  rows(): AsyncGenerator<readonly WideRow[]>;
}

export interface WideRow {
  /** By column. */
  readonly values: Readonly<Record<string, Value>>;
  /** Why an item, by its id, or a score has no value; null for no reason that is known. */
  readonly absenceOf: (item: string | null) => Absence | null;
}

export async function wideTables(session: Session, database: Database): Promise<WideTable[]> {
  const names = new Set<string>();
  return (await questionnairesOf(session, database)).map((questionnaire) => {
    const { slug } = questionnaire;
    const name = freeName(`answers_wide_${slug.replaceAll(/[^\w-]+/g, '_').slice(0, 60)}`, names);
    const shape = shapeOf(questionnaire);
    const columns = columnsOf(shape, questionnaire);
    return {
      slug,
      title: shape.instruments[0]?.title ?? slug,
      name,
      columns,
      codebook: codebookOf(columns),
      codebookData: codebookData(slug, columns, shape, floorOf(columns)),
      async *rows() {
        for await (const page of experimentsOf(session, database, slug))
          yield page.map((experiment) => wideRow(experiment, shape, questionnaire));
      },
    };
  });
}

function wideRow(
  experiment: WideExperiment,
  shape: Shape,
  { hasProbabilities }: WideQuestionnaire,
): WideRow {
  const { answers, scores, factors, personaColumns, wording, ...about } = experiment;
  const given = new Map(
    [...answers].map(([number, answer]) => [shape.idOf(wording, number), answer]),
  );
  const row: Record<string, Value> = { ...about, answered: 0 };
  let answered = 0;
  for (const { name, column } of shape.factors) row[column] = factors.get(name) ?? null;
  for (const { name, column } of shape.personaColumns)
    row[column] = personaColumns.get(name) ?? null;
  for (const { id, column, reversedColumn, item } of shape.items) {
    const answer = given.get(id);
    const value = answer?.value ?? null;
    row[column] = value;
    if (reversedColumn !== null)
      row[reversedColumn] = typeof value === 'number' ? countsAs(item!, value) : null;
    const hasAnswer = value !== null && !isMissingCode(item, value);
    if (hasAnswer || answer?.expected != null) answered++;
    if (!hasProbabilities) continue;
    for (const [moment] of MOMENTS) row[`${column}_${moment}`] = answer?.[moment] ?? null;
  }
  for (const { id, column } of shape.scores) row[column] = scores.get(id) ?? null;
  const ofAll = absenceOfAll(experiment);
  return {
    values: { ...row, answered },
    absenceOf: (item) => ofAll ?? (item === null ? null : absenceOfItem(given.get(item)?.state)),
  };
}

/** Null for an administration that succeeded. */
function absenceOfAll({
  succeeded,
  outcome,
}: Pick<WideExperiment, 'succeeded' | 'outcome'>): Absence | null {
  if (succeeded === true) return null;
  if (outcome === 'refused' || outcome === 'truncated' || outcome === 'invalid') return outcome;
  if (outcome === 'unparseable') return 'invalid';
  return outcome === null && succeeded === null ? 'not_asked' : 'failed';
}

function absenceOfItem(state: string | null | undefined): Absence | null {
  if (state === 'declined' || state === 'not_applicable' || state === 'not_asked') return state;
  return null;
}
