/**
 * A table as people read it: headings, rows of text, notes. Each family of tables lays out its own
 * rows with the parts below; Markdown, LaTeX, the terminal and the report's page only write down
 * what a layout holds.
 */
import type { ScaleNames, Table } from '../../analysis/table.ts';
import { DOES_NOT_APPLY, formatInterval, formatNumber, formatP, NOT_AVAILABLE } from './format.ts';

export interface LayoutCell {
  readonly text: string;
  /** How the study sets a correlation apart. */
  readonly style: 'plain' | 'bold' | 'italic' | 'underlined';
  /** Row of the table that the cell shows; null for labels and for what is not in the table. */
  readonly row: object | null;
  /** Letter of the note that says why there is no value, or what else to know. */
  readonly note: string | null;
}

export interface HeadingCell {
  readonly text: string;
  /** Columns that it covers. */
  readonly span: number;
}

interface LayoutSection {
  /** Null where the table has a single section. */
  readonly title: string | null;
  readonly rows: readonly (readonly LayoutCell[])[];
}

/** Headings and cells, without title and notes. */
export interface Grid {
  /** From the top: groups of columns, where there are any, and columns. */
  readonly headings: readonly (readonly HeadingCell[])[];
  /** Columns on the left that are labels. */
  readonly labels: number;
  readonly sections: readonly LayoutSection[];
}

export interface Layout extends Grid {
  readonly table: Table['table'];
  readonly mode: Table['mode'];
  readonly isSimulated: boolean;
  readonly title: string;
  /** Full sentences on the table as a whole. */
  readonly notes: readonly string[];
  /** What the letters stand for. */
  readonly reasons: readonly { readonly letter: string; readonly text: string }[];
}

/** Notes that cells refer to by letter, in the order in which they are first needed. */
export class ReasonNotes {
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

export function label(text: string | null): LayoutCell {
  return { text: text ?? '', style: 'plain', row: null, note: null };
}

export function show(
  text: string,
  row: object,
  note: string | null = null,
  style: LayoutCell['style'] = 'plain',
): LayoutCell {
  return { text, style, row, note };
}

/** The cell of a row that is not in the table at all. */
export const ABSENT: LayoutCell = { text: DOES_NOT_APPLY, style: 'plain', row: null, note: null };

export function plainHeading(...texts: readonly string[]): readonly HeadingCell[][] {
  return [texts.map((text) => ({ text, span: 1 }))];
}

/** Distinct values in order of appearance. */
export function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}

/** Rows with equal names, in order of appearance. No group is empty. */
export function groupBy<Row>(
  rows: readonly Row[],
  names: (row: Row) => readonly (string | null)[],
): readonly (readonly [Row, ...Row[]])[] {
  return [...Map.groupBy(rows, (row) => JSON.stringify(names(row))).values()] as unknown as [
    Row,
    ...Row[],
  ][];
}

/** Signs as in print. */
export function forPeople(text: string): string {
  return text.replace(String.raw`$\pm$`, '±').replace(/^-/, '\u2212');
}

/** A column on the left that names a row. */
export interface Label<Row> {
  readonly heading: string;
  readonly of: (row: Row) => string | null;
}

export const MODEL: Label<{ readonly model: string }> = {
  heading: 'Model',
  of: ({ model }) => model,
};
export const CONDITION: Label<{ readonly population: string | null }> = {
  heading: 'Condition',
  of: ({ population }) => population,
};
export const SCALE: Label<{ readonly scale: string }> = {
  heading: 'Scale',
  of: ({ scale }) => scale,
};
/** A scale, an item, or what became of the administration. */
export const OUTCOME: Label<{ readonly outcome: string }> = {
  heading: 'Outcome',
  of: ({ outcome }) => outcome,
};
export const INSTRUMENT: Label<{ readonly instrument: string }> = {
  heading: 'Instrument',
  of: ({ instrument }) => instrument,
};

/** Id and name of scales in the column that names them; the same grid where there is no such column. */
export function spellScales(grid: Grid, names: ScaleNames): Grid {
  const column = grid.headings
    .at(-1)!
    .findIndex(({ text }) => text === SCALE.heading || text === OUTCOME.heading);
  if (column === -1 || column >= grid.labels) return grid;
  return {
    ...grid,
    sections: grid.sections.map((section) => ({
      ...section,
      rows: section.rows.map((cells) => {
        const row = cells.find((cell) => cell.row !== null)?.row ?? {};
        const instrument = 'instrument' in row ? String(row.instrument) : '';
        const name = names.get(instrument)?.get(cells[column]!.text);
        return name === undefined
          ? cells
          : cells.with(column, label(spell(cells[column]!.text, name)));
      }),
    })),
  };
}

/** "E Extraversion"; the name alone where the id is the name without accents and spaces. */
function spell(id: string, name: string): string {
  const plain = (text: string) =>
    text
      .normalize('NFD')
      .replace(/[^\p{L}\p{N}]/gu, '')
      .toLowerCase();
  return plain(id) === plain(name) ? name : `${id} ${name}`;
}

/** One column for each scale. */
export function pivotScales<Row extends { readonly scale: string }>(
  rows: readonly Row[],
  labels: readonly Label<Row>[],
  cell: (row: Row) => LayoutCell,
): Grid {
  const scales = distinct(rows.map(({ scale }) => scale));
  return {
    headings: plainHeading(...labels.map(({ heading }) => heading), ...scales),
    labels: labels.length,
    sections: [
      {
        title: null,
        rows: groupBy(rows, (row) => labels.map(({ of }) => of(row))).map((group) => [
          ...labels.map(({ of }) => label(of(group[0]))),
          ...scales.map((scale) => {
            const row = group.find((one) => one.scale === scale);
            return row === undefined ? ABSENT : cell(row);
          }),
        ]),
      },
    ],
  };
}

/**
 * What a column makes of a row: null where there is no value, `DOES_NOT_APPLY` where none is asked
 * for.
 */
export interface TableColumn<Row> {
  readonly heading: string;
  readonly text: (row: Row) => string | null;
}

export function numberColumn<Row>(
  heading: string,
  of: (row: Row) => number | null,
  decimals: number,
): TableColumn<Row> {
  return {
    heading,
    text: (row) => {
      const value = of(row);
      return value === null ? null : formatNumber(value, decimals);
    },
  };
}

export function pColumn<Row>(heading: string, of: (row: Row) => number | null): TableColumn<Row> {
  return {
    heading,
    text: (row) => {
      const p = of(row);
      return p === null ? null : formatP(p);
    },
  };
}

/** An estimate with its interval, each multiplied by `factor`. */
export function estimate(
  value: number | null,
  [low, high]: readonly [number | null, number | null],
  format: (value: number) => string,
  decimals: number,
  factor = 1,
): string | null {
  if (value === null) return null;
  const span =
    low === null || high === null
      ? `[${NOT_AVAILABLE}]`
      : formatInterval(low * factor, high * factor, decimals);
  return `${format(value * factor)} ${span}`;
}

/** Rows of corrected tables say why a value of theirs is missing. */
export type WithReason = { readonly reason: string | null };

export function fill<Row extends WithReason>(
  { text }: TableColumn<Row>,
  row: Row,
  reasons: ReasonNotes,
): LayoutCell {
  const written = text(row);
  const isMissing = written === null || written.includes(NOT_AVAILABLE);
  const note = isMissing ? reasons.letterOf(row.reason ?? 'not defined for these data') : null;
  return show(written ?? NOT_AVAILABLE, row, note);
}

/** One line of text for each row; a column for the instrument only where there are several. */
export function layOutRows<Row extends WithReason & { readonly instrument: string }>(
  rows: readonly Row[],
  names: readonly Label<Row>[],
  columns: readonly TableColumn<Row>[],
  reasons: ReasonNotes,
): Grid {
  const labels =
    distinct(rows.map(({ instrument }) => instrument)).length > 1 ? [INSTRUMENT, ...names] : names;
  return {
    headings: plainHeading(...[...labels, ...columns].map(({ heading }) => heading)),
    labels: labels.length,
    sections: [
      {
        title: null,
        rows: rows.map((row) => [
          ...labels.map(({ of }) => label(of(row))),
          ...columns.map((column) => fill(column, row, reasons)),
        ]),
      },
    ],
  };
}
