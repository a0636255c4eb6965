import { describe, expect, test } from 'vitest';
import {
  findInstrument,
  type InstrumentDefinition,
  listInstruments,
  loadInstrument,
  scoreAnswers,
} from './instruments.ts';

const EPQRA = findInstrument('epqra');

const OWN: InstrumentDefinition = {
  ...{ format: 2, slug: 'own', title: 'Own', citation: 'c', licence: 'l', language: 'en' },
  answers: [
    {
      id: 'yesno',
      options: [
        { value: 1, label: 'Yes' },
        { value: 0, label: 'No' },
      ],
    },
    { id: 'slider', range: { min: 0, max: 10, step: 5, anchors: { '0': 'not', '10': 'very' } } },
  ],
  blocks: [
    {
      answers: 'yesno',
      items: [
        { id: 'glad', text: 'Glad?' },
        { id: 'sad', text: 'Sad?' },
      ],
    },
    {
      if: { item: 'sad', in: [1] },
      items: [
        { id: 'much', text: 'How much?', answers: 'slider' },
        { id: 'hours', text: 'How long?', number: { min: 0, max: 24, decimals: 1 } },
        { id: 'why', text: 'Why?', open: {} },
      ],
    },
  ],
  scales: [
    { id: 'mood', name: 'Mood', score: 'sum', items: ['glad', '-sad'] },
    { id: 'load', name: 'Load', score: 'sum', items: { much: 1, hours: 0.5 } },
  ],
  wordings: {
    de: {
      labels: { yesno: { '1': 'Ja', '0': 'Nein' }, slider: { '0': 'nicht', '10': 'sehr' } },
      items: { glad: 'Froh?', sad: 'Traurig?', much: 'Wie?', hours: 'Wie lange?', why: 'Warum?' },
    },
  },
};

describe('scoreAnswers', () => {
  test('scores a map and an object of answers alike', () => {
    const keyed = EPQRA.items.map(({ number, key }) => [number, key!] as const);
    const most = Object.fromEntries(
      EPQRA.scales.map(({ id }) => [id, EPQRA.items.filter(({ scale }) => scale === id).length]),
    );
    expect(scoreAnswers(EPQRA, new Map(keyed))).toEqual(most);
    expect(scoreAnswers(EPQRA, Object.fromEntries(keyed))).toEqual(most);
  });

  test('takes ids of items, each scale scored by its own rule', () => {
    const own = loadInstrument(OWN);
    const answers = { glad: 1, sad: 0, much: 5, hours: 1.5 };
    expect(scoreAnswers(own, answers)).toEqual({ mood: 2, load: 5.75 });
    expect(scoreAnswers(own, new Map(Object.entries(answers)))).toEqual({ mood: 2, load: 5.75 });
    expect(() => scoreAnswers(own, { hours: 25 })).toThrow('own, item hours: 25 is not an answer');
    expect(() => scoreAnswers(own, { why: 1 })).toThrow('own, item why: 1 is not an answer');
    expect(() => scoreAnswers(own, { when: 1 })).toThrow('own has no item when');
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

  test('given in code may be asked for in another of its languages', () => {
    const german = loadInstrument(OWN, 'de');
    expect(german.language).toBe('de');
    expect(german.items.map(({ text }) => text).slice(0, 2)).toEqual(['Froh?', 'Traurig?']);
    expect(() => loadInstrument(OWN, 'fr')).toThrow('no wording in the language "fr"');
  });

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
