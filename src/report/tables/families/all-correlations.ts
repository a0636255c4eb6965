/** Table B2: correlations between all scales, of one instrument or of two. */
import {
  type AllCorrelationRow,
  tabulateAllCorrelations,
} from '../../../analysis/corrected/correlations.ts';
import { formatCount } from '../../../numbers.ts';
import { correctionOf, countsOf, scoreOfPerson } from '../captions.ts';
import type { NewTableDefinition } from '../definition.ts';
import { formatNumber } from '../format.ts';
import {
  ABSENT,
  distinct,
  fill,
  type Grid,
  groupBy,
  label,
  plainHeading,
  type ReasonNotes,
} from '../layout.ts';
import { isShownAs, scoresBesideOf } from '../selection.ts';

type Row = AllCorrelationRow;

export const allCorrelations: NewTableDefinition<Row> = {
  id: 'B2',
  keys: ['instrument_1', 'scale_1', 'instrument_2', 'scale_2', 'model', 'population'],
  claims: [
    {
      name: 'correlation',
      about: 'correlation of the two scales',
      ...{ estimate: 'r', low: 'ci_low', high: 'ci_high' },
      test: {
        p: 'p',
        shown: 'the scales correlate',
        notShown: 'no correlation of the scales is shown',
      },
    },
  ],
  corrected: {
    table: 'B2',
    mode: 'corrected',
    tabulate: tabulateAllCorrelations,
    title: () => 'Correlations between scales, of one instrument or of two, no scale manipulated',
    notes: (rows) => [
      `Pearson correlations, one score a person.${countsOf(
        rows.map(({ n }) => n),
        'persons',
      )} Intervals and tests are in the CSV and JSON files of this table. ${correctionOf(rows)}`,
      ...(rows.some(({ share_items, r }) => share_items && r !== null)
        ? [
            `${SHARED} The two scales have items in common, as a scale has with its own facets, so that they correlate by construction; not tested.`,
          ]
        : []),
    ],
    methods: (rows, { study }) => [
      `Pearson correlations of every two scales across persons within one model and a population under no condition, ${scoreOfPerson(study)}, with intervals by Fisher’s z and p by t on n − 2 degrees of freedom. The correlations of each pair of instruments are a family of tests of their own.${rows.some(({ share_items }) => share_items) ? ' Scales that have items in common, as a scale has with its facets, correlate by construction and are not tested.' : ''}`,
    ],
    layOut,
    sql: ({ instrument_1, scale_1, instrument_2, scale_2, model, population }, study) =>
      scoresBesideOf(
        study,
        { mode: 'corrected', model, isWanted: isShownAs(population, 'corrected') },
        [
          { instrument: instrument_1, scale: scale_1 },
          { instrument: instrument_2, scale: scale_2 },
        ],
      ),
  },
};

const SHARED = '‡';

const R = {
  heading: '',
  text: ({ r, share_items }: Row) =>
    r === null ? null : `${formatNumber(r, 2)}${share_items ? SHARED : ''}`,
};

/**
 * A line for each scale, with a column for each that any line is correlated with; a section for each
 * pair of instruments, model and population.
 */
function layOut(rows: readonly Row[], reasons: ReasonNotes): Grid {
  const columns = distinct(rows.map(({ scale_2 }) => scale_2));
  return {
    headings: plainHeading('Scale', ...columns),
    labels: 1,
    sections: groupBy(rows, (row) => [
      row.instrument_1,
      row.instrument_2,
      row.model,
      row.population,
    ]).map((block) => {
      const [{ instrument_1, instrument_2, model, population, n }] = block;
      const pair =
        instrument_1 === instrument_2 ? instrument_1 : `${instrument_1} with ${instrument_2}`;
      const who = `${pair}, ${model}, ${population}`;
      return {
        title: block.every((row) => row.n === n) ? `${who} (n = ${formatCount(n)})` : who,
        rows: groupBy(block, ({ scale_1 }) => [scale_1]).map((group) => [
          label(group[0].scale_1),
          ...columns.map((column) => {
            const row = group.find(({ scale_2 }) => scale_2 === column);
            return row === undefined ? ABSENT : fill(R, row, reasons);
          }),
        ]),
      };
    }),
  };
}
