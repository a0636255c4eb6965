/** Table C1: means of levels of a factor beside a reference level. */
import { ALL_OTHERS } from '../../../analysis/corrected/contrasts/comparison.ts';
import {
  type MeanContrastRow,
  settleContrast,
  tabulateMeanContrasts,
} from '../../../analysis/corrected/contrasts/mean-contrasts.ts';
import { formatCount } from '../../../numbers.ts';
import type { NewTableDefinition } from '../definition.ts';
import { DOES_NOT_APPLY, formatNumber } from '../format.ts';
import { OUTCOME, pColumn, type TableColumn } from '../layout.ts';
import {
  behindContrast,
  CONTRAST,
  FACTOR,
  familiesOf,
  layOutContrasts,
  shift,
} from './contrasts.ts';

type Row = MeanContrastRow;

export const meanContrasts: NewTableDefinition<Row> = {
  id: 'C1',
  keys: ['instrument', 'model', 'outcome', 'factor', 'level', 'reference'],
  claims: [
    {
      name: 'difference',
      about: 'difference of the means of the two levels',
      ...{ estimate: 'diff', low: 'ci_low', high: 'ci_high' },
      test: {
        p: 'p',
        shown: 'the means differ',
        notShown: 'no difference of the means is shown',
      },
    },
    {
      name: 'equivalence',
      about: 'difference of the means of the two levels',
      ...{ estimate: 'diff', low: 'equivalence_ci_low', high: 'equivalence_ci_high', level: 90 },
      test: {
        p: 'p_equivalence',
        shown: 'the means are equivalent within the bound',
        notShown: 'that the means are equivalent is not shown',
      },
      settle: settleContrast,
    },
  ],
  corrected: {
    table: 'C1',
    mode: 'corrected',
    tabulate: (study, { plan, equivalenceBound }) =>
      tabulateMeanContrasts(study, plan, equivalenceBound),
    title: () => 'Differences of means between levels of each factor',
    notes: (rows) => [
      'Each case is compared with itself where it was asked under both levels, with everything else equal, and ways of asking are pooled: paired t test, Cohen’s d_av. Where the cases differ: the larger p of Welch’s and Student’s t tests, Hedges’ g; where some are shared, that of a t test with cases as clusters too. n: cases with the level, with the reference, and with both.',
      familiesOf(rows),
      ...boundOf(rows),
      ...(rows.some(({ n_effective }) => n_effective !== null)
        ? ['Weighted: by the weights of the rows, cases as clusters, with Kish’s effective n.']
        : []),
      ...(rows.some(({ unit }) => unit === 'repetition')
        ? [
            '† One arm is a single case: the units are its repetitions, and the result holds for that case alone.',
          ]
        : []),
    ],
    methods: (_rows, { isPlanned }) => [
      `Contrasts of means: each case is compared with itself where it ${isPlanned ? 'is' : 'was'} asked under both levels, with everything else equal, by a paired t test with Cohen’s d_av (Lakens, 2013); where the cases differ, by the larger p of Welch’s and Student’s t tests with Hedges’ g; where some are shared, that of a t test with cases as clusters is among these. Repetitions are the units of an arm that is a single case, such as a control, and what is found holds for that case alone; a case that ${isPlanned ? 'is' : 'was'} asked only once has no variance of its own, and nothing is tested against it. Equivalence of the means is tested by two one-sided tests (Schuirmann, 1987), with a p that is not smaller than so many cases can give.`,
    ],
    layOut: (rows, reasons) =>
      layOutContrasts(
        rows,
        [FACTOR, OUTCOME, CONTRAST],
        rows.some(({ n_effective }) => n_effective !== null) ? [...COLUMNS, ...WEIGHTED] : COLUMNS,
        reasons,
      ),
    behind: (row, study) =>
      behindContrast(row, study, row.reference === ALL_OTHERS ? null : [row.level, row.reference]),
  },
};

/** A note names no more bounds than these. */
const MOST_BOUNDS = 3;

function boundOf(rows: readonly Row[]): readonly string[] {
  const bounds = [...new Set(rows.flatMap(({ equivalence_bound }) => equivalence_bound ?? []))];
  return bounds.length === 0
    ? []
    : [
        `Equivalent: two one-sided tests of the difference within ${bounds.length > MOST_BOUNDS ? 'the bound of each row (equivalence_bound in the CSV and JSON files)' : `±${bounds.map((bound) => formatNumber(bound, 2)).join(', ±')} points`}, corrected by Holm in families of their own. A few cases cannot show it, however alike they are: their p is at least (1 − bound / length of the scale)ⁿ.`,
      ];
}

const COLUMNS: readonly TableColumn<Row>[] = [
  {
    heading: 'n',
    text: ({ n, n_reference, n_both, unit }) =>
      `${[n, n_reference, n_both].map(formatCount).join(' / ')}${unit === 'repetition' ? '†' : ''}`,
  },
  {
    heading: 'Difference [95 % CI]',
    text: (row) => shift(row.diff, [row.ci_low, row.ci_high]),
  },
  {
    heading: 'd_av or g [95 % CI]',
    text: (row) =>
      row.method === 'paired t'
        ? shift(row.d_av, [row.d_av_ci_low, row.d_av_ci_high])
        : shift(row.g, [row.g_ci_low, row.g_ci_high]),
  },
  pColumn('p adj.', (row) => row.p_adjusted),
  {
    heading: 'Equivalent',
    text: ({ mean_equivalent, equivalence_bound }) =>
      equivalence_bound === null
        ? DOES_NOT_APPLY
        : mean_equivalent === null
          ? null
          : mean_equivalent
            ? 'yes'
            : 'no',
  },
];

const WEIGHTED: readonly TableColumn<Row>[] = [
  {
    heading: 'Weighted [95 % CI]',
    text: (row) =>
      row.n_effective === null
        ? DOES_NOT_APPLY
        : shift(row.weighted_diff, [row.weighted_ci_low, row.weighted_ci_high]),
  },
  {
    heading: 'n eff.',
    text: ({ n_effective }) =>
      n_effective === null ? DOES_NOT_APPLY : formatNumber(n_effective, 1),
  },
];
