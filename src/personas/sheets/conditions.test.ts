import { describe, expect, it } from 'vitest';
import {
  CONDITIONS,
  conditionDefinition,
  defineCondition,
  findCondition,
  readDrive,
} from './conditions.ts';

describe('findCondition', () => {
  it.each([
    ['base', 'Base'],
    ['maxN', 'max_N'],
    ['max_N', 'max_N'],
    ['max-n', 'max_N'],
    ['Max N', 'max_N'],
    ['MAXALL', 'max_all'],
    ['MinE-MaxRest', 'min_E_max_rest'],
    ['minE_maxRest', 'min_E_max_rest'],
  ])('understands %s', (spelling, name) => {
    expect(findCondition(spelling).name).toBe(name);
  });

  it('finds every condition by name, label and population tag', () => {
    for (const condition of CONDITIONS) {
      for (const spelling of [
        condition.name,
        condition.label,
        condition.populationTag ?? condition.name,
      ]) {
        expect(findCondition(spelling)).toBe(condition);
      }
    }
  });

  it('names the nearest of an unknown one', () => {
    expect(() => findCondition('max_M')).toThrow(
      expect.objectContaining({ hint: 'Did you mean "max_N"?' }),
    );
    expect(() => findCondition('extraverted')).toThrow(
      'Known conditions: Base, max_N, max_P, min_L, max_all, min_E_max_rest.',
    );
    expect(() => findCondition('')).toThrow('Unknown condition ""');
  });
});

describe('readDrive', () => {
  it('reads what the command line says', () => {
    expect(readDrive(['O=max', '16=5', 'E=-1.5'])).toEqual({ O: 'max', '16': 5, E: -1.5 });
  });

  it.each(['O', 'O=', '=max', 'O=high', 'O:max'])('refuses %j', (setting) => {
    expect(() => readDrive([setting])).toThrow(`"${setting}" does not say what is set to what`);
  });
});

describe('a condition of one’s own', () => {
  it('is called by its name where it has no label', () => {
    const own = defineCondition({ name: 'MaxO', drive: { O: 'max' } });
    expect(own).toEqual({
      name: 'MaxO',
      label: 'MaxO',
      populationTag: 'MaxO',
      experimental: false,
      drive: { O: 'max' },
    });
    expect(conditionDefinition(own)).toEqual({ name: 'MaxO', label: 'MaxO', drive: { O: 'max' } });
    expect(conditionDefinition(findCondition('max_N'))).toBeNull();
  });

  it.each([
    [{ name: 'max O' }, 'Invalid name of a condition: "max O"'],
    [{ name: 'a', label: ' ' }, 'Invalid label of the condition "a"'],
    [{ name: 'a', label: 'x'.repeat(51) }, 'Invalid label of the condition "a"'],
    [{ name: 'MAX-N' }, '"MAX-N" would be called like the built-in condition max_N'],
    [{ name: 'a', label: 'Max N' }, '"a" would be called like the built-in condition max_N'],
    [{ name: 'a', drive: {} }, 'The condition "a" drives nothing'],
  ])('is refused as %j', (definition, message) => {
    expect(() => defineCondition({ drive: { O: 'max' }, ...definition })).toThrow(message);
  });
});
