/** Tables A6 and A7: answers beside those of the sheet, item by item. */

import {
  type AccuracyRow as Corrected,
  tabulateBaseAccuracy,
  tabulateManipulatedAccuracy,
} from '../../../analysis/corrected/accuracy.ts';
import type { StudyData } from '../../../analysis/data.ts';
import {
  type AccuracyRow,
  tabulateConditionAccuracy,
  tabulateBaseAccuracy as tabulatePublishedBase,
} from '../../../analysis/published/accuracy.ts';
import { type Mode, RANDOM_ROW, REFERENCE_ROW } from '../../../analysis/table.ts';
import { formatCount } from '../../../numbers.ts';
import { SHEET_INSTRUMENT } from '../../../personas/sheets/sheet.ts';
import { type Difference, hasSheets } from '../../analysis.ts';
import { countsOf, meanedOver } from '../captions.ts';
import type { Behind } from '../chosen.ts';
import { customFormat } from '../custom-format.ts';
import type { MethodsContext, ModeDefinition, TableDefinition } from '../definition.ts';
import { formatNumber, NOT_AVAILABLE } from '../format.ts';
import {
  CONDITION,
  estimate,
  type Grid,
  type Label,
  type LayoutCell,
  label,
  layOutRows,
  MODEL,
  numberColumn,
  plainHeading,
  type ReasonNotes,
  SCALE,
  show,
  type TableColumn,
} from '../layout.ts';
import { differs, orUnavailable, type Pairs } from '../pairs.ts';
import { answersOf, isShownAs, sheetsOf } from '../selection.ts';

type Published = AccuracyRow;

const AGAINST: Label<Corrected> = { heading: 'Against', of: ({ against }) => against };

export const baseAccuracy = define(
  'A6',
  'Answers beside those of the sheet, item by item: no scale manipulated',
  { tabulate: tabulatePublishedBase, notes: publishedNotes, labels: [MODEL, SCALE] },
  { tabulate: tabulateBaseAccuracy, labels: [MODEL, CONDITION, SCALE] },
);

export const manipulatedAccuracy = define(
  'A7',
  'Answers beside those of the sheet, item by item: manipulated conditions',
  {
    tabulate: tabulateConditionAccuracy,
    notes: (rows) => [
      ...publishedNotes(rows),
      'Compared with the unmanipulated sheet, also on the scale that the condition drives.',
    ],
    labels: [MODEL, CONDITION, SCALE],
  },
  { tabulate: tabulateManipulatedAccuracy, labels: [MODEL, CONDITION, SCALE, AGAINST] },
);

function define(
  id: string,
  title: string,
  published: Pick<ModeDefinition<Published>, 'tabulate' | 'notes'> & {
    readonly labels: readonly Label<Published>[];
  },
  corrected: Pick<ModeDefinition<Corrected>, 'tabulate'> & {
    readonly labels: readonly Label<Corrected>[];
  },
): TableDefinition<Published, Corrected> {
  return {
    id,
    keys: ['model', 'population', 'scale'],
    alsoBy: ['instrument', 'against'],
    claims: [
      {
        name: 'accuracy',
        about: 'per cent of answers that are those of the sheet',
        ...{ estimate: 'accuracy', low: 'ci_low', high: 'ci_high' },
      },
      {
        name: 'balanced accuracy',
        about: 'balanced accuracy, in per cent',
        ...{
          estimate: 'balanced_accuracy',
          low: 'balanced_accuracy_ci_low',
          high: 'balanced_accuracy_ci_high',
        },
      },
    ],
    published: {
      table: id,
      mode: 'published',
      tabulate: published.tabulate,
      title: () => title,
      notes: published.notes,
      layOut: (rows, reasons) => layOutPublished(rows, published.labels, reasons),
      behind: (row, study) =>
        behindRow({ ...row, instrument: SHEET_INSTRUMENT, n_incomplete: 0 }, 'published', study),
    },
    corrected: {
      table: id,
      mode: 'corrected',
      tabulate: corrected.tabulate,
      title: () => title,
      notes: correctedNotes,
      methods: describeMethods,
      layOut: (rows, reasons) => layOutRows(rows, corrected.labels, COLUMNS, reasons),
      behind: (row, study) => behindRow(row, 'corrected', study),
    },
    differences: compare,
  };
}

type Traced = Pick<Corrected, 'instrument' | 'model' | 'population' | 'scale' | 'n_incomplete'>;

function behindRow(row: Traced, mode: Mode, study: StudyData): Behind {
  const { model, population, scale } = row;
  if (model === REFERENCE_ROW) return sheetsOf('reference', scale, study);
  if (model === RANDOM_ROW) return sheetsOf('random', scale, study, 'reference');
  return answersOf(
    study,
    {
      mode,
      instrument: row.instrument ?? SHEET_INSTRUMENT,
      model,
      isWanted: isShownAs(population, mode),
    },
    { scale, withSheets: true, incomplete: row.n_incomplete ?? 0, of: 'items' },
  );
}

/* Published */

function publishedNotes(rows: readonly Published[]): readonly string[] {
  return [
    `Per cent of raw answers; Yes is the positive class.${countsOf(
      rows.map(({ n }) => n),
      'answers a row',
    )} A ratio without a denominator is 0, as published.`,
    'MAE and RMSE are of sums of raw Yes answers, in which items keyed in opposite directions cancel.',
  ];
}

function layOutPublished(
  rows: readonly Published[],
  labels: readonly Label<Published>[],
  reasons: ReasonNotes,
): Grid {
  const error = (value: number | null, row: Published): LayoutCell =>
    value === null
      ? show(NOT_AVAILABLE, row, reasons.letterOf('none of the persons has a number'))
      : show(formatNumber(value, 4), row);
  const headings = ['Accuracy', 'Precision', 'Recall', 'Specificity', 'MAE', 'RMSE'];
  return {
    headings: plainHeading(...labels.map(({ heading }) => heading), ...headings),
    labels: labels.length,
    sections: [
      {
        title: null,
        rows: rows.map((row) => [
          ...labels.map(({ of }) => label(of(row))),
          ...[row.accuracy, row.precision, row.recall, row.specificity].map((ratio) =>
            show(customFormat(ratio), row),
          ),
          error(row.mae, row),
          error(row.rmse, row),
        ]),
      },
    ],
  };
}

/* Corrected */

function correctedNotes(rows: readonly Corrected[]): readonly string[] {
  const manipulated = rows.some(({ against }) => against === 'manipulated')
    ? ' "Manipulated" is the sheet after the condition has driven its scale.'
    : '';
  const random = rows.some(({ model }) => model === RANDOM_ROW)
    ? ' Random: the random sheets in the place of answers.'
    : '';
  const counts = countsOf(
    rows.map((row) => row.n_clusters),
    'persons a row',
  );
  if (!haveKeys(rows))
    return [
      `Per cent of answers that count the same as on the sheet, each person counting once.${counts} Accuracy with its 95 % interval over persons. Precision, recall and specificity need items with a key.`,
      `MAE and RMSE are of the sum of the items' points.${manipulated}${random}`,
    ];
  return [
    `Per cent of keyed answers, each person counting once; the keyed answer is the positive class.${counts} Accuracy with its 95 % interval over persons; balanced: mean of recall and specificity. The intervals of the other columns are in the CSV and JSON files of this table.`,
    `MAE and RMSE are of the number of keyed answers.${manipulated}${random}`,
  ];
}

/** Whether answers are right or wrong by a key; also where there is nothing to tell it by. */
function haveKeys(rows: readonly Corrected[]): boolean {
  const compared = rows.filter(({ accuracy }) => accuracy !== null);
  const isKeyed = (row: Corrected) =>
    [row.precision, row.recall, row.specificity].some((share) => share !== null);
  return compared.length === 0 || compared.some(isKeyed);
}

const COLUMNS: readonly TableColumn<Corrected>[] = [
  { heading: 'Persons', text: (row) => formatCount(row.n_clusters) },
  { heading: 'Answers', text: (row) => formatCount(row.n) },
  {
    heading: 'Accuracy [95 % CI]',
    text: (row) =>
      estimate(row.accuracy, [row.ci_low, row.ci_high], (value) => formatNumber(value, 1), 1),
  },
  numberColumn('Precision', (row) => row.precision, 1),
  numberColumn('Recall', (row) => row.recall, 1),
  numberColumn('Specificity', (row) => row.specificity, 1),
  {
    heading: 'Balanced [95 % CI]',
    text: (row) =>
      estimate(
        row.balanced_accuracy,
        [row.balanced_accuracy_ci_low, row.balanced_accuracy_ci_high],
        (value) => formatNumber(value, 1),
        1,
      ),
  },
  numberColumn('MAE', (row) => row.mae, 2),
  numberColumn('RMSE', (row) => row.rmse, 2),
];

/* Methods */

function describeMethods(rows: readonly Corrected[], { study }: MethodsContext): readonly string[] {
  if (!hasSheets(study)) return [];
  const mean = meanedOver(study);
  const isDriven = rows.some(({ against }) => against === 'manipulated');
  const hasRandom = rows.some(({ model }) => model === RANDOM_ROW);
  const hasKeys = haveKeys(rows);
  const points = hasKeys
    ? 'keyed points, so that items keyed in opposite directions do not cancel; positive is the keyed answer'
    : 'points on the scale, reversed items turned round';
  const balanced = `: balanced accuracy, the mean of recall and specificity, stands beside${hasRandom ? ', and the random sheets are rows of their own, compared with the same sheets' : ''}`;
  const random = hasRandom ? ', as it is for the random sheets, which are rows of their own' : '';
  return [
    `Sheet and answers are compared item by item as ${points}. Each person counts once${mean === null ? '' : `, with the ${mean}`}. ` +
      `${hasKeys ? 'Accuracy, precision, recall and specificity have' : 'Accuracy has'} Student’s interval over persons on log odds; where everything is right, or everything wrong, the exact interval of the share of persons (Clopper & Pearson, 1934). ` +
      `${hasKeys ? 'That of balanced accuracy follows from those of recall and specificity (Zou & Donner, 2008). ' : ''}` +
      `On a scale that nearly everybody answers alike, accuracy is high by that alone${hasKeys ? balanced : random}. ` +
      `MAE and RMSE are of the ${hasKeys ? 'number of keyed answers' : 'sum of the items’ points'}, with intervals on the scale of the logarithm. ` +
      `${isDriven ? 'Scales that a condition drives are compared with the original and with the manipulated sheet. ' : ''}` +
      'Ratios without a denominator are not available, not 0.',
  ];
}

/* Differences */

type AccuracyPairs = Pairs<Published, Corrected>;

const RATIOS = ['precision', 'recall', 'specificity'] as const;
const LABELS = {
  precision: 'precision',
  recall: 'recall',
  specificity: 'specificity',
  mae: 'MAE',
  rmse: 'RMSE',
} as const;

const EMPTY_RATIOS = {
  precision: 'no item was answered with Yes',
  recall: 'no item has Yes on the sheet',
  specificity: 'no item has No on the sheet',
} as const;

function compare(pairs: AccuracyPairs): Difference[] {
  return pairs.published.flatMap((row): Difference[] => {
    const candidates = pairs.of(row);
    const original = candidates.find(({ against }) => against === 'original');
    const manipulated = candidates.find(({ against }) => against === 'manipulated');
    if (original === undefined) return [];
    const changed = ([...RATIOS, 'mae', 'rmse'] as const).filter((measure) =>
      differs(row[measure], original[measure], 2),
    );
    const list = (from: Published | Corrected) =>
      changed.map((measure) => `${LABELS[measure]} ${orUnavailable(from[measure], 2)}`).join(', ');
    return [
      ...compareAgreement(pairs, row, original),
      ...(changed.length === 0
        ? []
        : [
            pairs.tell(
              'keyed',
              row,
              list(row),
              list(original),
              'The published figures are of raw Yes answers, in which items keyed in opposite directions are mixed and cancel; the corrected ones are of keyed answers.',
            ),
          ]),
      ...findEmptyRatios(row).map((name) =>
        pairs.tell(
          'ratio',
          row,
          `${LABELS[name]} 0.00`,
          NOT_AVAILABLE,
          `There was nothing to divide by: ${EMPTY_RATIOS[name]}.`,
        ),
      ),
      ...(manipulated === undefined
        ? []
        : [
            pairs.tell(
              'manipulation',
              row,
              `accuracy ${orUnavailable(row.accuracy, 2)} against the unmanipulated sheet`,
              `accuracy ${orUnavailable(manipulated.accuracy, 2)} against the manipulated sheet`,
              'The persona was written from a sheet on which the condition had driven this scale.',
            ),
          ]),
    ];
  });
}

function compareAgreement(pairs: AccuracyPairs, row: Published, original: Corrected): Difference[] {
  if (!differs(row.accuracy, original.accuracy, 2)) return [];
  return [
    pairs.tell(
      'value',
      row,
      `accuracy ${orUnavailable(row.accuracy, 2)}`,
      `accuracy ${orUnavailable(original.accuracy, 2)}`,
      'Only complete administrations that succeeded count, each person once; a person without a sheet is left out, not counted as wrong.',
    ),
  ];
}

/**
 * Which zeros of raw answers stand for 0/0. Where Yes was never answered, every No of the sheets
 * was met; where the sheets hold one kind of answer only, accuracy is the share of that kind which
 * was met.
 */
function findEmptyRatios({
  accuracy,
  precision,
  recall,
  specificity,
}: Published): (typeof RATIOS)[number][] {
  const isSame = (a: number, b: number) => Math.abs(a - b) < 1e-9;
  return [
    ...(precision === 0 && isSame(specificity, 100) ? (['precision'] as const) : []),
    ...(recall === 0 && specificity > 0 && isSame(accuracy, specificity)
      ? (['recall'] as const)
      : []),
    ...(specificity === 0 && recall > 0 && isSame(accuracy, recall)
      ? (['specificity'] as const)
      : []),
  ];
}
