/**
 * A table as people read it: headings, rows of text, notes. Published tables are laid out as the study prints them, corrected ones
 * with estimate, interval and adjusted p in a row. Markdown, LaTeX and the report's page only write down what stands here.
 */

import { BASE } from '../../analysis/models.ts';
import type { Cell, Table } from '../../analysis/table.ts';
import { findCondition } from '../../personas/sheets/conditions.ts';
import { describeTable, fieldOfMetric, LOST_IN_PRINT, labelField, labelMetric } from './captions.ts';
import { customFormat } from './custom-format.ts';
import { DOES_NOT_APPLY, formatCount, formatDifference, formatInterval, formatNumber, formatP, NOT_AVAILABLE } from './format.ts';
import { withText } from './published-text.ts';

export type Row = Readonly<Record<string, Cell>>;

export interface LayoutCell {
  readonly text: string;
  /** How the study sets a correlation apart. */
  readonly style: 'plain' | 'bold' | 'italic' | 'underlined';
  /** Row of the table that the cell shows; null for labels and for what is not in the table. */
  readonly row: Row | null;
  /** Letter of the note that says why there is nothing, or what else to know. */
  readonly note: string | null;
}

export interface HeadingCell {
  readonly text: string;
  /** Columns that it stands over. */
  readonly span: number;
}

interface LayoutSection {
  /** Null where the table is of one piece. */
  readonly title: string | null;
  readonly rows: readonly (readonly LayoutCell[])[];
}

export interface Layout {
  readonly table: Table['table'];
  readonly mode: Table['mode'];
  readonly isSimulated: boolean;
  readonly title: string;
  /** From the top: groups of columns, where there are any, and columns. */
  readonly headings: readonly (readonly HeadingCell[])[];
  /** Columns on the left that are labels. */
  readonly labels: number;
  readonly sections: readonly LayoutSection[];
  /** Full sentences on the table as a whole. */
  readonly notes: readonly string[];
  /** What the letters stand for. */
  readonly reasons: readonly { readonly letter: string; readonly text: string }[];
}

/** @param table as computed, without texts */
export function layOutTable(table: Table): Layout {
  const reasons = new ReasonNotes();
  const { title, notes } = describeTable(table);
  const grid = table.mode === 'published' ? layOutPublished(withoutMarkers(withText(table)), reasons) : layOutCorrected(table, reasons);
  return {
    table: table.table,
    mode: table.mode,
    isSimulated: table.data_origin === 'simulated',
    title,
    ...grid,
    notes: table.rows.length === 0 ? [...notes, 'There are no rows for this table in the data.'] : notes,
    reasons: reasons.list(),
  };
}

/** Of simulated data, no marker of significance is shown: nothing was found out. Other tables stay as they are. */
export function withoutMarkers(table: Table): Table {
  if (table.data_origin !== 'simulated') return table;
  return {
    ...table,
    rows: table.rows.map((row) => ({
      ...row,
      ...('marker' in row ? { marker: '' } : {}),
      ...(typeof row.text === 'string'
        ? { text: table.table === '5' ? readEmphasis(row.text).text : row.text.replace(/[‡†*¶§]+$/u, '') }
        : {}),
    })),
  };
}

type Grid = Pick<Layout, 'headings' | 'labels' | 'sections'>;

/** Notes that cells refer to by letter, in the order in which they are first needed. */
class ReasonNotes {
  readonly #letters = new Map<string, string>();

  letterOf(reason: string): string {
    const known = this.#letters.get(reason);
    if (known !== undefined) return known;
    const letter = nameColumn(this.#letters.size);
    this.#letters.set(reason, letter);
    return letter;
  }

  list(): Layout['reasons'] {
    return [...this.#letters].map(([text, letter]) => ({ letter, text }));
  }
}

/** a to z, then aa, ab, … */
function nameColumn(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : `${nameColumn(Math.floor(index / 26) - 1)}${last}`;
}

function label(text: Cell | undefined): LayoutCell {
  return { text: text === null || text === undefined ? '' : String(text), style: 'plain', row: null, note: null };
}

function show(text: string, row: Row, note: string | null = null, style: LayoutCell['style'] = 'plain'): LayoutCell {
  return { text, style, row, note };
}

/** Not in the table at all. */
const ABSENT: LayoutCell = { text: DOES_NOT_APPLY, style: 'plain', row: null, note: null };

function plainHeading(...texts: readonly string[]): readonly HeadingCell[][] {
  return [texts.map((text) => ({ text, span: 1 }))];
}

/** Distinct values of a column in order of appearance. */
function valuesOf(rows: readonly Row[], column: string): Cell[] {
  return [...new Set(rows.map((row) => row[column] ?? null))];
}

/** Rows by the values of some columns, in order of appearance. */
function groupBy(rows: readonly Row[], ...columns: readonly string[]): Row[][] {
  return [...Map.groupBy(rows, (row) => JSON.stringify(columns.map((column) => row[column] ?? null))).values()];
}

/* Published */

function layOutPublished({ table, rows }: Table, reasons: ReasonNotes): Grid {
  switch (table) {
    case '1':
    case '2':
    case '3':
      return layOutPublishedDemographics(rows);
    case '4':
      return pivotScales(rows, ['model', 'population'], (row) => show(forPeople(String(row.text)), row));
    case '5':
      return layOutPublishedCorrelations(rows, reasons);
    case '6':
      return pivotScales(rows, ['model', 'population'], (row) => showAlpha(row, reasons));
    case 'A4':
      return pivotScales(rows, ['model'], (row) => show(forPeople(String(row.text)), row));
    case 'A5':
      return pivotScales(rows, ['model'], (row) => showAlpha(row, reasons));
    case 'A6':
      return layOutPublishedAccuracy(rows, ['model', 'scale'], reasons);
    case 'A7':
      return layOutPublishedAccuracy(rows, ['model', 'population', 'scale'], reasons);
  }
}

const HEADINGS: Readonly<Record<string, string>> = { model: 'Model', population: 'Condition', scale: 'Scale' };

/** Signs as in print. */
function forPeople(text: string): string {
  return text.replace(String.raw`$\pm$`, '±').replace(/^-/, '\u2212');
}

/** More columns of conditions than in print: then each model has a block of its own. */
const MOST_CONDITIONS = 6;

const BASE_LABEL = findCondition(BASE).label;

function layOutPublishedDemographics(rows: readonly Row[]): Grid {
  const columns = groupBy(rows, 'model', 'condition').map(([first]) => first!);
  const isWide = columns.length > MOST_CONDITIONS;
  const models = groupBy(columns, 'model');
  const conditions = isWide ? valuesOf(columns, 'condition').map((condition) => ({ condition })) : columns;
  const heading = plainHeading('Field', 'Category', ...conditions.map(({ condition }) => String(condition)));
  const blocks = isWide ? groupBy(rows, 'model') : rows.length === 0 ? [] : [rows];
  return {
    headings: isWide
      ? heading
      : [[{ text: '', span: 2 }, ...models.map((group) => ({ text: String(group[0]!.model), span: group.length }))], ...heading],
    labels: 2,
    sections: blocks.map((block) => ({
      title: isWide ? String(block[0]!.model) : null,
      rows: sortAsPrinted(groupBy(block, 'metric')).map((ofMetric) => {
        const metric = String(ofMetric[0]!.metric);
        const name = `${labelMetric(metric)}${LOST_IN_PRINT.has(metric) ? ' (not printed)' : ''}`;
        const cells = conditions.map((column) => {
          const row = ofMetric.find((one) => one.condition === column.condition && (isWide || one.model === (column as Row).model));
          return row === undefined ? ABSENT : show(String(row.text), row);
        });
        return [label(labelField(fieldOfMetric(metric))), label(name), ...cells];
      }),
    })),
  };
}

/** Within a field, the study prints categories in alphabetical order. */
function sortAsPrinted(metrics: readonly Row[][]): readonly Row[][] {
  const nameOf = ([row]: readonly Row[]) => String(row!.metric);
  const fields = [...new Set(metrics.map((rows) => fieldOfMetric(nameOf(rows))))];
  return fields.flatMap((field) => {
    const ofField = metrics.filter((rows) => fieldOfMetric(nameOf(rows)) === field);
    return ofField.sort((a, b) => (labelMetric(nameOf(a)) < labelMetric(nameOf(b)) ? -1 : 1));
  });
}

/** One column a scale. */
function pivotScales(rows: readonly Row[], labels: readonly string[], cell: (row: Row) => LayoutCell): Grid {
  const scales = valuesOf(rows, 'scale');
  return {
    headings: plainHeading(...labels.map((name) => HEADINGS[name]!), ...scales.map(String)),
    labels: labels.length,
    sections: [
      {
        title: null,
        rows: groupBy(rows, ...labels).map((group) => [
          ...labels.map((name) => label(group[0]![name])),
          ...scales.map((scale) => {
            const row = group.find((one) => one.scale === scale);
            return row === undefined ? ABSENT : cell(row);
          }),
        ]),
      },
    ],
  };
}

function showAlpha(row: Row, reasons: ReasonNotes): LayoutCell {
  return typeof row.alpha === 'number'
    ? show(formatNumber(row.alpha, 2), row)
    : show(NOT_AVAILABLE, row, reasons.letterOf('the total of the items does not vary, or there are fewer than 2 persons or items'));
}

function layOutPublishedCorrelations(rows: readonly Row[], reasons: ReasonNotes): Grid {
  const columns = valuesOf(rows, 'bigfive_scale');
  return {
    headings: plainHeading('EPQR-A', ...columns.map(String)),
    labels: 1,
    sections: groupBy(rows, 'model').map((ofModel) => ({
      title: String(ofModel[0]!.model),
      rows: groupBy(ofModel, 'epqra_scale').map((group) => [
        label(group[0]!.epqra_scale),
        ...columns.map((column) => {
          const row = group.find((one) => one.bigfive_scale === column);
          return row === undefined ? ABSENT : showPublishedCorrelation(row, reasons);
        }),
      ]),
    })),
  };
}

function showPublishedCorrelation(row: Row, reasons: ReasonNotes): LayoutCell {
  const { text, style } = readEmphasis(String(row.text));
  if (row.r === null && !text.startsWith('n<')) return show(NOT_AVAILABLE, row, reasons.letterOf('one of the scores does not vary'));
  return show(forPeople(text), row, null, style);
}

/** Takes the study's Markdown for levels of p apart. */
function readEmphasis(text: string): Pick<LayoutCell, 'text' | 'style'> {
  const [, mark, inner] = /^(\*\*|\*|<u>)(.*?)(?:\*\*|\*|<\/u>)$/.exec(text) ?? [];
  if (mark === undefined || inner === undefined) return { text, style: 'plain' };
  return { text: inner, style: mark === '**' ? 'bold' : mark === '*' ? 'italic' : 'underlined' };
}

function layOutPublishedAccuracy(rows: readonly Row[], labels: readonly string[], reasons: ReasonNotes): Grid {
  const errors = ['mae', 'rmse'].map((name) => (row: Row) => {
    const value = row[name];
    return typeof value === 'number'
      ? show(formatNumber(value, 4), row)
      : show(NOT_AVAILABLE, row, reasons.letterOf('none of the persons has a number'));
  });
  const ratios = ['accuracy', 'precision', 'recall', 'specificity'].map(
    (name) => (row: Row) => show(customFormat(row[name] as number), row),
  );
  return {
    headings: plainHeading(...labels.map((name) => HEADINGS[name]!), 'Accuracy', 'Precision', 'Recall', 'Specificity', 'MAE', 'RMSE'),
    labels: labels.length,
    sections: [
      {
        title: null,
        rows: rows.map((row) => [...labels.map((name) => label(row[name])), ...[...ratios, ...errors].map((cell) => cell(row))]),
      },
    ],
  };
}

/* Corrected */

function layOutCorrected({ table, rows }: Table, reasons: ReasonNotes): Grid {
  switch (table) {
    case '1':
    case '2':
    case '3':
      return layOutCorrectedDemographics(rows, reasons);
    case '4':
      return layOutColumns(rows, ['model', 'population', 'scale'], SCALE_SCORE_COLUMNS, reasons);
    case '5':
      return layOutCorrectedCorrelations(rows, reasons);
    case '6':
    case 'A5':
      return layOutColumns(rows, ['model', 'population', 'scale'], RELIABILITY_COLUMNS, reasons);
    case 'A4':
      return layOutColumns(rows, ['model', 'population', 'scale'], TRAIT_SCORE_COLUMNS, reasons);
    case 'A6':
      return layOutColumns(rows, ['model', 'population', 'scale'], ACCURACY_COLUMNS, reasons);
    case 'A7':
      return layOutColumns(rows, ['model', 'population', 'scale', 'against'], ACCURACY_COLUMNS, reasons);
  }
}

/** What a column makes of a row: null where there is no value, `DOES_NOT_APPLY` where none is asked for. */
interface Column {
  readonly heading: string;
  readonly text: (row: Row) => string | null;
}

function numberColumn(heading: string, name: string, decimals: number): Column {
  return { heading, text: (row) => (typeof row[name] === 'number' ? formatNumber(row[name], decimals) : null) };
}

function estimate(
  row: Row,
  name: string,
  low: string,
  high: string,
  format: (value: number) => string,
  decimals: number,
  factor = 1,
): string | null {
  const value = row[name];
  if (typeof value !== 'number') return null;
  const [from, to] = [row[low], row[high]];
  const span =
    typeof from === 'number' && typeof to === 'number' ? formatInterval(from * factor, to * factor, decimals) : `[${NOT_AVAILABLE}]`;
  return `${format(value * factor)} ${span}`;
}

function only(test: string, column: Column): Column {
  return { heading: column.heading, text: (row) => (row.test === test ? column.text(row) : DOES_NOT_APPLY) };
}

function pColumn(heading: string, name: string): Column {
  return { heading, text: (row) => (typeof row[name] === 'number' ? formatP(row[name]) : null) };
}

const N: Column = { heading: 'n', text: (row) => formatCount(Number(row.n)) };

const SCALE_SCORE_COLUMNS: readonly Column[] = [
  N,
  {
    heading: 'Mean (SD)',
    text: (row) =>
      typeof row.mean !== 'number'
        ? null
        : `${formatNumber(row.mean, 2)} (${typeof row.sd === 'number' ? formatNumber(row.sd, 2) : NOT_AVAILABLE})`,
  },
  {
    heading: 'Sheet or target',
    text: (row) => (row.test === 'baseline' ? DOES_NOT_APPLY : typeof row.ref_mean === 'number' ? formatNumber(row.ref_mean, 2) : null),
  },
  {
    heading: 'Difference [95 % CI]',
    text: (row) =>
      row.test === 'baseline' ? DOES_NOT_APPLY : estimate(row, 'diff', 'ci_low', 'ci_high', (value) => formatDifference(value, 2), 2),
  },
  only('fidelity', pColumn('p adj.', 'p_adjusted')),
  only('fidelity', numberColumn('d_z', 'd_z', 2)),
  only('fidelity', numberColumn('d_av', 'd_av', 2)),
  only('fidelity', { heading: 'Equivalent', text: (row) => (typeof row.equivalent !== 'boolean' ? null : row.equivalent ? 'yes' : 'no') }),
  only('fidelity', pColumn('p equiv. adj.', 'p_equivalence_adjusted')),
  only('fidelity', {
    heading: 'ICC(A,1) [95 % CI]',
    text: (row) => estimate(row, 'icc', 'icc_ci_low', 'icc_ci_high', (value) => formatNumber(value, 2), 2),
  }),
  only('manipulation check', {
    heading: 'At target, % [95 % CI]',
    text: (row) => estimate(row, 'share_at_target', 'share_ci_low', 'share_ci_high', (value) => formatNumber(value, 1), 1, 100),
  }),
];

const RELIABILITY_COLUMNS: readonly Column[] = [
  N,
  { heading: 'Items', text: (row) => formatCount(Number(row.k)) },
  { heading: 'Alpha [95 % CI]', text: (row) => estimate(row, 'alpha', 'ci_low', 'ci_high', (value) => formatNumber(value, 2), 2) },
  {
    heading: 'Bootstrap 95 % CI',
    text: ({ bootstrap_ci_low: low, bootstrap_ci_high: high }) =>
      typeof low === 'number' && typeof high === 'number' ? formatInterval(low, high, 2) : null,
  },
  { heading: 'Lowest item-total r', text: showLowestItem },
  {
    heading: 'Constant items',
    text: ({ constant_items: items }) => (Array.isArray(items) ? (items.length === 0 ? 'none' : items.join(', ')) : null),
  },
  {
    heading: 'Alpha without them',
    text: (row) =>
      Array.isArray(row.constant_items) && row.constant_items.length === 0
        ? DOES_NOT_APPLY
        : typeof row.alpha_without_constant === 'number'
          ? formatNumber(row.alpha_without_constant, 2)
          : null,
  },
];

/** "0.31 (item 8)", or with every item that is as low. */
function showLowestItem({ item_total_r: rs, item_numbers: items }: Row): string | null {
  if (!Array.isArray(rs) || !Array.isArray(items)) return null;
  const found = rs.flatMap((r, position) => (typeof r === 'number' ? [{ r, item: items[position] as number }] : []));
  if (found.length === 0) return null;
  const lowest = found.reduce((least, { r }) => Math.min(least, r), 1);
  // Equal correlations, but for the rounding of their computation.
  const own = found.filter(({ r }) => r - lowest < 1e-9).map(({ item }) => item);
  return `${formatNumber(lowest, 2)} (item${own.length === 1 ? '' : 's'} ${own.join(', ')})`;
}

const TRAIT_SCORE_COLUMNS: readonly Column[] = [
  N,
  { heading: 'Mean [95 % CI]', text: (row) => estimate(row, 'mean', 'ci_low', 'ci_high', (value) => formatNumber(value, 2), 2) },
  numberColumn('SD', 'sd', 2),
];

const ACCURACY_COLUMNS: readonly Column[] = [
  { heading: 'Persons', text: (row) => formatCount(Number(row.n_clusters)) },
  { heading: 'Answers', text: (row) => formatCount(Number(row.n)) },
  { heading: 'Accuracy [95 % CI]', text: (row) => estimate(row, 'accuracy', 'ci_low', 'ci_high', (value) => formatNumber(value, 1), 1) },
  numberColumn('Precision', 'precision', 1),
  numberColumn('Recall', 'recall', 1),
  numberColumn('Specificity', 'specificity', 1),
  numberColumn('Balanced', 'balanced_accuracy', 1),
  numberColumn('MAE', 'mae', 2),
  numberColumn('RMSE', 'rmse', 2),
];

const CORRECTED_HEADINGS: Readonly<Record<string, string>> = {
  instrument: 'Instrument',
  model: 'Model',
  population: 'Condition',
  scale: 'Scale',
  against: 'Against',
};

/** One row of text a row; a column for the instrument only where there are several. */
function layOutColumns(rows: readonly Row[], names: readonly string[], columns: readonly Column[], reasons: ReasonNotes): Grid {
  const labels = valuesOf(rows, 'instrument').length > 1 ? ['instrument', ...names] : names;
  return {
    headings: plainHeading(...labels.map((name) => CORRECTED_HEADINGS[name]!), ...columns.map(({ heading }) => heading)),
    labels: labels.length,
    sections: [
      {
        title: null,
        rows: rows.map((row) => [...labels.map((name) => label(row[name])), ...columns.map((column) => fill(column, row, reasons))]),
      },
    ],
  };
}

function fill({ text }: Column, row: Row, reasons: ReasonNotes): LayoutCell {
  const written = text(row);
  const isMissing = written === null || written.includes(NOT_AVAILABLE);
  return show(written ?? NOT_AVAILABLE, row, isMissing ? reasons.letterOf(String(row.reason ?? 'not defined for these data')) : null);
}

const SHARE: Column = {
  heading: 'Share [95 % CI]',
  text: (row) => estimate(row, 'share', 'share_ci_low', 'share_ci_high', (value) => formatNumber(value, 1), 1, 100),
};

const SHIFT: readonly Column[] = [
  {
    heading: 'Difference [95 % CI]',
    text: (row) => estimate(row, 'diff', 'ci_low', 'ci_high', (value) => formatDifference(value, 1), 1, 100),
  },
  pColumn('p adj.', 'p_adjusted'),
];

/** A block a model: one row a category, for each condition its share and, but for Base, its difference from Base. */
function layOutCorrectedDemographics(rows: readonly Row[], reasons: ReasonNotes): Grid {
  const conditions = valuesOf(rows, 'condition').map((condition) => {
    const isBase = rows.every((row) => row.condition !== condition || row.condition === BASE_LABEL);
    return { condition, columns: isBase ? [SHARE] : [SHARE, ...SHIFT] };
  });
  return {
    headings: [
      [{ text: '', span: 2 }, ...conditions.map(({ condition, columns }) => ({ text: String(condition), span: columns.length }))],
      ...plainHeading('Field', 'Category', ...conditions.flatMap(({ columns }) => columns.map(({ heading }) => heading))),
    ],
    labels: 2,
    sections: groupBy(rows, 'model').map((ofModel) => ({
      title: `${ofModel[0]!.model} (${describeSizes(ofModel)})`,
      rows: groupBy(ofModel, 'metric').map((group) => {
        const metric = String(group[0]!.metric);
        const cells = conditions.flatMap(({ condition, columns }) => {
          const row = group.find((one) => one.condition === condition);
          return columns.map((column) => (row === undefined ? ABSENT : fill(column, row, reasons)));
        });
        return [label(labelField(fieldOfMetric(metric))), label(labelMetric(metric)), ...cells];
      }),
    })),
  };
}

/** "Base n = 200, MaxN n = 200" */
function describeSizes(ofModel: readonly Row[]): string {
  return groupBy(ofModel, 'condition')
    .map(([row]) => `${row!.condition} n = ${formatCount(Number(row!.n))}`)
    .join(', ');
}

/** Scales of the other instrument in rows: there may be many. */
function layOutCorrectedCorrelations(rows: readonly Row[], reasons: ReasonNotes): Grid {
  const columns = valuesOf(rows, 'epqra_scale');
  const areSeveral = valuesOf(rows, 'instrument').length > 1;
  const cell: Column = {
    heading: '',
    text: (row) => {
      const r = estimate(row, 'r', 'ci_low', 'ci_high', (value) => formatNumber(value, 2), 2);
      if (r === null || typeof row.p_adjusted !== 'number') return r;
      const p = formatP(row.p_adjusted);
      return `${r}, p ${p.startsWith('<') ? p : `= ${p}`}`;
    },
  };
  return {
    headings: plainHeading('Scale', ...columns.map((column) => `EPQR-A ${column}`)),
    labels: 1,
    sections: groupBy(rows, 'instrument', 'model', 'population').map((block) => {
      const [first] = block;
      const sizes = new Set(block.map((row) => row.n));
      const who = `${areSeveral ? `${first!.instrument}, ` : ''}${first!.model}, ${first!.population}`;
      return {
        title: sizes.size === 1 ? `${who} (n = ${formatCount(Number(first!.n))})` : who,
        rows: groupBy(block, 'bigfive_scale').map((group) => [
          label(group[0]!.bigfive_scale),
          ...columns.map((column) => {
            const row = group.find((one) => one.epqra_scale === column);
            return row === undefined ? ABSENT : fill(cell, row, reasons);
          }),
        ]),
      };
    }),
  };
}
