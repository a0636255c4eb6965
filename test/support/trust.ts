/** A questionnaire of two items in several forms, for what tells forms apart. */
import type { Instrument } from '../../src/instruments/instrument.ts';
import { parseInstrument } from '../../src/instruments/load.ts';

export const TRUST = {
  slug: 'trust',
  title: 'Trust',
  citation: 'Made for this test.',
  licence: 'None needed.',
  language: 'en',
  scales: [{ id: 'T', name: 'Trust' }],
  answers: {
    min: 1,
    max: 3,
    reply: 'label',
    options: [
      { value: 1, label: 'Disagree' },
      { value: 2, label: 'Neither' },
      { value: 3, label: 'Agree' },
    ],
  },
  scoring: 'sum',
  instructions: 'Say how far you agree.',
  items: [
    { number: 1, text: 'I trust people.', scale: 'T', reverse: false },
    { number: 2, text: 'I lock my door.', scale: 'T', reverse: true },
  ],
};

/** The same in other words. */
export const SPANISH = {
  ...TRUST,
  language: 'es',
  instructions: 'Responde.',
  items: TRUST.items.map((item) => ({ ...item, text: `ES ${item.text}` })),
};

/** The same with 1 for agreement. */
export const FLIPPED = {
  ...TRUST,
  answers: {
    ...TRUST.answers,
    options: TRUST.answers.options.map((one) => ({ ...one, value: 4 - one.value })),
  },
};

/** As many items as the longest inventories have. */
export const LONG = {
  ...TRUST,
  slug: 'long300',
  items: Array.from({ length: 300 }, (_, index) => ({
    number: index + 1,
    text: `Item ${index + 1}.`,
    scale: 'T',
    reverse: false,
  })),
};

export function read(definition: object): Instrument {
  return parseInstrument(JSON.stringify(definition), 'trust.json');
}
