import { expect, test, vi } from 'vitest';
import { FORMS } from '../../../test/support/disguises/forms.ts';
import { parsePersona } from '../../personas/generation/reply.ts';
import { findInstrument } from '../load.ts';
import { isWholeObject } from './cut-off.ts';
import { readLooseJson } from './lenient-json.ts';
import { parseReply } from './parse.ts';

// Other suites may have the processors.
vi.setConfig({ testTimeout: 120_000 });

const bigfive = findInstrument('bigfive');
/** Numbers, texts and lines; probabilities; the only item. */
const OTHERS = ['survey in lines', 'epqra as distributions', 'phq9, one item'].map(
  (name) => FORMS.find((form) => form.name === name)!.asked,
);
/** Characters of the longer text. What is quadratic looks at each of them thousands of times. */
const LENGTH = 12_000;
/** A comma may be followed by a key, which is looked for in the next hundred characters or so. */
const LOOKS_AT_EACH = 200;

const UNITS = [
  ...[
    '{',
    '[{',
    '"',
    '{"',
    '{"a":',
    "{'a' ",
    '{}',
    '{"a":"" ',
    '"            ',
    "'",
    '\\"',
    '{\\"',
    '`',
    '/*',
    '{/* ',
    '1,',
    '{1:1 ',
  ],
  ...[
    '<think>',
    '<think></think>',
    '</think>',
    '[THINK]',
    '<think ',
    '</think ',
    '<',
    '&lt;',
    '<|channel|>',
    '"</think>",',
    '"<think>{"',
  ],
  ...[
    '0',
    '[',
    ']}',
    '“',
    '{“',
    '{"1":"a" ',
    '\n',
    "{'1': '",
    'i am ',
    'sorry ',
    ' ',
    '\t',
    '\u00a0',
    '```',
    '```json\n',
    '~~~',
    '{ ',
    '{\n',
  ],
  ...[
    '\\n',
    '\\\\',
    '{\\n ',
    '{"1":{"1":',
    '[[',
    '[{"a":',
    '{"a":[',
    '#',
    '# ',
    '//',
    '// "',
    ' "#a',
    '",',
    '", ',
    '",,',
    ':',
    ' : ',
    '"a":',
  ],
  ...[
    '-',
    '_',
    '.',
    '(',
    '(1)',
    'q_',
    'item ',
    'i cannot ',
    'i cannot answer ',
    'as an ai ',
    '不能',
    '{"name":',
    '{"persona":',
    'true ',
  ],
  ...[
    '“"',
    '"\'',
    '"a" :',
    '{"a" "b" ',
    '"1": , a ',
    '{"number":1,"answer":2},',
    '{"1":1}\n',
    '{"label":"x"}, ',
    '1. true\n',
    '"a" "b" ',
  ],
  ...[
    '1: 1\n',
    '| 1 | 1 |\n',
    '| ',
    '1. ',
    '1) ',
    '- ',
    'why: a\n',
    'why: ',
    'why: a\nb\n',
    'Answer: ',
    '[1, ',
    '1, 2] ',
    '{"answers": [1,',
    '{"1": {"True": 0.5, "False": 0.5}}, ',
    '"True": 0.5, ',
    '0.5',
    '1,000',
    '€',
    'option ',
    'I see 3 friends, or more: ',
    'explanation: ',
  ],
];
const SHAPES: readonly ((filler: string) => string)[] = [
  (filler) => filler,
  (filler) => `{${filler}`,
  (filler) => `{${filler}"1": 1}`,
  (filler) => `{"1": "${filler}"}`,
  (filler) => `{"${filler}": 1}`,
  (filler) => `{"explanation": ${filler}`,
  (filler) => `{"1": 1, ${filler}}`,
  (filler) => `{"1": , ${filler}}`,
  (filler) => `{"1":          ${filler}}`,
  (filler) => `{"1": 1}${filler}{"2": 2}`,
  (filler) => `${filler}${'}'.repeat(1000)}`,
  (filler) => `<think>${filler}</think>{"1": 1}`,
  (filler) =>
    `{"name": "${filler}", "description": "${filler}", "location": {"city": "${filler}"}}`,
];

test.each(UNITS)('a reply of many %j is read in steps that grow with its length', (unit) => {
  const filler = unit.repeat(LENGTH / unit.length);
  for (const shape of SHAPES) {
    const text = shape(filler);
    const [sheet, persona] = [{ characters: 0 }, { characters: 0 }];
    parseReply(bigfive.asked, text, sheet);
    parsePersona(text, persona);
    expect(Math.max(sheet.characters, persona.characters) / text.length, shape('…')).toBeLessThan(
      LOOKS_AT_EACH,
    );
    for (const asked of OTHERS) {
      const other = { characters: 0 };
      parseReply(asked, text, other);
      expect(other.characters / text.length, shape('…')).toBeLessThan(LOOKS_AT_EACH);
    }
  }
});

test('white space between a brace and what follows is looked at a few times, not once for each of its characters', () => {
  const steps = { characters: 0 };
  readLooseJson(`{${' '.repeat(80_000)}"1": 1}`, steps);
  expect(steps.characters).toBeLessThan(10 * 80_000);
});

test('nesting a hundred thousand deep is no answer, and no overflow', () => {
  for (const [open, close] of [
    ['{"1":', '}'],
    ['[', ']'],
    ['[{"a":', '}]'],
    ['{"explanation":', '}'],
    ['{"persona":', '}'],
  ] as const) {
    const text = `{"a": ${open.repeat(100_000)}1${close.repeat(100_000)}}`;
    expect(parseReply(bigfive.asked, text).kind).toBe('rejected');
    expect(parsePersona(text).kind).toBe('rejected');
    expect(isWholeObject(`${open.repeat(100_000)}1`)).toBe(false);
  }
});

test('a hundred thousand sheets are no answer, and are not looked into', () => {
  const text = `[${'{"x":{"1":1}},'.repeat(100_000)}]`;
  expect(parseReply(bigfive.asked, text)).toMatchObject({ code: 'too_many_objects' });
});
