import { describe, expect, test, vi } from 'vitest';
import { findInstrument, parseInstrument } from '../load.ts';
import { type ParsedReply, parseReply } from './parse.ts';

// Other suites may have the processors.
vi.setConfig({ testTimeout: 60_000 });

const epqra = findInstrument('epqra');
const bigfive = findInstrument('bigfive');

/** Answers that are neither uniform nor a pattern of the key: True for items that 3 divides. */
const EXPECTED = new Map(epqra.items.map(({ number }) => [number, number % 3 === 0 ? 1 : 0]));
const LABELS = Object.fromEntries(
  [...EXPECTED].map(([number, answer]) => [String(number), answer === 1 ? 'True' : 'False']),
);
const SHEET = { ...LABELS, explanation: 'I keep to myself.' };

const RATED = new Map(bigfive.items.map(({ number }) => [number, (number % 5) + 1]));
const RATINGS = Object.fromEntries([...RATED].map(([number, answer]) => [String(number), answer]));

function answersOf(reply: ParsedReply): ReadonlyMap<number, number> {
  if (reply.kind !== 'answers') throw new Error(`${reply.outcome}: ${reply.reason}`);
  return reply.answers;
}

function explanationOf(reply: ParsedReply): string | null {
  if (reply.kind !== 'answers') throw new Error(`${reply.outcome}: ${reply.reason}`);
  return reply.explanation;
}

function rejection(text: string, instrument = epqra): string {
  const reply = parseReply(instrument.asked, text);
  return reply.kind === 'rejected' ? `${reply.outcome}: ${reply.reason}` : 'answered';
}

/** The sheet with some entries changed; undefined takes one out. */
function sheetWith(changes: Record<string, unknown>): string {
  return JSON.stringify({ ...SHEET, ...changes }, null, 2);
}

test('a reply as asked for', () => {
  expect(parseReply(epqra.asked, JSON.stringify(SHEET))).toEqual({
    kind: 'answers',
    answers: EXPECTED,
    unanswered: new Map(),
    texts: new Map(),
    probabilities: new Map(),
    explanation: 'I keep to myself.',
    uniform: false,
    repaired: false,
  });
  expect(parseReply(bigfive.asked, JSON.stringify({ ...RATINGS, explanation: 'x' }))).toMatchObject(
    {
      kind: 'answers',
      answers: RATED,
      repaired: false,
    },
  );
});

test('further keys are nobody’s concern', () => {
  const reply = parseReply(
    epqra.asked,
    sheetWith({ note: 'none', version: 2, confidence: { overall: 'high' }, 'part 2': null }),
  );
  expect(reply).toMatchObject({ kind: 'answers', answers: EXPECTED, repaired: false });
});

const json = JSON.stringify(SHEET, null, 2);

describe('disguises', () => {
  test.each([
    ['a code fence', `\`\`\`json\n${json}\n\`\`\``],
    ['prose around', `Sure, here is {my} answer [as asked]:\n\n${json}\n\nI hope "that" helps! :}`],
    [
      'prose that sounds like a refusal',
      `I'm sorry, I can't be sure, but as an AI I don't have doubts:\n${json}`,
    ],
    ['a trailing comma', json.replace(/\n\}$/, ',\n}')],
    ['single quotes', json.replaceAll('"', "'")],
    ['smart quotes', json.replace(/"(.*?)"/g, '“$1”')],
    ['bare words', json.replace(/"(True|False)"/g, '$1').replace(/"(\d+)"/g, '$1')],
    ['JSON booleans', json.replace(/"(True|False)"/g, (_, word: string) => word.toLowerCase())],
    ['numbers', json.replaceAll('"True"', '1').replaceAll('"False"', '0.0')],
    ['raw line breaks', json.replace('to myself', 'to\n\nmyself')],
    ['nesting', JSON.stringify({ answers: LABELS, explanation: 'x' })],
    ['deep nesting', JSON.stringify({ result: { status: 'ok', data: { questionnaire: SHEET } } })],
    [
      'a list of rows',
      JSON.stringify({
        answers: Object.entries(LABELS).map(([number, answer]) => ({
          number: Number(number),
          answer,
        })),
      }),
    ],
    [
      'a list by question',
      JSON.stringify(
        epqra.items.map((item) => ({ question: item.text, response: LABELS[item.number] })),
      ),
    ],
    [
      'a list of pairs',
      JSON.stringify(Object.entries(LABELS).map(([number, answer]) => ({ [number]: answer }))),
    ],
    [
      'an object each',
      JSON.stringify(
        Object.fromEntries(
          epqra.items.map((item) => [
            item.number,
            { question: item.text, answer: LABELS[item.number] },
          ]),
        ),
      ),
    ],
    [
      'questions repeated',
      JSON.stringify({
        questions: Object.fromEntries(epqra.items.map((item) => [item.number, item.text])),
        answers: LABELS,
      }),
    ],
    ['keys Q1', json.replace(/"(\d+)":/g, '"Q$1":')],
    [
      'keys q01',
      json.replace(/"(\d+)":/g, (_, number: string) => `"q${number.padStart(2, '0')}":`),
    ],
    ['keys item 1', json.replace(/"(\d+)":/g, '"item $1":')],
    ['keys question_1', json.replace(/"(\d+)":/g, '"question_$1":')],
    ['keys 1.', json.replace(/"(\d+)":/g, '"$1.":')],
    [
      'keys with the question',
      json.replace(
        /"(\d+)":/g,
        (_, number: string) =>
          `${JSON.stringify(`${number}. ${epqra.items[Number(number) - 1]!.text}`)}:`,
      ),
    ],
    [
      'keys that are the question',
      json.replace(
        /"(\d+)":/g,
        (_, number: string) => `${JSON.stringify(epqra.items[Number(number) - 1]!.text)}:`,
      ),
    ],
    ['the same answer twice', json.replace('"1": "False"', '"1": "False", "Q1": "no"')],
    ['Slovak', json.replaceAll('"True"', '"Pravda"').replaceAll('"False"', '"Nepravda"')],
    ['Hebrew', json.replaceAll('"True"', '"כן"').replaceAll('"False"', '"לא"')],
    ['escaped JSON', JSON.stringify(json)],
    ['thoughts', `<think>Perhaps ${sheetWith({ '1': 'True' })}? No.</think>\n${json}`],
    ['thoughts without opening tag', `Perhaps ${sheetWith({ '1': 'True' })}? No.</think>\n${json}`],
    ['an example first', `The format is {"1": "True", "2": "True"}.\n${json}`],
    [
      'the format first',
      `${JSON.stringify(Object.fromEntries(epqra.items.map((item) => [item.number, 'True/False'])))}\n${json}`,
    ],
    [
      'the questions first',
      `${JSON.stringify(Object.fromEntries(epqra.items.map((item) => [item.number, item.text])))}\n${json}`,
    ],
    ['the same sheet twice', `${json}\n${JSON.stringify(SHEET)}`],
    ...[
      ['[THINK]', '[/THINK]'],
      ['◁think▷', '◁/think▷'],
      ['<seed:think>', '</seed:think>'],
      ['<|START_THINKING|>', '<|END_THINKING|>'],
      ['<|begin_of_thought|>', '<|end_of_thought|>'],
      ['<|channel|>analysis<|message|>', '<|end|><|start|>assistant<|channel|>final<|message|>'],
      ['<|channel>thought', '<channel|>'],
    ].map(([open, close]): [string, string] => [
      `thoughts in ${open}`,
      `${open}Perhaps ${sheetWith({ '1': 'True' })}? No.${close}${json}`,
    ]),
    [
      'a tool call with its arguments in a string',
      JSON.stringify({ name: 'answer', arguments: json }),
    ],
    [
      'a message with its content in a string',
      JSON.stringify([{ role: 'assistant', content: json }]),
    ],
    ['JSON escaped twice', JSON.stringify(JSON.stringify(json))],
    ['single quotes, escaped', JSON.stringify(json.replaceAll('"', "'"))],
    [
      'an object for each scale',
      JSON.stringify(
        Object.fromEntries(
          epqra.scales.map(({ id, name }) => [
            name,
            Object.fromEntries(
              epqra.items
                .filter(({ scale }) => scale === id)
                .map(({ number }) => [number, LABELS[number]]),
            ),
          ]),
        ),
      ),
    ],
    [
      'a line for each row',
      Object.entries(LABELS)
        .map(([number, answer]) => JSON.stringify({ number, answer }))
        .join('\n'),
    ],
    [
      'a line for each pair, after the format',
      `{"1": "…"}, so:\n${Object.entries(LABELS)
        .map(([number, answer]) => JSON.stringify({ [number]: answer }))
        .join('\n')}`,
    ],
    ['comments as in Python', json.replaceAll(',\n', ',  # so, "2": it is\n')],
    ['full-width colons and commas', json.replaceAll('": ', '"：').replaceAll(',\n', '，\n')],
    ['keys in bold', json.replace(/"(\d+)":/g, '"**$1**":')],
    ['keys Question No. 1', json.replace(/"(\d+)":/g, '"Question No. $1":')],
    [
      'keys that are the question without its mark',
      json.replace(
        /"(\d+)":/g,
        (_, number: string) =>
          `${JSON.stringify(epqra.items[Number(number) - 1]!.text.replace('?', ''))}:`,
      ),
    ],
    ['what cannot be seen', json.replaceAll(',', '\u2060,').replaceAll('False', 'False\u200f')],
    ['a tick behind each answer', json.replace(/"(True|False)"/g, '"$1 ✅"')],
    [
      'an unescaped quotation in the explanation',
      json.replace('to myself', '"4" and "2": "True", to "myself"'),
    ],
  ])('%s', (_, text) => {
    const reply = parseReply(epqra.asked, text);
    expect(answersOf(reply)).toEqual(EXPECTED);
    expect(reply).toMatchObject({ repaired: true });
  });

  test.each([
    ['"4"', (answer: number) => String(answer)],
    ['4.0 as text', (answer: number) => `${answer}.0`],
    ['label', (answer: number) => bigfive.answerSets[0]!.options[answer - 1]!.label],
    [
      '"4 - Agree"',
      (answer: number) =>
        `${answer} - ${bigfive.answerSets[0]!.options[answer - 1]!.label.split(' ')[0]}`,
    ],
    [
      '"(4) Agree a little"',
      (answer: number) => `(${answer}) ${bigfive.answerSets[0]!.options[answer - 1]!.label}`,
    ],
    [
      '{"rating": 4, "label": …}',
      (answer: number) => ({
        rating: answer,
        label: bigfive.answerSets[0]!.options[answer - 1]!.label,
      }),
    ],
  ])('ratings written as %s', (_, write) => {
    const text = JSON.stringify(
      Object.fromEntries([...RATED].map(([number, answer]) => [number, write(answer)])),
    );
    expect(answersOf(parseReply(bigfive.asked, text))).toEqual(RATED);
  });
});

describe('what is never invented', () => {
  test.each([
    ['a missing item', sheetWith({ '7': undefined }), 'invalid: item 7 is missing'],
    [
      'missing items',
      sheetWith({ '7': undefined, '24': undefined }),
      'invalid: items 7, 24 are missing',
    ],
    ['null', sheetWith({ '7': null }), 'invalid: item 7 has no answer'],
    ['an empty answer', sheetWith({ '7': '' }), 'invalid: item 7 has no answer'],
    ['no value', json.replace('"7": "False"', '"7": '), 'invalid: item 7 has no answer'],
    [
      'a dash',
      json.replace('"7": "False"', '"7": -'),
      'invalid: item 7: "-" is not one of the answers',
    ],
    ['a point', json.replace('"7": "False"', '"7": .'), 'invalid: item 7 has no answer'],
    [
      'both',
      sheetWith({ '7': 'True/False' }),
      'invalid: item 7: "True/False" names two different answers',
    ],
    ['off the scale', sheetWith({ '7': 2 }), 'invalid: item 7: "2" is not between 0 and 1'],
    ['a list', sheetWith({ '7': ['True', 'False'] }), 'invalid: item 7: its answer is a list'],
    [
      'a key twice',
      json.replace('"7": "False"', '"7": "False", "7": "True"'),
      'invalid: item 7: answered twice differently (False, True)',
    ],
    [
      'an item under two keys',
      json.replace('"7": "False"', '"7": "False", "Q7": true'),
      'invalid: item 7: answered twice differently (False, True)',
    ],
    ['an item too many', sheetWith({ '25': 'True' }), 'invalid: item 25: no such item'],
    [
      'two values',
      json.replace('"7": "False"', '"7": 0, 1'),
      'invalid: item 7: "0, 1" is not one of the answers',
    ],
    [
      'numbers from 0',
      JSON.stringify(
        Object.fromEntries([...EXPECTED].map(([number, answer]) => [number - 1, answer])),
      ),
      'invalid: item 24 is missing; item 0: no such item',
    ],
    [
      'a quotation for an item',
      JSON.stringify({ ...SHEET, '2': undefined, explanation: 'as "2": "False" too' }).replaceAll(
        '\\"',
        '"',
      ),
      'invalid: item 2 is missing',
    ],
    [
      'many faults',
      sheetWith({ '1': 'x', '2': 'x', '3': 'x', '4': 'x', '5': 'x', '6': 'x', '7': 'x' }),
      'invalid: item 1: "x" is not one of the answers; item 2: "x" is not one of the answers; item 3: "x" is not one of the answers; item 4: "x" is not one of the answers; item 5: "x" is not one of the answers; and 2 more',
    ],
  ])('%s', (_, text, expected) => {
    expect(rejection(text)).toBe(expected);
  });

  test.each([
    ['6', 'item 3: "6" is not between 1 and 5'],
    ['2.5', 'item 3: "2.5" is not one of the answers'],
    ['"4 or 5"', 'item 3: "4 or 5" is not one of the answers'],
    ['"4 - Disagree strongly"', 'item 3: "4 - Disagree strongly" names two different answers'],
    ['true', 'item 3: "true" is not one of the answers'],
    [
      '{"answer": 4, "score": 2}',
      'item 3: answered twice differently (Agree a little, Disagree a little)',
    ],
  ])('a rating of %s', (written, expected) => {
    expect(rejection(JSON.stringify(RATINGS).replace('"3":4', `"3":${written}`), bigfive)).toBe(
      `invalid: ${expected}`,
    );
  });

  test('an answer that speaks of another item', () => {
    const answered = Object.fromEntries(
      epqra.items.map(({ number, text }) => [number, { question: text, answer: LABELS[number] }]),
    );
    const text = JSON.stringify({
      ...answered,
      '7': { question: epqra.items[7]!.text, answer: 'False' },
    });
    expect(rejection(text)).toBe('invalid: item 7: its answer is about item 8');
  });

  test('answers in thoughts that never end', () => {
    for (const mark of [
      '<think>',
      '[THINK]',
      '◁think▷',
      '<|START_THINKING|>',
      '<|channel|>analysis<|message|>',
    ]) {
      expect(rejection(`${mark}Perhaps ${json}, but`)).toBe(
        'unparseable: the reply ends within the reasoning',
      );
    }
  });

  test('answers dealt out that another sheet contradicts, and such as do not make a whole', () => {
    const lines = Object.entries(LABELS).map(([number, answer]) =>
      JSON.stringify({ [number]: answer }),
    );
    expect(rejection(`${lines.join('\n')}\n${sheetWith({ '3': 'False' })}`)).toBe(
      'invalid: the reply answers all items twice and differently (item 3)',
    );
    expect(rejection(`${lines.join('\n')}\n{"3": "False"}`)).toMatch(/^invalid: /);
    expect(rejection(lines.slice(1).join('\n'))).toMatch(/^invalid: /);
    const bare = JSON.stringify(json.replaceAll(/"(\d+|explanation)":/g, '$1:'));
    expect(rejection(`${bare}\n${sheetWith({ '3': 'False' })}`)).toBe(
      'invalid: the reply answers all items twice and differently (item 3)',
    );
    // An example of the format is no answer to an item that is missing then.
    expect(rejection(`For example {"1": "True"}, so:\n${lines.slice(1).join('\n')}`)).toMatch(
      /^invalid: /,
    );
  });

  test('two sheets that differ', () => {
    expect(rejection(`${json}\n\nOr rather:\n\n${sheetWith({ '1': 'True', '3': 'False' })}`)).toBe(
      'invalid: the reply answers all items twice and differently (items 1, 3)',
    );
    expect(rejection(`${sheetWith({ '1': 'Maybe' })}\n\nOr rather:\n\n${json}`)).toBe(
      'invalid: the reply answers all items twice, once with item 1: "Maybe" is not one of the answers',
    );
  });

  test('an answer that is taken back', () => {
    expect(rejection(`${json}\n\nCorrection: {"1": "True"}`)).toBe(
      'invalid: the reply answers item 1 again and differently',
    );
    expect(rejection(`${json}\n\nTo repeat: {"1": "False"}`)).toBe('answered');
  });
});

describe('replies that break off', () => {
  test('are never completed, wherever they are cut', () => {
    for (let length = 1; length < json.length - 1; length += 1) {
      expect(rejection(json.slice(0, length))).toMatch(/^unparseable: /);
    }
  });

  test('are no answer though the part with the answers is whole', () => {
    expect(rejection(`{"answers": ${JSON.stringify(LABELS)}, "explanation": "I ke`)).toBe(
      'unparseable: a JSON object is never closed, so the reply is incomplete',
    );
  });

  test('are no answer though a draft before them is whole', () => {
    expect(rejection(`Draft: ${json}\nFinal: {"1": "True", "2": "Fal`)).toBe(
      'unparseable: after the answers, another JSON object begins and is never closed',
    );
  });
});

describe('replies without answers', () => {
  test.each([
    ['', 'unparseable: the reply is empty'],
    [' \n', 'unparseable: the reply is empty'],
    ['Let me think about it.', 'unparseable: the reply contains no JSON object with answers'],
    ['{}', 'unparseable: the reply contains no JSON object with answers'],
    [
      '{"explanation": "I am calm."}',
      'unparseable: the reply contains no JSON object with answers',
    ],
    ['<think>I cannot answer', 'unparseable: the reply ends within the reasoning'],
    ["I'm sorry, but I can't help with that.", 'refused: the reply declines to answer'],
    ['Lo siento, no puedo responder a este cuestionario.', 'refused: the reply declines to answer'],
    ['{"error": "I cannot complete this questionnaire."}', 'refused: the reply declines to answer'],
    [
      JSON.stringify({
        ...Object.fromEntries(epqra.items.map((item) => [item.number, null])),
        explanation: "As an AI, I don't have feelings.",
      }),
      'refused: the reply declines to answer',
    ],
    ['{}'.repeat(2000), 'unparseable: the reply contains more than 1000 JSON objects'],
  ])('%j', (text, expected) => {
    expect(rejection(text)).toBe(expected);
  });
});

describe('the explanation', () => {
  test.each([
    [
      'is kept to the letter',
      sheetWith({ explanation: 'José Núñez 東京 😀 \0 “so”\n' }),
      'José Núñez 東京 😀 \0 “so”\n',
    ],
    ['may hold a raw NUL', json.replace('to myself', 'to\0myself'), 'I keep to\0myself.'],
    ['may be a list', sheetWith({ explanation: ['I am calm.', 'José'] }), '["I am calm.","José"]'],
    ['may be an object', sheetWith({ explanation: { '1': 'calm', E: 2 } }), '{"1":"calm","E":2}'],
    ['may be missing', sheetWith({ explanation: undefined }), null],
    ['may be null', sheetWith({ explanation: null }), null],
    ['may be Python’s None', json.replace('"I keep to myself."', 'None'), null],
    [
      'may quote before a comma, and escape something else',
      json.replace('to myself', 'to "nobody", and\\n"nothing", as \\"they\\" say'),
      'I keep to "nobody", and\n"nothing", as "they" say.',
    ],
    ['may be empty', sheetWith({ explanation: ' ' }), null],
    ['may stand outside the answers', JSON.stringify({ explanation: 'x', answers: LABELS }), 'x'],
    [
      'may end a list',
      JSON.stringify([
        ...Object.entries(LABELS).map(([number, answer]) => ({
          number,
          answer,
          explanation: 'of one',
        })),
        { explanation: 'x' },
      ]),
      'x',
    ],
    ['may stand in the other copy', `${json}\n${JSON.stringify(LABELS)}`, 'I keep to myself.'],
    [
      'keeps quotes that are not escaped',
      json.replace('to myself', 'to "myself", and "you"'),
      'I keep to "myself", and "you".',
    ],
  ])('%s', (_, text, expected) => {
    const reply = parseReply(epqra.asked, text);
    expect(answersOf(reply)).toEqual(EXPECTED);
    expect(explanationOf(reply)).toBe(expected);
  });
});

describe('flaws of the study’s published code', () => {
  test('12, 20: the instrument is an argument, and nothing is kept between replies', () => {
    const broken = parseReply(epqra.asked, '{"1": ');
    expect(parseReply(bigfive.asked, JSON.stringify(RATINGS)).kind).toBe('answers');
    expect(parseReply(epqra.asked, '{"1": ')).toEqual(broken);
  });

  test('13: an unknown questionnaire is never taken for the EPQR-A', () => {
    expect(() => findInstrument('')).toThrow('Unknown questionnaire ""');
  });

  test('28: non-ASCII text survives, in keys too', () => {
    expect(
      explanationOf(
        parseReply(epqra.asked, JSON.stringify({ ...LABELS, explicación: 'José Núñez 東京' })),
      ),
    ).toBe('José Núñez 東京');
  });

  test('32: Slovak Nepravda is False', () => {
    const all = (word: string) =>
      JSON.stringify(Object.fromEntries(epqra.items.map((item) => [item.number, word])));
    expect(answersOf(parseReply(epqra.asked, all('Nepravda'))).get(1)).toBe(0);
    expect(answersOf(parseReply(epqra.asked, all('Pravda'))).get(1)).toBe(1);
  });

  test.each(['TRUE', 'yes', 'True ', 'Sí', true, 1])('33: %j is True', (written) => {
    expect(answersOf(parseReply(epqra.asked, sheetWith({ '3': written })))).toEqual(EXPECTED);
  });

  test('34: equal answers are valid, and flagged, for every instrument', () => {
    for (const [instrument, answer] of [
      [epqra, 'True'],
      [epqra, 'False'],
      [bigfive, 3],
    ] as const) {
      const reply = parseReply(
        instrument.asked,
        JSON.stringify(Object.fromEntries(instrument.items.map((item) => [item.number, answer]))),
      );
      expect(reply).toMatchObject({ kind: 'answers', uniform: true, repaired: false });
    }
  });

  test.each([
    [
      'one missing item',
      (sheet: Record<string, unknown>) => ({ ...sheet, '3': undefined }),
      'invalid: item 3 is missing',
    ],
    ['a further key', (sheet: Record<string, unknown>) => ({ ...sheet, note: 'x' }), 'answered'],
    ['nesting', (sheet: Record<string, unknown>) => ({ answers: sheet }), 'answered'],
    [
      '"4 - Agree"',
      (sheet: Record<string, unknown>) => ({ ...sheet, '3': '4 - Agree' }),
      'answered',
    ],
  ])('35: %s in a BFI reply', (_, change, expected) => {
    expect(rejection(JSON.stringify(change(RATINGS)), bigfive)).toBe(expected);
  });

  test('36: an explanation that is no text does not cost the answers', () => {
    expect(explanationOf(parseReply(epqra.asked, sheetWith({ explanation: ['a', 'b'] })))).toBe(
      '["a","b"]',
    );
    expect(explanationOf(parseReply(epqra.asked, sheetWith({ explanation: { a: 'b' } })))).toBe(
      '{"a":"b"}',
    );
  });

  test('37: a truncated reply is not repaired into answers', () => {
    expect(rejection(json.slice(0, -2))).toBe(
      'unparseable: a JSON object is never closed, so the reply is incomplete',
    );
  });

  test('38: item 10 of the EPQR-A is one sentence, in the item and in the prompt', () => {
    expect(epqra.items[9]!.text).toBe(
      'Have you ever taken anything (even a pin or button) that belonged to someone else?',
    );
    expect(epqra.prompt).toContain(
      '"10": "Have you ever taken anything (even a pin or button) that belonged to someone else?",',
    );
  });

  test('47: a written "False" is 0, never true and never -2', () => {
    expect(
      new Set(answersOf(parseReply(epqra.asked, sheetWith({ '7': '"False"' }))).values()),
    ).toEqual(new Set([0, 1]));
    expect(answersOf(parseReply(epqra.asked, sheetWith({ '7': '"False"' }))).get(7)).toBe(0);
  });
});

describe('why a reply is rejected', () => {
  const codeOf = (text: string, instrument = epqra) => {
    const reply = parseReply(instrument.asked, text);
    return reply.kind === 'rejected' ? reply.code : null;
  };

  test.each([
    ['', 'empty'],
    ['I cannot answer these questions.', 'refused'],
    ['Let me think about it.', 'no_json'],
    [`<think>${json}`, 'thoughts_only'],
    [json.slice(0, -2), 'not_closed'],
    ['{}'.repeat(2000), 'too_many_objects'],
    [sheetWith({ '7': undefined }), 'missing_items'],
    [sheetWith({ '7': null }), 'no_answer'],
    [sheetWith({ '7': 2 }), 'off_scale'],
    [sheetWith({ '7': 'perhaps' }), 'not_an_answer'],
    [sheetWith({ '25': 'True' }), 'unknown_item'],
    [json.replace('"7": "False"', '"7": "False", "7": "True"'), 'contradiction'],
    [`${json}\n${sheetWith({ '1': 'True' })}`, 'contradiction'],
  ])('%j has a code by which it can be counted', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  test('two rejections of one kind have one code, whatever items they name', () => {
    const codes = ['3', '7', '19'].map((item) => codeOf(sheetWith({ [item]: `${item} of 5` })));
    expect(new Set(codes)).toEqual(new Set(['not_an_answer']));
  });

  test('names the object that is whole, and then the one that is never closed', () => {
    const few = '{"1": "True", "2": "False"}';
    expect(rejection(`${few}\n\nOr rather: {"1": {"answer": "True"`)).toBe(
      'invalid: items 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, … (22 in all) are missing; after it, another JSON object begins and is never closed',
    );
    expect(rejection('{"questionnaire": "EPQR-A"}\nSo: {"1": "True"')).toBe(
      'unparseable: the complete JSON objects contain no answers, and another one is never closed',
    );
    expect(rejection(`<think>${json}</think>Well.`)).toBe(
      'unparseable: after the reasoning, the reply contains no JSON object with answers',
    );
  });
});

describe('rows that repeat their item', () => {
  const rows = (write: (number: number, text: string) => unknown) =>
    JSON.stringify({ answers: epqra.items.map(({ number, text }) => write(number, text)) });
  const label = (number: number) => LABELS[number];

  test.each([
    [
      'as their label',
      rows((number, text) => ({ item: number, label: text, answer: label(number) })),
    ],
    [
      'as their label, with its number',
      rows((number, text) => ({
        item: number,
        label: `${number}. ${text}`,
        value: EXPECTED.get(number),
      })),
    ],
    [
      'as their label alone',
      rows((_, text) => ({
        label: text,
        answer: label(epqra.items.find((item) => item.text === text)!.number),
      })),
    ],
    [
      'under the number',
      JSON.stringify(
        Object.fromEntries(
          epqra.items.map(({ number, text }) => [number, { label: text, value: label(number) }]),
        ),
      ),
    ],
  ])('%s', (_, text) => {
    expect(answersOf(parseReply(epqra.asked, text))).toEqual(EXPECTED);
  });

  test('may not repeat another', () => {
    const text = rows((number, own) => ({
      item: number,
      label: number === 7 ? epqra.items[7]!.text : own,
      answer: label(number),
    }));
    expect(rejection(text)).toBe(
      'invalid: item 7: its answer is about item 8; item 8: its answer is about item 7',
    );
  });

  test('have no answer where nothing else is there', () => {
    expect(rejection(rows((number, text) => ({ item: number, label: text })))).toMatch(
      /^invalid: item 1 has no answer/,
    );
    // What is no text of an item stays an answer that cannot be read.
    expect(
      rejection(rows((number) => ({ item: number, label: 'Neuroticism', answer: label(number) }))),
    ).toMatch(/not one of the answers/);
  });
});

describe('options without labels', () => {
  const text = JSON.parse(bigfive.definition) as {
    answers: { reply: string; options: { value: number; label?: string }[] };
  };
  const withLabels = (label: (value: number) => string | undefined) =>
    parseInstrument(
      JSON.stringify({
        ...text,
        answers: {
          ...text.answers,
          options: text.answers.options.map(({ value }) => ({ value, label: label(value) })),
        },
      }),
      'numbers.json',
    );
  const sheet = (write: (answer: number) => unknown) =>
    JSON.stringify(
      Object.fromEntries([...RATED].map(([number, answer]) => [number, write(answer)])),
    );

  test('are shown and read as numbers', () => {
    const bare = withLabels(() => undefined);
    expect(bare.prompt).toMatch(/^- 2$/m);
    for (const write of [
      (answer: number) => answer,
      (answer: number) => `${answer}`,
      (answer: number) => `(${answer})`,
    ])
      expect(answersOf(parseReply(bare.asked, sheet(write)))).toEqual(RATED);
  });

  test('may stand between such as have some', () => {
    const ends = withLabels((value) => ({ 1: 'Never', 5: 'Always' })[value]);
    expect(ends.prompt).toMatch(/^- 1 \(Never\)\n- 2\n- 3\n- 4\n- 5 \(Always\)$/m);
    const labelOf = (answer: number) => ({ 1: 'never', 5: 'ALWAYS' })[answer] ?? answer;
    expect(answersOf(parseReply(ends.asked, sheet(labelOf)))).toEqual(RATED);
  });

  test('are read as the prompt shows them where the label is the number, and where it is not', () => {
    const twice = withLabels(String);
    expect(twice.prompt).toMatch(/^- 2 \(2\)$/m);
    for (const write of [
      (answer: number) => `${answer} (${answer})`,
      (answer: number) => `${answer}(${answer})`,
    ])
      expect(answersOf(parseReply(twice.asked, sheet(write)))).toEqual(RATED);
    for (const wrong of ['2 (3)', '2.2', '2,2', '2 2', '2-2', '6 (6)', '2 (2) 2', '22'])
      expect(
        rejection(
          sheet((answer) => (answer === 2 ? wrong : answer)),
          twice,
        ),
        wrong,
      ).toMatch(/^invalid: /);
    const labelled = parseReply(
      bigfive.asked,
      sheet((answer) => `${answer} (${answer})`),
    );
    expect(answersOf(labelled)).toEqual(RATED);
  });
});
