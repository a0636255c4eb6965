/** What came of the analyses that the study planned, in numbers and in words. */
import type { StudyData } from '../analysis/data.ts';
import type { PlannedClaim } from '../analysis/plan.ts';
import type { Table } from '../analysis/table.ts';
import { formatCount } from '../numbers.ts';
import type { Analysis } from './analysis.ts';
import { nameTable } from './tables/captions.ts';
import {
  describeP,
  formatDifference,
  formatInterval,
  formatList,
  formatNumber,
} from './tables/format.ts';
import {
  type AnyClaim,
  adjustedOf,
  familySizeOf,
  isSelected,
  selectionOf,
  spellingOf,
} from './tables/planned.ts';
import { claimsOf, keysOf } from './tables/tables.ts';

type Row = Table['rows'][number];

/** One planned claim about one row, or about none. */
export interface PrimaryAnalysis {
  readonly table: string;
  readonly claim: string;
  /** "GPT-4o, Base, N"; in the words of the plan where no row is found. */
  readonly subject: string;
  /** What is estimated, in words. */
  readonly about: string;
  /** The row of the corrected table; null where there is none. */
  readonly row: Row | null;
  /** Shares as they stand in the row, between 0 and 1. */
  readonly estimate: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Of the interval, in per cent. */
  readonly level: number;
  readonly isShare: boolean;
  /** Whether the claim has a test; else it is an estimate with its interval. */
  readonly isTest: boolean;
  /** Corrected over all primary analyses; null where there is no test. */
  readonly p: number | null;
  /** Why it cannot be estimated, or tested; null where it was. */
  readonly reason: string | null;
  /** The result in words, without what it is about; and with it, as a sentence. */
  readonly result: string;
  readonly words: string;
}

const LEVEL = 0.05;
const TABLES_OF_PEOPLE: readonly string[] = ['H1', 'H2'];

/**
 * In the order of the plan, with a row for each combination of the values that it lists.
 * @param corrected tables with the roles of their tests, those of the plan among them
 */
export function primaryAnalyses({
  study,
  settings,
  corrected,
}: Pick<Analysis, 'study' | 'settings' | 'corrected'>): readonly PrimaryAnalysis[] {
  const isSpelt = spellingOf(study);
  const seen = new Map<string, Set<Row>>();
  return settings.plan.primary.flatMap(expand).flatMap((planned): PrimaryAnalysis[] => {
    const table = String(planned.table);
    const claim = claimsOf(table).find(({ name }) => name === planned.claim);
    if (claim === undefined) return [];
    const all = corrected.find((one) => one.table === table)?.rows ?? [];
    const chosen = all.filter((row) => isSelected(planned, row, isSpelt));
    const making = chosen.filter((row) => claim.isMadeBy?.(row) ?? true);
    if (making.length === 0) return [withoutRow(planned, claim, chosen, study)];
    const known = seen.get(`${table} ${claim.name}`) ?? new Set();
    seen.set(`${table} ${claim.name}`, known);
    return making.flatMap((row) => {
      if (known.has(row)) return [];
      known.add(row);
      return [ofRow(table, claim, row)];
    });
  });
}

/** One claim for each combination of the values that it lists. */
function expand(planned: PlannedClaim): readonly PlannedClaim[] {
  return selectionOf(planned).reduce<readonly PlannedClaim[]>(
    (done, [key, words]) => done.flatMap((one) => words.map((word) => ({ ...one, [key]: word }))),
    [planned],
  );
}

function withoutRow(
  planned: PlannedClaim,
  { name: claim, about, level = 95, isShare = false, test }: AnyClaim,
  chosen: readonly Row[],
  { answered, humans }: StudyData,
): PrimaryAnalysis {
  const table = String(planned.table);
  const subject = selectionOf(planned)
    .map(([key, [word]]) => (key === 'model' || key === 'condition' ? word! : `${key} ${word}`))
    .join(', ');
  const reason =
    chosen.length > 0
      ? `its rows of ${nameTable(table)} make no claim of this kind${reasonOf(chosen[0]!)}`
      : answered.length === 0
        ? 'no questionnaire has been answered'
        : humans.length === 0 && TABLES_OF_PEOPLE.includes(table)
          ? 'no answers of people have been imported'
          : `${nameTable(table)} has no such row`;
  return {
    ...{ table, claim, subject, about, level, isShare, isTest: test !== undefined, reason },
    ...{ row: null, estimate: null, low: null, high: null, p: null },
    ...inWords({ table, claim, subject }, `not estimable: ${reason}`),
  };
}

function reasonOf({ reason }: Row): string {
  return typeof reason === 'string' ? `: ${reason}` : '';
}

function ofRow(table: string, claim: AnyClaim, row: Row): PrimaryAnalysis {
  const { name, about, level = 95, isShare = false, test } = claim;
  const numberOf = (column: string) => row[column] as number | null;
  const [estimate, low, high] = [claim.estimate, claim.low, claim.high].map(numberOf);
  const p = adjustedOf(row, claim);
  const isMissing = estimate == null || (test !== undefined && p === null);
  const subject = nameRow(keysOf(table), row);
  const found = {
    ...{ table, claim: name, subject, about, row, level, isShare, isTest: test !== undefined, p },
    ...{ estimate: estimate ?? null, low: low ?? null, high: high ?? null },
    reason: isMissing ? ((row.reason as string | null) ?? 'not defined for these data') : null,
  };
  return { ...found, ...inWords(found, describe(found, claim)) };
}

/** "GPT-4o, Base, E"; of a contrast "E of epqra: MaxN − Base (condition, GPT-4o)". */
function nameRow(keys: readonly string[], row: Row): string {
  if (keys.includes('level') && keys.includes('reference')) {
    const { outcome, instrument, level, reference, factor, model } = row;
    const where = model === null ? factor : `${factor}, ${model}`;
    return `${outcome} of ${instrument}: ${level} \u2212 ${reference} (${where})`;
  }
  return [...keys, ...(keys.includes('condition') ? [] : ['population'])]
    .filter((key, at, all) => all.indexOf(key) === at)
    .flatMap((key) => row[key] ?? [])
    .join(', ');
}

/** "GPT-4o, Base, E (Table 4, equivalence)" */
function nameClaim({
  table,
  claim,
  subject,
}: Pick<PrimaryAnalysis, 'table' | 'claim' | 'subject'>): string {
  const source = `${nameTable(table)}, ${claim}`;
  return subject === '' ? source : `${subject} (${source})`;
}

function inWords(
  named: Pick<PrimaryAnalysis, 'table' | 'claim' | 'subject'>,
  result: string,
): Pick<PrimaryAnalysis, 'result' | 'words'> {
  return { result, words: `${nameClaim(named)}: ${result}.` };
}

function describe(
  { about, p, reason, ...found }: Omit<PrimaryAnalysis, 'result' | 'words'>,
  claim: AnyClaim,
): string {
  const { test } = claim;
  const numbers = showEstimate(found);
  if (test === undefined || p === null) {
    const missing = `${test === undefined ? 'not estimable' : 'not tested'}: ${reason}`;
    if (numbers === null) return `not estimable: ${reason}`;
    return `${about} = ${numbers}${reason === null ? '' : `; ${missing}`}`;
  }
  const verdict = p < LEVEL ? test.shown : test.notShown;
  const size = found.row === null ? 0 : familySizeOf(found.row, claim);
  if (size < 2)
    return `${verdict}${numbers === null ? '' : `; ${about} = ${numbers}`}, ${describeP(p)}`;
  const corrected = describeP(p, `p corrected by Holm over ${formatCount(size)} claims`);
  if (numbers === null) return `${verdict}, ${corrected}`;
  return `${verdict}; ${about} = ${numbers}${found.low === null ? '' : ' (not corrected)'}, ${corrected}`;
}

/** "−0.31 [−0.60, −0.02]", in per cent where it is a share; null where there is none. */
export function showEstimate({
  estimate,
  low,
  high,
  level,
  isShare,
}: Pick<PrimaryAnalysis, 'estimate' | 'low' | 'high' | 'level' | 'isShare'>): string | null {
  if (estimate === null) return null;
  const [factor, decimals, unit] = isShare ? [100, 1, ' %'] : [1, 2, ''];
  const write = estimate < 0 ? formatDifference : formatNumber;
  const value = `${write(estimate * factor, decimals)}${unit}`;
  return low === null || high === null
    ? value
    : `${value}, ${level} % interval ${formatInterval(low * factor, high * factor, decimals)}`;
}

/** How the planned analyses were corrected, in a sentence; empty where none was planned. */
export function sayPrimaryFamily(primary: readonly PrimaryAnalysis[]): string {
  if (primary.length === 0) return '';
  const count = (isCounted: (one: PrimaryAnalysis) => boolean) => primary.filter(isCounted).length;
  const tests = count(({ isTest }) => isTest);
  const tested = count(({ p }) => p !== null);
  const missing = count(({ reason }) => reason !== null);
  const estimates = primary.length - tests;
  const parts = [
    ...(tested > 0
      ? [
          `the p values of the ${formatCount(tested)} that could be tested are corrected together by Holm`,
        ]
      : tests > 0
        ? [
            `${estimates === 0 ? 'none of them' : `none of the ${formatCount(tests)} with a test`} could be tested`,
          ]
        : []),
    ...(estimates === 0
      ? []
      : [
          tests === 0
            ? 'each is an estimate with its interval, without a test'
            : `${formatCount(estimates)} ${estimates === 1 ? 'is an estimate with its interval' : 'are estimates with their intervals'}, without a test`,
        ]),
    ...(missing === 0 ? [] : [`${formatCount(missing)} could not be estimated`]),
  ];
  return `The study planned ${formatCount(primary.length)} ${primary.length === 1 ? 'primary analysis' : 'primary analyses'}; ${formatList(parts)}. All other tests are exploratory.`;
}
