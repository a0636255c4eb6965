/**
 * One row for each item of each administration, answered or not: the shape that mixed models and
 * item response models want.
 */
import type { Database } from '../../db/connect.ts';
import type { Session } from '../../db/session.ts';
import type { Item } from '../../instruments/structure.ts';
import type { AnswersRow, AnswersTable } from './answers-table.ts';
import { longColumnsOf } from './long-columns.ts';
import { aboutRow, absenceOfAll, absenceOfItem, answersTables } from './wide.ts';
import { countsAs } from './wide-columns.ts';
import { type ItemShape, MOMENTS, type Shape } from './wide-shape.ts';
import type { WideExperiment } from './wide-store.ts';

/** @param withPersonas whether the fields of personas are columns, too */
export async function longTables(
  session: Session,
  database: Database,
  withPersonas: boolean,
): Promise<AnswersTable[]> {
  return answersTables(session, database, withPersonas, ({ hasProbabilities }, shape) => {
    const columns = longColumnsOf(shape, hasProbabilities);
    const wanted = new Set(columns.map(({ name }) => name));
    const itemOf = new Map(shape.items.map((item) => [item.id, item]));
    return {
      ...{ kind: 'long', columns },
      rowsOf: (experiment) => rowsOf(experiment, shape, itemOf, wanted),
    };
  });
}

/** The items of the wording that was asked, and what else has an answer. */
function rowsOf(
  experiment: WideExperiment,
  shape: Shape,
  itemOf: ReadonlyMap<string, ItemShape>,
  wanted: ReadonlySet<string>,
): AnswersRow[] {
  const { wording, answers } = experiment;
  const about = Object.fromEntries(
    Object.entries(aboutRow(experiment, shape)).filter(([name]) => wanted.has(name)),
  );
  const instrument = shape.wordingOf(wording);
  const asked = instrument?.items.map(({ number }) => number) ?? [...itemOf.values()].map(number);
  const ofAll = absenceOfAll(experiment);
  return [...new Set([...asked, ...answers.keys()])]
    .sort((a, b) => a - b)
    .map((at) => {
      const known = itemOf.get(shape.idOf(wording, at));
      const item = instrument?.items[at - 1] ?? null;
      const given = answers.get(at);
      const value = given?.value ?? null;
      const absence = value === null ? (ofAll ?? absenceOfItem(given?.state)) : null;
      const answer = typeof value === 'number' ? value : null;
      return {
        values: {
          ...about,
          item: known?.column ?? null,
          item_number: at,
          scale: item?.scale ?? known?.published?.scale ?? null,
          answer,
          answer_text: typeof value === 'string' ? value : null,
          answer_label: labelOf(item, answer),
          points: item === null || answer === null ? null : pointsOf(item, answer),
          missing: absence,
          ...Object.fromEntries(MOMENTS.map(([moment]) => [moment, given?.[moment] ?? null])),
        },
        absenceOf: () => absence,
      };
    });
}

function number(item: ItemShape): number {
  return item.number;
}

function labelOf(item: Item | null, answer: number | null): string | null {
  return item?.answers?.options.find(({ value }) => value === answer)?.label ?? null;
}

/** As they count on the item's scale; null for an item of none. */
function pointsOf(item: Item, answer: number): number | null {
  return item.scale === null ? null : countsAs(item, answer);
}
