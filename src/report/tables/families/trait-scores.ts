/** Table A4: scores on every instrument that no sheet was filled in for. */
import {
  type TraitScoreRow as Corrected,
  tabulateTraitScores as tabulateCorrected,
} from '../../../analysis/corrected/trait-scores.ts';
import {
  type TraitScoreRow,
  tabulateTraitScores,
} from '../../../analysis/published/trait-scores.ts';
import { REFERENCE_ROW } from '../../../analysis/table.ts';
import { formatCount } from '../../../numbers.ts';
import { countsOf, haveSeveral, nameOthers, scoreOfPerson } from '../captions.ts';
import { customFormat } from '../custom-format.ts';
import type { TableDefinition } from '../definition.ts';
import {
  DOES_NOT_APPLY,
  formatAdministrations,
  formatDifference,
  formatNumber,
} from '../format.ts';
import {
  CONDITION,
  distinct,
  estimate,
  forPeople,
  groupBy,
  layOutRows,
  MODEL,
  numberColumn,
  pivotScales,
  SCALE,
  show,
  type TableColumn,
} from '../layout.ts';
import { compareCounts, compareValue, oneOf } from '../pairs.ts';
import { sqlOfOthers } from './reliability.ts';

type Published = TraitScoreRow;
type Printed = Published & { readonly text: string };

export const traitScores: TableDefinition<Published, Corrected, Printed> = {
  id: 'A4',
  keys: ['model', 'scale'],
  alsoBy: ['instrument', 'population'],
  claims: [
    {
      name: 'mean',
      about: 'mean score',
      ...{ estimate: 'mean', low: 'ci_low', high: 'ci_high' },
    },
  ],
  published: {
    table: 'A4',
    mode: 'published',
    tabulate: tabulateTraitScores,
    print: (row) => ({ ...row, text: `${customFormat(row.mean)} $\\pm$ ${customFormat(row.sd)}` }),
    title: () => 'Scale scores of the Big Five, Base',
    notes: (rows) => [
      `Mean ± SD of the mean of a scale's items.${countsOf(
        rows.map(({ n }) => n),
        'experiments',
      )} Reference: answered as the reference population itself.`,
    ],
    layOut: (rows) => pivotScales(rows, [MODEL], (row) => show(forPeople(row.text), row)),
    sql: (row, study) =>
      sqlOfOthers(
        { ...row, instrument: 'bigfive', answered_by: null, n_incomplete: 0 },
        'published',
        study,
      ),
  },
  corrected: {
    table: 'A4',
    mode: 'corrected',
    tabulate: tabulateCorrected,
    title: (rows) => `Scale scores of ${nameOthers(rows)}`,
    notes: (rows) => [
      `Mean of one score a person with its 95 % interval.${countsOf(
        rows.map(({ n }) => n),
        'persons',
      )}${haveSeveral(rows) ? ' A score is the mean of m administrations; means vary less than single ones do, whose SD stands beside.' : ''}`,
      ...(rows.some(({ model }) => model === REFERENCE_ROW)
        ? ['Reference: what a model answered as the reference population itself.']
        : []),
      ...normsOf(rows),
    ],
    methods: (rows, { study }) => [
      `Mean over persons of ${scoreOfPerson(study)}, with Student’s interval, or, within a tenth of the scale’s length from an end, that on log odds.${rows.some(({ norm_mean }) => norm_mean !== null) ? ' Means are compared with those of norms in points and in standard deviations of the norm, and standard deviations by their ratio, with an interval from the kurtosis of the scores (Bonett, 2006) and, where the size of the norm’s sample is known, from normal theory for the norm.' : ''} Nothing is tested.`,
    ],
    layOut: (rows, reasons) =>
      layOutRows(
        rows,
        [MODEL, CONDITION, SCALE],
        [
          ...COLUMNS.filter((column) => column !== SD_SINGLE || haveSeveral(rows)),
          ...(rows.some(({ norm_mean }) => norm_mean !== null) ? NORM_COLUMNS : []),
        ],
        reasons,
      ),
    sql: (row, study) => sqlOfOthers(row, 'corrected', study, 'scores'),
  },
  differences: (pairs) =>
    pairs.published.flatMap((row) => {
      const after = oneOf(pairs.of(row), row.population);
      if (after === null) return [];
      return [
        ...compareCounts(pairs, row, {
          counted: after.n_administrations,
          incomplete: after.n_incomplete,
        }),
        ...compareValue(pairs, row, row.mean, after.mean),
      ];
    }),
};

const SD_SINGLE: TableColumn<Corrected> = numberColumn('SD, one admin.', (row) => row.sd_single, 2);

const COLUMNS: readonly TableColumn<Corrected>[] = [
  { heading: 'n', text: ({ n }) => formatCount(n) },
  { heading: 'm', text: ({ m }) => (m === null ? DOES_NOT_APPLY : formatAdministrations(m)) },
  {
    heading: 'Mean [95 % CI]',
    text: (row) =>
      estimate(row.mean, [row.ci_low, row.ci_high], (value) => formatNumber(value, 2), 2),
  },
  numberColumn('SD', (row) => row.sd, 2),
  SD_SINGLE,
];

/** Of rows whose scale has a norm. */
function ofNorm(heading: string, of: (row: Corrected) => number | null): TableColumn<Corrected> {
  return {
    heading,
    text: (row) => {
      if (row.norm_mean === null) return DOES_NOT_APPLY;
      const value = of(row);
      return value === null ? null : formatDifference(value, 2);
    },
  };
}

const NORM_COLUMNS: readonly TableColumn<Corrected>[] = [
  ofNorm('Minus norm', (row) => row.norm_diff),
  ofNorm('d to norm', (row) => row.norm_d),
  {
    heading: 'SD by norm SD [95 % CI]',
    text: (row) =>
      row.norm_mean === null
        ? DOES_NOT_APPLY
        : estimate(
            row.norm_sd_ratio,
            [row.norm_sd_ratio_ci_low, row.norm_sd_ratio_ci_high],
            (value) => formatNumber(value, 2),
            2,
          ),
  },
];

/** Whose norms they are, and where they stand. */
function normsOf(rows: readonly Corrected[]): readonly string[] {
  const groups = groupBy(
    rows.filter(({ norm_group }) => norm_group !== null),
    ({ instrument, norm_group, norm_source }) => [instrument, norm_group, norm_source],
  );
  if (groups.length === 0) return [];
  const norms = groups.map((group) => {
    const [{ instrument, norm_group, norm_source }] = group;
    return `${instrument} (${distinct(group.map(({ scale }) => scale)).join(', ')}): ${norm_group}, ${norm_source}`;
  });
  return [
    `Norms: ${norms.join('; ')}. Minus norm: mean minus that of the norm, in points; d: the same in standard deviations of the norm. SD by norm SD: below 1 where the scores differ less from each other than people’s in the norm do; the interval assumes no normal distribution of the scores (Bonett, 2006). The persons are no sample of the norm’s population.`,
  ];
}
