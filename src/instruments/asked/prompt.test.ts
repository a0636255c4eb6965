import { expect, test } from 'vitest';
import { findInstrument, loadBuiltInInstruments, parseInstrument } from '../load.ts';
import { unknownSlots } from './prompt.ts';

test.each(loadBuiltInInstruments())(
  'the prompt of $slug embeds its items as valid JSON',
  ({ prompt, items }) => {
    const embedded = prompt.match(/\{[\s\S]*?\n\}/g)!.map((json) => JSON.parse(json) as object);
    expect(embedded.flatMap((json) => Object.entries(json)).toSorted()).toEqual(
      items.map((item) => [item.id, item.text]).toSorted(),
    );
  },
);

test.each(loadBuiltInInstruments())(
  'the prompt of $slug names every answer, JSON and the explanation, and has no open slot',
  ({ prompt, answerSets }) => {
    for (const { label } of answerSets.flatMap(({ options }) => options))
      expect(prompt).toContain(label);
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
