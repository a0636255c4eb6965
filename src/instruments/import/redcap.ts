/**
 * Reads a data dictionary of REDCap: a CSV file with one row a field. Its columns have the names of
 * the download (of older versions too), or those of REDCap's API, or what R makes of either.
 */
import { UserError } from '../../errors.ts';
import { shorten } from '../../shorten.ts';
import type { ItemTable } from './items-csv.ts';
import {
  idMaker,
  LONGEST_QUOTE,
  plainOf,
  type SkippedQuestion,
  type Survey,
  type SurveyItem,
  type SurveyOption,
  wholeNumber,
} from './survey.ts';

/** Names of columns with one space for whatever is neither letter nor digit. */
const NAMES = {
  name: ['variable field name', 'field name'],
  form: ['form name'],
  section: ['section header'],
  type: ['field type'],
  label: ['field label'],
  choices: [
    'choices calculations or slider labels',
    'choices or calculations',
    'select choices or calculations',
  ],
  branching: ['branching logic show field only if', 'branching logic'],
  annotation: ['field annotation'],
  identifier: ['identifier'],
  required: ['required field'],
} as const;
type Column = keyof typeof NAMES;

const YES_NO: Readonly<Record<string, string>> = {
  yesno: '1, Yes | 0, No',
  truefalse: '1, True | 0, False',
};
const NO_CHOICE: Readonly<Record<string, string>> = {
  text: 'it asks for a text, a number or a date',
  notes: 'it asks for a text',
  checkbox: 'it takes several answers',
  slider: 'it is a slider: write it as an item with a "range"',
  file: 'it asks for a file',
  sql: 'its answers come from a database',
};

/** Whether these are the columns of such a file. */
export function isRedcap({ columns }: ItemTable): boolean {
  const own = columnsOf(columns);
  return ['name', 'type', 'choices'].every((column) => own.has(column as Column));
}

/** Names of columns as the file writes them. */
function columnsOf(columns: readonly string[]): Map<Column, string> {
  const plain = columns.map((name) =>
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, ' ')
      .trim(),
  );
  const own = new Map<Column, string>();
  for (const [column, names] of Object.entries(NAMES)) {
    const index = plain.findIndex((name) => (names as readonly string[]).includes(name));
    if (index >= 0) own.set(column as Column, columns[index]!);
  }
  return own;
}

/** @throws UserError where an answer of a field has no number */
export function readRedcap({ columns, rows }: ItemTable, file: string): Survey {
  const names = columnsOf(columns);
  const written = rows.map(
    (cells) => (column: Column) => (cells[names.get(column) ?? ''] ?? '').trim(),
  );
  // R writes NA for an empty cell. These two columns have "y" or nothing.
  const isEmptyNa = written.some(
    (cell) => cell('identifier') === 'NA' || cell('required') === 'NA',
  );
  const items: SurveyItem[] = [];
  const skipped: SkippedQuestion[] = [];
  const notes: string[] = [];
  const calculated: { readonly name: string; readonly formula: string }[] = [];
  const idOf = idMaker();
  const fieldIds = new Map<string, number>();
  const all = written.map((own) => ({
    cell: (column: Column) => (isEmptyNa && own(column) === 'NA' ? '' : own(column)),
  }));
  const known = new Set(all.map(({ cell }) => cell('name')));
  const isPiped = (text: string) =>
    [...text.matchAll(/\[([a-z0-9_-]+)(?::[^\]]*)?\]|\{([a-z0-9_]+)(?::[a-z]+)?\}/gi)].some(
      ([, piped, embedded]) => known.has(piped ?? embedded!) || piped?.includes('-') === true,
    );
  const conditional: string[] = [];
  let before: string | null = null;
  let form = '';
  for (const { cell } of all) {
    const name = cell('name');
    if (name === '') continue;
    if (cell('form') !== form) before = null;
    form = cell('form');
    const section = plainOf(cell('section')).text;
    if (section !== '') before = isPiped(section) ? null : section;
    const type = cell('type').toLowerCase();
    const { text, hasPicture } = plainOf(cell('label'));
    const skip = (reason: string) =>
      skipped.push({ question: `${name} "${shorten(text, LONGEST_QUOTE)}"`, reason });
    if (type === 'descriptive') {
      if (text !== '') before = isPiped(text) ? null : text;
      continue;
    }
    if (type === 'calc') {
      calculated.push({ name, formula: cell('choices') });
      continue;
    }
    if (!['radio', 'dropdown', ...Object.keys(YES_NO)].includes(type)) {
      skip(NO_CHOICE[type] ?? `fields of the type "${type}" cannot be imported`);
      continue;
    }
    if (/@HIDDEN(?:-SURVEY)?(?![-\w])/i.test(cell('annotation'))) skip('it is hidden (@HIDDEN)');
    else if (text === '') skip('it has no text');
    else if (hasPicture) skip('it shows a picture');
    else if (isPiped(text)) skip('its text has a place for other answers or data');
    else {
      if (cell('branching') !== '') conditional.push(name);
      fieldIds.set(name, items.length);
      items.push({
        id: idOf(name),
        text,
        instructions: before,
        options: choicesOf(YES_NO[type] ?? cell('choices'), `${file}, field ${name}`),
        scales: null,
        signs: null,
      });
    }
  }
  if (conditional.length > 0)
    notes.push(`Shown under a condition only, which is not imported: ${conditional.join(', ')}.`);
  if (Object.keys(YES_NO).some((type) => all.some(({ cell }) => cell('type') === type)))
    notes.push('Fields of the types "yesno" and "truefalse" have their English words.');
  const scored = withCalculations({ items, fieldIds, calculated }, skipped, notes);
  return { title: null, language: null, score: scored.score, items: scored.items, skipped, notes };
}

/** `1, No | 2, Yes, a bit`: parted at each bar, then at the first comma. */
function choicesOf(choices: string, where: string): SurveyOption[] {
  return choices.split('|').map((part) => {
    const comma = part.indexOf(',');
    const code = (comma < 0 ? part : part.slice(0, comma)).trim();
    const label = comma < 0 ? '' : plainOf(part.slice(comma + 1)).text;
    if (code === '')
      throw new UserError(`${where}: an answer has no code`, {
        code: 'instrument-import-invalid',
        hint: 'Answers read 1, No | 2, Yes: a code, a comma, the words.',
      });
    const number = wholeNumber(code);
    return {
      number,
      label: label === '' || label === String(number) ? (number === null ? code : null) : label,
      isMissing: false,
    };
  });
}

interface Fields {
  readonly items: readonly SurveyItem[];
  /** Index into `items` by name of the field. */
  readonly fieldIds: ReadonlyMap<string, number>;
  readonly calculated: readonly { readonly name: string; readonly formula: string }[];
}

/** Scales and signs from fields that add up or average others, such as `sum([a], 6-[b])`. */
function withCalculations(
  { items, fieldIds, calculated }: Fields,
  skipped: SkippedQuestion[],
  notes: string[],
) {
  const scales = new Map<number, Map<string, 1 | -1>>();
  const scores = new Set<'sum' | 'mean'>();
  for (const { name, formula } of calculated) {
    const read = readFormula(formula, items, fieldIds);
    if (read === null) {
      skipped.push({
        question: `${name} "${shorten(formula, LONGEST_QUOTE)}"`,
        reason: 'its calculation is not a plain sum or mean of fields, each as it is or reversed',
      });
      continue;
    }
    scores.add(read.score);
    for (const [index, sign] of read.members) {
      const own = scales.get(index) ?? new Map<string, 1 | -1>();
      scales.set(index, own.set(name, sign));
    }
    const reversed = read.members.filter(([, sign]) => sign < 0).map(([index]) => items[index]!.id);
    notes.push(
      `The scale "${name}" was read from a calculated field${reversed.length === 0 ? '' : `; reversed: ${reversed.join(', ')}`}.`,
    );
  }
  return {
    score: scores.size === 1 ? [...scores][0]! : null,
    items: items.map((item, index) => {
      const own = scales.get(index);
      return own === undefined
        ? item
        : { ...item, scales: [...own.keys()], signs: [...own.values()] };
    }),
  };
}

function readFormula(
  formula: string,
  items: readonly SurveyItem[],
  fieldIds: ReadonlyMap<string, number>,
) {
  const members: (readonly [number, 1 | -1])[] = [];
  let isPlain = true;
  const rest = formula.replaceAll(
    /(\(\s*)?(?:(\d+)\s*-\s*)?\[([a-z0-9_]+)\](\s*\))?/gi,
    (_, open: string | undefined, from: string | undefined, name: string, close?: string) => {
      const index = fieldIds.get(name);
      const numbers = index === undefined ? [] : items[index]!.options.map(({ number }) => number);
      if (index === undefined || numbers.includes(null)) isPlain = false;
      else {
        const values = numbers.map(Number);
        if (from !== undefined && Number(from) !== Math.min(...values) + Math.max(...values))
          isPlain = false;
        members.push([index, from === undefined ? 1 : -1]);
      }
      return `${open ?? ''}x${close ?? ''}`;
    },
  );
  const bare = rest.replaceAll(/\s+/g, '').replaceAll('(x)', 'x');
  const twice = new Set(members.map(([index]) => index)).size < members.length;
  const terms = 'x(?:[+,]x)*';
  const sum = new RegExp(`^(?:sum\\(${terms}\\)|${terms}|\\(${terms}\\))$`, 'i');
  const mean = new RegExp(`^mean\\(${terms}\\)$`, 'i');
  const divided = /^(.*)\/(\d+)$/.exec(bare);
  if (!isPlain || twice || members.length === 0) return null;
  if (mean.test(bare)) return { score: 'mean' as const, members };
  if (divided !== null && sum.test(divided[1]!) && Number(divided[2]) === members.length)
    return { score: 'mean' as const, members };
  return sum.test(bare) ? { score: 'sum' as const, members } : null;
}
