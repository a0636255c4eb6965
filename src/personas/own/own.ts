/**
 * Personas of one's own: each row of a table, times every combination of `cross`, is a persona or a
 * stimulus.
 */
import { UserError } from '../../errors.ts';
import { closest } from '../../suggest.ts';
import { shownText } from '../../text-file.ts';
import { isMissing, saysNothing } from '../missing-values.ts';
import type { OwnRow, OwnTable } from './table.ts';

export interface OwnPersonasSpec {
  /** The column of descriptions; null where `text` makes them, or rows have none. */
  readonly description: string | null;
  /** A description with slots such as `<row.name>`. */
  readonly text: string | null;
  /** The column that names what the same person or case is in several rows. */
  readonly vignette: string | null;
  /** Columns whose combination is the condition. */
  readonly condition: readonly string[];
  /** The column of weights. */
  readonly weight: string | null;
  /** Factors with their levels; every row is combined with every combination of them. */
  readonly cross: Readonly<Record<string, readonly string[]>>;
  /** Adds one row without persona, with these columns where texts name some; false for none. */
  readonly control: boolean | OwnRow;
}

export interface OwnPersona {
  /** The same for the same case in every condition and for every model; from 1. */
  readonly case: number;
  /** Levels of the condition's columns; `all` where no column is one, `control` for the control. */
  readonly condition: string;
  /** Null for a stimulus without persona, and for the control. */
  readonly description: string | null;
  /** Own columns, those of `cross` included. */
  readonly columns: OwnRow;
  /** 1 where no column says. */
  readonly weight: number;
}

/** A condition of own rows. */
export interface OwnCondition {
  readonly name: string;
  /** Of the columns that make it; none for the control, and where no column makes any. */
  readonly levels: OwnRow;
}

/** In order of appearance. */
export function conditionsOfRows(
  personas: readonly OwnPersona[],
  spec: Pick<OwnPersonasSpec, 'condition' | 'cross'>,
): readonly OwnCondition[] {
  const known = new Map<string, OwnCondition>();
  for (const { condition: name, columns } of personas) {
    if (known.has(name)) continue;
    const made = name === CONTROL ? [] : columnsOfConditions(spec);
    const levels = Object.fromEntries(made.map((column) => [column, columns[column]!.trim()]));
    known.set(name, { name, levels });
  }
  return [...known.values()];
}

/** The condition of administrations without a persona. */
export const CONTROL = 'control';
const EVERYBODY = 'all';
const SLOT = /<row\.([^<>]*)>/g;

/**
 * @param called how messages name the table
 * @throws UserError naming the row or column that is wrong
 */
export function ownPersonas(table: OwnTable, spec: OwnPersonasSpec, called: string): OwnPersona[] {
  const columns = [...table.columns, ...Object.keys(spec.cross)];
  requireColumns(spec, table.columns, columns, called);
  requireKeys(spec, table.rows, called);
  const combined = table.rows.flatMap((row, index) =>
    combinationsOf(spec.cross).map((levels) => ({ row: { ...row, ...levels }, line: index + 1 })),
  );
  const cases = new Map<string, number>();
  const personas = combined.map(({ row, line }): OwnPersona => {
    const condition = conditionOf(row, spec);
    if (condition === CONTROL) throw namedAsControl(called, line);
    const key = spec.vignette === null ? `${line}` : row[spec.vignette]!;
    const number = cases.get(key) ?? cases.size + 1;
    cases.set(key, number);
    const description = describe(row, line, spec, called);
    return {
      case: number,
      condition,
      description,
      columns: withFilled(row, spec, description),
      weight: weightOf(row, line, spec.weight, called),
    };
  });
  requireDistinct(personas, spec, called);
  const control: OwnPersona = {
    case: cases.size + 1,
    condition: CONTROL,
    description: null,
    columns: typeof spec.control === 'boolean' ? {} : spec.control,
    weight: 1,
  };
  return spec.control === false ? personas : [...personas, control];
}

/** What a row of a study's own has besides its columns. */
const OTHER_FIELDS: ReadonlySet<string> = new Set(['id', 'model', 'population', 'description']);

const slotsOf = (text: string) => [
  ...new Set(Array.from(text.matchAll(SLOT), (match) => match[1]!)),
];

const lacks = ({ columns }: OwnPersona, name: string) =>
  !OTHER_FIELDS.has(name) && isMissing(columns[name] ?? '');

/**
 * The system message that a row gets; null for none. A stimulus has no persona to be told of, and
 * neither has the control, which may lack the columns that the message names.
 * @param systemRole undefined for the program's own
 * @param descriptionColumn by which a message may name the description, besides `<row.description>`
 */
export function roleFor(
  row: OwnPersona,
  systemRole: string | null | undefined,
  descriptionColumn: string | null,
): string | null | undefined {
  if (row.description !== null) return systemRole;
  if (systemRole === undefined || systemRole === null) return null;
  const slots = slotsOf(systemRole);
  const isOfPersona = slots.some((name) => name === 'description' || name === descriptionColumn);
  const isOfOthers = row.condition === CONTROL && slots.some((name) => lacks(row, name));
  return isOfPersona || isOfOthers ? null : systemRole;
}

/**
 * @param text of a questionnaire, or of a system message, in which `<row.NAME>` stands for a column
 * @throws UserError for a column that a persona does not have, since nobody could be asked
 */
export function requireFields(personas: readonly OwnPersona[], text: string, called: string): void {
  const slots = slotsOf(text);
  for (const persona of personas)
    for (const name of slots) {
      if (!lacks(persona, name)) continue;
      const { columns, condition } = persona;
      const isControl = condition === CONTROL;
      const near = closest(name, Object.keys(columns));
      throw new UserError(
        `${called} names <row.${name}>, for which ${isControl ? 'the control has' : 'the personas have'} no value`,
        {
          code: 'column-missing',
          hint: isControl
            ? `Give the control its own: "control: { ${name}: … }" under "personas".`
            : `${near === null ? '' : `Did you mean "${near}"? `}Add the column, or remove the slot from the text.`,
        },
      );
    }
}

function combinationsOf(cross: OwnPersonasSpec['cross']): OwnRow[] {
  return Object.entries(cross).reduce<OwnRow[]>(
    (done, [name, levels]) =>
      done.flatMap((row) => levels.map((level) => ({ ...row, [name]: level }))),
    [{}],
  );
}

function columnsOfConditions({
  condition,
  cross,
}: Pick<OwnPersonasSpec, 'condition' | 'cross'>): readonly string[] {
  return condition.length > 0 ? condition : Object.keys(cross);
}

function conditionOf(row: OwnRow, spec: OwnPersonasSpec): string {
  const factors = columnsOfConditions(spec);
  return factors.length === 0 ? EVERYBODY : factors.map((name) => row[name]!.trim()).join(', ');
}

function describe(
  row: OwnRow,
  line: number,
  { description, text }: OwnPersonasSpec,
  called: string,
): string | null {
  if (text !== null) return fill(text, row, line, called);
  if (description === null) return null;
  const own = row[description]!.trim();
  if (!saysNothing(own)) return fill(own, row, line, called);
  throw noValue(`${called}, row ${line}`, description, own, 'Fill it in, or remove the row.');
}

/** A message that names the column of the descriptions must not send their slots. */
function withFilled(row: OwnRow, spec: OwnPersonasSpec, description: string | null): OwnRow {
  const column = spec.text === null ? spec.description : null;
  if (column === null || description === null || slotsOf(row[column]!).length === 0) return row;
  return { ...row, [column]: description };
}

function fill(text: string, row: OwnRow, line: number, called: string): string {
  return text.replaceAll(SLOT, (slot, name: string) => {
    const value = row[name]?.trim() ?? '';
    if (!isMissing(value)) return value;
    const hint = `Fill the column in, or remove ${slot} from the text.`;
    throw noValue(`${called}, row ${line}`, name, value, hint);
  });
}

/** Whatever is called so is taken for the control, which has no persona and none of the columns. */
function namedAsControl(called: string, line: number): UserError {
  return new UserError(
    `${called}, row ${line}: its condition is called "${CONTROL}", as the control without a persona is`,
    {
      code: 'record-invalid',
      hint: `Call the condition otherwise, such as "${CONTROL} arm". If you mean a control without a persona, remove the row and write "control: true" under "personas".`,
    },
  );
}

function noValue(place: string, column: string, cell: string, hint: string): UserError {
  const found =
    cell === '' ? 'is empty' : `holds "${shownText(cell)}", which means a missing value`;
  return new UserError(`${place}: the column "${column}" ${found}`, {
    code: 'record-invalid',
    hint,
  });
}

/**
 * Rows without a vignette would be taken for one case, and those without a condition for a
 * condition of their own.
 */
function requireKeys(
  { vignette, condition }: OwnPersonasSpec,
  rows: readonly OwnRow[],
  called: string,
): void {
  for (const name of [...(vignette === null ? [] : [vignette]), ...condition]) {
    const at = rows.findIndex((row) => isMissing(row[name] ?? 'crossed'));
    if (at < 0) continue;
    const hint = 'Fill it in: it says which rows belong together. Or remove the row.';
    throw noValue(`${called}, row ${at + 1}`, name, rows[at]![name]!.trim(), hint);
  }
}

function weightOf(row: OwnRow, line: number, column: string | null, called: string): number {
  if (column === null) return 1;
  const weight = Number(row[column]!.trim().replace(',', '.'));
  if (row[column]!.trim() !== '' && Number.isFinite(weight) && weight > 0) return weight;
  throw new UserError(
    `${called}, row ${line}: the weight "${row[column]}" is not a number above 0`,
    {
      code: 'record-invalid',
      hint: 'Correct it, or omit "weight".',
    },
  );
}

function requireColumns(
  spec: OwnPersonasSpec,
  own: readonly string[],
  all: readonly string[],
  called: string,
): void {
  const named = [spec.description, spec.vignette, spec.weight, ...spec.condition];
  const slots = [...(spec.text ?? '').matchAll(SLOT)].map((match) => match[1]!);
  for (const name of [...named, ...slots]) {
    if (name === null || all.includes(name)) continue;
    const near = closest(name, all);
    throw new UserError(`${called} has no column "${name}"`, {
      code: 'column-missing',
      hint: `${near === null ? '' : `Did you mean "${near}"? `}Its columns: ${all.join(', ')}.`,
    });
  }
  const twice = Object.keys(spec.cross).find((name) => own.includes(name));
  if (twice !== undefined)
    throw new UserError(`${called} has a column "${twice}", and "cross" has one too`, {
      code: 'column-duplicate',
      hint: 'Rename one of them.',
    });
}

/** Two rows of one case and condition could not be told apart, or paired. */
function requireDistinct(
  personas: readonly OwnPersona[],
  { vignette }: OwnPersonasSpec,
  called: string,
): void {
  const seen = new Set<string>();
  for (const { case: number, condition, columns } of personas) {
    const key = JSON.stringify([number, condition]);
    if (seen.has(key))
      throw new UserError(
        `${called}: the vignette "${vignette === null ? number : columns[vignette]}" occurs twice in the condition "${condition}"`,
        {
          code: 'record-invalid',
          hint: 'Name the columns that differ under "condition", or give the rows vignettes of their own.',
        },
      );
    seen.add(key);
  }
}
