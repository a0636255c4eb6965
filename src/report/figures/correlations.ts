/**
 * Correlations between the sheets' instrument and every other, as a heat map with the numbers in
 * it.
 */
import * as Plot from '@observablehq/plot';
import type { CorrelationRow } from '../../analysis/corrected/correlations.ts';
import { correlations } from '../tables/families/correlations.ts';
import { distinct } from '../tables/layout.ts';
import { rowsOf } from '../tables/tables.ts';
import { draw, type Plan, widthOf } from './canvas.ts';
import { linesOf, slugOf } from './figure.ts';
import { divergingColour, INKS } from './palette.ts';
import { orderScales, rangeOf, type Setting, titleOf } from './setting.ts';

type Row = CorrelationRow;

const CELL = 25;

export function planCorrelations({ analysis }: Setting): readonly Plan[] {
  const rows = rowsOf(analysis.corrected, correlations.corrected);
  return distinct(rows.map((row) => row.instrument)).flatMap((instrument): Plan[] => {
    const own = rows.filter((row) => row.instrument === instrument);
    if (own.every((row) => row.r === null)) return [];
    const title = titleOf(analysis.study, instrument);
    const across = orderScales(distinct(own.map((row) => row.bigfive_scale)));
    const down = orderScales(distinct(own.map((row) => row.epqra_scale)));
    const groups = distinct(own.map(nameGroup));
    const n = rangeOf(own.map((row) => row.n).filter((one) => one > 0));
    return [
      {
        id: `correlations-${slugOf(instrument)}`,
        title: `Correlations between the scales of EPQR-A and ${title}, by model`,
        caption:
          `Pearson’s r across personalities within one Base population: rows are EPQR-A scales, columns scales of ${title}. n = ${n} personalities for each. ` +
          'Blue with a minus sign is negative, orange positive, white none. n/a: undefined, as where a score does not vary.',
        description: groups
          .map((group) => {
            const cells = own.filter((row) => nameGroup(row) === group);
            return `${group}: ${cells.map((row) => `${row.epqra_scale} with ${row.bigfive_scale} ${written(row.r)}`).join(', ')}.`;
          })
          .join(' '),
        legend: [],
        panels: ({ width, name }) => {
          const margin = Math.max(20, ...down.map((scale) => widthOf(scale, 10.5) + 8));
          const room = width - margin;
          const columns = Math.max(
            1,
            Math.min(name === 'wide' ? 3 : 2, Math.floor(room / (across.length * 29))),
          );
          return linesOf(groups, columns).map((here) => {
            const cells = own.filter((row) => here.includes(nameGroup(row)));
            const height = down.length * CELL + 42;
            // A last line with fewer panels keeps the width of the others.
            const domain = [
              ...here,
              ...Array.from({ length: columns - here.length }, (_, index) => ' '.repeat(index + 1)),
            ];
            const channels = { fx: nameGroup, x: 'bigfive_scale', y: 'epqra_scale' } as const;
            return draw({
              width,
              height,
              marginLeft: margin,
              marginRight: 2,
              marginTop: 40,
              marginBottom: 2,
              fx: { domain, label: null, padding: 0.06, axis: null },
              x: { domain: across, label: null, axis: null, padding: 0.04 },
              y: { domain: down, label: null, tickSize: 0, padding: 0.04 },
              marks: [
                Plot.axisFx({
                  anchor: 'top',
                  dy: -14,
                  tickSize: 0,
                  label: null,
                  fontWeight: 600,
                  fontSize: 11.5,
                }),
                Plot.text(
                  here.flatMap((group) => across.map((scale) => ({ group, scale }))),
                  { fx: 'group', x: 'scale', text: 'scale', frameAnchor: 'top', dy: -9 },
                ),
                Plot.cell(cells, {
                  ...channels,
                  fill: (row: Row) => (row.r === null ? INKS.faint : divergingColour(row.r!).fill),
                }),
                Plot.text(cells, {
                  ...channels,
                  text: (row: Row) => written(row.r),
                  fill: (row: Row) => (row.r === null ? INKS.soft : divergingColour(row.r!).text),
                  fontSize: name === 'wide' ? 10.5 : 9.5,
                  fontVariant: 'tabular-nums',
                }),
              ],
            });
          });
        },
      },
    ];
  });
}

function nameGroup(row: Row): string {
  const population = row.population;
  return population === 'Base' ? row.model : `${row.model}, ${population}`;
}

/** `.45`, `−.07`, `1.00`. */
function written(r: number | null): string {
  if (r === null) return 'n/a';
  const text = Math.abs(r).toFixed(2).replace(/^0/, '');
  return r < 0 && Number(text) !== 0 ? `−${text}` : text;
}
