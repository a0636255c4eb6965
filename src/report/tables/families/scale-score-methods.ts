/** How the rows of Table 4 came about, in sentences. */
import type { ScaleScoreRow } from '../../../analysis/corrected/scale-score-row.ts';
import { formatCount } from '../../../numbers.ts';
import { hasSheets } from '../../analysis.ts';
import { meanedOver, plural } from '../captions.ts';
import type { MethodsContext } from '../definition.ts';
import { formatList, formatNumber } from '../format.ts';

/** What was left out, and what is compared how. */
export function describeScaleScores(
  rows: readonly ScaleScoreRow[],
  { study, settings, isPlanned }: MethodsContext,
): readonly string[] {
  if (!hasSheets(study)) return [];
  const { equivalenceBound: bound, boundOrigin } = settings;
  const incomplete = rows.reduce((sum, row) => sum + (row.n_incomplete ?? 0), 0);
  const sheetless = rows.some((row) => (row.n_without_sheet ?? 0) > 0);
  const leftOut = [
    ...(incomplete === 0
      ? []
      : [`${formatCount(incomplete)} scale ${plural(incomplete, 'score')} with an answer missing`]),
    ...(sheetless ? ['persons without a complete sheet, as their rows say'] : []),
  ];
  const isCompared = rows.some(({ test }) => test === 'fidelity');
  const checks = rows.filter(({ test }) => test === 'manipulation check');
  const mean = meanedOver(study);
  const isMixed = checks.some((row) => row.share_interval === 'cluster-robust logit');
  return [
    `Each person has one score${mean === null ? '' : `, the ${mean}`}, and there is one test for each claim.` +
      (leftOut.length === 0 ? '' : ` Left out: ${formatList(leftOut)}.`) +
      (isCompared
        ? sayComparison(mean) + sayEquivalence(rows, bound, isPlanned ? null : boundOrigin)
        : '') +
      (checks.length === 0 ? '' : sayManipulation(isPlanned || isMixed)),
  ];
}

function sayComparison(mean: string | null): string {
  return (
    ' A scale that no condition drives is compared with the sheet that the persona was written from: a paired t test with Student’s interval, Cohen’s d both over the standard deviation of the differences (d_z) and over the average of the two standard deviations (d_av) (Lakens, 2013), ' +
    `limits of agreement of ${mean === null ? 'single persons' : `persons’ scores, each of which is the ${mean} and varies less than a single one`}, between which 95% of the differences lie if they are normal (Bland & Altman, 1999), and ICC(A,1) (McGraw & Wong, 1996). Its interval takes sheet and persona for two fixed methods, so that the ICC estimates the concordance correlation (Lin, 1989), and assumes no distribution: it is Student’s on the scale of Fisher’s z, by what each person moves the estimate, with degrees of freedom by the kurtosis of that (O’Neill, 2014).`
  );
}

function sayEquivalence(
  rows: readonly ScaleScoreRow[],
  bound: number,
  origin: MethodsContext['settings']['boundOrigin'] | null,
): string {
  const inSds = formatRangeOfSds(rows, bound);
  return ` That no difference is found does not show that there is none: equivalence of the means is tested by two one-sided t tests (Schuirmann, 1987), corrected for skewness (Hall, 1992), within ±${bound} points of the scale score${inSds === null ? '' : ` (${inSds})`}, ${origin === null ? 'a bound that is set before the answers are collected' : sayOriginOfBound(origin)}, and a mean is called equivalent where the corrected p is below 0.05. No p is smaller than so many persons can give, (1 − bound/length of the scale)ⁿ. Equivalent means do not show that single personas are like their sheets, which random answers with the same mean are not either.`;
}

function sayManipulation(isMixed: boolean): string {
  return ` A scale that the condition drives is compared with the manipulated sheet, not with the original one: the ${isMixed ? 'mean over persons of the share of their answers' : 'share of persons'} at the score that the condition drives to is given with its exact interval (Clopper & Pearson, 1934)${isMixed ? ', or with Student’s interval on log odds where somebody is there in some administrations only' : ''}; it is not tested. The interval of the difference from a target at an end of the scale is that of the mean distance to it as a share of the length of the scale.`;
}

/** "0.2 to 0.9 SD of the sheets"; null where that is not known. */
export function formatRangeOfSds(rows: readonly ScaleScoreRow[], bound: number): string | null {
  const sds = rows.flatMap(({ test, ref_sd }) =>
    test === 'fidelity' && ref_sd !== null && ref_sd > 0 ? [bound / ref_sd] : [],
  );
  if (sds.length === 0) return null;
  const [low, high] = [Math.min(...sds), Math.max(...sds)].map((one) => formatNumber(one, 2));
  return `${low === high ? low : `${low} to ${high}`} SD of the sheets`;
}

/** When the bound of equivalence was chosen, which is to be before the answers are there. */
function sayOriginOfBound(origin: MethodsContext['settings']['boundOrigin']): string {
  switch (origin) {
    case 'default':
      return 'which is the program’s default';
    case 'study file':
      return 'which the study file set before the answers were collected';
    case 'analysis':
      return 'which was given when the tables were made, after the answers were there, and is not that of the study file';
  }
}
