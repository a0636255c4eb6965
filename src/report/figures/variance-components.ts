/** Where the variance of scores lies: stacked shares by model, condition and scale. */
import * as Plot from '@observablehq/plot';
import { hasSheets } from '../analysis.ts';
import { sayCases } from '../tables/cases.ts';
import { varianceComponents } from '../tables/families/variance-components.ts';
import { distinct, groupBy } from '../tables/layout.ts';
import { rowsOf } from '../tables/tables.ts';
import { draw, fitText, type Panel, type Plan } from './canvas.ts';
import { type Breadth, chunk, slugOf } from './figure.ts';
import { INKS } from './palette.ts';
import { orderScales, rangeOf, type Setting, titleOf } from './setting.ts';

/** In the order of the bars. The last takes every component that no other does. */
const PARTS = [
  { label: 'person', colour: INKS['series-3'], has: (name: string) => name === 'person' },
  { label: 'draw', colour: INKS['series-7'], has: (name: string) => name === 'draw' },
  {
    label: 'administration',
    colour: INKS.shade,
    has: (name: string) => name === 'administration',
  },
  {
    label: 'person × way of asking',
    colour: INKS['series-6'],
    has: (name: string) => name.startsWith('person × '),
  },
  { label: 'way of asking', colour: INKS['series-2'], has: () => true },
] as const;

const ROW_HEIGHT = 17;

interface Bar {
  readonly scale: string;
  readonly row: string;
  readonly part: number;
  readonly from: number;
  readonly to: number;
}

export function planVarianceComponents({ analysis }: Setting): readonly Plan[] {
  const say = hasSheets(analysis.study) ? (text: string) => text : sayCases;
  const rows = rowsOf(analysis.corrected, varianceComponents.corrected).filter(
    ({ share }) => share !== null,
  );
  return groupBy(rows, ({ instrument }) => [instrument]).map((own): Plan => {
    const [{ instrument }] = own;
    const bars = groupBy(own, ({ model, population, scale }) => [model, population, scale]).flatMap(
      (components): Bar[] => {
        const [{ model, population, scale }] = components;
        let from = 0;
        return PARTS.flatMap((_, part) => {
          const share = components
            .filter(({ component }) => PARTS.findIndex(({ has }) => has(component)) === part)
            .reduce((sum, one) => sum + one.share!, 0);
          from += share;
          return share === 0
            ? []
            : [{ scale, row: `${model}, ${population}`, part, from: from - share, to: from }];
        });
      },
    );
    const labels = distinct(own.map(({ model, population }) => `${model}, ${population}`));
    const scales = orderScales(distinct(own.map(({ scale }) => scale)));
    return {
      id: `variance-components-${slugOf(instrument)}`,
      title: `What scores on ${titleOf(analysis.study, instrument)} vary with, by model, condition and scale`,
      caption: `Shares of the variance of single administrations. Negative estimates count as 0. n = ${rangeOf(own.map(({ n }) => n))} ${say('persons')}. Intervals are in Table R1.`,
      description: bars
        .filter(({ part }) => part === 0)
        .map(
          ({ row, scale, from, to }) =>
            `${row}, scale ${scale}: ${say('persons')} ${(100 * (to - from)).toFixed(0)}%.`,
        )
        .join(' '),
      legend: PARTS.filter((_, part) => bars.some((bar) => bar.part === part)).map(
        ({ label, colour }) => ({ label: say(label), mark: { swatch: colour } }),
      ),
      panels: (breadth) =>
        chunk(scales, breadth.name === 'wide' ? 5 : 2).map((columns) =>
          drawBars(bars, labels, columns, breadth),
        ),
    };
  });
}

function drawBars(
  bars: readonly Bar[],
  labels: readonly string[],
  scales: readonly string[],
  { width, name }: Breadth,
): Panel {
  const marginLeft = name === 'wide' ? 190 : 120;
  const extent = labels.length * ROW_HEIGHT;
  const topOf = ({ row }: Bar) => labels.indexOf(row) * ROW_HEIGHT;
  return draw({
    width,
    height: extent + 20 + 24,
    marginLeft,
    marginRight: 14,
    marginTop: 20,
    marginBottom: 24,
    fx: { domain: [...scales], label: null, padding: 0.13 },
    x: {
      domain: [0, 1],
      label: null,
      ticks: [0, 0.5, 1],
      tickFormat: (share: number) => `${share * 100}${share === 0.5 ? '%' : ''}`,
      tickSize: 3,
    },
    y: { domain: [extent, 0], axis: null },
    marks: [
      Plot.axisY(
        labels.map((_, index) => (index + 0.5) * ROW_HEIGHT),
        {
          tickFormat: (_: number, index: number) => fitText(labels[index]!, marginLeft - 6),
          tickSize: 0,
          label: null,
        },
      ),
      Plot.rect(
        bars.filter(({ scale }) => scales.includes(scale)),
        {
          fx: 'scale',
          x1: 'from',
          x2: 'to',
          y1: (bar: Bar) => topOf(bar) + 2,
          y2: (bar: Bar) => topOf(bar) + ROW_HEIGHT - 2,
          fill: ({ part }: Bar) => PARTS[part]!.colour,
        },
      ),
    ],
  });
}
