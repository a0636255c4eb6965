import { describe, expect, test } from 'vitest';
import { quantityReader } from './quantity.ts';

const salary = quantityReader({ min: 0, max: 500_000, unit: 'EUR', decimals: 0 });
const hours = quantityReader({ min: 0, max: 24, unit: 'hours', decimals: 1 });
const change = quantityReader({ min: -2000, max: 2000, unit: null, decimals: 3 });

const shownValue = (reading: ReturnType<typeof salary>) =>
  reading.kind === 'answer' ? reading.value : reading.kind;

describe('a whole number up to 500,000, in euros', () => {
  test.each([
    '45000',
    '45,000',
    '45 000',
    '45.000',
    "45'000",
    '45’000',
    '45\u00a0000',
    '45\u202f000',
    '€45,000',
    '45.000 €',
    'EUR 45 000',
    '45000 euros',
    '45000.00',
    '45,000.0',
    '45.000,00',
    '+45000',
    '**45,000**',
    '"45000."',
    '４５０００',
  ])('%j is 45000', (text) => {
    expect(salary(text, false)).toEqual({ kind: 'answer', value: 45_000 });
  });

  test.each([
    'about 45000',
    '45k',
    '45 thousand',
    '45-50',
    '45000 or 50000',
    '45 00',
    '4,5000',
    '45,0000',
    '1,2,3',
    '45.000.00',
    '45000.5',
    '4.5e4',
    '$45,000',
    '45000+',
    'forty',
    '?',
    '9'.repeat(100),
  ])('%j is not an answer', (text) => {
    expect(salary(text, false)).toMatchObject({ kind: 'unreadable', code: 'not_an_answer' });
  });

  test.each(['500001', '-1', '−1', '1.000.000', '600,000'])('%j is out of bounds', (text) => {
    expect(salary(text, false)).toMatchObject({ kind: 'unreadable', code: 'off_scale' });
  });

  test.each(['', 'null', 'n/a', 'Prefer not to say', 'keine Angabe', 'Prefiero no contestar'])(
    '%j is nothing',
    (text) => {
      expect(salary(text, false)).toEqual({ kind: 'nothing' });
    },
  );

  test('in JSON a point is a decimal point, so that 45.000 may be 45', () => {
    expect(salary('45.000', true)).toMatchObject({ code: 'not_an_answer' });
    expect(salary('600.000', true)).toMatchObject({ code: 'not_an_answer' });
    expect(change('1.500', true)).toEqual({ kind: 'answer', value: 1.5 });
    expect(salary('45000.0', true)).toEqual({ kind: 'answer', value: 45_000 });
  });
});

test.each([
  ['7', 7],
  ['7.5', 7.5],
  ['7,5', 7.5],
  ['7.50', 7.5],
  ['7.500', 'unreadable'],
  ['7.5 hours', 7.5],
  ['1 hour', 1],
  ['0', 0],
  ['24.0', 24],
  ['7.25', 'unreadable'],
  ['24.1', 'unreadable'],
  ['7.5 h', 'unreadable'],
  ['7:30', 'unreadable'],
])('of hours with one decimal, %j is %j', (text, value) => {
  expect(shownValue(hours(text, false))).toBe(value);
});

test.each([
  ['1.500', 'unreadable'],
  ['2.500', 2.5],
  ['1,500', 'unreadable'],
  ['1500', 1500],
  ['1.5', 1.5],
  ['-1.25', -1.25],
  ['−1,25', -1.25],
  ['0.125', 0.125],
  ['-0', 0],
  ['9.500', 9.5],
  ['1,234.5', 1234.5],
  ['1.234,5', 1234.5],
])('where three digits may be decimals or thousands, %j is %j', (text, value) => {
  expect(shownValue(change(text, false))).toBe(value);
});
