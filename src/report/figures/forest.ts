/**
 * Estimates with intervals, one line of the panel for each model, one column for each scale,
 * conditions beneath one another.
 */
import * as Plot from '@observablehq/plot';
import { draw, fitText, type Panel, widthOf } from './canvas.ts';
import { type Breadth, chunk } from './figure.ts';
import { INKS, type SeriesLook } from './palette.ts';

export interface Estimate {
  readonly row: string;
  readonly column: string;
  /** Label of a condition; empty for rows of sheets. */
  readonly label: string;
  /** Null where it is undefined: `n/a` stands in its place. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Where its point leads to. */
  readonly href?: string | null;
}

export interface Forest {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly estimates: readonly Estimate[];
  readonly looks: ReadonlyMap<string, SeriesLook>;
  readonly domain: readonly [number, number];
  /** Chosen by the domain unless given. */
  readonly ticks?: readonly number[];
  /** Plain numbers unless given. */
  readonly tickFormat?: (value: number) => string;
  /** Where lines stand across all rows. */
  readonly rules: readonly number[];
  /** By column: shaded from one value to another. */
  readonly bands?: ReadonlyMap<string, readonly [number, number]>;
}

/** Look of what has no condition. */
const PLAIN: SeriesLook = { colour: INKS.soft, symbol: 'diamond', dash: null };
const STEP = 9.5;

interface Placed {
  readonly column: string;
  readonly y: number;
  readonly x: number;
  readonly low: number;
  readonly high: number;
  readonly look: SeriesLook;
  readonly href: string | null;
  /** What it is, in words. */
  readonly words: string;
}

export function drawForest(forest: Forest, { width, name }: Breadth): readonly Panel[] {
  // Room for the names of rows, such as models, which say "(simulated)" at their end.
  const wanted = Math.ceil(Math.max(0, ...forest.rows.map((row) => widthOf(row, 10.5)))) + 8;
  const [least, most] = name === 'wide' ? [124, 164] : [92, 124];
  const marginLeft = Math.min(most, Math.max(least, wanted));
  return chunk(forest.columns, name === 'wide' ? 5 : 2).map((columns) =>
    drawColumns({ ...forest, columns }, width, marginLeft),
  );
}

function drawColumns(forest: Forest, width: number, marginLeft: number): Panel {
  const { columns, rows, looks, domain, rules, bands, ticks, tickFormat = writePlain } = forest;
  const labels = [...looks.keys()].filter((label) =>
    forest.estimates.some((one) => one.label === label),
  );
  const lanes = Math.max(1, labels.length);
  const rowHeight = lanes * STEP + 11;
  const [least, most] = domain;
  const yOf = ({ row, label }: Estimate) => {
    const lane = labels.indexOf(label);
    const offset = lane === -1 ? 0 : (lane - (lanes - 1) / 2) * STEP;
    return (rows.indexOf(row) + 0.5) * rowHeight + offset;
  };
  const shown = forest.estimates.filter(
    (one) => columns.includes(one.column) && rows.includes(one.row),
  );
  const clamp = (value: number) => Math.min(most, Math.max(least, value));
  const placed: Placed[] = shown.flatMap((one) =>
    one.value === null
      ? []
      : [
          {
            column: one.column,
            y: yOf(one),
            x: withinRounding(one.value, domain),
            low: clamp(one.low ?? one.value),
            high: clamp(one.high ?? one.value),
            look: looks.get(one.label) ?? PLAIN,
            href: one.href ?? null,
            words: `${[one.row, one.label, one.column].filter((text) => text !== '').join(', ')}: ${tickFormat(one.value)}`,
          },
        ],
  );
  const undefinedOnes = shown
    .filter(({ value }) => value === null)
    .map((one) => ({ column: one.column, y: yOf(one), x: least }));
  const beyond = placed.filter(({ x }) => x < least || x > most);
  const inside = placed.filter(({ x }) => x >= least && x <= most);
  const looksShown = [...new Set(inside.map(({ look }) => look))];
  const extent = rows.length * rowHeight;
  const height = extent + 20 + 24;
  return draw({
    width,
    height,
    marginLeft,
    marginRight: 14,
    marginTop: 20,
    marginBottom: 24,
    fx: { domain: columns, label: null, padding: 0.13 },
    x: {
      domain: [...domain],
      label: null,
      ticks: ticks === undefined ? 4 : ticks.filter((tick) => tick >= least && tick <= most),
      tickFormat,
      tickSize: 3,
    },
    y: { domain: [extent, 0], axis: null },
    marks: [
      ...(bands === undefined
        ? []
        : [
            Plot.rect(
              [...bands].filter(([column]) => columns.includes(column)),
              {
                fx: ([column]: [string, readonly [number, number]]) => column,
                x1: ([, [low]]: [string, readonly [number, number]]) => low,
                x2: ([, [, high]]: [string, readonly [number, number]]) => high,
                y1: () => 0,
                y2: () => extent,
                fill: INKS.faint,
              },
            ),
          ]),
      Plot.ruleY(
        Array.from({ length: rows.length + 1 }, (_, index) => index * rowHeight),
        { stroke: INKS.faint },
      ),
      Plot.ruleX(rules, { stroke: INKS.line }),
      Plot.axisY(
        rows.map((_, index) => (index + 0.5) * rowHeight),
        {
          tickFormat: (_: number, index: number) => fitText(rows[index]!, marginLeft - 6),
          tickSize: 0,
          label: null,
        },
      ),
      Plot.ruleY(
        inside.filter(({ low, high }) => high > low),
        {
          fx: 'column',
          y: 'y',
          x1: 'low',
          x2: 'high',
          stroke: ({ look }: Placed) => look.colour,
          strokeWidth: 1.5,
        },
      ),
      ...looksShown.map((look) =>
        Plot.dot(
          inside.filter((one) => one.look === look),
          {
            fx: 'column',
            x: 'x',
            y: 'y',
            symbol: look.symbol,
            fill: look.colour,
            stroke: 'none',
            r: 3.1,
            ...leadingOf(inside),
          },
        ),
      ),
      Plot.text(beyond, {
        fx: 'column',
        x: ({ x }: Placed) => clamp(x),
        y: 'y',
        text: ({ x }: Placed) => (x < least ? `◂ ${tickFormat(x)}` : `${tickFormat(x)} ▸`),
        textAnchor: 'start',
        dx: 2,
        fill: ({ look }: Placed) => look.colour,
        fontSize: 8.5,
      }),
      Plot.text(undefinedOnes, {
        fx: 'column',
        x: 'x',
        y: 'y',
        text: () => 'n/a',
        textAnchor: 'start',
        dx: 2,
        fill: INKS.soft,
        fontSize: 8.5,
      }),
    ],
  });
}

/** Channels of points that lead somewhere; none where no point does. */
export function leadingOf<Point extends { readonly href: string | null; readonly words: string }>(
  points: readonly Point[],
) {
  if (points.every(({ href }) => href === null)) return {};
  return { href: ({ href }: Point) => href, title: ({ words }: Point) => words };
}

/** An end of the axis where the value differs from it by rounding only. */
function withinRounding(value: number, ends: readonly [number, number]): number {
  return ends.find((end) => Math.abs(value - end) < 1e-9) ?? value;
}

function writePlain(value: number): string {
  return String(Number(value.toFixed(2))).replace('-', '−');
}
