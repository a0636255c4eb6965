/**
 * How a questionnaire is administered: the block `administration:` of a study file and the options
 * of `register-experiments`. Every setting has the published way as its default.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { haveOtherNumbers } from '../instruments/reply/vocabulary.ts';
import type { AnswerSet } from '../instruments/structure.ts';

/** Typing errors, drawn for each administration. */
const noise = z.strictObject({
  /** What a letter becomes: one beside it on the keyboard, its neighbour in the text, any other. */
  kind: z.enum(['keyboard', 'swap', 'random']),
  /** Probability for each letter. */
  rate: z.number().positive().max(1),
  /** The items alone, or the instructions and the words of the template too. */
  of: z.enum(['items', 'prompt']).default('items'),
});

export type Noise = z.output<typeof noise>;

/** Fields of a request that the program writes, so that a parameter of their name would be lost. */
const WRITTEN = [
  'model',
  'messages',
  'stream',
  'max_completion_tokens',
  'response_format',
  'logprobs',
];

/** Parameters of a model, in place of its own; one that is null is not sent. */
export const modelParameters = {
  temperature: z.number().min(0).max(2).nullable().optional(),
  top_p: z.number().min(0).max(1).nullable().optional(),
  /** The longest reply. */
  max_tokens: z.int().positive().nullable().optional(),
  reasoning_effort: z.string().min(1).nullable().optional(),
};

/** Further parameters, which are sent as they are. */
export const furtherParameters = z.record(z.string(), z.json()).superRefine((given, context) => {
  for (const name of Object.keys(given)) {
    const message = Object.hasOwn(modelParameters, name)
      ? 'has a place of its own, outside "parameters"'
      : WRITTEN.includes(name)
        ? 'must not be set: the program writes this field'
        : null;
    if (message !== null) context.addIssue({ code: 'custom', path: [name], message });
  }
});

/** What a model has of its own in a study, as settings of its administrations. */
export type ModelSettings = Pick<
  AdministrationSettings,
  'temperature' | 'top_p' | 'max_tokens' | 'reasoning_effort' | 'parameters'
>;

/** Of a study file; the reference is written from it. */
export const administration = z.strictObject({
  /** `shuffled`: in another order for each administration, within each block. */
  item_order: z.enum(['published', 'shuffled']).default('published'),
  /** `shuffled`: in another order for each administration. Missing codes stay last. */
  option_order: z.enum(['published', 'reversed', 'shuffled']).default('published'),
  /** `ends`: the two ends of an answer scale instead of every answer. */
  option_display: z.enum(['list', 'ends']).default('list'),
  midpoint: z.enum(['as_is', 'dropped', 'added']).default('as_is'),
  /** `offered`: every item may be declined. */
  no_answer: z.enum(['none', 'offered']).default('none'),
  items_per_call: z.union([z.enum(['all', 'block']), z.int().positive()]).default('all'),
  /** Whether a call has the questions and replies of the earlier ones before it. */
  earlier_turns: z.enum(['dropped', 'kept']).default('dropped'),
  /** What a reply states; `instrument`: what the instrument's answer sets say. */
  answer_as: z.enum(['instrument', 'label', 'value', 'letter']).default('instrument'),
  format: z.enum(['text', 'json', 'schema']).default('json'),
  elicit: z.enum(['answer', 'reasoned', 'distribution', 'logprobs']).default('answer'),
  persona_in: z.enum(['system', 'user']).default('system'),
  persona_as: z.enum(['description', 'attributes', 'interview']).default('description'),
  /** A prompt template in place of the instrument's or the program's own; its text. */
  paraphrase: z.string().min(1).optional(),
  ...modelParameters,
  /** Further parameters of the model, by the provider's names. */
  parameters: furtherParameters.optional(),
  noise: z.union([z.literal('none'), noise]).default('none'),
  /** A further call asks the items that have no answer. */
  ask_missing: z.boolean().default(false),
});

export type AdministrationSettings = z.output<typeof administration>;

/** Nothing varied: the published way. */
export const PUBLISHED_SETTINGS: AdministrationSettings = administration.parse({});

/** The settings that are not the default ones, in the order of the schema. */
export function variedSettings(settings: AdministrationSettings): Partial<AdministrationSettings> {
  return Object.fromEntries(
    (Object.keys(administration.shape) as (keyof AdministrationSettings)[])
      .filter((name) => settings[name] !== undefined && settings[name] !== PUBLISHED_SETTINGS[name])
      .map((name) => [name, settings[name]]),
  );
}

/**
 * Identifies what a group asks and how: the wording's own hash where nothing is varied.
 * @returns lower-case hex SHA-256
 */
export function hashOfForm(
  { wordingSha256 }: Pick<Instrument, 'wordingSha256'>,
  settings: AdministrationSettings,
): string {
  const varied = variedSettings(settings);
  if (Object.keys(varied).length === 0) return wordingSha256;
  return createHash('sha256')
    .update(JSON.stringify([wordingSha256, varied]))
    .digest('hex');
}

/**
 * The settings as levels of factors, one a setting that is not the default one. A text is named by
 * its hash.
 */
export function levelsOf(
  settings: AdministrationSettings,
): (readonly [name: string, level: string])[] {
  const { parameters = {}, ...varied } = variedSettings(settings);
  return [...Object.entries(varied), ...Object.entries(parameters)].map(([name, value]) => [
    name,
    factorLevel(name, value),
  ]);
}

/** The value of a setting as the level of a factor: `keyboard 0.05 items` of noise. */
export function factorLevel(name: string, value: unknown): string {
  if (name === 'paraphrase' && typeof value === 'string')
    return createHash('sha256').update(value).digest('hex').slice(0, 8);
  if (name === 'noise' && typeof value === 'object' && value !== null)
    return Object.values(value).join(' ');
  if (value === undefined) return 'own';
  return value === null ? 'not sent' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** `item_order: shuffled, elicit: reasoned`; empty where nothing is varied. */
export function describeSettings(settings: AdministrationSettings): string {
  return levelsOf(settings)
    .map(([name, level]) => `${name}: ${level}`)
    .join(', ');
}

/** The most options whose letters are one letter long, so that no letter begins another. */
const MOST_LETTERS = 26;

/**
 * @throws UserError where the instrument cannot be administered so, or settings contradict each
 *   other
 */
export function requireSettings(instrument: Instrument, settings: AdministrationSettings): void {
  const problem = problemOf(instrument, settings);
  if (problem === null) return;
  throw new UserError(`${instrument.slug} cannot be administered like this: ${problem}`, {
    code: 'administration-impossible',
    hint: 'Change the settings of the administration, or the instrument. docs/reference/administration.md describes each setting.',
  });
}

function problemOf(instrument: Instrument, settings: AdministrationSettings): string | null {
  const { answerSets, items, template } = instrument;
  const { midpoint, elicit, answer_as: answerAs, format } = settings;
  if (midpoint === 'dropped' && answerSets.every((set) => midpointOf(set) === null))
    return 'midpoint is "dropped", but no answer scale has a midpoint (an odd number of answers)';
  if (
    midpoint === 'added' &&
    answerSets.every((set) => set.options.every((one) => !one.isAddedMidpoint))
  )
    return 'midpoint is "added", but no answer set has an option with "added_midpoint"';
  if (settings.option_order === 'shuffled' && settings.option_display === 'ends')
    return 'option_order is "shuffled", which option_display "ends" cannot show';
  const unlabelled = answerSets.find(({ options }) => options.some((one) => !one.isLabelled));
  if ((answerAs === 'label' || answerAs === 'letter') && unlabelled !== undefined)
    return `answer_as is "${answerAs}", but the answers "${unlabelled.id}" have no labels`;
  const numbered = answerSets.find((set) => haveOtherNumbers(set.options));
  if (answerAs === 'value' && numbered !== undefined)
    return `answer_as is "value", but labels of the answers "${numbered.id}" are other numbers`;
  const others = items.find((item) => item.answers === null);
  if ((elicit === 'distribution' || elicit === 'logprobs') && others !== undefined)
    return `elicit is "${elicit}", but item ${others.id} has no answers to choose from`;
  if (elicit === 'logprobs') {
    if (settings.items_per_call !== 1) return 'elicit is "logprobs", which needs items_per_call: 1';
    if (format === 'schema') return 'elicit is "logprobs", which reads one letter, not a schema';
    const long = answerSets.find(({ options }) => options.length > MOST_LETTERS);
    if (long !== undefined)
      return `elicit is "logprobs", but the answers "${long.id}" have more than ${MOST_LETTERS} options, so that one letter would begin another`;
  }
  if (format === 'text' && (elicit === 'reasoned' || elicit === 'distribution'))
    return `format is "text", but elicit "${elicit}" is read from JSON`;
  const { noise: errors } = settings;
  const hasKeys = items.some(({ text }) => /[a-z]/i.test(text));
  if (errors !== 'none' && errors.kind === 'keyboard' && !hasKeys)
    return 'noise.kind is "keyboard", but the items have no letters from a to z';
  const fixed = settings.paraphrase ?? template;
  const variesReply = elicit !== 'answer' || format === 'text' || answerAs === 'letter';
  if (fixed !== null && variesReply && !fixed.includes('{{reply}}'))
    return 'the prompt template says itself how to reply: put the slot {{reply}} where it does';
  return null;
}

/** The middle one of an odd number of scored answers; null for an even number, or fewer than 3. */
export function midpointOf({ options }: AnswerSet): number | null {
  const values = options
    .filter(({ points, isAddedMidpoint }) => points !== null && !isAddedMidpoint)
    .map(({ value }) => value)
    .toSorted((first, second) => first - second);
  return values.length >= 3 && values.length % 2 === 1 ? values[(values.length - 1) / 2]! : null;
}
