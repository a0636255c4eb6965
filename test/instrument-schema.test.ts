/** What the documents say of instrument files, beside what the loader takes. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseInstrument } from '../src/instruments/load.ts';

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

const schema = JSON.parse(read('docs/reference/instrument.schema.json')) as {
  $defs: Readonly<Record<'format1' | 'format2', z.core.JSONSchema.JSONSchema>>;
};
const formats = {
  format1: z.fromJSONSchema(schema.$defs.format1),
  format2: z.fromJSONSchema(schema.$defs.format2),
};

/** Whether the JSON Schema takes a file, by the format that it is of. */
function takes(file: object): boolean {
  return formats['format' in file ? 'format2' : 'format1'].safeParse(file).success;
}

const example = JSON.parse(
  /```json\n(.*?)```/s.exec(read('docs/reference/instruments.md'))![1]!,
) as Record<string, unknown>;

test.each(readdirSync(new URL('../data/instruments', import.meta.url)))(
  'the JSON Schema takes the built-in %s',
  (name) => {
    expect(takes(JSON.parse(read(`data/instruments/${name}`)))).toBe(true);
  },
);

test('the example of the reference is an instrument, and the JSON Schema takes it', () => {
  expect(takes(example)).toBe(true);
  const { items, scales } = parseInstrument(JSON.stringify(example), 'sleep3.json');
  expect(items.map(({ id }) => id)).toEqual(['sleep1', 'sleep2', 'sleep3']);
  expect(scales).toHaveLength(1);
});

test.each<[string, object]>([
  ['an unknown key', { colour: 'red' }],
  ['an unknown format', { format: 3 }],
  ['an empty title', { title: ' ' }],
  ['an id with a hyphen', { scales: [{ id: 'a-b', name: 'A', score: 'sum', items: ['sleep1'] }] }],
  ['a rule that there is not', { scales: [{ id: 'A', name: 'A', score: 'median', items: ['a'] }] }],
  ['a block without items', { blocks: [{ items: [] }] }],
  ['a wording without items', { wordings: { de: { labels: {} } } }],
  ['a fraction as a value', { answers: [{ id: 'a', options: [{ value: 1.5 }, { value: 2 }] }] }],
])('%s is refused by the JSON Schema and by the loader', (_, change) => {
  const file = { ...example, ...change };
  expect(takes(file)).toBe(false);
  expect(() => parseInstrument(JSON.stringify(file), 'file.json')).toThrow(
    'not a valid instrument',
  );
});

test('every key of the JSON Schema says what it is', () => {
  const silent = (one: unknown, at: string): string[] => {
    if (typeof one !== 'object' || one === null) return [];
    const { properties = {} } = one as { properties?: Record<string, { description?: string }> };
    return [
      ...Object.entries(properties)
        .filter(([, { description }]) => description === undefined || description === '')
        .map(([key]) => `${at}.${key}`),
      ...Object.entries(one).flatMap(([key, inner]) => silent(inner, `${at}.${key}`)),
    ];
  };
  expect(silent(schema.$defs, '')).toEqual([]);
});
