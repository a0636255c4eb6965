/** Distribution of each scale, by model and condition, with the sheets behind. */

import * as Plot from '@observablehq/plot';
import {
  type AnsweredCell,
  isOfSheets,
  listCells,
  readScores,
} from '../../analysis/corrected/cells.ts';
import { readSheetScores } from '../../analysis/corrected/sheets.ts';
import type { Answered, StudyData, StudyQuestionnaire } from '../../analysis/data.ts';
import { rangeOfScores, scaleOf } from '../../analysis/scores.ts';
import type { ScoreRule } from '../../instruments/structure.ts';
import { formatCount } from '../../numbers.ts';
import { isAvailable } from '../../statistics/not-available.ts';
import { nameScales } from '../tables/captions.ts';
import { behind } from '../tables/chosen.ts';
import { distinct } from '../tables/layout.ts';
import { answersOf } from '../tables/selection.ts';
import { draw, type Plan } from './canvas.ts';
import { chunk, slugOf } from './figure.ts';
import { leadingOf } from './forest.ts';
import { INKS } from './palette.ts';
import { type LinkTo, orderScales, rangeOf, type Setting, titleOf } from './setting.ts';

/** The most steps of a score that are shown one by one. */
const MOST_STEPS = 14;
const BINS = 16;

const RULES: Readonly<Record<ScoreRule, string>> = {
  sum: 'sum of the items',
  mean: 'mean of the items',
  max: 'highest item',
  count: 'number of items with points',
};

interface Axis {
  readonly low: number;
  readonly high: number;
  /** Of a bin. */
  readonly width: number;
  readonly bins: number;
}

interface Bin {
  readonly scale: string;
  readonly at: number;
  readonly share: number;
  /** Scores from `from` up to `to`, which is one of them where `isClosed`. */
  readonly from: number;
  readonly to: number;
  readonly isClosed: boolean;
}

export function planDistributions(setting: Setting): readonly Plan[] {
  const { study } = setting.analysis;
  const ofSheetsFirst = [...study.answered].sort(
    (first, second) =>
      Number(isOfSheets(study, second.questionnaire)) -
      Number(isOfSheets(study, first.questionnaire)),
  );
  return ofSheetsFirst.flatMap((answered) => planInstrument(setting, answered) ?? []);
}

function planInstrument(
  { analysis: { study }, looks, linkTo }: Setting,
  answered: Answered,
): Plan | null {
  const { questionnaire } = answered;
  const instrument = questionnaire.label;
  const ids = questionnaire.scales.map(({ id }) => id);
  const cells = listCells(answered, isOfSheets(study, answered.questionnaire) ? '6' : 'A5');
  const own = cells.filter(({ population }) => !population.isReference);
  const axes = new Map(ids.map((scale) => [scale, axisOf(questionnaire, scale, own)]));
  const groups = own
    .map((cell) => ({ cell, ...binScales(cell, questionnaire, axes) }))
    .filter(({ n }) => n > 0);
  if (groups.length === 0) return null;
  const reference = binBehind(study, answered, cells, axes);
  const models = distinct(groups.map(({ cell }) => cell.model.label));
  const labels = [...looks.keys()].filter((label) =>
    groups.some(({ cell }) => cell.label === label),
  );
  const top = Math.min(
    1,
    1.06 *
      Math.max(
        ...groups.flatMap(({ bins }) => bins.map(({ share }) => share)),
        ...reference.bins.map(({ share }) => share),
      ),
  );
  const rules = distinct(questionnaire.scales.map(({ score }) => RULES[score]));
  const words = rules.length === 1 ? rules[0]! : 'by the rule of each scale';
  const mayLack = questionnaire.scales.some(({ mostMissing }) => mostMissing > 0);
  const isStepwise = [...axes.values()].every((axis) => axis.width === 1);
  const n = rangeOf(groups.map((group) => group.n));
  return {
    id: `distributions-${slugOf(instrument)}`,
    title: `Distribution of the scale scores of ${titleOf(study, instrument)}, by model and condition`,
    caption:
      `Share of administrations by scale score (${words}${isStepwise ? '' : `, in ${BINS} bins`}). One line for each condition; ` +
      `${reference.words === null ? 'there is no reference to show behind them. ' : `grey bars behind: ${reference.words}. `}` +
      `n = ${n} administrations for each model and condition; only those that succeeded and ${mayLack ? 'have a score on the scale' : 'answered every item of the scale'}.${nameScales(questionnaire)}`,
    description: describe(groups),
    legend: [
      ...labels.map((label) => ({ label, mark: looks.get(label)! })),
      ...(reference.bins.length > 0
        ? [{ label: reference.label, mark: { swatch: INKS.shade } }]
        : []),
    ],
    panels: ({ width, name }) =>
      models.flatMap((model) =>
        chunk(orderScales(ids), name === 'wide' ? 6 : 3).map((scales, part) => {
          const here = groups.filter(({ cell }) => cell.model.label === model);
          const isStanding = ({ scale }: Bin) => scales.includes(scale);
          // Scales with bounds of their own are put on one axis, from 0 to 1, and its ticks say
          // which score each is.
          const place = ({ scale, at }: Bin) =>
            (at - axes.get(scale)!.low) / (axes.get(scale)!.high - axes.get(scale)!.low || 1);
          const half = (scale: string) =>
            (0.44 * axes.get(scale)!.width) / (axes.get(scale)!.high - axes.get(scale)!.low || 1);
          const height = 112;
          return {
            heading: part === 0 ? model : `${model} (continued)`,
            ...(part === 0 ? { note: `n = ${rangeOf(here.map((group) => group.n))}` } : {}),
            ...draw({
              width,
              height,
              marginLeft: 42,
              marginRight: 4,
              marginTop: 18,
              marginBottom: 20,
              fx: { domain: scales, label: null, padding: 0.09, axis: null },
              x: { domain: [-0.07, 1.07], axis: null },
              y: {
                domain: [0, top],
                label: null,
                ticks: 3,
                tickFormat: (share: number) => `${Math.round(share * 100)}%`,
                tickSize: 0,
              },
              marks: [
                Plot.axisFx({ anchor: 'top', tickSize: 0, label: null, fontWeight: 600 }),
                Plot.gridY({ ticks: 3, stroke: INKS.faint, strokeOpacity: 1 }),
                Plot.rectY(reference.bins.filter(isStanding), {
                  fx: 'scale',
                  x1: (bin: Bin) => place(bin) - half(bin.scale),
                  x2: (bin: Bin) => place(bin) + half(bin.scale),
                  y: 'share',
                  fill: INKS.shade,
                }),
                Plot.ruleY([0], { stroke: INKS.line }),
                ...here.flatMap(({ cell, bins }) => {
                  const look = looks.get(cell.label)!;
                  const shown = bins.filter(isStanding);
                  const channels = { fx: 'scale', x: place, y: 'share' } as const;
                  const points = shown
                    .filter(({ share }) => share > 0)
                    .map((bin) => ({
                      ...bin,
                      ...leadTo({ study, linkTo }, cell, instrument, bin),
                    }));
                  return [
                    Plot.line(shown, {
                      ...channels,
                      stroke: look.colour,
                      strokeWidth: 1.4,
                      ...(look.dash === null ? {} : { strokeDasharray: look.dash }),
                    }),
                    Plot.dot(points, {
                      ...channels,
                      symbol: look.symbol,
                      fill: look.colour,
                      stroke: 'none',
                      r: isStepwise ? 2.6 : 1.9,
                      ...leadingOf(points),
                    }),
                  ];
                }),
                Plot.text(ticksOf(scales, axes), {
                  fx: 'scale',
                  x: 'place',
                  y: 0,
                  dy: 11,
                  text: 'label',
                  fill: INKS.soft,
                }),
              ],
            }),
          };
        }),
      ),
  };
}

/** The administrations of a point: those of a cell whose score is in the bin. */
function leadTo(
  { study, linkTo }: { readonly study: StudyData; readonly linkTo: LinkTo | null },
  { model, population, label }: AnsweredCell,
  instrument: string,
  { scale, share, from, to, isClosed }: Bin,
): { readonly href: string | null; readonly words: string } {
  const words = `${model.label}, ${label}, ${scale} ${Number(from.toFixed(2))}${to === from ? '' : ` to ${Number(to.toFixed(2))}`}: ${Math.round(share * 1000) / 10} %`;
  if (linkTo === null) return { href: null, words };
  const { sql, lists } = answersOf(
    study,
    {
      ...{ mode: 'corrected', instrument, model: model.label },
      isWanted: (one) => one.population === population.population,
    },
    { scale, withSheets: false, incomplete: 1, of: 'scores' },
  );
  // The end of a bin that is not one of it is left out by less than scores differ.
  const within = `score-from=${rounded(from)}&score-to=${rounded(isClosed ? to : to - 1e-6)}`;
  const own = lists.map(({ name, query }) => ({ name, query: `${query}&${within}` }));
  return { href: linkTo(behind(sql, own)), words };
}

const rounded = (value: number) => Number(value.toFixed(7));

/** The lowest, middle and highest score, where they stand. */
function ticksOf(scales: readonly string[], axes: ReadonlyMap<string, Axis>) {
  return scales.flatMap((scale) => {
    const { low, high } = axes.get(scale)!;
    return [0, 0.5, 1].map((place) => ({
      scale,
      place,
      label: String(Number((low + place * (high - low)).toFixed(2))),
    }));
  });
}

/** By what the instrument allows; by what was answered where that is not known. */
function axisOf(
  questionnaire: StudyQuestionnaire,
  scale: string,
  cells: readonly AnsweredCell[],
): Axis {
  const rule = scaleOf(questionnaire, scale);
  const scores = cells.flatMap((cell) => [...scoresOf(cell, scale)]);
  const { low, high } = rangeOfScores(questionnaire, rule) ?? {
    low: scores.reduce((least, score) => Math.min(least, score), scores[0] ?? 0),
    high: scores.reduce((most, score) => Math.max(most, score), scores[0] ?? 1),
  };
  const isWhole = rule.score !== 'mean' && [low, high, ...scores].every(Number.isInteger);
  if (isWhole && high - low <= MOST_STEPS) return { low, high, width: 1, bins: high - low + 1 };
  return { low, high, width: (high - low) / BINS, bins: BINS };
}

/** One score an administration. */
function scoresOf(cell: AnsweredCell, scale: string): Float64Array {
  const { totals, divisors } = readScores(cell, scale);
  return totals.map((total, row) => total / divisors[row]!);
}

function binScales(
  cell: AnsweredCell,
  { scales }: StudyQuestionnaire,
  axes: ReadonlyMap<string, Axis>,
) {
  const scored = scales.map(({ id: scale }) => ({ scale, scores: scoresOf(cell, scale) }));
  return {
    n: Math.max(0, ...scored.map(({ scores }) => scores.length)),
    bins: scored.flatMap(({ scale, scores }) => binScores(scale, scores, axes.get(scale)!)),
    means: scored.map(({ scale, scores }) => ({
      scale,
      mean: scores.reduce((sum, score) => sum + score, 0) / scores.length,
    })),
  };
}

function binScores(
  scale: string,
  scores: Float64Array,
  { low, width, bins }: Axis,
): readonly Bin[] {
  if (scores.length === 0) return [];
  const isStepwise = width === 1;
  const counts = new Int32Array(bins);
  for (const score of scores) {
    const bin = isStepwise ? Math.round(score - low) : Math.floor((score - low) / (width || 1));
    counts[Math.min(bins - 1, Math.max(0, bin))]!++;
  }
  return Array.from(counts, (number, bin) => ({
    scale,
    at: low + width * (isStepwise ? bin : bin + 0.5),
    from: low + width * bin,
    to: low + width * (isStepwise ? bin : bin + 1),
    isClosed: isStepwise || bin === bins - 1,
    share: number / scores.length,
  }));
}

/**
 * The sheets, for the instrument they answer; for others, what a model answered as the reference
 * population.
 */
function binBehind(
  study: StudyData,
  { questionnaire }: Answered,
  cells: readonly AnsweredCell[],
  axes: ReadonlyMap<string, Axis>,
) {
  if (isOfSheets(study, questionnaire)) {
    const bins = questionnaire.scales.flatMap(({ id: scale }) => {
      const sheets = readSheetScores(study.reference, scale, 'reference');
      if (!isAvailable(sheets)) return [];
      return binScores(scale, sheets.scores, axes.get(scale)!);
    });
    const n = study.reference.personalityIds.length;
    return {
      bins,
      label: 'Reference sheets',
      words:
        bins.length === 0
          ? null
          : `the ${formatCount(n)} reference sheets, as they were before any manipulation`,
    };
  }
  const cell = cells.find(
    ({ population, succeeded }) => population.isReference && succeeded.length > 0,
  );
  if (cell === undefined) return { bins: [], label: '', words: null };
  const { bins, n } = binScales(cell, questionnaire, axes);
  return {
    bins,
    label: 'Reference population',
    words: `${formatCount(n)} answers of ${cell.model.label} as the reference population itself`,
  };
}

function describe(
  groups: readonly {
    readonly cell: AnsweredCell;
    readonly means: readonly { readonly scale: string; readonly mean: number }[];
  }[],
): string {
  return groups
    .map(
      ({ cell, means }) =>
        `${cell.model.label}, ${cell.label}: mean ${means
          .filter(({ mean }) => !Number.isNaN(mean))
          .map(({ scale, mean }) => `${scale} ${mean.toFixed(2)}`)
          .join(', ')}.`,
    )
    .join(' ');
}
