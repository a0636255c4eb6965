import { describe, expect, test } from 'vitest';
import {
  answered,
  type Given,
  MAX_N,
  MOOD,
  scaled,
  study,
} from '../../../test/support/small-study.ts';
import { type MultitraitRow, tabulateMultitrait } from './multitrait.ts';

/** A value of an item that goes with a trait of the person, by a rule of whole numbers. */
const levelOf = (person: number, item: number, trait: number) =>
  ((trait * person) % 101) * 2 + 3 * ((53 * person * (item + 1) + 29 * item) % 61);

/** Three items of A and three of B. */
const formOf = (slug: string) =>
  scaled(
    {
      ...MOOD,
      slug,
      items: [1, 2, 3, 4, 5, 6].map((number) => ({
        ...MOOD.items[0]!,
        number,
        id: String(number),
        range: { low: 0, high: 400 },
      })),
    },
    'sum',
    (_, column) => (column < 3 ? 'A' : 'B'),
  );
const FIRST = formOf('first');
const SECOND = formOf('second');
const given = (offset: number, more: Partial<Given> = {}): readonly Given[] =>
  Array.from({ length: 60 }, (_, person) => ({
    personality: person + 1,
    points: [0, 1, 2, 3, 4, 5].map((item) => levelOf(person, item + offset, item < 3 ? 37 : 61)),
    ...more,
  }));

function tabulate(
  first: readonly Given[] = given(0),
  second: readonly Given[] = given(6),
): readonly MultitraitRow[] {
  return tabulateMultitrait(
    study({ answered: [answered(FIRST, first), answered(SECOND, second)] }),
  );
}

const EXPECTED = {
  monotrait_r: 0.782233681131,
  monotrait_ci_low: 0.709060309418,
  monotrait_ci_high: 0.838739928242,
  heterotrait_r: 0.185049616985,
  gap: 0.597184064146,
  gap_ci_low: 0.386673205778,
  gap_ci_high: 0.807694922514,
  disattenuated_r: 1.0153667972,
  disattenuated_ci_low: 0.903355635389,
  disattenuated_ci_high: 1.12737795901,
};

/**
 * R 4.2.2: a, b, c, d the totals of A and B in both; mean(c(cor(a, c), cor(b, d))),
 * mean(abs(c(cor(a, d), cor(b, c)))), their difference, and the mean of r / sqrt(alpha alpha). The
 * intervals: what each person moves each by, by numerical derivatives with weights (cov.wt), and
 * estimate + c(-1, 1) * qt(.975, df) * se with df by the kurtosis of that; of the first, on Fisher's z:
 * tanh(atanh(r) + c(-1, 1) * qt(.975, df) * se / (1 - r^2)).
 */
test('means of both kinds of correlations and their gap, as in R', () => {
  const [row] = tabulate();
  expect(row).toMatchObject({
    ...{ model_1: 'GPT-4o', instrument_1: 'first', model_2: 'GPT-4o', instrument_2: 'second' },
    ...{ population: 'Base', traits: ['a', 'b'], n: 60, reason: null },
  });
  for (const [key, value] of Object.entries(EXPECTED))
    expect(row![key as keyof MultitraitRow], key).toBeCloseTo(value, 6);
});
test('saying everything twice changes nothing', () => {
  const twice = tabulate([...given(0), ...given(0)], [...given(6), ...given(6)]);
  const [row] = tabulate();
  for (const key of ['n', 'gap', 'gap_ci_low', 'disattenuated_r', 'disattenuated_ci_high'] as const)
    expect(twice[0]![key]).toBeCloseTo(row![key]!, 10);
});

test('two models are two methods, other conditions are none', () => {
  const rows = tabulate(
    [...given(0), ...given(3, { model: 'GPT-3.5' }), ...given(1, { population: MAX_N })],
    given(6),
  );
  expect(rows.map((row) => [row.model_1, row.instrument_1, row.model_2, row.instrument_2])).toEqual(
    [
      ['GPT-3.5', 'first', 'GPT-4o', 'first'],
      ['GPT-4o', 'first', 'GPT-4o', 'second'],
    ],
  );
});

describe('not available', () => {
  test('with few persons', () => {
    expect(tabulate(given(0).slice(0, 9))[0]).toMatchObject({
      n: 9,
      monotrait_r: null,
      reason: 'fewer than 10 persons have all scores',
    });
  });

  test('where a score does not vary', () => {
    const same = given(6).map((one) => ({ ...one, points: [1, 1, 1, ...one.points.slice(3)] }));
    expect(tabulate(given(0), same)[0]).toMatchObject({
      gap: null,
      reason: 'a score does not vary',
    });
  });

  test('disattenuated, for traits whose items do not hang together', () => {
    const apart = given(6).map((one, at) => ({
      ...one,
      points: [at % 7, 6 - (at % 7), at % 2, ...one.points.slice(3)],
    }));
    const [row] = tabulate(given(0), apart);
    expect(row!.gap).not.toBeNull();
    expect(row!.reason).toBe('disattenuated r without a: an alpha is below 0.50');
    // That of B alone.
    const [both] = tabulate();
    expect(row!.disattenuated_r).not.toBeCloseTo(both!.disattenuated_r!, 3);
  });
});

test('an interval of the disattenuated correlation that excludes nearly nothing is left out', () => {
  // Twelve persons, whose scores by the second method are those of others.
  const few = given(0).slice(0, 12);
  const others = given(6)
    .slice(0, 12)
    .map((one, at) => ({ ...one, personality: ((at * 5) % 12) + 1 }));
  const [row] = tabulate(few, others);
  expect(row!.disattenuated_r).not.toBeNull();
  expect(row!.disattenuated_ci_low).toBeNull();
  expect(row!.reason).toContain('disattenuated r, interval: longer than 1');
});

test('facets are the traits of a questionnaire with a single total', () => {
  const facets = (slug: string) => {
    const form = formOf(slug);
    const total = { ...form.scales[0]!, id: 'T', name: 'Total', members: [] };
    const parts = ['A', 'B'].map((scale) => ({ scale, weight: 1, low: 0, high: 1200 }));
    return { ...form, scales: [...form.scales, { ...total, parts }] };
  };
  const [row, ...others] = tabulateMultitrait(
    study({
      answered: [answered(facets('first'), given(0)), answered(facets('second'), given(6))],
    }),
  );
  expect(others).toEqual([]);
  expect(row!.traits).toEqual(['a', 'b']);
  expect(row!.gap).toBeCloseTo(EXPECTED.gap, 6);
});
