import { describe, expect, test } from 'vitest';
import { KEYED, MOOD, scaled, score, sheets } from '../../../test/support/small-study.ts';
import type { Sheets } from '../data.ts';
import { analysisPlan, type Bounds } from '../plan.ts';
import { boundsOf, type ChosenBounds, DEFAULT_BOUNDS } from './bounds.ts';

/** SD of E is 2 (scores 1 and 5, six each, as population: √(12/11) · 2), and N never varies. */
const REFERENCE = sheets(
  Object.fromEntries(Array.from({ length: 12 }, (_, at) => [at + 1, score(at % 2 ? 5 : 1, 3)])),
);
const SD = 2 * Math.sqrt(12 / 11);

const of = (scale: string, chosen: Partial<ChosenBounds>, reference: Sheets = REFERENCE) =>
  boundsOf(reference, scale, { ...DEFAULT_BOUNDS, ...chosen });

describe('bound of the mean', () => {
  const meanOf = (scale: string, equivalenceBound: Bounds) =>
    of(scale, { equivalenceBound, boundOrigin: 'study file' }).mean;

  test('a number is points of every scale', () => {
    expect(meanOf('E', 0.4)).toEqual({
      points: 0.4,
      sds: expect.closeTo(0.4 / SD, 12),
      origin: 'study file',
      reason: null,
    });
    expect(meanOf('N', 0.4)).toMatchObject({ points: 0.4, sds: null });
  });

  test('in SD of the sheets, with its reason', () => {
    const bound = { sd: 0.2, reason: 'a small effect' };
    expect(meanOf('E', bound)).toMatchObject({
      points: expect.closeTo(0.2 * SD, 12),
      sds: expect.closeTo(0.2, 12),
      reason: 'a small effect',
    });
    expect(meanOf('N', bound)).toEqual({
      notAvailable: 'the sheets do not vary, so that a bound in their SD is 0',
    });
  });

  test('by scale; one that is not named has the default, which says so', () => {
    const bounds = { E: { points: 1 } };
    expect(meanOf('E', bounds)).toMatchObject({ points: 1, origin: 'study file' });
    expect(meanOf('N', bounds)).toMatchObject({ points: 0.5, origin: 'default' });
  });
});

describe('bound of a person', () => {
  test('one item of a short sum of dichotomous items', () => {
    expect(of('E', {}).person).toMatchObject({ points: 1, origin: 'default', reason: 'one item' });
  });

  test('one standard error of measurement elsewhere', () => {
    /**
     * R 4.2.2: x <- rbind(c(1,2,0), c(2,2,1), c(-1,0,-2), c(0,1,0), c(-2,-1,-1)); s <- rowMeans(x)
     * a <- 3/2 * (1 - sum(apply(x, 2, var))/var(rowSums(x))); sd(s) * sqrt(1 - a)
     */
    const rows = [
      [1, 2, 0],
      [2, 2, 1],
      [-1, 0, -2],
      [0, 1, 0],
      [-2, -1, -1],
    ];
    const points = Int32Array.from(rows.flatMap((row) => [...row, 0, 0]));
    const reference = {
      questionnaire: MOOD,
      isPublished: false,
      personalityIds: Int32Array.of(1, 2, 3, 4, 5),
      answers: points,
      points,
    };
    expect(of('A', {}, reference).person).toMatchObject({
      points: expect.closeTo(0.30731814857643, 12),
      reason: 'one SEM of the sheets',
    });
    expect(of('B', {}, reference).person).toMatchObject({ notAvailable: expect.any(String) });
  });

  test('a sum of twelve items, or a mean of few, is no short sum', () => {
    const one = (rule: 'sum' | 'mean', of: () => string) => ({
      ...REFERENCE,
      questionnaire: scaled(KEYED, rule, of),
    });
    const whole = one('sum', () => 'E');
    expect(of('E', {}, whole).person).toMatchObject({ reason: 'one SEM of the sheets' });
    const mean = of('E', {}, { ...whole, questionnaire: scaled(KEYED, 'mean', (i) => i.scale) });
    expect(mean.person).toMatchObject({ reason: 'one SEM of the sheets' });
  });

  test('given at analysis, it says so', () => {
    expect(of('E', { personBound: 2, personBoundOrigin: 'analysis' }).person).toMatchObject({
      points: 2,
      origin: 'analysis',
      reason: null,
    });
  });
});

test.each([0, -1, 'much', { points: 0 }, { sd: 0.2, why: 'so' }, { E: { point: 1 } }])(
  'a plan refuses the bound %j',
  (equivalence_bound) => {
    expect(analysisPlan.safeParse({ equivalence_bound }).success).toBe(false);
  },
);
