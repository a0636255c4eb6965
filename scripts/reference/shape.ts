/** The keys that a schema of zod allows, in words. */
import { z } from 'zod';
import { LARGEST_INTEGER } from '../../src/numbers.ts';
import { code, codes } from './page.ts';

export interface Key {
  /** Dotted; `[]` for each of a list, capitals for names that the user gives. */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  /** As it would be written; null where there is none. */
  readonly default: string | null;
}

/** What is read here of a JSON schema. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
}

/** @param name what users' own names are called at a path, e.g. `NAME` */
export function keysOf(schema: z.ZodType, name: string = 'NAME'): Key[] {
  return [
    ...walk(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema, '', name),
  ];
}

function* walk(schema: Schema, at: string, name: string): Generator<Key> {
  for (const option of schema.anyOf ?? []) yield* walk(option, at, name);
  if (schema.items !== undefined) yield* walk(schema.items, `${at}[]`, name);
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    const path = at === '' ? key : `${at}.${key}`;
    const fallback = inner.default;
    yield {
      path,
      type: typeOf(inner),
      required: schema.required?.includes(key) ?? false,
      default:
        fallback === undefined || fallback === null || isEmpty(fallback)
          ? null
          : JSON.stringify(fallback).replace(/^"(.*)"$/, '$1'),
    };
    yield* walk(inner, path, name);
  }
  const each = schema.additionalProperties;
  if (typeof each === 'object' && each.properties !== undefined)
    yield* walk(each, `${at}.${name}`, name);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function typeOf(schema: Schema): string {
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (schema.enum !== undefined) return codes(schema.enum);
  if (schema.const !== undefined) return code(String(schema.const));
  switch (schema.type) {
    case 'string':
      if (schema.format === 'uri') return 'http(s) URL';
      return schema.format === 'date' ? 'day, YYYY-MM-DD' : 'text';
    case 'integer':
      return `whole number${rangeOf(schema)}`;
    case 'number':
      return `number${rangeOf(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'null':
      return '`null`';
    case 'array':
      return `list of ${schema.items?.properties === undefined ? typeOf(schema.items ?? {}) : 'entries'}${(schema.minItems ?? 0) > 0 ? `, at least ${schema.minItems}` : ''}`;
    case 'object':
      return schema.properties === undefined ? 'names and values' : 'section';
    default:
      return 'anything';
  }
}

function rangeOf({ minimum, maximum, exclusiveMinimum }: Schema): string {
  const few = (bound: number | undefined) =>
    bound !== undefined && Math.abs(bound) < LARGEST_INTEGER;
  if (exclusiveMinimum !== undefined)
    return few(maximum)
      ? ` above ${exclusiveMinimum}, at most ${maximum}`
      : ` above ${exclusiveMinimum}`;
  if (few(minimum) && few(maximum)) return `, ${minimum} to ${maximum}`;
  return few(minimum) ? ` from ${minimum}` : '';
}
