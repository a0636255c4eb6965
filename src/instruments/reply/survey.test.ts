/** Items of different kinds in one questionnaire: filters, declining, texts, numbers, lines. */
import { describe, expect, test } from 'vitest';
import { planCalls } from '../../administration/calls.ts';
import { PUBLISHED_ORDER } from '../../administration/order.ts';
import { type AdministrationSettings, PUBLISHED_SETTINGS } from '../../administration/settings.ts';
import type { Asked } from '../asked/asked.ts';
import { findInstrument, parseInstrument } from '../load.ts';
import { parseReply } from './parse.ts';

const survey = parseInstrument(
  JSON.stringify({
    format: 2,
    ...{ slug: 'survey', title: 'Survey', citation: 'none', licence: 'none', language: 'en' },
    answers: [
      {
        id: 'yesno',
        options: [
          { value: 1, label: 'Yes', means: 'yes' },
          { value: 0, label: 'No', means: 'no' },
        ],
      },
      { id: 'slider', range: { min: 0, max: 100, step: 10, anchors: { 0: 'none' } } },
    ],
    blocks: [
      { answers: 'yesno', items: [{ id: 'smokes', text: 'Do you smoke?' }] },
      {
        if: { item: 'smokes', in: [1] },
        items: [
          { id: 'per_day', text: 'How many a day?', number: { min: 1, max: 80 } },
          { id: 'stop', text: 'Do you want to stop?', answers: 'yesno' },
        ],
      },
      { if: { item: 'stop', in: [1] }, items: [{ id: 'how', text: 'How?', open: {} }] },
      {
        items: [
          { id: 'mood', text: 'Your mood', answers: 'slider', optional: true },
          { id: 'why', text: 'Why?', open: { max_characters: 12 }, optional: true },
        ],
      },
    ],
  }),
  'survey.json',
);

function ask(settings: Partial<AdministrationSettings> = {}, instrument = survey, call = 1): Asked {
  return planCalls(instrument, { ...PUBLISHED_SETTINGS, ...settings }, PUBLISHED_ORDER)[call - 1]!
    .asked;
}

const read = (sheet: Record<string, unknown>, asked = ask()) =>
  parseReply(asked, JSON.stringify(sheet));

const FULL = { smokes: 'Yes', per_day: 20, stop: 'Yes', how: ' Slowly ', mood: 70, why: 'Tired' };

test('answers, numbers and texts are kept apart, and need no repair', () => {
  expect(read({ ...FULL, explanation: 'x' })).toEqual({
    kind: 'answers',
    answers: new Map([
      [1, 1],
      [2, 20],
      [3, 1],
      [5, 70],
    ]),
    unanswered: new Map(),
    texts: new Map([
      [4, 'Slowly'],
      [6, 'Tired'],
    ]),
    probabilities: new Map(),
    explanation: 'x',
    uniform: false,
    repaired: false,
  });
});

describe('a block whose condition is not met', () => {
  const [one, two] = [
    { 2: 'not_applicable', 3: 'not_applicable', 4: 'not_applicable' },
    { 4: 'not_applicable' },
  ].map((items) => new Map(Object.entries(items).map(([number, why]) => [Number(number), why])));

  test.each([
    ['by null', { per_day: null, stop: null, how: null }],
    ['left out', {}],
    ['answered all the same', { per_day: 3, stop: 'Yes', how: 'With pills' }],
    ['answered by what is no answer', { per_day: 'none', stop: 'maybe', how: '' }],
  ])('is not applicable, %s', (_, block) => {
    const reply = read({ smokes: 'No', ...block, mood: 10, why: 'So' });
    expect(reply).toMatchObject({ kind: 'answers', unanswered: one, texts: new Map([[6, 'So']]) });
  });

  test('may hang on an item that was answered', () => {
    expect(read({ ...FULL, stop: 'No', how: null })).toMatchObject({ unanswered: two });
  });

  test('must be answered where its condition is met', () => {
    expect(read({ ...FULL, per_day: null })).toMatchObject({
      code: 'no_answer',
      reason: 'item 2 has no answer',
    });
    expect(read({ smokes: 'Yes', mood: 10, why: 'So' })).toMatchObject({
      code: 'missing_items',
      reason: 'items 2, 3, 4 are missing',
    });
  });

  test('applies to a call of its own, which is made only after the answer', () => {
    expect(
      read({ per_day: 3, stop: 'No' }, ask({ items_per_call: 'block' }, survey, 2)),
    ).toMatchObject({ kind: 'answers', unanswered: new Map() });
  });
});

describe('an item that may be left without an answer', () => {
  test.each([
    null,
    '',
    'null',
    'n/a',
    'Prefer not to say',
    'Prefiero no responder',
    'Keine Angabe',
  ])('is declined by %j', (written) => {
    expect(read({ ...FULL, mood: written })).toMatchObject({
      unanswered: new Map([[5, 'declined']]),
    });
  });

  test('is missing where it does not occur, since that may be an oversight', () => {
    const { mood: _, ...others } = FULL;
    expect(read(others)).toMatchObject({ code: 'missing_items', reason: 'item 5 is missing' });
  });

  test.each([{}, { reason: 'private' }, [], 'maybe', 'no opinion'])(
    'is not declined by %j',
    (written) => {
      expect(read({ ...FULL, mood: written }).kind).toBe('rejected');
    },
  );

  test('is any, where declining is offered', () => {
    const asked = ask({ no_answer: 'offered' });
    expect(read({ ...FULL, smokes: null }, asked)).toMatchObject({
      answers: new Map([[5, 70]]),
      unanswered: new Map([
        [1, 'declined'],
        [2, 'not_applicable'],
        [3, 'not_applicable'],
        [4, 'not_applicable'],
      ]),
    });
    expect(read({ ...FULL, smokes: null })).toMatchObject({ code: 'no_answer' });
  });

  test('is not declined and answered at once', () => {
    const text = '{"smokes": "No", "mood": 10, "mood": null, "why": "So"}';
    expect(parseReply(ask(), text)).toMatchObject({ code: 'contradiction' });
  });
});

test('a refusal beside a sheet of nulls is a refusal; the sheet alone declines every item', () => {
  const asked = ask({ no_answer: 'offered' }, findInstrument('gad7'));
  const nulls = Object.fromEntries(asked.items.map(({ key }) => [key, null]));
  expect(read(nulls, asked)).toMatchObject({
    kind: 'answers',
    answers: new Map(),
    unanswered: new Map(asked.items.map(({ item }) => [item.number, 'declined'])),
  });
  const refusal = "I'm sorry, but I cannot answer personal questions as an AI.";
  expect(parseReply(asked, `${refusal}\n${JSON.stringify(nulls)}`)).toMatchObject({
    outcome: 'refused',
  });
  expect(
    parseReply(asked, `${JSON.stringify(nulls)}\n${JSON.stringify({ ...nulls, gad1: 2 })}`),
  ).toMatchObject({ answers: new Map([[1, 2]]) });
});

describe('a text', () => {
  test.each([
    ['exactly as long as allowed', '123456789012', '123456789012'],
    ['by characters, not by code units', '😀'.repeat(12), '😀'.repeat(12)],
    ['in white space', '  so\n', 'so'],
    ['that looks like an answer', 'n/a', 'n/a'],
    ['that looks like a number', 12, '12'],
  ])('is kept %s', (_, written, kept) => {
    expect(read({ ...FULL, why: written })).toMatchObject({
      texts: new Map([
        [4, 'Slowly'],
        [6, kept],
      ]),
    });
  });

  test('is not cut', () => {
    expect(read({ ...FULL, why: '1234567890123' })).toMatchObject({
      outcome: 'invalid',
      code: 'too_long',
      reason: 'item 6: "1234567890123" has 13 characters, more than 12',
    });
  });

  test('is neither the question nor a placeholder', () => {
    expect(read({ ...FULL, why: 'Why?' }).kind).toBe('rejected');
    expect(read({ ...FULL, why: '<answer>' }).kind).toBe('rejected');
  });
});

describe('lines', () => {
  const asked = ask({ format: 'text' });
  const lines = 'smokes: No\nmood: 30\nwhy: a | b: c';
  const RESULT = {
    kind: 'answers',
    answers: new Map([
      [1, 0],
      [5, 30],
    ]),
    texts: new Map([[6, 'a | b: c']]),
  };

  test('as asked for need no repair', () => {
    for (const text of [lines, lines.replaceAll('\n', '\r\n')])
      expect(parseReply(asked, text)).toMatchObject({ ...RESULT, repaired: false });
  });

  test.each([
    ['with marks', '- **smokes:** No\n- **mood**: 30\n- why - a | b: c'],
    ['in a fence, after a sentence', `Here you are:\n\`\`\`\n${lines}\n\`\`\``],
    ['after thoughts', `<think>smokes: Yes</think>\n${lines}`],
    ['by number', '1) No\n5. 30\n6 = a | b: c'],
    ['with what does not apply', `smokes: No\nper_day: null\nstop: n/a\n${lines.slice(11)}`],
    ['with the questions', '1. Do you smoke? No\n5. Your mood: 30\n6. Why?: a | b: c'],
  ])('%s are read', (_, text) => {
    expect(parseReply(asked, text)).toMatchObject({ ...RESULT, repaired: true });
    expect(parseReply(ask(), text)).toMatchObject({ ...RESULT, repaired: true });
  });

  test.each([
    ['head', '| item | answer |\n|---|---|\n'],
    [
      'head of three columns',
      '| id | text | rating | why |\n|:--|---|--:|---|\n',
      ' Is it? |',
      ' so |',
    ],
    ['head that says nothing', '', ' Your mood |'],
  ])('of a table are read, by its %s', (_, head, text = '', why = '') => {
    const table = `${head}| smokes |${text.replace('Your mood', 'Do you smoke?')} No |${why}\n| mood |${text} 30 |${why}\n| why |${text.replace('Your mood', 'Why?')} so |${why}`;
    expect(parseReply(asked, table)).toMatchObject({
      answers: RESULT.answers,
      texts: new Map([[6, 'so']]),
    });
  });

  test('with an answer that goes on in the next line are not read, as its end is not known', () => {
    expect(parseReply(asked, `${lines}\nand so on`)).toMatchObject({ code: 'not_an_answer' });
  });

  test('that differ are a contradiction, and such as are missing are named', () => {
    expect(parseReply(asked, `${lines}\nmood: 40`)).toMatchObject({ code: 'contradiction' });
    expect(parseReply(asked, 'smokes: Yes\nmood: 30')).toMatchObject({
      code: 'missing_items',
      reason: 'items 2, 3, 4, 6 are missing',
    });
  });

  test('of a JSON object that never ends are no answers', () => {
    expect(parseReply(ask(), '{\n"smokes": "No",\n"mood": 30,\n"why": "so",')).toMatchObject({
      code: 'not_closed',
    });
  });

  test('without any answer are none', () => {
    expect(parseReply(asked, 'I would rather talk about the weather.')).toMatchObject({
      outcome: 'unparseable',
      code: 'no_answers',
    });
  });
});

describe('lists', () => {
  const gad7 = ask({}, findInstrument('gad7'));
  const answers = new Map([0, 1, 2, 3, 0, 1, 2].map((value, index) => [index + 1, value]));

  test.each([
    '[0, 1, 2, 3, 0, 1, 2]',
    'My answers: [0, 1, 2, 3, 0, 1, 2].',
    '{"answers": [0, "1", "Several more", 3, 0, 1, 2]}'.replace('Several more', '2'),
    '{"result": {"responses": [0, 1, 2, 3, 0, 1, 2]}, "explanation": "so"}',
  ])('of one value for each item are read: %s', (text) => {
    expect(parseReply(gad7, text)).toMatchObject({ kind: 'answers', answers, repaired: true });
  });

  test.each([
    '[0, 1, 2, 3, 0, 1]',
    '[0, 1, 2, 3, 0, 1, 2, 3]',
    '[0, 1, 2, 3, 0, 1, 4]',
    '{"numbers": [0, 1, 2, 3, 0, 1, 2]}',
    '{"answers": [0, 1, 2, 3, 0, 1, 2], "ratings": [0, 1, 2, 3, 0, 1, 1]}',
    '{"answers": [0, 1, 2, 3, 0, 1, 2], "gad7": 1}',
    'See [1] and [0, 1, 2, 3, 0, 1, 2].',
    '[0, 1, 2, 3, 0, 1, 2',
    '[[0], 1, 2, 3, 0, 1, 2]',
  ])('of anything else are not: %s', (text) => {
    expect(parseReply(gad7, text).kind).toBe('rejected');
  });
});

describe('the only item', () => {
  const one = ask({ items_per_call: 1 }, findInstrument('gad7'), 3);

  test.each([
    '2',
    '"More than half the days"',
    'Answer: 2',
    '**2**',
    '{"answer": 2}',
    'gad3: 2',
    '3: 2',
  ])('is answered by %s', (text) => {
    expect(parseReply(one, text)).toMatchObject({ answers: new Map([[3, 2]]) });
  });

  test.each(['I would say 2', '7', '{"gad2": 2}', '{"number": 2, "answer": 2}', '2 or 3', '{}'])(
    'is not answered by %s',
    (text) => {
      expect(parseReply(one, text).kind).toBe('rejected');
    },
  );

  test.each([
    ['I cannot answer this question.', 'refused'],
    ["I'm sorry, but as an AI I am not able to have a personality.", 'refused'],
    ["I don't know.", 'unparseable'],
    ['Not applicable', 'invalid'],
    ["I don't agree.", 'unparseable'],
    ['10', 'unparseable'],
  ])('has no answer in words or numbers that only contain one: %s', (text, outcome) => {
    for (const name of ['epqra', 'bigfive'])
      for (const format of ['text', 'json'] as const) {
        const asked = ask({ items_per_call: 1, format }, findInstrument(name));
        expect(parseReply(asked, text)).toMatchObject({ kind: 'rejected', outcome });
      }
  });

  const letter = ask({ items_per_call: 1, elicit: 'logprobs' }, findInstrument('gad7'), 3);

  test('is answered by its letter alone, which needs no repair', () => {
    expect(parseReply(letter, 'C')).toMatchObject({ answers: new Map([[3, 2]]), repaired: false });
    expect(parseReply(letter, ' C)')).toMatchObject({ answers: new Map([[3, 2]]), repaired: true });
    expect(parseReply(letter, 'E')).toMatchObject({ kind: 'rejected' });
  });
});
