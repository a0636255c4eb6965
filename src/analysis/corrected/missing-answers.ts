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
import { adjust } from './rows.ts';
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
    ...adjustByModel(eachCell((cell, { cells }) => describeEndings(cell, cells))),
    ...adjustByModel(eachCell((cell) => compareSheetScores(sheets, cell))),
    ...eachCell((cell) => boundScores(study, sheets, cell)),
  ];
}

interface Form {
  readonly answered: Answered;
  readonly cells: readonly EndedCell[];
}

/** Each model and part is a family: another model changes no p. */
function adjustByModel(rows: readonly MissingRow[]): readonly MissingRow[] {
  const adjusted = new Map<MissingRow, MissingRow>();
  for (const [model, own] of Map.groupBy(rows, (row) => row.model)) {
    const ps = own.map(({ p }) => p);
    adjust(ps, `table Q2: ${own[0]!.part}: ${model}`).forEach((columns, at) => {
      adjusted.set(own[at]!, { ...own[at]!, ...columns });
    });
  }
  return rows.map((row) => adjusted.get(row)!);
}
