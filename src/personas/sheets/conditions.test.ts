import { describe, expect, it } from 'vitest';
import { findInstrument } from '../../instruments/load.ts';
import { scoreAnswers } from '../../instruments/score.ts';
import { applyCondition, CONDITIONS, findCondition } from './conditions.ts';
import { createSheet, type Sheet } from './sheet.ts';
import { createSyntheticSheets } from './synthetic.ts';

const epqra = findInstrument('epqra');
const sheets = createSyntheticSheets(11);

describe('applyCondition', () => {
  it.each([
    ['Base', {}],
    ['max_N', { N: 6 }],
    ['max_P', { P: 6 }],
    ['min_L', { L: 0 }],
    ['max_all', { E: 6, N: 6, P: 6, L: 6 }],
    ['min_E_max_rest', { E: 0, N: 6, P: 6, L: 6 }],
  ])('%s drives its scales and leaves the others', (name, expected: Record<string, number>) => {
    for (const sheet of sheets) {
      const driven = applyCondition(sheet, findCondition(name), epqra);
      expect(driven.personalityId).toBe(sheet.personalityId);
      expect(scoresOf(driven)).toEqual({ ...scoresOf(sheet), ...expected });
      for (const { number, scale } of epqra.items) {
        if (!(scale! in expected))
          expect(driven.answers[number - 1]).toBe(sheet.answers[number - 1]);
      }
    }
  });

  it('gives the answers that the study gives', () => {
    const none = createSheet(1, Array<boolean>(24).fill(false));
    expect(yesOf(applyCondition(none, findCondition('max_N'), epqra))).toEqual([
      1, 9, 11, 14, 18, 21,
    ]);
    expect(yesOf(applyCondition(none, findCondition('max_P'), epqra))).toEqual([6, 8, 12]);
    expect(yesOf(applyCondition(none, findCondition('min_L'), epqra))).toEqual([5, 7, 10, 17, 19]);
  });

  it('refuses sheets of another instrument', () => {
    expect(() => applyCondition(createSheet(3, [true]), findCondition('Base'), epqra)).toThrow(
      'person 3 has 1 answers; epqra has 24 items',
    );
  });

  it('refuses an instrument without such a scale or key', () => {
    const bigfive = findInstrument('bigfive');
    const sheet = createSheet(1, Array<boolean>(44).fill(true));
    expect(() => applyCondition(sheet, findCondition('max_N'), bigfive)).toThrow(
      'MaxN needs keyed Yes/No items of the scale N',
    );
    expect(() => applyCondition(sheet, findCondition('max_P'), bigfive)).toThrow(
      'MaxP needs keyed Yes/No items of the scale P',
    );
    expect(applyCondition(sheet, findCondition('Base'), bigfive)).toEqual(sheet);
  });
});

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

function scoresOf(sheet: Sheet): Record<string, number> {
  return Object.fromEntries(
    scoreAnswers(epqra, new Map(sheet.answers.map((answer, index) => [index + 1, Number(answer)]))),
  );
}

function yesOf({ answers }: Sheet): number[] {
  return answers.flatMap((answer, index) => (answer ? [index + 1] : []));
}
