import { describe, expect, test } from 'vitest';
import { administration, PUBLISHED_SETTINGS } from '../administration/settings.ts';
import { findInstrument } from '../instruments/load.ts';
import { planOf } from './administration/progress.ts';
import { differingAnswers, jsonOrText } from './stored-reply.ts';

const EPQRA = findInstrument('epqra');
const PLAN = planOf(EPQRA, PUBLISHED_SETTINGS);
const SHEET = new Map(EPQRA.items.map(({ number }) => [number, number % 2]));
const ANSWERS = [...SHEET].map(([number, answer]) => ({ number, answer }));
const CONTENT = JSON.stringify({
  ...Object.fromEntries(
    [...SHEET].map(([item, answer]) => [item, answer === 1 ? 'True' : 'False']),
  ),
  explanation: '{}',
});

function call(
  id: number,
  text: string | null,
  { outcome, readable }: { outcome?: string; readable?: unknown } = {},
) {
  return {
    id,
    about: outcome === undefined ? {} : { outcome },
    copies: { reply: readable ?? null },
    response: { text, value: text === null ? null : jsonOrText(text) },
    part: null,
  };
}

const chat = (content: string) =>
  JSON.stringify({ id: 'x', choices: [{ message: { role: 'assistant', content } }] });
const converse = (content: string) =>
  JSON.stringify({ output: { message: { content: [{ text: content }] } } });

describe('answers that are stored', () => {
  test.each([
    ['a chat completion', call(3, chat(CONTENT), { outcome: 'answered' })],
    ['a Bedrock reply', call(3, converse(`Here you are:\n${CONTENT}`), { outcome: 'answered' })],
    [
      'a readable copy alone',
      call(3, null, { readable: { choices: [{ message: { content: CONTENT } }] } }),
    ],
  ])('agree with the reply in %s, and each one that does not is named', (_, stored) => {
    expect(differingAnswers(PLAN, ANSWERS, [stored])).toEqual([]);
    const changed = ANSWERS.map((one) =>
      one.number === 5 ? { number: 5, answer: 0 } : one,
    ).filter((one) => one.number !== 7);
    expect(differingAnswers(PLAN, changed, [stored])).toEqual([
      { number: 5, stored: 0, reply: 1, call: 3 },
      { number: 7, stored: null, reply: 1, call: 3 },
    ]);
  });

  test('are held against the last reply that was an answer', () => {
    const other = CONTENT.replace('"1":"True"', '"1":"False"');
    const calls = [
      call(1, chat(other), { outcome: 'answered' }),
      call(2, chat(CONTENT), { outcome: 'answered' }),
      call(3, chat(other), { outcome: 'invalid' }),
    ];
    expect(differingAnswers(PLAN, ANSWERS, calls)).toEqual([]);
    expect(differingAnswers(PLAN, ANSWERS, calls.slice(0, 1))).toEqual([
      { number: 1, stored: 1, reply: 0, call: 1 },
    ]);
  });

  test('are not doubted where no reply can be read', () => {
    expect(differingAnswers(PLAN, ANSWERS, [])).toBeNull();
    expect(
      differingAnswers(PLAN, ANSWERS, [
        call(1, null),
        call(2, 'half {"1": "Tr', { outcome: 'answered' }),
      ]),
    ).toBeNull();
  });

  test('of several calls are held against the call that asked each item last', () => {
    const plan = planOf(
      EPQRA,
      administration.parse({ items_per_call: 12, no_answer: 'offered', ask_missing: true }),
    );
    const ids = EPQRA.items.map(({ number }) => number);
    const whole = (id: number, content: string) => call(id, chat(content), { outcome: 'answered' });
    const part = (call: number, items: readonly number[], of: (item: number) => string | null) => ({
      ...whole(call, JSON.stringify(Object.fromEntries(items.map((one) => [one, of(one)])))),
      part: { call, items },
    });
    const label = (item: number) => (SHEET.get(item) === 1 ? 'True' : 'False');
    const calls = [
      part(1, ids.slice(0, 12), (item) => (item === 3 ? null : label(item))),
      part(2, ids.slice(12), label),
      part(3, [3], label),
    ];
    expect(differingAnswers(plan, ANSWERS, calls)).toEqual([]);
    const changed = ANSWERS.map((one) =>
      [3, 20].includes(one.number) ? { ...one, answer: 1 - one.answer } : one,
    );
    expect(differingAnswers(plan, changed, calls)).toEqual([
      { number: 3, stored: 0, reply: 1, call: 3 },
      { number: 20, stored: 1, reply: 0, call: 2 },
    ]);
  });
});
