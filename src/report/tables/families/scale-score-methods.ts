/** How the rows of Table 4 came about, in sentences. */
import type { ScaleScoreRow } from '../../../analysis/corrected/scale-score-row.ts';
import { formatCount } from '../../../numbers.ts';
import { hasSheets } from '../../analysis.ts';
import { meanedOver, plural } from '../captions.ts';
import type { MethodsContext } from '../definition.ts';
import { formatList, formatNumber } from '../format.ts';
import { distinct, groupBy } from '../layout.ts';

/** What was left out, and what is compared how. */
export function describeScaleScores(
  rows: readonly ScaleScoreRow[],
  { study, isPlanned }: MethodsContext,
): readonly string[] {
  if (!hasSheets(study)) return [];
  const incomplete = rows.reduce((sum, row) => sum + (row.n_incomplete ?? 0), 0);
  const sheetless = rows.some((row) => (row.n_without_sheet ?? 0) > 0);
  const leftOut = [
    ...(incomplete === 0
      ? []
      : [`${formatCount(incomplete)} scale ${plural(incomplete, 'score')} with an answer missing`]),
    ...(sheetless ? ['persons without a complete sheet, as their rows say'] : []),
  ];
  const hasPersonas = rows.some(({ test }) => test === 'fidelity');
  const checks = rows.filter(({ test }) => test === 'manipulation check');
  const mean = meanedOver(study);
  const isMixed = checks.some((row) => row.share_interval === 'cluster-robust logit');
  return [
    `Each person has one score${mean === null ? '' : `, the ${mean}`}, and there is one test for each claim.` +
      (leftOut.length === 0 ? '' : ` Left out: ${formatList(leftOut)}.`) +
      (hasPersonas ? sayComparison(mean) + sayEquivalence(rows, isPlanned) : '') +
      (checks.length === 0 ? '' : sayManipulation(isPlanned || isMixed)),
  ];
}

function sayComparison(mean: string | null): string {
  return (
    ' A scale that no condition drives is compared with the sheet that the persona was written from: a paired t test with Student’s interval, Cohen’s d both over the standard deviation of the differences (d_z) and over the average of the two standard deviations (d_av) (Lakens, 2013), ' +
    `limits of agreement of ${mean === null ? 'single persons' : `persons’ scores, each of which is the ${mean}, and of one administration`}, between which 95% of the differences lie if they are normal (Bland & Altman, 1999${mean === null ? '' : '; Zou, 2013'}), and ICC(A,1) (McGraw & Wong, 1996). Its interval takes sheet and persona for two fixed methods, so that the ICC estimates the concordance correlation (Lin, 1989), and assumes no distribution: it is Student’s on the scale of Fisher’s z, around the estimate of the jackknife and with its standard error (Tukey, 1958), with degrees of freedom by the kurtosis of what each person moves the estimate by (O’Neill, 2014). The intervals of d_z and d_av assume no distribution either; where fewer than 12 persons have another difference than the most common one, that of d_z also holds the one of normal theory.`
  );
}

function sayEquivalence(rows: readonly ScaleScoreRow[], isPlanned: boolean): string {
  const bounds = isPlanned
    ? 'set before the answers are collected'
    : (describeBounds(rows, 'equivalence') ?? 'none');
  return ` That no difference is found does not show that there is none: equivalence of the means is tested by two one-sided t tests (Schuirmann, 1987), corrected for skewness (Hall, 1992), within the bound of the mean (${bounds}), and a mean is called equivalent where the corrected p is below 0.05. No p is smaller than so many persons can give, (1 − bound/length of the scale)ⁿ. Equivalent means do not show that single personas are like their sheets, which random answers with the same mean are not either.${describePersons(rows)}`;
}

function sayManipulation(isMixed: boolean): string {
  return ` A scale that the condition drives is compared with the manipulated sheet, not with the original one: the ${isMixed ? 'mean over persons of the share of their answers' : 'share of persons'} at the score that the condition drives to is given with its exact interval (Clopper & Pearson, 1934)${isMixed ? ', or with Student’s interval on log odds where somebody is there in some administrations only' : ''}; it is not tested. The interval of the difference from a target at an end of the scale is that of the mean distance to it as a share of the length of the scale.`;
}

/** Rows of models: neither sheets nor random sheets. */
export const isOfModel = ({ test }: ScaleScoreRow) =>
  test === 'fidelity' || test === 'manipulation check';

/** Rows that are compared with the sheets: of personas, and of random sheets. */
export const isCompared = ({ test }: ScaleScoreRow) => test === 'fidelity' || test === 'chance';

/**
 * "± 0.5 points (0.18 SD of the sheets) on E, N (default of the program)"; null where no row has
 * one.
 */
export function describeBounds(
  rows: readonly ScaleScoreRow[],
  kind: 'equivalence' | 'person',
): string | null {
  const bounds = rows.filter(isCompared).flatMap((row) => {
    const points = row[`${kind}_bound`];
    if (points === null) return [];
    return {
      scale: row.scale,
      points: formatPoints(points),
      sds: row[`${kind}_bound_sd`],
      origin: row[`${kind}_bound_origin`],
      reason: row[`${kind}_bound_reason`],
    };
  });
  if (bounds.length === 0) return null;
  const groups = groupBy(bounds, ({ points, origin, reason }) => [points, origin, reason]);
  return groups
    .map((group) => {
      const [{ points, origin, reason }] = group;
      const sds = group.flatMap((one) => one.sds ?? []);
      const inSds = sds.length === 0 ? '' : ` (${formatSds(sds)} SD of the sheets)`;
      const on =
        groups.length === 1 ? '' : ` on ${distinct(group.map(({ scale }) => scale)).join(', ')}`;
      const why = reason === null ? '' : `; ${reason}`;
      return `± ${points} ${points === '1' ? 'point' : 'points'}${inSds}${on}, ${ORIGINS[origin ?? 'default']}${why}`;
    })
    .join('; ');
}

const ORIGINS = {
  default: 'the program’s default',
  'study file': 'set in the study file before the answers were there',
  analysis: 'FIRST GIVEN AT ANALYSIS, when the answers were there, and not that of the study file',
} as const;

/** "0.5", "0.25" */
export function formatPoints(points: number): string {
  return String(Number(points.toFixed(2)));
}

/** "0.2" or "0.2 to 0.9" */
function formatSds(sds: readonly number[]): string {
  const [low, high] = [Math.min(...sds), Math.max(...sds)].map((one) => formatNumber(one, 2));
  return low === high ? low! : `${low} to ${high}`;
}

/** The claim about persons, and what it rests on. */
function describePersons(rows: readonly ScaleScoreRow[]): string {
  const bounds = describeBounds(rows, 'person');
  const required = rows.find(({ person_share }) => person_share !== null)?.person_share;
  if (bounds === null || required === undefined || required === null) return '';
  return (
    ` The claim about persons rests on one administration of each: the share of personas whose score lies within the bound of a person (${bounds}), with the exact interval or that on log odds, and the ICC(A,1) of a single administration, whose variance is that between and within persons. ` +
    `Personas agree with their sheets where the lower limit of the share reaches ${formatNumber(100 * required, 0)}% and that of the ICC lies above the upper limit of random sheets; they do not where an upper limit falls short of either, and where random sheets lie within the bound as often nothing is said.`
  );
}
