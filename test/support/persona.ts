/**
 * What is needed to write personas in miniature: a few sheets, and what a model would reply to
 * them.
 */
import type { Database } from '../../src/db/connect.ts';
import {
  type GenerationOptions,
  type GenerationRequest,
  type GenerationResult,
  generatePersonas,
} from '../../src/personas/generation/generate.ts';
import type { WrittenPersona } from '../../src/personas/generation/reply.ts';
import { findCondition } from '../../src/personas/sheets/conditions.ts';
import { seedReference } from '../../src/personas/sheets/reference.ts';
import { createSheet, type Sheet } from '../../src/personas/sheets/sheet.ts';
import type { Seen } from './misbehaving-server.ts';
import { configFor, EPQRA, messagesOf } from './study.ts';

/**
 * Personality 10, 20, … with the number of the sheet written in its answers, so that every sheet is
 * another one.
 */
export function fewSheets(count: number): Sheet[] {
  return Array.from({ length: count }, (_, index) =>
    createSheet(
      (index + 1) * 10,
      EPQRA.items.map(({ number }) =>
        number <= 8 ? (index >> (number - 1)) & 1 : Number(number % 3 === 0),
      ),
    ),
  );
}

/** Fills the reference tables with `fewSheets` under the name `few`. */
export async function seedFew(database: Database, count: number): Promise<readonly Sheet[]> {
  const sheets = fewSheets(count);
  await seedReference(database, 1, {
    name: 'few',
    instrument: EPQRA,
    sheets,
    source: 'few.csv',
    ethicsNote: null,
  });
  return sheets;
}

export const BASE = findCondition('Base');

/** Generation by the simulated GPT-4o under Base, where the request says nothing else. */
export function generate(
  database: Database,
  baseUrl: string,
  request: Partial<GenerationRequest> = {},
  options: GenerationOptions = {},
): Promise<GenerationResult> {
  return generatePersonas(database, configFor(baseUrl), generationRequest(request), options);
}

export function generationRequest(more: Partial<GenerationRequest> = {}): GenerationRequest {
  return { models: ['sim-gpt4o'], conditions: [BASE], repoSha: 'unknown', ...more };
}

/** A complete persona as a model would write it; `mark` stands in its biography. */
export function personaReply(
  mark: string,
  changes: Partial<Record<keyof WrittenPersona, unknown>> = {},
): string {
  return JSON.stringify({
    name: 'Marta Gil',
    age: 34,
    gender: 'Woman',
    sexual_orientation: 'Straight',
    race: 'Caucasian',
    ethnicity: 'Spanish',
    religious_belief: 'Roman Catholic',
    occupation: 'Nurse',
    political_orientation: 'Conservative',
    location: 'Madrid, Spain',
    description: biography(mark),
    ...changes,
  });
}

/** Some forty words. */
export function biography(mark: string): string {
  return `${mark}. ${'She wakes before the alarm and counts her change twice. '.repeat(2)}\n\n${'Her friends call late and laugh at length. '.repeat(2).trim()}`;
}

/** The table of a request: what was asked and answered, in its order. */
export function tableOf(seen: Seen): { questions: string[]; answers: number[] } {
  const lines = messagesOf(seen).user.split('\n');
  const header = lines.indexOf('question,answer');
  const rows = lines.slice(header + 1, lines.indexOf('', header));
  return {
    questions: rows.map((row) =>
      row
        .replace(/,(?:True|False)$/, '')
        .replace(/^"(.*)"$/, '$1')
        .replaceAll('""', '"'),
    ),
    answers: rows.map((row) => Number(row.endsWith(',True'))),
  };
}

/** The personality whose sheet, as it is, stands in a request. */
export function personalityIn(seen: Seen, sheets: readonly Sheet[]): number {
  const { answers } = tableOf(seen);
  const found = sheets.find((sheet) =>
    sheet.answers.every((answer, index) => answer === answers[index]),
  );
  if (found === undefined) throw new Error('the request holds none of the sheets');
  return found.personalityId;
}
