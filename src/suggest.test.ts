import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closest, didYouMean, listKnown } from './suggest.ts';

const MODELS = [
  'gpt4o',
  'gpt35',
  'claude35sonnet',
  'llama3170B',
  'llama323B',
  'gpt4oold',
  'gpt4turbo',
];

describe('closest', () => {
  it.each([
    ['gtp4o', 'gpt4o'],
    ['gpt-4o', 'gpt4o'],
    ['GPT4O', 'gpt4o'],
    ['claude', 'claude35sonnet'],
    ['claude35sonet', 'claude35sonnet'],
    ['llama70b', 'llama3170B'],
    ['llama3.1-70B', 'llama3170B'],
    ['gpt4-turbo', 'gpt4turbo'],
  ])('takes %s for %s', (typed, meant) => {
    expect(closest(typed, MODELS)).toBe(meant);
  });

  it.each(['', 'mistral', 'zz'])('has no guess for "%s"', (typed) => {
    expect(closest(typed, MODELS)).toBeNull();
  });

  it.each([
    ['offer_no_answer', 'no_answer'],
    ['--no-answer', '--offer-no-answer'],
    ['max_reply_tokens', 'max_tokens'],
  ])('takes %s for %s, which has a word more or less', (typed, meant) => {
    expect(closest(typed, ['item_order', 'answer_as', meant, 'option_order'])).toBe(meant);
  });

  it('has no guess where only one word is the same', () => {
    expect(closest('answers_of_people', ['answer_as', 'no_answer'])).toBeNull();
  });

  it('takes the first of equally near names', () => {
    expect(closest('ab', ['ac', 'ad'])).toBe('ac');
  });

  it('finds every name itself, whatever else is there', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9]{2,12}$/);
    fc.assert(
      fc.property(name, fc.array(name), (wanted, others) => {
        expect(closest(wanted, [...others, wanted])).toBe(wanted);
      }),
    );
  });
});

describe('what hints say', () => {
  it('begins with the nearest name, or with nothing', () => {
    expect(didYouMean('gtp4o', MODELS)).toBe('Did you mean "gpt4o"? ');
    expect(didYouMean('mistral', MODELS)).toBe('');
  });

  it('lists what there is, as far as anybody reads', () => {
    expect(listKnown([])).toBe('None exists.');
    expect(listKnown(['a', 'b'])).toBe('Available: a, b.');
    expect(listKnown(Array.from({ length: 25 }, (_, index) => String(index)))).toMatch(
      /19, and 5 more\.$/,
    );
  });
});
