/**
 * Planned claims and the rows that they are about, for any table: which rows a claim chooses, which
 * of its words can never be right, and which role each test of a table has.
 */
import { combinationsOf } from '../../analysis/combinations.ts';
import { labelPopulations } from '../../analysis/corrected/cells.ts';
import type { StudyData } from '../../analysis/data.ts';
import { mentionOf } from '../../analysis/model-identity.ts';
import { listModels } from '../../analysis/models.ts';
import type { PlannedClaim } from '../../analysis/plan.ts';
import { type Cell, PRIMARY_FAMILY, type Table } from '../../analysis/table.ts';
import { adjustBenjaminiHochberg, adjustWithinFamilies } from '../../statistics/multiplicity.ts';
import type { Claim } from './definition.ts';

type Row = Table['rows'][number];
export type AnyClaim = Claim<Row, string>;

/** What a planned claim may say of one table. */
export interface Claimable {
  readonly keys: readonly string[];
  readonly alsoBy?: readonly string[];
  readonly claims?: readonly AnyClaim[];
}

/**
 * `primary`: planned; `exploratory`: tested beside a plan that does not name it; `none`: not tested,
 * or nothing was planned.
 */
export type Role = 'primary' | 'exploratory' | 'none';

/** The words of a plan for the columns that tables call otherwise. */
const CALLED: Readonly<Record<string, readonly string[]>> = {
  condition: ['condition', 'population'],
};
/** The columns that name a condition. */
const CONDITIONAL: readonly string[] = CALLED.condition!;

/** Keys of a planned claim that choose no rows. */
const OWN_KEYS = ['table', 'claim'];

/** The columns by which rows of a table are chosen, as study files name them. */
function selectorsOf({ keys, alsoBy = [] }: Claimable): readonly string[] {
  const columns = [...keys, ...alsoBy];
  const called = Object.keys(CALLED).filter(
    (word) => !columns.includes(word) && CALLED[word]!.some((column) => columns.includes(column)),
  );
  return [...columns, ...called];
}

/** The rows that a planned claim names, by key and the values that it may have. */
export function selectionOf(planned: PlannedClaim): readonly (readonly [string, string[]])[] {
  return Object.entries(planned)
    .filter(([key]) => !OWN_KEYS.includes(key))
    .map(([key, value]) => [key, [value].flat().map(String)]);
}

/** Tells whether a cell of a column is what a study file calls by this word. */
export type Spelling = (column: string, cell: string, word: string) => boolean;

/**
 * A model by its name in study files, its id or its label; a condition by its name, its label or
 * that of its population; everything else as it stands in the table.
 */
export function spellingOf(study: StudyData): Spelling {
  const models = new Map<string, Set<string>>();
  const add = (words: Map<string, Set<string>>, shown: string, ...names: (string | null)[]) => {
    const known = words.get(shown) ?? new Set();
    words.set(shown, known);
    for (const one of names) if (one !== null) known.add(one);
  };
  for (const [key, { label, modelId }] of study.models)
    add(models, label, modelId, mentionOf(key).name);
  for (const { label, modelId } of listModels(study)) add(models, label, modelId);
  const groups = [
    ...study.personas.groups,
    ...study.answered.flatMap(({ administrations }) => combinationsOf(administrations)),
  ];
  const distinct = [
    ...new Map(
      groups.map((one) => [JSON.stringify([one.model.key, one.population.population]), one]),
    ).values(),
  ];
  const conditions = new Map<string, Set<string>>();
  labelPopulations(distinct).forEach((label, at) => {
    const { population, display, condition, ownCondition } = distinct[at]!.population;
    add(conditions, label, population, display, condition, ownCondition?.name ?? null);
  });
  return (column, cell, word) => {
    if (cell === word) return true;
    if (column === 'model') return models.get(cell)?.has(word) ?? false;
    return CONDITIONAL.includes(column) && (conditions.get(cell)?.has(word) ?? false);
  };
}

/** Whether a row is among those that a planned claim names, whichever claim it is. */
export function isSelected(planned: PlannedClaim, row: Row, isSpelt: Spelling): boolean {
  return selectionOf(planned).every(([key, words]) => {
    const column = (CALLED[key] ?? [key]).find((one) => one in row);
    const cell = column === undefined ? null : row[column]!;
    return (
      column !== undefined &&
      cell !== null &&
      words.some((word) => isSpelt(column, String(cell), word))
    );
  });
}

/** What a study has, as far as its file tells. */
export interface StudyNames {
  /** Names and labels; null where a label may be one that the file does not tell. */
  readonly models: readonly string[] | null;
  readonly conditions: readonly string[];
  readonly scales: readonly string[];
  readonly factors: readonly string[];
  /** Scales, items, and what may become of an administration. */
  readonly outcomes: readonly string[];
  /** Of a factor; null where any may occur. */
  readonly levels: (factor: unknown) => readonly string[] | null;
}

export interface PlanFault {
  /** Of the claim's keys. */
  readonly key: string;
  readonly message: string;
  /** What is wrong, and what it could be. */
  readonly word: string;
  readonly known: readonly string[];
}

/** What of a planned claim cannot be, whatever the answers; null where nothing is wrong. */
export function faultOf(
  planned: PlannedClaim,
  tables: ReadonlyMap<string, Claimable>,
  names: StudyNames,
): PlanFault | null {
  const table = tables.get(String(planned.table));
  if (table === undefined)
    return {
      key: 'table',
      message: `there is no Table ${planned.table}`,
      word: String(planned.table),
      known: [...tables.keys()],
    };
  const claims = (table.claims ?? []).map(({ name }) => name);
  if (!claims.includes(planned.claim))
    return {
      key: 'claim',
      message: `Table ${planned.table} makes no claim "${planned.claim}"`,
      word: planned.claim,
      known: claims,
    };
  const valid: Readonly<Record<string, readonly string[] | null>> = {
    model: names.models,
    condition: names.conditions,
    population: names.conditions,
    scale: names.scales,
    factor: names.factors,
    outcome: names.outcomes,
    level: names.levels(planned.factor),
    reference: names.levels(planned.factor),
  };
  const selectors = selectorsOf(table);
  for (const [key, words] of selectionOf(planned)) {
    if (!selectors.includes(key))
      return {
        key,
        message: `Table ${planned.table} has no column "${key}" to choose rows by`,
        word: key,
        known: selectors,
      };
    const known = valid[key] ?? null;
    const wrong = known === null ? undefined : words.find((word) => !known.includes(word));
    if (wrong !== undefined)
      return {
        key,
        message: `the study has no ${key} "${wrong}"`,
        word: wrong,
        known: known!,
      };
  }
  return null;
}

/** The columns that Holm's correction fills beside a p: `p_equivalence` has `equivalence_family`. */
function columnsOf(p: string) {
  const prefix = p === 'p' ? '' : `${p.slice('p_'.length)}_`;
  return {
    adjusted: `${p}_adjusted`,
    family: `${prefix}family`,
    size: `${prefix}family_size`,
    role: `${prefix}role`,
  };
}

/** The role of a row's test of this claim. */
export function roleOf(row: Row, { test }: AnyClaim): Role {
  const cell = test === undefined ? undefined : row[columnsOf(test.p).role];
  return (cell ?? 'none') as Role;
}

/** The p of a row's test of this claim, after correction; null where there is none. */
export function adjustedOf(row: Row, { test }: AnyClaim): number | null {
  return test === undefined ? null : (row[columnsOf(test.p).adjusted] as number | null);
}

/** How many tests a row's p of this claim was corrected with, itself among them; 0 where it was not. */
export function familySizeOf(row: Row, { test }: AnyClaim): number {
  return test === undefined ? 0 : ((row[columnsOf(test.p).size] as number | null) ?? 0);
}

interface Test {
  readonly row: Row;
  readonly claim: AnyClaim;
  readonly p: number | null;
  /** As the table corrected it. */
  readonly before: Correction;
  readonly role: Role;
}

interface Correction {
  readonly adjusted: number | null;
  readonly family: string | null;
  readonly size: number | null;
}

/**
 * The tables with the role of each test beside it. The planned tests of all tables are one family;
 * those that remain in a family that one of them has left are corrected without it.
 * @param claimsOf of each table
 */
export function assignRoles(
  tables: readonly Table[],
  claimsOf: (table: string) => readonly AnyClaim[],
  primary: readonly PlannedClaim[],
  isSpelt: Spelling,
): readonly Table[] {
  const tests = tables.flatMap(({ table, rows }): Test[] =>
    claimsOf(table).flatMap((claim) => {
      const { test, name } = claim;
      if (test === undefined) return [];
      const planned = primary.filter((one) => String(one.table) === table && one.claim === name);
      const { adjusted, family, size } = columnsOf(test.p);
      return rows.flatMap((row) => {
        if (claim.isMadeBy?.(row) === false) return [];
        const p = row[test.p] as number | null;
        const before = {
          adjusted: row[adjusted],
          family: row[family],
          size: row[size],
        } as Correction;
        const isPrimary = p !== null && planned.some((one) => isSelected(one, row, isSpelt));
        const role = p === null || primary.length === 0 ? 'none' : 'exploratory';
        return [{ row, claim, p, before, role: isPrimary ? 'primary' : role }];
      });
    }),
  );
  const corrected = correctAnew(tests);
  const byRow = Map.groupBy(tests, ({ row }) => row);
  return tables.map((table) => ({
    ...table,
    rows: table.rows.map((row) => {
      let filled = row;
      for (const test of byRow.get(row) ?? []) filled = fill(filled, test, corrected.get(test));
      for (const { test } of claimsOf(table.table))
        if (test !== undefined) filled = withRole(filled, test.p);
      return filled;
    }),
  }));
}

/** The tests whose family is another, or smaller, by what was planned. */
function correctAnew(tests: readonly Test[]): ReadonlyMap<Test, Correction> {
  const planned = tests.filter(({ role }) => role === 'primary');
  const left = new Set(planned.map(({ before }) => before.family));
  const remaining = Map.groupBy(
    tests.filter(
      ({ p, role, before }) => p !== null && role !== 'primary' && left.has(before.family),
    ),
    ({ before }) => before.family!,
  );
  return new Map(
    [[PRIMARY_FAMILY, planned] as const, ...remaining].flatMap(([family, own]) => {
      const ps = own.map(({ p }) => p!);
      const isScreened = family !== PRIMARY_FAMILY && own[0]?.row.correction === SCREENED;
      const adjusted = isScreened
        ? adjustBenjaminiHochberg(ps)
        : adjustWithinFamilies(ps.map((p) => ({ family, p }))).map(({ p }) => p as number);
      return own.map(
        (test, at) => [test, { adjusted: adjusted[at]!, family, size: own.length }] as const,
      );
    }),
  );
}

/** What the column `correction` says of a screening. */
const SCREENED = 'Benjamini-Hochberg';

function fill(row: Row, { claim, role }: Test, corrected: Correction | undefined): Row {
  const columns = columnsOf(claim.test!.p);
  if (corrected === undefined) return insertAfter(row, columns.size, columns.role, role);
  const filled = {
    ...row,
    [columns.adjusted]: corrected.adjusted,
    [columns.family]: corrected.family,
    [columns.size]: corrected.size,
    ...(role === 'primary' && 'correction' in row ? { correction: 'Holm' } : {}),
  };
  return insertAfter(claim.settle?.(filled) ?? filled, columns.size, columns.role, role);
}

/** The row with the column of a role, also where its p is no claim of its own. */
function withRole(row: Row, p: string): Row {
  const { size, role } = columnsOf(p);
  return role in row ? row : insertAfter(row, size, role, 'none');
}

/** The row with one more column, beside another. */
function insertAfter(row: Row, before: string, column: string, cell: Cell): Row {
  return Object.fromEntries(
    Object.entries(row).flatMap(([key, value]) =>
      key === before
        ? [
            [key, value],
            [column, cell],
          ]
        : [[key, value]],
    ),
  );
}
