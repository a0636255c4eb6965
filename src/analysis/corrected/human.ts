/** Tables H1 and H2: people and models side by side, on one questionnaire. */
import { isAvailable } from '../../statistics/not-available.ts';
import {
  distanceOfDistributions,
  lowerCorrelations,
  momentsOf,
  rootMeanSquareResidual,
  type Sample,
  standardizedByTheSecond,
  varianceRatio,
  weightedAlpha,
} from '../../statistics/two-samples.ts';
import { type Answered, type StudyData, type StudyQuestionnaire, UNANSWERED } from '../data.ts';
import type { HumanSample } from '../human-sample.ts';
import {
  columnsOfAllScales,
  columnsOfScale,
  countOn,
  pointsOfAnswer,
  type Scored,
  scaleOf,
  scoreScale,
  type WeightedColumn,
} from '../scores.ts';
import { type AnsweredCell, explainEmpty, listCells, personOf } from './cells.ts';
import { Reasons } from './rows.ts';

type Side = {
  /** Sample of people, with the group after a colon where it is one group. */
  readonly people: string;
  readonly instrument: string;
  readonly model: string;
  readonly population: string;
};

export type HumanScoreRow = Side & {
  readonly scale: string;
  readonly n_people: number;
  /** Personas: of each, the first administration with a score. */
  readonly n: number;
  readonly mean_people: number | null;
  readonly sd_people: number | null;
  readonly mean: number | null;
  readonly sd: number | null;
  /** Difference of the means, in standard deviations of the people. */
  readonly delta: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly sd_diff: number | null;
  /** Of the model by that of the people. */
  readonly variance_ratio: number | null;
  readonly variance_ratio_low: number | null;
  readonly variance_ratio_high: number | null;
  readonly ks: number | null;
  readonly alpha_people: number | null;
  readonly alpha: number | null;
  readonly reason: string | null;
};

export type HumanStructureRow = Side & {
  readonly among: 'items' | 'scales';
  readonly n_people: number;
  readonly n: number;
  readonly variables: readonly string[];
  /** Pairs of variables that vary on both sides. */
  readonly n_correlations: number | null;
  /** Root mean square of the differences of the correlations. */
  readonly rmsr: number | null;
  /** Below the diagonal, row by row; null where a variable does not vary. */
  readonly correlations_people: readonly (number | null)[];
  readonly correlations: readonly (number | null)[];
  readonly reason: string | null;
};

/** Some rows of what was scored: people, or one administration of each persona. */
interface Group {
  readonly scored: Scored;
  readonly rows: readonly number[];
  /** One a row of `scored`. */
  readonly weights: ArrayLike<number> | null;
}

interface Pair extends Side {
  readonly questionnaire: StudyQuestionnaire;
  readonly humans: Group;
  readonly cell: AnsweredCell;
  readonly personas: Group;
}

export function tabulateHumanScores(study: StudyData): readonly HumanScoreRow[] {
  return pairsOf(study).flatMap((pair) =>
    pair.questionnaire.scales.map(({ id }) => compareScores(pair, id)),
  );
}

export function tabulateHumanStructure(study: StudyData): readonly HumanStructureRow[] {
  return pairsOf(study).flatMap((pair) => [
    compareStructure(pair, 'items'),
    ...(pair.questionnaire.scales.length > 1 ? [compareStructure(pair, 'scales')] : []),
  ]);
}

function pairsOf({ humans, answered }: StudyData): Pair[] {
  return humans.flatMap((sample) =>
    answered
      .filter(({ questionnaire }) => questionnaire.slug === sample.instrument)
      .flatMap((form) => {
        const groups = groupsOf(sample, form);
        return listCells(form, 'A4').flatMap((cell) =>
          groups.map(({ people, group }) => ({
            people,
            instrument: form.questionnaire.label,
            model: cell.model.label,
            population: cell.label,
            questionnaire: form.questionnaire,
            humans: group,
            cell,
            personas: { scored: form, rows: firstOfEach(cell), weights: null },
          })),
        );
      }),
  );
}

/** What people answered to the items of a scale, for statistics of items. */
export interface HumanItems {
  /** Name of the sample. */
  readonly people: string;
  readonly instrument: string;
  readonly scale: string;
  /** Numbers of the items. */
  readonly items: readonly number[];
  /** Of everybody who answered them all, points in the order of the items. */
  readonly rows: readonly (readonly number[])[];
}

/** Of each sample, once for each form of the questionnaire that it is compared with. */
export function listHumanItems({ humans, answered }: StudyData): readonly HumanItems[] {
  const forms = new Map(answered.map((form) => [form.questionnaire.label, form]));
  return humans.flatMap((sample) =>
    [...forms.values()]
      .filter(({ questionnaire }) => questionnaire.slug === sample.instrument)
      .flatMap((form) => {
        const everybody = groupsOf(sample, form)[0];
        if (everybody === undefined) return [];
        const { questionnaire } = form;
        return questionnaire.scales.map((scale) => {
          const columns = columnsOfScale(questionnaire, scale);
          const { points, n } = pointsOf(everybody.group, columns);
          return {
            people: sample.name,
            instrument: questionnaire.label,
            scale: scale.id,
            items: columns.map(({ column }) => questionnaire.items[column]!.number),
            rows: Array.from({ length: n }, (_, row) =>
              points.slice(row * columns.length, (row + 1) * columns.length),
            ),
          };
        });
      }),
  );
}

/** Everybody, and each group; only those of the form's language where theirs is known. */
function groupsOf(
  { name, people, width, answers }: HumanSample,
  { questionnaire }: Answered,
): { readonly people: string; readonly group: Group }[] {
  const points = Float64Array.from(
    { length: people.length * questionnaire.items.length },
    (_, at) => {
      const item = questionnaire.items[at % questionnaire.items.length]!;
      const row = Math.floor(at / questionnaire.items.length);
      const answer = item.number > width ? UNANSWERED : answers[row * width + item.number - 1]!;
      return answer === UNANSWERED || item.isText ? UNANSWERED : pointsOfAnswer(item, answer);
    },
  );
  const scored = { questionnaire, points };
  const weights = people.some(({ weight }) => weight !== null)
    ? people.map(({ weight }) => weight ?? 1)
    : null;
  const rows = [...people.keys()].filter((row) => {
    const { language } = people[row]!;
    return language === null || language === questionnaire.language;
  });
  const names = [...new Set(rows.flatMap((row) => people[row]!.subgroup ?? []))].sort();
  const all = { people: name, group: { scored, rows, weights } };
  return [
    ...(rows.length > 0 ? [all] : []),
    ...names.map((own) => ({
      people: `${name}: ${own}`,
      group: { scored, rows: rows.filter((row) => people[row]!.subgroup === own), weights },
    })),
  ];
}

/** People answer once; so that a persona counts once, too, its first administration counts. */
function firstOfEach(cell: AnsweredCell): readonly number[] {
  const first = new Map<number, number>();
  for (const position of cell.succeeded) {
    const person = personOf(cell, position);
    if (!first.has(person)) first.set(person, position);
  }
  return [...first.values()];
}

function scoresOf({ scored, rows, weights }: Group, scale: string): Sample {
  const { totals, divisors } = scoreScale(scored, scaleOf(scored.questionnaire, scale), rows);
  const kept = [...rows.keys()].filter((at) => !Number.isNaN(totals[at]!));
  return {
    values: Float64Array.from(kept, (at) => totals[at]! / divisors[at]!),
    weights: weights === null ? null : kept.map((at) => weights[rows[at]!]!),
  };
}

/** The rows with points on all columns. */
function pointsOf({ scored, rows, weights }: Group, columns: readonly WeightedColumn[]) {
  const width = scored.questionnaire.items.length;
  const complete = rows
    .map((row) => ({
      row,
      counts: columns.map((one) => countOn(scored.points[row * width + one.column]!, one)),
    }))
    .filter(({ counts }) => !counts.includes(UNANSWERED));
  return {
    n: complete.length,
    points: complete.flatMap(({ counts }) => counts),
    weights: weights === null ? null : complete.map(({ row }) => weights[row]!),
  };
}

function compareScores(pair: Pair, scale: string): HumanScoreRow {
  const { people, instrument, model, population, questionnaire, humans, cell, personas } = pair;
  const reasons = new Reasons();
  const [theirs, own] = [scoresOf(humans, scale), scoresOf(personas, scale)];
  if (own.values.length === 0) reasons.add(explainEmpty(cell));
  const [ofPeople, ofModel] = [momentsOf(theirs), momentsOf(own)];
  const sdOf = (moments: typeof ofPeople) =>
    isAvailable(moments) ? Math.sqrt(moments.variance) : null;
  const meanOf = (moments: typeof ofPeople) => (isAvailable(moments) ? moments.mean : null);
  const [sdPeople, sd] = [sdOf(ofPeople), sdOf(ofModel)];
  const delta = reasons.take(standardizedByTheSecond(own, theirs), 'd');
  const interval = delta === null ? null : reasons.take(delta.interval, 'interval of d');
  const ratio = reasons.take(varianceRatio(own, theirs), 'variance ratio');
  const span = ratio === null ? null : reasons.take(ratio.interval, 'interval of the ratio');
  const columns = columnsOfScale(questionnaire, scaleOf(questionnaire, scale));
  const alphaOf = (group: Group, about: string) => {
    const { points, weights } = pointsOf(group, columns);
    return reasons.take(weightedAlpha(points, columns.length, weights), about);
  };
  return {
    ...{ people, instrument, model, population, scale },
    n_people: theirs.values.length,
    n: own.values.length,
    mean_people: meanOf(ofPeople),
    sd_people: sdPeople,
    mean: meanOf(ofModel),
    sd,
    delta: delta?.value ?? null,
    ci_low: interval?.low ?? null,
    ci_high: interval?.high ?? null,
    sd_diff: sd === null || sdPeople === null ? null : sd - sdPeople,
    variance_ratio: ratio?.value ?? null,
    variance_ratio_low: span?.low ?? null,
    variance_ratio_high: span?.high ?? null,
    ks: reasons.take(distanceOfDistributions(own, theirs), 'KS'),
    alpha_people: alphaOf(humans, 'alpha of the people'),
    alpha: alphaOf(personas, 'alpha'),
    reason: reasons.toCell(),
  };
}

function compareStructure(pair: Pair, among: 'items' | 'scales'): HumanStructureRow {
  const { people, instrument, model, population, questionnaire, humans, cell, personas } = pair;
  const reasons = new Reasons();
  const columns = columnsOfAllScales(questionnaire);
  const table = (group: Group) =>
    among === 'items' ? pointsOf(group, columns) : scoreTable(group);
  const [theirs, own] = [table(humans), table(personas)];
  const variables =
    among === 'items'
      ? columns.map(({ column }) => questionnaire.items[column]!.id)
      : questionnaire.scales.map(({ id }) => id);
  if (own.n === 0) reasons.add(explainEmpty(cell));
  const [rPeople, r] = [theirs, own].map(({ points, weights }) =>
    lowerCorrelations(points, variables.length, weights),
  ) as [readonly (number | null)[], readonly (number | null)[]];
  const residual = reasons.take(rootMeanSquareResidual(r, rPeople));
  return {
    ...{ people, instrument, model, population, among, variables },
    n_people: theirs.n,
    n: own.n,
    n_correlations: residual?.shared ?? null,
    rmsr: residual?.value ?? null,
    correlations_people: rPeople,
    correlations: r,
    reason: reasons.toCell(),
  };
}

/** The scores of those who have one on every scale. */
function scoreTable({ scored, rows, weights }: Group) {
  const scores = scored.questionnaire.scales.map((scale) => {
    const { totals, divisors } = scoreScale(scored, scale, rows);
    return totals.map((total, at) => total / divisors[at]!);
  });
  const kept = [...rows.keys()].filter((at) => scores.every((own) => !Number.isNaN(own[at]!)));
  return {
    n: kept.length,
    points: kept.flatMap((at) => scores.map((own) => own[at]!)),
    weights: weights === null ? null : kept.map((at) => weights[rows[at]!]!),
  };
}
