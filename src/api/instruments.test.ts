import { describe, expect, test } from 'vitest';
import { findInstrument, listInstruments, loadInstrument, scoreAnswers } from './instruments.ts';

const EPQRA = findInstrument('epqra');

describe('scoreAnswers', () => {
  test('scores a map and an object of answers alike', () => {
    const keyed = EPQRA.items.map(({ number, key }) => [number, key!] as const);
    const most = Object.fromEntries(
      EPQRA.scales.map(({ id }) => [id, EPQRA.items.filter(({ scale }) => scale === id).length]),
    );
    expect(scoreAnswers(EPQRA, new Map(keyed))).toEqual(most);
    expect(scoreAnswers(EPQRA, Object.fromEntries(keyed))).toEqual(most);
  });

  test('leaves a scale out of which an item has no answer, and does not count it 0', () => {
    const keyed = EPQRA.items.map(({ number, key }) => [number, key!] as const);
    const [first, ...others] = keyed;
    expect(scoreAnswers(EPQRA, new Map([first!]))).toEqual({});
    const { [EPQRA.items[0]!.scale!]: _, ...left } = scoreAnswers(EPQRA, new Map(keyed));
    expect(scoreAnswers(EPQRA, new Map(others))).toEqual(left);
  });

  test.each<[string, Record<number, number>, RegExp]>([
    ['an item that the instrument does not have', { 25: 1 }, /has no item 25/],
    ['an answer that the instrument does not have', { 1: 2 }, /item 1: 2 is not an answer/],
  ])('refuses %s', (_, answers, message) => {
    expect(() => scoreAnswers(EPQRA, answers)).toThrow(message);
  });
});

describe('an instrument', () => {
  test.each(listInstruments().map((instrument) => [instrument.slug, instrument] as const))(
    '%s is the same read again from its own definition',
    (_, instrument) => {
      expect(loadInstrument(JSON.parse(instrument.definition))).toMatchObject({
        slug: instrument.slug,
        items: instrument.items,
        prompt: instrument.prompt,
      });
    },
  );

  test('is found by slug and alias in any letter case', () => {
    expect(findInstrument('EPQRA')).toBe(EPQRA);
  });

  test('given in code is refused with the field that is wrong', () => {
    const definition = JSON.parse(EPQRA.definition);
    expect(() => loadInstrument({ ...definition, scoring: 'median' })).toThrow(
      /given in code.*scoring/s,
    );
  });
});
