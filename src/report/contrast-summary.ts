/**
 * Comparisons of levels in sentences: the direction, size, interval and p of each, and whether the
 * levels are different, equivalent, or neither is shown.
 */
import {
  type MeanContrastRow,
  SINGLE_ADMINISTRATION,
} from '../analysis/corrected/contrasts/mean-contrasts.ts';
import type { ShareContrastRow } from '../analysis/corrected/contrasts/share-contrasts.ts';
import { formatCount } from '../numbers.ts';
import { describeP, formatDifference, formatInterval, formatNumber } from './tables/format.ts';

type Compared =
  | 'instrument'
  | 'model'
  | 'factor'
  | 'level'
  | 'reference'
  | 'outcome'
  | 'correction'
  | 'ci_low'
  | 'ci_high'
  | 'p_adjusted'
  | 'reason';

export type ContrastInWords = Pick<
  MeanContrastRow,
  Compared | 'n' | 'n_reference' | 'diff' | 'd_av' | 'g' | 'mean_equivalent' | 'equivalence_bound'
>;

export type ShareInWords = Pick<ShareContrastRow, Compared | 'share' | 'ref_share' | 'risk_diff'>;

/** How the tables of an instrument call an outcome. */
export type NameOutcome = (instrument: string, outcome: string) => string;

const LEVEL_OF_TESTS = 0.05;
/** A factor with more comparisons than these is told by its largest difference. */
const MOST_SENTENCES = 8;
const MOST_DIFFERENCES = 32;
const UNDECIDED = 'undecided';

/**
 * For each factor that was not merely screened, in their order, a sentence a pair of levels; for one
 * with many of them, one sentence with the largest difference. Then what was not tested for want of
 * a second administration.
 */
export function summariseContrasts(
  rows: readonly ContrastInWords[],
  nameOutcome: NameOutcome = (_, outcome) => outcome,
): readonly string[] {
  const planned = rows.filter(({ correction }) => correction !== 'Benjamini-Hochberg');
  const models = countModels(planned);
  const told = [...Map.groupBy(planned, ({ factor }) => factor).values()].flatMap((own) => {
    const pairs = pairsOf(own);
    return pairs.length <= MOST_SENTENCES && own.length <= MOST_DIFFERENCES
      ? pairs.map((pair) => sayPair(pair, nameOutcome, models))
      : [sayLargest(own, nameOutcome, models)];
  });
  const isTested = planned.some(({ p_adjusted }) => p_adjusted !== null);
  const isUndecided = told.some((text) => text.includes(`: ${UNDECIDED}`));
  return [
    ...told,
    ...(isTested
      ? [
          `Of each difference: points, 95 % interval, size, and p corrected by Holm, as in Table C1.${isUndecided ? ' Undecided: neither a difference nor equivalence within the bound is shown; the data allow both.' : ''}`,
        ]
      : []),
    ...sayUntested(rows),
  ];
}

function pairsOf<Row extends Pick<ContrastInWords, Compared>>(
  rows: readonly Row[],
): readonly (readonly Row[])[] {
  return [
    ...Map.groupBy(rows, ({ instrument, model, factor, level, reference }) =>
      JSON.stringify([instrument, model, factor, level, reference]),
    ).values(),
  ];
}

/** "Muslim − Christian (religion, GPT-4o)", without the model where there is one only. */
function namePair(
  { model, factor, level, reference }: Pick<ContrastInWords, Compared>,
  models: number,
): string {
  const where = model === null || models < 2 ? factor : `${factor}, ${model}`;
  return `${level} \u2212 ${reference} (${where})`;
}

const countModels = (rows: readonly Pick<ContrastInWords, 'model'>[]) =>
  new Set(rows.flatMap(({ model }) => model ?? [])).size;

/** "Muslim − Christian (religion): Competence lower, −0.42 [−0.60, −0.24], …: different; …." */
function sayPair(
  rows: readonly ContrastInWords[],
  nameOutcome: NameOutcome,
  models: number,
): string {
  const pair = namePair(rows[0]!, models);
  const reasons = new Set(rows.map(({ diff, reason }) => (diff === null ? reason : null)));
  const [reason] = reasons;
  if (reasons.size === 1 && reason !== null && reason !== undefined)
    return `${pair}: not estimable: ${reason}.`;
  const told = rows.map((row) => `${nameOutcome(row.instrument, row.outcome)} ${describe(row)}`);
  return `${pair}: ${told.join('; ')}.`;
}

function sayLargest(
  rows: readonly ContrastInWords[],
  nameOutcome: NameOutcome,
  models: number,
): string {
  const tested = rows.filter(({ p_adjusted }) => p_adjusted !== null);
  const { factor } = rows[0]!;
  if (tested.length === 0) return `Between levels of ${factor}, nothing could be tested.`;
  const found = tested.filter(isDifferent);
  const equivalent = tested.filter(({ mean_equivalent }) => mean_equivalent === true).length;
  const judged = tested.filter(({ equivalence_bound }) => equivalence_bound !== null).length;
  const most = (found.length === 0 ? tested : found).reduce((largest, row) =>
    sizeOf(row) > sizeOf(largest) ? row : largest,
  );
  const name = nameOutcome(most.instrument, most.outcome);
  const within =
    judged === 0
      ? ''
      : ` ${formatCount(equivalent)} of ${formatCount(judged)} ${equivalent === 1 ? 'is' : 'are'} shown to lie within the bound of equivalence.`;
  return `Between levels of ${factor}, ${found.length === 0 ? 'none' : formatCount(found.length)} of ${formatCount(tested.length)} differences ${found.length > 1 ? 'are' : 'is'} significant after correction; the largest is ${namePair(most, models)}: ${name} ${describe(most)}.${within}`;
}

/** "7 differences from control (condition) are not tested: it was administered once, …" */
function sayUntested(rows: readonly ContrastInWords[]): readonly string[] {
  const single = rows.flatMap(({ diff, reason, n_reference, ...row }) =>
    diff !== null && reason?.includes(SINGLE_ADMINISTRATION) === true
      ? [{ factor: row.factor, once: n_reference === 1 ? row.reference : row.level }]
      : [],
  );
  const groups = Map.groupBy(single, ({ factor, once }) => JSON.stringify([factor, once]));
  return [...groups.values()].map((own) => {
    const { factor, once } = own[0]!;
    const count = own.length === 1 ? '1 difference' : `${own.length} differences`;
    return `${count} from ${once} (${factor}) ${own.length === 1 ? 'is' : 'are'} shown without a test: ${once} was administered once, and a single administration has no variance of its own. Repetitions of it would allow a test.`;
  });
}

const sizeOf = ({ d_av, g }: ContrastInWords) => Math.abs(d_av ?? g ?? 0);

const isDifferent = ({ p_adjusted }: Pick<ContrastInWords, 'p_adjusted'>) =>
  p_adjusted !== null && p_adjusted < LEVEL_OF_TESTS;

/** "lower, −0.42 [−0.60, −0.24], d_av = −0.55, p < 0.001: different" */
function describe(row: ContrastInWords): string {
  const { diff, ci_low, ci_high, d_av, g, p_adjusted, reason } = row;
  if (diff === null) return `not estimable (${reason})`;
  const effect = d_av ?? g;
  const size =
    effect === null ? '' : `, ${d_av === null ? 'g' : 'd_av'} = ${formatDifference(effect, 2)}`;
  const shown = `${directionOf(diff)}, ${formatDifference(diff, 2)}${span(ci_low, ci_high, 2)}${size}`;
  return p_adjusted === null
    ? `${shown}: not tested (${reason?.split(';')[0]})`
    : `${shown}, ${describeP(p_adjusted)}: ${judge(row)}`;
}

/** What the two tests show together. */
function judge(row: ContrastInWords): string {
  const { mean_equivalent, equivalence_bound } = row;
  const within =
    equivalence_bound === null ? '' : ` within \u00b1${formatNumber(equivalence_bound, 2)}`;
  if (mean_equivalent === true)
    return isDifferent(row) ? `different, and equivalent${within}` : `equivalent${within}`;
  if (isDifferent(row)) return 'different';
  return equivalence_bound === null ? 'no difference shown' : `${UNDECIDED}${within}`;
}

function directionOf(difference: number): string {
  const shown = formatDifference(difference, 2);
  return shown.startsWith('+') ? 'higher' : shown.startsWith('\u2212') ? 'lower' : 'the same';
}

function span(low: number | null, high: number | null, decimals: number): string {
  return low === null || high === null ? '' : ` ${formatInterval(low, high, decimals)}`;
}

/**
 * Yes/no outcomes in the same way, in per cent: of each pair of levels those that differ at all, and
 * all items; what happened under neither level is not told.
 */
export function summariseShares(rows: readonly ShareInWords[]): readonly string[] {
  const planned = rows.filter(
    ({ correction, share, ref_share }) =>
      correction !== 'Benjamini-Hochberg' && (share ?? 0) + (ref_share ?? 0) > 0,
  );
  const models = countModels(planned);
  return [...Map.groupBy(planned, ({ factor }) => factor).values()].flatMap((own) => {
    const pairs = pairsOf(own);
    const told = pairs.length <= MOST_SENTENCES ? own : own.filter(isDifferent);
    const shown = pairsOf(told).slice(0, MOST_SENTENCES);
    return shown.map(
      (pair) => `${namePair(pair[0]!, models)}: ${pair.map(describeShare).join('; ')}.`,
    );
  });
}

/** "refused 100.0 % against 0.0 %, +100.0 points [54.1, 100.0], p < 0.001: different" */
function describeShare(row: ShareInWords): string {
  const { outcome, share, ref_share, risk_diff, ci_low, ci_high, p_adjusted, reason } = row;
  if (share === null || ref_share === null) return `${outcome} not estimable (${reason})`;
  const percent = (value: number) => `${formatNumber(100 * value, 1)} %`;
  const shares = `${outcome} ${percent(share)} against ${percent(ref_share)}`;
  const size =
    risk_diff === null
      ? ''
      : `, ${formatDifference(100 * risk_diff, 1)} points${ci_low === null || ci_high === null ? '' : span(100 * ci_low, 100 * ci_high, 1)}`;
  return p_adjusted === null
    ? `${shares}${size}: not tested (${reason?.split(';')[0]})`
    : `${shares}${size}, ${describeP(p_adjusted)}: ${isDifferent(row) ? 'different' : 'no difference shown'}`;
}
