/**
 * Corrections of contrasts: a family is what is claimed of one model and one factor. What was
 * planned is corrected by Holm; a screening by Benjamini and Hochberg, as an exploration.
 */
import { adjustBenjaminiHochberg } from '../../../statistics/multiplicity.ts';
import { type Adjusted, adjust, NOT_ADJUSTED } from '../rows.ts';

export type Corrected = Adjusted & {
  readonly correction: 'Holm' | 'Benjamini-Hochberg' | null;
};

export const NOT_CORRECTED: Corrected = { ...NOT_ADJUSTED, correction: null };

interface Tested {
  readonly model: string | null;
  readonly factor: string;
  readonly p: number | null;
  readonly isScreened: boolean;
}

/** @param claim what the tests of the rows say, such as the table */
export function adjustFamilies<Row extends Corrected & Tested>(
  rows: readonly Row[],
  claim: string,
): readonly Omit<Row, 'isScreened'>[] {
  const adjusted = new Map<Row, Omit<Row, 'isScreened'>>();
  for (const own of Map.groupBy(rows, ({ model, factor, isScreened }) =>
    JSON.stringify([model, factor, isScreened]),
  ).values()) {
    const { model, factor, isScreened } = own[0]!;
    const who = model ?? 'all models';
    const family = `${who}: ${factor} (${claim}${isScreened ? ', exploratory' : ''})`;
    const done = isScreened ? screenRows(own, family) : holmRows(own, family);
    done.forEach(({ isScreened: _, ...row }, at) => {
      const correction = isScreened ? 'Benjamini-Hochberg' : 'Holm';
      adjusted.set(own[at]!, { ...row, correction: row.p_adjusted === null ? null : correction });
    });
  }
  return rows.map((row) => adjusted.get(row)!);
}

/** The name of the family has the model already. */
function holmRows<Row extends Adjusted & { readonly p: number | null }>(
  rows: readonly Row[],
  family: string,
): readonly Row[] {
  const adjusted = adjust(
    rows.map(({ p }) => ({ p })),
    family,
  );
  return rows.map((row, at) => ({ ...row, ...adjusted[at]! }));
}

function screenRows<Row extends Adjusted & { readonly p: number | null }>(
  rows: readonly Row[],
  family: string,
): readonly Row[] {
  const tested = rows.filter(({ p }) => p !== null);
  const ps = adjustBenjaminiHochberg(tested.map(({ p }) => p!));
  const found = new Map(tested.map((row, at) => [row, ps[at]!]));
  return rows.map((row) => {
    const p_adjusted = found.get(row);
    return p_adjusted === undefined
      ? row
      : { ...row, p_adjusted, family, family_size: tested.length };
  });
}
