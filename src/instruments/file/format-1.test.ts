import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../errors.ts';
import {
  findInstrument,
  loadBuiltInInstruments,
  loadInstrument,
  loadInstruments,
  parseInstrument,
} from '../load.ts';

/** A small instrument in another language, as a user would write it. */
const SMALL = {
  slug: 'animo_es',
  aliases: ['animo-es'],
  title: 'Ánimo',
  citation: 'Nadie (2026)',
  licence: 'Public domain',
  language: 'es',
  scales: [{ id: 'A', name: 'Ánimo' }],
  answers: {
    min: 0,
    max: 1,
    reply: 'label',
    options: [
      { value: 1, label: 'Sí', means: 'yes' },
      { value: 0, label: 'No', means: 'no' },
    ],
  },
  scoring: 'sum',
  instructions: 'Responda "Sí" o "No".',
  items: [
    { number: 1, text: '¿Está usted contento?', scale: 'A', key: 1 },
    { number: 2, text: '¿Está usted triste?', scale: 'A', key: 0 },
  ],
};

type Draft = typeof SMALL & Record<string, unknown>;

function fileWith(content: string | Uint8Array, name = 'animo.json'): string {
  const folder = mkdtempSync(join(tmpdir(), 'instrument-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function failure(action: () => unknown): UserError {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The message for a definition that `spoil` has changed. */
function complaint(spoil: (draft: Draft) => void): string {
  const draft = structuredClone(SMALL) as Draft;
  spoil(draft);
  return failure(() => parseInstrument(JSON.stringify(draft), 'animo.json')).message;
}

describe('an instrument', () => {
  test('keeps its definition, is known by its hash, and can be read again from both', () => {
    const epqra = findInstrument('epqra');
    const file = readFileSync(
      new URL('../../../data/instruments/epqra.json', import.meta.url),
      'utf8',
    );
    expect(epqra.definition).toBe(file);
    expect(epqra.sha256).toBe(createHash('sha256').update(file).digest('hex'));
    expect(parseInstrument(epqra.definition, 'stored')).toEqual(epqra);
  });

  test('is frozen to the last synonym', () => {
    const { answerSets, items, scales } = findInstrument('bigfive');
    const [answers] = answerSets;
    for (const part of [
      answers,
      answers!.options,
      answers!.options[0],
      answers!.options[0]!.synonyms,
      items,
      items[0],
      scales[0],
    ])
      expect(Object.isFrozen(part)).toBe(true);
  });

  test('of the user is one file, in any language', () => {
    const instrument = loadInstrument(fileWith(`\uFEFF${JSON.stringify(SMALL)}`));
    expect(instrument.prompt).toContain('¿Está usted contento?');
    expect(instrument.answerSets[0]!.options[0]!.synonyms).toContain('pravda');
    expect(instrument.answerSets[0]!.options[0]!.synonyms).not.toContain('Sí');
    expect(instrument.items[1]).toMatchObject({
      number: 2,
      id: '2',
      text: '¿Está usted triste?',
      scale: 'A',
      key: 0,
      reverse: false,
      range: { low: 0, high: 1 },
    });
    expect(loadInstrument(fileWith(instrument.definition))).toEqual(instrument);
  });

  test('may bring a prompt of its own', () => {
    const template = 'Conteste en JSON:\n{{items}}';
    const { prompt } = parseInstrument(JSON.stringify({ ...SMALL, template }), 'animo.json');
    expect(prompt).toBe(
      'Conteste en JSON:\n{\n  "1": "¿Está usted contento?",\n  "2": "¿Está usted triste?"\n}',
    );
  });
});

describe('the registry', () => {
  test('holds the built-in ones', () => {
    expect(loadBuiltInInstruments().map(({ slug }) => slug)).toEqual([
      ...['bigfive', 'epqra', 'gad7', 'ipip50', 'ipipneo120', 'miniipip', 'phq9'],
    ]);
    for (const { citation, licence } of loadBuiltInInstruments())
      expect([citation, licence].every((note) => note.length > 20)).toBe(true);
  });

  test.each([
    ['epqra', 'epqra'],
    ['EPQR-A', 'epqra'],
    ['big5', 'bigfive'],
    ['big_five', 'bigfive'],
    ['Mini-IPIP', 'miniipip'],
  ])('finds %s', (name, slug) => {
    expect(findInstrument(name).slug).toBe(slug);
  });

  test('names the known ones and the nearest', () => {
    const { message, hint, exitCode } = failure(() => findInstrument('epqar'));
    expect(message).toMatch(/"epqar".*bigfive \(also big5, big_five.*epqra.*miniipip/);
    expect(hint).toContain('Did you mean "epqra"?');
    expect(exitCode).toBe(2);
    expect(failure(() => findInstrument('neo')).hint).toContain('--instrument FILE');
  });

  test('takes the user’s own, but no name twice', () => {
    const path = fileWith(JSON.stringify(SMALL));
    expect(findInstrument('animo-es', loadInstruments([path])).title).toBe('Ánimo');
    const error = failure(() =>
      loadInstruments([fileWith(JSON.stringify({ ...SMALL, aliases: ['big5'] }))]),
    );
    expect(error.message).toBe(
      'animo.json: the name "big5" already belongs to "BFI-44: Big Five Inventory"',
    );
    expect(failure(() => loadInstruments([path, path])).message).toContain(
      '"animo_es" already belongs to "Ánimo"',
    );
  });
});

describe('a file that cannot be used', () => {
  test('is missing', () => {
    const { message, hint } = failure(() => loadInstrument('/nowhere/animo.json'));
    expect(message).toMatch(/^\/nowhere\/animo\.json cannot be read: ENOENT/);
    expect(hint).toContain('path');
  });

  test('is not UTF-8', () => {
    const path = fileWith(Buffer.from('{"title": "\xc1nimo"}', 'latin1'));
    expect(failure(() => loadInstrument(path)).message).toBe(
      `${path}, line 1: is not UTF-8 text (byte 0xC1 at position 12 of the line)`,
    );
  });

  test('is not JSON', () => {
    expect(failure(() => parseInstrument('{\n  "slug": "a",\n}', 'animo.json')).message).toBe(
      'animo.json is not JSON: unexpected "}" at line 3, column 1',
    );
  });

  test.each<[string, (draft: Draft) => void, string]>([
    [
      'no object',
      (draft) => Object.assign(draft, { items: 'none' }),
      'items must be a list, but is a text',
    ],
    ['a bad slug', (draft) => Object.assign(draft, { slug: 'Animo-es' }), 'slug must consist of'],
    [
      'a misspelt field',
      (draft) => Object.assign(draft.items[1]!, { reversed: true }),
      'item 2: Unrecognized key: "reversed"',
    ],
    [
      'an empty text',
      (draft) => Object.assign(draft.items[1]!, { text: ' ' }),
      'item 2: text is empty',
    ],
    [
      'no number',
      (draft) => Object.assign(draft.items[1]!, { number: undefined }),
      'entry 2 of the items: number is missing',
    ],
    [
      'a repeated number',
      (draft) => Object.assign(draft.items[1]!, { number: 1 }),
      'item 1 is in the place of item 2 (items are numbered',
    ],
    [
      'a gap',
      (draft) => Object.assign(draft.items[1]!, { number: 3 }),
      'item 3 is in the place of item 2 (items are numbered',
    ],
    [
      'an unknown scale',
      (draft) => Object.assign(draft.items[1]!, { scale: 'B' }),
      'item 2: scale "B" is not one of the scales (A)',
    ],
    [
      'an unused scale',
      (draft) => draft.scales.push({ id: 'B', name: 'Be' }),
      'no item belongs to scale "B"',
    ],
    [
      'a repeated scale',
      (draft) => draft.scales.push({ id: 'A', name: 'Ah' }),
      'scale "A" occurs twice',
    ],
    [
      'neither key nor reverse',
      (draft) => Object.assign(draft.items[1]!, { key: undefined }),
      'item 2 has neither "key" nor "reverse"',
    ],
    [
      'both key and reverse',
      (draft) => Object.assign(draft.items[1]!, { reverse: false }),
      'item 2 has both "key" and "reverse"',
    ],
    [
      'a key outside the answers',
      (draft) => Object.assign(draft.items[1]!, { key: 2 }),
      'item 2: key 2 is not between 0 and 1',
    ],
    [
      'no range',
      (draft) => Object.assign(draft.answers, { max: 0 }),
      'answers: min (0) must be less than max (0)',
    ],
    [
      'an option outside',
      (draft) => Object.assign(draft.answers.options[0]!, { value: 2 }),
      'answers: option 2 is not between 0 and 1',
    ],
    [
      'an option twice',
      (draft) => Object.assign(draft.answers.options[0]!, { value: 0 }),
      'answers: option 0 occurs twice',
    ],
    [
      'an answer without option',
      (draft) => Object.assign(draft.answers, { max: 2 }),
      'answers: no option for 2',
    ],
    [
      'a word for two answers',
      (draft) => Object.assign(draft.answers.options[1]!, { synonyms: ['Pravda'] }),
      'answers: "Pravda" means both 1 and 0',
    ],
    [
      'a label twice',
      (draft) => Object.assign(draft.answers.options[1]!, { label: 'SÍ' }),
      'answers: "SÍ" means both 1 and 0',
    ],
    [
      'a number as the word for another',
      (draft) => Object.assign(draft.answers.options[1]!, { label: '1' }),
      'answers: "1" means both 1 and 0',
    ],
    [
      'an option without label where labels are asked for',
      (draft) => Object.assign(draft.answers.options[0]!, { label: undefined }),
      'answers: option 1 has no label, and "reply" asks for labels',
    ],
    [
      'a scale whose id the database cannot hold',
      (draft) =>
        Object.assign(draft.scales[0]!, {
          id: 'Interpersonal reactivity: perspective taking (short)',
        }),
      'is longer than 50 characters, the maximum in the database: give the scale a shorter id; its name may be long',
    ],
    [
      'a template without items',
      (draft) => Object.assign(draft, { template: 'JSON' }),
      'template: the slot {{items}} is missing',
    ],
    [
      'a template without JSON',
      (draft) => Object.assign(draft, { template: '{{items}} {{x}}' }),
      'template: unknown slot {{x}}; template: it must ask for JSON by name',
    ],
  ])('has %s', (_, spoil, message) => {
    expect(complaint(spoil)).toContain(`animo.json is not a valid instrument: `);
    expect(complaint(spoil)).toContain(message);
  });

  test('has a scale id of fifty characters at most, counted as the database counts them', () => {
    const id = '𝒜'.repeat(50);
    const scales = [{ id, name: 'A' }];
    const items = SMALL.items.map((item) => ({ ...item, scale: id }));
    expect(
      parseInstrument(JSON.stringify({ ...SMALL, scales, items }), 'animo.json').scales[0]!.id,
    ).toBe(id);
  });

  test('has a key twice, which JSON.parse would pass over', () => {
    const twice = JSON.stringify(SMALL).replace('"key":1', '"key":1,"key":0');
    expect(failure(() => parseInstrument(twice, 'animo.json')).message).toContain(
      'item 1: "key" occurs twice',
    );
  });

  test('has many faults, of which ten are named', () => {
    const { message } = failure(() =>
      parseInstrument(
        JSON.stringify({
          ...SMALL,
          items: Array.from({ length: 12 }, () => ({ ...SMALL.items[0], scale: 'B' })),
        }),
        'animo.json',
      ),
    );
    expect(message).toMatch(/; and \d+ more$/);
  });
});
