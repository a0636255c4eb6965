/** Table S1: how means and differences spread over the ways of asking. */
import { ALL_OTHERS } from '../../../analysis/corrected/contrasts/comparison.ts';
import {
  type RobustnessRow,
  sayRobustness,
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
