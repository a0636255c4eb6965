/** How the scores of models differ from those of people, in words. */
import type { HumanScoreRow } from '../analysis/corrected/human.ts';
import { formatCount } from '../numbers.ts';
import type { Finding, NameOutcome } from './contrast-summary.ts';
import { afterValue, directionOf, formatDifference, formatNumber } from './tables/format.ts';

/** More models and conditions than these are left to the table. */
const MOST_SUBJECTS = 6;

/**
 * For each sample as a whole, model and condition, the difference on each scale; groups of people
 * are in the table alone. Nothing of it is a test.
 * @param samples names of samples of people
 */
export function sayPeople(
  rows: readonly HumanScoreRow[],
  samples: readonly string[],
  nameOutcome: NameOutcome,
): readonly Finding[] {
  const known = rows.filter(({ people, delta }) => samples.includes(people) && delta !== null);
  if (known.length === 0) return [];
  const isAlone = new Set(known.map(({ population }) => population)).size === 1;
  const subjects = [
    ...Map.groupBy(known, ({ people, model, population }) =>
      [model, ...(isAlone ? [] : [population])].join(', ').concat(` − people (${people})`),
    ),
  ];
  const more = subjects.length - MOST_SUBJECTS;
  return [
    ...subjects.slice(0, MOST_SUBJECTS).map(([about, own]) => ({
      about,
      parts: own.map((row) => `${nameOutcome(row.instrument, row.scale)} ${describe(row)}`),
    })),
    {
      about: null,
      parts: [
        `Differences from people are in standard deviations of the people, with 95 % intervals that are not corrected, as in Table H1; a variance ratio below 1 means that personas differ from one another less than people do. Nothing of this is tested.${more > 0 ? ` Table H1 has ${formatCount(more)} more models and conditions.` : ''}`,
      ],
    },
  ];
}

/** "lower, −0.36 [−0.77, 0.05], variance ratio 0.49 [0.26, 0.92]" */
function describe(row: HumanScoreRow): string {
  const { delta, ci_low, ci_high, variance_ratio, variance_ratio_low, variance_ratio_high } = row;
  const spread =
    variance_ratio === null
      ? ''
      : `, variance ratio ${formatNumber(variance_ratio, 2)}${afterValue(variance_ratio_low, variance_ratio_high, 2)}`;
  return `${directionOf(delta!)}, ${formatDifference(delta!, 2)}${afterValue(ci_low, ci_high, 2)}${spread}`;
}
