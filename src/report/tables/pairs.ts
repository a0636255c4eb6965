/**
 * The rows of a table in both modes, found by what names them, and how a difference between them is
 * put.
 */

import { formatCount } from '../../numbers.ts';
import type { Difference } from '../analysis.ts';
import { fieldOfMetric, labelField, labelMetric } from './captions.ts';
import { describeP, formatNumber, NOT_AVAILABLE } from './format.ts';

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

/** Instruments of the published tables; rows of others have no published counterpart. */
const PUBLISHED_INSTRUMENTS: ReadonlySet<string> = new Set(['epqra', 'bigfive']);

export class Pairs<Published extends object, Corrected extends object> {
  readonly published: readonly Published[];
  readonly corrected: readonly Corrected[];
  readonly #table: string;
  readonly #keys: readonly string[];
  readonly #byKey: ReadonlyMap<string, readonly Corrected[]>;

  constructor(
    table: string,
    keys: readonly (keyof Published & keyof Corrected & string)[],
    published: readonly Published[],
    corrected: readonly Corrected[],
  ) {
    this.#table = table;
    this.#keys = keys;
    this.published = published;
    this.corrected = corrected.filter(
      (row) => !('instrument' in row) || PUBLISHED_INSTRUMENTS.has(row.instrument as string),
    );
    this.#byKey = Map.groupBy(this.corrected, (row) => this.#keyOf(row));
  }

  #keyOf(row: object): string {
    return JSON.stringify(this.#valuesOf(row).map(([, value]) => value));
  }

  #valuesOf(row: object): readonly (readonly [string, unknown])[] {
    const values = new Map(Object.entries(row));
    return this.#keys.map((name) => [name, values.get(name) ?? null]);
  }

  /**
   * The corrected rows of a published one: two where a driven scale is compared with both sheets.
   */
  of(row: Published): readonly Corrected[] {
    return this.#byKey.get(this.#keyOf(row)) ?? [];
  }

  /** @param row of either mode, or as much of it as names the cell */
  tell(
    kind: Kind,
    row: Partial<Published> | Partial<Corrected>,
    published: string,
    corrected: string,
    reason: string,
  ): Difference {
    return {
      table: this.#table,
      cell: this.#nameCell(row),
      published,
      corrected,
      kind: DIFFERENCE_KINDS[kind],
      reason,
    };
  }

  #nameCell(row: object): string {
    const names = this.#valuesOf(row).flatMap(([name, value]) => {
      if (value === null) return [];
      if (name === 'metric')
        return [`${labelField(fieldOfMetric(String(value)))}: ${labelMetric(String(value))}`];
      if (name === 'bigfive_scale') return [`BFI ${value}`];
      return [name === 'epqra_scale' ? `EPQR-A ${value}` : String(value)];
    });
    return names.join(', ');
  }
}

/** Whether two numbers differ in print. */
export function differs(a: number | null, b: number | null, decimals: number): boolean {
  if (a === null || b === null) return a !== b;
  // More than half a unit of the last place: rounding to either side of a boundary is no
  // difference.
  return Math.abs(a - b) > 0.5 * 10 ** -decimals;
}

/** 3 below .001, 2 below .01, 1 below .05. */
export function levelOf(p: number | null): number {
  if (p === null) return 0;
  return p < 0.001 ? 3 : p < 0.01 ? 2 : p < 0.05 ? 1 : 0;
}

export const orUnavailable = (value: number | null, decimals: number) =>
  value === null ? NOT_AVAILABLE : formatNumber(value, decimals);

export const withP = (text: string, p: number | null) =>
  p === null ? text : `${text}; ${describeP(p)}`;

export const withAdjustedP = (text: string, p: number | null) =>
  p === null ? text : `${text}; adjusted ${describeP(p)}`;

/** Which answers count: the same in Tables 4, 6, A4 and A5. */
export function compareCounts<Published extends { readonly n: number }, Corrected extends object>(
  pairs: Pairs<Published, Corrected>,
  row: Published,
  /** Administrations that succeeded and are complete, and those that succeeded and are not. */
  { counted, incomplete }: { readonly counted: number; readonly incomplete: number },
): Difference[] {
  const surplus = row.n - counted - incomplete;
  const found: Difference[] = [];
  const shown = (n: number) => `n = ${formatCount(n)}`;
  if (surplus > 0) {
    found.push(
      pairs.tell(
        'notSucceeded',
        row,
        shown(row.n),
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
        shown(row.n),
        shown(counted),
        `${formatCount(incomplete)} administration${incomplete === 1 ? ' lacks' : 's lack'} an answer on this scale; the published code scores what is there.`,
      ),
    );
  }
  return found;
}

/** A value that differs although nothing else explains it in the cell's own terms. */
export function compareValue<Published extends object, Corrected extends object>(
  pairs: Pairs<Published, Corrected>,
  row: Published,
  before: number | null,
  now: number | null,
): Difference[] {
  if (!differs(before, now, 2)) return [];
  return [
    pairs.tell(
      'value',
      row,
      orUnavailable(before, 2),
      orUnavailable(now, 2),
      'Only complete administrations that succeeded count, each person once; a statistic that does not exist is not shown.',
    ),
  ];
}

/**
 * Where there are several populations under no condition, the published row is of all of them
 * together.
 */
export function oneOf<Row extends { readonly population: string | null }>(
  candidates: readonly Row[],
  population: string | null,
): Row | null {
  const found = candidates.find((row) => row.population === population);
  return found ?? (candidates.length === 1 ? candidates[0]! : null);
}
