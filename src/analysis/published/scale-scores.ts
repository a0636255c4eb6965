/**
 * Table 4: EPQR-A scale scores of each model and condition, compared with the sheets that the
 * personas were written from.
 */
import { compensatedMean, standardDeviation } from '../../statistics/describe.ts';
import { isAvailable } from '../../statistics/not-available.ts';
import { testPairedMeans } from '../../statistics/t-tests.ts';
import type { Answered, Sheets, StudyData } from '../data.ts';
import { RANDOM_ROW, REFERENCE_ROW } from '../table.ts';
import {
  type AnsweredCell,
  columnsOf,
  EPQRA,
  epqraSheets,
  findAnswered,
  listCells,
  publishedPoints,
  scoreSheets,
  sumPoints,
} from './answers.ts';
import { orNull } from './values.ts';

export type ScaleScoreRow = {
  readonly model: string;
  /** Null in the rows of the baselines, which compare nothing. */
  readonly population: string | null;
  readonly scale: string;
  /** Experiments, each compared with the sheet of its personality. */
  readonly n: number;
  readonly mean: number;
  readonly sd: number | null;
  readonly ref_mean: number | null;
  readonly diff: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  /** Null where all differences are equal: there is no t, or an infinite one. */
  readonly t: number | null;
  readonly p: number | null;
  readonly d: number | null;
};

/** Groups below this are not shown. */
const FEWEST = 5;
/** The published interval is that of the normal distribution, rounded. */
const REACH = 1.96;

export function tabulateScaleScores(study: StudyData): readonly ScaleScoreRow[] {
  const answered = findAnswered(study, EPQRA);
  const compared =
    answered === null ? [] : compareWithSheets(answered, epqraSheets(study.reference));
  return [
    ...compared,
    ...describeSheets(REFERENCE_ROW, epqraSheets(study.reference)),
    ...describeSheets(RANDOM_ROW, epqraSheets(study.random)),
  ];
}

function compareWithSheets(answered: Answered, reference: Sheets): readonly ScaleScoreRow[] {
  const scores = EPQRA.scales.map((scale) => scorePersonalities(reference, scale));
  return listCells(answered, '4', () => true).flatMap((cell) =>
    EPQRA.scales.flatMap(
      (scale, index) => compareCell(answered, cell, scale, scores[index]!) ?? [],
    ),
  );
}

/** The sum of each sheet, by personality. */
function scorePersonalities(sheets: Sheets, scale: string): ReadonlyMap<number, number> {
  const points = scoreSheets(sheets);
  const columns = columnsOf(sheets.questionnaire.items, scale);
  const scores = new Map<number, number>();
  sheets.personalityIds.forEach((personality, row) => {
    const score = sumPoints(points, row, columns);
    if (score !== null) scores.set(personality, score);
  });
  return scores;
}

function compareCell(
  answered: Answered,
  { model, population, positions }: AnsweredCell,
  scale: string,
  reference: ReadonlyMap<number, number>,
): ScaleScoreRow | null {
  const points = publishedPoints(answered);
  const columns = columnsOf(answered.questionnaire.items, scale);
  const own: number[] = [];
  const sheet: number[] = [];
  for (const position of positions) {
    const score = sumPoints(points, position, columns);
    const { personalityId } = answered.administrations[position]!;
    const expected = personalityId === null ? undefined : reference.get(personalityId);
    // Each experiment counts on its own, so a personality may be there more than once; one without
    // a sheet is left out.
    if (score === null || expected === undefined) continue;
    own.push(score);
    sheet.push(expected);
  }
  const n = own.length;
  if (n < FEWEST) return null;

  const differences = own.map((score, index) => score - sheet[index]!);
  const diff = orNull(compensatedMean(differences))!;
  const sdOfDifferences = orNull(standardDeviation(differences))!;
  const reach = (REACH * sdOfDifferences) / Math.sqrt(n);
  const test = testPairedMeans(own, sheet);
  return {
    model: model.label,
    population: population.display,
    scale,
    n,
    mean: orNull(compensatedMean(own))!,
    sd: orNull(standardDeviation(own)),
    ref_mean: orNull(compensatedMean(sheet)),
    diff,
    ci_low: diff - reach,
    ci_high: diff + reach,
    t: isAvailable(test) ? test.t : null,
    // Differences that are all equal and not 0 have an infinite t, which the published code calls
    // significant.
    p: isAvailable(test) ? test.p : diff === 0 ? null : 0,
    d: sdOfDifferences > 0 ? diff / sdOfDifferences : 0,
  };
}

function describeSheets(model: string, sheets: Sheets): readonly ScaleScoreRow[] {
  return EPQRA.scales.flatMap((scale) => {
    const scores = [...scorePersonalities(sheets, scale).values()];
    const mean = orNull(compensatedMean(scores));
    if (mean === null) return [];
    const sd = orNull(standardDeviation(scores));
    const compared = {
      ref_mean: null,
      diff: null,
      ci_low: null,
      ci_high: null,
      t: null,
      p: null,
      d: null,
    };
    return [{ model, population: null, scale, n: scores.length, mean, sd, ...compared }];
  });
}
