/**
 * Table Q2: administrations that brought no answers. How many, by what became of them, and whether
 * a condition changes that; whether the persons of whom they are differ in their sheets; and how
 * far the missing answers could move a mean at most.
 */
import type { Answered, StudyData } from '../data.ts';
import { listCells } from './cells.ts';
import { type EndedCell, readEndings } from './ended-cells.ts';
import { boundScores } from './missing-bounds.ts';
import { describeEndings } from './missing-endings.ts';
import type { MissingRow } from './missing-row.ts';
import { compareSheetScores } from './missing-sheets.ts';
import { adjustRows } from './rows.ts';
import { SheetScoresByScale } from './sheets.ts';

/** First how administrations ended, then the sheets, then the bounds. */
export function tabulateMissingAnswers(study: StudyData): readonly MissingRow[] {
  const sheets = new SheetScoresByScale(study);
  const forms = study.answered.map((answered) => ({
    answered,
    cells: listCells(answered, 'Q2').map(readEndings),
  }));
  const eachCell = (describe: (cell: EndedCell, form: Form) => readonly MissingRow[]) =>
    forms.flatMap((form) => form.cells.flatMap((cell) => describe(cell, form)));
  return [
    ...adjustRows(
      eachCell((cell, { cells }) => describeEndings(cell, cells)),
      'table Q2: endings',
    ),
    ...adjustRows(
      eachCell((cell) => compareSheetScores(sheets, cell)),
      'table Q2: sheet scores',
    ),
    ...eachCell((cell) => boundScores(study, sheets, cell)),
  ];
}

interface Form {
  readonly answered: Answered;
  readonly cells: readonly EndedCell[];
}
