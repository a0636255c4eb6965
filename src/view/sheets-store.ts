/** SQL of the sheets that personas were written from, and what they score. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import type { Instrument, Scores } from '../instruments/instrument.ts';
import { scoreAnswers } from '../instruments/score.ts';
import { CONDITIONS, type Condition } from '../personas/sheets/conditions.ts';
import { applyCondition } from '../personas/sheets/drive.ts';
import {
  findReference,
  hasPublishedTable,
  sheetInstrument,
} from '../personas/sheets/reference-store.ts';
import { createSheet, type Sheet } from '../personas/sheets/sheet.ts';

export interface SheetReader {
  /** What the sheets answer. */
  readonly instrument: Instrument;
  /** The sheets of these personalities, by personality; those without one are absent. */
  readonly sheetsOf: (
    database: Pick<Database, 'db' | 't'>,
    personalities: readonly number[],
  ) => Promise<ReadonlyMap<number, Sheet>>;
}

/** Null where the study has no reference population. */
export async function openSheets(
  database: Pick<Database, 'db' | 't'>,
): Promise<SheetReader | null> {
  const reference = await findReference(database);
  if (reference === null) return null;
  const instrument = await sheetInstrument(database, reference);
  const isPublished = hasPublishedTable(instrument);
  return {
    instrument,
    async sheetsOf({ db, t }, personalities) {
      const from = isPublished
        ? sql`select personality_id, question_number, answer::int as answer from ${t.reference_questionnaires}`
        : sql`select personality_id, question_number, answer from ${t.sheet_answers} where kind = 'reference'`;
      const { rows } = await sql<{ id: number; answers: (number | null)[] }>`
        select personality_id as id, array_agg(answer order by question_number) as answers from (${from}) as sheets
        where personality_id = any(${[...personalities]}::int[]) group by 1`.execute(db);
      return new Map(rows.map(({ id, answers }) => [id, createSheet(id, answers)]));
    },
  };
}

/**
 * What the persona of a condition was told of a sheet, scored. Conditions of other programs are
 * unknown: then the sheet is scored as the person answered it.
 * @param label of the condition, as tables show it
 */
export function scoresOfSheet(
  { instrument }: Pick<SheetReader, 'instrument'>,
  sheet: Sheet,
  label: string | null,
): Scores {
  const condition = CONDITIONS.find((one) => one.label === label);
  return scoresUnder(instrument, sheet, condition ?? null);
}

function scoresUnder(instrument: Instrument, sheet: Sheet, condition: Condition | null): Scores {
  const told = condition === null ? sheet : applyCondition(sheet, condition, instrument);
  return scoreAnswers(
    instrument,
    new Map(
      told.answers.flatMap((answer, index) =>
        answer === null ? [] : [[index + 1, answer] as const],
      ),
    ),
  );
}
