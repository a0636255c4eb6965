/** What the corrected tables show differently from the published ones, cell by cell, told from the numbers of both. */
import { REFERENCE_ROW, ROW_KEYS, TABLE_IDS, type Table, type TableId } from '../analysis/table.ts';
import type { Difference } from './analysis.ts';
import { fieldOfMetric, LOST_IN_PRINT, labelField, labelMetric } from './tables/captions.ts';
import { DOES_NOT_APPLY, describeP, formatCount, formatDifference, formatInterval, formatNumber, NOT_AVAILABLE } from './tables/format.ts';
import { type Row, withoutMarkers } from './tables/layout.ts';
import { withText } from './tables/published-text.ts';

/** The kinds of difference, in the words that a report groups them by. */
export const DIFFERENCE_KINDS = {
  level: 'Significance: persons as clusters, and correction for many tests',
  lost: 'Rows lost in print',
  categories: 'Categories that overlap or leave gaps',
  absent: 'A condition that is not there, printed as 0',
  twoNames: 'One test under two names',
  manipulation: 'A manipulated scale compared with the unmanipulated sheet',
  equivalence: 'No difference found is not the same as equivalent',
  mixed: "The reference population's answers mixed into a model's",
  constant: 'Items on which nobody differs',
  keyed: 'Raw answers instead of keyed ones',
  ratio: 'A ratio without a denominator, printed as 0',
  notSucceeded: 'Answers of experiments that have not succeeded',
  incomplete: 'Scores over fewer items than the scale has',
  repeated: 'Repeated administrations counted as persons',
  value: 'Which persons and administrations count',
} as const;

type Kind = keyof typeof DIFFERENCE_KINDS;

/**
 * Cells whose value differs in what is printed of it, or whose meaning differs.
 * @param published tables without texts; those without a corrected counterpart are left out
 * @returns in order of table, then of its rows
 */
export function findDifferences(published: readonly Table[], corrected: readonly Table[]): Difference[] {
  const mixers = findMixers(corrected);
  return TABLE_IDS.flatMap((id) => {
    const before = published.find(({ table }) => table === id);
    const after = corrected.find(({ table }) => table === id);
    if (before === undefined || after === undefined) return [];
    const printed = withoutMarkers(withText(before)).rows;
    return compareTable(new Pairs(id, printed, after.rows), { isSimulated: before.data_origin === 'simulated', mixers });
  });
}

interface Context {
  readonly isSimulated: boolean;
  /** Models that also answered as the reference population. */
  readonly mixers: ReadonlySet<string>;
}

function compareTable(pairs: Pairs, { isSimulated, mixers }: Context): Difference[] {
  switch (pairs.id) {
    case '1':
    case '2':
    case '3':
      return compareDemographics(pairs);
    case '4':
      return compareScaleScores(pairs, isSimulated);
    case '5':
      return compareCorrelations(pairs, mixers);
    case '6':
    case 'A5':
      return compareReliability(pairs);
    case 'A4':
      return compareTraitScores(pairs);
    case 'A6':
    case 'A7':
      return compareAccuracy(pairs);
  }
}

/** Models that also answered the other questionnaire as the reference population. */
function findMixers(corrected: readonly Table[]): ReadonlySet<string> {
  const rows = corrected.filter(({ table }) => table === 'A4' || table === 'A5').flatMap((table) => table.rows);
  return new Set(rows.flatMap((row) => (row.model === REFERENCE_ROW && typeof row.answered_by === 'string' ? [row.answered_by] : [])));
}

/** Instruments of the published tables; rows of others have nothing to be compared with. */
const PUBLISHED_INSTRUMENTS: ReadonlySet<unknown> = new Set([undefined, 'epqra', 'bigfive']);

/** The rows of a table in both modes, found by what names them. */
class Pairs {
  readonly id: TableId;
  readonly published: readonly Row[];
  readonly corrected: readonly Row[];
  readonly #byKey: ReadonlyMap<string, readonly Row[]>;

  constructor(id: TableId, published: readonly Row[], corrected: readonly Row[]) {
    this.id = id;
    this.published = published;
    this.corrected = corrected.filter((row) => PUBLISHED_INSTRUMENTS.has(row.instrument));
    this.#byKey = Map.groupBy(this.corrected, (row) => this.keyOf(row));
  }

  keyOf(row: Row): string {
    return JSON.stringify(ROW_KEYS[this.id].map((name) => row[name] ?? null));
  }

  /** The corrected rows of a published one: two where a driven scale is compared with both sheets. */
  of(row: Row): readonly Row[] {
    return this.#byKey.get(this.keyOf(row)) ?? [];
  }

  tell(kind: Kind, row: Row, published: string, corrected: string, reason: string): Difference {
    return { table: this.id, cell: this.#nameCell(row), published, corrected, kind: DIFFERENCE_KINDS[kind], reason };
  }

  #nameCell(row: Row): string {
    const names = ROW_KEYS[this.id].flatMap((name) => {
      const value = row[name];
      if (value === null || value === undefined) return [];
      if (name === 'metric') return [`${labelField(fieldOfMetric(String(value)))}: ${labelMetric(String(value))}`];
      if (name === 'bigfive_scale') return [`BFI ${value}`];
      return [name === 'epqra_scale' ? `EPQR-A ${value}` : String(value)];
    });
    return names.join(', ');
  }
}

/** Decimals of a share that is printed in per cent with two. */
const PRINTED_SHARE = 4;

const numberOf = (row: Row, name: string): number | null => (typeof row[name] === 'number' ? row[name] : null);

/** Whether two numbers differ in print. */
function differs(a: number | null, b: number | null, decimals: number): boolean {
  if (a === null || b === null) return a !== b;
  // More than half a unit of the last place: rounding to either side of a boundary is no difference.
  return Math.abs(a - b) > 0.5 * 10 ** -decimals;
}

/** 3 below .001, 2 below .01, 1 below .05. */
function levelOf(p: number | null): number {
  if (p === null) return 0;
  return p < 0.001 ? 3 : p < 0.01 ? 2 : p < 0.05 ? 1 : 0;
}

const orUnavailable = (value: number | null, decimals: number) => (value === null ? NOT_AVAILABLE : formatNumber(value, decimals));

const withP = (text: string, p: number | null) => (p === null ? text : `${text}; ${describeP(p)}`);

const withAdjustedP = (text: string, p: number | null) => (p === null ? text : `${text}; adjusted ${describeP(p)}`);

/* Tables 1 to 3 */

function compareDemographics(pairs: Pairs): Difference[] {
  const conditions = new Set(pairs.corrected.map((row) => JSON.stringify([row.model, row.condition])));
  const absent = new Set<string>();
  const compared = pairs.published.flatMap((row): Difference[] => {
    const [after] = pairs.of(row);
    const place = JSON.stringify([row.model, row.condition]);
    if (!conditions.has(place)) {
      if (absent.has(place)) return [];
      absent.add(place);
      const cell = { model: row.model, condition: row.condition } as Row;
      return [
        pairs.tell(
          'absent',
          cell,
          '0.00 ± 0.00',
          DOES_NOT_APPLY,
          'There are no personas of this model and condition; the published code prints zeros.',
        ),
      ];
    }
    return after === undefined ? [] : compareShare(pairs, row, after);
  });
  return [...compared, ...findNewCategories(pairs)];
}

function compareShare(pairs: Pairs, row: Row, after: Row): Difference[] {
  const share = numberOf(after, 'share');
  const metric = String(row.metric);
  const found: Difference[] = [];
  const text = share === null ? NOT_AVAILABLE : `${formatNumber(share * 100, 2)} %`;
  const isLost = LOST_IN_PRINT.has(metric);
  if (isLost && differs(share, 0, PRINTED_SHARE)) {
    found.push(
      pairs.tell(
        'lost',
        row,
        'not printed',
        text,
        `The row's title is also one of ${metric === 'race_other' ? 'gender' : 'politics'}, and the published table keeps the first only.`,
      ),
    );
  } else if (differs(numberOf(row, 'mean'), share, PRINTED_SHARE)) {
    found.push(
      pairs.tell(
        'categories',
        row,
        String(row.text),
        text,
        'Values are placed by whole words, missing and unknown ones apart, and the share is of all personas of the draws that count, not a mean over draws.',
      ),
    );
  }
  const [before, now] = [numberOf(row, 'p'), numberOf(after, 'p_adjusted')];
  if (levelOf(before) !== levelOf(now)) {
    const diff = numberOf(after, 'diff');
    const shown = diff === null ? text : `${formatDifference(diff * 100, 1)} points`;
    const why =
      now === null
        ? 'The corrected test does not exist for these data'
        : 'Personas written from one sheet are not independent, and the p-values of the table are corrected by Holm';
    found.push(
      pairs.tell(
        'level',
        row,
        withP(String(row.text), before),
        now === null ? `${shown}; ${NOT_AVAILABLE}` : withAdjustedP(shown, now),
        `${why}.`,
      ),
    );
  }
  return found;
}

/** Categories that the published tables do not have, where anybody is in them. */
function findNewCategories(pairs: Pairs): Difference[] {
  const known = new Set(pairs.published.map((row) => row.metric));
  return pairs.corrected.flatMap((row) => {
    const share = numberOf(row, 'share');
    if (known.has(row.metric ?? null) || share === null || !differs(share, 0, PRINTED_SHARE)) return [];
    return [
      pairs.tell(
        'categories',
        row,
        'no such row',
        `${formatNumber(share * 100, 2)} %`,
        'The published table has no row for these personas: they are counted as "other", as "unspecified", or not at all.',
      ),
    ];
  });
}

/* Which answers count: the same in Tables 4, 6, A4 and A5 */

/** @param counted administrations that succeeded and are complete */
function compareCounts(pairs: Pairs, row: Row, after: Row, counted: number): Difference[] {
  const before = numberOf(row, 'n') ?? 0;
  const incomplete = numberOf(after, 'n_incomplete') ?? 0;
  const surplus = before - counted - incomplete;
  const found: Difference[] = [];
  const shown = (n: number) => `n = ${formatCount(n)}`;
  if (surplus > 0) {
    found.push(
      pairs.tell(
        'notSucceeded',
        row,
        shown(before),
        shown(counted),
        `${formatCount(surplus)} of these experiments ${surplus === 1 ? 'has' : 'have'} answers and no success; the published view does not look.`,
      ),
    );
  }
  if (incomplete > 0) {
    found.push(
      pairs.tell(
        'incomplete',
        row,
        shown(before),
        shown(counted),
        `${formatCount(incomplete)} administration${incomplete === 1 ? ' lacks' : 's lack'} an answer on this scale; the published code scores what is there.`,
      ),
    );
  }
  return found;
}

/** A value that differs although nothing above explains it in the cell's own terms. */
function compareValue(pairs: Pairs, row: Row, after: Row, name: string, decimals: number): Difference[] {
  const [before, now] = [numberOf(row, name), numberOf(after, name)];
  if (!differs(before, now, decimals)) return [];
  return [
    pairs.tell(
      'value',
      row,
      orUnavailable(before, decimals),
      orUnavailable(now, decimals),
      'Only complete administrations that succeeded count, each person once; a statistic that does not exist is not shown.',
    ),
  ];
}

/* Table 4 */

function compareScaleScores(pairs: Pairs, isSimulated: boolean): Difference[] {
  return pairs.published.flatMap((row): Difference[] => {
    const [after] = pairs.of(row);
    if (after === undefined || after.test === 'baseline') return [];
    const administrations = numberOf(after, 'n_administrations') ?? 0;
    const n = numberOf(after, 'n') ?? 0;
    const people = n + (numberOf(after, 'n_without_sheet') ?? 0);
    return [
      ...compareCounts(pairs, row, after, administrations),
      ...(administrations > people
        ? [
            pairs.tell(
              'repeated',
              row,
              `n = ${formatCount(numberOf(row, 'n') ?? 0)}`,
              `n = ${formatCount(n)}`,
              'Several administrations of one person are not independent; each person counts once, with the mean.',
            ),
          ]
        : []),
      ...compareValue(pairs, row, after, 'mean', 2),
      ...(after.test === 'manipulation check'
        ? [describeManipulation(pairs, row, after)]
        : compareFidelity(pairs, row, after, isSimulated)),
    ];
  });
}

function describeManipulation(pairs: Pairs, row: Row, after: Row): Difference {
  const share = numberOf(after, 'share_at_target');
  const [low, high] = [numberOf(after, 'share_ci_low'), numberOf(after, 'share_ci_high')];
  const interval = low === null || high === null ? '' : ` ${formatInterval(low * 100, high * 100, 1)}`;
  return pairs.tell(
    'manipulation',
    row,
    String(row.text),
    share === null
      ? NOT_AVAILABLE
      : `${formatNumber(share * 100, 1)} %${interval} at the target of ${orUnavailable(numberOf(after, 'target'), 0)}`,
    'The condition drives this scale to an end, so that a difference from the unmanipulated sheet is what was asked for; whether the target was reached is the question.',
  );
}

function compareFidelity(pairs: Pairs, row: Row, after: Row, isSimulated: boolean): Difference[] {
  const [before, now] = [numberOf(row, 'p'), numberOf(after, 'p_adjusted')];
  const found: Difference[] = [];
  const diff = numberOf(after, 'diff');
  const shown = diff === null ? NOT_AVAILABLE : `difference ${formatDifference(diff, 2)}`;
  // The published table has no mark below .001.
  const [mark, markNow] = [Math.min(2, levelOf(before)), Math.min(2, levelOf(now))];
  if (mark !== markNow) {
    found.push(
      pairs.tell(
        'level',
        row,
        withP(String(row.text), before),
        now === null ? `${shown}; ${NOT_AVAILABLE}` : withAdjustedP(shown, now),
        now === null
          ? `There is no test: ${String(after.reason ?? 'it is not defined for these data')}.`
          : 'The p-values of the table are corrected by Holm, and each person counts once.',
      ),
    );
  } else if (mark > 0 && !isSimulated) {
    found.push(
      pairs.tell(
        'twoNames',
        row,
        String(row.text),
        withAdjustedP(shown, now),
        'The paired test and the one-sample test of the differences are the same test; two marks tell one result.',
      ),
    );
  }
  if (typeof after.equivalent === 'boolean' && after.equivalent === levelOf(before) > 0) {
    const bound = orUnavailable(numberOf(after, 'equivalence_bound'), 1);
    const p = numberOf(after, 'p_equivalence_adjusted');
    found.push(
      pairs.tell(
        'equivalence',
        row,
        `${withP(String(row.text), before)}`,
        withAdjustedP(`${after.equivalent ? 'equivalent' : 'not shown to be equivalent'} within ± ${bound}`, p),
        after.equivalent
          ? 'The difference is there, and too small to matter by the bound that was set.'
          : 'That no difference was found does not show that there is none: the interval reaches beyond the bound that was set.',
      ),
    );
  }
  return found;
}

/* Table 5 */

function compareCorrelations(pairs: Pairs, mixers: ReadonlySet<string>): Difference[] {
  return pairs.published.flatMap((row): Difference[] => {
    const candidates = pairs.of(row);
    const after = candidates.find(({ population }) => population === 'Base') ?? candidates[0];
    if (after === undefined) return [];
    const found: Difference[] = [];
    const [r, rNow] = [numberOf(row, 'r'), numberOf(after, 'r')];
    if (differs(r, rNow, 3)) {
      found.push(
        mixers.has(String(row.model))
          ? pairs.tell(
              'mixed',
              row,
              orUnavailable(r, 3),
              orUnavailable(rNow, 3),
              'The model also answered as the reference population, which the published view shows as Base: the scores are means of both.',
            )
          : pairs.tell(
              'value',
              row,
              orUnavailable(r, 3),
              orUnavailable(rNow, 3),
              'Only complete administrations that succeeded count, each person once.',
            ),
      );
    }
    const [p, pNow] = [numberOf(row, 'p'), numberOf(after, 'p_adjusted')];
    if (levelOf(p) !== levelOf(pNow)) {
      const size = formatCount(numberOf(after, 'family_size') ?? 0);
      found.push(
        pairs.tell(
          'level',
          row,
          withP(orUnavailable(r, 3), p),
          pNow === null ? NOT_AVAILABLE : withAdjustedP(orUnavailable(rNow, 3), pNow),
          pNow === null
            ? `There is no test: ${String(after.reason ?? 'it is not defined for these data')}.`
            : `The table makes ${size} tests; its p-values are corrected by Holm.`,
        ),
      );
    }
    return found;
  });
}

/* Tables 6 and A5, A4 */

function compareReliability(pairs: Pairs): Difference[] {
  return pairs.published.flatMap((row): Difference[] => {
    const after = oneOf(pairs.of(row), row);
    if (after === null) return [];
    const constant = Array.isArray(after.constant_items) ? (after.constant_items as readonly number[]) : [];
    const [alpha, without] = [numberOf(after, 'alpha'), numberOf(after, 'alpha_without_constant')];
    return [
      ...compareCounts(pairs, row, after, numberOf(after, 'n') ?? 0),
      ...compareValue(pairs, row, after, 'alpha', 2),
      ...(constant.length === 0
        ? []
        : [
            pairs.tell(
              'constant',
              row,
              orUnavailable(numberOf(row, 'alpha'), 2),
              `${orUnavailable(alpha, 2)}; ${orUnavailable(without, 2)} without item${constant.length === 1 ? '' : 's'} ${constant.join(', ')}`,
              'An item that everybody answers alike says nothing about how the items hang together, and counts as one all the same.',
            ),
          ]),
    ];
  });
}

function compareTraitScores(pairs: Pairs): Difference[] {
  return pairs.published.flatMap((row): Difference[] => {
    const after = oneOf(pairs.of(row), row);
    if (after === null) return [];
    return [...compareCounts(pairs, row, after, numberOf(after, 'n_administrations') ?? 0), ...compareValue(pairs, row, after, 'mean', 2)];
  });
}

/** Where there are several populations under no condition, the published row is of all of them together. */
function oneOf(candidates: readonly Row[], row: Row): Row | null {
  return candidates.find(({ population }) => population === row.population) ?? (candidates.length === 1 ? candidates[0]! : null);
}

/* Tables A6 and A7 */

const RATIOS = ['precision', 'recall', 'specificity'] as const;
const ERRORS = ['mae', 'rmse'] as const;

function compareAccuracy(pairs: Pairs): Difference[] {
  return pairs.published.flatMap((row): Difference[] => {
    const candidates = pairs.of(row);
    const original = candidates.find(({ against }) => against === 'original');
    const manipulated = candidates.find(({ against }) => against === 'manipulated');
    if (original === undefined) return [];
    const changed = [...RATIOS, ...ERRORS].filter((name) => differs(numberOf(row, name), numberOf(original, name), 2));
    const list = (from: Row) => changed.map((name) => `${LABELS[name]} ${orUnavailable(numberOf(from, name), 2)}`).join(', ');
    return [
      ...compareAgreement(pairs, row, original),
      ...(changed.length === 0
        ? []
        : [
            pairs.tell(
              'keyed',
              row,
              list(row),
              list(original),
              'The published figures are of raw Yes answers, in which items keyed in opposite directions are mixed and cancel; the corrected ones are of keyed answers.',
            ),
          ]),
      ...findEmptyRatios(row).map((name) =>
        pairs.tell('ratio', row, `${LABELS[name]} 0.00`, NOT_AVAILABLE, `There was nothing to divide by: ${EMPTY_RATIOS[name]}.`),
      ),
      ...(manipulated === undefined
        ? []
        : [
            pairs.tell(
              'manipulation',
              row,
              `accuracy ${orUnavailable(numberOf(row, 'accuracy'), 2)} against the unmanipulated sheet`,
              `accuracy ${orUnavailable(numberOf(manipulated, 'accuracy'), 2)} against the manipulated sheet`,
              'The persona was written from a sheet on which the condition had driven this scale.',
            ),
          ]),
    ];
  });
}

function compareAgreement(pairs: Pairs, row: Row, original: Row): Difference[] {
  const [before, now] = [numberOf(row, 'accuracy'), numberOf(original, 'accuracy')];
  if (!differs(before, now, 2)) return [];
  return [
    pairs.tell(
      'value',
      row,
      `accuracy ${orUnavailable(before, 2)}`,
      `accuracy ${orUnavailable(now, 2)}`,
      'Only complete administrations that succeeded count, each person once; a person without a sheet is left out, not counted as wrong.',
    ),
  ];
}

const LABELS = { precision: 'precision', recall: 'recall', specificity: 'specificity', mae: 'MAE', rmse: 'RMSE' } as const;

const EMPTY_RATIOS = {
  precision: 'no item was answered with Yes',
  recall: 'no item has Yes on the sheet',
  specificity: 'no item has No on the sheet',
} as const;

/**
 * Which zeros of raw answers stand for 0/0. Where Yes was never answered, every No of the sheets was met; where the sheets hold one
 * kind of answer only, accuracy is the share of that kind which was met.
 */
function findEmptyRatios(row: Row): (typeof RATIOS)[number][] {
  const [accuracy, precision, recall, specificity] = ['accuracy', ...RATIOS].map((name) => numberOf(row, name)) as number[];
  const isSame = (a: number, b: number) => Math.abs(a - b) < 1e-9;
  return [
    ...(precision === 0 && isSame(specificity!, 100) ? (['precision'] as const) : []),
    ...(recall === 0 && specificity! > 0 && isSame(accuracy!, specificity!) ? (['recall'] as const) : []),
    ...(specificity === 0 && recall! > 0 && isSame(accuracy!, recall!) ? (['specificity'] as const) : []),
  ];
}
