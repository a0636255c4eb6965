import { expect, test } from 'vitest';
import { loadBuiltInInstruments } from './load.ts';
import { fillPrompt, unknownSlots } from './prompt.ts';

test.each(loadBuiltInInstruments())(
  'the prompt of $slug embeds its items as valid JSON',
  ({ prompt, items }) => {
    const [embedded, ...others] = prompt.match(/\{[\s\S]*?\n\}/g)!;
    expect(others).toEqual([]);
    expect(JSON.parse(embedded!)).toEqual(
      Object.fromEntries(items.map((item) => [String(item.number), item.text])),
    );
  },
);

test.each(loadBuiltInInstruments())(
  'the prompt of $slug names every answer, JSON and the explanation, and has no open slot',
  ({ prompt, answers }) => {
    for (const { label } of answers.options) expect(prompt).toContain(label);
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

const questions = {
  instructions: 'Use $& and {{items}} freely.',
  answers: {
    reply: 'label',
    options: [
      { value: 1, label: 'Sí' },
      { value: 0, label: 'No "nunca"' },
    ],
  },
  items: [{ number: 1, text: 'A "quoted" {{count}}\nitem' }],
} as const;

test('slots are filled once, as text', () => {
  expect(fillPrompt('{{instructions}}\n{{answers}}\n{{items}} ({{count}})\n', questions)).toBe(
    'Use $& and {{items}} freely.\n- "Sí"\n- "No \\"nunca\\""\n{\n  "1": "A \\"quoted\\" {{count}}\\nitem"\n} (1)',
  );
});

test('unknown slots are told', () => {
  expect(unknownSlots('{{items}} {{item}} {{count}} {{x}}')).toEqual(['{{item}}', '{{x}}']);
});
