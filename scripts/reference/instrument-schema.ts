/** The JSON Schema of instrument files, for editors and converters. */
import { z } from 'zod';
import { format1 } from '../../src/instruments/file/format-1.ts';
import { format2 } from '../../src/instruments/file/format-2.ts';
import { type Meanings, readMeanings } from './meanings.ts';

type Schema = z.core.JSONSchema.BaseSchema;

export function instrumentSchema(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Instrument file of personality-trap',
    description:
      'One questionnaire: items, answers, scales, norms and wordings. A file without "format" is of format 1. docs/reference/instruments.md says more.',
    type: 'object',
    if: { required: ['format'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { $ref: '#/$defs/format2' },
    else: { $ref: '#/$defs/format1' },
    $defs: {
      format2: described(format2, 'Instrument file, format 2', 'instrument-file'),
      format1: described(format1, 'Instrument file, format 1', 'instrument-file-format-1'),
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function described(schema: z.ZodType, title: string, file: string): Schema {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, { io: 'input' });
  const meanings = readMeanings(file);
  const annotated = annotate(plain as Schema, '', meanings);
  meanings.done();
  return { title, ...annotated };
}

/** Paths are those of `keysOf`. */
function annotate(schema: Schema, at: string, meanings: Meanings): Schema {
  const { properties, items, additionalProperties } = schema;
  const inner = (key: string) => (at === '' ? key : `${at}.${key}`);
  return {
    ...schema,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, value]) => [
              key,
              {
                description: meanings.of(inner(key)).replaceAll('`', ''),
                ...annotate(value as Schema, inner(key), meanings),
              },
            ]),
          ),
        }),
    ...(isSchema(items) ? { items: annotate(items, `${at}[]`, meanings) } : {}),
    ...(isSchema(additionalProperties) && additionalProperties.properties !== undefined
      ? { additionalProperties: annotate(additionalProperties, inner('LANGUAGE'), meanings) }
      : {}),
  };
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
