import { expect, test } from 'vitest';
import { ABOUT } from './wide-about.ts';
import { columnsOf } from './wide-columns.ts';
import { labelledColumnsOf } from './wide-labels.ts';
import { shapeOf } from './wide-shape.ts';
import type { WideQuestionnaire } from './wide-store.ts';

const CALM = JSON.stringify({
  ...{ format: 2, slug: 'calm', title: 'Calm', citation: 'Made for this test.' },
  ...{ licence: 'None needed.', language: 'en' },
  answers: [
    {
      id: 'agree',
      options: [
        { value: 1, label: 'No' },
        { value: 4, label: 'Yes' },
        { value: 9, label: 'Prefer not to say', missing: true },
      ],
    },
  ],
  blocks: [{ answers: 'agree', items: [{ id: 'calm_1', text: 'I am calm.' }] }],
  scales: [{ id: 'calm', name: 'Calm', score: 'sum', items: { calm_1: 1 } }],
});

const STORED: WideQuestionnaire = {
  ...{ slug: 'calm', wordings: [], items: [], scales: [], factors: [], personaColumns: [] },
  personaFields: [],
  hasProbabilities: false,
  hasStates: false,
};

test('columns have names that every program reads alike, and the codebook has the ids as they are', () => {
  const ids = ['=1+1', 'A', 'Negative Affect, total', 'a', 'Ánimo-1'];
  const stored = {
    ...STORED,
    scales: ids,
    factors: ['item order'],
    personaColumns: [{ name: 'día', type: 'string' } as const],
  };
  const columns = columnsOf(shapeOf(stored), stored);
  expect(
    columns.flatMap(({ role, name, scale }) => (role === 'score' ? [[scale, name]] : [])),
  ).toEqual([
    ['=1+1', 'score__1_1'],
    ['A', 'score_A'],
    ['Negative Affect, total', 'score_Negative_Affect__total'],
    ['a', 'score_a_2'],
    ['Ánimo-1', 'score_Ánimo_1'],
  ]);
  expect(columns.find(({ role }) => role === 'factor')).toMatchObject({
    name: 'factor_item_order',
    description: 'level of the factor item order',
  });
  expect(columns.find(({ role }) => role === 'persona')!.name).toBe('persona_día');
});

test('a code that scores nothing is no end of the answers', () => {
  const stored = { ...STORED, wordings: [{ sha256: 'x', definition: CALM }] };
  const item = columnsOf(shapeOf(stored), stored).find(({ role }) => role === 'item');
  expect(item).toMatchObject({ minimum: 1, maximum: 4, missing: [9] });
});

test('variables have labels of a few words in SPSS and Stata', () => {
  const stored = { ...STORED, wordings: [{ sha256: 'x', definition: CALM }] };
  const columns = labelledColumnsOf(
    columnsOf(
      shapeOf({
        ...stored,
        factors: ['item_order'],
        personaColumns: [{ name: 'religion', type: 'string' }],
      }),
      stored,
    ),
  );
  const labels = new Map(columns.map(({ name, label }) => [name, label]));
  for (const [name, , description] of ABOUT) expect(labels.get(name)).not.toBe(description);
  for (const { label } of columns) expect(label.length).toBeLessThanOrEqual(80);
  expect([...labels.values()]).toContain('I am calm.');
  expect(Object.fromEntries(labels)).toMatchObject({
    personality_id: 'Answer sheet, or case of own personas',
    factor_item_order: 'level of the factor item_order',
    persona_religion: 'column "religion" of the persona',

    score_calm: 'Calm: sum of its items',
  });
});
