/**
 * Comparisons of levels in sentences: the direction, size, interval and p of each, and whether the
 * levels are different, equivalent, or neither is shown.
 */
import {
  type MeanContrastRow,
  SINGLE_ADMINISTRATION,
} from '../analysis/corrected/contrasts/mean-contrasts.ts';
import { IDENTICAL_REPETITIONS } from '../analysis/corrected/contrasts/repetitions.ts';
import type { ShareContrastRow } from '../analysis/corrected/contrasts/share-contrasts.ts';
import { formatCount } from '../numbers.ts';
import {
  afterValue,
  describeP,
  directionOf,
  formatDifference,
  formatNumber,
} from './tables/format.ts';

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

/** Something that a study found, as a sentence, or as several parts of one about a subject. */
export interface Finding {
  /** "Muslim − Christian (religion)"; null where the only part is a sentence. */
  readonly about: string | null;
  readonly parts: readonly string[];
}

export interface ContrastsToSay {
  readonly means: readonly ContrastInWords[];
  readonly shares: readonly ShareInWords[];
  readonly nameOutcome: NameOutcome;
  /** Factors that the plan names; null where it names none, and everything that varies is compared. */
  readonly planned: ReadonlySet<string> | null;
}

const LEVEL_OF_TESTS = 0.05;
/** A factor with more comparisons than these is told by its largest difference. */
const MOST_PAIRS = 8;
const MOST_DIFFERENCES = 32;
const UNDECIDED = 'undecided';

/**
 * For each factor, in the order of the plan, every pair of levels with what became of each outcome;
 * for one with many of them, and for one that the plan does not name, the largest difference. What
 * was merely screened is not told. Then what was not tested for want of a second administration.
 */
export function summariseContrasts({
  nameOutcome,
  planned,
  ...rows
}: ContrastsToSay): readonly Finding[] {
  const isTold = ({ correction }: Pick<ContrastInWords, 'correction'>) =>
    correction !== 'Benjamini-Hochberg';
  const means = rows.means.filter(isTold);
  const shares = rows.shares.filter(isTold);
  const models = new Set([...means, ...shares].flatMap(({ model }) => model ?? [])).size;
  const instruments = new Set([...means, ...shares].map(({ instrument }) => instrument)).size;
  const say = { nameOutcome, models, instruments };
  const factors = [...new Set([...means, ...shares].map(({ factor }) => factor))];
  const told = factors.flatMap((factor): readonly Finding[] => {
    const own = means.filter((row) => row.factor === factor);
    const others = shares.filter((row) => row.factor === factor);
    const pairs = pairsOf([...own, ...others]);
    const isListed =
      (planned?.has(factor) ?? true) &&
      pairs.length <= MOST_PAIRS &&
      own.length <= MOST_DIFFERENCES;
    if (isListed)
      return pairs.map((pair) => tellPair(pair, say)).filter(({ parts }) => parts.length > 0);
    return [
      ...(own.length === 0 ? [] : [sentence(sayLargest(own, say))]),
      ...pairsOf(others.filter(isDifferent))
        .slice(0, MOST_PAIRS)
        .map((pair) => tellPair(pair, say)),
    ];
  });
  const isTested = means.some(({ p_adjusted }) => p_adjusted !== null);
  const isUndecided = told.some(({ parts }) =>
    parts.some((text) => text.includes(`: ${UNDECIDED}`)),
  );
  return [
    ...told,
    ...(isTested
      ? [
          sentence(
            `Each difference has its points, 95 % interval, size and p, which is corrected by Holm, as in Table C1; the intervals are not corrected.${isUndecided ? ' Undecided: neither a difference nor equivalence within the bound is shown; the data allow both.' : ''}`,
          ),
        ]
      : []),
    ...sayUntested(rows.means).map(sentence),
  ];
}

export const sentence = (text: string): Finding => ({ about: null, parts: [text] });

type Either = ContrastInWords | ShareInWords;

const isOfMeans = (row: Either): row is ContrastInWords => 'diff' in row;

function pairsOf<Row extends Pick<ContrastInWords, Compared>>(
  rows: readonly Row[],
): readonly (readonly Row[])[] {
  return [
    ...Map.groupBy(rows, ({ instrument, model, factor, level, reference }) =>
      JSON.stringify([instrument, model, factor, level, reference]),
    ).values(),
  ];
}

interface HowToSay {
  readonly nameOutcome: NameOutcome;
  /** How many there are: a single one is not named. */
  readonly models: number;
  /** As of models. */
  readonly instruments: number;
}

/** "Muslim − Christian (religion, GPT-4o)" */
function namePair(
  { model, factor, level, reference }: Pick<ContrastInWords, Compared>,
  models: number,
): string {
  const where = model === null || models < 2 ? factor : `${factor}, ${model}`;
  return `${level} \u2212 ${reference} (${where})`;
}

/** "Competence lower, −0.42 [−0.60, −0.24], …: different", "refused 25.0 % against 0.0 %, …" */
function tellPair(
  rows: readonly Either[],
  { nameOutcome, models, instruments }: HowToSay,
): Finding {
  const means = rows.filter(isOfMeans);
  const shares = rows.flatMap((row) => (isOfMeans(row) ? [] : [row]));
  const reasons = new Set(means.map(({ diff, reason }) => (diff === null ? reason : null)));
  const [reason] = reasons;
  const isEmpty = reasons.size === 1 && reason !== null && reason !== undefined;
  return {
    about: namePair(rows[0]!, models),
    parts: [
      ...(isEmpty
        ? [`means not estimable: ${reason}`]
        : means.map((row) => `${nameOutcome(row.instrument, row.outcome)} ${describe(row)}`)),
      // What happened under neither level is not told.
      ...shares
        .filter(({ share, ref_share }) => (share ?? 0) + (ref_share ?? 0) > 0)
        .map((row) => describeShare(row, instruments)),
    ],
  };
}

function sayLargest(rows: readonly ContrastInWords[], { nameOutcome, models }: HowToSay): string {
  const tested = rows.filter(({ p_adjusted }) => p_adjusted !== null);
  const { factor } = rows[0]!;
  if (tested.length === 0)
    return `Between levels of ${factor}, nothing could be tested.${sayMissing(rows)}`;
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
  const shown = `${namePair(most, models)}: ${name} ${describe(most)}`;
  const missing = sayMissing(rows, ' more');
  if (tested.length === 1)
    return `Between levels of ${factor}, one difference was tested, ${shown}.${missing}`;
  return `Between levels of ${factor}, ${found.length === 0 ? 'none' : formatCount(found.length)} of ${formatCount(tested.length)} differences ${found.length > 1 ? 'are' : 'is'} significant after correction; the largest is ${shown}.${within}${missing}`;
}

/** " 32 more differences cannot be estimated: …", with the most frequent reason; empty where all can be. */
function sayMissing(rows: readonly ContrastInWords[], more = ''): string {
  const missing = rows.filter(({ diff }) => diff === null);
  if (missing.length === 0) return '';
  const byReason = Map.groupBy(missing, ({ reason }) => reason);
  const [[reason]] = [...byReason].toSorted(([, a], [, b]) => b.length - a.length) as [
    [string | null, unknown],
  ];
  const often = byReason.size === 1 ? '' : 'mostly, ';
  const what = missing.length === 1 ? 'difference' : 'differences';
  return ` ${formatCount(missing.length)}${more} ${what} cannot be estimated: ${often}${firstOf(reason)}.`;
}

/** By the reason of the row. */
const WHY_UNTESTED: Readonly<Record<string, (once: string) => string>> = {
  [SINGLE_ADMINISTRATION]: (once) =>
    `${once} has only one administration with a value where everything else is equal, and a single value has no variance. More administrations of it would allow a test.`,
  [IDENTICAL_REPETITIONS]: (once) =>
    `the repetitions of ${once} gave identical answers, and so are not independent administrations.`,
};

/** "7 differences from control (condition) are shown without a test: …" */
function sayUntested(rows: readonly ContrastInWords[]): readonly string[] {
  const single = rows.flatMap(({ diff, reason, n_reference, ...row }) => {
    const why = Object.keys(WHY_UNTESTED).find((one) => reason?.includes(one) === true);
    return diff === null || why === undefined
      ? []
      : [{ factor: row.factor, once: n_reference === 1 ? row.reference : row.level, why }];
  });
  const groups = Map.groupBy(single, (one) => JSON.stringify(one));
  return [...groups.values()].map((own) => {
    const { factor, once, why } = own[0]!;
    const count = own.length === 1 ? '1 difference' : `${own.length} differences`;
    return `${count} from ${once} (${factor}) ${own.length === 1 ? 'is' : 'are'} shown without a test: ${WHY_UNTESTED[why]!(once)}`;
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
  const shown = `${directionOf(diff)}, ${formatDifference(diff, 2)}${afterValue(ci_low, ci_high, 2)}${size}`;
  return p_adjusted === null
    ? `${shown}: not tested (${firstOf(reason)})`
    : `${shown}, ${describeP(p_adjusted)}: ${judge(row)}`;
}

/** Why nothing was tested; what else is missing follows from it. */
function firstOf(reason: string | null): string {
  return (reason ?? 'no reason is known').split(';')[0]!.replace(/^test: /, '');
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

/** "refused 100.0 % against 0.0 %, +100.0 points [54.1, 100.0], p < 0.001: different" */
function describeShare(row: ShareInWords, instruments: number): string {
  const outcome = instruments < 2 ? row.outcome : `${row.outcome} (${row.instrument})`;
  const { share, ref_share, risk_diff, ci_low, ci_high, p_adjusted, reason } = row;
  if (share === null || ref_share === null) return `${outcome} not estimable (${reason})`;
  const percent = (value: number) => `${formatNumber(100 * value, 1)} %`;
  const shares = `${outcome} ${percent(share)} against ${percent(ref_share)}`;
  const size =
    risk_diff === null
      ? ''
      : `, ${formatDifference(100 * risk_diff, 1)} points${ci_low === null || ci_high === null ? '' : afterValue(100 * ci_low, 100 * ci_high, 1)}`;
  return p_adjusted === null
    ? `${shares}${size}: not tested (${firstOf(reason)})`
    : `${shares}${size}, ${describeP(p_adjusted)}: ${isDifferent(row) ? 'different' : 'no difference shown'}`;
}
