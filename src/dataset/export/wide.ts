/**
 * One row for each experiment, one column for each item and scale: the shape that R, SPSS and
 * spreadsheets want. A file holds all languages and forms of one slug, which the columns
 * `language`, `form` and `administration` tell apart; items are the same column by their id.
 */
import type { Database } from '../../db/connect.ts';
import type { Session } from '../../db/session.ts';
import type { AnswersRow, AnswersTable } from './answers-table.ts';
import type { Value } from './export-store.ts';
import type { Absence } from './labelled.ts';
import { columnsOf, countsAs } from './wide-columns.ts';
import { freeName, MOMENTS, type Shape, shapeOf } from './wide-shape.ts';
import {
  experimentsOf,
  questionnairesOf,
  type WideExperiment,
  type WideQuestionnaire,
} from './wide-store.ts';

/** @param withPersonas whether the fields of personas are columns, too */
export async function wideTables(
  session: Session,
  database: Database,
  withPersonas = false,
): Promise<AnswersTable[]> {
  return answersTables(session, database, withPersonas, (questionnaire, shape) => ({
    kind: 'wide',
    columns: columnsOf(shape, questionnaire),
    rowsOf: (experiment) => [wideRow(experiment, shape, questionnaire)],
  }));
}

type Layout = Pick<AnswersTable, 'kind' | 'columns'> & {
  readonly rowsOf: (experiment: WideExperiment) => readonly AnswersRow[];
};

/** One for each questionnaire, whose experiments are read page by page. */
export async function answersTables(
  session: Session,
  database: Database,
  withPersonas: boolean,
  layOut: (questionnaire: WideQuestionnaire, shape: Shape) => Layout,
): Promise<AnswersTable[]> {
  const names = new Set<string>();
  return (await questionnairesOf(session, database, withPersonas)).map((questionnaire) => {
    const { slug } = questionnaire;
    const shape = shapeOf(questionnaire);
    const { kind, columns, rowsOf } = layOut(questionnaire, shape);
    return {
      kind,
      slug,
      title: shape.instruments[0]?.title ?? slug,
      name: nameOfFile(`answers_${kind}`, slug, names),
      columns,
      instruments: shape.instruments,
      async *rows() {
        for await (const page of experimentsOf(session, database, questionnaire, withPersonas))
          yield page.flatMap(rowsOf);
      },
    };
  });
}

/** A name that every file system takes. */
function nameOfFile(kind: string, slug: string, taken: Set<string>): string {
  return freeName(`${kind}_${slug.replaceAll(/[^\w-]+/g, '_').slice(0, 60)}`, taken);
}

function wideRow(
  experiment: WideExperiment,
  shape: Shape,
  { hasProbabilities }: WideQuestionnaire,
): AnswersRow {
  const { answers, scores } = experiment;
  const given = new Map(
    [...answers].map(([number, answer]) => [shape.idOf(experiment.wording, number), answer]),
  );
  const row = aboutRow(experiment, shape);
  let answered = 0;
  for (const { id, column, reversedColumn, item, missingCodes } of shape.items) {
    const answer = given.get(id);
    const value = answer?.value ?? null;
    row[column] = value;
    if (reversedColumn !== null)
      row[reversedColumn] = typeof value === 'number' ? countsAs(item!, value) : null;
    const hasAnswer = value !== null && !(missingCodes as readonly unknown[]).includes(value);
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

/** Who answered what, and how it was asked. */
export function aboutRow(experiment: WideExperiment, shape: Shape): Record<string, Value> {
  const { answers, scores, factors, personaColumns, persona, wording, ...about } = experiment;
  const row: Record<string, Value> = { ...about };
  for (const { name, column } of shape.factors) row[column] = factors.get(name) ?? null;
  for (const { name, column } of shape.personaColumns)
    row[column] = personaColumns.get(name) ?? null;
  for (const { name, column } of shape.personaFields) row[column] = persona?.[name] ?? null;
  return row;
}

/** Null for an administration that succeeded. */
export function absenceOfAll({
  succeeded,
  outcome,
}: Pick<WideExperiment, 'succeeded' | 'outcome'>): Absence | null {
  if (succeeded === true) return null;
  if (outcome === 'refused' || outcome === 'truncated' || outcome === 'invalid') return outcome;
  if (outcome === 'unparseable') return 'invalid';
  return outcome === null && succeeded === null ? 'not_asked' : 'failed';
}

export function absenceOfItem(state: string | null | undefined): Absence | null {
  if (state === 'declined' || state === 'not_applicable' || state === 'not_asked') return state;
  return null;
}
