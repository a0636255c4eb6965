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
import type { Difference } from '../../analysis.ts';
import {
  correctionOf,
  countsOf,
  extentOfCorrection,
  haveSeveral,
  nameSheets,
} from '../captions.ts';
import { formatFixed, formatRounded } from '../custom-format.ts';
import type { ComparisonContext, TableDefinition } from '../definition.ts';
import {
  DOES_NOT_APPLY,
  formatAdministrations,
  formatDifference,
  formatInterval,
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
import {
  compareCounts,
  compareValue,
  levelOf,
  orUnavailable,
  type Pairs,
  withAdjustedP,
  withP,
} from '../pairs.ts';
import { answersOf, isShownAs, sheetsOf } from '../selection.ts';
import {
  describeBounds,
  describeScaleScores,
  formatPoints,
  isCompared,
} from './scale-score-methods.ts';

type Published = ScaleScoreRow;
type Printed = Published & { readonly marker: string; readonly text: string };

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
    sql: (row, study) =>
      sqlOf({ ...row, instrument: SHEET_INSTRUMENT, n_incomplete: 0 }, 'published', study),
  },
  corrected: {
    table: '4',
    mode: 'corrected',
    tabulate: (study, { equivalenceBound, ...chosen }) =>
      tabulateCorrected(study, equivalenceBound, chosen),
    title: (rows) => titled(nameSheets(rows)),
    notes: (rows) => [
      `One score a person${haveSeveral(rows) ? ', the mean over m draws and administrations that succeeded' : ''}.${countsOf(
        rows.map(({ n }) => n),
        'persons',
      )} Intervals of nominally 95 %.${singlesOf(rows)}`,
      `A scale that no condition drives is compared with the sheet: paired t test, and agreement as ICC(A,1) with a distribution-free interval. ${correctionOf(rows.filter(isOfModel))} Intervals of d_z and d_av and limits of agreement, of means of m (limits_low, limits_high) and of one administration (limits_single_low, limits_single_high), are in the CSV and JSON files of this table.`,
      ...equivalenceOf(rows),
      ...personsOf(rows),
      ...manipulationOf(rows),
    ],
    methods: describeScaleScores,
    layOut: (rows, reasons) =>
      layOutRows(rows, [MODEL, CONDITION, SCALE], columnsFor(rows), reasons),
    sql: (row, study) => sqlOf(row, 'corrected', study),
  },
  differences: compare,
};

type Traced = Pick<Corrected, 'instrument' | 'model' | 'population' | 'scale' | 'n_incomplete'>;

function sqlOf(
  { instrument, model, population, scale, n_incomplete }: Traced,
  mode: 'published' | 'corrected',
  study: Parameters<typeof answersOf>[0],
): string {
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

const isOfModel = ({ test }: Corrected) => test === 'fidelity' || test === 'manipulation check';

function singlesOf(rows: readonly Corrected[]): string {
  return haveSeveral(rows)
    ? ' Means of m vary less and agree more than single answers do: SD and ICC of one administration, from the variance between and within persons, are comparable with those of studies with another m.'
    : '';
}

function equivalenceOf(rows: readonly Corrected[]): readonly string[] {
  const bounds = describeBounds(rows, 'equivalence');
  if (bounds === null) return [];
  const extent = extentOfCorrection(
    rows
      .filter(isOfModel)
      .map(({ model, equivalence_family: family, equivalence_family_size: family_size }) => ({
        ...{ model, family, family_size },
      })),
  );
  const correction = extent === null ? '' : `, p corrected by Holm ${extent}`;
  return [
    `Mean equivalent: two one-sided tests that the mean difference lies within the bound of the mean${correction}: ${bounds}. This is a statement about the mean and not about persons: answers given at random can have it too.`,
  ];
}

function personsOf(rows: readonly Corrected[]): readonly string[] {
  const bounds = describeBounds(rows, 'person');
  if (bounds === null) return [];
  const required = rows.find(({ person_share }) => person_share !== null)?.person_share ?? null;
  if (required === null) return [];
  return [
    `Within bound: persons whose score in one administration each lies within the bound of a person: ${bounds}. ` +
      `Persons: "agrees" if the lower limits show that ${formatNumber(100 * required, 0)} % of the persons are within it and that the ICC of one administration lies above the upper limit of the random sheets’; "does not agree" if an upper limit falls short of either; "undecided" between.` +
      (rows.some(({ test }) => test === 'chance')
        ? ' Random: random sheets beside the same sheets, in families of tests of their own. Where these are within the bound as often, personas cannot be told from chance.'
        : ' There are no random sheets, without which no persona can be told from chance.'),
  ];
}

function manipulationOf(rows: readonly Corrected[]): readonly string[] {
  const checks = rows.filter(({ test }) => test === 'manipulation check');
  if (checks.length === 0) return [];
  const isMixed = checks.some(({ share_interval }) => share_interval === 'cluster-robust logit');
  return [
    `A driven scale is a manipulation check: the difference is from the target, which is the score of the manipulated sheet, and the share at the target is given with the exact interval of Clopper and Pearson over persons${
      isMixed ? ', or the one on log odds where a person is at the target now and then' : ''
    }; it is no measure of fidelity.`,
  ];
}

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

/* Differences */

type ScorePairs = Pairs<Printed, Corrected>;

function compare(pairs: ScorePairs, context: ComparisonContext): Difference[] {
  return pairs.published.flatMap((row): Difference[] => {
    const [after] = pairs.of(row);
    if (after === undefined || !isOfModel(after)) return [];
    const administrations = after.n_administrations ?? 0;
    const people = after.n + (after.n_without_sheet ?? 0);
    return [
      ...compareCounts(pairs, row, {
        counted: administrations,
        incomplete: after.n_incomplete ?? 0,
      }),
      ...(administrations > people
        ? [
            pairs.tell(
              'repeated',
              row,
              `n = ${formatCount(row.n)}`,
              `n = ${formatCount(after.n)}`,
              'Several administrations of one person are not independent; each person counts once, with the mean.',
            ),
          ]
        : []),
      ...compareValue(pairs, row, row.mean, after.mean),
      ...(after.test === 'manipulation check'
        ? [describeManipulation(pairs, row, after)]
        : compareFidelity(pairs, row, after, context)),
    ];
  });
}

function describeManipulation(pairs: ScorePairs, row: Printed, after: Corrected): Difference {
  const { share_at_target: share, share_ci_low: low, share_ci_high: high, target } = after;
  const interval =
    low === null || high === null ? '' : ` ${formatInterval(low * 100, high * 100, 1)}`;
  return pairs.tell(
    'manipulation',
    row,
    row.text,
    share === null
      ? NOT_AVAILABLE
      : `${formatNumber(share * 100, 1)} %${interval} at the target of ${orUnavailable(target, 0)}`,
    'The condition drives this scale to an end, so that a difference from the unmanipulated sheet is what was asked for; whether the target was reached is the question.',
  );
}

function compareFidelity(
  pairs: ScorePairs,
  row: Printed,
  after: Corrected,
  { isSimulated }: ComparisonContext,
): Difference[] {
  const now = after.p_adjusted;
  const found: Difference[] = [];
  const shown =
    after.diff === null ? NOT_AVAILABLE : `difference ${formatDifference(after.diff, 2)}`;
  // The published table has no mark below .001.
  const [mark, markNow] = [Math.min(2, levelOf(row.p)), Math.min(2, levelOf(now))];
  if (mark !== markNow) {
    found.push(
      pairs.tell(
        'level',
        row,
        withP(row.text, row.p),
        now === null ? `${shown}; ${NOT_AVAILABLE}` : withAdjustedP(shown, now),
        now === null
          ? `There is no test: ${after.reason ?? 'it is not defined for these data'}.`
          : 'The p-values of a model are corrected by Holm, and each person counts once.',
      ),
    );
  } else if (mark > 0 && !isSimulated) {
    found.push(
      pairs.tell(
        'twoNames',
        row,
        row.text,
        withAdjustedP(shown, now),
        'The paired test and the one-sample test of the differences are the same test; two marks tell one result.',
      ),
    );
  }
  if (after.mean_equivalent !== null && after.mean_equivalent === levelOf(row.p) > 0) {
    const bound =
      after.equivalence_bound === null ? NOT_AVAILABLE : formatPoints(after.equivalence_bound);
    found.push(
      pairs.tell(
        'equivalence',
        row,
        withP(row.text, row.p),
        withAdjustedP(
          `mean ${after.mean_equivalent ? 'equivalent' : 'not shown to be equivalent'} within ± ${bound}`,
          after.p_equivalence_adjusted,
        ),
        after.mean_equivalent
          ? 'The difference of means is there, and too small to matter by the bound that was set.'
          : 'That no difference was found does not show that there is none: the interval reaches beyond the bound that was set.',
      ),
    );
  }
  return found;
}
