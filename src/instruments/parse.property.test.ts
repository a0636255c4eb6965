import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { diceOf } from '../../test/support/disguises/dice.ts';
import { DISGUISES, disguise, suits } from '../../test/support/disguises/disguise.ts';
import { FORMS, type Form } from '../../test/support/disguises/forms.ts';
import { drawSaid, type Said } from '../../test/support/disguises/said.ts';
import { countReplies, fuzzReplies, isReadAs } from '../../test/support/reply-fuzz.ts';
import { isWholeObject } from './reply/cut-off.ts';
import { parseReply } from './reply/parse.ts';

// Other suites may have the processors.
vi.setConfig({ testTimeout: 180_000 });

const SEED = 20_260_101;
const RUN = { seed: SEED, numRuns: 800 };

/** By name, so that a counterexample stays readable. */
const forms = fc.constantFrom(...FORMS.map(({ name }) => name));
const formOf = (name: string): Form => FORMS.find((form) => form.name === name)!;
const seeds = fc.nat({ max: 2 ** 31 });

/** Those whose keys are numbers. */
const PLAIN = FORMS.filter(({ asked }) =>
  asked.items.every(
    ({ key, mayDecline }) => /^\d+$/.test(key) && !mayDecline && asked.elicit === 'answer',
  ),
);
const plainForms = fc.constantFrom(...PLAIN.map(({ name }) => name));

const KEYS: readonly ((item: Form['asked']['items'][number]['item']) => string)[] = [
  ({ number }) => String(number),
  ({ number }) => `Q${number}`,
  ({ number }) => `${number}. `,
  ({ number, text }) => `${number}. ${text}`,
  ({ text }) => text,
];

/** The answers as JSON, in the order shown. */
function asJson({ form, contents }: Said): Record<string, unknown> {
  return Object.fromEntries(
    form.asked.items.map(({ key, item, options }) => {
      const content = contents.get(item.number)!;
      switch (content.kind) {
        case 'answer':
          return [key, content.value];
        case 'text':
          return [key, content.text];
        case 'probabilities':
          return [
            key,
            Object.fromEntries(
              options.map(({ option }) => [option.label, content.byValue.get(option.value)]),
            ),
          ];
        default:
          return [key, null];
      }
    }),
  );
}

describe('replies to instruments of any kind, in any form', () => {
  const rows = fuzzReplies(SEED, 4000);
  const examples = rows.flatMap((row) => row.examples).join('\n');

  test('are never read wrong, in more than two hundred disguises and damages', () => {
    expect(FORMS.length).toBeGreaterThan(20);
    expect(rows.length).toBeGreaterThan(200);
    const wrong = countReplies(rows, true, 'wrong') + countReplies(rows, false, 'wrong');
    expect(wrong, examples).toBe(0);
    expect(countReplies(rows, false, 'rejected')).toBeGreaterThan(500);
  });

  test('are read, nearly all that can be', () => {
    const read = countReplies(rows, true, 'read');
    const rejected = countReplies(rows, true, 'rejected');
    expect(read / (read + rejected), examples).toBeGreaterThanOrEqual(0.99);
  });

  test('need no repair where they are as asked for', () => {
    fc.assert(
      fc.property(forms, seeds, (name, seed) => {
        const said = drawSaid(formOf(name), diceOf(seed));
        if (said.form.asked.format === 'text') return;
        const reply = parseReply(said.form.asked, JSON.stringify(asJson(said)));
        expect(reply).toMatchObject({ kind: 'answers' });
        if (reply.kind !== 'answers') return;
        expect(isReadAs(reply, said.contents)).toBe(true);
        // By letters, numbers are another way to answer.
        expect(reply.repaired).toBe(said.form.asked.items.some(({ ask }) => ask === 'letter'));
      }),
      RUN,
    );
  });
});

describe('thoughts', () => {
  const marks = fc.constantFrom(
    ['<think>', '</think>'],
    ['[THINK]', '[/THINK]'],
    ['<|channel|>analysis', '<|channel|>final<|message|>'],
  );
  const chosen = fc.constantFrom(...DISGUISES);

  test('with answers in any disguise are no answers, and leave those after them as they are', () => {
    fc.assert(
      fc.property(forms, chosen, marks, fc.boolean(), seeds, (name, one, mark, isMarked, seed) => {
        const form = suits(one, formOf(name)) ? formOf(name) : FORMS.find((f) => suits(one, f))!;
        const [opening, closing] = mark;
        const dice = diceOf(seed);
        const draft = disguise(drawSaid(form, dice), one, dice).text;
        const thought = `${isMarked ? opening : ''}${draft}${closing}`;
        const outcome = (text: string) => parseReply(form.asked, text).kind;
        expect(outcome(thought), thought).toBe('rejected');
        expect(outcome(`${thought}I am sorry, I cannot do that.`), thought).toBe('rejected');
        const said = drawSaid(form, dice);
        const sheet = JSON.stringify(asJson(said));
        // A draft that holds a thought of its own ends the one around it.
        const unended = `${opening}${/think|channel|thought/i.test(draft) ? sheet : draft}`;
        expect(outcome(unended), unended).toBe('rejected');
        const reply = parseReply(form.asked, `${thought}\n${sheet}`);
        expect(reply.kind === 'answers' && isReadAs(reply, said.contents), thought).toBe(true);
      }),
      { seed: SEED, numRuns: 1500 },
    );
  });
});

describe('replies that the token limit cut off', () => {
  test('are whole only at their end', () => {
    fc.assert(
      fc.property(forms, seeds, fc.nat(), (name, seed, at) => {
        const dice = diceOf(seed);
        const said = drawSaid(formOf(name), dice);
        const { explanation } = said;
        const text = JSON.stringify({ ...asJson(said), explanation }, null, dice.below(3));
        expect(isWholeObject(text + ' \n'.repeat(dice.below(9)))).toBe(true);
        expect(isWholeObject(text.slice(0, at % text.length))).toBe(false);
        expect(isWholeObject(`${text}\nI answered`)).toBe(false);
      }),
      RUN,
    );
  });
});

describe('damaged replies', () => {
  const WRONG: readonly unknown[] = [
    ...[null, '', ' ', 'maybe', 99, -9, 0.5, 2.5, '4 or 5', 'True/False', '1 or 0'],
    ...[[], {}, [1], { answer: null }, '1,0', '½', '?', 'n/a', '-', '.', 'prefer not to say'],
  ];

  test('with one answer spoilt are rejected, naming the item', () => {
    fc.assert(
      fc.property(
        plainForms,
        seeds,
        fc.nat(),
        fc.constantFrom(...WRONG),
        fc.constantFrom(...KEYS),
        (name, seed, at, wrong, key) => {
          const { form, contents } = drawSaid(formOf(name), diceOf(seed));
          const { items } = form.asked;
          const spoilt = items[at % items.length]!.item.number;
          const sheet = Object.fromEntries(
            items.map(({ item }) => {
              const content = contents.get(item.number)!;
              const value = content.kind === 'answer' ? content.value : null;
              return [key(item), item.number === spoilt ? wrong : value];
            }),
          );
          const reply = parseReply(form.asked, JSON.stringify(sheet));
          expect(reply).toMatchObject({ kind: 'rejected', outcome: 'invalid' });
          if (reply.kind === 'rejected')
            expect(reply.reason).toMatch(new RegExp(`\\bitem ${spoilt}\\b`));
        },
      ),
      RUN,
    );
  });

  test('with one item left out, or answered twice differently, are rejected, naming the item', () => {
    fc.assert(
      fc.property(
        plainForms,
        seeds,
        fc.nat(),
        fc.boolean(),
        fc.constantFrom(...KEYS),
        fc.constantFrom(...KEYS),
        (name, seed, at, leaveOut, key, otherKey) => {
          const { form, contents } = drawSaid(formOf(name), diceOf(seed));
          const { items } = form.asked;
          const { item, options } = items[at % items.length]!;
          const saidOf = (number: number) => {
            const content = contents.get(number)!;
            return content.kind === 'answer' ? content.value : null;
          };
          const entries = items.map((one): [string, number | null] => [
            key(one.item),
            saidOf(one.item.number),
          ]);
          const other = options.find(({ option }) => option.value !== saidOf(item.number))!;
          if (leaveOut) entries.splice(at % items.length, 1);
          else entries.splice(at % entries.length, 0, [otherKey(item), other.option.value]);
          const text = `{${entries.map(([one, value]) => `${JSON.stringify(one)}: ${value}`).join(', ')}}`;
          const reply = parseReply(form.asked, text);
          expect(reply).toMatchObject({ kind: 'rejected', outcome: 'invalid' });
          if (reply.kind === 'rejected')
            expect(reply.reason).toMatch(new RegExp(`\\bitem ${item.number}\\b`));
        },
      ),
      RUN,
    );
  });

  test('any text at all ends in a verdict', () => {
    const many = FORMS.filter(({ asked }) => asked.items.length > 2);
    fc.assert(
      fc.property(
        fc.constantFrom(...many.map(({ name }) => name)),
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: fc.constantFrom(...'{}[]":,\\\'1 \n/<>|-.') }),
        ),
        (name, text) => {
          expect(parseReply(formOf(name).asked, text).kind).toBe('rejected');
        },
      ),
      RUN,
    );
  });
});
