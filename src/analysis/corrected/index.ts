/**
 * Every table of the study with the corrections of this program. Each table says how it differs
 * from the published computation.
 */
import { UserError } from '../../errors.ts';
import type { StudyData } from '../data.ts';
import { type Cell, TABLE_IDS, type Table, type TableId } from '../table.ts';
import { tabulateBaseAccuracy, tabulateManipulatedAccuracy } from './accuracy.ts';
import { tabulateCorrelations } from './correlations.ts';
import { tabulateDemographics } from './demographics.ts';
import { tabulateOtherReliability, tabulateSheetReliability } from './reliability.ts';
import { tabulateScaleScores } from './scale-scores.ts';
import { tabulateTraitScores } from './trait-scores.ts';

export interface CorrectedOptions {
  /** How far a mean may lie from that of the sheets and still count as equivalent, in points of the scale. */
  readonly equivalenceBound?: number;
  /** Of the bootstrap, any whole number. */
  readonly seed: number;
  readonly bootstrapReplicates: number;
  /** All, unless named; in the order given. */
  readonly ids?: readonly TableId[];
}

const DEFAULT_BOUND = 0.5;

type Row = Readonly<Record<string, Cell>>;

/** @throws UserError for a bound, a seed or a number of replicates that cannot be */
export function correctedTables(study: StudyData, options: CorrectedOptions): readonly Table[] {
  const { equivalenceBound = DEFAULT_BOUND, ids = TABLE_IDS } = options;
  requireOptions(equivalenceBound, options);
  const tabulate: Readonly<Record<TableId, () => readonly Row[]>> = {
    '1': () => tabulateDemographics(study.personas, '1'),
    '2': () => tabulateDemographics(study.personas, '2'),
    '3': () => tabulateDemographics(study.personas, '3'),
    '4': () => tabulateScaleScores(study, equivalenceBound),
    '5': () => tabulateCorrelations(study),
    '6': () => tabulateSheetReliability(study, options),
    A4: () => tabulateTraitScores(study),
    A5: () => tabulateOtherReliability(study, options),
    A6: () => tabulateBaseAccuracy(study),
    A7: () => tabulateManipulatedAccuracy(study),
  };
  return ids.map((table) => ({ table, mode: 'corrected', data_origin: study.dataOrigin, rows: tabulate[table]() }));
}

function requireOptions(bound: number, { seed, bootstrapReplicates }: CorrectedOptions): void {
  if (!(bound > 0 && Number.isFinite(bound))) {
    throw new UserError(`The equivalence bound must be a number above 0, not ${bound}`, {
      code: 'number-invalid',
      hint: 'Use points of the scale, such as 0.5.',
    });
  }
  if (!Number.isSafeInteger(seed)) {
    throw new UserError(`The seed of the bootstrap must be an integer, not ${seed}`, {
      code: 'number-invalid',
      hint: 'Use any integer, such as 1.',
    });
  }
  if (!Number.isInteger(bootstrapReplicates) || bootstrapReplicates < 1) {
    throw new UserError(`The number of bootstrap resamples must be a positive integer, not ${bootstrapReplicates}`, {
      code: 'number-invalid',
      hint: 'Use a few thousand, such as 2000.',
    });
  }
}
