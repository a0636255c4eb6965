import { expect, test } from 'vitest';
import {
  answered,
  type Given,
  MOOD,
  population,
  scaled,
  study,
} from '../../test/support/small-study.ts';
import type { Ending } from '../analysis/endings.ts';
import { sayUnanswered } from './unanswered.ts';

const SCALE = scaled({ ...MOOD, items: MOOD.items.slice(0, 1) }, 'mean', () => 'A');

function asked(name: string, endings: readonly Ending[], more: Partial<Given> = {}): Given[] {
  return endings.map((ending, at) => ({
    ...{ personality: at + 1, points: [1], ending, ...more },
    population: population(name, { population: name }),
  }));
}

const say = (...given: readonly Given[][]) =>
  sayUnanswered(study({ answered: [answered(SCALE, given.flat())] }));

test('a level without any answer is told, with how its administrations ended', () => {
  const answeredOnes = asked('A', ['answered', 'refused']);
  expect(say(answeredOnes, asked('B', ['refused', 'refused', 'refused']))).toEqual([
    'Under B nothing was answered: all 3 were refused.',
  ]);
  expect(
    say(answeredOnes, asked('B', ['refused', 'unparseable', 'refused']), asked('C', ['truncated'])),
  ).toEqual([
    'Under B nothing was answered: of 3, 2 were refused and 1 was unparseable.',
    'Under C nothing was answered: the only administration was truncated.',
  ]);
});

test('a level that is not through, and a study without an answer, are not', () => {
  expect(say(asked('A', ['answered']), asked('B', ['refused', 'pending']))).toEqual([]);
  expect(say(asked('A', ['refused']), asked('B', ['refused']))).toEqual([]);
});

test('of levels within one another only the widest is told', () => {
  const muslim = { columns: { religion: 'Muslim' } };
  const other = { columns: { religion: 'Other' } };
  expect(
    say(
      asked('A', ['answered'], other),
      asked('B', ['refused', 'refused'], muslim),
      asked('C', ['refused', 'refused'], muslim),
    ),
  ).toEqual(['Under religion Muslim nothing was answered: all 4 were refused.']);
});

test('a column that each case has for itself, such as a number, has no levels', () => {
  const given = ['1', '2', '3'].map((id, at) => ({
    ...asked('A', [at === 0 ? 'refused' : 'answered'], { columns: { id } })[0]!,
    personality: at + 1,
  }));
  expect(say(given)).toEqual([]);
});

test('one model of several is named', () => {
  const second = { model: 'GPT-3.5' };
  expect(
    say(
      asked('A', ['answered']),
      asked('B', ['refused', 'refused']),
      asked('A', ['answered'], second),
      asked('B', ['answered'], second),
    ),
  ).toEqual(['Under B (GPT-4o) nothing was answered: all 2 were refused.']);
  expect(say(asked('A', ['answered']), asked('A', ['invalid', 'invalid'], second))).toEqual([
    'By GPT-3.5 nothing was answered: all 2 were invalid.',
  ]);
});
