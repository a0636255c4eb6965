import { expect, test } from 'vitest';
import { sayCases } from './cases.ts';

test('those who answer a study of its own are cases, whatever its levels are called', () => {
  expect(
    sayCases('Person by person: n = 4 persons, whose persons’ scores; fewer than 10 persons.'),
  ).toBe('Case by case: n = 4 cases, whose cases’ scores; fewer than 10 cases.');
  expect(sayCases('all 4 administrations of "person with autism" were refused')).toBe(
    'all 4 administrations of "person with autism" were refused',
  );
  expect(sayCases('no personality has both scores; personas; personal; impersonated')).toBe(
    'no case has both scores; personas; personal; impersonated',
  );
});
