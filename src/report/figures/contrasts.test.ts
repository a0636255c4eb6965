import { expect, test } from 'vitest';
import { analysisOf, findFaults } from '../../../test/support/analysis.ts';
import {
  answered,
  type Given,
  MOOD,
  population,
  study,
} from '../../../test/support/small-study.ts';
import { figures } from './index.ts';

const given = (shift: number): Given[] =>
  ['Christian', 'Muslim'].flatMap((name, side) =>
    [0, 1, 2, 3, 4].map((own) => ({
      personality: own,
      points: [own % 3, own % 2, side * shift, -1, own % 2],
      population: population(name, { population: name }),
    })),
  );

test('a study of one’s own has a figure of means for each factor, and curves over ways of asking', () => {
  const forms = [1, -1].map((shift) =>
    answered({ ...MOOD, label: `mood (${shift})` }, given(shift)),
  );
  const all = figures(analysisOf(study({ answered: forms })));
  const found = all.filter(({ id }) => /^(means|robustness)/.test(id));
  expect(found.map(({ id }) => id)).toEqual([
    'means-mood-condition',
    'robustness-mood-gpt-4o-condition-muslim',
  ]);
  const [means, curve] = found;
  // A of Christians: 0, 2/3, 2/3, 1/3, 1/3 in both ways.
  expect(means!.svg).toContain('A: GPT-4o Christian 0.40, GPT-4o Muslim 0.40');
  expect(curve!.title).toBe('Muslim − Christian in each way of asking mood, GPT-4o');
  expect(curve!.caption).toContain('n = 2 ways: 1 mood (-1); 2 mood (1)');
  for (const { svg, narrow } of found)
    expect([...findFaults(svg), ...findFaults(narrow)]).toEqual([]);
});
