/**
 * Reads the structure of a LimeSurvey survey (.lss): XML, one element a table, one `row` a record.
 * Up to database version 3xx, texts stand in `questions` and `answers`, one row a language; later
 * ones have them in `question_l10ns`, `answer_l10ns` and `group_l10ns`. Types of questions are
 * those of LimeSurvey's manual, "Question object types".
 */
import { DOMParser } from 'linkedom';
import { UserError } from '../../errors.ts';
import { shorten } from '../../shorten.ts';
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

type Row = ReadonlyMap<string, string>;
type Table = (name: string) => readonly Row[];

/** What is used here of an element of linkedom, whose types need the library of a browser. */
interface XmlElement {
  readonly tagName: string;
  readonly children: Iterable<XmlElement>;
  readonly textContent: string | null;
}

const ARRAYS = ['F', 'H', 'A', 'B'];
const NO_CHOICE: Readonly<Record<string, string>> = {
  '1': 'it has two answer scales (an array of dual scale)',
  ':': 'it asks for numbers in a table',
  ';': 'it asks for texts in a table',
  '*': 'it is an equation',
  '|': 'it asks for a file',
  C: "the words of its answers are LimeSurvey's own and not in the file",
  D: 'it asks for a date',
  E: "the words of its answers are LimeSurvey's own and not in the file",
  G: "the words of its answers are LimeSurvey's own and not in the file",
  I: 'it asks for the language',
  K: 'it asks for numbers',
  M: 'it takes several answers',
  N: 'it asks for a number',
  O: 'it asks for a comment beside the answer',
  P: 'it takes several answers',
  Q: 'it asks for texts',
  R: 'it asks for a ranking',
  S: 'it asks for a text',
  T: 'it asks for a text',
  U: 'it asks for a text',
  Y: "the words of its answers are LimeSurvey's own and not in the file",
};
/** An expression of LimeSurvey, such as `{Q1.shown}` or `{TOKEN:FIRSTNAME}`. */
const PIPED = /\{[A-Za-z][^{}\s]*\}|\{if\(/;

/**
 * @param fileName what to call it in messages
 * @throws UserError when it is not the structure of a survey
 */
export function readLimeSurvey(source: string, fileName: string): Survey {
  const table = tablesOf(source);
  if (table === null)
    throw new UserError(`${fileName} is not a survey of LimeSurvey`, {
      code: 'instrument-import-unknown',
      hint: 'In LimeSurvey, use Display/Export > Survey structure (.lss).',
    });
  const settings = table('surveys_languagesettings');
  const language = table('surveys')[0]?.get('language') ?? settings[0]?.get('surveyls_language');
  const isOwn = (row: Row, column = 'language') =>
    language === undefined || !row.has(column) || row.get(column) === language;
  const texts = textsOf(table, isOwn);
  const languages = new Set(
    [
      ...settings.map((row) => row.get('surveyls_language')),
      ...table('questions').map((row) => row.get('language')),
    ].filter((one) => one !== undefined && one !== language),
  );
  const all = table('questions').filter((row) => isOwn(row));
  const rows = [...table('subquestions').filter((row) => isOwn(row)), ...all];
  const items: SurveyItem[] = [];
  const skipped: SkippedQuestion[] = [];
  const notes: string[] =
    languages.size === 0
      ? []
      : [`The wordings in other languages (${[...languages].join(', ')}) are not imported.`];
  const idOf = idMaker();
  const groups = new Map(
    table('groups')
      .filter((row) => isOwn(row))
      .map((row) => [row.get('gid'), Number(row.get('group_order') ?? 0)]),
  );
  const parents = sorted(
    all.filter((row) => (row.get('parent_qid') ?? '0') === '0'),
    (row) => groups.get(row.get('gid')) ?? 0,
    (row) => Number(row.get('question_order') ?? 0),
  );
  const hidden = new Set(
    table('question_attributes')
      .filter((row) => row.get('attribute') === 'hidden' && row.get('value') === '1')
      .map((row) => row.get('qid')),
  );
  let before: { readonly group: string | undefined; readonly text: string } | null = null;
  for (const one of parents) {
    const { text, hasPicture } = plainOf(texts.question(one));
    const code = one.get('title') ?? '';
    const type = one.get('type') ?? '';
    const name = `${code} "${shorten(text, LONGEST_QUOTE)}"`;
    const skip = (reason: string) => skipped.push({ question: name, reason });
    if (hidden.has(one.get('qid'))) {
      skip('it is hidden from the people who answer');
      continue;
    }
    if (type === 'X') {
      if (PIPED.test(text))
        skip('it is a text with a place for other answers, so it is no instruction');
      else before = text === '' ? null : { group: one.get('gid'), text };
      continue;
    }
    if (NO_CHOICE[type] !== undefined) {
      skip(NO_CHOICE[type]);
      continue;
    }
    if (!['L', '!', '5', ...ARRAYS].includes(type)) {
      skip(`questions of the type "${type}" cannot be imported`);
      continue;
    }
    if (one.get('other') === 'Y') {
      skip('it has the answer "other" with a text');
      continue;
    }
    if (hasPicture || PIPED.test(text)) {
      skip(hasPicture ? 'it shows a picture' : 'its text has a place for other answers or data');
      continue;
    }
    const scale = optionsOf(
      type,
      table('answers').filter((row) => row.get('qid') === one.get('qid') && isOwn(row)),
      texts.answer,
    );
    if (typeof scale === 'string') {
      skip(scale);
      continue;
    }
    if (!/^(?:1|)$/.test((one.get('relevance') ?? '1').trim()))
      notes.push(`${name} is shown under a condition only; that is not imported.`);
    notes.push(...scale.notes.map((note) => `${name}: ${note}`));
    const own = before !== null && before.group === one.get('gid') ? before.text : null;
    const base = { options: scale.options, scales: null, signs: null };
    if (!ARRAYS.includes(type)) {
      items.push({ ...base, id: idOf(code), text, instructions: own });
      continue;
    }
    const stem = [own, text].filter((part) => part !== null && part !== '').join(' ');
    const under = sorted(
      rows.filter((row) => row.get('parent_qid') === one.get('qid')),
      (row) => Number(row.get('question_order') ?? 0),
    );
    if (type === 'F' && under.some((row) => texts.question(row).includes('|')))
      notes.push(
        `${name}: the two ends of its rows, left and right of the answers, were joined by " – ".`,
      );
    for (const row of under) {
      const plain = plainOf(type === 'F' ? joinEnds(texts.question(row)) : texts.question(row));
      const rowCode = row.get('title') ?? '';
      const reason =
        (row.get('scale_id') ?? '0') !== '0'
          ? 'it belongs to a second answer scale'
          : plain.hasPicture
            ? 'it shows a picture'
            : PIPED.test(plain.text)
              ? 'its text has a place for other answers or data'
              : plain.text === ''
                ? 'it has no text'
                : null;
      if (reason !== null)
        skipped.push({
          question: `${code}, ${rowCode} "${shorten(plain.text, LONGEST_QUOTE)}"`,
          reason,
        });
      else
        items.push({
          ...base,
          id: idOf(`${code}_${rowCode}`),
          text: plain.text,
          instructions: stem === '' ? null : stem,
        });
    }
  }
  const title = settings.find((row) => isOwn(row, 'surveyls_language'))?.get('surveyls_title');
  const short = language?.toLowerCase().split(/[-_]/)[0] ?? '';
  return {
    title: title === undefined ? null : plainOf(title).text,
    language: /^[a-z]{2}$/.test(short) ? short : null,
    score: null,
    items,
    skipped,
    notes,
  };
}

/** In an array, `|` parts what stands left of the answers from what stands right of them. */
function joinEnds(text: string): string {
  return text
    .split('|')
    .map((end) => end.trim())
    .filter((end) => end !== '')
    .join(' – ');
}

/** Null where the text is no such XML. A table that the file lacks is empty. */
function tablesOf(source: string): Table | null {
  const root = new DOMParser().parseFromString(source, 'text/xml')
    .documentElement as unknown as XmlElement | null;
  if (root?.tagName !== 'document') return null;
  const tables = new Map([...root.children].map((one) => [one.tagName, one]));
  if (!tables.has('questions')) return null;
  return (name) =>
    [...(tables.get(name)?.children ?? [])]
      .filter(({ tagName }) => tagName === 'rows')
      .flatMap(({ children }) => [...children])
      .map(
        (row) => new Map([...row.children].map((cell) => [cell.tagName, cell.textContent ?? ''])),
      );
}

/** Where the texts of questions and answers stand, in either layout. */
function textsOf(table: Table, isOwn: (row: Row) => boolean) {
  const own = (name: string, key: string, column: string) =>
    new Map(
      table(name)
        .filter((row) => isOwn(row))
        .map((row) => [row.get(key) ?? '', row.get(column) ?? '']),
    );
  const questions = own('question_l10ns', 'qid', 'question');
  const answers = own('answer_l10ns', 'aid', 'answer');
  return {
    question: (row: Row) => row.get('question') ?? questions.get(row.get('qid') ?? '') ?? '',
    answer: (row: Row) => row.get('answer') ?? answers.get(row.get('aid') ?? '') ?? '',
  };
}

function sorted(rows: readonly Row[], ...keys: readonly ((row: Row) => number)[]): Row[] {
  return rows.toSorted((a, b) => {
    const key = keys.find((one) => one(a) !== one(b));
    return key === undefined ? 0 : key(a) - key(b);
  });
}

/** The options, or why there are none. */
function optionsOf(
  type: string,
  answers: readonly Row[],
  textOf: (row: Row) => string,
): { readonly options: readonly SurveyOption[]; readonly notes: readonly string[] } | string {
  const points = type === 'A' || type === '5' ? 5 : type === 'B' ? 10 : null;
  if (points !== null)
    return {
      notes: [],
      options: Array.from({ length: points }, (_, index) => ({
        number: index + 1,
        label: null,
        isMissing: false,
      })),
    };
  const rows = sorted(
    answers.filter((row) => (row.get('scale_id') ?? '0') === '0'),
    (row) => Number(row.get('sortorder') ?? 0),
  );
  if (rows.length < 2) return 'it has fewer than two answers';
  const plain = rows.map((row) => plainOf(textOf(row)));
  if (plain.some(({ hasPicture, text }) => hasPicture && text === ''))
    return 'its answers are pictures';
  const { numbers, note } = numbersOf(
    rows,
    plain.map(({ text }) => text),
  );
  return {
    notes: note === null ? [] : [note],
    options: plain.map(({ text }, index) => ({
      number: numbers[index]!,
      label: text === '' || text === String(numbers[index]) ? null : text,
      isMissing: false,
    })),
  };
}

/**
 * Codes that are numbers; otherwise assessment values, where they are used; otherwise the digits of
 * codes such as A1, A2, unless the labels begin with other numbers.
 */
function numbersOf(
  rows: readonly Row[],
  labels: readonly string[],
): { readonly numbers: readonly (number | null)[]; readonly note: string | null } {
  const codes = rows.map((row) => row.get('code') ?? '');
  const whole = codes.map(wholeNumber);
  if (!whole.includes(null)) return { numbers: whole, note: null };
  const values = rows.map((row) => wholeNumber(row.get('assessment_value') ?? ''));
  if (!values.includes(null) && new Set(values).size === values.length)
    return { numbers: values, note: 'the numbers of the answers are their assessment values.' };
  const digits = codes.map((code) => wholeNumber(/\d+$/.exec(code)?.[0] ?? ''));
  const begun = labels.map((label) => wholeNumber(/^[+-]?\d+/.exec(label)?.[0] ?? ''));
  const isByPosition = digits.every((digit, index) => digit === index + 1);
  const disagrees = begun.some((number, index) => number !== null && number !== digits[index]);
  if (isByPosition && !disagrees)
    return {
      numbers: digits,
      note: `the codes ${codes[0]} to ${codes.at(-1)} were read as 1 to ${codes.length}.`,
    };
  return {
    numbers: rows.map(() => null),
    note: disagrees
      ? `the labels begin with other numbers than the codes (${codes.join(', ')}).`
      : `the codes of the answers (${codes.join(', ')}) are no numbers.`,
  };
}
