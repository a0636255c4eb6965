import { describe, expect, test } from 'vitest';
import type { Instrument } from '../instrument.ts';
import { findInstrument, loadBuiltInInstruments, parseInstrument } from '../load.ts';
import { type Asked, askItem, withLetters } from './asked.ts';
import { composePrompt, frameOf, unknownSlots } from './prompt.ts';

test.each(loadBuiltInInstruments())(
  'the prompt of $slug embeds its items as valid JSON',
  ({ prompt, items }) => {
    const embedded = prompt.match(/\{[\s\S]*?\n\}/g)!;
    const texts = embedded.flatMap((one) => Object.entries(JSON.parse(one)));
    expect(texts).toEqual(items.map(({ id, text }) => [id, text]));
  },
);

test.each(loadBuiltInInstruments())(
  'the prompt of $slug names every answer, JSON and the explanation, and has no open slot',
  ({ prompt, answerSets }) => {
    for (const { options } of answerSets)
      for (const { label } of options) expect(prompt).toContain(label);
    expect(prompt).toContain('JSON');
    expect(prompt).toContain('"explanation"');
    expect(prompt).toContain('fewer than 100 words');
    expect(prompt).not.toMatch(/\{\{|\}\}|<row\./);
  },
);

test('the stem of the BFI is there', () => {
  expect(loadBuiltInInstruments().find(({ slug }) => slug === 'bigfive')!.prompt).toContain(
    '"I see myself as someone who..."',
  );
});

test('slots are filled once, as text', () => {
  const instructions = 'Use $& and {{items}} freely.';
  const text = 'A "quoted" {{count}}\nitem';
  const { prompt } = parseInstrument(
    JSON.stringify({
      ...JSON.parse(findInstrument('epqra').definition),
      ...{ instructions, template: '{{instructions}}\n{{answers}}\n{{items}} ({{count}}) JSON\n' },
      scales: [{ id: 'E', name: 'Extraversion' }],
      items: [{ number: 1, text, scale: 'E', key: 1 }],
    }),
    'quoted.json',
  );
  expect(prompt).toBe(
    'Use $& and {{items}} freely.\n- "True"\n- "False"\n{\n  "1": "A \\"quoted\\" {{count}}\\nitem"\n} (1) JSON',
  );
});

test('unknown slots are told', () => {
  expect(unknownSlots('{{items}} {{item}} {{count}} {{x}}')).toEqual(['{{item}}', '{{x}}']);
});

describe('an instrument of several parts', () => {
  const FILE = {
    ...{ format: 2, slug: 'parts', title: 't', citation: 'c', licence: 'l', language: 'en' },
    instructions: 'Answer as yourself.',
    answers: [
      {
        id: 'points',
        options: [
          { value: 1, label: 'Low' },
          { value: 2 },
          { value: 3, label: 'High' },
          { value: 9, label: 'No answer', missing: true },
        ],
      },
      {
        id: 'yesno',
        options: [
          { value: 1, label: 'Yes' },
          { value: 0, label: 'No' },
        ],
      },
      {
        id: 'slider',
        range: { min: 0, max: 100, step: 10, anchors: { '0': 'none', '50': 'half' } },
      },
    ],
    blocks: [
      {
        instructions: 'First:',
        answers: 'points',
        items: [
          { id: 'p1', text: 'One' },
          { id: 'p2', text: 'Two' },
          { id: 'yes', text: 'Three?', answers: 'yesno' },
          { id: 'p3', text: 'Four' },
        ],
      },
      {
        if: { item: 'yes', in: [1] },
        answers: 'slider',
        items: [
          { id: 's1', text: 'How much?' },
          { id: 'pay', text: 'Pay?', number: { min: 0, max: 9000, unit: 'EUR' } },
          { id: 'share', text: 'Share?', number: { min: 0, max: 1, decimals: 2 } },
          { id: 'why', text: 'Why?', open: { max_characters: 80 } },
        ],
      },
    ],
  };
  const parts = parseInstrument(JSON.stringify(FILE), 'parts.json');

  test('shows each run of items below the answers that they share', () => {
    expect(parts.prompt.split('\n\nAnswer all')[0]).toBe(`Answer as yourself.

Part 1

First:

The only possible answers are:
- 1 (Low)
- 2
- 3 (High)
- 9 (No answer)

The items:

{
  "p1": "One",
  "p2": "Two"
}

The only possible answers are:
- "Yes"
- "No"

The item:

{
  "yes": "Three?"
}

The only possible answers are:
- 1 (Low)
- 2
- 3 (High)
- 9 (No answer)

The item:

{
  "p3": "Four"
}

Part 2

This part applies only if your answer to item yes is "Yes".

The only possible answers are:
- whole numbers from 0 (none) to 100 in steps of 10
- 50 (half)

The item:

{
  "s1": "How much?"
}

The answer is a whole number from 0 to 9000, in EUR.

The item:

{
  "pay": "Pay?"
}

The answer is a number from 0 to 1.

The item:

{
  "share": "Share?"
}

The answer is a text of at most 80 characters.

The item:

{
  "why": "Why?"
}`);
  });

  test('says how to reply, and what to do with a part that does not apply', () => {
    expect(parts.prompt).toMatch(/Answer all 8 items, each exactly once\./);
    expect(parts.prompt).toContain('Its keys are the item ids above');
    expect(parts.prompt).toMatch(
      /In a part that does not apply, give null as the answer to each of its items\.$/,
    );
    expect(parts.prompt).not.toContain('If you would rather not answer');
  });

  const asking = (given: Partial<Asked>, instrument: Instrument = parts) => {
    const asked = { ...instrument.asked, ...given };
    return composePrompt(instrument, asked, frameOf(instrument, [asked]));
  };

  test('with only the ends of its answer scales shown, codes apart', () => {
    const prompt = asking({ showsEnds: true });
    expect(prompt).toContain(
      'answers are:\n- whole numbers from 1 (Low) to 3 (High)\n- 9 (No answer)\n',
    );
    expect(prompt).toContain('- "Yes"\n- "No"');
  });

  test('says that items may be declined where that is offered', () => {
    expect(asking({ offersNoAnswer: true })).toContain(
      'If you would rather not answer an item, give null as its answer.',
    );
  });

  test.each<[Asked['elicit'], string, string]>([
    ['reasoned', 'Its first key is "explanation"', 'and one more key'],
    ['distribution', 'numbers between 0 and 1 that add up to 1', '"explanation"'],
  ])('asks for a reply that is %s', (elicit, there, absent) => {
    expect(asking({ elicit })).toContain(there);
    expect(asking({ elicit })).not.toContain(absent);
  });

  test('asks for lines where the reply is text', () => {
    expect(asking({ format: 'text' })).toContain(
      'Your whole reply is one line for each item: its id above, unchanged, a colon and your answer.',
    );
  });

  test('offers letters in the order shown', () => {
    const item = askItem(parts.items[2]!, parts.scales);
    const turned = item.item.answers!.options.toReversed();
    const asked = { ...item, ask: 'letter' as const, options: withLetters(turned, 'letter') };
    const block = { instructions: null, items: [asked], condition: null };
    const prompt = asking({ items: [asked], blocks: [block] });
    expect(prompt).toContain('The only possible answers are:\nA) No\nB) Yes\n');
    expect(prompt).toContain('An answer is the letter before it.');
    expect(asking({ items: [asked], blocks: [block], elicit: 'logprobs', format: 'text' })).toMatch(
      /Reply with the letter of your answer and nothing else\.$/,
    );
  });

  test('one block of one set reads like a questionnaire of the old format', () => {
    const { blocks, ...rest } = FILE;
    const [first] = blocks;
    const items = [first!.items[0], first!.items[1]];
    const one = { ...rest, blocks: [{ ...first, items }] };
    expect(parseInstrument(JSON.stringify(one), 'one.json').prompt).toMatch(
      /^Answer as yourself\.\n\nFirst:\n\nThe only possible answers are:\n- 1 \(Low\)\n- 2\n/,
    );
  });

  test('a template and a paraphrase replace the frame, not what is filled in', () => {
    const own = { ...FILE, template: 'A JSON of {{items}} by {{key}}. {{reply}}' };
    const framed = parseInstrument(JSON.stringify(own), 'parts.json');
    expect(framed.prompt).toMatch(/^A JSON of Part 1\n/);
    expect(framed.prompt).toContain('by id. Answer all 8 items');
    expect(composePrompt(framed, framed.asked, '{{count}}: {{items}}')).toMatch(/^8: Part 1\n/);
  });
});
