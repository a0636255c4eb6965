import { expect, test } from 'vitest';
import { answered, KEYED, MAX_N, score, study } from '../../test/support/small-study.ts';
import { tabulateMissingAnswers } from '../analysis/corrected/missing-answers.ts';
import { tabulateResponseQuality } from '../analysis/corrected/response-quality.ts';
import { describeMissing, describeQuality } from './methods-quality.ts';

const GIVEN = [1, 2, 3].map((personality) => ({ personality, points: score(personality, 3) }));

test('what is missing is counted, and only tests that were made are described', () => {
  const whole = study({ answered: [answered(KEYED, GIVEN)] });
  expect(describeMissing(tabulateMissingAnswers(whole), false)).toEqual([
    'Of 3 administrations that have ended, none is without answers. Shares have intervals by persons as clusters, on log odds. Bounds are those of Manski (1989): every missing score at the lower, or at the upper, end of its scale.',
  ]);
  const missing = study({
    answered: [
      answered(KEYED, [
        ...GIVEN,
        ...GIVEN.map((one, index) => ({
          ...{ ...one, population: MAX_N },
          ending: index === 0 ? ('invalid' as const) : ('refused' as const),
        })),
      ]),
    ],
  });
  const [text] = describeMissing(tabulateMissingAnswers(missing), false);
  expect(text).toContain(
    'Of 6 administrations that have ended, some are without answers (2 refused and 1 invalid)',
  );
  expect(text).toContain('sign-flip test');
  expect(text).not.toContain('Welch');
  expect(describeMissing([], false)).toEqual([]);
});

test('styles of answering: where the order of items comes from', () => {
  const rows = tabulateResponseQuality(study({ answered: [answered(KEYED, GIVEN)] }));
  expect(describeQuality(rows, false)[0]).toContain(
    'the order of the items is that of the pooled answers',
  );
  expect(describeQuality([], false)).toEqual([]);
});
