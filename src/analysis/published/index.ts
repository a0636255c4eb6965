/** The study's tables as its published code computes them, flaws included. */
import type { StudyData } from '../data.ts';
import { TABLE_IDS, type Table, type TableId } from '../table.ts';
import { tabulateBaseAccuracy, tabulateConditionAccuracy } from './accuracy.ts';
import { tabulateCorrelations } from './correlations.ts';
import { tabulateDemographics } from './demographics.ts';
import { tabulateBigFiveReliability, tabulateEpqraReliability } from './reliability.ts';
import { tabulateScaleScores } from './scale-scores.ts';
import { tabulateTraitScores } from './trait-scores.ts';

/** @param ids in the order wanted; all tables when left out */
export function publishedTables(study: StudyData, ids: readonly TableId[] = TABLE_IDS): Table[] {
  let demographics: ReturnType<typeof tabulateDemographics> | null = null;
  const rowsOf = (id: TableId): Table['rows'] => {
    switch (id) {
      case '1':
      case '2':
      case '3':
        demographics ??= tabulateDemographics(study);
        return demographics[id];
      case '4':
        return tabulateScaleScores(study);
      case '5':
        return tabulateCorrelations(study);
      case '6':
        return tabulateEpqraReliability(study);
      case 'A4':
        return tabulateTraitScores(study);
      case 'A5':
        return tabulateBigFiveReliability(study);
      case 'A6':
        return tabulateBaseAccuracy(study);
      case 'A7':
        return tabulateConditionAccuracy(study);
    }
  };
  return ids.map((id) => ({ table: id, mode: 'published', data_origin: study.dataOrigin, rows: rowsOf(id) }));
}
