/** How each table stands on the page: what goes down, what goes across, and what a cell says. */
import type { Cell, Table } from '../../tables/table.ts';
import { fieldOfMetric, LOST_IN_PRINT, labelField, labelMetric } from '../captions.ts';
import {
  DOES_NOT_APPLY,
  describeP,
  formatCount,
  formatDifference,
  formatInterval,
  formatNumber,
  NOT_AVAILABLE,
} from '../format.ts';
import type { Row } from '../selection.ts';
import { type Content, html } from './html.ts';

/** What stands in a cell: the figure, and smaller lines below it. */
export interface CellText {
  readonly main: Content;
  readonly lines: readonly string[];
}

export interface Layout {
  /** Heading above a group of lines; null where lines are not grouped. */
  readonly group: (row: Row) => string | null;
  readonly label: (row: Row) => string;
  /** Headings of the column that a row stands in, from the top; empty where a row fills a line of its own. */
  readonly across: (row: Row) => readonly string[];
  /** Columns of a line, by heading; one, without a heading, where rows stand in columns. */
  readonly columns: readonly { readonly heading: string; readonly text: (row: Row) => CellText }[];
}

const SHEETS = 'Sheets';

export function layoutOf(table: Table): Layout {
  const isPublished = table.mode === 'published';
  switch (table.table) {
    case '1':
    case '2':
    case '3':
      return {
        group: (row) => labelField(fieldOfMetric(textOf(row, 'metric'))),
        label: (row) => {
          const metric = textOf(row, 'metric');
          return `${labelMetric(metric)}${isPublished && LOST_IN_PRINT.has(metric) ? ' (not printed)' : ''}`;
        },
        across: (row) => [textOf(row, 'model'), textOf(row, 'condition')],
        columns: [{ heading: '', text: isPublished ? printed : writeShare }],
      };
    case '4':
      return { ...byScale, columns: [{ heading: '', text: isPublished ? printed : writeScore }] };
    case '5':
      return {
        group: (row) => nameModel(row),
        label: (row) => textOf(row, 'epqra_scale'),
        across: (row) => [textOf(row, 'bigfive_scale')],
        columns: [{ heading: '', text: isPublished ? printed : writeCorrelation }],
      };
    case '6':
      return { ...byScale, columns: [{ heading: '', text: writeReliability }] };
    case 'A4':
      return { ...byScale, group: () => null, label: nameModel, columns: [{ heading: '', text: isPublished ? printed : writeTrait }] };
    case 'A5':
      return { ...byScale, group: () => null, label: nameModel, columns: [{ heading: '', text: writeReliability }] };
    case 'A6':
    case 'A7':
      return {
        group: (row) => textOf(row, 'model'),
        label: (row) => [textOf(row, 'population'), textOf(row, 'scale'), row.against === 'manipulated' ? 'against the manipulated sheet' : ''].filter((part) => part !== '').join(' · '),
        across: () => [],
        columns: accuracyColumns(isPublished),
      };
  }
}

const byScale = {
  group: (row: Row) => (row.population === null ? SHEETS : textOf(row, 'model')),
  label: (row: Row) => (row.population === null ? textOf(row, 'model') : textOf(row, 'population')),
  across: (row: Row) => [textOf(row, 'scale')],
};

function nameModel(row: Row): string {
  const population = textOf(row, 'population');
  const by = textOf(row, 'answered_by');
  return `${textOf(row, 'model')}${population === '' || population === 'Base' || by !== '' ? '' : `, ${population}`}${by === '' ? '' : ` (answered by ${by})`}`;
}

/** The text that the published code made, in the page's own type. */
function printed(row: Row): CellText {
  const text = textOf(row, 'text').replace('$\\pm$', '±');
  if (text === 'nan') return { main: NOT_AVAILABLE, lines: [] };
  const marked = /^(\*\*|\*|<u>)(.*?)(?:\*\*|\*|<\/u>)$/.exec(text);
  if (marked === null) return { main: text, lines: [] };
  const [, mark, inner] = marked as unknown as [string, string, string];
  return { main: mark === '**' ? html`<b>${inner}</b>` : mark === '*' ? html`<i>${inner}</i>` : html`<u>${inner}</u>`, lines: [] };
}

function writeShare(row: Row): CellText {
  const diff = numberOf(row, 'diff');
  return {
    main: scaled(row, 'share', 100, 1),
    lines: [
      ...interval(row, 'share_ci_low', 'share_ci_high', 1, 100),
      ...(diff === null ? [] : [[formatDifference(diff * 100, 1), ...interval(row, 'ci_low', 'ci_high', 1, 100)].join(' ')]),
      ...adjustedP(row),
    ],
  };
}

function writeScore(row: Row): CellText {
  const main = spread(row);
  if (row.test === 'manipulation check') {
    const share = numberOf(row, 'share_at_target');
    const at = `at ${textOf(row, 'target')}`;
    return { main, lines: share === null ? [] : [[`${formatNumber(share * 100, 1)}% ${at}`, ...interval(row, 'share_ci_low', 'share_ci_high', 1, 100)].join(' ')] };
  }
  const diff = numberOf(row, 'diff');
  const icc = numberOf(row, 'icc');
  return {
    main,
    lines: [
      ...(diff === null ? [] : [[`Δ ${formatDifference(diff, 2)}`, ...interval(row, 'ci_low', 'ci_high', 2)].join(' ')]),
      ...adjustedP(row),
      ...(typeof row.equivalent === 'boolean' ? [row.equivalent ? 'equivalent' : 'not shown equivalent'] : []),
      ...(icc === null ? [] : [[`ICC ${formatNumber(icc, 2)}`, ...interval(row, 'icc_ci_low', 'icc_ci_high', 2)].join(' ')]),
    ],
  };
}

function writeCorrelation(row: Row): CellText {
  return { main: scaled(row, 'r', 1, 3), lines: [...interval(row, 'ci_low', 'ci_high', 2), ...adjustedP(row)] };
}

function writeReliability(row: Row): CellText {
  const constant = Array.isArray(row.constant_items) ? (row.constant_items as readonly number[]) : [];
  const without = numberOf(row, 'alpha_without_constant');
  return {
    main: scaled(row, 'alpha', 1, 2),
    lines: [
      ...interval(row, 'ci_low', 'ci_high', 2),
      ...interval(row, 'bootstrap_ci_low', 'bootstrap_ci_high', 2).map((text) => `BCa ${text}`),
      ...(constant.length === 0 ? [] : [`constant: ${constant.join(', ')}${without === null ? '' : `; ${formatNumber(without, 2)} without`}`]),
    ],
  };
}

function writeTrait(row: Row): CellText {
  return { main: spread(row), lines: interval(row, 'ci_low', 'ci_high', 2) };
}

function accuracyColumns(isPublished: boolean): Layout['columns'] {
  const plain = (heading: string, key: string, decimals = 2) => ({
    heading,
    text: (row: Row): CellText => ({ main: scaled(row, key, 1, decimals), lines: [] }),
  });
  return [
    {
      heading: 'Accuracy',
      text: (row: Row): CellText => ({ main: scaled(row, 'accuracy', 1, 2), lines: isPublished ? [] : interval(row, 'ci_low', 'ci_high', 1) }),
    },
    plain('Precision', 'precision'),
    plain('Recall', 'recall'),
    plain('Specificity', 'specificity'),
    ...(isPublished ? [] : [plain('Balanced', 'balanced_accuracy')]),
    plain('MAE', 'mae'),
    plain('RMSE', 'rmse'),
    { heading: 'n', text: (row: Row): CellText => ({ main: numberOf(row, 'n') === null ? DOES_NOT_APPLY : formatCount(numberOf(row, 'n')!), lines: [] }) },
  ];
}

function spread(row: Row): string {
  const [mean, sd] = [numberOf(row, 'mean'), numberOf(row, 'sd')];
  if (mean === null) return NOT_AVAILABLE;
  return `${formatNumber(mean, 2)} ± ${sd === null ? NOT_AVAILABLE : formatNumber(sd, 2)}`;
}

function scaled(row: Row, key: string, factor: number, decimals: number): string {
  const value = numberOf(row, key);
  return value === null ? NOT_AVAILABLE : formatNumber(value * factor, decimals);
}

/** Nothing where there is no interval. */
function interval(row: Row, low: string, high: string, decimals: number, factor = 1): readonly string[] {
  const [from, to] = [numberOf(row, low), numberOf(row, high)];
  return from === null || to === null ? [] : [formatInterval(from * factor, to * factor, decimals)];
}

function adjustedP(row: Row): readonly string[] {
  const p = numberOf(row, 'p_adjusted');
  return p === null ? [] : [describeP(p)];
}

function numberOf(row: Row, key: string): number | null {
  const value: Cell | undefined = row[key];
  return typeof value === 'number' ? value : null;
}

function textOf(row: Row, key: string): string {
  const value = row[key];
  return value === null || value === undefined ? '' : String(value);
}
