import { expect, test } from 'vitest';
import { customFormat, formatFixed, formatRounded } from './custom-format.ts';

/** Python 3.11: f"{x:.2f}", f"{x:.3f}" */
test.each([
  [2.625, 2, '2.62'],
  [0.875, 2, '0.88'],
  [3.125, 2, '3.12'],
  [-2.625, 2, '-2.62'],
  [5.925, 2, '5.92'],
  [1.005, 2, '1.00'],
  [0.005, 2, '0.01'],
  [99.995, 2, '100.00'],
  [100, 2, '100.00'],
  [0.0625, 3, '0.062'],
  [0.1875, 3, '0.188'],
  [-0.0004, 3, '-0.000'],
])('%d with %i decimals is %s, as Python writes it', (value, digits, text) => {
  expect(formatFixed(value, digits)).toBe(text);
});

/** The published function, run with Python 3.11. */
test.each([
  [-5, '0.00'],
  [0, '0.00'],
  [1e-100, '0.00'],
  [1e-99, '1.00E-99'],
  [1.234e-7, '1.23E-07'],
  [0.00999, '9.99E-03'],
  [0.009999, '1.00E-02'],
  [0.01, '0.01'],
  [2.625, '2.62'],
  [null, '0.00'],
  [Number.NaN, '0.00'],
  [Number.POSITIVE_INFINITY, '0.00'],
])("the study's format writes %d as %s", (value, text) => {
  expect(customFormat(value)).toBe(text);
});

/** numpy 1.24: str(np.round(x, 2)) */
test.each([
  [5.925, '5.92'],
  [2.775, '2.78'],
  [0.925, '0.92'],
  [0.575, '0.57'],
  [3, '3.0'],
  [2.7, '2.7'],
  [-1.005, '-1.0'],
  [0.001, '0.0'],
  [null, 'nan'],
])('%d rounded by numpy is %s', (value, text) => {
  expect(formatRounded(value)).toBe(text);
});
