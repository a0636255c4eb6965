import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { UserError } from '../errors.ts';
import type { AskedItem } from '../instruments/asked/asked.ts';
import { composePrompt, frameOf } from '../instruments/asked/prompt.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { findInstrument, parseInstrument } from '../instruments/load.ts';
import {
  applies,
  askAgain,
  isSameForAll,
  type PlannedCall,
  planCalls,
  promptOfGroup,
} from './calls.ts';
import { drawOrder, type Order, PUBLISHED_ORDER } from './order.ts';
import { schemaOfReply, statedAnswers } from './schema.ts';
import {
  type AdministrationSettings,
  administration,
  describeSettings,
  hashOfForm,
  midpointOf,
  PUBLISHED_SETTINGS,
  requireSettings,
  variedSettings,
} from './settings.ts';

const agree = (value: number, label: string, more: object = {}) => ({ value, label, ...more });

/** Three blocks: five points with a code, four with a midpoint to add, and a number with a text. */
const FILE = {
  ...{ format: 2, slug: 'three', title: 't', citation: 'c', licence: 'l', language: 'en' },
  answers: [
    {
      id: 'five',
      options: [
        agree(-2, 'Never'),
        agree(-1, 'Rarely'),
        agree(0, 'Sometimes'),
        agree(1, 'Often'),
        agree(2, 'Always'),
        agree(99, 'No answer', { missing: true }),
      ],
    },
    {
      id: 'four',
      options: [
        agree(1, 'Wrong'),
        agree(2, 'Rather wrong'),
        agree(3, 'Rather right'),
        agree(4, 'Right'),
        agree(9, 'Neither', { points: 2.5, added_midpoint: true }),
      ],
    },
  ],
  blocks: [
    {
      answers: 'five',
      items: ['I like C', 'I like C++', 'I like tea', 'I like tea'].map((text, index) => ({
        id: `a${index + 1}`,
        text,
      })),
    },
    {
      answers: 'four',
      if: { item: 'a3', in: [1, 2] },
      items: ['b1', 'b2', 'b3'].map((id) => ({ id, text: `Statement ${id}` })),
    },
    {
      instructions: 'At last:',
      items: [
        { id: 'hours', text: 'How many hours?', number: { min: 0, max: 24, decimals: 1 } },
        { id: 'why', text: 'Why?', open: { max_characters: 50 }, optional: true },
      ],
    },
  ],
  scales: [{ id: 'A', name: 'A', score: 'sum', items: ['a1', 'a2', 'a3'] }],
};

const three = parseInstrument(JSON.stringify(FILE), 'three.json');
const epqra = findInstrument('epqra');
const phq9 = findInstrument('phq9');
const neo = findInstrument('ipipneo120');

const settings = (given: Partial<AdministrationSettings>): AdministrationSettings =>
  administration.parse(given);
const callsOf = (
  instrument: Instrument,
  given: Partial<AdministrationSettings>,
  order: Order = PUBLISHED_ORDER,
) => planCalls(instrument, settings(given), order);
const promptOf = (instrument: Instrument, { asked }: PlannedCall) =>
  composePrompt(instrument, asked, frameOf(instrument, [asked]));
const keysOf = (items: readonly AskedItem[]) => items.map(({ key }) => key);
const valuesOf = ({ options }: AskedItem) => options.map(({ option }) => option.value);

describe('orders', () => {
  const shuffled = settings({ item_order: 'shuffled', option_order: 'shuffled' });

  test('are the published ones unless the settings say otherwise', () => {
    expect(drawOrder(three, PUBLISHED_SETTINGS, 7)).toEqual(PUBLISHED_ORDER);
  });

  test('are permutations of the items of each block, and of the answers that score', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 50; seed++) {
      const { items, options } = drawOrder(three, shuffled, seed);
      expect(items!.slice(0, 4).toSorted()).toEqual([1, 2, 3, 4]);
      expect(items!.slice(4, 7).toSorted()).toEqual([5, 6, 7]);
      expect(items!.slice(7).toSorted()).toEqual([8, 9]);
      expect(options!.five!.slice(0, 5).toSorted((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
      expect(options!.five![5]).toBe(99);
      expect(options!.four!.toSorted()).toEqual([1, 2, 3, 4, 9]);
      seen.add(JSON.stringify(items));
    }
    expect(seen.size).toBeGreaterThan(40);
  });

  test('put every item in every place equally often', () => {
    const draws = 2400;
    const counts = new Map<string, number>();
    for (let seed = 0; seed < draws; seed++) {
      const { items } = drawOrder(three, shuffled, seed);
      items!.slice(0, 4).forEach((item, place) => {
        const at = `${item} at ${place}`;
        counts.set(at, (counts.get(at) ?? 0) + 1);
      });
    }
    expect(counts.size).toBe(16);
    // Binomial with p = 1/4: a standard deviation is 21, so that this is five of them.
    for (const count of counts.values()) expect(Math.abs(count - draws / 4)).toBeLessThan(106);
  });

  test('follow from the seed alone', () => {
    expect(drawOrder(neo, shuffled, 41)).toEqual(drawOrder(neo, shuffled, 41));
    expect(drawOrder(neo, shuffled, 41)).not.toEqual(drawOrder(neo, shuffled, 42));
  });

  test('of items and of answers do not depend on each other', () => {
    const items = drawOrder(three, settings({ item_order: 'shuffled' }), 5);
    const options = drawOrder(three, settings({ option_order: 'shuffled' }), 5);
    expect(drawOrder(three, shuffled, 5)).toEqual({ items: items.items, options: options.options });
    expect(items.options).toBeNull();
    expect(options.items).toBeNull();
  });

  test('reversed answers keep codes last and an added midpoint in the middle', () => {
    const { options } = drawOrder(three, settings({ option_order: 'reversed' }), 1);
    expect(options).toEqual({ five: [2, 1, 0, -1, -2, 99], four: [4, 3, 9, 2, 1] });
  });
});

describe('calls', () => {
  test('one for everything, as published', () => {
    const [call, ...others] = callsOf(three, {});
    expect(others).toEqual([]);
    expect(call!.asked).toEqual(three.asked);
    expect(promptOf(three, call!)).toBe(three.prompt);
  });

  test.each([epqra, phq9, neo])('of $slug ask by default what the instrument asks', (one) => {
    expect(callsOf(one, {}).map(({ asked }) => asked)).toEqual([one.asked]);
  });

  test('one for each block, the condition decided before it', () => {
    const calls = callsOf(three, { items_per_call: 'block' });
    expect(calls.map(({ number, asked }) => [number, keysOf(asked.items)])).toEqual([
      [1, ['a1', 'a2', 'a3', 'a4']],
      [2, ['b1', 'b2', 'b3']],
      [3, ['hours', 'why']],
    ]);
    expect(calls.map(({ condition }) => condition)).toEqual([
      null,
      { item: 3, answers: [1, 2] },
      null,
    ]);
    expect(calls[1]!.asked.blocks[0]!.condition).toBeNull();
    expect(calls.map((call) => applies(call, new Map([[3, 2]])))).toEqual([true, true, true]);
    expect(calls.map((call) => applies(call, new Map([[3, 0]])))).toEqual([true, false, true]);
    expect(calls.map((call) => applies(call, new Map()))).toEqual([true, false, true]);
  });

  test('of N items never reach over the end of a block', () => {
    const calls = callsOf(three, { items_per_call: 3 });
    expect(calls.map(({ asked }) => keysOf(asked.items))).toEqual([
      ['a1', 'a2', 'a3'],
      ['a4'],
      ['b1', 'b2', 'b3'],
      ['hours', 'why'],
    ]);
    expect(callsOf(neo, { items_per_call: 1 })).toHaveLength(120);
    expect(callsOf(neo, { items_per_call: 'block' })).toHaveLength(1);
  });

  test('ask items and answers in the order drawn', () => {
    const drawn = drawOrder(
      three,
      settings({ item_order: 'shuffled', option_order: 'shuffled' }),
      3,
    );
    const [call] = callsOf(three, { item_order: 'shuffled', option_order: 'shuffled' }, drawn);
    expect(call!.asked.items.map(({ item }) => item.number)).toEqual(drawn.items);
    expect(valuesOf(call!.asked.items[0]!)).toEqual(drawn.options!.five);
    // The added midpoint is not shown.
    expect(valuesOf(call!.asked.items[4]!)).toEqual(drawn.options!.four!.filter((v) => v !== 9));
  });

  test('drop the midpoint of an odd scale, and add one where the file has one', () => {
    const shown = (midpoint: AdministrationSettings['midpoint']) => {
      const [call] = callsOf(three, { midpoint });
      return [valuesOf(call!.asked.items[0]!), valuesOf(call!.asked.items[4]!)];
    };
    expect(shown('as_is')).toEqual([
      [-2, -1, 0, 1, 2, 99],
      [1, 2, 3, 4],
    ]);
    expect(shown('dropped')).toEqual([
      [-2, -1, 1, 2, 99],
      [1, 2, 3, 4],
    ]);
    expect(shown('added')).toEqual([
      [-2, -1, 0, 1, 2, 99],
      [1, 2, 9, 3, 4],
    ]);
    expect(three.answerSets.map(midpointOf)).toEqual([0, null]);
  });

  test('ask for letters, labels or numbers, whatever the instrument asks for', () => {
    const answers = (answer_as: AdministrationSettings['answer_as']) =>
      statedAnswers(callsOf(three, { answer_as })[0]!.asked.items[4]!);
    expect(answers('instrument')).toEqual(['Wrong', 'Rather wrong', 'Rather right', 'Right']);
    expect(answers('value')).toEqual([1, 2, 3, 4]);
    expect(answers('letter')).toEqual(['A', 'B', 'C', 'D']);
  });

  test('letters go by place, so that a shuffled answer has another letter and the same value', () => {
    const order = { items: null, options: { five: [2, -2, 0, 1, -1, 99], four: [1, 2, 3, 4] } };
    const [call] = callsOf(three, { option_order: 'shuffled', answer_as: 'letter' }, order);
    expect(
      call!.asked.items[0]!.options.map(({ letter, option }) => [letter, option.value]),
    ).toEqual([
      ['A', 2],
      ['B', -2],
      ['C', 0],
      ['D', 1],
      ['E', -1],
      ['F', 99],
    ]);
  });

  test('offer to decline every item only where the settings do', () => {
    const declining = (no_answer: AdministrationSettings['no_answer']) =>
      callsOf(three, { no_answer })[0]!.asked.items.map(({ mayDecline }) => mayDecline);
    expect(declining('none')).toEqual([...Array<boolean>(8).fill(false), true]);
    expect(declining('offered')).toEqual(Array<boolean>(9).fill(true));
    const [call] = callsOf(three, { no_answer: 'offered' });
    expect(promptOf(three, call!)).toContain('give null as its answer');
  });

  test('that ask again have the items without an answer, in their blocks', () => {
    const [call] = callsOf(three, {});
    const again = askAgain(call!, 2, new Set([2, 8]));
    expect(again.number).toBe(2);
    expect(keysOf(again.asked.items)).toEqual(['a2', 'hours']);
    expect(again.asked.blocks.map(({ instructions }) => instructions)).toEqual([null, 'At last:']);
    expect(promptOf(three, again)).not.toContain('I like tea');
  });
});

describe('the prompt that a group stores', () => {
  test('is complete where all its administrations send the same one', () => {
    expect(promptOfGroup(three, PUBLISHED_SETTINGS)).toBe(three.prompt);
    const reversed = settings({ option_order: 'reversed' });
    expect(isSameForAll(reversed)).toBe(true);
    expect(promptOfGroup(phq9, reversed)).not.toContain('{{');
  });

  test.each<Partial<AdministrationSettings>>([
    { item_order: 'shuffled' },
    { option_order: 'shuffled' },
    { items_per_call: 'block' },
    { ask_missing: true },
  ])('is the template where administrations or calls differ: %j', (given) => {
    const varied = settings(given);
    expect(isSameForAll(varied)).toBe(false);
    expect(promptOfGroup(phq9, varied)).toContain('{{items}}');
    const paraphrase = 'My own: {{items}} {{reply}}';
    expect(promptOfGroup(phq9, settings({ ...given, paraphrase }))).toBe(paraphrase);
  });
});

describe('the schema of a reply', () => {
  const schemaFor = (instrument: Instrument, given: Partial<AdministrationSettings> = {}) =>
    schemaOfReply(callsOf(instrument, { format: 'schema', ...given })[0]!.asked);

  test('has an item id for each property, whatever the texts of the items are', () => {
    const schema = schemaFor(three);
    const keys = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3', 'hours', 'why', 'explanation'];
    expect(Object.keys(schema.properties as object)).toEqual(keys);
    expect(schema).toMatchObject({ type: 'object', required: keys, additionalProperties: false });
    expect(JSON.stringify(schema)).not.toContain('I like');
  });

  test('allows the answers shown and no others: labels, negative numbers, codes', () => {
    const labels = schemaFor(three).properties as Record<string, unknown>;
    expect(labels.a1).toEqual({
      enum: ['Never', 'Rarely', 'Sometimes', 'Often', 'Always', 'No answer'],
    });
    const values = schemaFor(three, { answer_as: 'value' }).properties as typeof labels;
    expect(values.a1).toEqual({ enum: [-2, -1, 0, 1, 2, 99] });
    expect(values.b1).toEqual({ enum: [1, 2, 3, 4] });
  });

  test('bounds numbers and texts; null only where an item may be declined', () => {
    const properties = schemaFor(three).properties as Record<string, unknown>;
    expect(properties.hours).toEqual({ type: 'number', minimum: 0, maximum: 24 });
    expect(properties.why).toEqual({
      anyOf: [{ type: 'string', maxLength: 50 }, { type: 'null' }],
    });
    const offered = schemaFor(three, { no_answer: 'offered' }).properties as typeof properties;
    expect(offered.hours).toEqual({
      anyOf: [{ type: 'number', minimum: 0, maximum: 24 }, { type: 'null' }],
    });
  });

  test('puts the explanation last, first where it is asked for first, nowhere in distributions', () => {
    const names = (elicit: AdministrationSettings['elicit']) =>
      Object.keys(schemaFor(phq9, { elicit }).properties as object);
    expect(names('answer').at(-1)).toBe('explanation');
    expect(names('reasoned')[0]).toBe('explanation');
    expect(names('distribution')).not.toContain('explanation');
  });

  test('of a distribution has a probability for each answer', () => {
    const { phq1 } = schemaFor(phq9, { elicit: 'distribution' }).properties as Record<
      string,
      unknown
    >;
    const probability = { type: 'number', minimum: 0, maximum: 1 };
    const labels = ['Not at all', 'Several days', 'More than half the days', 'Nearly every day'];
    expect(phq1).toEqual({
      type: 'object',
      properties: Object.fromEntries(labels.map((label) => [label, probability])),
      required: labels,
      additionalProperties: false,
    });
  });

  test('names items that are numbered so that their order is kept', () => {
    const keys = Object.keys(schemaFor(epqra).properties as object);
    expect(keys.slice(0, 2)).toEqual(['item_1', 'item_2']);
    const [call] = callsOf(epqra, { format: 'schema' });
    expect(promptOf(epqra, call!)).toContain('"item_24": ');
  });

  test('keeps the order in which the items are asked', () => {
    const drawn = drawOrder(neo, settings({ item_order: 'shuffled' }), 11);
    const [call] = callsOf(neo, { format: 'schema', item_order: 'shuffled' }, drawn);
    const keys = Object.keys(schemaOfReply(call!.asked).properties as object);
    expect(keys.slice(0, -1)).toEqual(drawn.items!.map((number) => `neo${number}`));
  });
});

describe('settings', () => {
  test('that vary nothing leave the hash of a form the hash of the wording', () => {
    expect(hashOfForm(neo, PUBLISHED_SETTINGS)).toBe(neo.wordingSha256);
    expect(hashOfForm(neo, settings({ item_order: 'published', items_per_call: 'all' }))).toBe(
      neo.wordingSha256,
    );
    expect(neo.wordingSha256).not.toBe(phq9.wordingSha256);
    expect(neo.sha256).toBe(createHash('sha256').update(neo.definition).digest('hex'));
    expect(variedSettings(PUBLISHED_SETTINGS)).toEqual({});
    expect(describeSettings(PUBLISHED_SETTINGS)).toBe('');
  });

  test('that vary something give a form of its own, the same in any order of the keys', () => {
    const forms = [
      hashOfForm(neo, PUBLISHED_SETTINGS),
      hashOfForm(neo, settings({ item_order: 'shuffled' })),
      hashOfForm(neo, settings({ item_order: 'shuffled', elicit: 'reasoned' })),
      hashOfForm(neo, settings({ items_per_call: 'block' })),
      hashOfForm(neo, settings({ items_per_call: 1 })),
      hashOfForm(phq9, settings({ item_order: 'shuffled' })),
    ];
    expect(new Set(forms).size).toBe(forms.length);
    expect(hashOfForm(neo, settings({ elicit: 'reasoned', item_order: 'shuffled' }))).toBe(
      forms[2],
    );
    expect(describeSettings(settings({ elicit: 'reasoned', item_order: 'shuffled' }))).toBe(
      'item_order: shuffled, elicit: reasoned',
    );
    expect(describeSettings(settings({ paraphrase: 'x {{items}} JSON' }))).toBe(
      `paraphrase: ${createHash('sha256').update('x {{items}} JSON').digest('hex').slice(0, 8)}`,
    );
  });

  test('an unknown one is refused, and so is an unknown value', () => {
    expect(administration.safeParse({ order: 'shuffled' }).success).toBe(false);
    expect(administration.safeParse({ item_order: 'random' }).success).toBe(false);
    expect(administration.safeParse({ items_per_call: 0 }).success).toBe(false);
  });

  const bigfive = findInstrument('bigfive');
  const withTemplate = parseInstrument(
    JSON.stringify({ ...FILE, template: '{{instructions}} {{items}} as JSON' }),
    'three.json',
  );
  const counted = parseInstrument(
    JSON.stringify({
      ...FILE,
      answers: [{ id: 'times', options: [agree(1, '0'), agree(2, '1'), agree(3, '2 or more')] }],
      blocks: [{ answers: 'times', items: [{ id: 'n', text: 'How often?' }] }],
      scales: [],
    }),
    'counted.json',
  );
  const unlabelled = parseInstrument(
    JSON.stringify({
      ...FILE,
      answers: [FILE.answers[0], { id: 'four', range: { min: 1, max: 30 } }],
      blocks: [{ ...FILE.blocks[1], if: undefined }, FILE.blocks[0]],
    }),
    'slider.json',
  );

  test.each<[Partial<AdministrationSettings>, Instrument, string]>([
    [{ midpoint: 'dropped' }, phq9, 'midpoint is "dropped", but no answer scale has a midpoint'],
    [{ midpoint: 'added' }, phq9, 'midpoint is "added", but no answer set has an option'],
    [
      { option_order: 'shuffled', option_display: 'ends' },
      bigfive,
      'option_order is "shuffled", which option_display "ends" cannot show',
    ],
    [{ answer_as: 'label' }, unlabelled, 'but the answers "four" have no labels'],
    [{ answer_as: 'letter' }, unlabelled, 'but the answers "four" have no labels'],
    [
      { answer_as: 'value' },
      counted,
      'answer_as is "value", but labels of the answers "times" are other numbers',
    ],
    [{ elicit: 'distribution' }, three, 'but item hours has no answers to choose from'],
    [{ elicit: 'logprobs', items_per_call: 1 }, three, 'but item hours has no answers'],
    [{ elicit: 'logprobs' }, phq9, 'elicit is "logprobs", which needs items_per_call: 1'],
    [
      { elicit: 'logprobs', items_per_call: 1, format: 'schema' },
      phq9,
      'which reads one letter, not a schema',
    ],
    [{ format: 'text', elicit: 'reasoned' }, phq9, 'format is "text", but elicit "reasoned"'],
    [{ format: 'text', elicit: 'distribution' }, phq9, 'format is "text", but elicit'],
    [{ elicit: 'reasoned' }, withTemplate, 'put the slot {{reply}} where it does'],
    [{ format: 'text' }, withTemplate, 'put the slot {{reply}} where it does'],
    [{ answer_as: 'letter', paraphrase: '{{items}} JSON' }, phq9, 'put the slot {{reply}}'],
  ])('%j are refused', (given, instrument, message) => {
    const act = () => requireSettings(instrument, settings(given));
    expect(act).toThrow(UserError);
    expect(act).toThrow(message);
  });

  test.each<[Partial<AdministrationSettings>, Instrument]>([
    [{}, three],
    [{ midpoint: 'dropped' }, bigfive],
    [{ midpoint: 'added' }, three],
    [{ elicit: 'logprobs', items_per_call: 1 }, phq9],
    [{ elicit: 'reasoned', format: 'schema' }, three],
    [{ elicit: 'reasoned', paraphrase: '{{items}} {{reply}}' }, withTemplate],
    [{ option_order: 'reversed', option_display: 'ends' }, bigfive],
  ])('%j are possible', (given, instrument) => {
    expect(() => requireSettings(instrument, settings(given))).not.toThrow();
  });
});

test('answers that differ in letter case alone are refused, since replies are read without it', () => {
  const file = structuredClone(FILE);
  file.answers[0]!.options[0]!.label = 'OFTEN';
  expect(() => parseInstrument(JSON.stringify(file), 'three.json')).toThrow(
    'answers "five": "Often" means both -2 and 1',
  );
});
