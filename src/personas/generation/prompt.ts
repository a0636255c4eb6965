/** What a model is told when it writes a persona: texts kept as data, and the sheet as a table. */
import { readFileSync } from 'node:fs';
import type { Sheet } from '../sheets/sheet.ts';

const TABLE_SLOT = '{{table}}';

/** The system role, with the schema of the persona in it. */
export const PERSONA_SYSTEM: string = read('persona-system.md').replace('{{schema}}', () =>
  read('persona-schema.json'),
);

/** The prompt, with a slot where the table of the sheet goes. */
export const PERSONA_PROMPT: string = read('persona.md');

/**
 * The prompt for one sheet: CSV with the columns question and answer, one row for each item in the
 * order of its number. Numbers, scales and keys are not shown: the persona is to be written from
 * what was asked and answered.
 */
export function fillSheet(prompt: string, questions: readonly string[], sheet: Sheet): string {
  const rows = questions.map(
    (question, index) => `${quoted(question)},${sheet.answers[index] === true ? 'True' : 'False'}`,
  );
  return prompt.replace(TABLE_SLOT, () => ['question,answer', ...rows].join('\n'));
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function read(file: string): string {
  return readFileSync(new URL(`../../../data/prompts/${file}`, import.meta.url), 'utf8').trimEnd();
}
