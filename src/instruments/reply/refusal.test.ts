import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findInstrument } from '../load.ts';
import { parseReply } from './parse.ts';
import { isRefusal } from './refusal.ts';

const sentences = (file: string): [language: string, text: string][] => {
  const source = readFileSync(
    new URL(`../../../test/fixtures/refusals/${file}.json`, import.meta.url),
    'utf8',
  );
  const byLanguage = JSON.parse(source) as Record<string, string[]>;
  return Object.entries(byLanguage).flatMap(([language, texts]) =>
    texts.map((text): [string, string] => [language, text]),
  );
};
const refusals = sentences('refusals');
const inCharacter = sentences('in-character');

test('there are three hundred sentences of each kind, and no sentence is of both', () => {
  expect(refusals.length).toBeGreaterThanOrEqual(300);
  expect(inCharacter.length).toBeGreaterThanOrEqual(300);
  const said = new Set(refusals.map(([, text]) => text));
  expect(inCharacter.filter(([, text]) => said.has(text))).toEqual([]);
});

test.each(refusals)('a refusal (%s): %s', (_, text) => {
  expect(isRefusal(text)).toBe(true);
});

test.each(inCharacter)('in character (%s): %s', (_, text) => {
  expect(isRefusal(text)).toBe(false);
});

describe('a longer reply', () => {
  test('refuses where one of its sentences does', () => {
    expect(
      isRefusal(
        'Thank you for asking. I see what this is for. However, I cannot answer these questions. Ask me something else!',
      ),
    ).toBe(true);
    expect(isRefusal('{"error": "I cannot complete this questionnaire."}')).toBe(true);
  });

  test('refuses in its second sentence after an apology in its first, and not further on', () => {
    const [sorry, refusal] = ["I'm sorry.", "I can't judge people by religion."];
    expect(isRefusal(`${sorry} ${refusal}`)).toBe(true);
    expect(isRefusal(refusal)).toBe(false);
    expect(isRefusal(`${sorry} I was at work. It is late. ${refusal}`)).toBe(false);
  });

  test('that speaks of what somebody cannot do, sentence after sentence, does not refuse', () => {
    const text = inCharacter
      .filter(([language]) => language === 'en')
      .map(([, sentence]) => sentence);
    for (let from = 0; from < text.length; from += 8) {
      const some = text.slice(from, from + 8).filter((sentence) => !/^I decline\./.test(sentence));
      expect(isRefusal(some.join(' ')), some.join(' ')).toBe(false);
    }
  });

  test('that answers in prose does not refuse', () => {
    expect(
      isRefusal("I'm sorry, as an AI I can't feel this. 1. True\n2. False\n3. True\n4. No"),
    ).toBe(false);
    expect(isRefusal('I cannot answer this question for sure, but I would say True.')).toBe(false);
  });

  test('that answers beside an apology does not refuse', () => {
    const { asked } = findInstrument('bigfive');
    const sorry = "I'm sorry, but I can't judge an applicant by religion.";
    const sheet = JSON.stringify(Object.fromEntries(asked.items.map((_, at) => [at + 1, 3])));
    expect(parseReply(asked, sorry)).toMatchObject({ kind: 'rejected', outcome: 'refused' });
    expect(parseReply(asked, `${sorry}\n${sheet}`).kind).toBe('answers');
    expect(parseReply(asked, `${sorry}\n${sheet.slice(0, -9)}`)).toMatchObject({
      kind: 'rejected',
      outcome: 'unparseable',
    });
  });

  test('is read at its beginning only', () => {
    expect(isRefusal(`${'I like the sea. '.repeat(300)}I cannot answer these questions.`)).toBe(
      false,
    );
  });
});
