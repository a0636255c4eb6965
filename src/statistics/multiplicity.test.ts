import { expect, test } from 'vitest';
import { adjustBenjaminiHochberg, adjustWithinFamilies } from './multiplicity.ts';
import { notAvailable } from './not-available.ts';

const family = (name: string, ps: readonly number[]) => ps.map((p) => ({ family: name, p }));

test('one family as p.adjust of R', () => {
  // R 4.2.2: p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.04, 0.2, 1e-20), "holm")
  const adjusted = adjustWithinFamilies(
    family('scales', [0.01, 0.04, 0.03, 0.005, 0.04, 0.2, 1e-20]),
  );
  const expected = [0.05, 0.12, 0.12, 0.03, 0.12, 0.2, 7e-20];
  adjusted.forEach((test, index) => {
    expect(test.p as number).toBeCloseTo(expected[index]!, 15);
  });
  expect((adjusted[6]!.p as number) / 7e-20).toBeCloseTo(1, 14);
  expect(adjusted.every((test) => test.familySize === 7)).toBe(true);
});

test('families do not see each other, and the order is kept', () => {
  const mixed = [
    { family: 'gender', p: 0.01 },
    { family: 'race', p: 0.04 },
    { family: 'gender', p: 0.02 },
  ];
  expect(adjustWithinFamilies(mixed)).toEqual([
    { family: 'gender', familySize: 2, p: 0.02 },
    { family: 'race', familySize: 1, p: 0.04 },
    { family: 'gender', familySize: 2, p: 0.02 },
  ]);
});

test('a test that is not available stays so and does not count', () => {
  const missing = notAvailable('both groups are constant');
  const adjusted = adjustWithinFamilies([
    ...family('a', [0.01]),
    { family: 'a', p: missing },
    { family: 'b', p: missing },
  ]);
  expect(adjusted).toEqual([
    { family: 'a', familySize: 1, p: 0.01 },
    { family: 'a', familySize: 1, p: missing },
    { family: 'b', familySize: 0, p: missing },
  ]);
});

test('nothing is adjusted above 1, and no tests are no error', () => {
  expect(adjustWithinFamilies(family('a', [0.7, 0.9, 1])).map(({ p }) => p)).toEqual([1, 1, 1]);
  expect(adjustWithinFamilies([])).toEqual([]);
});

test.each([-0.1, 1.1, Number.NaN])('a p of %d is refused', (p) => {
  expect(() => adjustWithinFamilies(family('a', [p]))).toThrow(RangeError);
});

test('the false discovery rate is controlled as by R’s p.adjust', () => {
  // R 4.2.2: p.adjust(c(.01, .04, .03, .5, .005), "BH")
  expect(adjustBenjaminiHochberg([0.01, 0.04, 0.03, 0.5, 0.005])).toEqual(
    [0.025, 0.05, 0.05, 0.5, 0.025].map((p) => expect.closeTo(p, 12)),
  );
  expect(() => adjustBenjaminiHochberg([1.1])).toThrow(RangeError);
});
