/**
 * Means by level of each factor, and the differences between levels in each way of asking. Of
 * studies with answer sheets other figures show this.
 */

import { levelMeans } from '../tables/families/level-means.ts';
import { robustness } from '../tables/families/robustness.ts';
import { distinct, groupBy } from '../tables/layout.ts';
import { rowsOf } from '../tables/tables.ts';
import type { Plan } from './canvas.ts';
import { slugOf } from './figure.ts';
import { drawForest, type Estimate } from './forest.ts';
import { looksOf } from './palette.ts';
import { rangeOf, type Setting, titleOf } from './setting.ts';

const ALL_MODELS = 'all models';

/** A figure for each instrument, factor, and order of magnitude of what was measured. */
export function planMeans({ analysis, linkTo }: Setting): readonly Plan[] {
  if (analysis.study.reference.personalityIds.length > 0) return [];
  const rows = rowsOf(analysis.corrected, levelMeans.corrected).filter(({ mean }) => mean !== null);
  return groupBy(rows, ({ instrument, factor }) => [instrument, factor]).flatMap((ofFactor) => {
    const [{ instrument, factor }] = ofFactor;
    const sizes = Map.groupBy(ofFactor, ({ outcome }) =>
      magnitudeOf(ofFactor.filter((row) => row.outcome === outcome).map(({ mean }) => mean!)),
    );
    return [...sizes.values()].map((own, place): Plan => {
      const estimates = own.map(
        (row): Estimate => ({
          row: row.model ?? ALL_MODELS,
          column: row.outcome,
          label: row.level,
          value: row.mean,
          low: row.ci_low,
          high: row.ci_high,
          href: linkTo?.(levelMeans.corrected.behind(row, analysis.study)) ?? null,
        }),
      );
      const looks = looksOf(distinct(own.map(({ level }) => level)));
      const columns = distinct(own.map(({ outcome }) => outcome));
      const domain = domainOf(estimates);
      return {
        id: `means-${slugOf(instrument)}-${slugOf(factor)}${place === 0 ? '' : `-${place + 1}`}`,
        title: `Means of ${titleOf(analysis.study, instrument)} by ${factor}`,
        caption: `Mean of one value a case; bars are Student’s 95% intervals. n = ${rangeOf(own.map(({ n }) => n))} for each. A mean without a bar has no interval, since nothing varies or there is a single value.`,
        description: columns
          .map((column) => {
            const shown = own.filter(({ outcome }) => outcome === column);
            return `${column}: ${shown.map(({ model, level, mean }) => `${model ?? ALL_MODELS} ${level} ${mean!.toFixed(2)}`).join(', ')}.`;
          })
          .join(' '),
        legend: [...looks].map(([label, mark]) => ({ label, mark })),
        panels: (breadth) =>
          drawForest(
            {
              rows: distinct(estimates.map(({ row }) => row)),
              ...{ columns, estimates, looks, domain, rules: [] },
            },
            breadth,
          ),
      };
    });
  });
}

/** More specification curves are not drawn; Table S1 has them all. */
const MOST_CURVES = 6;

/** A figure for each contrast, those first whose sign or significance changes most often. */
export function planRobustness({ analysis }: Setting): readonly Plan[] {
  const rows = rowsOf(analysis.corrected, robustness.corrected).filter(
    (row) => row.of === 'difference' && row.n_cells > 1,
  );
  const contrasts = groupBy(rows, ({ instrument, model, factor, level, reference }) => [
    ...[instrument, model, factor, level],
    reference,
  ]).toSorted((first, second) => changesOf(second) - changesOf(first));
  return contrasts.slice(0, MOST_CURVES).map((own): Plan => {
    const [{ instrument, model, factor, level, reference, cells, estimates: sorted }] = own;
    const order = [...cells.keys()].sort((a, b) => (sorted[a] ?? 0) - (sorted[b] ?? 0));
    const estimates = own.flatMap((row) =>
      order.map(
        (cell, place): Estimate => ({
          row: String(place + 1),
          column: row.outcome,
          label: '',
          value: row.estimates[cell] ?? null,
          low: row.estimates_low[cell] ?? null,
          high: row.estimates_high[cell] ?? null,
        }),
      ),
    );
    const who = model ?? ALL_MODELS;
    const ways = order.map((cell, place) => `${place + 1} ${cells[cell]}`).join('; ');
    return {
      id: `robustness-${[instrument, who, factor, level].map(slugOf).join('-')}`,
      title: `${level} \u2212 ${reference} in each way of asking ${titleOf(analysis.study, instrument)}, ${who}`,
      caption: `Difference of means in each way of asking, in order of that of ${own[0].outcome}; bars are 95% intervals. n = ${cells.length} ways: ${ways}.`,
      description: own
        .map(
          ({ outcome, min, median, max }) =>
            `${outcome}: ${[min, median, max].map((value) => value?.toFixed(2) ?? 'n/a').join(', ')} (least, median, most).`,
        )
        .join(' '),
      legend: [],
      panels: (breadth) =>
        drawForest(
          {
            rows: order.map((_, place) => String(place + 1)),
            columns: own.map(({ outcome }) => outcome),
            looks: new Map(),
            domain: domainOf(estimates, 0),
            ...{ estimates, rules: [0] },
          },
          breadth,
        ),
    };
  });
}

function changesOf(rows: readonly { readonly cells_that_differ: readonly string[] }[]): number {
  return rows.reduce((sum, { cells_that_differ }) => sum + cells_that_differ.length, 0);
}

function magnitudeOf(means: readonly number[]): number {
  const most = Math.max(...means.map(Math.abs));
  return most === 0 ? 0 : Math.max(0, Math.ceil(Math.log10(most)));
}

/** A little more than all intervals cover. */
function domainOf(estimates: readonly Estimate[], ...also: readonly number[]): [number, number] {
  const ends = [
    ...also,
    ...estimates.flatMap(({ value, low, high }) =>
      value === null ? [] : [value, low ?? value, high ?? value],
    ),
  ];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const room = high > low ? 0.06 * (high - low) : 0.5;
  return [low - room, high + room];
}
