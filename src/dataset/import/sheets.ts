/** Bringing answer sheets of one's own. */
import { findInstrument } from '../../instruments/load.ts';
import { parseSheets, type SheetRecord } from '../../personas/sheets/read.ts';
import type { Sheet } from '../../personas/sheets/sheet.ts';
import { SHEET_INSTRUMENT } from '../../personas/sheets/sheet.ts';
import { readCsv } from '../csv/csv.ts';

/**
 * Reads sheets from a CSV file, in one of the shapes that `parseSheets` knows.
 * @throws UserError naming file, line and column of what is wrong
 */
export async function readSheetFile(file: string): Promise<Sheet[]> {
  const records: SheetRecord[] = [];
  for await (const record of readCsv(file)) records.push(record);
  return parseSheets(records, file, findInstrument(SHEET_INSTRUMENT));
}
