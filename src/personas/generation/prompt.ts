/** What a model is told when it writes a persona: texts kept as data, and the sheet as a table. */
import { readFileSync } from 'node:fs';
import type { Instrument } from '../../instruments/instrument.ts';
import type { AnswerOption, AnswerSet, Item } from '../../instruments/structure.ts';
import { mayBeMissing, SHEET_INSTRUMENT, type Sheet } from '../sheets/sheet.ts';

const TABLE_SLOT = '{{table}}';
const ASKED_SLOT = '{{asked}}';
const NO_ANSWER = '(no answer)';

/** The system role, with the schema of the persona in it. */
export const PERSONA_SYSTEM: string = read('persona-system.md').replace('{{schema}}', () =>
  read('persona-schema.json'),
);

/**
 * The prompt for sheets of an instrument, with a slot where the table of the sheet goes. The
 * study's is about True and False; the one for other instruments says what was asked and which
 * answers there were.
 */
export function personaPrompt(instrument: Instrument): string {
  return instrument.slug === SHEET_INSTRUMENT
    ? read('persona.md')
    : read('persona-answers.md').replace(ASKED_SLOT, () => describeAsked(instrument));
}

/** One row of the table. */
export interface PromptAnswer {
  readonly question: string;
  readonly answer: string;
}

/**
 * The prompt for one sheet: CSV with the columns question and answer. Numbers, scales and keys are
 * not shown: the persona is to be written from what was asked and answered.
 */
export function answerTable(prompt: string, rows: readonly PromptAnswer[]): string {
  const lines = rows.map(({ question, answer }) => `${quoted(question)},${quoted(answer)}`);
  return prompt.replace(TABLE_SLOT, () => ['question,answer', ...lines].join('\n'));
}

/**
 * A sheet in words, one row for each item in the order of its number.
 * @param questions as they were put, in the order of the items
 */
export function sheetInWords(
  sheet: Sheet,
  questions: readonly string[],
  instrument: Instrument,
): PromptAnswer[] {
  return shownItems(instrument).map((item) => ({
    question: questions[item.number - 1]!,
    answer: wordsFor(item, sheet.answers[item.number - 1]!),
  }));
}

/** Characters of the table of a sheet, about: answers have some five. */
export function lengthOfSheet(questions: readonly string[]): number {
  return questions.reduce((sum, question) => sum + question.length + 7, 0);
}

/** Sheets hold no texts, so that nobody's own words are sent on. */
function shownItems({ items }: Instrument): readonly Item[] {
  return items.filter(({ openCharacters }) => openCharacters === null);
}

function wordsFor({ answers, quantity }: Item, answer: number | null): string {
  if (answer === null) return NO_ANSWER;
  if (answers === null)
    return quantity?.unit == null ? String(answer) : `${answer} ${quantity.unit}`;
  return nameOption(answers.options.find(({ value }) => value === answer)!, answers);
}

/** The label; with the number where other answers of the set have nothing but one. */
function nameOption({ value, label, isLabelled }: AnswerOption, { options }: AnswerSet): string {
  if (!isLabelled) return String(value);
  return options.every((one) => one.isLabelled) ? label : `${value} (${label})`;
}

/** Instructions, and the answers there were, for the rows that they go for. */
function describeAsked(instrument: Instrument): string {
  const items = shownItems(instrument);
  const nameRows = (some: readonly Item[]) => {
    const [first, last] = [items.indexOf(some[0]!) + 1, items.indexOf(some.at(-1)!) + 1];
    if (some.length === items.length) return 'all questions';
    return first === last ? `question ${first}` : `questions ${first} to ${last}`;
  };
  const instructions = instrument.blocks.flatMap(({ instructions: own }, block) => {
    const some = items.filter((item) => item.block === block);
    return own === null || some.length === 0 ? [] : [`Instructions for ${nameRows(some)}: ${own}`];
  });
  const runs: Item[][] = [];
  for (const item of items) {
    const run = runs.at(-1);
    if (run !== undefined && hasSameAnswers(run[0]!, item)) run.push(item);
    else runs.push([item]);
  }
  return [
    ...(instrument.instructions === null ? [] : [`Instructions: ${instrument.instructions}`]),
    ...instructions,
    ...runs.map((run) => `Possible answers to ${nameRows(run)}: ${describeAnswers(run[0]!)}.`),
    ...(items.some((item) => mayBeMissing(instrument, item))
      ? [`"${NO_ANSWER}" stands where the person left a question out or was not asked it.`]
      : []),
  ].join('\n\n');
}

function hasSameAnswers(first: Item, second: Item): boolean {
  return first.answers === second.answers && first.quantity === second.quantity;
}

function describeAnswers({ answers, quantity }: Item): string {
  if (answers === null) {
    const { min, max, unit } = quantity!;
    return `a number from ${min} to ${max}${unit === null ? '' : ` (${unit})`}`;
  }
  const shown = answers.options.filter(({ isAddedMidpoint }) => !isAddedMidpoint);
  const listed =
    answers.range === null
      ? shown
      : shown.filter((one) => one.isLabelled || one === shown[0] || one === shown.at(-1));
  const names = listed.map((option) => `"${nameOption(option, answers)}"`);
  return answers.range === null ? names.join(', ') : `whole numbers, of which ${names.join(', ')}`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function read(file: string): string {
  return readFileSync(new URL(`../../../data/prompts/${file}`, import.meta.url), 'utf8').trimEnd();
}
