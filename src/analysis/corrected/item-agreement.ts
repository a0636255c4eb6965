/** Table R1I: whether a persona gives the same answers when it is asked again. */
import { spanByJackknife } from '../../statistics/generalizability.ts';
import {
  addSubject,
  agreementOf,
  combineRatings,
  type ItemAgreement,
  noRatings,
  type RatingSums,
} from '../../statistics/rater-agreement.ts';
import { type AdministeredItem, type StudyData, UNANSWERED } from '../data.ts';
import { columnsOfScale } from '../scores.ts';
import { clusterStarts } from './cells.ts';
import {
  listMeasuredCells,
  type MeasuredAdministration,
  type MeasuredCell,
} from './measurements.ts';
import { Reasons } from './rows.ts';

export type ItemAgreementRow = {
  readonly instrument: string;
  readonly model: string;
  readonly population: string;
  readonly scale: string;
  /** What was repeated: `administrations` in the same way, else `ways of asking`. */
  readonly over: 'administrations' | 'ways of asking' | null;
  /** Persons. */
  readonly n: number;
  /** Times that one draw was asked, at most. */
  readonly repetitions: number;
  /** Items. */
  readonly k: number;
  /** Means over items: share of pairs of answers that are the same, AC1 and kappa. */
  readonly agreement: number | null;
  readonly gwet_ac1: number | null;
  readonly gwet_ac1_ci_low: number | null;
  readonly gwet_ac1_ci_high: number | null;
  /** Of the items on which answers differ. */
  readonly fleiss_kappa: number | null;
  readonly fleiss_kappa_ci_low: number | null;
  readonly fleiss_kappa_ci_high: number | null;
  readonly item_numbers: readonly number[] | null;
  readonly item_agreement: readonly (number | null)[] | null;
  readonly item_ac1: readonly (number | null)[] | null;
  readonly item_kappa: readonly (number | null)[] | null;
  readonly reason: string | null;
};

/** The administrations of each subject of one person. */
type Subjects = readonly (readonly MeasuredAdministration[])[];

export function tabulateItemAgreement(study: StudyData): readonly ItemAgreementRow[] {
  return listMeasuredCells(study).flatMap((cell) => {
    const { administrations, factors } = cell;
    const inOneWay = groupSubjects(administrations, ({ draw, way }) => `${draw} ${way}`);
    const isRepeated = inOneWay.some((subjects) => subjects.some((one) => one.length > 1));
    const subjects =
      isRepeated || factors.length === 0
        ? inOneWay
        : groupSubjects(administrations, ({ draw }) => String(draw));
    const repetitions = subjects.flat().reduce((most, one) => Math.max(most, one.length), 0);
    return cell.parts[0]!.answered.questionnaire.scales.map(({ id }) =>
      describe(cell, id, subjects, {
        over: repetitions < 2 ? null : isRepeated ? 'administrations' : 'ways of asking',
        repetitions,
      }),
    );
  });
}

/** By person, then by subject. */
function groupSubjects(
  administrations: readonly MeasuredAdministration[],
  nameOf: (one: MeasuredAdministration) => string,
): readonly Subjects[] {
  const starts = clusterStarts(Int32Array.from(administrations, ({ person }) => person));
  return starts
    .slice(1)
    .map((to, person) => [
      ...Map.groupBy(administrations.slice(starts[person], to), nameOf).values(),
    ]);
}

function describe(
  cell: MeasuredCell,
  scale: string,
  subjects: readonly Subjects[],
  repeated: Pick<ItemAgreementRow, 'over' | 'repetitions'>,
): ItemAgreementRow {
  const reasons = new Reasons();
  const { questionnaire } = cell.parts[0]!.answered;
  const rule = questionnaire.scales.find(({ id }) => id === scale)!;
  const items = columnsOfScale(questionnaire, rule).map(
    ({ column }) => questionnaire.items[column]!,
  );
  const base = {
    instrument: cell.instrument,
    model: cell.model,
    population: cell.population,
    scale,
    ...repeated,
    n: subjects.length,
    k: items.length,
  };
  if (repeated.over === null || items.length === 0) {
    const reason =
      subjects.length === 0
        ? 'no experiment has succeeded'
        : 'one administration of each persona: nothing was repeated';
    return { ...base, ...NOTHING, reason };
  }
  if (subjects.length < 2) return { ...base, ...NOTHING, reason: 'fewer than 2 persons' };
  const answers = items.map((item) => sumAnswers(cell, item, subjects));
  const total = answers.map((persons) => persons.reduce((sum, one) => combineRatings(sum, one)));
  const all = total.map(agreementOf);
  const without = subjects.map((_, person) =>
    total.map((sum, item) => agreementOf(combineRatings(sum, answers[item]![person]!, -1))),
  );
  const summarise = (of: (one: ItemAgreement) => number, about: string) => {
    const value = meanOf(all, of);
    if (Number.isNaN(value)) {
      reasons.add(`${about}: all answers to each item are the same`);
      return { value: null, low: null, high: null };
    }
    const span = spanByJackknife(
      value,
      without.map((one) => meanOf(one, of)),
      -1,
    );
    const taken = reasons.take(span, `interval of ${about}`);
    return { value, low: taken?.low ?? null, high: taken?.high ?? null };
  };
  const ac1 = summarise((one) => one.ac1, 'AC1');
  const kappa = summarise((one) => one.kappa, 'kappa');
  const observed = meanOf(all, (one) => one.observed);
  return {
    ...base,
    agreement: orNull(observed),
    gwet_ac1: ac1.value,
    gwet_ac1_ci_low: ac1.low,
    gwet_ac1_ci_high: ac1.high,
    fleiss_kappa: kappa.value,
    fleiss_kappa_ci_low: kappa.low,
    fleiss_kappa_ci_high: kappa.high,
    item_numbers: items.map(({ number }) => number),
    item_agreement: all.map((one) => orNull(one.observed)),
    item_ac1: all.map((one) => orNull(one.ac1)),
    item_kappa: all.map((one) => orNull(one.kappa)),
    reason: reasons.toCell(),
  };
}

const NOTHING = {
  agreement: null,
  gwet_ac1: null,
  gwet_ac1_ci_low: null,
  gwet_ac1_ci_high: null,
  fleiss_kappa: null,
  fleiss_kappa_ci_low: null,
  fleiss_kappa_ci_high: null,
  item_numbers: null,
  item_agreement: null,
  item_ac1: null,
  item_kappa: null,
} as const;

/** Of each person: the answers as they were given, missing codes too. */
function sumAnswers(
  { parts }: MeasuredCell,
  { number, options }: AdministeredItem,
  subjects: readonly Subjects[],
): readonly RatingSums[] {
  const columns = parts.map(({ answered }) =>
    answered.questionnaire.items.findIndex((item) => item.number === number),
  );
  const categories = new Map(options.map(({ value }, at) => [value, at]));
  const answerOf = ({ part, position }: MeasuredAdministration) => {
    const { answers, questionnaire } = parts[part]!.answered;
    const column = columns[part]!;
    return column < 0 ? UNANSWERED : answers[position * questionnaire.items.length + column]!;
  };
  for (const one of subjects.flat(2)) {
    const answer = answerOf(one);
    if (answer !== UNANSWERED && !categories.has(answer)) categories.set(answer, categories.size);
  }
  const counts = new Float64Array(categories.size);
  return subjects.map((own) => {
    const sums = noRatings(categories.size);
    for (const subject of own) {
      counts.fill(0);
      for (const one of subject) {
        const answer = answerOf(one);
        if (answer !== UNANSWERED) counts[categories.get(answer)!]! += 1;
      }
      addSubject(sums, counts);
    }
    return sums;
  });
}

/** Of the items that have one; NaN where none has. */
function meanOf(items: readonly ItemAgreement[], of: (one: ItemAgreement) => number): number {
  const values = items.map(of).filter((value) => !Number.isNaN(value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
