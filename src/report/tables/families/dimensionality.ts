/** Table R2: how many factors the items of a scale, and of a questionnaire, have. */
import {
  type DimensionalityRow as Row,
  tabulateDimensionality,
} from '../../../analysis/corrected/dimensionality.ts';
import type { StudyData } from '../../../analysis/data.ts';
import { RANDOM_ROW, REFERENCE_ROW } from '../../../analysis/table.ts';
import { formatCount } from '../../../numbers.ts';
import {
  FINELY_COUNTED_ITEMS,
  PARALLEL_REPLICATES,
} from '../../../statistics/parallel-analysis.ts';
import { hasSheets } from '../../analysis.ts';
import { countsOf, meanedOver } from '../captions.ts';
import type { NewTableDefinition } from '../definition.ts';
import { DOES_NOT_APPLY, formatNumber } from '../format.ts';
import { CONDITION, layOutRows, MODEL, numberColumn, type TableColumn } from '../layout.ts';
import { allAnswersOf, isShownAs, sheetsOf } from '../selection.ts';
import { sqlOfOthers } from './reliability.ts';

export const dimensionality: NewTableDefinition<Row> = {
  id: 'R2',
  keys: ['instrument', 'model', 'population', 'scale', 'answered_by'],
  corrected: {
    table: 'R2',
    mode: 'corrected',
    tabulate: tabulateDimensionality,
    title: () => 'Dimensionality of scales and questionnaires',
    notes: (rows) => [
      `Eigenvalues of Pearson correlations of the items that vary, all complete administrations pooled.${countsOf(
        rows.map(({ n }) => n),
        'administrations or sheets',
      )}`,
      `Factors by parallel analysis: the first eigenvalues above the 95th percentile of those of ${PARALLEL_REPLICATES} random matrices for as many persons and items (seeded; above ${FINELY_COUNTED_ITEMS} items the number of persons is rounded down to two digits).`,
      `Phi: Tucker’s coefficient of congruence of the loadings on one factor (unweighted least squares) with ${rows.some(({ compared_with }) => compared_with === REFERENCE_ROW) ? 'those of the sheets, or, where no sheets answered the instrument, with the mean loadings of all other rows of the scale' : 'the mean loadings of all other rows of the scale'}.`,
    ],
    methods: (_rows, { study }) => [
      `Eigenvalues of Pearson correlations of the items that vary, all complete administrations${meanedOver(study) === null ? '' : ' pooled'}, and the number of factors by parallel analysis (Horn, 1965) with the 95th percentile of ${PARALLEL_REPLICATES} random matrices for the number of persons. Loadings on one factor by unweighted least squares are compared by Tucker’s coefficient of congruence (Lorenzo-Seva & ten Berge, 2006) with ${hasSheets(study) ? 'those of the sheets, or with the mean of the other rows where no sheets answered the instrument' : 'the mean of the other rows'}. Nothing is tested.`,
    ],
    layOut: (rows, reasons) => layOutRows(rows, [MODEL, CONDITION, ITEMS], COLUMNS, reasons),
    sql,
  },
};

const ITEMS = { heading: 'Scale', of: ({ scale }: Row) => scale ?? 'all items' };

const COLUMNS: readonly TableColumn<Row>[] = [
  { heading: 'n', text: ({ n }) => formatCount(n) },
  { heading: 'Items that vary', text: ({ k }) => formatCount(k) },
  numberColumn('First eigenvalue', ({ eigenvalues }) => eigenvalues?.[0] ?? null, 2),
  numberColumn('First by second', (row) => row.eigenvalue_ratio, 1),
  {
    heading: 'Factors',
    text: ({ n_factors: count }) => (count === null ? null : formatCount(count)),
  },
  {
    heading: 'Phi',
    text: ({ scale, model, answered_by: by, phi }) => {
      if (scale === null || (model === REFERENCE_ROW && by === null)) return DOES_NOT_APPLY;
      return phi === null ? null : formatNumber(phi, 2);
    },
  },
];

function sql(row: Row, study: StudyData): string {
  const { scale, model, population } = row;
  const isSheet = model === RANDOM_ROW || (model === REFERENCE_ROW && row.answered_by === null);
  if (isSheet) return sheetsOf(model === RANDOM_ROW ? 'random' : 'reference', scale, study);
  if (scale !== null) return sqlOfOthers({ ...row, scale }, 'corrected', study);
  return allAnswersOf(study, {
    mode: 'corrected',
    instrument: row.instrument,
    model: row.answered_by ?? model,
    isWanted:
      row.answered_by === null
        ? isShownAs(population, 'corrected')
        : ({ isReference }) => isReference,
  });
}
