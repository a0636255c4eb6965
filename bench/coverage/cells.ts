/** Counting over simulated studies, and what is asked of each count. */

/** What one simulated study says about one cell. */
export interface Observation {
  readonly cell: string;
  /**
   * Of an interval whether it covers the truth; of a test, or a family of tests, whether it rejects
   * what is true; null where it is not available.
   */
  readonly hit: boolean | null;
  readonly estimate?: number | null;
  readonly width?: number;
  /** Width of the textbook's interval for the same data, where the cell is compared with that. */
  readonly textbook?: number;
}

/** What a cell is, and with it what is asked of it. */
export interface CellKind {
  readonly what: 'interval of 95 %' | 'interval of 90 %' | 'test';
  /** Statistics of few distinct values, or with next to no variance, may cover more. */
  readonly isDiscrete?: boolean;
  /** Whether "not available" is an answer. */
  readonly mayBeMissing?: boolean;
  /** Coverage that is enough here, in place of the usual. */
  readonly least?: number;
}

export class Cell {
  readonly kind: CellKind;
  studies = 0;
  missing = 0;
  hits = 0;
  widths = 0;
  /** Of studies in which the textbook has an interval: its widths, and those of the cell. */
  readonly beside = { textbook: 0, own: 0 };
  readonly estimates: number[] = [];

  constructor(kind: CellKind) {
    this.kind = kind;
  }

  add({ hit, estimate, width, textbook }: Observation): void {
    this.studies++;
    if (typeof estimate === 'number') this.estimates.push(estimate);
    if (hit === null) {
      this.missing++;
      return;
    }
    if (hit) this.hits++;
    this.widths += width ?? 0;
    if (textbook === undefined || !(textbook > 0)) return;
    this.beside.textbook += textbook;
    this.beside.own += width ?? 0;
  }
}

export interface Verdict {
  /** Of the studies in which it is available; null where it never is. */
  readonly rate: number | null;
  readonly missing: number;
  /**
   * Mean width of the interval over the distance between the quantiles of the estimates that an
   * interval of its level spans (the best intervals of 20 persons have about 1.2, of more about 1),
   * or over the mean width of the textbook's interval.
   */
  readonly widthRatio: number | null;
  /** What is not as asked; empty for a cell that keeps to it. */
  readonly faults: readonly string[];
}

/**
 * A cell that may be n/a, and is in nearly all studies, is not judged by the coverage of the few
 * that by chance look unlike the others.
 */
const LEAST_AVAILABLE = 0.05;
/** Of 20 persons with two scores, in so few studies one score has a single person. */
const MOST_MISSING = 0.005;
/**
 * Standard errors of the simulation that a cell is given; of few studies more, since among a
 * thousand cells some are that far off by chance.
 */
const ALLOWANCE = 2;
const ALLOWANCE_OF_FEW = 4;
const FEW_STUDIES = 500;

export function judge(cell: Cell, n: number): Verdict {
  const { kind, studies, missing, hits } = cell;
  const available = studies - missing;
  const rate = available === 0 ? null : hits / available;
  const faults: string[] = [];
  const allowance = studies < FEW_STUDIES ? ALLOWANCE_OF_FEW : ALLOWANCE;
  const byChance = allowance * Math.sqrt(MOST_MISSING * studies);
  if (missing > MOST_MISSING * studies + byChance && kind.mayBeMissing !== true)
    faults.push('not available');
  const widthRatio = ratioOf(cell, available);
  const isRare = kind.mayBeMissing === true && available < LEAST_AVAILABLE * studies;
  if (rate !== null && !isRare) {
    const beyond = (limit: number) => allowance * Math.sqrt((limit * (1 - limit)) / available);
    if (kind.what === 'test') {
      const most = n <= 20 ? 0.065 : 0.06;
      if (rate > most + beyond(most)) faults.push(`errs in more than ${100 * most} %`);
    } else {
      const [nominal, usual] = kind.what === 'interval of 95 %' ? [0.95, 0.93] : [0.9, 0.88];
      const least = kind.least ?? (n <= 20 ? usual - 0.02 : usual);
      const most = nominal + 0.5 * (1 - nominal);
      if (rate < least - beyond(least)) faults.push(`covers less than ${100 * least} %`);
      if (rate > most + beyond(most) && kind.isDiscrete !== true)
        faults.push(`covers more than ${100 * most} %`);
      if (rate > most + beyond(most) && (widthRatio ?? 0) > 2 * (n <= 20 ? 1.2 : 1))
        faults.push('twice too wide');
    }
  }
  return { rate, missing: missing / studies, widthRatio, faults };
}

function ratioOf(cell: Cell, available: number): number | null {
  const { kind, estimates, widths, beside } = cell;
  if (beside.textbook > 0) return beside.own / beside.textbook;
  if (kind.what === 'test' || available === 0 || estimates.length === 0) return null;
  const sorted = estimates.toSorted((a, b) => a - b);
  const tail = kind.what === 'interval of 95 %' ? 0.025 : 0.05;
  const at = (p: number) => sorted[Math.round(p * (sorted.length - 1))]!;
  const spread = at(1 - tail) - at(tail);
  // Where so many studies give the same estimate there is next to no variance to compare with.
  const uses = new Map<number, number>();
  for (const estimate of sorted) uses.set(estimate, (uses.get(estimate) ?? 0) + 1);
  if (Math.max(...uses.values()) > sorted.length / 4) return null;
  return spread > 0 ? widths / available / spread : null;
}
