/** Table C2: yes/no outcomes of levels of a factor beside a reference level. */
import { ALL_OTHERS } from '../../../analysis/corrected/contrasts/comparison.ts';
import {
  type ShareContrastRow,
  tabulateShareContrasts,
} from '../../../analysis/corrected/contrasts/share-contrasts.ts';
import { formatCount } from '../../../numbers.ts';
import type { NewTableDefinition } from '../definition.ts';
import { formatDifference, formatNumber, NOT_AVAILABLE } from '../format.ts';
import { estimate, OUTCOME, pColumn, type TableColumn } from '../layout.ts';
import { behindContrast, CONTRAST, FACTOR, familiesOf, layOutContrasts } from './contrasts.ts';

type Row = ShareContrastRow;

export const shareContrasts: NewTableDefinition<Row> = {
  id: 'C2',
  keys: ['instrument', 'model', 'outcome', 'factor', 'level', 'reference'],
  claims: [
    {
      name: 'difference',
      about: 'difference of the shares of the two levels',
      ...{ estimate: 'risk_diff', low: 'ci_low', high: 'ci_high' },
      isShare: true,
      test: {
        p: 'p',
        shown: 'the shares differ',
        notShown: 'no difference of the shares is shown',
      },
    },
  ],
  corrected: {
    table: 'C2',
    mode: 'corrected',
    tabulate: (study, { plan }) => tabulateShareContrasts(study, plan),
    title: () => 'Yes/no outcomes between levels of each factor',
    notes: (rows) => [
      'Share: mean over cases of the share of their administrations; each case is compared with itself where it was asked under both levels, with everything else equal. Intervals of differences, risk ratios and odds ratios follow from those of the two shares and their correlation (MOVER; for pairs with one outcome each, that of Newcombe). ∞: not bounded, since the share of the reference may be 0. n: cases with the level, with the reference, and with both.',
      ...(rows.some(({ method }) => method === 'exact sign-flip')
        ? [
            'Where every case differs by as much as the others, p is that of the exact sign-flip test, and there is no interval.',
          ]
        : []),
      'Of an item with two answers, the share is that of the one with the higher number.',
      ...(rows.some(({ beyond_four_fifths }) => beyond_four_fifths === true)
        ? ['‡ One share is less than four fifths of the other, by the estimate.']
        : []),
      familiesOf(rows),
      ...(rows.some(({ unit }) => unit === 'repetition')
        ? [
            '† One arm is a single case: the units are its repetitions, and the result holds for that case alone.',
          ]
        : []),
    ],
    methods: (_rows, { isPlanned }) => [
      `Contrasts of yes/no outcomes: a share is the mean over cases of the share of their administrations, and each case is compared with itself where it ${isPlanned ? 'is' : 'was'} asked under both levels. Intervals of differences, risk ratios and odds ratios follow from those of the two shares and their correlation (Zou & Donner, 2008).`,
    ],
    layOut: (rows, reasons) => layOutContrasts(rows, [FACTOR, OUTCOME, CONTRAST], COLUMNS, reasons),
    behind: (row, study) =>
      behindContrast(row, study, row.reference === ALL_OTHERS ? null : [row.level, row.reference]),
  },
};

const percent = (value: number) => formatNumber(value, 1);

function ratio(value: number | null, low: number | null, high: number | null): string | null {
  if (value === null) return null;
  if (low === null) return `${formatNumber(value, 2)} [${NOT_AVAILABLE}]`;
  return `${formatNumber(value, 2)} [${formatNumber(low, 2)}, ${high === null ? '∞' : formatNumber(high, 2)}]`;
}

const COLUMNS: readonly TableColumn<Row>[] = [
  {
    heading: 'n',
    text: ({ n, n_reference, n_both, unit }) =>
      `${[n, n_reference, n_both].map(formatCount).join(' / ')}${unit === 'repetition' ? '†' : ''}`,
  },
  {
    heading: 'Shares, %',
    text: ({ share, ref_share, beyond_four_fifths }) =>
      share === null || ref_share === null
        ? null
        : `${percent(share * 100)} / ${percent(ref_share * 100)}${beyond_four_fifths === true ? '‡' : ''}`,
  },
  {
    heading: 'Difference, points [95 % CI]',
    text: (row) =>
      estimate(
        row.risk_diff,
        [row.ci_low, row.ci_high],
        (value) => formatDifference(value, 1),
        1,
        100,
      ),
  },
  {
    heading: 'Risk ratio [95 % CI]',
    text: (row) => ratio(row.risk_ratio, row.risk_ratio_ci_low, row.risk_ratio_ci_high),
  },
  {
    heading: 'Odds ratio [95 % CI]',
    text: (row) => ratio(row.odds_ratio, row.odds_ratio_ci_low, row.odds_ratio_ci_high),
  },
  pColumn('p adj.', (row) => row.p_adjusted),
];
