/** Bringing answer sheets of one's own. */

import type { Instrument } from '../../instruments/instrument.ts';
import { parseSheets, type SheetRecord } from '../../personas/sheets/read.ts';
import type { Sheet } from '../../personas/sheets/sheet.ts';
import { readCsv } from '../csv/csv.ts';
import { allOrNothing } from './all-or-nothing.ts';

/**
 * Reads sheets of an instrument from a CSV file, in one of the shapes that `parseSheets` knows.
 * @throws UserError naming file, line and column of what is wrong
 */
export function readSheetFile(file: string, instrument: Instrument): Promise<Sheet[]> {
  return allOrNothing(async () => {
    const records: SheetRecord[] = [];
    for await (const record of readCsv(file)) records.push(record);
    return parseSheets(records, file, instrument);
  });
}
