/** Cronbach's alpha by model, scale and condition, with the reference and random sheets beside. */
import { RANDOM_ROW, REFERENCE_ROW } from '../../analysis/table.ts';
import { hasSheets } from '../analysis.ts';
import { otherReliability, sheetReliability } from '../tables/families/reliability.ts';
import { distinct } from '../tables/layout.ts';
import { rowsOf } from '../tables/tables.ts';
import type { Plan } from './canvas.ts';
import { slugOf } from './figure.ts';
import { drawForest, type Estimate } from './forest.ts';
import { INKS } from './palette.ts';
import { orderScales, rangeOf, type Setting, titleOf } from './setting.ts';

/** Alphas below this are shown as a number at the edge. */
const LEAST = -1;

export function planReliability({ analysis, looks }: Setting): readonly Plan[] {
  const isOfCases = !hasSheets(analysis.study);
  const tables = [sheetReliability.corrected, otherReliability.corrected];
  const rows = tables.flatMap((table) => rowsOf(analysis.corrected, table));
  return distinct(rows.map((row) => row.instrument)).flatMap((instrument): Plan[] => {
    const own = rows.filter((row) => row.instrument === instrument);
    const estimates = own.map((row): Estimate => {
      const model = row.model;
      const isBaseline = model === REFERENCE_ROW || model === RANDOM_ROW;
      return {
        row: model,
        column: row.scale,
        label: isBaseline ? '' : (row.population ?? ''),
        value: row.alpha,
        low: row.ci_low,
        high: row.ci_high,
      };
    });
    const defined = estimates.flatMap(({ value, low }) =>
      value === null ? [] : [Math.max(LEAST, low ?? value)],
    );
    if (defined.length === 0) return [];
    const labels = [...looks.keys()].filter((label) =>
      estimates.some((one) => one.label === label),
    );
    const models = distinct(estimates.map(({ row }) => row));
    const ordered = [
      ...models.filter((model) => model !== REFERENCE_ROW && model !== RANDOM_ROW),
      REFERENCE_ROW,
      RANDOM_ROW,
    ];
    const n = rangeOf(own.filter((row) => row.alpha !== null).map((row) => row.n));
    const columns = orderScales(distinct(estimates.map(({ column }) => column)));
    return [
      {
        id: `reliability-${slugOf(instrument)}`,
        title: `Cronbach’s alpha of ${titleOf(analysis.study, instrument)}, by model, scale and condition`,
        caption:
          `Cronbach’s alpha; bars are 95% intervals that assume no distribution. n = ${n} administrations${isOfCases ? '' : ' or sheets'} for each. Line at 0.70, a common rule of thumb for acceptable. ` +
          `n/a: alpha is undefined because nothing varies${isOfCases ? ', or because there are too few cases' : ''}. An alpha without a bar has no interval, since nearly all ${isOfCases ? 'cases' : 'persons'} are at one end of the scale or there are too few. Values below −1 stand as numbers at the left edge.`,
        description: columns
          .map((scale) => {
            const values = estimates.filter(
              ({ column, value }) => column === scale && value !== null,
            );
            return `Scale ${scale}: ${values.map(({ row, label, value }) => `${row}${label === '' ? '' : ` ${label}`} ${value!.toFixed(2)}`).join(', ')}.`;
          })
          .join(' '),
        legend: [
          ...labels.map((label) => ({ label, mark: looks.get(label)! })),
          { label: 'alpha 0.70', mark: { rule: INKS.line } },
        ],
        panels: (breadth) =>
          drawForest(
            {
              rows: ordered.filter((model) => models.includes(model)),
              columns,
              estimates,
              looks,
              domain: [Math.max(LEAST, Math.min(0, Math.floor(Math.min(...defined) * 5) / 5)), 1],
              ticks: [-1, -0.5, 0, 0.5, 1],
              rules: [0.7],
            },
            breadth,
          ),
      },
    ];
  });
}
