/**
 * Who the personas are under Base and what a condition changes: shares by category, with the
 * interval of the difference.
 */

import * as Plot from '@observablehq/plot';
import { isAnyStated } from '../../analysis/corrected/demographic-categories.ts';
import type { DemographicRow } from '../../analysis/corrected/demographics.ts';
import { TABULATED_FIELDS, type TabulatedField } from '../../analysis/data.ts';
import { findCondition } from '../../personas/sheets/conditions.ts';
import { labelField, labelMetric } from '../tables/captions.ts';
import { demographicTables } from '../tables/families/demographics.ts';
import { distinct } from '../tables/layout.ts';
import { rowsOf } from '../tables/tables.ts';
import { draw, fitText, type Plan } from './canvas.ts';
import { linesOf } from './figure.ts';
import { INKS, type SeriesLook } from './palette.ts';
import { rangeOf, type Setting } from './setting.ts';

type Row = DemographicRow;

/** For narrow columns. */
const SHORT_FIELDS: Readonly<Record<TabulatedField, string>> = {
  gender: 'Gender',
  political_orientation: 'Politics',
  race: 'Race',
  religious_belief: 'Religion',
  sexual_orientation: 'Sexual or.',
};

const BASE = findCondition('Base').label;

/** Categories that are rarer everywhere are left out. */
const LEAST_SHOWN = 0.01;

interface Point {
  readonly model: string;
  readonly y: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly base: number;
  readonly look: SeriesLook;
}

export function planDemographics({ analysis, looks }: Setting): readonly Plan[] {
  const rows = demographicTables.flatMap(({ corrected }) => rowsOf(analysis.corrected, corrected));
  const shown = rows.filter((row) => row.share !== null);
  if (!isAnyStated(shown)) return [];
  const models = distinct(shown.map((row) => row.model));
  const present = new Set(
    shown.filter((row) => row.share! >= LEAST_SHOWN).map((row) => row.metric),
  );
  const lines = layOut(shown.filter((row) => present.has(row.metric)));
  const labels = [...looks.keys()].filter(
    (label) => label !== BASE && shown.some((row) => row.condition === label),
  );
  const n = rangeOf(distinct(shown.map((row) => row.n)));
  const draws = rangeOf(shown.map((row) => row.draws));
  return [
    {
      id: 'demographic-shift',
      title: 'Who the personas are: shares under Base and under each condition, by model',
      caption:
        `Share of personas by category, per cent. Ring: ${BASE}. Filled symbols: the conditions; bars show the 95% interval of the difference to ${BASE}, laid around the share ` +
        `(cluster-robust, clusters are reference sheets): a bar that does not reach the ring is a difference from none. ` +
        `n = ${n} personas for each model and condition, draws counted for each: ${draws}. Categories below 1% everywhere are left out; the tables have them.`,
      description: shown
        .filter((row) => row.condition !== BASE && Math.abs(row.diff ?? 0) >= 0.1)
        .map((row) => {
          const diff = row.diff!;
          const points = `${diff > 0 ? 'up' : 'down'} ${Math.abs(diff * 100).toFixed(0)} points to ${(row.share! * 100).toFixed(0)}%`;
          return `${row.model}, ${row.condition}, ${row.metric}: ${points}.`;
        })
        .join(' '),
      legend: [
        { label: BASE, mark: { ring: INKS.ink } },
        ...labels.map((label) => ({ label, mark: { ...looks.get(label)!, dash: null } })),
      ],
      panels: ({ width, name }) => {
        const marginLeft = name === 'wide' ? 134 : 96;
        const columns = Math.min(models.length, name === 'wide' ? 5 : 2);
        return linesOf(models, columns).map((here) => {
          const rowHeight = Math.max(15, labels.length * 6.5 + 5);
          const headHeight = 20;
          const tops = topsOf(lines, rowHeight, headHeight);
          const extent = tops.extent;
          const domain = [
            ...here,
            ...Array.from({ length: columns - here.length }, (_, index) => ' '.repeat(index + 1)),
          ];
          const own = shown.filter((row) => here.includes(row.model) && tops.of.has(row.metric));
          const base = new Map(
            own.filter((row) => row.condition === BASE).map((row) => [keyOf(row), row.share!]),
          );
          const middleOf = (row: Row) => tops.of.get(row.metric)! + rowHeight / 2;
          const points = own.flatMap((row): Point[] => {
            const lane = labels.indexOf(row.condition);
            if (lane === -1) return [];
            const share = row.share!;
            const from = base.get(keyOf(row)) ?? share;
            const [low, high] = [row.ci_low, row.ci_high];
            return [
              {
                model: row.model,
                y: middleOf(row) + (lane - (labels.length - 1) / 2) * 6.5,
                share,
                base: from,
                low: Math.max(0, low === null ? share : from + low),
                high: Math.min(1, high === null ? share : from + high),
                look: looks.get(row.condition)!,
              },
            ];
          });
          const bases = own
            .filter((row) => row.condition === BASE)
            .map((row) => ({ model: row.model, y: middleOf(row), share: row.share! }));
          return draw({
            width,
            height: extent + 22 + 22,
            marginLeft,
            marginRight: 14,
            marginTop: 22,
            marginBottom: 22,
            fx: { domain, label: null, padding: 0.17, axis: null },
            x: {
              domain: [0, 1],
              label: null,
              ticks: [0, 0.5, 1],
              tickFormat: (share: number) => String(share * 100),
              tickSize: 3,
            },
            y: { domain: [extent, 0], axis: null },
            marks: [
              Plot.axisFx({
                anchor: 'top',
                tickSize: 0,
                label: null,
                fontWeight: 600,
                tickFormat: (model: string) => fitText(model, (width - marginLeft) / columns),
              }),
              Plot.ruleY(
                [...tops.of.values()].map((top) => top + rowHeight / 2),
                { stroke: INKS.faint },
              ),
              Plot.ruleX([0, 1], { stroke: INKS.line }),
              Plot.axisY(
                lines.map(({ field }) => tops.heads.get(field)! + headHeight / 2 + 3),
                {
                  tickFormat: (_: number, index: number) =>
                    name === 'wide'
                      ? labelField(lines[index]!.field)
                      : SHORT_FIELDS[lines[index]!.field],
                  tickSize: 0,
                  label: null,
                  fontWeight: 600,
                },
              ),
              Plot.axisY(
                [...tops.of.values()].map((top) => top + rowHeight / 2),
                {
                  tickFormat: (_: number, index: number) =>
                    fitText(labelMetric([...tops.of.keys()][index]!), marginLeft - 8),
                  tickSize: 0,
                  label: null,
                  color: INKS.soft,
                },
              ),
              Plot.ruleY(points, {
                fx: 'model',
                y: 'y',
                x1: 'base',
                x2: 'share',
                stroke: INKS.line,
              }),
              Plot.ruleY(
                points.filter(({ low, high }) => high > low),
                {
                  fx: 'model',
                  y: 'y',
                  x1: 'low',
                  x2: 'high',
                  stroke: ({ look }: Point) => look.colour,
                  strokeWidth: 1.7,
                },
              ),
              Plot.dot(bases, {
                fx: 'model',
                x: 'share',
                y: 'y',
                r: 3,
                stroke: INKS.ink,
                strokeWidth: 1.2,
                fill: INKS.paper,
              }),
              ...labels.map((label) => {
                const look = looks.get(label)!;
                return Plot.dot(
                  points.filter((point) => point.look === look),
                  {
                    fx: 'model',
                    x: 'share',
                    y: 'y',
                    symbol: look.symbol,
                    fill: look.colour,
                    stroke: 'none',
                    r: 2.6,
                  },
                );
              }),
            ],
          });
        });
      },
    },
  ];
}

interface FieldLines {
  readonly field: TabulatedField;
  readonly metrics: readonly string[];
}

function layOut(rows: readonly Row[]): readonly FieldLines[] {
  return TABULATED_FIELDS.map((field) => ({
    field,
    metrics: distinct(rows.filter((row) => row.field === field).map((row) => row.metric)),
  })).filter(({ metrics }) => metrics.length > 0);
}

/** Where each field's heading and each metric begin, from the top. */
function topsOf(lines: readonly FieldLines[], rowHeight: number, headHeight: number) {
  const heads = new Map<TabulatedField, number>();
  const of = new Map<string, number>();
  let extent = 0;
  for (const { field, metrics } of lines) {
    heads.set(field, extent);
    extent += headHeight;
    for (const metric of metrics) {
      of.set(metric, extent);
      extent += rowHeight;
    }
  }
  return { heads, of, extent };
}

function keyOf(row: Row): string {
  return JSON.stringify([row.model, row.metric]);
}
