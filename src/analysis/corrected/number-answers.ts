/** Table B3: the numbers that were given to items that ask for one and are on no scale. */
import { median, summarise } from '../../statistics/describe.ts';
import { isAvailable } from '../../statistics/not-available.ts';
import { testMean } from '../../statistics/t-tests.ts';
import { type StudyData, UNANSWERED } from '../data.ts';
import { type AnsweredCell, explainUnanswered, listCells, personOf } from './cells.ts';
import { Reasons } from './rows.ts';

export type NumberAnswersRow = {
  readonly instrument: string;
  readonly model: string;
  readonly population: string;
  /** Id of the item. */
  readonly item: string;
  /** Personalities with a number, and administrations. */
  readonly n: number;
  readonly n_administrations: number;
  /** Administrations that succeeded without a number. */
  readonly n_incomplete: number;
  /** Of one number a personality, the mean of its administrations; Student's interval. */
  readonly mean: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly sd: number | null;
  readonly median: number | null;
  /** Of single administrations. */
  readonly lowest: number | null;
  readonly highest: number | null;
  readonly reason: string | null;
};

/** Items in their order, cell by cell. */
export function tabulateNumberAnswers({ answered }: StudyData): readonly NumberAnswersRow[] {
  return answered.flatMap((one) => {
    const { items, scales } = one.questionnaire;
    const scored = new Set(scales.flatMap(({ members }) => members.map(({ column }) => column)));
    const columns = [...items.keys()].filter(
      (column) => items[column]!.isNumber && !scored.has(column),
    );
    if (columns.length === 0) return [];
    return listCells(one, 'B3').flatMap((cell) =>
      columns.map((column) => describeNumbers(cell, column)),
    );
  });
}

function describeNumbers(cell: AnsweredCell, column: number): NumberAnswersRow {
  const { answered, succeeded, model, label } = cell;
  const { questionnaire, points } = answered;
  const reasons = new Reasons();
  const given = succeeded.flatMap((position) => {
    const value = points[position * questionnaire.items.length + column]!;
    return value === UNANSWERED ? [] : [{ person: personOf(cell, position), value }];
  });
  const means = [...Map.groupBy(given, ({ person }) => person).values()].map(
    (own) => summarise(own.map(({ value }) => value)).mean,
  );
  const who = {
    ...{ instrument: questionnaire.label, model: model.label, population: label },
    ...{ item: questionnaire.items[column]!.id, n: means.length, n_administrations: given.length },
    n_incomplete: succeeded.length - given.length,
  };
  if (means.length === 0) {
    const reason = succeeded.length === 0 ? explainUnanswered(cell) : 'no number was given';
    return { ...who, ...EMPTY, reason };
  }
  const { mean, sd } = summarise(means);
  const test = testMean(means);
  const span = reasons.take(isAvailable(test) ? test.interval : test, 'interval');
  const values = given.map(({ value }) => value);
  return {
    ...who,
    ...{ mean, sd: means.length < 2 ? null : sd, median: reasons.take(median(means)) },
    ci_low: span?.low ?? null,
    ci_high: span?.high ?? null,
    lowest: values.reduce((least, value) => Math.min(least, value)),
    highest: values.reduce((most, value) => Math.max(most, value)),
    reason: reasons.toCell(),
  };
}

const EMPTY = {
  ...{ mean: null, ci_low: null, ci_high: null, sd: null },
  ...{ median: null, lowest: null, highest: null },
} satisfies Partial<NumberAnswersRow>;
