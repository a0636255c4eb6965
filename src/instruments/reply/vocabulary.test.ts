import { describe, expect, test } from 'vitest';
import { SPANISH } from '../../../test/support/disguises/spanish.ts';
import { findInstrument } from '../load.ts';
import { vocabularyOf } from './vocabulary.ts';

const yesNo = vocabularyOf(findInstrument('epqra').asked.items[0]!.options);
const agreement = vocabularyOf(findInstrument('bigfive').asked.items[0]!.options);

describe('yes and no', () => {
  test.each([
    'True',
    'TRUE',
    ' true ',
    'yes',
    'Y',
    '1',
    '1.0',
    'Sí',
    'SI',
    'Verdadero',
    'Cierto',
    'Verdad',
    'Pravda',
    'áno',
    'oui',
    'Vrai',
    'Ja',
    'Wahr',
    'Sì',
    'Vero',
    'sim',
    'Verdadeiro',
    'Evet',
    'DOĞRU',
    'כן',
    '**True**',
    '"True"',
    'True.',
    'True (1)',
    '1 - True',
    '(1) yes',
  ])('%j is 1', (text) => {
    expect(yesNo(text)).toEqual({ kind: 'answer', value: 1 });
  });

  test.each([
    'False',
    'no',
    'N',
    '0',
    '0.0',
    'Falso',
    'Nepravda',
    'NEPRAVDA',
    'nie',
    'Falša',
    'Falošné',
    'faux',
    'Non',
    'nein',
    'falsch',
    'não',
    'Nao',
    'hayır',
    'HAYIR',
    'Yanlış',
    'לא',
    'Fa\u006cse',
    'na\u0303o',
    '0: False',
    'ΟΧΙ',
    '\u202bلا\u202c',
    '０',
  ])('%j is 0', (text) => {
    expect(yesNo(text)).toEqual({ kind: 'answer', value: 0 });
  });

  test.each([
    'True/False',
    'True or False',
    'maybe',
    'yes and no',
    '2',
    '-1',
    '0.5',
    '.1',
    '1.1',
    '1,1',
    '0 1',
    '1 - 0',
    '1 (False)',
    'True (0)',
    '1/1',
    'not 1',
    '10',
    '1%',
    '½',
    '-0',
    '-',
    '?',
    'x'.repeat(1000),
  ])('%j is no answer', (text) => {
    expect(yesNo(text).kind).toBe('unreadable');
  });

  test.each(['', '  ', 'null', 'None', '""', '...'])('%j is nothing', (text) => {
    expect(yesNo(text).kind).toBe('nothing');
  });
});

describe('a scale from 1 to 5', () => {
  test.each([
    ['4', 4],
    ['4.0', 4],
    ['(4)', 4],
    ['4.', 4],
    ['4 - Agree', 4],
    ['4 – agree a little', 4],
    ['(4) Agree a little', 4],
    ['4 (Agree a little)', 4],
    ['4: agree', 4],
    ['4. Agree a little.', 4],
    ['4=agree a little', 4],
    ['4(agree)', 4],
    ['Agree a little (4)', 4],
    ['Agree a little - 4', 4],
    ['Agree 4', 4],
    ['agree a little', 4],
    ['Strongly agree', 5],
    ['5 - Agree', 5],
    ['Neither agree nor disagree', 3],
    ['3 - Neutral', 3],
    ['1 - Disagree', 1],
  ])('%j is %i', (text, value) => {
    expect(agreement(text)).toEqual({ kind: 'answer', value });
  });

  test.each([
    ['6', 'is not between 1 and 5'],
    ['0', 'is not between 1 and 5'],
    ['6 - Agree', 'is not between 1 and 5'],
    ['4 - Disagree strongly', 'names two different answers'],
    ['3 - Agree', 'names two different answers'],
    ['Disagree a little (5)', 'names two different answers'],
    ['2.5', 'is not one of the answers'],
    ['4 or 5', 'is not one of the answers'],
    ['4-5', 'is not one of the answers'],
    ['4/5', 'is not one of the answers'],
    ['4 / 5', 'is not one of the answers'],
    ['4, 5', 'is not one of the answers'],
    ['2 of 5', 'is not one of the answers'],
    ['-4', 'is not between 1 and 5'],
    ['Agree', 'is not one of the answers'],
    ['true', 'is not one of the answers'],
    ['4²', 'is not one of the answers'],
  ])('%j %s', (text, problem) => {
    expect(agreement(text)).toMatchObject({
      kind: 'unreadable',
      problem: `${JSON.stringify(text)} ${problem}`,
    });
  });
});

describe('a scale from -3 to 3', () => {
  const spanish = vocabularyOf(SPANISH.asked.items[0]!.options);

  test.each([
    ['-2', -2],
    ['−2', -2],
    ['–2', -2],
    ['+2', 2],
    ['-2.0', -2],
    ['(-2)', -2],
    ['0', 0],
    ['-2 - Muy en desacuerdo', -2],
    ['-2: muy en', -2],
    ['2 – Muy de acuerdo', 2],
    ['Muy en desacuerdo (-2)', -2],
    ['Muy en desacuerdo: −2', -2],
    ['Muy en desacuerdo - -2', -2],
    ['Muy de acuerdo - 2', 2],
    ['Muy de acuerdo (+2)', 2],
    ['muy_en_desacuerdo', -2],
    ['¡MUY DE ACUERDO!', 2],
    ['Ma\u0301s bien de acuerdo', 1],
    ['✔️ Indiferente', 0],
  ])('%j is %i', (text, value) => {
    expect(spanish(text)).toEqual({ kind: 'answer', value });
  });

  test.each([
    '-4',
    '4',
    '-0',
    '--2',
    '- 2',
    '±2',
    '2 - Muy en desacuerdo',
    'Muy de acuerdo -2',
    'Muy en desacuerdo (2)',
    '-2.5',
    '-2 o -1',
    'de acuerdo',
    'muy',
  ])('%j is no answer', (text) => {
    expect(spanish(text).kind).toBe('unreadable');
  });
});

describe('letters', () => {
  const asked = (labels: readonly string[]) =>
    vocabularyOf(
      labels.map((label, index) => ({
        letter: String.fromCharCode(65 + index),
        option: {
          ...{ value: index + 1, label, isLabelled: true, synonyms: index === 0 ? ['f'] : [] },
          ...{ points: index + 1, isAddedMidpoint: false },
        },
      })),
    );
  const accuracy = asked(['Very inaccurate', 'Very accurate', 'Neither', 'a bit', 'X', 'Y']);

  test.each([
    ['B', 2],
    ['b', 2],
    ['B)', 2],
    ['(b)', 2],
    ['[B]', 2],
    ['B.', 2],
    ['**B**', 2],
    ['Option B', 2],
    ['option: (b)', 2],
    ['Answer B', 2],
    ['Opción B', 2],
    ['B) Very accurate', 2],
    ['B. very accurate', 2],
    ['(B) Very accurate', 2],
    ['B - Very accurate', 2],
    ['Option B: Very accurate', 2],
    ['Very Accurate (B)', 2],
    ['Very accurate - B', 2],
    ['B (2)', 2],
    ['2 (B)', 2],
    ['B) 2', 2],
    ['Very accurate', 2],
    ['2', 2],
    ['a bit', 4],
    ['D) a bit', 4],
    // The synonym of A gives way to the letter.
    ['F', 6],
  ])('%j is %d', (text, value) => {
    expect(accuracy(text)).toEqual({ kind: 'answer', value });
  });

  test.each([
    'G',
    'B) Neither',
    'Neither (B)',
    'A or B',
    'A, B',
    'A/B',
    'B (1)',
    'Very',
    'I',
    'Option',
  ])('%j is no answer', (text) => {
    expect(accuracy(text).kind).toBe('unreadable');
  });

  test('that are labels of other options are no answer', () => {
    const grades = asked(['C', 'B', 'A']);
    expect(grades('B')).toEqual({ kind: 'answer', value: 2 });
    expect(grades('A')).toMatchObject({ code: 'contradiction' });
  });

  test('mean nothing where none are shown', () => {
    expect(agreement('B').kind).toBe('unreadable');
  });

  test('have signs where numbers have them', () => {
    const bipolar = vocabularyOf(
      [-2, -1, 0, 1, 2].map((value, index) => ({
        letter: String.fromCharCode(65 + index),
        option: {
          ...{ value, label: String(value), isLabelled: false, synonyms: [], points: value },
          isAddedMidpoint: false,
        },
      })),
    );
    expect(bipolar('**-2** (-2)')).toEqual({ kind: 'answer', value: -2 });
    expect(bipolar('A (-2)')).toEqual({ kind: 'answer', value: -2 });
    expect(bipolar('E (-2)')).toMatchObject({ code: 'contradiction' });
  });
});

describe('a number out of the highest', () => {
  test.each([
    ['1/5', 1],
    ['2/5', 2],
    ['3 / 5', 3],
    ['5/5', 5],
  ])('%j is %d', (text, value) => {
    expect(agreement(text)).toEqual({ kind: 'answer', value });
  });

  test.each(['4/5', '2/4', '6/5', '0/5', '5/2', '2/5/5'])('%j is no answer', (text) => {
    expect(agreement(text).kind).toBe('unreadable');
  });

  test.each(['0/1', '1/1', '1/0'])('%j is no answer of two', (text) => {
    expect(yesNo(text).kind).toBe('unreadable');
  });
});

test.each(['True (yes)', 'Yes / True', 'Sí, verdadero', 'true - correct'])(
  '%j says one thing twice',
  (text) => {
    expect(yesNo(text)).toEqual({ kind: 'answer', value: 1 });
  },
);
