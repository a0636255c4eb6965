import { expect, test } from 'vitest';
import { labelOwnConditions } from './own-conditions.ts';

test('own conditions are called by their levels, with the columns where a level is in several', () => {
  // A control may have values for the columns that the questionnaire names.
  const control = {
    name: 'control',
    levels: [
      ['religion', 'not stated'],
      ['disability', 'not stated'],
    ] as const,
  };
  const told = labelOwnConditions([
    {
      name: 'none, none',
      levels: [
        ['religion', 'none'],
        ['disability', 'none'],
      ],
    },
    {
      name: 'Muslim, none',
      levels: [
        ['religion', 'Muslim'],
        ['disability', 'none'],
      ],
    },
    control,
  ]);
  expect([...told]).toEqual([
    ['none, none', { place: 0, label: 'religion: none, disability: none' }],
    ['Muslim, none', { place: 1, label: 'religion: Muslim, disability: none' }],
    ['control', { place: 2, label: 'control' }],
  ]);
  const plain = labelOwnConditions([
    {
      name: 'Muslim, blind',
      levels: [
        ['religion', 'Muslim'],
        ['disability', 'blind'],
      ],
    },
    control,
  ]);
  expect([...plain.values()].map(({ label }) => label)).toEqual(['Muslim, blind', 'control']);
});
