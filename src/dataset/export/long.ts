/**
 * One row for each item of each administration, answered or not: the shape that mixed models and
 * item response models want.
 */
import type { Database } from '../../db/connect.ts';
import type { Session } from '../../db/session.ts';
import type { Item } from '../../instruments/structure.ts';
import type { AnswersRow, AnswersTable } from './answers-table.ts';
import { longColumnsOf } from './long-columns.ts';
import { aboutValues, absenceOfAll, absenceOfItem, answersTables } from './wide.ts';
import { aboutColumnsOf, countsAs } from './wide-columns.ts';
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
    const names = new Set(columns.map(({ name }) => name));
    const layout: LongLayout = {
      shape,
      about: [...aboutColumnsOf(shape).entries()].flatMap(([at, { name }]) =>
        names.has(name) ? [at] : [],
      ),
      itemOf: new Map(shape.items.map((item) => [item.id, item])),
      hasText: names.has('answer_text'),
      hasProbabilities,
    };
    return { ...{ kind: 'long', columns }, rowsOf: (experiment) => rowsOf(experiment, layout) };
  });
}

interface LongLayout {
  readonly shape: Shape;
  /** Which of the columns of `aboutColumnsOf` the file has. */
  readonly about: readonly number[];
  readonly itemOf: ReadonlyMap<string, ItemShape>;
  readonly hasText: boolean;
  readonly hasProbabilities: boolean;
}

/** The items of the wording that was asked, and what else has an answer. */
function rowsOf(experiment: WideExperiment, layout: LongLayout): AnswersRow[] {
  const { shape, itemOf, hasText, hasProbabilities } = layout;
  const { about, answers } = experiment;
  const { wording } = about;
  const asValues = aboutValues(experiment, shape);
  const kept = layout.about.map((at) => asValues[at]!);
  const instrument = shape.wordingOf(wording);
  const asked = instrument?.items.map(({ number }) => number) ?? [...itemOf.values()].map(number);
  const ofAll = absenceOfAll(about);
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
        // In the order of `longColumnsOf`.
        values: [
          ...kept,
          known?.column ?? null,
          at,
          item?.scale ?? known?.published?.scale ?? null,
          answer,
          ...(hasText ? [typeof value === 'string' ? value : null] : []),
          labelOf(item, answer),
          item === null || answer === null ? null : pointsOf(item, answer),
          absence,
          ...(hasProbabilities ? MOMENTS.map(([moment]) => given?.[moment] ?? null) : []),
        ],
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
