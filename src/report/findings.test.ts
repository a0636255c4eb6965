import { expect, test } from 'vitest';
import { analysisOf } from '../../test/support/analysis.ts';
import { answered, MOOD, population, study } from '../../test/support/small-study.ts';
import { sayFindings, sayRetest } from './findings.ts';

const score = (scale: string, icc: number | null) => ({
  ...{ instrument: 'mood', model: 'GPT-4o', population: 'all', scale },
  icc_administrations: icc,
});

const NAME = (_: string, scale: string) => (scale === 'B' ? 'Belonging' : scale);

test('retest correlations that are shown alike are told once', () => {
  expect(sayRetest([score('A', 1), score('B', 0.998), score('C', null)], 'case', NAME)).toEqual([
    'Two administrations of the same case correlate by 1.00 on each of 2 scores (retest correlation, ICC; Table R1G).',
  ]);
});

test('others are told from the lowest to the highest', () => {
  expect(sayRetest([score('A', 0.91), score('B', 0.4), score('C', 0.7)], 'persona', NAME)).toEqual([
    'Two administrations of the same persona correlate by 0.40 (Belonging, GPT-4o, all) to 0.91 (A, GPT-4o, all): retest correlations (ICC) of 3 scores, in Table R1G.',
  ]);
  expect(sayRetest([score('A', 0.91)], 'persona', NAME)).toEqual([
    'Two administrations of the same persona correlate by 0.91 (ICC; A, GPT-4o, all; Table R1G).',
  ]);
  expect(sayRetest([score('A', null)], 'persona', NAME)).toEqual([]);
});

/** Six cases of the study's own under a condition, once. */
const asked = (condition: string, shift: number, repeated = 1) =>
  [1, 2, 3, 4, 5, 6].map((personality) => ({
    ...{ personality, repeated, population: population(condition, { population: condition }) },
    points: [(personality + repeated) % 3, shift, personality % 2, 1, personality % 3],
  }));

test('a study of repetitions alone begins with how well scores repeat', () => {
  const given = ['Christian', 'Muslim'].flatMap((name, shift) => [
    ...asked(name, shift, 1),
    ...asked(name, shift, 2),
  ]);
  const own = study({ answered: [answered(MOOD, given)] });
  const retest = /^Two administrations of the same case correlate/;
  expect(sayFindings(analysisOf(own))[0]).toMatch(retest);
  const planned = sayFindings(analysisOf(own, {}, { compare: ['condition'] }));
  expect(planned[0]).not.toMatch(retest);
  expect(planned.some((sentence) => retest.test(sentence))).toBe(true);
});

test('a study of several ways of asking begins with what depends on them', () => {
  const form = (label: string, shift: number) =>
    answered({ ...MOOD, label }, [...asked('Muslim', shift), ...asked('Christian', 0)]);
  const own = study({ answered: [form('a', 1), form('b', -1)] });
  const [first, second] = sayFindings(analysisOf(own, {}, { compare: ['condition'] }));
  expect(first).toMatch(/^Over 2 ways of asking, /);
  expect(second).toMatch(/^Christian − Muslim/);
});

test('repetitions that are identical throughout are told as such, in place of a correlation', () => {
  const twice = asked('all', 0, 1).flatMap((one) => [one, { ...one, repeated: 2 }]);
  const say = (given: typeof twice) =>
    sayFindings(analysisOf(study({ answered: [answered(MOOD, given)] })));
  const found = say(twice);
  expect(found[0]).toMatch(
    /^Repetitions gave identical answers throughout: each of 6 administrations .* not independent/,
  );
  expect(found.join(' ')).not.toContain('correlate by');
  const differing = twice.map((one, at) => (at === 1 ? { ...one, points: [2, 2, 2, 2, 2] } : one));
  expect(say(differing)[0]).toMatch(/correlate by/);
  // Of two models, the one that it is true of is named, and the other has its correlation.
  const both = say([...twice, ...differing.map((one) => ({ ...one, model: 'GPT-3.5' }))]);
  expect(both.join(' ')).toMatch(/Repetitions by GPT-4o gave identical answers/);
  expect(both.join(' ')).toMatch(/correlate by .*GPT-3\.5/);
});
