/** The notes below Table 4. */
import type { ScaleScoreRow } from '../../../analysis/corrected/scale-score-row.ts';
import { correctionOf, countsOf, extentOfCorrection, haveSeveral } from '../captions.ts';
import { formatNumber } from '../format.ts';
import { describeBounds, isOfModel } from './scale-score-methods.ts';

/** What a reader needs in order to judge the corrected table. */
export function noteScores(rows: readonly ScaleScoreRow[]): readonly string[] {
  return [
    `One score a person${haveSeveral(rows) ? ', the mean over m draws and administrations that succeeded' : ''}.${countsOf(
      rows.map(({ n }) => n),
      'persons',
    )} Intervals of nominally 95 %.${singlesOf(rows)}`,
    `A scale that no condition drives is compared with the sheet: paired t test, and agreement as ICC(A,1) with a distribution-free interval. ${correctionOf(rows.filter(isOfModel))} Intervals of d_z and d_av and limits of agreement, of means of m (limits_low, limits_high) and of one administration (limits_single_low, limits_single_high), are in the CSV and JSON files of this table.`,
    ...equivalenceOf(rows),
    ...personsOf(rows),
    ...manipulationOf(rows),
  ];
}

function singlesOf(rows: readonly ScaleScoreRow[]): string {
  return haveSeveral(rows)
    ? ' Means of m vary less and agree more than single answers do: SD and ICC of one administration, from the variance between and within persons, are comparable with those of studies with another m.'
    : '';
}

function equivalenceOf(rows: readonly ScaleScoreRow[]): readonly string[] {
  const bounds = describeBounds(rows, 'equivalence');
  if (bounds === null) return [];
  const extent = extentOfCorrection(
    rows
      .filter(isOfModel)
      .map(({ model, equivalence_family: family, equivalence_family_size: family_size }) => ({
        ...{ model, family, family_size },
      })),
  );
  const correction = extent === null ? '' : `, p corrected by Holm ${extent}`;
  return [
    `Mean equivalent: two one-sided tests that the mean difference lies within the bound of the mean${correction}: ${bounds}. This is a statement about the mean and not about persons: answers given at random can have it too.`,
  ];
}

function personsOf(rows: readonly ScaleScoreRow[]): readonly string[] {
  const bounds = describeBounds(rows, 'person');
  if (bounds === null) return [];
  const required = rows.find(({ person_share }) => person_share !== null)?.person_share ?? null;
  if (required === null) return [];
  return [
    `Within bound: persons whose score in one administration each lies within the bound of a person: ${bounds}. ` +
      `Persons: "agrees" if the lower limits show that ${formatNumber(100 * required, 0)} % of the persons are within it and that the ICC of one administration lies above the upper limit of the random sheets’; "does not agree" if an upper limit falls short of either; "undecided" between.` +
      (rows.some(({ test }) => test === 'chance')
        ? ' Random: random sheets beside the same sheets, in families of tests of their own. Where these are within the bound as often, personas cannot be told from chance.'
        : ' There are no random sheets, without which no persona can be told from chance.'),
  ];
}

function manipulationOf(rows: readonly ScaleScoreRow[]): readonly string[] {
  const checks = rows.filter(({ test }) => test === 'manipulation check');
  if (checks.length === 0) return [];
  const isMixed = checks.some(({ share_interval }) => share_interval === 'cluster-robust logit');
  return [
    `A driven scale is a manipulation check: the difference is from the target, which is the score of the manipulated sheet, and the share at the target is given with the exact interval of Clopper and Pearson over persons${
      isMixed ? ', or the one on log odds where a person is at the target now and then' : ''
    }; it is no measure of fidelity.`,
  ];
}
