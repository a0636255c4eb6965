import { expect, test } from 'vitest';
import {
  answered,
  type Given,
  MOOD,
  population,
  scaled,
  study,
} from '../../../../test/support/small-study.ts';
import { type AnalysisPlan, analysisPlan } from '../../plan.ts';
import { tabulateInteractions } from './interactions.ts';

const SCALE = scaled({ ...MOOD, items: MOOD.items.slice(0, 3) }, 'mean', () => 'A');
const X = [1.2, 2.5, 3.1, 4.8, 2.2, 3.9, 5, 1.1];
const Y = [0.9, 2.9, 2, 4.1, 2.5, 3, 4.2, 1.9];

function asked(
  personality: number,
  value: number,
  columns: Readonly<Record<string, string>>,
): Given {
  const name = Object.values(columns).join(', ');
  const of = population(name, { population: name });
  return { personality, points: [value, value, value], population: of, columns };
}

const tabulate = (given: readonly Given[], plan: Partial<AnalysisPlan>) =>
  tabulateInteractions(study({ answered: [answered(SCALE, given)] }), analysisPlan.parse(plan));

const RELIGION = { factor: 'religion', reference: 'Christian', pairs: 'reference' } as const;

test('within cases, an interaction is the test of differences of differences', () => {
  const given = X.flatMap((x, i) => [
    asked(i, x, { religion: 'Muslim', disability: 'none' }),
    asked(i, Y[i]!, { religion: 'Christian', disability: 'none' }),
    asked(i, x + (i * i) / 4, { religion: 'Muslim', disability: 'blind' }),
    asked(i, Y[i]! + 1, { religion: 'Christian', disability: 'blind' }),
  ]);
  // R 4.2.2: t.test((x + i^2/4) - (y + 1) - (x - y))
  expect(tabulate(given, { compare: [RELIGION, 'disability'] })).toMatchObject([
    {
      ...{ factor: 'religion', level: 'Muslim', reference: 'Christian', outcome: 'A' },
      ...{ by_factor: 'disability', by_level: 'blind', by_reference: 'none' },
      ...{ design: 'within', n: 8, df: 7, family: 'GPT-4o: religion (C3)' },
      diff_at_level: expect.closeTo(3.6625, 9),
      diff_at_reference: expect.closeTo(0.2875, 9),
      interaction: expect.closeTo(3.375, 9),
      ci_low: expect.closeTo(-0.35209716205206, 9),
      ci_high: expect.closeTo(7.10209716205206, 9),
      p: expect.closeTo(0.069506998995143, 9),
    },
  ]);
});

test('a value that is missing under one combination leaves no others beside it', () => {
  const given = X.flatMap((x, i) =>
    ['man', 'woman'].flatMap((sex) => {
      const of = (religion: string, disability: string, value: number) =>
        asked(i, value + (sex === 'woman' ? 2 : 0), { religion, disability, sex });
      return [
        of('Muslim', 'none', x),
        of('Christian', 'none', Y[i]!),
        of('Christian', 'blind', Y[i]! + 1),
        // Only one blind Muslim woman has answered.
        ...(sex === 'man' || i === 0 ? [of('Muslim', 'blind', x + (i * i) / 4)] : []),
      ];
    }),
  );
  const expected = [
    // As above: of seven cases the men count, of one both, and what the sexes differ by cancels out.
    {
      ...{ design: 'within', n: 8, interaction: expect.closeTo(3.375, 9) },
      ...{ diff_at_level: expect.closeTo(3.6625, 9), diff_at_reference: expect.closeTo(0.2875, 9) },
      p: expect.closeTo(0.069506998995143, 9),
    },
  ];
  const rows = tabulate(given, { compare: [RELIGION, 'disability', 'sex'] });
  expect(rows.filter(({ by_factor }) => by_factor === 'disability')).toMatchObject(expected);
});

test('of other cases for each level of one factor, paired differences are compared', () => {
  const given = X.flatMap((x, i) => [
    asked(i, x, { religion: 'Muslim', gender: i < 4 ? 'woman' : 'man' }),
    asked(i, Y[i]!, { religion: 'Christian', gender: i < 4 ? 'woman' : 'man' }),
  ]);
  // R 4.2.2: t.test((x - y)[5:8], (x - y)[1:4])
  const expected = {
    ...{ design: 'mixed', n: 8, df: expect.closeTo(5.620123683877372, 9) },
    interaction: expect.closeTo(-0.275, 9),
    ci_low: expect.closeTo(-1.582946017776539, 9),
    ci_high: expect.closeTo(1.032946017776539, 9),
    p: expect.closeTo(0.620926585713873, 9),
  };
  expect(tabulate(given, { compare: [RELIGION, 'gender'] })).toMatchObject([
    { ...expected, diff_at_level: expect.closeTo(0.15, 9) },
  ]);
  expect(tabulate(given, { compare: ['gender', RELIGION] })).toMatchObject([expected]);
});

test('what either difference holds equal, their interaction does', () => {
  // What the conditions set is no column for the models, which hold the condition.
  const given = X.flatMap((x, i) =>
    ['man', 'woman'].flatMap((sex) => {
      const of = (religion: string, model: string, value: number) => ({
        ...asked(i, value + (sex === 'woman' ? 2 : 0), { religion, sex }),
        model,
      });
      return [
        of('Muslim', 'GPT-4o', x),
        of('Christian', 'GPT-4o', Y[i]!),
        of('Christian', 'GPT-3.5', Y[i]! + 1),
        ...(sex === 'man' || i === 0 ? [of('Muslim', 'GPT-3.5', x + (i * i) / 4)] : []),
      ];
    }),
  );
  const rows = tabulate(given, { compare: [RELIGION, 'model'] });
  // As in the first test.
  expect(rows).toMatchObject([
    {
      ...{ design: 'within', n: 8, interaction: expect.closeTo(3.375, 9), df: 7 },
      ...{ diff_at_level: expect.closeTo(3.6625, 9), p: expect.closeTo(0.069506998995143, 9) },
    },
  ]);
});

test('pairs of other cases leave out what only one of the two has', () => {
  const given = X.flatMap((x, i) =>
    ['old', 'young'].flatMap((age) => {
      const of = (religion: string, value: number) =>
        asked(i, value + (age === 'old' ? 2 : 0), {
          religion,
          age,
          gender: i < 4 ? 'woman' : 'man',
        });
      return [
        of('Muslim', x),
        ...(age === 'young' || i === 0 || i === 7 ? [of('Christian', Y[i]!)] : []),
      ];
    }),
  );
  const rows = tabulate(given, { compare: [RELIGION, 'gender', 'age'] });
  // As in the test above.
  expect(rows.filter(({ by_factor }) => by_factor === 'gender')).toMatchObject([
    {
      ...{ design: 'mixed', n: 8, df: expect.closeTo(5.620123683877372, 9) },
      interaction: expect.closeTo(-0.275, 9),
      p: expect.closeTo(0.620926585713873, 9),
    },
  ]);
});

test('of other cases for each combination, four means are', () => {
  const given = [X, Y].flatMap((values, side) =>
    values.map((value, i) =>
      asked(i + 10 * side, value, {
        religion: side === 0 ? 'Muslim' : 'Christian',
        gender: i < 4 ? 'woman' : 'man',
      }),
    ),
  );
  // R 4.2.2, by hand: the means of x[1:4], x[5:8], y[1:4], y[5:8], their variances, Satterthwaite.
  expect(
    tabulate(given, {
      compare: [RELIGION, { factor: 'gender', reference: 'man', pairs: 'reference' }],
    }),
  ).toMatchObject([
    {
      ...{ design: 'between', n: 16, df: expect.closeTo(10.559449973997564, 9) },
      interaction: expect.closeTo(0.275, 9),
      ci_low: expect.closeTo(-2.862530032818528, 9),
      p: expect.closeTo(0.849933918561066, 9),
    },
  ]);
});

test('a combination that is missing leaves a reason; factors that go together have no interaction', () => {
  const given = X.flatMap((x, i) => [
    asked(i, x, { religion: 'Muslim', disability: 'none' }),
    asked(i, Y[i]!, { religion: 'Christian', disability: 'none' }),
    asked(i, x, { religion: 'Muslim', disability: 'blind' }),
  ]);
  expect(tabulate(given, { compare: [RELIGION, 'disability'] })).toMatchObject([
    {
      interaction: null,
      reason: 'a combination of the levels has no value with everything else equal',
    },
  ]);
  expect(tabulate(given, { compare: ['condition', 'religion'] })).toEqual([]);
});
