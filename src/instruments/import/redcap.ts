/**
 * Reads a data dictionary of REDCap: a CSV file with one row a field. Its columns have the names of
 * the download (of older versions too), or those of REDCap's API, or what R makes of either.
 */
import { UserError } from '../../errors.ts';
import { shorten } from '../../shorten.ts';
import type { ItemTable } from './items-csv.ts';
import { withCalculations } from './redcap-scales.ts';
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

/**
 * @param only form to read; all of them where it is left out
 * @throws UserError where an answer of a field has no code, or there is no such form
 */
export function readRedcap(
  { columns, rows }: ItemTable,
  file: string,
  only: string | undefined,
): Survey {
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
  const forms = [...new Set(all.map(({ cell }) => cell('form')))].filter((one) => one !== '');
  if (only !== undefined && !forms.includes(only))
    throw new UserError(`${file} has no form called "${only}"`, {
      code: 'instrument-import-name',
      hint: `Choose one with --name: ${forms.join(', ')}.`,
    });
  if (only === undefined && forms.length > 1)
    notes.push(`It has ${forms.length} forms; --name imports one of them: ${forms.join(', ')}.`);
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
    if (type === 'calc') {
      calculated.push({ name, formula: cell('choices') });
      continue;
    }
    if (only !== undefined && form !== only) continue;
    const { text, hasPicture } = plainOf(cell('label'));
    const skip = (reason: string) =>
      skipped.push({ question: `${name} "${shorten(text, LONGEST_QUOTE)}"`, reason });
    if (type === 'descriptive') {
      if (text !== '') before = isPiped(text) ? null : text;
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
      const options = choicesOf(YES_NO[type] ?? cell('choices'), `${file}, field ${name}`);
      if (options.length < 2) {
        skip('it has fewer than two answers');
        continue;
      }
      if (cell('branching') !== '') conditional.push(name);
      fieldIds.set(name, items.length);
      items.push({
        id: idOf(name),
        text,
        instructions: before,
        options,
        scales: null,
        signs: null,
      });
    }
  }
  if (conditional.length > 0)
    notes.push(`Shown under a condition only, which is not imported: ${conditional.join(', ')}.`);
  if (Object.keys(YES_NO).some((type) => all.some(({ cell }) => cell('type') === type)))
    notes.push('Fields of the types "yesno" and "truefalse" have their English words.');
  // A form may be scored in another one.
  const own = calculated.filter(
    ({ formula }) =>
      only === undefined || [...fieldIds.keys()].some((name) => formula.includes(`[${name}]`)),
  );
  const scored = withCalculations({ items, fieldIds, calculated: own }, skipped, notes);
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
