/** Table B3: the numbers that were given to items that are on no scale. */
import {
  type NumberAnswersRow,
  tabulateNumberAnswers,
} from '../../../analysis/corrected/number-answers.ts';
import { formatCount } from '../../../numbers.ts';
import { countsOf, meanedOver } from '../captions.ts';
import type { NewTableDefinition } from '../definition.ts';
import { formatNumber } from '../format.ts';
import {
  CONDITION,
  estimate,
  layOutRows,
  MODEL,
  numberColumn,
  type TableColumn,
} from '../layout.ts';
import { itemAnswersOf } from '../selection.ts';

export const numberAnswers: NewTableDefinition<NumberAnswersRow> = {
  id: 'B3',
  keys: ['instrument', 'model', 'population', 'item'],
  claims: [
    {
      name: 'mean',
      about: 'mean of the numbers',
      ...{ estimate: 'mean', low: 'ci_low', high: 'ci_high' },
    },
  ],
  corrected: {
    table: 'B3',
    mode: 'corrected',
    tabulate: tabulateNumberAnswers,
    title: () => 'Numbers given to items that are on no scale',
    notes: (rows) => [
      `Mean with Student’s 95 % interval, SD and median of one number a person, the mean of its administrations. Lowest and highest: of single administrations.${countsOf(
        rows.map(({ n }) => n),
        'persons',
      )} Differences between levels of a factor are in Table C1.`,
    ],
    methods: (_rows, { study }) => [
      `Items that ask for a number: mean with Student’s interval, standard deviation and median of one number a person${meanedOver(study) === null ? '' : `, the ${meanedOver(study)}`}. Nothing is tested.`,
    ],
    layOut: (rows, reasons) => layOutRows(rows, [MODEL, CONDITION, ITEM], COLUMNS, reasons),
    behind: (row, study) => itemAnswersOf(study, row),
  },
};

const ITEM = { heading: 'Item', of: ({ item }: NumberAnswersRow) => item };

const COLUMNS: readonly TableColumn<NumberAnswersRow>[] = [
  { heading: 'n', text: ({ n }) => formatCount(n) },
  {
    heading: 'Mean [95 % CI]',
    text: (row) =>
      estimate(row.mean, [row.ci_low, row.ci_high], (value) => formatNumber(value, 2), 2),
  },
  numberColumn('SD', (row) => row.sd, 2),
  numberColumn('Median', (row) => row.median, 2),
  numberColumn('Lowest', (row) => row.lowest, 2),
  numberColumn('Highest', (row) => row.highest, 2),
];
