/** Which tests of a printed table were planned. */
import type { Table } from '../../analysis/table.ts';
import { type Grid, label } from './layout.ts';
import { type AnyClaim, roleOf } from './planned.ts';

type Row = Table['rows'][number];

const LEGEND =
  'The primary analyses, which the study planned, are corrected together over all tables; all other tests are exploratory and are corrected without them.';

/**
 * A grid with the roles of its tests, where the study planned any: a column where each line shows
 * one row, else the cells of the primary analyses in bold.
 */
export function showRoles(
  grid: Grid,
  rows: readonly Row[],
  claims: readonly AnyClaim[],
): { readonly grid: Grid; readonly notes: readonly string[] } {
  const tested = claims.filter(({ test }) => test !== undefined);
  const isPlanned = rows.some((row) => tested.some((claim) => roleOf(row, claim) !== 'none'));
  if (!isPlanned) return { grid, notes: [] };
  const lines = grid.sections.flatMap((section) => section.rows);
  const areRows = lines.every(
    (cells) => new Set(cells.flatMap(({ row }) => (row === null ? [] : [row]))).size === 1,
  );
  return areRows
    ? { grid: withColumn(grid, tested), notes: [LEGEND] }
    : { grid: withBold(grid, tested), notes: [`${LEGEND} Primary ones are bold.`] };
}

function withColumn(grid: Grid, claims: readonly AnyClaim[]): Grid {
  const last = grid.headings.length - 1;
  return {
    ...grid,
    headings: grid.headings.map((cells, level) => [
      ...cells,
      { text: level === last ? 'Analysis' : '', span: 1 },
    ]),
    sections: grid.sections.map((section) => ({
      ...section,
      rows: section.rows.map((cells) => {
        const { row } = cells.find((cell) => cell.row !== null)!;
        return [...cells, { ...label(describeRole(row as Row, claims)), row }];
      }),
    })),
  };
}

/** "primary (equivalence)", where the row has another test that is none. */
function describeRole(row: Row, claims: readonly AnyClaim[]): string {
  const tested = claims.filter((claim) => roleOf(row, claim) !== 'none');
  const planned = tested.filter((claim) => roleOf(row, claim) === 'primary');
  if (tested.length === 0) return '';
  if (planned.length === 0) return 'exploratory';
  return planned.length === tested.length
    ? 'primary'
    : `primary (${planned.map(({ name }) => name).join(', ')})`;
}

function withBold(grid: Grid, claims: readonly AnyClaim[]): Grid {
  return {
    ...grid,
    sections: grid.sections.map((section) => ({
      ...section,
      rows: section.rows.map((cells) =>
        cells.map((cell) =>
          cell.row !== null && claims.some((claim) => roleOf(cell.row as Row, claim) === 'primary')
            ? { ...cell, style: 'bold' as const }
            : cell,
        ),
      ),
    })),
  };
}
