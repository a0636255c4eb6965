import { expect, test } from 'vitest';
import { parseInstrument } from '../load.ts';
import { itemNamesOf } from './item-names.ts';

const namesOf = (items: Readonly<Record<string, string>>, order?: readonly number[]) => {
  const { asked } = parseInstrument(
    JSON.stringify({
      format: 2,
      ...{ slug: 'names', title: 'Names', citation: 'none', licence: 'none', language: 'en' },
      answers: [{ id: 'two', options: [{ value: 0 }, { value: 1 }] }],
      blocks: [
        { answers: 'two', items: Object.entries(items).map(([id, text]) => ({ id, text })) },
      ],
    }),
    'names.json',
  );
  return itemNamesOf(order === undefined ? asked.items : order.map((n) => asked.items[n - 1]!));
};

test.each([
  ['bfi2_1', 1],
  ['BFI2_2', 2],
  ['bfi2 2', 2],
  ['[bfi2_2]', 2],
  ['**bfi2_2:**', 2],
  ['item bfi2_2', 2],
  ['7. bfi2_2', 2],
  ['bfi2_2: Is tidy.', 2],
  ['Is tidy', 2],
  ['2. Is tidy', 2],
  ['Q2', 2],
  ['bfi2_1: Is tidy.', null],
  ['1. Is tidy', null],
  ['bfi2', null],
])('%j names item %j', (key, item) => {
  expect(namesOf({ bfi2_1: 'Is calm.', bfi2_2: 'Is tidy.' }).itemOf(key)).toBe(item);
});

test('an id that looks like the number of another item wins over it', () => {
  const { itemOf } = namesOf({ q2: 'One', q3: 'Two', q1: 'Three' });
  expect(['q1', 'Q2', 'q3'].map(itemOf)).toEqual([3, 1, 2]);
  // 2 may be q2 or the second item.
  expect(['1', '2', '3', 'item 2'].map(itemOf)).toEqual([null, null, null, null]);
});

test('numbers name items without numbers in their ids only in the published order', () => {
  const items = { calm: 'Is calm', tidy: 'Is tidy' };
  expect(namesOf(items).itemOf('2')).toBe(2);
  expect(namesOf(items, [2, 1]).itemOf('2')).toBe(null);
  expect(namesOf({ a_1: 'Is calm', a_2: 'Is tidy' }, [2, 1]).itemOf('2')).toBe(2);
});

test('texts that differ in a mark alone are told apart where they are written out', () => {
  const { itemOf } = namesOf({ c: 'I like C', cpp: 'I like C++', a: 'I am I', b: 'i am i' });
  expect(['I like C', 'I like C++', 'i like c++:', 'I like C:'].map(itemOf)).toEqual([1, 2, 2, 1]);
  expect(['I am I', 'i am i', 'I AM I'].map(itemOf)).toEqual([3, 4, null]);
});
