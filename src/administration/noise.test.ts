import { describe, expect, test } from 'vitest';
import { composePrompt, frameOf } from '../instruments/asked/prompt.ts';
import { findInstrument } from '../instruments/load.ts';
import { planCalls } from './calls.ts';
import { noiseOf } from './noise.ts';
import { drawOrder } from './order.ts';
import { type AdministrationSettings, administration, requireSettings } from './settings.ts';

const INSTRUMENT = findInstrument('miniipip');
type Given = Partial<Exclude<AdministrationSettings['noise'], 'none'>>;
const settings = (noise: Given, others: object = {}) =>
  administration.parse({ noise: { kind: 'random', rate: 0.1, ...noise }, ...others });

/** The prompt of an only call. */
function promptOf(given: AdministrationSettings, seed: number, frame?: string): string {
  const [call] = planCalls(INSTRUMENT, given, drawOrder(INSTRUMENT, given, seed));
  const { asked } = call!;
  return composePrompt(
    INSTRUMENT,
    asked,
    frame ?? frameOf(INSTRUMENT, [asked]),
    noiseOf(INSTRUMENT, given, seed),
  );
}

/** Items of a prompt, by id. */
function itemsOf(prompt: string): Record<string, string> {
  return JSON.parse(/\{[^{}]*\}/.exec(prompt)![0]) as Record<string, string>;
}

const PLAIN = promptOf(administration.parse({}), 1);

describe('typing errors', () => {
  test('are the same for the same seed, and others for another', () => {
    expect(promptOf(settings({}), 5)).toBe(promptOf(settings({}), 5));
    expect(promptOf(settings({}), 5)).not.toBe(promptOf(settings({}), 6));
  });

  test('are the same in administrations that differ in another setting alone', () => {
    const others = { item_order: 'shuffled', option_order: 'reversed', no_answer: 'offered' };
    const shuffled = promptOf(settings({}, others), 5);
    expect(itemsOf(shuffled)).toEqual(itemsOf(promptOf(settings({}), 5)));
    expect(Object.values(itemsOf(shuffled))).not.toEqual(Object.values(itemsOf(PLAIN)));
  });

  test('of the items leave every other word of the prompt', () => {
    const outside = (prompt: string) => prompt.replace(/\{[^{}]*\}/, '');
    expect(outside(promptOf(settings({ of: 'items' }), 5))).toBe(outside(PLAIN));
    expect(outside(promptOf(settings({ of: 'prompt' }), 5))).not.toBe(outside(PLAIN));
    expect(itemsOf(promptOf(settings({ of: 'prompt' }), 5))).toEqual(
      itemsOf(promptOf(settings({ of: 'items' }), 5)),
    );
  });

  test.each(['keyboard', 'swap', 'random'] as const)(
    '(%s) change as many letters as the rate says, and keep the length of a text',
    (kind) => {
      let [letters, changed] = [0, 0];
      for (let seed = 1; seed <= 100; seed++) {
        const write = noiseOf(INSTRUMENT, settings({ kind, rate: 0.2 }), seed)!;
        for (const { text } of INSTRUMENT.items) {
          const noisy = write(text, 'item');
          expect([...noisy]).toHaveLength([...text].length);
          for (const [at, letter] of [...text].entries()) {
            if (!/\p{L}/u.test(letter)) expect(noisy[at]).toBe(letter);
            else letters++;
            if (noisy[at] !== letter) changed++;
          }
        }
      }
      // Of swaps both letters change, the last letter of a word is never moved, and none twice.
      const share = changed / letters;
      if (kind === 'swap') expect(share).toBeGreaterThan(0.2);
      else expect(share).toBeCloseTo(0.2, 2);
      expect(share).toBeLessThan(0.4);
    },
  );

  test('of the keyboard hit a key beside the letter, in its case', () => {
    const write = noiseOf(INSTRUMENT, settings({ kind: 'keyboard', rate: 1 }), 3)!;
    expect(write('Q p', 'item')).toMatch(/^[WA] [ol]$/);
  });

  test('that swap move each letter once', () => {
    const write = noiseOf(INSTRUMENT, settings({ kind: 'swap', rate: 1 }), 3)!;
    expect(write('abcd efg h', 'item')).toBe('badc feg h');
  });

  test('never hit placeholders, names in quotation marks, labels and ids', () => {
    const write = noiseOf(INSTRUMENT, settings({ rate: 1, of: 'prompt' }), 3)!;
    const { label } = INSTRUMENT.answerSets[0]!.options[0]!;
    const frame = `Answer {{items}} as <row.name>: "${label}" or ${label}; key "explanation".`;
    const written = write(frame, 'frame');
    for (const kept of ['{{items}}', '<row.name>', `"${label}"`, ` ${label};`, '"explanation"'])
      expect(written).toContain(kept);
    expect(written).not.toContain('Answer');
    expect(write('I am <row.name>.', 'item')).toContain('<row.name>');
  });

  test('of a keyboard are refused where the items have none of its letters', () => {
    const items = INSTRUMENT.items.map((item) => ({ ...item, text: 'たのしい' }));
    const japanese = { ...INSTRUMENT, items };
    expect(() => requireSettings(japanese, settings({ kind: 'keyboard' }))).toThrow(
      'no letters from a to z',
    );
    expect(() => requireSettings(japanese, settings({ kind: 'random' }))).not.toThrow();
  });
});
