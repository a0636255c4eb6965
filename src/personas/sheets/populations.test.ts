import { describe, expect, it } from 'vitest';
import { CONDITIONS, findCondition } from './conditions.ts';
import { namePopulation, PUBLISHED_REFERENCE, SYNTHETIC_REFERENCE } from './populations.ts';

describe('namePopulation', () => {
  it.each([
    ['Base', 'generated_gpt4o_spain826'],
    ['max_N', 'borderline_maxN_gpt4o'],
    ['max_P', 'borderline_maxP_gpt4o'],
    ['min_L', 'borderline_minL_gpt4o'],
    ['max_all', 'borderline_maxAll_gpt4o'],
    ['min_E_max_rest', 'borderline_minE_maxRest_gpt4o'],
  ])('names %s as published', (name, population) => {
    expect(namePopulation(findCondition(name), 'gpt4o', PUBLISHED_REFERENCE)).toBe(population);
  });

  it('names the reference where it is another', () => {
    const names = CONDITIONS.map((condition) =>
      namePopulation(condition, 'sim-gpt4o', SYNTHETIC_REFERENCE),
    );
    expect(names).toContain('generated_sim-gpt4o_synthetic826');
    expect(names).toContain('borderline_minE_maxRest_sim-gpt4o_synthetic826');
    expect(new Set(names).size).toBe(CONDITIONS.length);
  });

  it('takes names up to the width of the column, counted in characters', () => {
    const base = findCondition('Base');
    const longest = '🧠'.repeat(100 - 'generated__r'.length);
    expect(namePopulation(base, longest, 'r')).toBe(`generated_${longest}_r`);
    expect(() => namePopulation(base, `${longest}x`, 'r')).toThrow(
      'has 101 characters; the maximum is 100',
    );
  });

  it.each(['', ' ', 'a b', '_x', 'a,b', 'a\n'])('refuses %j as a reference', (reference) => {
    expect(() => namePopulation(findCondition('Base'), 'gpt4o', reference)).toThrow(
      'Invalid name of a reference population',
    );
  });
});
