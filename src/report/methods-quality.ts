/** The methods of Tables Q1 and Q2 in sentences, from what their rows show. */
import type { MissingRow } from '../analysis/corrected/missing-row.ts';
import type { ResponseQualityRow } from '../analysis/corrected/response-quality.ts';
import { formatCount } from '../numbers.ts';
import { formatList } from './tables/format.ts';

/** What Table Q1 is; nothing where no row has a value, unless it is planned. */
export function describeQuality(
  rows: readonly ResponseQualityRow[],
  isPlanned: boolean,
): readonly string[] {
  const valued = rows.filter(({ value }) => isPlanned || value !== null);
  if (valued.length === 0) return [];
  const isPaired = valued.some(({ measure }) => measure === 'acquiescence');
  const orders = [...new Set(valued.flatMap(({ item_order }) => item_order ?? []))];
  return [
    `Styles of answering, each as the mean over administrations with an interval that takes a person for a cluster (Student’s; on log odds for shares; Wilson’s over persons for shares of 0 and 1). Items on no scale do not count, and an item on several scales counts once.${
      isPaired
        ? ' Acquiescence and contradictions are over all pairs of a keyed and a reversed item of a scale (Soto et al., 2008).'
        : ''
    }${
      orders.length === 0
        ? ''
        : ` Guttman errors are over the most that there can be for the number of items passed (Emons, 2008); the order of the items is that of the ${formatList(orders)}.`
    } Nothing is tested.`,
  ];
}

/** How many administrations brought no answers, and what Table Q2 does with that. */
export function describeMissing(
  rows: readonly MissingRow[],
  isPlanned: boolean,
): readonly string[] {
  const endings = rows.filter(({ part }) => part === 'endings');
  if (endings.length === 0) return [];
  const totals = [...Map.groupBy(endings, ({ outcome }) => outcome)].map(([outcome, own]) => ({
    outcome,
    n: own.reduce((sum, row) => sum + row.n, 0),
    events: own.reduce((sum, row) => sum + row.n_events, 0),
  }));
  const ended = totals.find(({ outcome }) => outcome === 'not answered')?.n ?? 0;
  const without = totals.filter(
    ({ outcome, events }) =>
      events > 0 && outcome !== 'not answered' && outcome !== 'item declined',
  );
  const told = without.map(({ outcome, events }) => `${formatCount(events)} ${outcome}`);
  const tests = new Set(rows.flatMap(({ test }) => test ?? []));
  const isCompared = [...tests].some((test) => test !== 'Welch or Student');
  const counted =
    told.length === 0
      ? 'none is without answers'
      : `some are without answers (${formatList(told)}); the other corrected tables leave them out`;
  return [
    `${isPlanned ? '' : `Of ${formatCount(ended)} administrations that have ended, ${counted}. `}Shares have intervals by persons as clusters, on log odds.${
      isCompared
        ? ' A condition is compared with Base of the same model by a sign-flip test of the persons’ differences (for one administration each McNemar’s exact test), over as many administrations of a person as both have, or, without persons in common, by Fisher’s exact test of persons.'
        : ''
    }${
      tests.has('Welch or Student')
        ? ' Sheet scores of persons without answers are compared with those of the others by the larger p of Welch’s and Student’s tests, with Cohen’s d, whose interval is not shorter than that of the difference over the pooled standard deviation.'
        : ''
    } Bounds are those of Manski (1989): every missing score at the lower, or at the upper, end of its scale.`,
  ];
}
