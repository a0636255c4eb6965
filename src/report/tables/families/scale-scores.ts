/** Table 4: scale scores of personas beside those of the sheets they were written from. */

import type { ScaleScoreRow as Corrected } from '../../../analysis/corrected/scale-score-row.ts';
import {
  settleEquivalence,
  tabulateScaleScores as tabulateCorrected,
} from '../../../analysis/corrected/scale-scores.ts';
import {
  type ScaleScoreRow,
  tabulateScaleScores,
} from '../../../analysis/published/scale-scores.ts';
import { RANDOM_ROW, REFERENCE_ROW } from '../../../analysis/table.ts';
import { formatCount } from '../../../numbers.ts';
import { SHEET_INSTRUMENT } from '../../../personas/sheets/sheet.ts';
import { countsOf, haveSeveral, nameSheets } from '../captions.ts';
import type { Behind } from '../chosen.ts';
import { formatFixed, formatRounded } from '../custom-format.ts';
import type { TableDefinition } from '../definition.ts';
import {
  DOES_NOT_APPLY,
  formatAdministrations,
  formatDifference,
  formatNumber,
  NOT_AVAILABLE,
} from '../format.ts';
import {
  CONDITION,
  estimate,
  forPeople,
  layOutRows,
  MODEL,
  numberColumn,
  pColumn,
  pivotScales,
  SCALE,
  show,
  type TableColumn,
} from '../layout.ts';
import { answersOf, isShownAs, sheetsOf } from '../selection.ts';
import { compareScores, type Printed } from './scale-score-differences.ts';
import { describeScaleScores, isCompared } from './scale-score-methods.ts';
import { noteScores } from './scale-score-notes.ts';

type Published = ScaleScoreRow;

const titled = (instrument: string) =>
  `${instrument} scale scores of personas beside those of the sheets they were written from`;

export const scaleScores: TableDefinition<Published, Corrected, Printed> = {
  id: '4',
  keys: ['model', 'population', 'scale'],
  alsoBy: ['instrument', 'test'],
  claims: [
    {
      name: 'difference',
      about: 'difference of the mean from that of the sheets',
      ...{ estimate: 'diff', low: 'ci_low', high: 'ci_high' },
      test: {
        p: 'p',
        shown: 'the mean differs from that of the sheets',
        notShown: 'no difference from the mean of the sheets is shown',
      },
      isMadeBy: ({ test }) => test === 'fidelity',
    },
    {
      name: 'equivalence',
      about: 'difference of the mean from that of the sheets',
      ...{ estimate: 'diff', low: 'equivalence_ci_low', high: 'equivalence_ci_high', level: 90 },
      test: {
        p: 'p_equivalence',
        shown: 'the mean is equivalent to that of the sheets within the bound',
        notShown: 'that the mean is equivalent to that of the sheets is not shown',
      },
      isMadeBy: ({ test }) => test === 'fidelity',
      settle: settleEquivalence,
    },
    {
      name: 'agreement',
      about: 'ICC(A,1) of sheet and persona',
      ...{ estimate: 'icc', low: 'icc_ci_low', high: 'icc_ci_high' },
      isMadeBy: ({ test }) => test === 'fidelity',
    },
    {
      name: 'share',
      about: 'share at the score that the condition drives to',
      ...{ estimate: 'share_at_target', low: 'share_ci_low', high: 'share_ci_high' },
      isShare: true,
      isMadeBy: ({ test }) => test === 'manipulation check',
    },
  ],
  published: {
    table: '4',
    mode: 'published',
    tabulate: tabulateScaleScores,
    print,
    unmark: (row) => ({ ...row, marker: '', text: row.text.replace(/[†*¶§]+$/u, '') }),
    title: () => titled('EPQR-A'),
    notes: (rows) => [
      `Mean ± SD of sums of keyed answers.${countsOf(
        rows.map(({ n }) => n),
        'experiments a cell',
      )}`,
      'Against the unmanipulated sheets of the same persons: paired t test, and one-sample t test of the differences, which is the same test.',
    ],
    legend:
      '† p < 0.01 and * p < 0.05 for the first name of the test, ¶ p < 0.01 and § p < 0.05 for the second.',
    layOut: (rows) =>
      pivotScales(rows, [MODEL, CONDITION], (row) => show(forPeople(row.text), row)),
    behind: (row, study) =>
      behindRow({ ...row, instrument: SHEET_INSTRUMENT, n_incomplete: 0 }, 'published', study),
  },
  corrected: {
    table: '4',
    mode: 'corrected',
    tabulate: (study, { equivalenceBound, ...chosen }) =>
      tabulateCorrected(study, equivalenceBound, chosen),
    title: (rows) => titled(nameSheets(rows)),
    notes: noteScores,
    methods: describeScaleScores,
    layOut: (rows, reasons) =>
      layOutRows(rows, [MODEL, CONDITION, SCALE], columnsFor(rows), reasons),
    behind: (row, study) => behindRow(row, 'corrected', study),
  },
  differences: compareScores,
};

type Traced = Pick<Corrected, 'instrument' | 'model' | 'population' | 'scale' | 'n_incomplete'>;

function behindRow(
  { instrument, model, population, scale, n_incomplete }: Traced,
  mode: 'published' | 'corrected',
  study: Parameters<typeof answersOf>[0],
): Behind {
  if (model === REFERENCE_ROW) return sheetsOf('reference', scale, study);
  if (model === RANDOM_ROW) return sheetsOf('random', scale, study);
  return answersOf(
    study,
    {
      mode,
      instrument: instrument ?? SHEET_INSTRUMENT,
      model,
      isWanted: isShownAs(population, mode),
    },
    { scale, withSheets: true, incomplete: n_incomplete ?? 0, of: 'scores' },
  );
}

/* Published */

function print(row: Published): Printed {
  // The baselines were rounded by other means than the models.
  if (row.population === null) {
    return { ...row, marker: '', text: `${formatRounded(row.mean)} ± ${formatRounded(row.sd)}` };
  }
  const marker = markBothTests(row.p);
  return {
    ...row,
    marker,
    text: `${formatFixed(row.mean, 2)} ± ${formatFixed(row.sd!, 2)}${marker}`,
  };
}

/**
 * One mark for the paired test and one for the test of the differences against 0. Both are the same
 * test.
 */
function markBothTests(p: number | null): string {
  if (p === null) return '';
  return p < 0.01 ? '†¶' : p < 0.05 ? '*§' : '';
}

/* Corrected */

/** A column that applies to some rows only. */
function only(
  applies: (row: Corrected) => boolean,
  column: TableColumn<Corrected>,
): TableColumn<Corrected> {
  return {
    heading: column.heading,
    text: (row) => (applies(row) ? column.text(row) : DOES_NOT_APPLY),
  };
}

const isCheck = ({ test }: Corrected) => test === 'manipulation check';

/** Those of means of m only where there are any. */
function columnsFor(rows: readonly Corrected[]): readonly TableColumn<Corrected>[] {
  const areMeans = haveSeveral(rows);
  return COLUMNS.filter((column) => areMeans || !OF_MEANS.includes(column));
}

const SD_SINGLE: TableColumn<Corrected> = only(
  ({ m }) => m !== null,
  numberColumn('SD, one admin.', (row) => row.sd_single, 2),
);

const ICC_OF_MEANS = only(isCompared, {
  heading: 'ICC(A,1), mean of m [95 % CI]',
  text: (row) =>
    estimate(row.icc, [row.icc_ci_low, row.icc_ci_high], (value) => formatNumber(value, 2), 2),
});

const OF_MEANS = [SD_SINGLE, ICC_OF_MEANS];

const COLUMNS: readonly TableColumn<Corrected>[] = [
  { heading: 'n', text: ({ n }) => formatCount(n) },
  {
    heading: 'm',
    text: ({ m }) => (m === null ? DOES_NOT_APPLY : formatAdministrations(m)),
  },
  {
    heading: 'Mean (SD)',
    text: ({ mean, sd }) =>
      mean === null
        ? null
        : `${formatNumber(mean, 2)} (${sd === null ? NOT_AVAILABLE : formatNumber(sd, 2)})`,
  },
  SD_SINGLE,
  {
    heading: 'Sheet or target',
    text: ({ test, ref_mean }) =>
      test === 'baseline' ? DOES_NOT_APPLY : ref_mean === null ? null : formatNumber(ref_mean, 2),
  },
  {
    heading: 'Difference [95 % CI]',
    text: (row) =>
      row.test === 'baseline'
        ? DOES_NOT_APPLY
        : estimate(row.diff, [row.ci_low, row.ci_high], (value) => formatDifference(value, 2), 2),
  },
  only(
    isCompared,
    pColumn('p adj.', (row) => row.p_adjusted),
  ),
  only(
    isCompared,
    numberColumn('d_z', (row) => row.d_z, 2),
  ),
  only(
    isCompared,
    numberColumn('d_av', (row) => row.d_av, 2),
  ),
  only(isCompared, {
    heading: 'Mean equivalent',
    text: ({ mean_equivalent: is }) => (is === null ? null : is ? 'yes' : 'no'),
  }),
  only(
    isCompared,
    pColumn('p mean equiv. adj.', (row) => row.p_equivalence_adjusted),
  ),
  ICC_OF_MEANS,
  only(isCompared, {
    heading: 'ICC(A,1), one admin. [95 % CI]',
    text: (row) =>
      estimate(
        row.icc_single,
        [row.icc_single_ci_low, row.icc_single_ci_high],
        (value) => formatNumber(value, 2),
        2,
      ),
  }),
  only(isCompared, {
    heading: 'Within bound, % [95 % CI]',
    text: (row) =>
      estimate(
        row.share_within,
        [row.share_within_ci_low, row.share_within_ci_high],
        (value) => formatNumber(value, 1),
        1,
        100,
      ),
  }),
  only(({ test }) => test === 'fidelity', { heading: 'Persons', text: ({ persons }) => persons }),
  only(isCheck, {
    heading: 'At target, % [95 % CI]',
    text: (row) =>
      estimate(
        row.share_at_target,
        [row.share_ci_low, row.share_ci_high],
        (value) => formatNumber(value, 1),
        1,
        100,
      ),
  }),
];
