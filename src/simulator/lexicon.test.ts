import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findCues, readItem, wordsOf } from './lexicon.ts';

interface InstrumentFile {
  readonly items: readonly {
    readonly number: number;
    readonly text: string;
    readonly scale: string;
    readonly key?: number;
    readonly reverse?: boolean;
  }[];
}

function told(text: string): string[] {
  return findCues(wordsOf(text)).map(({ trait, sign }) => `${trait}${sign === 1 ? '+' : '-'}`);
}

describe('findCues', () => {
  it.each([
    ['She is outgoing.', ['E+']],
    ['They worry; she worries; he worried.', ['N+', 'N+', 'N+']],
    ['He is not shy.', ['E+']],
    ['She’s never nervous, but quiet.', ['N-', 'E-']],
    ['He is not tall, quiet by day.', ['E-']],
    ['Far from lazy.', ['C+']],
    ['She has never cheated.', ['L+']],
    ['The life of the party.', ['E+']],
    ['Lives in Port Ellery, above a bakery.', []],
    ['', []],
  ])('%s', (text, expected) => {
    expect(told(text)).toEqual(expected);
  });

  it('ties statements to facets', () => {
    expect(findCues(wordsOf('She is always in debt.'))).toEqual([
      { trait: 'P', sign: 1, facet: 'debt' },
    ]);
  });
});

describe('readItem', () => {
  it.each(['epqra', 'bigfive', 'miniipip'])(
    'places every item of %s on its scale, in its direction',
    (slug) => {
      const file = new URL(`../../data/instruments/${slug}.json`, import.meta.url);
      const { items } = JSON.parse(readFileSync(file, 'utf8')) as InstrumentFile;
      const misread = items.filter(({ text, scale, key, reverse }) => {
        const cue = readItem(text);
        const expected = key === undefined ? !reverse : key === 1;
        return cue?.trait !== scale || (cue.sign === 1) !== expected;
      });
      expect(misread).toEqual([]);
    },
  );

  it('knows nothing of what it does not understand', () => {
    expect(readItem('¿Prefiere el té al café?')).toBeNull();
  });
});
