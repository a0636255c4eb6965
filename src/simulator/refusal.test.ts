import { describe, expect, test } from 'vitest';
import { isRefusal } from '../instruments/reply/refusal.ts';
import { REFUSAL, refuses } from './refusal.ts';
import { Respondent, type SimulatedRequest } from './respond.ts';

const request = (given: Partial<SimulatedRequest> = {}): SimulatedRequest => ({
  system: 'You are a human. Religion: Muslim.',
  user: 'How accurate is it?',
  model: 'simulated/gpt-4o-2024-11-20',
  seed: 1,
  temperature: 1,
  ...given,
});

describe('a rule of refusals', () => {
  test.each<[string, object, boolean]>([
    ['no part', {}, true],
    ['words of the system message', { text: 'religion: muslim' }, true],
    ['words of the prompt', { text: 'accurate' }, true],
    ['a part of a word', { text: 'man' }, false],
    ['other words', { text: 'Christian' }, false],
    ['characters of patterns', { text: 'it?' }, true],
    ['the model', { model: 'gpt-4o' }, true],
    ['another model', { model: 'gpt-3.5' }, false],
    ['words and another model', { text: 'Muslim', model: 'gpt-3.5' }, false],
  ])('with %s fits by all that it says', (_, rule, expected) => {
    expect(refuses(request(), [rule])).toBe(expected);
  });

  test('refuses the share that it says, and the same administrations each time', () => {
    const seeds = Array.from({ length: 4000 }, (_, seed) => seed);
    const drawn = (rule: object) => seeds.filter((seed) => refuses(request({ seed }), [rule]));
    const refused = drawn({ share: 0.25 });
    // Three standard errors of a share of 0.25 in 4,000 are 0.021.
    expect(Math.abs(refused.length / seeds.length - 0.25)).toBeLessThan(0.021);
    expect(drawn({ share: 0.25 })).toEqual(refused);
    expect(drawn({ share: 0.5 })).toEqual(expect.arrayContaining(refused));
  });

  test('is told in words that are read as a refusal', () => {
    expect(isRefusal(REFUSAL)).toBe(true);
    const respondent = new Respondent({ refuse: [{ text: 'Muslim' }] });
    expect(respondent.respond(request()).text).toBe(REFUSAL);
    expect(respondent.respond(request({ system: null })).text).not.toBe(REFUSAL);
  });

  test('decides once for all calls of an administration', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const [first, second] = ['Part one', 'Part two'].map((user) =>
        refuses(request({ user, seed }), [{ share: 0.5 }]),
      );
      expect(first).toBe(second);
    }
  });
});
