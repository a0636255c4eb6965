/**
 * Table R2: whether the items of a scale, and of a whole questionnaire, measure one thing, and the
 * same thing as in the sheets.
 */

import { eigenvaluesOf } from '../../statistics/linear.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { centre, covariancesOf, FEWEST_PERSONS, itemColumns } from '../../statistics/omega.ts';
import { fitOneFactor } from '../../statistics/one-factor.ts';
import {
  ChanceEigenvalues,
  congruenceOf,
  correlationsOf,
  countFactors,
} from '../../statistics/parallel-analysis.ts';
import type { Sheets, StudyData } from '../data.ts';
import { hasSheets } from '../has-sheets.ts';
import { columnsOfAllScales } from '../scores.ts';
import { RANDOM_ROW, REFERENCE_ROW } from '../table.ts';
import { clusterStarts, explainEmpty, isOfSheets, listCells, readItems } from './cells.ts';
import { itemSamples, type ReliabilityRow, type Sample } from './reliability.ts';
import { Reasons } from './rows.ts';
import { readSheetItems } from './sheets.ts';

export type DimensionalityRow = Pick<
  ReliabilityRow,
  'instrument' | 'model' | 'population' | 'n' | 'n_clusters' | 'n_incomplete' | 'answered_by'
> & {
  /** Null for all items that are on some scale. */
  readonly scale: string | null;
  /** Items that vary; the others are left out. */
  readonly k: number;
  /** Of the correlations of the items, in descending order; null as the others. */
  readonly eigenvalues: readonly number[] | null;
  /** The first eigenvalue by the second. */
  readonly eigenvalue_ratio: number | null;
  /** The first eigenvalues that are above those of chance. */
  readonly n_factors: number | null;
  /** Numbers of the items that vary, and their loadings on one factor; null as phi. */
  readonly item_numbers: readonly number[] | null;
  readonly loadings: readonly number[] | null;
  /** Tucker's, of these loadings and those of `compared_with`. Null of a whole questionnaire. */
  readonly phi: number | null;
  /** Items that vary on both sides. */
  readonly phi_items: number | null;
  /** `Reference`: the sheets. `others`: the means of all other rows of the scale. */
  readonly compared_with: typeof REFERENCE_ROW | 'others' | null;
  readonly reason: string | null;
};

/** Points on some items. */
type ItemSample = Pick<
  Sample,
  | 'instrument'
  | 'model'
  | 'population'
  | 'n_incomplete'
  | 'answered_by'
  | 'items'
  | 'clusterIds'
  | 'points'
  | 'empty'
  | 'isSet'
> & { readonly scale: string | null };

/** The scales of a cell, then all of its items, where these are not those of one scale. */
export function tabulateDimensionality(study: StudyData): readonly DimensionalityRow[] {
  const samples = [...itemSamples(study), ...wholeSamples(study)];
  const byCell = Map.groupBy(samples, ({ instrument, model, population, answered_by: by }) =>
    JSON.stringify([instrument, model, population, by]),
  );
  const chance = new ChanceEigenvalues();
  const fewest = hasSheets(study) ? 0 : FEWEST_PERSONS;
  const described = [...byCell.values()].flat().map((sample) => describe(sample, chance, fewest));
  const rivals = Map.groupBy(described, ({ row }) => JSON.stringify([row.instrument, row.scale]));
  return described.map((one) =>
    compare(one, rivals.get(JSON.stringify([one.row.instrument, one.row.scale]))!),
  );
}

function wholeSamples(study: StudyData): readonly ItemSample[] {
  const sheets = [
    { of: study.reference, kind: 'reference', model: REFERENCE_ROW },
    { of: study.random, kind: 'random', model: RANDOM_ROW },
  ] as const;
  return [
    ...sheets.flatMap(({ of, kind, model }) => wholeOfSheets(of, kind, model)),
    ...study.answered.flatMap((answered): readonly ItemSample[] => {
      const { questionnaire } = answered;
      if (questionnaire.scales.length < 2) return [];
      const columns = columnsOfAllScales(questionnaire);
      return listCells(answered, 'A5').map((cell) => {
        const { items, clusterIds, points, incomplete } = readItems(cell, columns);
        const isReference = cell.population.isReference && !isOfSheets(study, questionnaire);
        return {
          instrument: questionnaire.label,
          model: isReference ? REFERENCE_ROW : cell.model.label,
          answered_by: isReference ? cell.model.label : null,
          population: isReference ? null : cell.label,
          scale: null,
          n_incomplete: incomplete,
          ...{ items, clusterIds, points },
          empty: explainEmpty(cell),
          isSet: false,
        };
      });
    }),
  ];
}

function wholeOfSheets(
  sheets: Sheets,
  kind: 'reference' | 'random',
  model: string,
): readonly ItemSample[] {
  const { questionnaire, personalityIds } = sheets;
  if (personalityIds.length === 0 || questionnaire.scales.length < 2) return [];
  const read = readSheetItems(sheets, columnsOfAllScales(questionnaire), kind);
  const found = isAvailable(read)
    ? { items: read.items, clusterIds: read.personalityIds, points: read.points, empty: '' }
    : {
        items: [],
        clusterIds: new Int32Array(),
        points: new Int32Array(),
        empty: read.notAvailable,
      };
  return [
    {
      instrument: questionnaire.label,
      ...{ model, population: null, scale: null, answered_by: null },
      n_incomplete: personalityIds.length - found.clusterIds.length,
      isSet: kind === 'random',
      ...found,
    },
  ];
}

interface Described {
  readonly row: DimensionalityRow;
  readonly reasons: Reasons;
  /** By number of the item. */
  readonly loadings: ReadonlyMap<number, number> | NotAvailable;
  readonly isSet: boolean;
}

/** @param fewest persons of whom there are correlations; fewer cases of one's own show chance alone */
function describe(sample: ItemSample, chance: ChanceEigenvalues, fewest: number): Described {
  const { instrument, model, population, scale, n_incomplete, answered_by, isSet } = sample;
  const reasons = new Reasons();
  const starts = clusterStarts(sample.clusterIds);
  const persons = starts.length - 1;
  const n = sample.clusterIds.length;
  const columns = itemColumns({ k: sample.items.length, points: sample.points, starts });
  const varying = [...columns.keys()].filter((item) =>
    columns[item]!.some((own) => own !== columns[item]![0]),
  );
  const k = varying.length;
  const items = varying.map((item) => sample.items[item]!);
  const correlations =
    n === 0
      ? notAvailable(sample.empty)
      : persons < fewest
        ? notAvailable(`fewer than ${fewest} persons`)
        : k < 2
          ? notAvailable('fewer than 2 items vary')
          : correlationsOf(covariancesOf(varying.map((item) => centre(columns[item]!))), k);
  const found = reasons.take(correlations);
  const eigenvalues = found && eigenvaluesOf(found, k);
  const thresholds =
    eigenvalues &&
    reasons.take(
      persons > k ? chance.of(persons, k) : notAvailable('not more persons than items that vary'),
      'number of factors',
    );
  const fit = found && scale !== null ? fitOneFactor(found, k) : notAvailable('');
  return {
    reasons,
    isSet,
    loadings: isAvailable(fit) ? new Map(items.map((item, at) => [item, fit.loadings[at]!])) : fit,
    row: {
      ...{ instrument, model, population, scale, n, k },
      n_clusters: persons,
      n_incomplete,
      answered_by,
      eigenvalues: eigenvalues && [...eigenvalues],
      eigenvalue_ratio: eigenvalues && ratioOf(eigenvalues, reasons),
      n_factors: eigenvalues && thresholds && countFactors(eigenvalues, thresholds),
      item_numbers: isAvailable(fit) ? items : null,
      loadings: isAvailable(fit) ? [...fit.loadings] : null,
      phi: null,
      phi_items: null,
      compared_with: null,
      reason: null,
    },
  };
}

function ratioOf([first, second]: Float64Array, reasons: Reasons): number | null {
  if (second! > 1e-9) return first! / second!;
  reasons.add('ratio of eigenvalues: one component explains everything');
  return null;
}

/** A congruence of fewer loadings says little. */
const FEWEST_LOADINGS = 3;

/** @param rivals all rows of the same items, its own too */
function compare(own: Described, rivals: readonly Described[]): DimensionalityRow {
  const { row, reasons } = own;
  const isReference = row.model === REFERENCE_ROW && row.answered_by === null;
  if (row.scale === null || isReference || row.eigenvalues === null)
    return { ...row, reason: reasons.toCell() };
  const sheets = rivals.find(
    (one) => one.row.model === REFERENCE_ROW && one.row.answered_by === null,
  );
  const mine = reasons.take(own.loadings, 'loadings');
  const theirs =
    mine && reasons.take(sheets?.loadings ?? meanLoadings(own, rivals), 'loadings to compare with');
  const shared = mine && theirs && [...mine.keys()].filter((item) => theirs.has(item));
  const isEnough = shared !== null && shared.length >= FEWEST_LOADINGS;
  if (shared !== null && !isEnough) reasons.add('phi: fewer than 3 items vary on both sides');
  return {
    ...row,
    compared_with: isEnough ? (sheets === undefined ? 'others' : REFERENCE_ROW) : null,
    phi_items: isEnough ? shared.length : null,
    phi: isEnough
      ? congruenceOf(
          shared.map((item) => mine!.get(item)!),
          shared.map((item) => theirs!.get(item)!),
        )
      : null,
    reason: reasons.toCell(),
  };
}

/** Each row with the same weight; scales that a condition sets, and random ones, left out. */
function meanLoadings(
  own: Described,
  rivals: readonly Described[],
): ReadonlyMap<number, number> | NotAvailable {
  const found = rivals.flatMap(({ loadings, isSet, row }) =>
    row !== own.row && !isSet && isAvailable(loadings) ? [loadings] : [],
  );
  if (found.length === 0) return notAvailable('there are no sheets and no other rows');
  const items = new Set(found.flatMap((one) => [...one.keys()]));
  return new Map(
    [...items].map((item) => {
      const values = found.flatMap((one) => one.get(item) ?? []);
      return [item, values.reduce((sum, value) => sum + value, 0) / values.length];
    }),
  );
}
