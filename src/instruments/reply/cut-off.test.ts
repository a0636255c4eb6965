import { describe, expect, test } from 'vitest';
import { isWholeObject } from './cut-off.ts';

const SHEET = JSON.stringify(
  { '1': 'True', '2': 'False', explanation: 'I said } and "so" it is.' },
  null,
  2,
);

describe('a completion that ended at the token limit holds a whole object', () => {
  test.each([
    ['alone', SHEET],
    ['before white space', `${SHEET}${' \n\t'.repeat(5000)}`],
    ['in a fence', `\`\`\`json\n${SHEET}\n\`\`\``],
    ['in a fence left open', `\`\`\`json\n${SHEET}\n`],
    ['after a short announcement', `Here are my answers:\n\n\`\`\`json\n${SHEET}\n\`\`\``],
    ['after thoughts', `<think>Let me see.\n\nPerhaps {"1": "False"}?</think>\n\n${SHEET}\n`],
    [
      'after thoughts whose beginning is not marked',
      `Let me see.\n\nPerhaps {"1": "False"}?</think>So, in short:\n\n${SHEET}`,
    ],
    ['as a list', '[{"number": 1, "answer": "True"}]\n'],
  ])('%s', (_, text) => {
    expect(isWholeObject(text)).toBe(true);
  });
});

describe('a completion that ended at the token limit holds none', () => {
  test.each([
    ['with text after it', `${SHEET}\nI answered as`],
    ['with a second object left open', `${SHEET}\n{"1": "Fal`],
    ['with a second object', `${SHEET}\n${SHEET}`],
    ['within an object left open', `{"answers": ${SHEET}`],
    ['within a list left open', `[${SHEET}`],
    ['within thoughts', `<think>${SHEET}`],
    ['within thoughts, marked at their end only', `${SHEET}</think>`],
    ['with a thought that begins after it', `${SHEET}<think>Was that`],
    [
      'after prose that may be a thought',
      `Okay, I am to be this person.\n\nThey are calm.\n\nSo, a draft:\n${SHEET}`,
    ],
    ['after a page of prose', `${'Let me see what this person would say. '.repeat(10)}${SHEET}`],
    ['where something would have to be repaired', SHEET.replace(/\n\}$/, ',\n}')],
    ['closed by a sign that belongs to its text', "{1: True, explanation: 'I am calm :}"],
    ['in prose', '1. True\n2. False'],
    ['in nothing', ''],
  ])('%s', (_, text) => {
    expect(isWholeObject(text)).toBe(false);
  });

  test('wherever it was cut off', () => {
    for (let length = 0; length < SHEET.length; length += 1)
      expect(isWholeObject(SHEET.slice(0, length)), `${length}`).toBe(false);
  });
});
