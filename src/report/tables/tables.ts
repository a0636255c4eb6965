/**
 * Every table, and what is done with a table whatever it is: compute, caption, lay out, print,
 * trace, find its rows again.
 */
import { isAnyStated } from '../../analysis/corrected/demographic-categories.ts';
import type { DemographicRow } from '../../analysis/corrected/demographics.ts';
import type { StudyData } from '../../analysis/data.ts';
import type { Cell, Mode, ScaleNames, Table } from '../../analysis/table.ts';
import { UserError } from '../../errors.ts';
import { type AnalysisSettings, DEFAULT_SETTINGS, hasSheets } from '../analysis.ts';
import { NO_MARKERS, sayReliability, scaleNamesOf, scaleNotes, unitsOf } from './captions.ts';
import { labelCases, sayCases } from './cases.ts';
import type { Behind } from './chosen.ts';
import type { Caption, ModeDefinition, NewTableDefinition, TableDefinition } from './definition.ts';
import { baseAccuracy, manipulatedAccuracy } from './families/accuracy.ts';
import { allCorrelations } from './families/all-correlations.ts';
import { correlations } from './families/correlations.ts';
import { demographicTables } from './families/demographics.ts';
import { dimensionality } from './families/dimensionality.ts';
import { frequencies } from './families/frequencies.ts';
import { humanScores, humanStructure } from './families/human.ts';
import { interactions } from './families/interactions.ts';
import { levelMeans } from './families/level-means.ts';
import { meanContrasts } from './families/mean-contrasts.ts';
import { missingAnswers } from './families/missing-answers.ts';
import { multitrait } from './families/multitrait.ts';
import { numberAnswers } from './families/number-answers.ts';
import { otherReliability, sheetReliability } from './families/reliability.ts';
import { responseQuality } from './families/response-quality.ts';
import { robustness } from './families/robustness.ts';
import { scaleScores } from './families/scale-scores.ts';
import { shareContrasts } from './families/share-contrasts.ts';
import { traitScores } from './families/trait-scores.ts';
import {
  generalizability,
  itemAgreement,
  varianceComponents,
} from './families/variance-components.ts';
import { type Grid, type Layout, ReasonNotes, spellScales } from './layout.ts';
import { type AnyClaim, assignRoles, type Claimable, spellingOf } from './planned.ts';
import { showRoles } from './roles.ts';

/** Tables that the study has, in both modes. */
export const STUDY_TABLE_IDS = ['1', '2', '3', '4', '5', '6', 'A4', 'A5', 'A6', 'A7'] as const;
/** A table that the study has. */
export type StudyTableId = (typeof STUDY_TABLE_IDS)[number];

/** All tables; further ones are made in the corrected mode only. */
export const TABLE_IDS = [
  ...STUDY_TABLE_IDS,
  'M1',
  'C1',
  'C2',
  'C3',
  'S1',
  'B1',
  'B2',
  'B3',
  'R1',
  'R1G',
  'R1I',
  'R2',
  'V1',
  'Q1',
  'Q2',
  'H1',
  'H2',
] as const;
/** Any table of results. */
export type TableId = (typeof TABLE_IDS)[number];

type Keyed<Definition> = Omit<Definition, 'keys' | 'alsoBy' | 'claims'> & Claimable;
type StudyDefinition = Keyed<TableDefinition<object, object>>;
type NewDefinition = Keyed<NewTableDefinition<object>>;

const [first, second, third] = demographicTables;

const STUDY_TABLES: Readonly<Record<StudyTableId, StudyDefinition>> = {
  1: first!,
  2: second!,
  3: third!,
  4: scaleScores,
  5: correlations,
  6: sheetReliability,
  A4: traitScores,
  A5: otherReliability,
  A6: baseAccuracy,
  A7: manipulatedAccuracy,
};

const NEW_TABLES: Readonly<Record<Exclude<TableId, StudyTableId>, NewDefinition>> = {
  B1: frequencies,
  B2: allCorrelations,
  B3: numberAnswers,
  R1: varianceComponents,
  R1G: generalizability,
  R1I: itemAgreement,
  R2: dimensionality,
  V1: multitrait,
  Q1: responseQuality,
  Q2: missingAnswers,
  M1: levelMeans,
  C1: meanContrasts,
  C2: shareContrasts,
  C3: interactions,
  S1: robustness,
  H1: humanScores,
  H2: humanStructure,
};

/** The column that a row of a further table is about. */
export const ESTIMATES: Readonly<Record<Exclude<TableId, StudyTableId>, string>> = {
  B1: 'share',
  B2: 'r',
  B3: 'mean',
  R1: 'share',
  R1G: 'generalizability',
  R1I: 'agreement',
  R2: 'eigenvalue_ratio',
  V1: 'monotrait_r',
  Q1: 'value',
  Q2: 'value',
  M1: 'mean',
  C1: 'diff',
  C2: 'risk_diff',
  C3: 'interaction',
  S1: 'min',
  H1: 'delta',
  H2: 'rmsr',
};

/** Of the tables that the study has: whose rows say something only where personas state something. */
const DEMOGRAPHIC: readonly string[] = ['1', '2', '3'];

/** Whether a table has anything to show: rows, and of a further table one with its estimate. */
export function hasEstimates({
  table,
  rows,
  mode,
}: Pick<Table, 'table' | 'rows' | 'mode'>): boolean {
  if (mode === 'corrected' && DEMOGRAPHIC.includes(table))
    return isAnyStated(rows as readonly DemographicRow[]);
  if (isPublishedTable(table)) return rows.length > 0;
  const column = ESTIMATES[table as keyof typeof ESTIMATES];
  return rows.some((row) => row[column] !== null);
}

/** What a report begins with: of the published design, and of a study of another one. */
const FIRST = {
  published: ['4', '5', '6', 'A4', 'A5'],
  own: ['C1', 'C2', 'M1', 'A4', 'B3', 'C3', 'S1'],
} as const satisfies Readonly<Record<string, readonly TableId[]>>;

/** Tables in the order in which a report shows them. */
export function inOrderOfReport(
  ids: readonly string[],
  design: keyof typeof FIRST,
): readonly string[] {
  const first: readonly string[] = FIRST[design];
  return [...first.filter((id) => ids.includes(id)), ...ids.filter((id) => !first.includes(id))];
}

export function definitionOf(id: StudyTableId): StudyDefinition {
  return STUDY_TABLES[id];
}

function isPublishedTable(id: string): id is StudyTableId {
  return Object.hasOwn(STUDY_TABLES, id);
}

/** The rows of a table of this mode are those that its own definition made. */
function modeOf({ table, mode }: Pick<Table, 'table' | 'mode'>): ModeDefinition<object> {
  return isPublishedTable(table) ? STUDY_TABLES[table][mode] : newTable(table).corrected;
}

function newTable(id: string): NewDefinition {
  return NEW_TABLES[id as keyof typeof NEW_TABLES];
}

/** What may be planned of each table. */
export const CLAIMABLE: ReadonlyMap<string, Claimable> = new Map(
  TABLE_IDS.map((id) => [id, isPublishedTable(id) ? STUDY_TABLES[id] : newTable(id)]),
);

/** Columns that name a row, in both modes. */
export function keysOf(id: string): readonly string[] {
  return CLAIMABLE.get(id)!.keys;
}

/** How the corrected rows of a table came about, in sentences; see `ModeDefinition.methods`. */
export function methodsOf(id: string): ModeDefinition<Table['rows'][number]>['methods'] {
  return modeOf({ table: id, mode: 'corrected' }).methods;
}

/** What the corrected rows of a table say, claim by claim. */
export function claimsOf(id: string): readonly AnyClaim[] {
  return CLAIMABLE.get(id)?.claims ?? [];
}

function computeTable(
  id: TableId,
  mode: Mode,
  study: StudyData,
  settings: AnalysisSettings,
): Table {
  const rows = modeOf({ table: id, mode }).tabulate(study, settings) as Table['rows'];
  const scaleNames = scaleNamesOf(study, rows);
  const units = unitsOf(study, rows);
  const isOfCases = mode === 'corrected' && !hasSheets(study);
  return {
    ...{ table: id, mode, data_origin: study.dataOrigin, rows, scaleNames },
    ...([...units.values()].some(({ size }) => size > 0) ? { units } : {}),
    ...(isOfCases ? { isOfCases } : {}),
  };
}

/** @param ids in the order wanted, without those that the study did not have; all when left out */
export function publishedTables(
  study: StudyData,
  ids: readonly TableId[] = TABLE_IDS,
): readonly Table[] {
  return ids
    .filter(isPublishedTable)
    .map((id) => computeTable(id, 'published', study, DEFAULT_SETTINGS));
}

/** Before a table is computed. */
export interface Turn {
  readonly next: TableId;
  /** From 0. */
  readonly index: number;
  readonly of: number;
}

export interface CorrectedOptions extends Partial<AnalysisSettings> {
  /** All, unless named; in the order given. */
  readonly ids?: readonly TableId[];
  /** The alpha that the simulated model's answers were to have, where the rows may be simulated. */
  readonly setReliability?: number;
}

/** @throws UserError for a bound, a seed or a number of replicates that cannot be */
export function correctedTables(
  study: StudyData,
  options: CorrectedOptions = {},
): readonly Table[] {
  const turns = correctedInTurn(study, options);
  let turn = turns.next();
  while (turn.done !== true) turn = turns.next();
  return turn.value;
}

/**
 * The same, with a stop before each table, so that who computes many of them can do something else
 * between.
 * @yields which table is next, and how many there are
 * @throws UserError as `correctedTables`
 */
export function* correctedInTurn(
  study: StudyData,
  { ids = TABLE_IDS, setReliability, ...given }: CorrectedOptions = {},
): Generator<Turn, readonly Table[]> {
  const settings = { ...DEFAULT_SETTINGS, ...given };
  requireSettings(settings);
  const isSet = setReliability !== undefined && study.dataOrigin === 'simulated';
  const { primary } = settings.plan;
  // The planned tests of all tables are corrected together, whichever tables are wanted.
  const planned = primary.map(({ table }) => String(table) as TableId);
  const wanted = [...new Set([...ids, ...planned])];
  const tables: Table[] = [];
  for (const [index, id] of wanted.entries()) {
    yield { next: id, index, of: wanted.length };
    tables.push({
      ...computeTable(id, 'corrected', study, settings),
      ...(isSet && id === otherReliability.id ? { set_reliability: setReliability } : {}),
    });
  }
  return assignRoles(tables, claimsOf, primary, spellingOf(study)).slice(0, ids.length);
}

function requireSettings({ equivalenceBound, personBound }: AnalysisSettings): void {
  const given = { 'equivalence bound': equivalenceBound, 'bound of a person': personBound };
  for (const [name, bound] of Object.entries(given)) {
    if (typeof bound !== 'number' || (bound > 0 && Number.isFinite(bound))) continue;
    throw new UserError(`The ${name} must be a number above 0, not ${bound}`, {
      code: 'number-invalid',
      hint: 'Use points of the scale, such as 0.5.',
    });
  }
}

/**
 * The rows of one table among several, typed as its definition makes them; none where it was not
 * computed.
 */
export function rowsOf<Row extends object>(
  tables: readonly Table[],
  { table, mode }: Pick<ModeDefinition<Row>, 'table' | 'mode' | 'tabulate'>,
): readonly Row[] {
  const found = tables.find((one) => one.table === table && one.mode === mode);
  return (found?.rows ?? []) as readonly object[] as readonly Row[];
}

export function describeTable(table: Table): Caption {
  const mode = modeOf(table);
  const markers = table.data_origin === 'simulated' ? NO_MARKERS : mode.legend;
  const say = wordsOf(table);
  return {
    title: say(mode.title(table.rows)),
    notes: [
      ...mode.notes(table.rows).map(say),
      ...(table.set_reliability === undefined ? [] : [sayReliability(table.set_reliability)]),
      ...(mode.legend === undefined ? [] : [markers!]),
    ],
  };
}

/** How sentences about a table call those who answer. */
function wordsOf({ isOfCases }: Pick<Table, 'isOfCases'>): (text: string) => string {
  return isOfCases === true ? sayCases : (text) => text;
}

/** The table with the texts and markers that the study printed, where it printed any. */
export function withText(table: Table): Table {
  const { print } = modeOf(table);
  return print === undefined ? table : { ...table, rows: table.rows.map(print) as Table['rows'] };
}

/** Of simulated data, no marker of significance is shown. Other tables stay as they are. */
function withoutMarkers(table: Table): Table {
  const { unmark } = modeOf(table);
  if (table.data_origin !== 'simulated' || unmark === undefined) return table;
  return { ...table, rows: table.rows.map(unmark) as Table['rows'] };
}

/** The table as it is in files: with texts and markers where the study printed any. */
export function completeTable(table: Table): Omit<Table, 'scaleNames' | 'units' | 'isOfCases'> {
  const { scaleNames: _, units: __, isOfCases: ___, ...complete } = withoutMarkers(withText(table));
  return complete;
}

/** @param table as computed, without texts */
export function layOutTable(table: Table): Layout {
  const reasons = new ReasonNotes();
  const { title, notes } = describeTable(table);
  const { scaleNames = new Map() } = table;
  const { rows } = completeTable(table);
  const cells = modeOf(table).layOut(rows, reasons);
  const laidOut =
    table.isOfCases === true && table.table === varianceComponents.id ? labelCases(cells) : cells;
  const spelt = table.mode === 'corrected' ? spellScales(laidOut, scaleNames) : laidOut;
  const grid = table.units === undefined ? spelt : spellScales(spelt, table.units);
  const roles = showRoles(grid, rows, table.mode === 'corrected' ? claimsOf(table.table) : []);
  return {
    table: table.table,
    mode: table.mode,
    isSimulated: table.data_origin === 'simulated',
    title,
    ...roles.grid,
    notes: [
      ...notes,
      ...(spelt === laidOut ? scaleNotes(namesIn(laidOut, scaleNames)) : []),
      ...(table.rows.length === 0 ? ['There are no rows for this table in the data.'] : []),
      ...roles.notes,
    ],
    reasons: reasons.list().map(({ letter, text }) => ({ letter, text: wordsOf(table)(text) })),
  };
}

/** Of scales whose ids a table shows somewhere, be it in a heading. */
function namesIn(grid: Grid, names: ScaleNames): ScaleNames {
  const cells = grid.sections.flatMap(({ title, rows }) => [
    title ?? '',
    ...rows.flatMap((row) => row.map(({ text }) => text)),
  ]);
  const shown = [...grid.headings.flatMap((line) => line.map(({ text }) => text)), ...cells];
  const words = new Set(shown.flatMap((text) => [text, ...text.split(/[\s,]+/)]));
  return new Map(
    [...names].map(([instrument, own]) => [
      instrument,
      new Map([...own].filter(([id]) => words.has(id))),
    ]),
  );
}

/** What a row was computed from. Rows of answers come with the answer of the sheet where the table compares them. */
export function behindOf(
  table: Pick<Table, 'table' | 'mode'>,
  row: object,
  study: StudyData,
): Behind {
  return modeOf(table).behind(row, study);
}

/** The cells of a row by their columns, for what must treat all tables alike. */
export function cellsOf(row: object): ReadonlyMap<string, Cell> {
  return new Map(Object.entries(row));
}
