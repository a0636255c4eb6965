/**
 * In which form a reply to a known instrument is asked for, and how it is written. All is read from
 * the request: its prompt, its response format, whether it asks for log-probabilities.
 */
import type { ShownInstrument } from './shown.ts';

export interface ReplyForm {
  readonly elicit: 'answer' | 'reasoned' | 'distribution' | 'letter';
  readonly isJson: boolean;
  /** Keys in the order of the reply; null where no schema gives one. */
  readonly order: readonly string[] | null;
  /** The answers to an item that a schema admits; null where none says. */
  allowed(key: string): readonly (string | number)[] | null;
  /** Whether the answer to an item may be null. */
  mayBeNull(key: string): boolean;
}

export interface Answer {
  readonly key: string;
  /** Null where the item does not apply. */
  readonly value: string | number | null;
  /** Of each answer, as it is written; null where there are none to choose from. */
  readonly probabilities: (() => Probabilities) | null;
}

type Probabilities = readonly (readonly [written: string, probability: number])[];

/** A completion. */
export interface SimulatedReply {
  readonly text: string;
  /** Of the first token, what else it could have been; null where nothing is known of it. */
  readonly tokens: Probabilities | null;
}

type Fields = Readonly<Record<string, unknown>>;
type Json = string | number | null | Readonly<Record<string, number>>;

/** Digits of a probability. */
const PRECISION = 1e4;

export function readReplyForm(
  shown: ShownInstrument,
  { responseFormat, logprobs }: { readonly responseFormat?: unknown; readonly logprobs?: boolean },
): ReplyForm {
  const format = fieldsOf(responseFormat);
  const schema = fieldsOf(format.schema ?? fieldsOf(format.json_schema).schema);
  const properties = fieldsOf(schema.properties);
  const order = Object.keys(properties);
  const propertyOf = (key: string) => fieldsOf(properties[key]);
  const isJson = /^json/u.test(String(format.type)) || asksForJson(shown);
  return {
    elicit: elicitOf(shown, properties, logprobs === true),
    isJson,
    order: order.length === 0 ? null : order,
    allowed: (key) => allowedBy(propertyOf(key)),
    mayBeNull: (key) =>
      order.length === 0 ||
      alternatives(propertyOf(key)).some(
        ({ type, enum: values }) =>
          type === 'null' || (Array.isArray(values) && values.includes(null)),
      ),
  };
}

function elicitOf(
  { items, after, surroundings }: ShownInstrument,
  properties: Fields,
  logprobs: boolean,
): ReplyForm['elicit'] {
  const [first] = items;
  if (logprobs || (items.length === 1 && /\bletter of your answer\b/iu.test(after)))
    return 'letter';
  const property = properties[first!.key];
  const asksForProbabilities =
    property === undefined
      ? /\bprobabilit|how probable/iu.test(after)
      : fieldsOf(property).type === 'object';
  if (asksForProbabilities) return 'distribution';
  const keys = Object.keys(properties);
  const explainsFirst =
    keys.length === 0
      ? /\bfirst key is "explanation"/iu.test(surroundings)
      : keys[0] === 'explanation';
  return explainsFirst ? 'reasoned' : 'answer';
}

/** Whether JSON is spoken of elsewhere than where the items are introduced. */
function asksForJson({ after, surroundings }: ShownInstrument): boolean {
  if (/json/iu.test(after)) return true;
  const paragraphs = surroundings.slice(0, -after.length || undefined).split(/\n\s*\n/u);
  return paragraphs.some((text) => /json/iu.test(text) && !/:\s*$/u.test(text));
}

function allowedBy(property: Fields): readonly (string | number)[] | null {
  if (property.type === 'object') return Object.keys(fieldsOf(property.properties));
  const values = alternatives(property).flatMap((one) => (Array.isArray(one.enum) ? one.enum : []));
  const answers = values.filter(
    (value): value is string | number => typeof value === 'string' || typeof value === 'number',
  );
  return answers.length === 0 ? null : answers;
}

function alternatives(property: Fields): readonly Fields[] {
  return Array.isArray(property.anyOf) ? property.anyOf.map(fieldsOf) : [property];
}

/** @param explanation given where the form has room for one */
export function writeReply(
  answers: readonly Answer[],
  explanation: string,
  form: ReplyForm,
): SimulatedReply {
  const { elicit, isJson, order } = form;
  if (elicit === 'letter') {
    const { value, probabilities } = answers[0]!;
    return { text: String(value), tokens: probabilities?.() ?? null };
  }
  if (!isJson)
    return { text: answers.map(({ key, value }) => `${key}: ${value}`).join('\n'), tokens: null };
  const entries = answers.map((answer): [string, Json] => [
    answer.key,
    elicit === 'distribution' && answer.value !== null && answer.probabilities !== null
      ? rounded(answer.probabilities())
      : answer.value,
  ]);
  const explained: [string, Json] = ['explanation', explanation];
  const all = {
    answer: [...entries, explained],
    reasoned: [explained, ...entries],
    distribution: entries,
  }[elicit];
  const ordered =
    order === null ? all : order.flatMap((key) => all.filter(([other]) => other === key));
  return { text: writeJson(ordered), tokens: null };
}

/** Probabilities that sum to exactly 1 at the digits that are written. */
function rounded(probabilities: Probabilities): Readonly<Record<string, number>> {
  const parts = probabilities.map(([, probability]) => Math.round(probability * PRECISION));
  const largest = parts.indexOf(Math.max(...parts));
  parts[largest]! += PRECISION - parts.reduce((sum, part) => sum + part, 0);
  return Object.fromEntries(
    probabilities.map(([answer], index) => [answer, parts[index]! / PRECISION]),
  );
}

/** A JSON object with one line for each entry, in their order. */
export function writeJson(entries: readonly (readonly [string, Json])[]): string {
  const lines = entries.map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}`;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}
