/** Table C3: differences between levels that depend on another factor. */
import {
  type InteractionRow,
  tabulateInteractions,
} from '../../../analysis/corrected/contrasts/interactions.ts';
import { formatCount } from '../../../numbers.ts';
import type { NewTableDefinition } from '../definition.ts';
import { formatDifference } from '../format.ts';
import { type Label, layOutRows, OUTCOME, pColumn, type TableColumn } from '../layout.ts';
import { behindContrast, familiesOf, shift, WHO } from './contrasts.ts';

type Row = InteractionRow;

export const interactions: NewTableDefinition<Row> = {
  id: 'C3',
  keys: [
    'instrument',
    'model',
    'outcome',
    'factor',
    'level',
    'reference',
    'by_factor',
    'by_level',
    'by_reference',
  ],
  claims: [
    {
      name: 'interaction',
      about: 'difference of the differences',
      ...{ estimate: 'interaction', low: 'ci_low', high: 'ci_high' },
      test: {
        p: 'p',
        shown: 'the difference depends on the other factor',
        notShown: 'that the difference depends on the other factor is not shown',
      },
    },
  ],
  corrected: {
    table: 'C3',
    mode: 'corrected',
    tabulate: (study, { plan }) => tabulateInteractions(study, plan),
    title: () => 'Interactions of two factors',
    notes: (rows) => [
      'Difference of differences: how much the difference between two levels changes from the reference of another factor to a level of it, within cases where these were asked under all four combinations, else between groups of cases (Welch). Everything else is equal.',
      familiesOf(rows),
    ],
    methods: (_rows, { isPlanned }) => [
      `Interactions: how much the difference between two levels changes from the reference of another factor to a level of it, within cases that ${isPlanned ? 'are' : 'were'} asked under all four combinations by a t test, else between groups of cases by Welch’s.`,
    ],
    layOut: (rows, reasons) => layOutRows(rows, [WHO, OUTCOME, CONTRAST, BY], COLUMNS, reasons),
    behind: (row, study) => behindContrast(row, study, [row.level, row.reference]),
  },
};

const CONTRAST: Label<Row> = {
  heading: 'Difference',
  of: ({ factor, level, reference }) => `${factor}: ${level} \u2212 ${reference}`,
};
const BY: Label<Row> = {
  heading: 'By',
  of: ({ by_factor, by_level, by_reference }) => `${by_factor}: ${by_level} \u2212 ${by_reference}`,
};

const COLUMNS: readonly TableColumn<Row>[] = [
  { heading: 'n', text: ({ n }) => formatCount(n) },
  { heading: 'At level', text: (row) => plain(row.diff_at_level) },
  { heading: 'At reference', text: (row) => plain(row.diff_at_reference) },
  {
    heading: 'Interaction [95 % CI]',
    text: (row) => shift(row.interaction, [row.ci_low, row.ci_high]),
  },
  pColumn('p adj.', (row) => row.p_adjusted),
];

function plain(value: number | null): string | null {
  return value === null ? null : formatDifference(value, 2);
}
