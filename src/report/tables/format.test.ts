import { expect, test } from 'vitest';
import { formatCount } from '../../numbers.ts';
import {
  describeP,
  formatDifference,
  formatInterval,
  formatList,
  formatNumber,
  formatP,
  formatRange,
} from './format.ts';

test('numbers have a true minus sign, and none before a zero', () => {
  expect(formatNumber(-0.331, 2)).toBe('\u22120.33');
  expect(formatNumber(-0.001, 2)).toBe('0.00');
  expect(formatNumber(-0, 1)).toBe('0.0');
  expect(formatNumber(12.345, 1)).toBe('12.3');
});

test('differences have a sign, but for a zero', () => {
  expect([0.126, -0.126, 0.001, 0].map((value) => formatDifference(value, 2))).toEqual([
    '+0.13',
    '\u22120.13',
    '0.00',
    '0.00',
  ]);
});

test('p is never 0', () => {
  expect([0, 1e-300, 0.0009, 0.001, 0.0204, 0.9999, 1].map(formatP)).toEqual([
    '<0.001',
    '<0.001',
    '<0.001',
    '0.001',
    '0.020',
    '1.000',
    '1.000',
  ]);
  expect([0.0001, 0.5].map((p) => describeP(p))).toEqual(['p < 0.001', 'p = 0.500']);
  expect(describeP(0.5, 'p corrected by Holm')).toBe('p corrected by Holm = 0.500');
});

test('intervals, counts, ranges and lists', () => {
  expect(formatInterval(-0.25, 1.5, 2)).toBe('[\u22120.25, 1.50]');
  expect([7, 826, 4130, 1234567].map(formatCount)).toEqual(['7', '826', '4,130', '1,234,567']);
  expect([[], [826, 826], [40, 39, 1040]].map(formatRange)).toEqual([null, '826', '39 to 1,040']);
  expect([[], ['A'], ['A', 'B'], ['A', 'B', 'C']].map(formatList)).toEqual([
    '',
    'A',
    'A and B',
    'A, B and C',
  ]);
});

test('lists keep names that have commas apart', () => {
  expect(formatList(['A', 'B', 'C'])).toBe('A, B and C');
  expect(formatList(['Jewish, blind', 'none', 'control'])).toBe('Jewish, blind; none; and control');
});

test('amounts of money have no decimals', () => {
  expect(formatDifference(1558.59, 2)).toBe('+1,559');
  expect(formatInterval(-25314.4, 999.5, 2)).toBe('[\u221225,314, 999.50]');
});
