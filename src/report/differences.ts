/**
 * What the corrected tables show differently from the published ones, cell by cell, found from the
 * numbers of both.
 */
import { REFERENCE_ROW, type Table } from '../analysis/table.ts';
import type { Difference } from './analysis.ts';
import { otherReliability } from './tables/families/reliability.ts';
import { traitScores } from './tables/families/trait-scores.ts';
import { Pairs } from './tables/pairs.ts';
import { completeTable, definitionOf, keysOf, rowsOf, STUDY_TABLE_IDS } from './tables/tables.ts';

/**
 * Cells whose value differs in what is printed of it, or whose meaning differs.
 * @param published tables without texts; those without a corrected counterpart are left out
 * @returns in order of table, then of its rows
 */
export function findDifferences(
  published: readonly Table[],
  corrected: readonly Table[],
): Difference[] {
  const answeredAsReference = findAnsweredAsReference(corrected);
  return STUDY_TABLE_IDS.flatMap((id) => {
    const before = published.find(({ table }) => table === id);
    const after = corrected.find(({ table }) => table === id);
    if (before === undefined || after === undefined) return [];
    const pairs = new Pairs<object, object>(
      id,
      keysOf(id) as never[],
      completeTable(before).rows,
      after.rows,
    );
    return definitionOf(id).differences(pairs, {
      isSimulated: before.data_origin === 'simulated',
      answeredAsReference,
    });
  });
}

/** Models that also answered another questionnaire as the reference population. */
function findAnsweredAsReference(corrected: readonly Table[]): ReadonlySet<string> {
  const rows = [
    ...rowsOf(corrected, traitScores.corrected),
    ...rowsOf(corrected, otherReliability.corrected),
  ];
  return new Set(
    rows.flatMap((row) =>
      row.model === REFERENCE_ROW && row.answered_by !== null ? [row.answered_by] : [],
    ),
  );
}
