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
import { ABOUT } from './wide-about.ts';
import { columnsOf, countsAs } from './wide-columns.ts';
import { freeName, MOMENTS, type Shape, shapeOf } from './wide-shape.ts';
import {
  type About,
  experimentsOf,
  type PersonaColumn,
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
  const { about, answers, scores } = experiment;
  const values = aboutValues(experiment, shape);
  const numbers = shape.numbersOf(about.wording);
  const answerTo = (at: number) => {
    const number = numbers[at] ?? null;
    return number === null ? undefined : answers.get(number);
  };
  let answered = 0;
  for (const [at, { reversedColumn, item, missingCodes }] of shape.items.entries()) {
    const answer = answerTo(at);
    const value = answer?.value ?? null;
    values.push(value);
    if (reversedColumn !== null)
      values.push(typeof value === 'number' ? countsAs(item!, value) : null);
    const hasAnswer = value !== null && !(missingCodes as readonly unknown[]).includes(value);
    if (hasAnswer || answer?.expected != null) answered++;
    if (!hasProbabilities) continue;
    for (const [moment] of MOMENTS) values.push(answer?.[moment] ?? null);
  }
  values[ANSWERED] = answered;
  for (const { id } of shape.scores) values.push(scores.get(id) ?? null);
  const ofAll = absenceOfAll(about);
  return {
    values,
    absenceOf(item) {
      if (ofAll !== null || item === null) return ofAll;
      return absenceOfItem(answerTo(shape.items.findIndex(({ id }) => id === item))?.state);
    },
  };
}

const ANSWERED = ABOUT.findIndex(([name]) => name === 'answered');

/** In the order of `aboutColumnsOf`; how many items are answered is null. */
export function aboutValues(experiment: WideExperiment, shape: Shape): Value[] {
  const { about, factors, personaColumns } = experiment;
  const values: Value[] = [];
  for (const [name] of ABOUT) values.push(name === 'answered' ? null : about[name]);
  for (const { name } of shape.factors) values.push(factors.get(name) ?? null);
  for (const { name, type } of shape.personaColumns)
    values.push(numberOrText(personaColumns.get(name) ?? null, type));
  for (const { name } of shape.personaFields) values.push(about.persona?.[name] ?? null);
  return values;
}

function numberOrText(written: string | null, type: PersonaColumn['type']): string | number | null {
  if (written === null || type === 'string') return written;
  return written.trim() === '' ? null : Number(written.replace(',', '.'));
}

/** Null for an administration that succeeded. */
export function absenceOfAll({
  succeeded,
  outcome,
}: Pick<About, 'succeeded' | 'outcome'>): Absence | null {
  if (succeeded === true) return null;
  if (outcome === 'refused' || outcome === 'truncated' || outcome === 'invalid') return outcome;
  if (outcome === 'unparseable') return 'invalid';
  return outcome === null && succeeded === null ? 'not_asked' : 'failed';
}

export function absenceOfItem(state: string | null | undefined): Absence | null {
  if (state === 'declined' || state === 'not_applicable' || state === 'not_asked') return state;
  return null;
}
