import { expect, test } from 'vitest';
import { answered, MOOD, population, study } from '../../../../test/support/small-study.ts';
import { tabulateMissingAnswers } from '../../../analysis/corrected/missing-answers.ts';
import { missingAnswers } from './missing-answers.ts';

const OTHER = population('Muslim', { population: 'Muslim' });

function tabulate(...of: readonly (typeof OTHER)[]) {
  const given = of.flatMap((own) =>
    [1, 2, 3].map((personality) => ({
      ...{ personality, points: [1, 0, 1, 0, 1], population: own },
      ending: personality === 3 ? ('refused' as const) : ('answered' as const),
    })),
  );
  return tabulateMissingAnswers(study({ answered: [answered(MOOD, given)] }));
}

test('a study without Base is told which table compares its refusals', () => {
  const rows = tabulate(population('Christian', { population: 'Christian' }), OTHER);
  expect(missingAnswers.corrected.notes(rows).at(-1)).toMatch(
    /^Nothing is tested here.* Table C2 compares refusals/,
  );
  expect(rows[0]!.reason).toMatch(/no Base population.*Table C2/);
  expect(missingAnswers.corrected.notes(tabulate(OTHER)).at(-1)).toBe('Nothing was tested.');
});
