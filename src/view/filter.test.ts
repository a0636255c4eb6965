import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHOICES,
  countRestrictions,
  FIELD_KINDS,
  type Filter,
  HELD,
  OUTCOMES,
  RANGES,
  readSelection,
  type Selection,
  SORTS,
  writeFieldName,
  writeSelection,
} from './filter.ts';

const read = (query: string) => readSelection(new URLSearchParams(query));

const word = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.trim() === text);
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const range = fc.record({ from: maybe(number), to: maybe(number) });
const day = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const id = fc.integer({ min: 1, max: 2_147_483_647 });
const values = fc.uniqueArray(word, { maxLength: 3 });

const filter = fc.record({
  choices: fc.record({
    model: values,
    condition: values,
    population: values,
    questionnaire: values,
    language: values,
    outcome: fc.uniqueArray(fc.constantFrom(...OUTCOMES), { maxLength: 3 }),
  }),
  ranges: fc.record(Object.fromEntries(RANGES.map((name) => [name, range]))),
  fields: fc
    .uniqueArray(
      fc.record({
        kind: fc.constantFrom(...FIELD_KINDS),
        name: word,
        values: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
      }),
      { maxLength: 3, selector: writeFieldName },
    )
    .map((fields) => fields.toSorted((a, b) => (writeFieldName(a) < writeFieldName(b) ? -1 : 1))),
  scale: maybe(word),
  reason: maybe(word),
  text: maybe(word),
  since: maybe(day),
  until: maybe(day),
  groups: fc.uniqueArray(id, { maxLength: 3 }),
  persona: maybe(id),
  has: maybe(fc.constantFrom(...HELD)),
}) as fc.Arbitrary<Filter>;
const selection: fc.Arbitrary<Selection> = fc.record({
  filter,
  order: fc.record({ by: fc.constantFrom(...SORTS), descending: fc.boolean() }),
  after: maybe(fc.record({ id, value: maybe(number.map(String)) })),
  columns: maybe(fc.uniqueArray(word, { minLength: 1, maxLength: 4 })),
});

describe('a selection', () => {
  test('is the same after it was written as an address and read again', () => {
    fc.assert(
      fc.property(selection, (one) => {
        expect(read(writeSelection(one))).toEqual({ selection: one, misread: [] });
      }),
      { seed: 18 },
    );
  });

  test('wants everything where the address says nothing', () => {
    const { selection: all, misread } = read('');
    expect(writeSelection(all)).toBe('');
    expect(misread).toEqual([]);
    expect(countRestrictions(all.filter)).toBe(0);
  });

  test('leaves out fields of a form that were left empty', () => {
    expect(writeSelection(read('text=&model=&score-from=&since=&sort=&group=').selection)).toBe('');
  });

  test.each([
    ['score-from=much', 'score-from', 'much'],
    ['since=2026-02-30', 'since', '2026-02-30'],
    ['until=tomorrow', 'until', 'tomorrow'],
    ['group=-1', 'group', '-1'],
    ['persona=99999999999', 'persona', '99999999999'],
    ['outcome=lost', 'outcome', 'lost'],
    ['sort=beauty', 'sort', 'beauty'],
    ['after=%27%20or%201', 'after', "' or 1"],
  ])('says that it cannot read %s', (query, name, value) => {
    const { selection: left, misread } = read(query);
    expect(misread).toEqual([{ name, value }]);
    expect(writeSelection(left)).toBe('');
  });

  test('counts what it restricts', () => {
    const { selection: some } = read(
      'model=a&model=b&outcome=refused&score-from=1&score-to=2&scale=N&text=x&since=2026-01-01',
    );
    expect(countRestrictions(some.filter)).toBe(5);
    expect(CHOICES.filter((name) => some.filter.choices[name].length > 0)).toEqual([
      'model',
      'outcome',
    ]);
  });
});
