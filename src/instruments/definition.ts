/** Parses an instrument file into a checked definition. Errors name the item. */
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { wordsOfIssue } from '../zod-messages.ts';
import { parseJson } from './json-fault.ts';
import { ITEMS_SLOT, unknownSlots } from './prompt.ts';
import { type ContainerNode, type Node, readLooseJson } from './reply/lenient-json.ts';
import { plainText } from './reply/vocabulary.ts';
import { replyWords } from './reply/words.ts';

const text = z.string().refine((value) => value.trim() !== '', 'is empty');
const slug = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]*$/,
    'must consist of lower-case letters, digits and _ and begin with a letter',
  );
/** What the published column `category` holds. */
const LONGEST_SCALE_ID = 50;
const scaleId = text.refine(
  (value) => [...value].length <= LONGEST_SCALE_ID,
  `is longer than ${LONGEST_SCALE_ID} characters, the maximum in the database: give the scale a shorter id; its name may be long`,
);
const alias = z
  .string()
  .regex(
    /^[a-z][a-z0-9_-]*$/,
    'must consist of lower-case letters, digits, _ and - and begin with a letter',
  );

/** Of an instrument file; the reference is written from it. */
export const definition = z.strictObject({
  slug,
  aliases: z.array(alias).default([]),
  title: text,
  citation: text,
  licence: text,
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]+)*$/, 'must be a language code such as "en" or "pt-BR"'),
  scales: z
    .array(z.strictObject({ id: scaleId, name: text }))
    .min(1, 'must name at least one scale'),
  answers: z.strictObject({
    min: z.int(),
    max: z.int(),
    /** What the prompt asks for: the option's label or its number. */
    reply: z.enum(['label', 'value']),
    options: z
      .array(
        z.strictObject({
          value: z.int(),
          /** The prompt shows the number alone where there is none. */
          label: text.optional(),
          synonyms: z.array(text).default([]),
          /** Adds the words for yes or no of many languages to the synonyms. */
          means: z.enum(['yes', 'no']).optional(),
        }),
      )
      .min(2, 'must have at least two answers'),
  }),
  scoring: z.enum(['sum', 'mean']),
  instructions: text,
  /** A prompt in the instrument's own language, instead of `data/prompts/administration.md`. */
  template: text.optional(),
  items: z
    .array(
      z.strictObject({
        number: z.int(),
        text,
        scale: text,
        key: z.int().optional(),
        reverse: z.boolean().optional(),
      }),
    )
    .min(1, 'must have at least one item'),
});

type Definition = z.output<typeof definition>;

const FORMAT_HINT =
  'Correct the file and try again. data/instruments/miniipip.json shows the format.';
const MOST_PROBLEMS_NAMED = 10;

/** @throws UserError that names the file, each item and what is wrong with it */
export function readDefinition(source: string, fileName: string): Definition {
  const raw = parseJson(source, fileName);
  const parsed = definition.safeParse(raw);
  const problems = parsed.success
    ? [...repeatedKeys(source), ...contradictions(parsed.data)]
    : parsed.error.issues.map((issue) => `${place(issue.path, raw)}${wordsOfIssue(issue)}`);
  if (parsed.success && problems.length === 0) return parsed.data;

  const named = problems.slice(0, MOST_PROBLEMS_NAMED).join('; ');
  const more =
    problems.length > MOST_PROBLEMS_NAMED
      ? `; and ${problems.length - MOST_PROBLEMS_NAMED} more`
      : '';
  throw new UserError(`${fileName} is not a valid instrument: ${named}${more}`, {
    code: 'instrument-invalid',
    hint: FORMAT_HINT,
  });
}

/** The words that mean an option, its label excepted. */
export function synonymsOf(option: Definition['answers']['options'][number]): readonly string[] {
  const shared = option.means === undefined ? [] : replyWords[option.means];
  return [...new Set([...option.synonyms, ...shared])].filter((word) => word !== option.label);
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
  const number =
    node.kind === 'object' ? node.entries.find((entry) => entry.key === 'number')?.value : null;
  return number?.kind === 'bare' ? `item ${number.text}: ` : '';
}

/** What the shape alone does not tell. */
function contradictions({ scales, answers, items, template }: Definition): string[] {
  return [
    ...scaleProblems(scales, items),
    ...answerProblems(answers),
    ...items.flatMap((item, index) => itemProblems(item, index, scales, answers)),
    ...templateProblems(template),
  ];
}

function scaleProblems(scales: Definition['scales'], items: Definition['items']): string[] {
  const ids = scales.map((scale) => scale.id);
  const repeated = ids
    .filter((id, index) => ids.indexOf(id) !== index)
    .map((id) => `scale "${id}" occurs twice`);
  const unused = ids
    .filter((id) => !items.some((item) => item.scale === id))
    .map((id) => `no item belongs to scale "${id}"`);
  return [...repeated, ...unused];
}

function answerProblems({ min, max, reply, options }: Definition['answers']): string[] {
  if (min >= max) return [`answers: min (${min}) must be less than max (${max})`];
  const values = options.map((option) => option.value);
  const outside = values
    .filter((value) => value < min || value > max)
    .map((value) => `answers: option ${value} is not between ${min} and ${max}`);
  const repeated = values
    .filter((value, index) => values.indexOf(value) !== index)
    .map((value) => `answers: option ${value} occurs twice`);
  const whole = Array.from({ length: Math.min(max - min + 1, 1001) }, (_, index) => min + index);
  const absent = whole
    .filter((value) => !values.includes(value))
    .slice(0, 3)
    .map((value) => `answers: no option for ${value}`);
  const wordless = options
    .filter((option) => reply === 'label' && option.label === undefined)
    .map((option) => `answers: option ${option.value} has no label, and "reply" asks for labels`);
  return [...outside, ...repeated, ...absent, ...wordless, ...ambiguousWords(options)];
}

function ambiguousWords(options: Definition['answers']['options']): string[] {
  const meanings = new Map<string, number>();
  const problems: string[] = [];
  for (const option of options) {
    for (const word of [option.label ?? String(option.value), ...synonymsOf(option)]) {
      const plain = plainText(word);
      const meaning = /^-?\d+$/.test(plain) ? Number(plain) : (meanings.get(plain) ?? option.value);
      if (meaning !== option.value)
        problems.push(`answers: "${word}" means both ${meaning} and ${option.value}`);
      else meanings.set(plain, option.value);
    }
  }
  return problems;
}

function itemProblems(
  item: Definition['items'][number],
  index: number,
  scales: Definition['scales'],
  { min, max }: Definition['answers'],
): string[] {
  const name = `item ${item.number}`;
  const problems: string[] = [];
  if (item.number !== index + 1)
    problems.push(
      `${name} is in the place of item ${index + 1} (items are numbered from 1 without gaps or repetitions)`,
    );
  if (!scales.some((scale) => scale.id === item.scale)) {
    problems.push(
      `${name}: scale "${item.scale}" is not one of the scales (${scales.map((scale) => scale.id).join(', ')})`,
    );
  }
  if (item.key === undefined && item.reverse === undefined)
    problems.push(`${name} has neither "key" nor "reverse"`);
  if (item.key !== undefined && item.reverse !== undefined)
    problems.push(`${name} has both "key" and "reverse"`);
  if (item.key !== undefined && (item.key < min || item.key > max))
    problems.push(`${name}: key ${item.key} is not between ${min} and ${max}`);
  return problems;
}

function templateProblems(template: string | undefined): string[] {
  if (template === undefined) return [];
  const problems = unknownSlots(template).map((slot) => `template: unknown slot ${slot}`);
  if (!template.includes(ITEMS_SLOT)) problems.push(`template: the slot ${ITEMS_SLOT} is missing`);
  // OpenAI refuses a request for a JSON object whose prompt does not say so.
  if (!/json/i.test(template)) problems.push('template: it must ask for JSON by name');
  return problems;
}

/** `item 3: scale `, `answers.min: `; by the item's own number when it has one. */
function place(path: readonly PropertyKey[], raw: unknown): string {
  const [first, index, ...rest] = path.map(String);
  if (first === undefined) return '';
  if (first !== 'items' || index === undefined) return `${path.map(String).join('.')} `;
  const item = (raw as { items: { number?: unknown }[] }).items[Number(index)];
  const name =
    typeof item?.number === 'number'
      ? `item ${item.number}`
      : `entry ${Number(index) + 1} of the items`;
  return rest.length === 0 ? `${name}: ` : `${name}: ${rest.join('.')} `;
}
