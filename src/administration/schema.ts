/** JSON Schemas of replies, for endpoints that enforce one. Properties are the keys of items. */
import type { Asked, AskedItem } from '../instruments/asked/asked.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** The schema of the reply to a call. `additionalProperties` is false everywhere, and all keys are required. */
export function schemaOfReply({ items, elicit, offersNoAnswer }: Asked): JsonSchema {
  const explanation: [string, JsonSchema] = ['explanation', { type: 'string' }];
  const answers = items.map((item): [string, JsonSchema] => [
    item.key,
    elicit === 'distribution' ? probabilities(item) : answerOf(item, offersNoAnswer),
  ]);
  const properties =
    elicit === 'distribution'
      ? answers
      : elicit === 'reasoned'
        ? [explanation, ...answers]
        : [...answers, explanation];
  return objectOf(properties);
}

function answerOf(item: AskedItem, offersNoAnswer: boolean): JsonSchema {
  const { quantity, openCharacters } = item.item;
  const schema =
    quantity !== null
      ? {
          type: quantity.decimals === 0 ? 'integer' : 'number',
          minimum: quantity.min,
          maximum: quantity.max,
        }
      : openCharacters !== null
        ? { type: 'string', maxLength: openCharacters }
        : { enum: statedAnswers(item) };
  return offersNoAnswer || item.item.isOptional ? { anyOf: [schema, { type: 'null' }] } : schema;
}

function probabilities(item: AskedItem): JsonSchema {
  return objectOf(
    statedAnswers(item).map((answer): [string, JsonSchema] => [
      String(answer),
      { type: 'number', minimum: 0, maximum: 1 },
    ]),
  );
}

/** Whether a reply is the JSON that its schema describes. */
export function follows(schema: JsonSchema, reply: string): boolean {
  try {
    return matches(schema, JSON.parse(reply));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Of the keywords that schemas of replies have. */
function matches(schema: JsonSchema, value: unknown): boolean {
  const { anyOf, enum: values, type, minimum, maximum, maxLength, properties } = schema;
  if (Array.isArray(anyOf)) return anyOf.some((one: JsonSchema) => matches(one, value));
  if (Array.isArray(values)) return values.includes(value);
  switch (type) {
    case 'null':
      return value === null;
    case 'string':
      return typeof value === 'string' && [...value].length <= Number(maxLength ?? value.length);
    case 'object': {
      const inner = properties as Readonly<Record<string, JsonSchema>>;
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
      const names = Object.keys(inner);
      const own = new Map(Object.entries(value));
      return (
        own.size === names.length &&
        names.every((one) => own.has(one) && matches(inner[one]!, own.get(one)))
      );
    }
    default:
      return (
        typeof value === 'number' &&
        (type !== 'integer' || Number.isInteger(value)) &&
        value >= Number(minimum) &&
        value <= Number(maximum)
      );
  }
}

/** The answers as a reply states them. */
export function statedAnswers({ options, ask }: AskedItem): readonly (string | number)[] {
  return options.map(({ option, letter }) =>
    ask === 'value' ? option.value : ask === 'letter' ? letter! : option.label,
  );
}

function objectOf(properties: readonly (readonly [string, JsonSchema])[]): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: properties.map(([name]) => name),
    additionalProperties: false,
  };
}
