/** Table B1: how often each answer was given to items that are on no scale. */
import { type FrequencyRow, tabulateFrequencies } from '../../../analysis/corrected/frequencies.ts';
import { formatCount } from '../../../numbers.ts';
import { countsOf, meanedOver } from '../captions.ts';
import type { NewTableDefinition } from '../definition.ts';
import { formatNumber } from '../format.ts';
import { CONDITION, estimate, layOutRows, MODEL, type TableColumn } from '../layout.ts';
import { itemAnswersOf } from '../selection.ts';

export const frequencies: NewTableDefinition<FrequencyRow> = {
  id: 'B1',
  keys: ['instrument', 'model', 'population', 'item', 'answer', 'label'],
  claims: [
    {
      name: 'share',
      about: 'share of administrations with this answer',
      ...{ estimate: 'share', low: 'ci_low', high: 'ci_high' },
      isShare: true,
    },
  ],
  corrected: {
    table: 'B1',
    mode: 'corrected',
    tabulate: tabulateFrequencies,
    title: () => 'Frequencies of answers to items that are on no scale',
    notes: (rows) => [
      `Administrations that succeeded.${countsOf(
        rows.map(({ n_administrations }) => n_administrations),
        'a cell',
      )}`,
      'The share is the mean over persons of the share of their administrations, with Wilson\u2019s 95 % interval over persons, or Student\u2019s on log odds where a person gave the answer now and then.',
    ],
    methods: (_rows, { study }) => [
      meanedOver(study) === null
        ? 'Items on no scale: share of persons with each answer, with the interval of Wilson (1927).'
        : 'Items on no scale: share of administrations with each answer, as the mean over persons, with the interval of Wilson (1927) over persons, or Student’s on log odds where a person gave an answer in some administrations only.',
    ],
    layOut: (rows, reasons) => layOutRows(rows, [MODEL, CONDITION, ITEM, ANSWER], COLUMNS, reasons),
    behind: (row, study) => itemAnswersOf(study, row),
  },
};

const ITEM = { heading: 'Item', of: ({ item }: FrequencyRow) => item };
const ANSWER = {
  heading: 'Answer',
  of: ({ answer, label }: FrequencyRow) =>
    answer === null || label === String(answer) ? label : `${answer} ${label}`,
};

const COLUMNS: readonly TableColumn<FrequencyRow>[] = [
  { heading: 'n', text: ({ n }) => formatCount(n) },
  {
    heading: 'Share, % [95 % CI]',
    text: (row) =>
      estimate(row.share, [row.ci_low, row.ci_high], (value) => formatNumber(value, 1), 1, 100),
  },
];
