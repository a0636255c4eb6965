/**
 * Tables R1, R1G and R1I: what scores vary with, how well they tell persons apart, and whether
 * personas give the same answers again.
 */
import {
  type ItemAgreementRow,
  tabulateItemAgreement,
} from '../../../analysis/corrected/item-agreement.ts';
import {
  type ComponentRow,
  type GeneralizabilityRow,
  tabulateComponents,
  tabulateGeneralizability,
} from '../../../analysis/corrected/variance-components.ts';
import { countsOf } from '../captions.ts';
import type { NewTableDefinition } from '../definition.ts';
import { formatNumber } from '../format.ts';
import {
  ABSENT,
  CONDITION,
  distinct,
  estimate,
  fill,
  type Grid,
  groupBy,
  label,
  layOutRows,
  MODEL,
  numberColumn,
  plainHeading,
  type ReasonNotes,
  SCALE,
  type TableColumn,
} from '../layout.ts';
import { type AnswerChoice, isShownAs, measurementsOf, repeatedAnswersOf } from '../selection.ts';

export const varianceComponents: NewTableDefinition<ComponentRow> = {
  id: 'R1',
  keys: ['instrument', 'model', 'population', 'scale', 'component'],
  corrected: {
    table: 'R1',
    mode: 'corrected',
    tabulate: tabulateComponents,
    title: (rows) =>
      `Variance components of scale scores: persons,${haveDraws(rows) ? ' draws,' : ''} administrations, ways of asking`,
    notes: (rows) => [
      `Share of the variance of single administrations in percent, with a 95 % interval over persons (jackknife).${countsOf(
        rows.map(({ n }) => n),
        'persons',
      )} Variances in points, and estimates below 0, are in the CSV and JSON files of this table.`,
      `Administration: what differs between administrations of the same ${haveDraws(rows) ? 'draw' : 'person'} in the same way, with what the design does not tell from it (column includes). Intervals take the ways of asking as those that there are.`,
      ...(rows.some(({ estimator }) => estimator?.startsWith('Henderson'))
        ? [
            'Where persons were not all measured alike (column estimator), the components are those of Henderson’s method I, which are approximate.',
          ]
        : []),
    ],
    methods: (rows) => {
      const known = rows.filter(({ variance }) => variance !== null);
      if (known.length === 0) return [];
      const approximate = known.some(({ estimator }) => estimator?.startsWith('Henderson'))
        ? ' Where persons were not all measured alike, these are the estimators of method I (Henderson, 1953), which are approximate.'
        : '';
      return [
        `Variance components of scale scores: by the estimators of the analysis of variance, all effects random; negative estimates count as 0.${approximate} Generalizability (G), dependability (Φ), standard errors of measurement and retest correlations follow from them (Brennan, 2001). Intervals are by the jackknife over persons on Fisher’s z (Arvesen, 1969), with the ways of asking as those that there are.`,
      ];
    },
    layOut: layOutComponents,
    sql: (row, study) => measurementsOf(study, choiceOf(row), row.scale),
  },
};

export const generalizability: NewTableDefinition<GeneralizabilityRow> = {
  id: 'R1G',
  keys: ['instrument', 'model', 'population', 'scale'],
  corrected: {
    table: 'R1G',
    mode: 'corrected',
    tabulate: tabulateGeneralizability,
    title: () => 'Generalizability of scale scores, and agreement of repeated administrations',
    notes: (rows) => [
      `G and Φ of one administration, and of the mean of all that were collected of a person; intraclass correlations of two administrations. 95 % intervals over persons (jackknife).${countsOf(
        rows.map(({ n }) => n),
        'persons',
      )}`,
      `Collected: ${haveSeveralDraws(rows) ? 'draws × ' : ''}ways of asking × administrations, of one person at most. SEM: standard error of measurement of one administration, in points.`,
    ],
    layOut: (rows, reasons) =>
      layOutRows(rows, [MODEL, CONDITION, SCALE], columnsOf(rows), reasons),
    sql: (row, study) => measurementsOf(study, choiceOf(row), row.scale),
  },
};

export const itemAgreement: NewTableDefinition<ItemAgreementRow> = {
  id: 'R1I',
  keys: ['instrument', 'model', 'population', 'scale'],
  corrected: {
    table: 'R1I',
    mode: 'corrected',
    tabulate: tabulateItemAgreement,
    title: () => 'Agreement of repeated answers to the same items',
    notes: (rows) => [
      `Means over the items of a scale of the share of equal pairs of answers, Gwet’s AC1 and Fleiss’ kappa, with 95 % intervals over persons (jackknife).${countsOf(
        rows.map(({ n }) => n),
        'persons',
      )} Each item is in the CSV and JSON files of this table.`,
      'Kappa is low where nearly all answers are the same, however seldom two of them differ; AC1 is not.',
    ],
    methods: (rows) =>
      rows.every(({ reason, n }) => n === 0 || reason !== null)
        ? []
        : [
            'Agreement of repeated answers to the same items: kappa (Fleiss, 1971) and AC1 (Gwet, 2008), means over the items of a scale, with intervals by the same jackknife.',
          ],
    layOut: (rows, reasons) => layOutRows(rows, [MODEL, CONDITION, SCALE], AGREEMENT, reasons),
    // Where nobody was asked twice, the scores show it.
    sql: (row, study) =>
      row.item_numbers === null || row.item_numbers.length === 0 || row.n === 0
        ? measurementsOf(study, choiceOf(row), row.scale)
        : repeatedAnswersOf(study, choiceOf(row), row.item_numbers),
  },
};

type Named = Pick<ComponentRow, 'instrument' | 'model' | 'population'>;

function choiceOf({ instrument, model, population }: Named): AnswerChoice {
  return { mode: 'corrected', instrument, model, isWanted: isShownAs(population, 'corrected') };
}

const SHARE: TableColumn<ComponentRow> = {
  heading: '',
  text: (row) => percentOf(row.share, [row.ci_low, row.ci_high]),
};

function percentOf(
  value: number | null,
  span: readonly [number | null, number | null],
): string | null {
  return estimate(value, span, (percent) => formatNumber(percent, 0), 0, 100);
}

/** A line for each component, with a column for each scale; a section for each condition. */
function layOutComponents(rows: readonly ComponentRow[], reasons: ReasonNotes): Grid {
  const scales = distinct(rows.map(({ scale }) => scale));
  const hasSeveral = distinct(rows.map(({ instrument }) => instrument)).length > 1;
  return {
    headings: plainHeading('Component', ...scales),
    labels: 1,
    sections: groupBy(rows, (row) => [row.instrument, row.model, row.population]).map((block) => {
      const [{ instrument, model, population }] = block;
      return {
        title: [...(hasSeveral ? [instrument] : []), model, population].join(', '),
        rows: groupBy(block, ({ component }) => [component]).map((group) => [
          label(group[0].component),
          ...scales.map((scale) => {
            const row = group.find((one) => one.scale === scale);
            return row === undefined ? ABSENT : fill(SHARE, row, reasons);
          }),
        ]),
      };
    }),
  };
}

function coefficient<Row>(
  heading: string,
  of: (row: Row) => readonly [number | null, number | null, number | null],
): TableColumn<Row> {
  return {
    heading,
    text: (row) => {
      const [value, low, high] = of(row);
      return estimate(value, [low, high], (own) => formatNumber(own, 2), 2);
    },
  };
}

const haveDraws = (rows: readonly ComponentRow[]) =>
  rows.some(({ component }) => component === 'draw');

const haveSeveralDraws = (rows: readonly GeneralizabilityRow[]) =>
  rows.some(({ draws }) => draws > 1);

function columnsOf(
  rows: readonly GeneralizabilityRow[],
): readonly TableColumn<GeneralizabilityRow>[] {
  const several = haveSeveralDraws(rows);
  return [
    {
      heading: 'Collected',
      text: ({ draws, ways, repetitions }) =>
        [...(several ? [draws] : []), ways, repetitions].join(' × '),
    },
    ...COEFFICIENTS,
    ...(several
      ? [RETEST_SAME_DRAW, RETEST_TWO_DRAWS]
      : [{ ...RETEST_SAME_DRAW, heading: 'Retest [95 % CI]' }]),
  ];
}

const COEFFICIENTS: readonly TableColumn<GeneralizabilityRow>[] = [
  coefficient('G (one) [95 % CI]', (row) => [
    row.generalizability_single,
    row.generalizability_single_ci_low,
    row.generalizability_single_ci_high,
  ]),
  coefficient('G (mean) [95 % CI]', (row) => [
    row.generalizability,
    row.generalizability_ci_low,
    row.generalizability_ci_high,
  ]),
  numberColumn('Φ (one)', (row) => row.dependability_single, 2),
  numberColumn('Φ (mean)', (row) => row.dependability, 2),
  numberColumn('SEM', (row) => row.sem_single, 2),
];

const RETEST_SAME_DRAW = coefficient<GeneralizabilityRow>('Retest, same draw [95 % CI]', (row) => [
  row.icc_administrations,
  row.icc_administrations_ci_low,
  row.icc_administrations_ci_high,
]);

const RETEST_TWO_DRAWS = coefficient<GeneralizabilityRow>('Retest, two draws [95 % CI]', (row) => [
  row.icc_draws,
  row.icc_draws_ci_low,
  row.icc_draws_ci_high,
]);

const AGREEMENT: readonly TableColumn<ItemAgreementRow>[] = [
  { heading: 'Over', text: ({ over }) => over },
  {
    heading: 'Equal pairs, %',
    text: ({ agreement }) => (agreement === null ? null : formatNumber(100 * agreement, 0)),
  },
  coefficient('AC1 [95 % CI]', (row) => [row.gwet_ac1, row.gwet_ac1_ci_low, row.gwet_ac1_ci_high]),
  coefficient('Kappa [95 % CI]', (row) => [
    row.fleiss_kappa,
    row.fleiss_kappa_ci_low,
    row.fleiss_kappa_ci_high,
  ]),
];
