/** Table S1: how means and differences spread over the ways of asking. */
import { ALL_OTHERS } from '../../../analysis/corrected/contrasts/comparison.ts';
import {
  type RobustnessRow,
  tabulateRobustness,
} from '../../../analysis/corrected/contrasts/robustness.ts';
import { formatCount } from '../../../numbers.ts';
import type { NewTableDefinition } from '../definition.ts';
import { DOES_NOT_APPLY, formatNumber } from '../format.ts';
import { type Label, layOutRows, OUTCOME, type TableColumn } from '../layout.ts';
import { behindContrast, FACTOR, WHO } from './contrasts.ts';

type Row = RobustnessRow;

export const robustness: NewTableDefinition<Row> = {
  id: 'S1',
  keys: ['instrument', 'model', 'outcome', 'of', 'factor', 'level', 'reference'],
  corrected: {
    table: 'S1',
    mode: 'corrected',
    tabulate: (study, { plan }) => tabulateRobustness(study, plan),
    title: () => 'Robustness over the ways of asking',
    notes: (rows) => [
      ...[sayRobustness(rows)].flatMap((sentence) => sentence ?? []),
      'Each mean and each difference of Table C1, of the factors that the study compares, once for each way of asking. Sign: ways in which the difference has the other sign than over all ways together; marker: ways in which it is significant at .05 (not corrected) and the pooled one is not, or the other way round. Which ways these are, and the estimate of each, stands in the CSV and JSON files.',
    ],
    methods: () => [
      'Each mean and each difference of Table C1, of the factors that the study compares, is computed once for each way of asking and compared with that over all ways: by its sign, and by whether it is significant at .05 without correction. Nothing else is tested.',
    ],
    layOut: (rows, reasons) => layOutRows(rows, [WHO, OUTCOME, FACTOR, WHAT], COLUMNS, reasons),
    behind: (row, study) =>
      behindContrast(
        row,
        study,
        row.reference === null ? [row.level] : levelsOf(row.level, row.reference),
      ),
  },
};

const levelsOf = (level: string, reference: string) =>
  reference === ALL_OTHERS ? null : [level, reference];

const WHAT: Label<Row> = {
  heading: 'Mean or difference',
  of: ({ level, reference }) => (reference === null ? level : `${level} \u2212 ${reference}`),
};

const number = (heading: string, of: (row: Row) => number | null): TableColumn<Row> => ({
  heading,
  text: (row) => {
    const value = of(row);
    return value === null ? null : formatNumber(value, 2);
  },
});
const counted = (heading: string, of: (row: Row) => number | null): TableColumn<Row> => ({
  heading,
  text: (row) => {
    const value = of(row);
    return value === null ? DOES_NOT_APPLY : `${formatCount(value)} of ${formatCount(row.n_cells)}`;
  },
});

const COLUMNS: readonly TableColumn<Row>[] = [
  number('All ways', (row) => row.pooled),
  number('Least', (row) => row.min),
  number('Median', (row) => row.median),
  number('Most', (row) => row.max),
  number('SD', (row) => row.sd),
  counted('Sign', (row) => row.n_sign_differs),
  counted('Marker', (row) => row.n_marker_differs),
];

/**
 * The table in one sentence; null where nothing was asked in several ways. Outcomes have units of
 * their own: how far a mean moves counts as a share of its possible range.
 */
export function sayRobustness(
  rows: readonly Pick<
    Row,
    | 'of'
    | 'outcome'
    | 'factor'
    | 'level'
    | 'n_cells'
    | 'n_sign_differs'
    | 'n_marker_differs'
    | 'min'
    | 'max'
    | 'sd_relative'
  >[],
): string | null {
  const differences = rows.filter((row) => row.of === 'difference' && row.n_cells > 1);
  const widest = rows
    .filter(({ of, min, max }) => of === 'mean' && min !== max)
    .toSorted((one, other) => (other.sd_relative ?? 0) - (one.sd_relative ?? 0))[0];
  const ways = rows.reduce((most, { n_cells }) => Math.max(most, n_cells), 0);
  if (ways < 2) return null;
  const moved =
    widest === undefined
      ? 'no mean depends on the way of asking'
      : `the mean that depends most on the way of asking, that of ${widest.outcome}${widest.level === null ? '' : ` at ${widest.factor} ${widest.level}`}, lies between ${formatNumber(widest.min!, 2)} and ${formatNumber(widest.max!, 2)}`;
  if (differences.length === 0) return `Over ${formatCount(ways)} ways of asking, ${moved}.`;
  const count = (of: 'n_sign_differs' | 'n_marker_differs') =>
    differences.filter((row) => row[of]! > 0).length;
  const [sign, marker] = [count('n_sign_differs'), count('n_marker_differs')];
  const kept = sign === 0 && marker === 0;
  const all = `${formatCount(differences.length)} ${differences.length === 1 ? 'difference' : 'differences'}`;
  const changes = kept
    ? `none of ${all} changes its sign or its significance`
    : `of ${all}, ${formatCount(sign)} ${sign === 1 ? 'changes its' : 'change their'} sign and ${formatCount(marker)} ${marker === 1 ? 'changes its' : 'change their'} significance in at least one way`;
  return `Over ${formatCount(ways)} ways of asking, ${changes}, and ${moved}.`;
}
