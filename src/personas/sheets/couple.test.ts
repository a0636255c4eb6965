import { expect, it } from 'vitest';
import { createChance } from './chance.ts';
import { coupleScores } from './couple.ts';

it('says so when scores cannot correlate as wanted', () => {
  const scores = new Map([
    ['A', [0, 0, 0, 1]],
    ['B', [0, 1, 1, 1]],
  ]);
  expect(() => coupleScores(scores, [{ scales: ['A', 'B'], r: 0.9 }], createChance(1, 0))).toThrow(
    'do not allow',
  );
});
