import { describe, expect, it } from 'vitest';
import { findInstrument } from '../instruments/load.ts';
import { wordsOf } from './lexicon.ts';
import { findStatements, knownItem, knownItems, type Pronouns, tell } from './statements.ts';

const SHE: Pronouns = { he: 'she', him: 'her', his: 'her', himself: 'herself', plural: false };
const THEY: Pronouns = {
  he: 'they',
  him: 'them',
  his: 'their',
  himself: 'themselves',
  plural: true,
};

const statements = knownItems().flatMap((item) =>
  [true, false].flatMap((answer) =>
    (answer ? item.yes : item.no).map((statement) => ({ item, answer, statement })),
  ),
);

function found(text: string): string[] {
  return [...findStatements(wordsOf(text)).told.values()].map(
    ({ item, answer }) => `${item.id} ${answer}`,
  );
}

describe('the statements', () => {
  it('speak to every item of the EPQR-A, each answer in four ways or more', () => {
    const items = findInstrument('epqra').items.map(({ text, scale, key }) => ({
      known: knownItem(text),
      scale,
      keyedIsYes: key === 1,
    }));
    expect(new Set(items.map(({ known }) => known?.id)).size).toBe(24);
    for (const { known, scale, keyedIsYes } of items)
      expect(known).toMatchObject({ scale, keyedIsYes });
    for (const { id, yes, no } of knownItems())
      expect(Math.min(yes.length, no.length), id).toBeGreaterThanOrEqual(4);
  });

  it('are not the items themselves', () => {
    const items = findInstrument('epqra').items.map(({ text }) => wordsOf(text).join(' ').trim());
    for (const { statement } of statements) {
      for (const item of items) expect(wordsOf(statement).join(' ')).not.toContain(item);
    }
  });

  it.each(['bigfive', 'miniipip'])('claim no item of %s', (slug) => {
    expect(findInstrument(slug).items.filter(({ text }) => knownItem(text) !== null)).toEqual([]);
  });

  it.each([
    ['Were you ever greedy and helped yourself to more than your share?', 'greed'],
    ['Have you ever blamed someone for a thing you knew was your own fault?', 'blame'],
    ['Have you ever taken anything that belonged to someone else?', 'theft'],
    ['Do you practise what you preach, always?', 'consistency'],
  ])('know an item in another wording: %s', (question, id) => {
    expect(knownItem(question)?.id).toBe(id);
  });

  it('differ: each is found, as itself only, however it is told', () => {
    for (const { item, answer, statement } of statements) {
      for (const pronouns of [SHE, THEY]) {
        for (const name of ['Chris', null])
          expect(found(tell(statement, name, pronouns)), statement).toEqual([
            `${item.id} ${answer}`,
          ]);
      }
    }
  });

  it('are found by four words or more', () => {
    const plain = (statement: string) =>
      statement.split(/[{[<][^}\]>]*[}\]>]/u).map((run) => run.match(/[\p{L}'-]+/gu)?.length ?? 0);
    for (const { statement } of statements)
      expect(Math.max(...plain(statement)), statement).toBeGreaterThanOrEqual(4);
  });

  it('leave no slot unfilled', () => {
    for (const { statement } of statements)
      expect(tell(statement, 'Chris', THEY)).toMatch(/^\p{Lu}[^{}[\]<>|]*\.$/u);
  });
});

describe('tell', () => {
  it.each([
    ['{N} [lives|live] by what {he} <says|say>.', 'Ann', SHE, 'Ann lives by what she says.'],
    ['{N} [lives|live] by what {he} <says|say>.', null, SHE, 'She lives by what she says.'],
    ['{N} [lives|live] by what {he} <says|say>.', 'Sam', THEY, 'Sam lives by what they say.'],
    ['{N} [lives|live] by what {he} <says|say>.', null, THEY, 'They live by what they say.'],
    ["{N's} deeds follow {his} words.", 'Chris', THEY, "Chris' deeds follow their words."],
    ["{N's} deeds follow {his} words.", null, SHE, 'Her deeds follow her words.'],
  ])('%s', (statement, name, pronouns, sentence) => {
    expect(tell(statement, name, pronouns)).toBe(sentence);
  });
});

describe('findStatements', () => {
  const mood = knownItems().find(({ id }) => id === 'mood')!;

  it('believes neither of two statements that contradict each other', () => {
    expect(
      found(
        `${tell(mood.yes[0]!, 'Ann', SHE)} ${tell(mood.no[0]!, 'Ann', SHE)} ${tell(mood.yes[1]!, 'Ann', SHE)}`,
      ),
    ).toEqual([]);
  });

  it('gives back the words that it did not take', () => {
    const { rest } = findStatements(
      wordsOf(`Quiet days. ${tell(mood.no[2]!, 'Ann', SHE)} Loud nights.`),
    );
    expect(rest.join(' ')).toContain('quiet day');
    expect(rest.join(' ')).toContain('loud night');
    expect(rest.join(' ')).not.toContain('frame of mind');
  });
});
