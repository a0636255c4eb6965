/**
 * What the rows of all corrected tables share: null with a reason instead of what does not exist,
 * and Holm's correction.
 */
import { adjustWithinFamilies } from '../../statistics/multiplicity.ts';
import { isAvailable, type NotAvailable } from '../../statistics/not-available.ts';

/** Why values of a row are null, in the order in which they were found missing. */
export class Reasons {
  readonly #reasons = new Set<string>();

  add(reason: string): void {
    this.#reasons.add(reason);
  }

  /**
   * The result, or null after noting why there is none. `about` says what of the row is missing,
   * where not everything is.
   */
  take<Result>(result: Result | NotAvailable, about?: string): Result | null {
    if (isAvailable(result)) return result;
    this.add(about === undefined ? result.notAvailable : `${about}: ${result.notAvailable}`);
    return null;
  }

  /** For the column `reason`. */
  toCell(): string | null {
    return this.#reasons.size === 0 ? null : [...this.#reasons].join('; ');
  }
}

/** Columns of a corrected p value. All null where nothing was tested. */
export type Adjusted = {
  readonly p_adjusted: number | null;
  /** All tests of one family were corrected together. */
  readonly family: string | null;
  readonly family_size: number | null;
};

export const NOT_ADJUSTED: Adjusted = { p_adjusted: null, family: null, family_size: null };

/** A test of one claim; without a model where the claim is about several. */
interface ModelTest {
  readonly model?: string;
  readonly p: number | null;
}

/**
 * Holm's correction over the p values that are there; one entry for each. A family is one claim
 * about one model, so that no model's p depends on which others are in the study, or in the table.
 * @param claim with its table, such as "table 4: difference"
 */
export function adjust(tests: readonly ModelTest[], claim: string): readonly Adjusted[] {
  return adjustWithinFamilies(
    tests.map(({ model, p }) => ({
      family: model === undefined ? claim : `${claim}, ${model}`,
      p: p ?? { notAvailable: 'not tested' },
    })),
  ).map(({ p, family, familySize }) =>
    typeof p === 'number' ? { p_adjusted: p, family, family_size: familySize } : NOT_ADJUSTED,
  );
}

/** The same rows, each with its p corrected. */
export function adjustRows<Row extends Adjusted & ModelTest>(
  rows: readonly Row[],
  claim: string,
): readonly Row[] {
  const adjusted = adjust(rows, claim);
  return rows.map((row, position) => ({ ...row, ...adjusted[position]! }));
}
