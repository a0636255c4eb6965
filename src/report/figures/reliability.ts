/** Cronbach's alpha by model, scale and condition, with the reference and random sheets beside. */
import { RANDOM_ROW, REFERENCE_ROW } from '../../analysis/table.ts';
import type { Plan } from './canvas.ts';
import { slugOf } from './figure.ts';
import { drawForest, type Estimate } from './forest.ts';
import { INKS } from './palette.ts';
import { correctedRows, distinct, numberOf, orderScales, rangeOf, type Setting, textOf, titleOf } from './setting.ts';

/** Alphas below this are shown as a number at the edge. */
const LEAST = -1;

export function planReliability({ analysis, looks }: Setting): readonly Plan[] {
  const rows = [...correctedRows(analysis, '6'), ...correctedRows(analysis, 'A5')];
  return distinct(rows.map((row) => textOf(row, 'instrument'))).flatMap((instrument): Plan[] => {
    const own = rows.filter((row) => textOf(row, 'instrument') === instrument);
    const estimates = own.map((row): Estimate => {
      const model = textOf(row, 'model');
      const isBaseline = model === REFERENCE_ROW || model === RANDOM_ROW;
      return {
        row: model,
        column: textOf(row, 'scale'),
        label: isBaseline ? '' : textOf(row, 'population'),
        value: numberOf(row, 'alpha'),
        low: numberOf(row, 'ci_low'),
        high: numberOf(row, 'ci_high'),
      };
    });
    const defined = estimates.flatMap(({ value, low }) => (value === null ? [] : [Math.max(LEAST, low ?? value)]));
    if (defined.length === 0) return [];
    const labels = [...looks.keys()].filter((label) => estimates.some((one) => one.label === label));
    const models = distinct(estimates.map(({ row }) => row));
    const ordered = [...models.filter((model) => model !== REFERENCE_ROW && model !== RANDOM_ROW), REFERENCE_ROW, RANDOM_ROW];
    const n = rangeOf(own.filter((row) => numberOf(row, 'alpha') !== null).map((row) => numberOf(row, 'n') ?? 0));
    const columns = orderScales(distinct(estimates.map(({ column }) => column)));
    return [
      {
        id: `reliability-${slugOf(instrument)}`,
        title: `Cronbach’s alpha of ${titleOf(analysis.study, instrument)}, by model, scale and condition`,
        caption:
          `Cronbach’s alpha; bars are 95% intervals (Feldt). n = ${n} administrations or sheets for each. Line at 0.70, a common rule of thumb for acceptable. ` +
          `n/a: alpha is undefined because nothing varies. Values below −1 stand as numbers at the left edge.`,
        description: columns
          .map((scale) => {
            const values = estimates.filter(({ column, value }) => column === scale && value !== null);
            return `Scale ${scale}: ${values.map(({ row, label, value }) => `${row}${label === '' ? '' : ` ${label}`} ${value!.toFixed(2)}`).join(', ')}.`;
          })
          .join(' '),
        legend: [...labels.map((label) => ({ label, mark: looks.get(label)! })), { label: 'alpha 0.70', mark: { rule: INKS.line } }],
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
