import { expect, test } from 'vitest';
import {
  answered,
  type Given,
  KEYED,
  MAX_N,
  MOOD,
  scaled,
  score,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import { FEWEST_PERSONS, findNegativeItems } from './item-quality.ts';

const FOUR = scaled({ ...MOOD, slug: 'four', items: MOOD.items.slice(0, 4) }, 'mean', () => 'A');
/** Item 3 is scored the wrong way round. */
const PATTERN = [
  [1, 1, 0, 1],
  [1, 1, 0, 1],
  [0, 0, 1, 0],
  [0, 0, 1, 1],
];
const persons = (count: number): Given[] =>
  Array.from({ length: count }, (_, index) => ({
    personality: index + 1,
    points: PATTERN[index % 4]!,
  }));

test('an item with a wrong key is named, with its correlation with the sum of the others', () => {
  const found = findNegativeItems(study({ answered: [answered(FOUR, persons(20))] }));
  // The others sum up to 3, 3, 0 and 1: covariance -2.5, squares 6.75 and 1, each times five.
  expect(found).toEqual([
    {
      instrument: 'four',
      model: 'GPT-4o',
      condition: 'Base',
      scale: 'A',
      item: 3,
      r: expect.closeTo(-2.5 / Math.sqrt(6.75), 12),
      n: 20,
    },
  ]);
});

test('what people answered is looked at too', () => {
  const people = (count: number) => ({
    name: 'survey',
    instrument: 'four',
    people: Array.from({ length: count }, () => ({ language: null, subgroup: null, weight: null })),
    width: 4,
    answers: Float64Array.from(persons(count).flatMap(({ points }) => [...points])),
  });
  const found = (count: number) =>
    findNegativeItems(
      study({
        humans: [people(count)],
        answered: [answered(FOUR, persons(3)), answered(FOUR, [])],
      }),
    );
  expect(found(20)).toMatchObject([
    { model: 'people: survey', condition: null, scale: 'A', item: 3, n: 20 },
  ]);
  expect(found(20)[0]!.r).toBeCloseTo(-2.5 / Math.sqrt(6.75), 12);
  expect(found(FEWEST_PERSONS - 1)).toEqual([]);
});

test('it takes enough persons: answering several times does not make more of them', () => {
  const few = persons(FEWEST_PERSONS - 1);
  expect(findNegativeItems(study({ answered: [answered(FOUR, few)] }))).toEqual([]);
  expect(findNegativeItems(study({ answered: [answered(FOUR, [...few, ...few])] }))).toEqual([]);
});

/** Extraversion with its last item against the others, neuroticism in order. */
const CONTRARY = (person: number) => {
  const points = [...score(person % 2 === 0 ? 6 : 0, person % 7)];
  points[5] = 1 - points[5]!;
  return points;
};

test('sheets are looked at, random sheets are not', () => {
  const own = sheets(
    Object.fromEntries(Array.from({ length: 21 }, (_, index) => [index + 1, CONTRARY(index)])),
  );
  const contrary = {
    instrument: 'epqra',
    model: 'Reference',
    condition: null,
    scale: 'E',
    item: 6,
    r: -1,
    n: 21,
  };
  expect(findNegativeItems(study({ reference: own }))).toEqual([
    { ...contrary, r: expect.closeTo(-1, 12) },
  ]);
  expect(findNegativeItems(study({ random: own }))).toEqual([]);
});

test('a scale that a condition sets is left out, the others of that condition are not', () => {
  const given = Array.from({ length: 21 }, (_, index): Given => {
    const points = [...CONTRARY(index)];
    // Of neuroticism, which the condition sets, nearly all is at its end.
    for (let item = 6; item < 12; item++) points[item] = index === item ? 0 : 1;
    return { personality: index + 1, points, population: MAX_N };
  });
  expect(
    findNegativeItems(study({ answered: [answered(KEYED, given)] })).map(({ scale, item }) => [
      scale,
      item,
    ]),
  ).toEqual([['E', 6]]);
});
