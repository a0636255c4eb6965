/** Tables 6 and A5: Cronbach's alpha and omega, of the sheets' instrument and of others. */

import {
  type ReliabilityRow as Corrected,
  tabulateOtherReliability,
  tabulateSheetReliability,
} from '../../../analysis/corrected/reliability.ts';
import type { StudyData } from '../../../analysis/data.ts';
import {
  type ReliabilityRow,
  tabulateBigFiveReliability,
  tabulateEpqraReliability,
} from '../../../analysis/published/reliability.ts';
import { type Mode, RANDOM_ROW, REFERENCE_ROW } from '../../../analysis/table.ts';
import { formatCount } from '../../../numbers.ts';
import { SHEET_INSTRUMENT } from '../../../personas/sheets/sheet.ts';
import { MOST_CATEGORIES } from '../../../statistics/omega.ts';
import type { Difference } from '../../analysis.ts';
import { countsOf, meanedOver, nameOthers, nameSheets, plural } from '../captions.ts';
import type { Claim, MethodsContext, ModeDefinition, TableDefinition } from '../definition.ts';
import { DOES_NOT_APPLY, formatList, formatNumber, NOT_AVAILABLE } from '../format.ts';
import {
  CONDITION,
  estimate,
  type LayoutCell,
  layOutRows,
  MODEL,
  pivotScales,
  type ReasonNotes,
  SCALE,
  show,
  type TableColumn,
} from '../layout.ts';
import { compareCounts, compareValue, oneOf, orUnavailable, type Pairs } from '../pairs.ts';
import { answersOf, isShownAs, sheetsOf } from '../selection.ts';

type Published = ReliabilityRow;

const RELIABILITY: readonly Claim<Corrected>[] = [
  {
    name: 'reliability',
    about: 'Cronbach’s alpha',
    ...{ estimate: 'alpha', low: 'ci_low', high: 'ci_high' },
  },
];

export const sheetReliability: TableDefinition<Published, Corrected> = {
  id: '6',
  keys: ['model', 'population', 'scale'],
  alsoBy: ['instrument'],
  claims: RELIABILITY,
  published: {
    table: '6',
    mode: 'published',
    tabulate: tabulateEpqraReliability,
    title: () => "Cronbach's alpha of the EPQR-A scales",
    notes: (rows) => [
      `Cronbach's alpha of keyed answers.${countsOf(
        rows.map(({ n }) => n),
        'administrations or sheets',
      )} Items on which nobody differs count.`,
    ],
    layOut: (rows, reasons) =>
      pivotScales(rows, [MODEL, CONDITION], (row) => showAlpha(row, reasons)),
    sql: ({ model, population, scale }, study) =>
      sqlOfSheets(
        { instrument: SHEET_INSTRUMENT, model, population, scale, n_incomplete: 0 },
        'published',
        study,
      ),
  },
  corrected: {
    ...correctedOf('6', (rows) => `Cronbach's alpha of the ${nameSheets(rows)} scales`),
    tabulate: tabulateSheetReliability,
    sql: (row, study) => sqlOfSheets(row, 'corrected', study),
  },
  differences: compare,
};

export const otherReliability: TableDefinition<Published, Corrected> = {
  id: 'A5',
  keys: ['model', 'scale'],
  alsoBy: ['instrument', 'population'],
  claims: RELIABILITY,
  published: {
    table: 'A5',
    mode: 'published',
    tabulate: tabulateBigFiveReliability,
    title: () => "Cronbach's alpha of the scales of the Big Five, Base",
    notes: (rows) => [
      `Cronbach's alpha.${countsOf(
        rows.map(({ n }) => n),
        'administrations',
      )} Reference: answered as the reference population itself.`,
    ],
    layOut: (rows, reasons) => pivotScales(rows, [MODEL], (row) => showAlpha(row, reasons)),
    sql: (row, study) =>
      sqlOfOthers(
        { ...row, instrument: 'bigfive', answered_by: null, n_incomplete: 0 },
        'published',
        study,
      ),
  },
  corrected: {
    ...correctedOf('A5', (rows) => `Cronbach's alpha of the scales of ${nameOthers(rows)}`),
    tabulate: tabulateOtherReliability,
    sql: (row, study) => sqlOfOthers(row, 'corrected', study),
  },
  differences: compare,
};

type Traced = Pick<Corrected, 'instrument' | 'model' | 'population' | 'scale' | 'n_incomplete'>;

function sqlOfSheets(row: Traced, mode: Mode, study: StudyData): string {
  const { model, population, scale } = row;
  if (model === REFERENCE_ROW) return sheetsOf('reference', scale, study);
  if (model === RANDOM_ROW) return sheetsOf('random', scale, study);
  return answersOf(
    study,
    {
      mode,
      instrument: row.instrument ?? SHEET_INSTRUMENT,
      model,
      isWanted: isShownAs(population, mode),
    },
    { scale, withSheets: false, incomplete: row.n_incomplete ?? 0, of: 'items' },
  );
}

/**
 * Of instruments that no sheet was filled in for. Published rows leave the reference population out
 * of Base.
 * @param of what a row is computed from: points on every item, or scores, which may lack items
 */
export function sqlOfOthers(
  row: Traced & Pick<Corrected, 'answered_by'>,
  mode: Mode,
  study: StudyData,
  of: 'items' | 'scores' = 'items',
): string {
  const isReferenceRow = row.model === REFERENCE_ROW;
  const isShown = isShownAs(row.population, mode);
  return answersOf(
    study,
    {
      mode,
      instrument: row.instrument ?? 'bigfive',
      model: isReferenceRow ? (row.answered_by ?? null) : row.model,
      isWanted: (population) => {
        if (isReferenceRow) return population.isReference;
        return !(mode === 'published' && population.isReference) && isShown(population);
      },
    },
    { scale: row.scale, withSheets: false, incomplete: row.n_incomplete ?? 0, of },
  );
}

/* Published */

function showAlpha(row: Published, reasons: ReasonNotes): LayoutCell {
  const { alpha } = row;
  if (alpha !== null) return show(formatNumber(alpha, 2), row);
  const why = 'the total of the items does not vary, or there are fewer than 2 persons or items';
  return show(NOT_AVAILABLE, row, reasons.letterOf(why));
}

/* Corrected */

type Shared = Pick<
  ModeDefinition<Corrected>,
  'table' | 'mode' | 'title' | 'notes' | 'methods' | 'layOut'
>;

function correctedOf(table: string, title: Shared['title']): Shared {
  return {
    table,
    mode: 'corrected',
    title,
    notes: correctedNotes,
    methods: describeMethods,
    layOut: (rows, reasons) => layOutRows(rows, [MODEL, CONDITION, SCALE], COLUMNS, reasons),
  };
}

function correctedNotes(rows: readonly Corrected[]): readonly string[] {
  return [
    `Cronbach's alpha of complete administrations with its distribution-free 95 % interval over persons.${countsOf(
      rows.map(({ n }) => n),
      'administrations or sheets',
    )}`,
    `Omega: omega total under a model of one factor, with an interval of the same kind. It is computed from polychoric correlations where items have up to ${MOST_CATEGORIES} answers (Green and Yang), and from covariances where they have more or where the polychoric correlations are a Heywood case.`,
    'Item-total r: correlation of an item with the total of the others. Items on which nobody differs are named, with alpha without them beside.',
  ];
}

const COLUMNS: readonly TableColumn<Corrected>[] = [
  { heading: 'n', text: ({ n }) => formatCount(n) },
  { heading: 'Items', text: ({ k }) => formatCount(k) },
  {
    heading: 'Alpha [95 % CI]',
    text: (row) =>
      estimate(row.alpha, [row.ci_low, row.ci_high], (value) => formatNumber(value, 2), 2),
  },
  {
    heading: 'Omega [95 % CI]',
    text: (row) =>
      estimate(
        row.omega,
        [row.omega_ci_low, row.omega_ci_high],
        (value) => formatNumber(value, 2),
        2,
      ),
  },
  { heading: 'Lowest item-total r', text: showLowestItem },
  {
    heading: 'Constant items',
    text: ({ constant_items: items }) =>
      items === null ? null : items.length === 0 ? 'none' : items.join(', '),
  },
  {
    heading: 'Alpha without them',
    text: ({ constant_items, alpha_without_constant: alpha }) =>
      constant_items?.length === 0
        ? DOES_NOT_APPLY
        : alpha === null
          ? null
          : formatNumber(alpha, 2),
  },
];

/** "0.31 (item 8)", or with every item that is as low. */
function showLowestItem({ item_total_r: rs, item_numbers: items }: Corrected): string | null {
  if (rs === null || items === null) return null;
  const found = rs.flatMap((r, position) => (r === null ? [] : [{ r, item: items[position]! }]));
  if (found.length === 0) return null;
  const lowest = found.reduce((least, { r }) => Math.min(least, r), 1);
  // Equal correlations, but for the rounding of their computation.
  const own = found.filter(({ r }) => r - lowest < 1e-9).map(({ item }) => item);
  return `${formatNumber(lowest, 2)} (item${own.length === 1 ? '' : 's'} ${own.join(', ')})`;
}

/* Methods */

function describeMethods(rows: readonly Corrected[], { study }: MethodsContext): readonly string[] {
  const without = rows.filter((row) => row.alpha !== null && row.ci_low === null).length;
  return [
    `Cronbach’s alpha of all complete administrations${meanedOver(study) === null ? '' : ' pooled'}, with an interval that assumes no distribution (Maydeu-Olivares, Coffman, & Hartmann, 2007): Student’s on the scale of log(1 − alpha), by what each person with all administrations moves alpha, with degrees of freedom by the kurtosis of that (O’Neill, 2014). ` +
      sayOmega(rows) +
      'An item-total correlation is that of an item with the total of the others. Items on which nobody differs stay in and are named, with alpha without them beside; where nothing varies, alpha is not available.' +
      `${without === 0 ? '' : ` ${formatCount(without)} ${plural(without, 'alpha')} ${without === 1 ? 'has' : 'have'} no interval, for the reasons that their rows give.`}`,
  ];
}

function sayOmega(rows: readonly Corrected[]): string {
  const isFitted = (correlations: Corrected['omega_correlations']) =>
    rows.some((row) => row.omega_correlations === correlations);
  const kinds = [
    ...(isFitted('polychoric')
      ? [
          'from polychoric correlations for items with few answers (Green & Yang, 2009), by lavaan’s rule for empty cells',
        ]
      : []),
    ...(isFitted('Pearson')
      ? [
          `from covariances ${isFitted('polychoric') ? 'for others' : 'of the items'} (McDonald, 1999)`,
        ]
      : []),
  ];
  if (kinds.length === 0) return '';
  return `Omega is that of the total under a model of one factor by unweighted least squares, ${formatList(kinds)}, with an interval of the same kind; a Heywood case has none. `;
}

/* Differences */

function compare(pairs: Pairs<Published, Corrected>): Difference[] {
  return pairs.published.flatMap((row): Difference[] => {
    const after = oneOf(pairs.of(row), row.population);
    if (after === null) return [];
    const constant = after.constant_items ?? [];
    const without = `without item${constant.length === 1 ? '' : 's'} ${constant.join(', ')}`;
    return [
      ...compareCounts(pairs, row, { counted: after.n, incomplete: after.n_incomplete }),
      ...compareValue(pairs, row, row.alpha, after.alpha),
      ...(constant.length === 0
        ? []
        : [
            pairs.tell(
              'constant',
              row,
              orUnavailable(row.alpha, 2),
              `${orUnavailable(after.alpha, 2)}; ${orUnavailable(after.alpha_without_constant, 2)} ${without}`,
              'An item that everybody answers alike says nothing about how the items hang together, and counts as one all the same.',
            ),
          ]),
    ];
  });
}
