/** Table V1: the same traits by two methods. */
import {
  type MultitraitRow as Row,
  tabulateMultitrait,
} from '../../../analysis/corrected/multitrait.ts';
import { REFERENCE_ROW } from '../../../analysis/table.ts';
import { formatCount } from '../../../numbers.ts';
import { countsOf } from '../captions.ts';
import type { NewTableDefinition } from '../definition.ts';
import { formatNumber } from '../format.ts';
import {
  CONDITION,
  estimate,
  fill,
  groupBy,
  label,
  numberColumn,
  plainHeading,
  type TableColumn,
} from '../layout.ts';
import { isShownAs, scoresByScaleOf } from '../selection.ts';

export const multitrait: NewTableDefinition<Row> = {
  id: 'V1',
  keys: ['population', 'model_1', 'instrument_1', 'model_2', 'instrument_2'],
  corrected: {
    table: 'V1',
    mode: 'corrected',
    tabulate: tabulateMultitrait,
    title: () => 'Convergent and discriminant correlations between methods, no scale manipulated',
    notes: (rows) => [
      `A method is a questionnaire that a model answered, or the sheets. Two methods differ in the questionnaire, in its form, or in the model; traits are the same where scales have the same name. Of a questionnaire with a single total, the traits are its facets.${countsOf(
        rows.map(({ n }) => n),
        'persons',
      )}`,
      'Same trait: mean correlation. Different traits: mean of absolute correlations, which chance alone makes larger than 0, by about 0.8/√n. A gap above 0 says that methods tell traits apart.',
      'Disattenuated: the correlations of the same trait divided by the root of the product of both alphas, where both are 0.50 or more; intervals longer than 1 are left out. 95 % intervals by the influence of each person, of the mean correlation on Fisher’s z; nothing is tested.',
    ],
    methods: () => [
      'Correlations of one score a person by two methods (Campbell & Fiske, 1959): two questionnaires or forms of one, two models, or the sheets and a model, on the traits that scales of the same name measure. Means are over traits; those of different traits are of absolute correlations. Disattenuated correlations are divided by the root of the product of the alphas of the persons’ mean answers, where both are 0.50 or more. Intervals are Student’s by the influence of each person.',
    ],
    layOut: (rows, reasons) => ({
      headings: plainHeading(
        'Methods',
        CONDITION.heading,
        ...COLUMNS.map(({ heading }) => heading),
      ),
      labels: 2,
      sections: groupBy(rows, kindOf).map((group) => ({
        title: kindOf(group[0])[0]!,
        rows: group.map((row) => [
          label(namesOf(row)),
          label(row.population),
          ...COLUMNS.map((column) => fill(column, row, reasons)),
        ]),
      })),
    }),
    behind: ({ population, model_1, instrument_1, model_2, instrument_2 }, study) =>
      scoresByScaleOf(
        study,
        [
          { model: model_1, instrument: instrument_1 },
          { model: model_2, instrument: instrument_2 },
        ]
          // The sheets' own rows are those of Table 4.
          .filter(({ model }) => model !== REFERENCE_ROW)
          .map((one) => ({ ...one, isWanted: isShownAs(population, 'corrected') })),
      ),
  },
};

function kindOf({ model_1, model_2, instrument_1, instrument_2 }: Row): readonly string[] {
  if (model_1 === REFERENCE_ROW) return ['Sheets and models'];
  if (model_1 !== model_2) return ['Two models'];
  return [isSameQuestionnaire(instrument_1, instrument_2) ? TWO_FORMS : 'Two questionnaires'];
}

const TWO_FORMS = 'Two forms of a questionnaire, such as two languages';

/** Forms are called by the questionnaire, with what tells them apart in brackets. */
function isSameQuestionnaire(first: string, second: string): boolean {
  return first.split(' (')[0] === second.split(' (')[0];
}

function namesOf({ model_1, instrument_1, model_2, instrument_2 }: Row): string {
  if (model_1 === REFERENCE_ROW) return `sheets, ${model_2}: ${instrument_2}`;
  return model_1 === model_2
    ? `${model_1}: ${instrument_1}, ${instrument_2}`
    : `${model_1}, ${model_2}: ${instrument_1}`;
}

const twoPlaces = (value: number) => formatNumber(value, 2);

const COLUMNS: readonly TableColumn<Row>[] = [
  { heading: 'n', text: ({ n }) => formatCount(n) },
  { heading: 'Traits', text: ({ traits }) => formatCount(traits.length) },
  {
    heading: 'Same trait [95 % CI]',
    text: (row) =>
      estimate(row.monotrait_r, [row.monotrait_ci_low, row.monotrait_ci_high], twoPlaces, 2),
  },
  numberColumn('Different traits', ({ heterotrait_r: r }) => r, 2),
  {
    heading: 'Gap [95 % CI]',
    text: (row) => estimate(row.gap, [row.gap_ci_low, row.gap_ci_high], twoPlaces, 2),
  },
  {
    heading: 'Disattenuated [95 % CI]',
    text: (row) =>
      estimate(
        row.disattenuated_r,
        [row.disattenuated_ci_low, row.disattenuated_ci_high],
        twoPlaces,
        2,
      ),
  },
];
