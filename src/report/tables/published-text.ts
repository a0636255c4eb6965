/** The published tables as they were printed: markers of significance and the text of each cell. */

import { type CorrelationRow, FEWEST_PAIRS } from '../../analysis/published/correlations.ts';
import type { DemographicRow } from '../../analysis/published/demographics.ts';
import type { ScaleScoreRow } from '../../analysis/published/scale-scores.ts';
import type { TraitScoreRow } from '../../analysis/published/trait-scores.ts';
import type { Cell, Table } from '../../analysis/table.ts';
import { customFormat, formatFixed, formatRounded } from './custom-format.ts';

type Row = Readonly<Record<string, Cell>>;

/**
 * A published table with what was printed for each row: `marker` and `text` in Tables 1 to 4, `text` in Tables 5 and A4. The
 * others were printed as bare numbers and stay as they are.
 */
export function withText(table: Table): Table {
  return { ...table, rows: writeRows(table) };
}

function writeRows({ table, rows }: Table): readonly Row[] {
  switch (table) {
    case '1':
    case '2':
    case '3':
      return (rows as readonly DemographicRow[]).map(writeDemographics);
    case '4':
      return (rows as readonly ScaleScoreRow[]).map(writeScaleScores);
    case '5':
      return (rows as readonly CorrelationRow[]).map((row) => ({ ...row, text: writeCorrelation(row) }));
    case 'A4':
      return (rows as readonly TraitScoreRow[]).map((row) => ({
        ...row,
        text: `${customFormat(row.mean)} $\\pm$ ${customFormat(row.sd)}`,
      }));
    default:
      return rows;
  }
}

function writeDemographics(row: DemographicRow): Row {
  const marker = markDifference(row.p);
  return { ...row, marker, text: `${formatFixed(row.mean * 100, 2)} ± ${formatFixed(row.sd * 100, 2)}${marker}` };
}

function markDifference(p: number | null): string {
  if (p === null) return '';
  return p < 0.001 ? '‡' : p < 0.01 ? '†' : p < 0.05 ? '*' : '';
}

function writeScaleScores(row: ScaleScoreRow): Row {
  // The baselines were rounded by other means than the models.
  if (row.population === null) return { ...row, marker: '', text: `${formatRounded(row.mean)} ± ${formatRounded(row.sd)}` };
  const marker = markBothTests(row.p);
  return { ...row, marker, text: `${formatFixed(row.mean, 2)} ± ${formatFixed(row.sd!, 2)}${marker}` };
}

/** One mark for the paired test and one for the test of the differences against 0. Both are the same test. */
function markBothTests(p: number | null): string {
  if (p === null) return '';
  return p < 0.01 ? '†¶' : p < 0.05 ? '*§' : '';
}

function writeCorrelation({ n, r, p }: CorrelationRow): string {
  if (n < FEWEST_PAIRS) return `n<${FEWEST_PAIRS}`;
  if (r === null || p === null) return 'nan';
  const text = formatFixed(r, 3);
  return p < 0.001 ? `**${text}**` : p < 0.01 ? `*${text}*` : p < 0.05 ? `<u>${text}</u>` : text;
}
