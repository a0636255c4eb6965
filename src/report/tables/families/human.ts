/** Tables H1 and H2: answers of people beside those of models. */
import {
  type HumanScoreRow,
  type HumanStructureRow,
  tabulateHumanScores,
  tabulateHumanStructure,
} from '../../../analysis/corrected/human.ts';
import { formatCount } from '../../../numbers.ts';
import type { NewTableDefinition } from '../definition.ts';
import { formatNumber } from '../format.ts';
import {
  CONDITION,
  estimate,
  layOutRows,
  MODEL,
  numberColumn,
  SCALE,
  type TableColumn,
} from '../layout.ts';
import { allAnswersOf, answersOf, isShownAs } from '../selection.ts';

const PEOPLE = { heading: 'People', of: ({ people }: { readonly people: string }) => people };

const ONCE =
  'Of each persona, the first administration counts, as each person answered once. The people’s answers are in the tables human_samples, human_people and human_answers.';
const WEIGHTS =
  'Where the file of people has weights, their means, standard deviations, distributions, correlations and alphas are weighted.';

export const humanScores: NewTableDefinition<HumanScoreRow> = {
  id: 'H1',
  keys: ['people', 'instrument', 'model', 'population', 'scale'],
  claims: [
    {
      name: 'human_difference',
      about: 'difference of the mean from that of people, in their standard deviations',
      ...{ estimate: 'delta', low: 'ci_low', high: 'ci_high' },
    },
    {
      name: 'human_variance_ratio',
      about: 'variance by that of people',
      ...{
        estimate: 'variance_ratio',
        low: 'variance_ratio_low',
        high: 'variance_ratio_high',
      },
    },
  ],
  corrected: {
    table: 'H1',
    mode: 'corrected',
    tabulate: tabulateHumanScores,
    title: () => 'Scores of people and models',
    notes: () => [
      'd: difference of the means (model − people) in standard deviations of the people (Glass’s delta). Variance ratio: variance of the model by that of the people; below 1, the model’s personas differ less. KS: largest difference of the two cumulative distributions. 95 % intervals are distribution-free.',
      ONCE,
      WEIGHTS,
    ],
    methods: () => [
      'Answers of people to the same questionnaire stand beside those of the models and are never pooled with them. The difference of the means is given in standard deviations of the people, the variances as a ratio, each with an interval by influence values that assumes no distribution, and the distributions by the Kolmogorov–Smirnov distance. Of each persona, the first administration counts. Nothing is tested.',
    ],
    layOut: (rows, reasons) =>
      layOutRows(rows, [PEOPLE, MODEL, CONDITION, SCALE], SCORE_COLUMNS, reasons),
    behind: ({ instrument, model, population, scale }, study) =>
      answersOf(
        study,
        { mode: 'corrected', instrument, model, isWanted: isShownAs(population, 'corrected') },
        { scale, withSheets: false, incomplete: 0, of: 'scores' },
      ),
  },
};

const two = (value: number) => formatNumber(value, 2);

const SCORE_COLUMNS: readonly TableColumn<HumanScoreRow>[] = [
  { heading: 'n, people', text: ({ n_people: n }) => formatCount(n) },
  { heading: 'n', text: ({ n }) => formatCount(n) },
  { heading: 'M (SD), people', text: (row) => moments(row.mean_people, row.sd_people) },
  { heading: 'M (SD)', text: (row) => moments(row.mean, row.sd) },
  {
    heading: 'd [95 % CI]',
    text: (row) => estimate(row.delta, [row.ci_low, row.ci_high], two, 2),
  },
  numberColumn('SD − SD of people', ({ sd_diff: difference }) => difference, 2),
  {
    heading: 'Variance ratio [95 % CI]',
    text: (row) =>
      estimate(row.variance_ratio, [row.variance_ratio_low, row.variance_ratio_high], two, 2),
  },
  numberColumn('KS', ({ ks }) => ks, 2),
  numberColumn('Alpha, people', ({ alpha_people: alpha }) => alpha, 2),
  numberColumn('Alpha', ({ alpha }) => alpha, 2),
];

function moments(mean: number | null, sd: number | null): string | null {
  return mean === null || sd === null ? null : `${two(mean)} (${two(sd)})`;
}

export const humanStructure: NewTableDefinition<HumanStructureRow> = {
  id: 'H2',
  keys: ['people', 'instrument', 'model', 'population', 'among'],
  corrected: {
    table: 'H2',
    mode: 'corrected',
    tabulate: tabulateHumanStructure,
    title: () => 'Correlations among items and scales, of people and models',
    notes: () => [
      'RMSR: root mean square of the differences between the correlations of the people and those of the model, over all pairs of variables that vary on both sides. Items count as they are answered, before a scale turns them round. The correlations themselves are in the files of the table.',
      ONCE,
      WEIGHTS,
    ],
    methods: () => [
      'The correlations among items, and among scales, of people and models are compared by the root mean square of their differences. Of each persona, the first administration counts. Nothing is tested.',
    ],
    layOut: (rows, reasons) =>
      layOutRows(rows, [PEOPLE, MODEL, CONDITION, AMONG], STRUCTURE_COLUMNS, reasons),
    behind: ({ instrument, model, population }, study) =>
      allAnswersOf(study, {
        mode: 'corrected',
        instrument,
        model,
        isWanted: isShownAs(population, 'corrected'),
      }),
  },
};

const AMONG = { heading: 'Among', of: ({ among }: HumanStructureRow) => among };

const STRUCTURE_COLUMNS: readonly TableColumn<HumanStructureRow>[] = [
  { heading: 'n, people', text: ({ n_people: n }) => formatCount(n) },
  { heading: 'n', text: ({ n }) => formatCount(n) },
  {
    heading: 'Correlations',
    text: ({ n_correlations: count }) => (count === null ? null : formatCount(count)),
  },
  numberColumn('RMSR', ({ rmsr }) => rmsr, 3),
];
