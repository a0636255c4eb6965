import { describe, expect, it } from 'vitest';
import { findInstrument, parseInstrument } from '../../instruments/load.ts';
import { scoreAnswers } from '../../instruments/score.ts';
import { type Drive, defineCondition, findCondition } from './conditions.ts';
import { applyCondition, drivenAnswers } from './drive.ts';
import { createSheet, type Sheet } from './sheet.ts';
import { createSyntheticSheets } from './synthetic.ts';

const epqra = findInstrument('epqra');
const miniipip = findInstrument('miniipip');
const neo = findInstrument('ipipneo120');
const sheets = createSyntheticSheets(11);

describe('applyCondition', () => {
  it.each([
    ['Base', {}],
    ['max_N', { N: 6 }],
    ['max_P', { P: 6 }],
    ['min_L', { L: 0 }],
    ['max_all', { E: 6, N: 6, P: 6, L: 6 }],
    ['min_E_max_rest', { E: 0, N: 6, P: 6, L: 6 }],
  ])('%s drives its scales and leaves the others', (name, expected: Record<string, number>) => {
    for (const sheet of sheets) {
      const driven = applyCondition(sheet, findCondition(name), epqra);
      expect(driven.personalityId).toBe(sheet.personalityId);
      expect(scoresOf(driven)).toEqual({ ...scoresOf(sheet), ...expected });
      for (const { number, scale } of epqra.items) {
        if (!(scale! in expected))
          expect(driven.answers[number - 1]).toBe(sheet.answers[number - 1]);
      }
    }
  });

  it('gives the answers that the study gives', () => {
    const none = createSheet(1, Array<number>(24).fill(0));
    expect(yesOf(applyCondition(none, findCondition('max_N'), epqra))).toEqual([
      1, 9, 11, 14, 18, 21,
    ]);
    expect(yesOf(applyCondition(none, findCondition('max_P'), epqra))).toEqual([6, 8, 12]);
    expect(yesOf(applyCondition(none, findCondition('min_L'), epqra))).toEqual([5, 7, 10, 17, 19]);
  });

  it('refuses sheets of another instrument', () => {
    expect(() => applyCondition(createSheet(3, [1]), findCondition('Base'), epqra)).toThrow(
      'person 3 has 1 answers; epqra has 24 items',
    );
  });
});

/** What format 2 knows beside Likert items: facets, a key, a number, a text, a missing code. */
const MIXED = parseInstrument(
  JSON.stringify({
    format: 2,
    slug: 'mixed',
    title: 'Mixed',
    citation: 'Made for this test.',
    licence: 'None needed.',
    language: 'en',
    answers: [
      {
        id: 'agree',
        options: [
          { value: 1, label: 'Disagree' },
          { value: 2, label: 'Neither' },
          { value: 3, label: 'Agree' },
          { value: 9, label: 'Rather not say', missing: true },
        ],
      },
      {
        id: 'fact',
        options: [
          { value: 1, label: 'Paris', points: 0 },
          { value: 2, label: 'Rome', points: 0 },
          { value: 3, label: 'Bern', points: 0 },
        ],
      },
    ],
    blocks: [
      {
        answers: 'agree',
        items: [
          { id: 'a1', text: 'One.' },
          { id: 'a2', text: 'Two.' },
          { id: 'b1', text: 'Three.' },
          { id: 'b2', text: 'Four.' },
          { id: 'capital', text: 'Of Italy?', answers: 'fact', points: { '2': 1 } },
          { id: 'years', text: 'How many years?', number: { min: 0, max: 80 } },
          { id: 'why', text: 'Why?', open: { max_characters: 100 } },
        ],
      },
    ],
    scales: [
      { id: 'A', name: 'A', score: 'sum', items: ['a1', '-a2'] },
      { id: 'B', name: 'B', score: 'sum', items: ['b1', '-b2'] },
      { id: 'C', name: 'C', score: 'sum', items: ['capital'] },
      { id: 'Y', name: 'Y', score: 'sum', items: ['years'] },
      { id: 'T', name: 'T', score: 'sum', of: ['A', '-B'] },
      { id: 'X', name: 'X', score: 'sum', items: ['a1', 'a2'] },
    ],
  }),
  'mixed.json',
);

function driven(drive: Drive, instrument = MIXED): Record<string, number> {
  const answers = drivenAnswers(defineCondition({ name: 'own', drive }), instrument);
  return Object.fromEntries(
    [...answers].map(([number, answer]) => [instrument.items[number - 1]!.id, answer]),
  );
}

describe('what a condition demands', () => {
  it.each<[string, Drive, Record<string, number>]>([
    ['the most of a scale', { A: 'max' }, { a1: 3, a2: 1 }],
    ['the least of a scale', { A: 'min' }, { a1: 1, a2: 3 }],
    ['points of a scale', { A: 2 }, { a1: 2, a2: 2 }],
    ['the most of two facets', { T: 'max' }, { a1: 3, a2: 1, b1: 1, b2: 3 }],
    ['points of two facets', { T: 1 }, { a1: 1, a2: 3, b1: 3, b2: 1 }],
    ['an answer to an item', { a2: 3 }, { a2: 3 }],
    ['the most of an item', { a2: 'max' }, { a2: 3 }],
    ['the keyed answer', { C: 'keyed' }, { capital: 2 }],
    ['another than the keyed answer', { capital: 'unkeyed' }, { capital: 1 }],
    ['the highest number', { Y: 'max' }, { years: 80 }],
    ['a number', { years: 12 }, { years: 12 }],
    ['a scale and an item of another', { A: 'max', b1: 2 }, { a1: 3, a2: 1, b1: 2 }],
    ['one answer by two names', { A: 'max', a1: 3 }, { a1: 3, a2: 1 }],
  ])('is %s', (_, drive, expected) => {
    expect(driven(drive)).toEqual(expected);
  });

  it('reaches the ends of every facet and domain of a long inventory', () => {
    for (const scale of neo.scales) {
      for (const aim of ['max', 'min'] as const) {
        const answers = drivenAnswers({ label: 'own', drive: { [scale.id]: aim } }, neo);
        const whole = new Map(neo.items.map(({ number }) => [number, 3]));
        const score = scoreAnswers(neo, new Map([...whole, ...answers])).get(scale.id)!;
        expect(score / answers.size).toBe(aim === 'max' ? 5 : 1);
      }
    }
  });

  it.each<[string, Drive, string]>([
    [
      'a scale that there is not',
      { Q: 'max' },
      'drives "Q", which is no scale and no item of mixed',
    ],
    [
      'opposite ends',
      { A: 'max', X: 'max' },
      'drives item a2 of mixed in two directions (by A and X)',
    ],
    ['a scale and an item of it', { A: 'max', a1: 1 }, 'drives item a1 of mixed in two directions'],
    [
      'a key that there is not',
      { A: 'keyed' },
      'sets the scale A to keyed; item a1 of mixed has no',
    ],
    ['points that no answer has', { A: 4 }, 'sets the scale A to 4; item a1 of mixed has no such'],
    ['a missing code', { a1: 9 }, 'sets item a1 to 9; item a1 of mixed has no such answer'],
    ['a number out of range', { years: 81 }, 'sets item years to 81'],
    ['a text', { why: 1 }, 'sets item why to 1; item why of mixed has no such answer'],
  ])('is not %s', (_, drive, message) => {
    expect(() => driven(drive)).toThrow(message);
  });

  it('guesses what was meant', () => {
    expect(() => driven({ yeras: 3 })).toThrow(
      expect.objectContaining({ hint: 'Did you mean "years"?' }),
    );
  });

  it('of a built-in condition is that of any instrument with the scale', () => {
    const neuroticism = miniipip.items.filter(({ scale }) => scale === 'N');
    const answers = drivenAnswers(findCondition('max_N'), miniipip);
    expect([...answers].sort(([one], [other]) => one - other)).toEqual(
      neuroticism.map(({ number, reverse }) => [number, reverse ? 1 : 5]),
    );
    expect(() => drivenAnswers(findCondition('max_P'), miniipip)).toThrow(
      'The condition MaxP drives "P", which is no scale and no item of miniipip',
    );
  });

  it('replaces answers and missing ones, and leaves all others', () => {
    const sheet = createSheet(4, [1, null, 9, null, 1, null, null]);
    const condition = defineCondition({ name: 'own', drive: { A: 'max' } });
    expect(applyCondition(sheet, condition, MIXED)).toEqual(
      createSheet(4, [3, 1, 9, null, 1, null, null]),
    );
  });
});

function scoresOf(sheet: Sheet): Record<string, number> {
  return Object.fromEntries(
    scoreAnswers(epqra, new Map(sheet.answers.map((answer, index) => [index + 1, answer!]))),
  );
}

function yesOf({ answers }: Sheet): number[] {
  return answers.flatMap((answer, index) => (answer === 1 ? [index + 1] : []));
}
