/** Imports a questionnaire: a file of another program into a table of items, that into a file. */
import { UserError } from '../../errors.ts';
import { type AboutInstrument, instrumentFileOf, openIn } from './instrument-file.ts';
import { type ItemTable, itemRows, optionsOf, readItems } from './items-csv.ts';
import { readLimeSurvey } from './limesurvey.ts';
import { readPsychoBench } from './psychobench.ts';
import { readQualtrics } from './qualtrics.ts';
import { isRedcap, readRedcap } from './redcap.ts';
import { notesOnGaps, numberedByPosition, type Survey, turnedBack } from './survey.ts';

/** What was read: a text, or a table where the file is CSV. */
export type ImportSource =
  | { readonly kind: 'qsf' | 'lss' | 'json'; readonly text: string }
  | { readonly kind: 'csv'; readonly table: ItemTable };

export interface ImportChoices {
  /** Of several questionnaires in a file, the one to import. */
  readonly name: string | undefined;
  /** Answers of the items that have none, as in the column `options`. */
  readonly options: string | undefined;
  /** Numbers answers without a number from 1 in the order shown. */
  readonly numberByPosition: boolean;
}

export interface ImportedInstrument {
  readonly survey: Survey;
  /** What must be filled in before there is an instrument: one phrase for each column. */
  readonly open: readonly string[];
  /** Null while anything is open. */
  readonly instrument: string | null;
  /** Null for a file that is a table of items itself. */
  readonly rows: readonly (readonly (string | number | null)[])[] | null;
}

/**
 * @param file what to call the file in messages
 * @throws UserError when the file is none of the known kinds, or something in it is wrong
 */
export function importInstrument(
  source: ImportSource,
  file: string,
  choices: ImportChoices,
  about: AboutInstrument,
): ImportedInstrument {
  const isItems = source.kind === 'csv' && !isRedcap(source.table);
  const read = surveyOf(source, file, choices);
  if (read.items.length === 0)
    throw new UserError(`${file} has no question with one answer out of several`, {
      code: 'instrument-import-empty',
      hint:
        read.skipped.length === 0
          ? 'It has no question at all.'
          : read.skipped.map(({ question, reason }) => `${question}: ${reason}.`).join('\n'),
    });
  const numbered = choices.numberByPosition ? numberedByPosition(read) : read;
  const turned = isItems ? numbered : turnedBack(numbered);
  const survey = { ...turned, notes: [...turned.notes, ...notesOnGaps(turned)] };
  const open = openIn(survey);
  return {
    survey,
    open,
    instrument: open.length === 0 ? instrumentFileOf(survey, about) : null,
    rows: isItems ? null : itemRows(survey),
  };
}

function surveyOf(source: ImportSource, file: string, choices: ImportChoices): Survey {
  switch (source.kind) {
    case 'qsf':
      return withOptions(readQualtrics(source.text, file), choices.options, null, file);
    case 'lss':
      return withOptions(readLimeSurvey(source.text, file), choices.options, null, file);
    case 'json': {
      const { survey, lowestAndHighest } = readPsychoBench(source.text, file, choices.name);
      return withOptions(survey, choices.options, lowestAndHighest, file);
    }
    case 'csv': {
      const { table } = source;
      const survey = isRedcap(table) ? readRedcap(table, file) : readItems(table, file);
      return withOptions(survey, choices.options, null, file);
    }
  }
}

function withOptions(
  survey: Survey,
  given: string | undefined,
  lowestAndHighest: number | null,
  file: string,
): Survey {
  if (given === undefined) {
    if (lowestAndHighest === null) return survey;
    const note = `The words and numbers of the answers are not in the file; lowest + highest is ${lowestAndHighest}.`;
    return { ...survey, notes: [...survey.notes, note] };
  }
  const fail = (what: string) =>
    new UserError(`--options: ${what}`, {
      code: 'instrument-import-invalid',
      hint: 'Write --options "1 = Never | 2 = Sometimes | 3 = Often".',
    });
  const options = optionsOf(given, fail);
  const numbers = options.filter(({ isMissing }) => !isMissing).map(({ number }) => Number(number));
  const sum = Math.min(...numbers) + Math.max(...numbers);
  if (lowestAndHighest !== null && sum !== lowestAndHighest)
    throw fail(`lowest + highest is ${sum}, and ${lowestAndHighest} according to ${file}`);
  return {
    ...survey,
    items: survey.items.map((item) => (item.options.length === 0 ? { ...item, options } : item)),
  };
}
