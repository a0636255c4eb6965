/** Table M1: the mean of each level of each factor. */
import {
  type LevelMeanRow,
  tabulateLevelMeans,
} from '../../../analysis/corrected/contrasts/level-means.ts';
import { formatCount } from '../../../numbers.ts';
import { countsOf } from '../captions.ts';
import type { NewTableDefinition } from '../definition.ts';
import { DOES_NOT_APPLY, formatNumber } from '../format.ts';
import { estimate, layOutRows, numberColumn, OUTCOME, type TableColumn } from '../layout.ts';
import { behindContrast, FACTOR, LEVEL, WHO } from './contrasts.ts';

type Row = LevelMeanRow;

export const levelMeans: NewTableDefinition<Row> = {
  id: 'M1',
  keys: ['instrument', 'model', 'factor', 'level', 'outcome'],
  claims: [
    {
      name: 'mean',
      about: 'mean of the level',
      ...{ estimate: 'mean', low: 'ci_low', high: 'ci_high' },
    },
  ],
  corrected: {
    table: 'M1',
    mode: 'corrected',
    tabulate: (study, { plan }) => tabulateLevelMeans(study, plan),
    title: () => 'Means by level of each factor',
    notes: (rows) => [
      `Mean of one value a case, over everything else that it was asked under, with Student’s 95 % interval. Where combinations of levels are missing, levels were asked under different things: their difference is in Table C1, which holds these equal.${countsOf(
        rows.map(({ n }) => n),
        'cases',
      )}`,
      ...(rows.some(({ n_effective }) => n_effective !== null)
        ? ['Weighted: by the weights of the rows, with Kish’s effective n.']
        : []),
      ...(rows.some(({ unit }) => unit === 'repetition')
        ? ['† A single case: the mean is over its repetitions.']
        : []),
    ],
    methods: () => [
      'Mean of one value a case, over everything else that it is asked under, with Student’s interval, or, where that would leave the scale or the mean is within a tenth of the scale’s length from an end, that on log odds. Means of levels are not comparable where combinations of levels are missing; differences are in Table C1. Nothing is tested.',
    ],
    layOut: (rows, reasons) =>
      layOutRows(
        rows,
        [WHO, FACTOR, LEVEL, OUTCOME],
        rows.some(({ n_effective }) => n_effective !== null) ? [...COLUMNS, ...WEIGHTED] : COLUMNS,
        reasons,
      ),
    behind: (row, study) => behindContrast(row, study, [row.level]),
  },
};

const span = (value: number | null, ends: readonly [number | null, number | null]) =>
  estimate(value, ends, (own) => formatNumber(own, 2), 2);

const COLUMNS: readonly TableColumn<Row>[] = [
  { heading: 'n', text: ({ n, unit }) => `${formatCount(n)}${unit === 'repetition' ? '†' : ''}` },
  { heading: 'Mean [95 % CI]', text: (row) => span(row.mean, [row.ci_low, row.ci_high]) },
  numberColumn('SD', (row) => row.sd, 2),
];

const WEIGHTED: readonly TableColumn<Row>[] = [
  {
    heading: 'Weighted [95 % CI]',
    text: (row) =>
      row.n_effective === null
        ? DOES_NOT_APPLY
        : span(row.weighted_mean, [row.weighted_ci_low, row.weighted_ci_high]),
  },
  {
    heading: 'n eff.',
    text: ({ n_effective }) =>
      n_effective === null ? DOES_NOT_APPLY : formatNumber(n_effective, 1),
  },
];
