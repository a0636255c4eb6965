/**
 * Whether a scale of the sheet comes back from the persona: differences, agreement, and driven
 * scales at their end.
 */
import type { ScaleScoreRow } from '../../analysis/corrected/scale-score-row.ts';
import { REFERENCE_ROW } from '../../analysis/table.ts';
import { describeBounds } from '../tables/families/scale-score-methods.ts';
import { scaleScores } from '../tables/families/scale-scores.ts';
import { distinct } from '../tables/layout.ts';
import { rowsOf } from '../tables/tables.ts';
import type { Plan } from './canvas.ts';
import { drawForest, type Estimate } from './forest.ts';
import { INKS, type SeriesLook } from './palette.ts';
import { orderScales, rangeOf, type Setting } from './setting.ts';

type Row = ScaleScoreRow;

export function planFidelity(setting: Setting): readonly Plan[] {
  const rows = rowsOf(setting.analysis.corrected, scaleScores.corrected).filter(
    (row) => row.model !== REFERENCE_ROW,
  );
  const kept = rows.filter((row) => row.test === 'fidelity');
  const chance = rows.filter((row) => row.test === 'chance');
  const driven = rows.filter((row) => row.test === 'manipulation check');
  return [
    ...planDifferences(setting, kept),
    ...(kept.length === 0 ? [] : planAgreement(setting, [...kept, ...chance])),
    ...planManipulation(setting, driven),
  ];
}

function planDifferences({ looks, ...setting }: Setting, rows: readonly Row[]): readonly Plan[] {
  const estimates = rows.map((row) => estimateOf(setting, row, row.diff, row.ci_low, row.ci_high));
  const reach = Math.max(
    ...estimates.flatMap(({ value, low, high }) =>
      value === null ? [] : [Math.abs(low ?? value), Math.abs(high ?? value)],
    ),
  );
  if (!Number.isFinite(reach)) return [];
  const bands = new Map(
    rows.flatMap(({ scale, equivalence_bound: bound }) =>
      bound === null ? [] : [[scale, [-bound, bound] as const] as const],
    ),
  );
  const widest = Math.max(0, ...[...bands.values()].map(([, high]) => high));
  const most = Math.ceil(Math.max(reach, widest) * 1.05 * 4) / 4;
  return [
    {
      id: 'fidelity-difference',
      title: 'Persona score minus sheet score, by model, scale and condition',
      caption:
        'Mean difference between the scale score of the persona and that of the sheet it was written from, in points of the scale; bars are 95% intervals of ' +
        `the paired difference. Shaded: the bound of equivalence of the mean, ${describeBounds(rows, 'equivalence')}. n = ${sizesOf(rows)} personalities for each. ` +
        `${sayWidestLimits(rows)}` +
        'Scales that a condition drives to an extreme are left out; they stand in the figure of manipulation checks.',
      description: describe(estimates, 2),
      legend: legendOf(looks, estimates, {
        label: 'bound of the mean',
        mark: { swatch: INKS.faint },
      }),
      panels: (breadth) =>
        drawForest(
          {
            ...axesOf(estimates),
            estimates,
            looks,
            domain: [-most, most],
            tickFormat: signed,
            rules: [0],
            bands,
          },
          breadth,
        ),
    },
  ];
}

/**
 * How far single persons may be from their sheets where the mean is not: nothing where no row has
 * limits.
 */
function sayWidestLimits(rows: readonly Row[]): string {
  const limits = rows.flatMap((row) => {
    const [low, high] = [row.limits_single_low, row.limits_single_high];
    return low === null || high === null || low === high ? [] : [{ row, low, high }];
  });
  if (limits.length === 0) return '';
  const { row, low, high } = limits.reduce((widest, one) =>
    one.high - one.low > widest.high - widest.low ? one : widest,
  );
  const who = `${row.model}, ${row.population}, ${row.scale}`;
  return `Single persons differ more than the mean over all does: the widest 95% limits of agreement of one administration are ${signed(low)} to ${signed(high)} (${who}). `;
}

function planAgreement({ looks, ...setting }: Setting, rows: readonly Row[]): readonly Plan[] {
  const estimates = rows.map((row) =>
    estimateOf(setting, row, row.icc_single, row.icc_single_ci_low, row.icc_single_ci_high),
  );
  const defined = estimates.flatMap(({ value, low }) => (value === null ? [] : [low ?? value]));
  if (defined.length === 0) return [];
  return [
    {
      id: 'fidelity-agreement',
      title: 'Agreement of persona and sheet person by person, by model, scale and condition',
      caption:
        `Intraclass correlation ICC(A,1) of the persona’s score in one administration and the sheet’s, with 95% intervals that assume no distribution. n = ${sizesOf(rows)} personalities for each. ` +
        'Random: random sheets beside the same sheets. 1 is complete agreement. Scales that a condition drives to an extreme are left out. n/a: undefined, as where all scores are equal.',
      description: describe(estimates, 2),
      legend: legendOf(looks, estimates),
      panels: (breadth) =>
        drawForest(
          {
            ...axesOf(estimates),
            estimates,
            looks,
            domain: [Math.max(-1, Math.min(0, Math.floor(Math.min(...defined) * 5) / 5)), 1],
            ticks: [-1, -0.5, 0, 0.5, 1],
            rules: [0, 1],
          },
          breadth,
        ),
    },
  ];
}

function planManipulation({ looks, ...setting }: Setting, rows: readonly Row[]): readonly Plan[] {
  const estimates = rows
    .map((row) =>
      estimateOf(setting, row, row.share_at_target, row.share_ci_low, row.share_ci_high),
    )
    .map((one, index) => ({ ...one, column: `${one.column} → ${rows[index]!.target}` }));
  if (estimates.every(({ value }) => value === null)) return [];
  return [
    {
      id: 'manipulation-checks',
      title:
        'Manipulated scales: how many personas arrive at the extreme that they were written for',
      caption:
        'Per cent of administrations to manipulated personas, each person counting once, in which the score on the driven scale is exactly the target (named after the arrow); bars are 95% intervals. ' +
        `n = ${sizesOf(rows)} personalities for each.`,
      description: describe(estimates, 2),
      legend: legendOf(looks, estimates),
      panels: (breadth) =>
        drawForest(
          {
            ...axesOf(estimates),
            estimates,
            looks,
            domain: [0, 1],
            ticks: [0, 0.5, 1],
            tickFormat: (value) => String(value * 100),
            rules: [0, 1],
          },
          breadth,
        ),
    },
  ];
}

function estimateOf(
  { analysis, linkTo }: Pick<Setting, 'analysis' | 'linkTo'>,
  row: Row,
  value: number | null,
  low: number | null,
  high: number | null,
): Estimate {
  const { model, scale, population } = row;
  const href = linkTo?.(scaleScores.corrected.behind(row, analysis.study)) ?? null;
  return { row: model, column: scale, label: population ?? '', value, low, high, href };
}

function axesOf(estimates: readonly Estimate[]) {
  return {
    rows: distinct(estimates.map(({ row }) => row)),
    columns: orderScales(distinct(estimates.map(({ column }) => column))),
  };
}

function legendOf(
  looks: ReadonlyMap<string, SeriesLook>,
  estimates: readonly Estimate[],
  ...more: Plan['legend'][number][]
): Plan['legend'] {
  const labels = [...looks.keys()].filter((label) => estimates.some((one) => one.label === label));
  return [...labels.map((label) => ({ label, mark: looks.get(label)! })), ...more];
}

function sizesOf(rows: readonly Row[]): string {
  return rangeOf(rows.map((row) => row.n).filter((n) => n > 0));
}

function describe(estimates: readonly Estimate[], digits: number): string {
  return `${estimates
    .map(
      ({ row, label, column, value }) =>
        `${row}, ${label}, ${column}: ${value === null ? 'undefined' : value.toFixed(digits)}`,
    )
    .join('; ')}.`;
}

function signed(value: number): string {
  return value === 0 ? '0' : `${value > 0 ? '+' : '−'}${Number(Math.abs(value).toFixed(2))}`;
}
