/** Reads the text of an instrument file of either format. Errors name the item. */
import type { z } from 'zod';
import { UserError } from '../../errors.ts';
import { parseJson } from '../../json-fault.ts';
import { wordsOfIssue } from '../../zod-messages.ts';
import { type ContainerNode, type Node, readLooseJson } from '../reply/lenient-json.ts';
import { problemsOf } from './checks.ts';
import type { Draft } from './draft.ts';
import { OPEN } from './fields.ts';
import { draftOfFormat1, format1, problemsOfFormat1 } from './format-1.ts';
import {
  draftOfFormat2,
  type Format2,
  fileInLanguage,
  format2,
  problemsOfFormat2,
} from './format-2.ts';

const FORMAT_HINT =
  'Correct the file and try again. docs/reference/instruments.md describes the format.';
const MOST_PROBLEMS_NAMED = 10;

export interface InstrumentFile {
  readonly draft: Draft;
  /** Texts of the files that the further languages are, by language. */
  readonly otherLanguages: ReadonlyMap<string, string>;
}

/** @throws UserError that names the file, each item and what is wrong with it */
export function readInstrumentFile(source: string, fileName: string): InstrumentFile {
  const raw = parseJson(source, fileName);
  const repeated = repeatedKeys(source);
  if (!isFormat2(raw)) {
    const parsed = format1.safeParse(raw);
    if (!parsed.success) throw new InvalidInstrument(fileName, issuesOf(parsed.error.issues, raw));
    const draft = draftOfFormat1(parsed.data);
    const problems = [...repeated, ...problemsOfFormat1(parsed.data), ...problemsOf(draft)];
    if (problems.length > 0) throw new InvalidInstrument(fileName, problems);
    return { draft, otherLanguages: new Map() };
  }
  const open = openIn(raw);
  if (open.length > 0) throw new InvalidInstrument(fileName, open);
  const parsed = format2.safeParse(raw);
  if (!parsed.success) throw new InvalidInstrument(fileName, issuesOf(parsed.error.issues, raw));
  const draft = draftOfFormat2(parsed.data);
  const problems = [...repeated, ...problemsOfFormat2(parsed.data), ...problemsOf(draft)];
  if (problems.length > 0) throw new InvalidInstrument(fileName, problems);
  return { draft, otherLanguages: languagesOf(parsed.data, fileName) };
}

const TO_FILL: Readonly<Record<string, string>> = {
  title: 'the name of the instrument',
  citation: 'who published it, and where',
  licence: 'who owns it, and what you may do with it',
  language: 'the code of its language, such as "en"',
  score: '"sum" or "mean"',
};

/** What `personas instruments import` did not find and nobody has filled in yet. */
function openIn(raw: object): string[] {
  const say = (place: string, owner: object) =>
    Object.entries(owner)
      .filter(([key, value]) => value === OPEN && TO_FILL[key] !== undefined)
      .map(([key]) => `${place}${key} is still open ("${OPEN}"): write ${TO_FILL[key]}`);
  const scales: unknown = 'scales' in raw ? raw.scales : [];
  return [
    ...say('', raw),
    ...(Array.isArray(scales) ? scales : []).flatMap((one: unknown) =>
      typeof one === 'object' && one !== null && 'id' in one
        ? say(`scale "${String(one.id)}": `, one)
        : [],
    ),
  ];
}

function isFormat2(raw: unknown): raw is object {
  return typeof raw === 'object' && raw !== null && 'format' in raw;
}

function languagesOf(file: Format2, fileName: string): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(file.wordings).map(([language, wording]) => {
      const own = fileInLanguage(file, language, wording);
      const problems = problemsOf(draftOfFormat2(own));
      if (problems.length > 0)
        throw new InvalidInstrument(
          fileName,
          problems.map((problem) => `wordings.${language}: ${problem}`),
        );
      return [language, `${JSON.stringify(own, null, 2)}\n`];
    }),
  );
}

/** Names the first problems in its message. */
export class InvalidInstrument extends UserError {
  readonly problems: readonly string[];

  constructor(fileName: string, problems: readonly string[]) {
    const named = problems.slice(0, MOST_PROBLEMS_NAMED).join('; ');
    const more =
      problems.length > MOST_PROBLEMS_NAMED
        ? `; and ${problems.length - MOST_PROBLEMS_NAMED} more`
        : '';
    super(`${fileName} is not a valid instrument: ${named}${more}`, {
      code: 'instrument-invalid',
      hint: FORMAT_HINT,
    });
    this.problems = problems;
  }
}

/**
 * `JSON.parse` keeps the last of two equal keys without a word, so a key pasted twice would go
 * unnoticed.
 */
function repeatedKeys(source: string): string[] {
  const walk = (node: Node | null): string[] => {
    if (node?.kind === 'array') return node.items.flatMap(walk);
    if (node?.kind !== 'object') return [];
    const keys = node.entries.map((entry) => entry.key);
    const repeated = keys.filter((key, index) => keys.indexOf(key) !== index);
    return [
      ...repeated.map((key) => `${whose(node)}"${key}" occurs twice`),
      ...node.entries.flatMap((entry) => walk(entry.value)),
    ];
  };
  return readLooseJson(source).roots.flatMap(({ node }) => walk(node));
}

function whose(node: ContainerNode): string {
  if (node.kind !== 'object') return '';
  const named = node.entries.find(({ key }) => key === 'number' || key === 'id')?.value;
  if (named?.kind === 'bare') return `item ${named.text}: `;
  return named?.kind === 'string' ? `"${named.text}": ` : '';
}

function issuesOf(issues: readonly z.core.$ZodIssue[], raw: unknown): string[] {
  return issues.map(narrowest).map((issue) => `${place(issue.path, raw)}${wordsOfIssue(issue)}`);
}

/** Of a value that may be of several kinds, what is wrong with it as the kind that it is. */
function narrowest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const meant = issue.errors.find(([first]) => first !== undefined && !isOfAnotherKind(first));
  if (meant === undefined) return issue;
  return narrowest({ ...meant[0]!, path: [...issue.path, ...meant[0]!.path] });
}

function isOfAnotherKind({ code, path }: z.core.$ZodIssue): boolean {
  return path.length === 0 && code === 'invalid_type';
}

/** `item 3: scale `, `item "phq3": text `, `answers.min `: an entry goes by its number or id. */
function place(path: readonly PropertyKey[], raw: unknown): string {
  let value = raw;
  let called = '';
  const rest: string[] = [];
  for (const key of path) {
    const list: PropertyKey | undefined = rest.at(-1);
    value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
    if (typeof key !== 'number' || list === undefined) {
      rest.push(String(key));
      continue;
    }
    const { number, id } = (value ?? {}) as { number?: unknown; id?: unknown };
    if (list === 'items' && typeof number === 'number') called = `item ${number}: `;
    else if (typeof id === 'string') called = `${singular(String(list))} "${id}": `;
    else if (list === 'items') called = `entry ${key + 1} of the items: `;
    else {
      rest.push(String(key));
      continue;
    }
    rest.length = 0;
  }
  if (rest.length === 0) return called;
  return `${called}${rest.join('.')} `;
}

function singular(list: string): string {
  return list === 'answers' ? list : list.replace(/s$/, '');
}
