/** Sheets of a Likert instrument: people made up by a seeded generator. */
import { findInstrument } from '../../src/instruments/load.ts';
import { createChance } from '../../src/personas/sheets/chance.ts';
import { createSheet, type Sheet } from '../../src/personas/sheets/sheet.ts';

export const MINIIPIP = findInstrument('miniipip');

/** Of `createChance`, unlike those of the program. */
const PURPOSE = 99;

/**
 * Each person has a level on each scale, from 1 to 5, and answers its items near it. Personality
 * ids are 1, 2, ….
 */
export function likertSheets(people: number, seed: number): Sheet[] {
  const chance = createChance(seed, PURPOSE);
  return Array.from({ length: people }, (_, person) => {
    const levels = new Map(MINIIPIP.scales.map(({ id }) => [id, 1 + chance.below(5)]));
    return createSheet(
      person + 1,
      MINIIPIP.items.map(({ scale, reverse }) => {
        const level = levels.get(scale!)! + chance.below(3) - 1;
        const points = Math.min(5, Math.max(1, level));
        return reverse ? 6 - points : points;
      }),
    );
  });
}

/** The sheets as people keep them: a row a person, labels in place of numbers. */
export function wideCsv(sheets: readonly Sheet[]): string {
  const { options } = MINIIPIP.items[0]!.answers!;
  const header = ['personality_id', ...MINIIPIP.items.map(({ number }) => `q${number}`)];
  const rows = sheets.map(({ personalityId, answers }) => [
    personalityId,
    ...answers.map((answer) => options.find(({ value }) => value === answer)!.label),
  ]);
  return [header, ...rows].map((row) => `${row.join(',')}\n`).join('');
}
