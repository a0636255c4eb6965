import { describe, expect, test } from 'vitest';
import { UserError } from '../../errors.ts';
import { findInstrument, loadBuiltInInstruments, parseInstrument } from '../load.ts';

/** Uses every key of the format. */
const WHOLE = {
  format: 2,
  slug: 'mood',
  aliases: ['mood-8'],
  title: 'Mood',
  citation: 'Nobody (2026)',
  licence: 'Public domain',
  language: 'en',
  instructions: 'Answer every item.',
  answers: [
    {
      id: 'agree',
      ask: 'value',
      options: [
        { value: 1, label: 'Disagree', synonyms: ['no way'] },
        { value: 2, label: 'Agree' },
        { value: 4, label: 'Agree fully' },
        { value: 9, label: 'Neither', points: 1.5, added_midpoint: true },
        { value: 777, label: 'Prefer not to say', missing: true },
      ],
    },
    {
      id: 'yesno',
      ask: 'label',
      options: [
        { value: 1, label: 'Yes', means: 'yes', points: 3 },
        { value: 0, label: 'No', means: 'no' },
      ],
    },
    {
      id: 'slider',
      range: { min: 0, max: 100, step: 10, anchors: { '0': 'not at all', '100': 'completely' } },
    },
  ],
  blocks: [
    {
      instructions: 'In the last week:',
      answers: 'agree',
      items: [
        { id: 'mood1', text: 'I was glad.' },
        { id: 'mood2', text: 'I was sad.' },
        { id: 'mood3', text: 'Did you sleep?', answers: 'yesno', points: { '1': 4 } },
        { id: 'check', text: 'Choose "Agree".', demand: [2] },
      ],
    },
    {
      answers: 'slider',
      if: { item: 'mood3', in: [1] },
      items: [
        { id: 'rest', text: 'How rested were you?', optional: true },
        { id: 'hours', text: 'Hours?', number: { min: 0, max: 24, unit: 'h', decimals: 1 } },
        { id: 'why', text: 'Why?', open: { max_characters: 80 } },
      ],
    },
  ],
  scales: [
    {
      id: 'glad',
      name: 'Gladness',
      score: 'mean',
      items: { mood1: 1, mood2: -2 },
      missing: { most: 1, prorate: false },
      centre: 'person',
    },
    { id: 'sleep', name: 'Sleep', score: 'sum', items: ['mood3', '-rest', '+hours'] },
    { id: 'total', name: 'Total', score: 'max', of: { glad: 1, sleep: -0.5 } },
    { id: 'any', name: 'Any', score: 'count', items: ['mood3'] },
  ],
  norms: [
    {
      ...{ scale: 'glad', group: 'adults', source: 'Nobody (2026), Table 1' },
      ...{ mean: 3.1, sd: 0.7, n: 512, alpha: 0.81 },
    },
    {
      scale: 'sleep',
      group: 'adults',
      source: 'Nobody (2026), Table 2',
      t: { '3.5': 40, '5': 50 },
    },
  ],
  wordings: {
    de: {
      title: 'Stimmung',
      instructions: 'Beantworten Sie alles.',
      blocks: ['In der letzten Woche:', null],
      labels: {
        agree: {
          '1': 'Falsch',
          '2': 'Richtig',
          '4': 'Ganz richtig',
          '9': 'Weder noch',
          '777': 'Keine Angabe',
        },
        yesno: { '1': 'Ja', '0': 'Nein' },
        slider: { '0': 'gar nicht', '100': 'ganz' },
      },
      items: {
        mood1: 'Ich war froh.',
        mood2: 'Ich war traurig.',
        mood3: 'Haben Sie geschlafen?',
        check: 'Wählen Sie "Richtig".',
        rest: 'Wie ausgeruht waren Sie?',
        hours: 'Stunden?',
        why: 'Warum?',
      },
    },
  },
};

type File = typeof WHOLE & Record<string, unknown>;

const written = (file: unknown) => JSON.stringify(file);
const whole = parseInstrument(written(WHOLE), 'mood.json');

/** The message for a file that `spoil` has changed. */
function complaint(spoil: (file: File) => void): string {
  const file = structuredClone(WHOLE) as File;
  spoil(file);
  try {
    parseInstrument(written(file), 'mood.json');
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

type Keys = Record<string, unknown>;

/** Sets what stands at a path of the file, e.g. `blocks.0.items`. */
const put = (path: string, value: unknown) => (file: File) => {
  const keys = path.split('.');
  const last = keys.pop()!;
  const holder = keys.reduce<unknown>((outer, key) => (outer as Keys)[key], file) as Keys;
  holder[last] = value;
};

describe('a file of format 2', () => {
  test('numbers its items over all blocks and keeps their ids', () => {
    expect(whole.items.map(({ number, id, block }) => [number, id, block])).toEqual([
      [1, 'mood1', 0],
      [2, 'mood2', 0],
      [3, 'mood3', 0],
      [4, 'check', 0],
      [5, 'rest', 1],
      [6, 'hours', 1],
      [7, 'why', 1],
    ]);
    expect(whole.blocks).toEqual([
      { instructions: 'In the last week:', items: [1, 2, 3, 4], condition: null },
      { instructions: null, items: [5, 6, 7], condition: { item: 3, answers: [1] } },
    ]);
  });

  test('gives each item the answers of its own, or those of its block', () => {
    expect(whole.items.map(({ answers }) => answers?.id ?? null)).toEqual([
      ...['agree', 'agree', 'yesno', 'agree', 'slider'],
      ...[null, null],
    ]);
    expect(whole.items[5]!.quantity).toEqual({ min: 0, max: 24, unit: 'h', decimals: 1 });
    expect(whole.items[6]!.openCharacters).toBe(80);
    expect(whole.items[4]!.isOptional).toBe(true);
    expect(whole.items[3]!.demanded).toEqual([2]);
  });

  test('gives options their points: the value, the points of the file, or none', () => {
    const [agree, yesno, slider] = whole.answerSets;
    expect(agree!.options.map(({ value, points }) => [value, points])).toEqual([
      [1, 1],
      [2, 2],
      [4, 4],
      [9, 1.5],
      [777, null],
    ]);
    expect(agree!.options.map(({ isAddedMidpoint }) => isAddedMidpoint)).toEqual([
      ...[false, false, false, true, false],
    ]);
    expect(yesno!.options.map(({ points }) => points)).toEqual([3, 0]);
    expect(yesno!.options[0]!.synonyms).toContain('true');
    expect(agree!.options[0]!.synonyms).toEqual(['no way']);
    expect(slider!.options.map(({ value }) => value)).toEqual([
      ...[0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
    ]);
    expect(
      slider!.options.filter(({ isLabelled }) => isLabelled).map(({ label }) => label),
    ).toEqual(['not at all', 'completely']);
  });

  test('knows the lowest and highest points of every item', () => {
    expect(whole.items.map(({ range }) => range && [range.low, range.high])).toEqual([
      ...[
        [1, 4],
        [1, 4],
        [0, 4],
        [1, 4],
        [0, 100],
        [0, 24],
      ],
      null,
    ]);
  });

  test('asks for labels where every option has one, else for numbers', () => {
    const asks = (options: object[]) => {
      const file = structuredClone(WHOLE) as File;
      put('answers.0', { id: 'agree', options })(file);
      put('blocks.0.items.3', { id: 'check', text: 'Choose.' })(file);
      file.wordings = {} as File['wordings'];
      return parseInstrument(written(file), 'mood.json').answerSets[0]!.ask;
    };
    expect(
      asks([
        { value: 1, label: 'a' },
        { value: 2, label: 'b' },
      ]),
    ).toBe('label');
    expect(asks([{ value: 1, label: 'a' }, { value: 2 }])).toBe('value');
    expect(whole.answerSets.map(({ ask }) => ask)).toEqual(['value', 'label', 'value']);
  });

  test('reads scales as weights or as signed lists, in either direction, of items or of scales', () => {
    expect(whole.scales).toEqual([
      {
        ...{ id: 'glad', name: 'Gladness', score: 'mean', parts: [] },
        items: [
          { item: 1, weight: 1 },
          { item: 2, weight: -2 },
        ],
        ...{ mostMissing: 1, prorate: false, isCentred: true },
      },
      {
        ...{ id: 'sleep', name: 'Sleep', score: 'sum', parts: [] },
        items: [
          { item: 3, weight: 1 },
          { item: 5, weight: -1 },
          { item: 6, weight: 1 },
        ],
        ...{ mostMissing: 0, prorate: true, isCentred: false },
      },
      {
        ...{ id: 'total', name: 'Total', score: 'max', items: [] },
        parts: [
          { scale: 'glad', weight: 1 },
          { scale: 'sleep', weight: -0.5 },
        ],
        ...{ mostMissing: 0, prorate: true, isCentred: false },
      },
      {
        ...{ id: 'any', name: 'Any', score: 'count', parts: [] },
        items: [{ item: 3, weight: 1 }],
        ...{ mostMissing: 0, prorate: true, isCentred: false },
      },
    ]);
  });

  test('names for each item its first scale, and how it counts there', () => {
    expect(whole.items.map(({ scale, reverse, key }) => [scale, reverse, key])).toEqual([
      ['glad', false, null],
      ['glad', true, null],
      ['sleep', false, null],
      [null, false, null],
      ['sleep', true, null],
      ['sleep', false, null],
      [null, false, null],
    ]);
  });

  test('keeps norms, T scores by raw score included', () => {
    expect(whole.norms).toEqual([
      {
        ...{ scale: 'glad', group: 'adults', source: 'Nobody (2026), Table 1' },
        ...{ mean: 3.1, sd: 0.7, n: 512, alpha: 0.81, tScores: null },
      },
      {
        ...{ scale: 'sleep', group: 'adults', source: 'Nobody (2026), Table 2' },
        ...{ mean: null, sd: null, n: null, alpha: null },
        tScores: new Map([
          [5, 50],
          [3.5, 40],
        ]),
      },
    ]);
  });

  test('may have no scale, and items that are on none', () => {
    const file = structuredClone(WHOLE) as File;
    Object.assign(file, { scales: [], norms: [] });
    const { scales, items } = parseInstrument(written(file), 'mood.json');
    expect(scales).toEqual([]);
    expect(items.every(({ scale }) => scale === null)).toBe(true);
  });

  test('may name its JSON Schema, for editors', () => {
    const file = { $schema: 'instrument.schema.json', ...WHOLE };
    expect(parseInstrument(written(file), 'mood.json').slug).toBe('mood');
  });

  test('is read again from its definition to the same instrument', () => {
    expect(parseInstrument(whole.definition, 'stored')).toEqual(whole);
  });
});

describe('a wording in another language', () => {
  const german = parseInstrument(written(WHOLE), 'mood.json', 'de');

  test('is an instrument of its own: its words, its hash, its prompt', () => {
    expect(german.language).toBe('de');
    expect(german.title).toBe('Stimmung');
    expect(german.instructions).toBe('Beantworten Sie alles.');
    expect(german.blocks[0]!.instructions).toBe('In der letzten Woche:');
    expect(german.items.map(({ text }) => text)).toEqual(Object.values(WHOLE.wordings.de.items));
    expect(german.answerSets[0]!.options.map(({ label }) => label)).toEqual([
      ...['Falsch', 'Richtig', 'Ganz richtig', 'Weder noch', 'Keine Angabe'],
    ]);
    expect(german.sha256).not.toBe(whole.sha256);
    expect(german.prompt).toContain('Ich war traurig.');
    expect(german.prompt).not.toContain('I was sad.');
    expect(german.prompt).not.toContain('Agree');
  });

  test('has the structure and the scoring of the file', () => {
    expect(german.scales).toEqual(whole.scales);
    expect(german.norms).toEqual(whole.norms);
    expect(german.items.map(({ id, range, demanded }) => [id, range, demanded])).toEqual(
      whole.items.map(({ id, range, demanded }) => [id, range, demanded]),
    );
    expect(german.answerSets.map(({ options }) => options.map(({ points }) => points))).toEqual(
      whole.answerSets.map(({ options }) => options.map(({ points }) => points)),
    );
  });

  test('leaves the synonyms of the first language behind, and keeps what means yes or no', () => {
    expect(german.answerSets[0]!.options[0]!.synonyms).toEqual([]);
    expect(german.answerSets[1]!.options[0]!.synonyms).toContain('sí');
  });

  test('is read again from its definition, which has one language', () => {
    expect(parseInstrument(german.definition, 'stored')).toEqual(german);
    expect(german.otherLanguages).toEqual([]);
    expect(whole.otherLanguages).toEqual(['de']);
  });

  test('is the file itself in its own language, and refused by name where there is none', () => {
    expect(parseInstrument(written(WHOLE), 'mood.json', 'en')).toEqual(whole);
    expect(() => parseInstrument(written(WHOLE), 'mood.json', 'fr')).toThrow(
      'mood.json has no wording in the language "fr"',
    );
  });
});

describe('refused by name', () => {
  const { de } = WHOLE.wordings;
  const without = (of: Record<string, unknown>, key: string) =>
    Object.fromEntries(Object.entries(of).filter(([name]) => name !== key));

  test.each<[what: string, spoil: (file: File) => void, message: string]>([
    ['another format', put('format', 3), 'format '],
    ['an unknown key', put('colour', 'red'), 'Unrecognized key: "colour"'],
    [
      'an unknown key of an item',
      put('blocks.0.items.1.scale', 'x'),
      'item "mood2": Unrecognized key: "scale"',
    ],
    ['an unknown key of a block', put('blocks.1.title', 'x'), 'Unrecognized key: "title"'],
    [
      'an unknown key of an option',
      put('answers.0.options.0.score', 1),
      'Unrecognized key: "score"',
    ],
    ['an unknown key of a scale', put('scales.0.reverse', []), 'scale "glad": Unrecognized key'],
    ['an unknown key of a norm', put('norms.0.median', 1), 'Unrecognized key: "median"'],
    ['an unknown key of a wording', put('wordings.de.answers', {}), 'Unrecognized key: "answers"'],
    ['a file without a block', put('blocks', []), 'must have at least one block'],
    ['a block without an item', put('blocks.1.items', []), 'must have at least one item'],
    ['a slug with a hyphen', put('slug', 'my-mood'), 'slug must consist of lower-case letters'],
    ['an id with a hyphen', put('blocks.0.items.0.id', 'a-1'), 'must consist of letters, digits'],
    ['an id that begins with a digit', put('scales.1.id', '1a'), 'begin with a letter'],
    [
      'an id of 27 characters',
      put('blocks.0.items.0.id', 'a'.repeat(27)),
      'is longer than 26 characters',
    ],
    [
      'an item id that occurs twice',
      put('blocks.1.items.0.id', 'mood1'),
      'item "mood1" occurs twice',
    ],
    [
      'item ids that differ in letter case alone',
      put('blocks.1.items.1.id', 'MOOD1'),
      'item "MOOD1" occurs twice: "mood1" differs only in letter case',
    ],
    [
      'scale ids that differ in letter case alone',
      put('scales.1.id', 'Glad'),
      'scale "Glad" occurs twice: "glad" differs only in letter case',
    ],
    [
      'an item with the id of the explanation',
      put('blocks.0.items.1.id', 'Explanation'),
      'item "Explanation": this id is the key of the explanation in a reply',
    ],
    ['two sets of one id', put('answers.1.id', 'agree'), 'answers "agree" occur twice'],
    ['an empty text', put('blocks.0.items.0.text', ' '), 'item "mood1": text is empty'],
    [
      'an item without answers',
      (file) => {
        delete (file.blocks[0] as { answers?: string }).answers;
      },
      'item "mood1" has no answers: name a set of "answers" in the item or in its block',
    ],
    [
      'answers that there are not',
      put('blocks.0.items.0.answers', 'agreee'),
      'item "mood1": "agreee" is not one of the answers (agree, yesno, slider)',
    ],
    [
      'a number that is a text too',
      put('blocks.1.items.1.open', {}),
      'item "hours" has both "number" and "open"',
    ],
    [
      'a number without room',
      put('blocks.1.items.1.number.max', 0),
      'item "hours": number.min (0) must be less than number.max (0)',
    ],
    [
      'points for a number',
      put('blocks.1.items.1.points', { '1': 2 }),
      'item "hours" has "points" but no answers to choose from',
    ],
    [
      'points for no answer of the item',
      put('blocks.0.items.0.points', { '3': 1 }),
      'item "mood1": 3 is not one of its answers',
    ],
    [
      'an attention check that demands no answer of the item',
      put('blocks.0.items.3.demand', [3]),
      'item "check": 3 is not one of its answers',
    ],
    ['points by label', put('blocks.0.items.0.points', { Agree: 1 }), 'must be a whole number'],
    [
      'answers without options or range',
      put('answers.2', { id: 'slider' }),
      'answers "slider" must have either "options" or "range"',
    ],
    [
      'answers with both',
      put('answers.1.range', { min: 0, max: 1 }),
      'answers "yesno" must have either "options" or "range"',
    ],
    [
      'labels asked for where an option has none',
      put('answers.1.options.1', { value: 0 }),
      'answers "yesno" ask for labels, but option 0 has none',
    ],
    [
      'a value that occurs twice',
      put('answers.0.options.1.value', 1),
      'answers "agree": option 1 occurs twice',
    ],
    [
      'a label that means two answers, letter case apart',
      put('answers.0.options.1.label', 'disagree'),
      'answers "agree": "disagree" means both 1 and 2',
    ],
    [
      'a label that is the number of another answer, where numbers are asked for',
      put('answers.0.options.0.label', '2'),
      'answers "agree": "2" means both 2 and 1',
    ],
    [
      'a synonym that is the number of another answer',
      put('answers.1.options.0.synonyms', ['0']),
      'answers "yesno": "0" means both 0 and 1',
    ],
    [
      'one answer beside missing codes',
      put('answers.1.options.1.missing', true),
      'answers "yesno" must have two answers that are not missing codes',
    ],
    [
      'an added midpoint that scores more than the ends',
      put('answers.0.options.3.points', 9),
      'answers "agree": the added midpoint 9 scores 9, which is not between 1 and 4',
    ],
    ['a fraction as a value', put('answers.0.options.0.value', 1.5), 'answers "agree": '],
    [
      'a range that is upside down',
      put('answers.2.range.min', 100),
      'answers "slider": min (100) must be less than max (100)',
    ],
    [
      'steps that miss the end',
      put('answers.2.range.step', 30),
      'answers "slider": steps of 30 from 0 do not lead to 100',
    ],
    [
      'a thousand steps and more',
      put('answers.2.range', { min: 0, max: 5000 }),
      'answers "slider" have more than 1001 steps',
    ],
    [
      'an anchor beside the steps',
      put('answers.2.range.anchors', { '5': 'little' }),
      'answers "slider": the anchor 5 is not one of the steps',
    ],
    [
      'a condition on a later item',
      put('blocks.1.if.item', 'hours'),
      'block 2: "if" names "hours", which is no earlier item',
    ],
    [
      'a condition on an item without answers',
      (file) => {
        put('blocks.0.items.3', { id: 'check', text: 'How many?', number: { min: 0, max: 9 } })(
          file,
        );
        put('blocks.1.if', { item: 'check', in: [1] })(file);
      },
      'block 2: "if" names "check", which has no answers to choose from',
    ],
    [
      'a condition on no answer of the item',
      put('blocks.1.if.in', [2]),
      'block 2: 2 is not an answer to "mood3"',
    ],
    ['a condition on nothing', put('blocks.1.if.in', []), 'if.in'],
    [
      'a scale of items and of scales',
      put('scales.2.items', ['mood1']),
      'scale "total" must have either "items" or "of"',
    ],
    [
      'a scale of nothing',
      (file) => {
        delete (file.scales[3] as { items?: unknown }).items;
      },
      'scale "any" must have either "items" or "of"',
    ],
    [
      'a scale of an item that there is not',
      put('scales.3.items', ['mood9']),
      'scale "any": "mood9" is not one of the items',
    ],
    [
      'a scale that names an item twice',
      put('scales.3.items', ['mood3', '-mood3']),
      'scale "any" names "mood3" twice',
    ],
    [
      'a scale of a text',
      put('scales.3.items', ['why']),
      'scale "any": item "why" asks for a text, which is not scored',
    ],
    ['a weight of 0', put('scales.0.items.mood1', 0), 'scale "glad": items.mood1 must not be 0'],
    ['a scale without members', put('scales.3.items', []), 'scale "any": items must not be empty'],
    ['a score that there is not', put('scales.0.score', 'median'), 'scale "glad": score'],
    [
      'a part that there is not',
      put('scales.2.of', ['glad', 'mood1']),
      'scale "total": "mood1" is not one of the scales',
    ],
    ['a scale of itself', put('scales.2.of', ['total']), 'scale "total" is made of itself'],
    [
      'scales of each other',
      (file) => {
        put('scales.2.of', ['any'])(file);
        put('scales.3', { id: 'any', name: 'Any', score: 'sum', of: ['total'] })(file);
      },
      'scale "any" is made of itself',
    ],
    [
      'a rule by which every item may be missing',
      put('scales.0.missing.most', 2),
      'scale "glad": missing.most (2) must be less than its 2 members',
    ],
    [
      'a centred scale of scales',
      put('scales.2.centre', 'person'),
      'scale "total": "centre" is for scales of items',
    ],
    ['norms of no scale', put('norms.0.scale', 'sad'), 'norms: "sad" is not one of the scales'],
    [
      'norms without numbers',
      put('norms.0', { scale: 'glad', group: 'g', source: 's', mean: 2 }),
      'norms: "glad" (g) has neither "mean" and "sd" nor "t"',
    ],
    ['norms without a source', put('norms.0.source', ''), 'source is empty'],
    [
      'a wording in the language of the file',
      (file) => put('wordings', { en: de })(file),
      'wordings.en is the language of the file itself',
    ],
    [
      'a wording without an item',
      put('wordings.de.items', without(de.items, 'rest')),
      'wordings.de has no text for item "rest"',
    ],
    [
      'a wording of an item that there is not',
      put('wordings.de.items.mood9', 'x'),
      'wordings.de has a text for "mood9", which is no item',
    ],
    [
      'a wording without a label',
      put('wordings.de.labels.agree', without(de.labels.agree, '777')),
      'wordings.de has no label for 777 of answers "agree"',
    ],
    [
      'a wording without an anchor',
      put('wordings.de.labels.slider', { '0': 'gar nicht' }),
      'wordings.de has no label for 100 of answers "slider"',
    ],
    [
      'a wording with a label where there is none',
      put('wordings.de.labels.slider.50', 'halb'),
      'wordings.de labels 50 of answers "slider", which has no label',
    ],
    [
      'a wording of answers that there are not',
      put('wordings.de.labels.other', { '1': 'x' }),
      'wordings.de has labels for "other", which are no answers',
    ],
    [
      'a wording without instructions',
      put('wordings.de', without(de, 'instructions')),
      'wordings.de has no instructions',
    ],
    [
      'a wording without the instructions of a block',
      put('wordings.de.blocks', [null, null]),
      'wordings.de.blocks: block 1 has instructions in one of the two languages only',
    ],
    [
      'a wording with instructions that the block does not have',
      put('wordings.de.blocks', ['a', 'b']),
      'wordings.de.blocks: block 2 has instructions in one of the two languages only',
    ],
    [
      'a wording of more blocks than there are',
      put('wordings.de.blocks', ['a', null, 'c']),
      'wordings.de.blocks has more entries than there are blocks',
    ],
    [
      'a wording in which two answers are the same',
      put('wordings.de.labels.agree.2', 'falsch'),
      'wordings.de: answers "agree": "falsch" means both 1 and 2',
    ],
    [
      'a wording with a template that shows no items',
      put('wordings.de.template', 'Antworten Sie als JSON.'),
      'wordings.de: template: the slot {{items}} is missing',
    ],
    ['a language that is none', put('wordings', { Deutsch: de }), 'must be a language code'],
  ])('%s', (_, spoil, message) => {
    const said = complaint(spoil);
    expect(said).toContain('mood.json is not a valid instrument: ');
    expect(said).toContain(message);
  });

  test('a key that occurs twice, with the item', () => {
    const source = written(WHOLE).replace('"text":"I was glad."', '"text":"a","text":"b"');
    expect(() => parseInstrument(source, 'mood.json')).toThrow('"mood1": "text" occurs twice');
  });

  test('a weight given twice', () => {
    const source = written(WHOLE).replace('"mood1":1', '"mood1":1,"mood1":-1');
    expect(() => parseInstrument(source, 'mood.json')).toThrow('"mood1" occurs twice');
  });
});

test('every language of the built-in instruments can be loaded', () => {
  const wordings = loadBuiltInInstruments().flatMap(({ slug, definition, otherLanguages }) =>
    otherLanguages.map((language) => parseInstrument(definition, slug, language)),
  );
  expect(wordings.map(({ slug, language }) => `${slug} ${language}`)).toEqual([
    'gad7 es',
    'phq9 es',
  ]);
  for (const { slug, scales } of wordings) expect(scales).toEqual(findInstrument(slug).scales);
});
