/** Probabilities of the options of one item, as a reply gives them. */
import type { AskedOption } from '../asked/asked.ts';
import type { Entry, Node } from './lenient-json.ts';
import { plainText } from './plain-text.ts';
import { type Reading, unreadable } from './reading.ts';
import type { Vocabulary } from './vocabulary.ts';

/** How far the sum may be from 1. */
const TOLERANCE = 0.02;
/** Of sums of numbers such as 0.1. */
const ROUNDING = 1e-9;
const LONGEST_PROBABILITY = 40;
const PROBABILITY = /^\+?(\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(e[+-]?\d{1,3})?( ?%)?$/;

/** Whether an object speaks of options at all. */
export function namesOptions(entries: readonly Entry[], read: Vocabulary): boolean {
  return entries.some(({ key }) => read(key).kind === 'answer');
}

/**
 * Every option shown exactly once, each with a probability within 0 and 1, together 1 ± 0.02. An
 * option that is left out is not taken for impossible. Nothing is normalized.
 */
export function readDistribution(
  entries: readonly Entry[],
  options: readonly AskedOption[],
  read: Vocabulary,
): Reading {
  const byValue = new Map<number, number>();
  for (const { key, value } of entries) {
    const option = read(key);
    if (option.kind !== 'answer')
      return unreadable('unknown_option', key, 'is not one of the answers');
    if (byValue.has(option.value)) return unreadable('contradiction', key, 'has two probabilities');
    const probability = probabilityOf(value);
    if (probability === null)
      return unreadable('not_an_answer', key, 'has no number as its probability');
    if (!(probability >= 0 && probability <= 1))
      return unreadable('off_scale', key, 'has a probability that is not between 0 and 1');
    byValue.set(option.value, probability);
  }
  const missing = options.filter(({ option }) => !byValue.has(option.value));
  if (missing.length > 0)
    return unreadable('missing_options', missing[0]!.option.label, 'has no probability');
  const sum = [...byValue.values()].reduce((total, probability) => total + probability, 0);
  if (Math.abs(sum - 1) > TOLERANCE + ROUNDING)
    return {
      kind: 'unreadable',
      code: 'not_summing_to_1',
      problem: `its probabilities sum to ${Number(sum.toFixed(4))}, not to 1`,
    };
  return { kind: 'probabilities', byValue };
}

function probabilityOf(value: Node | null): number | null {
  if (value?.kind !== 'string' && value?.kind !== 'bare') return null;
  if (value.text.length > LONGEST_PROBABILITY) return null;
  const [, number, exponent = '', percent] = PROBABILITY.exec(plainText(value.text)) ?? [];
  if (number === undefined) return signedNumber(value.text);
  return Number(`${number}${exponent}`) / (percent === undefined ? 1 : 100);
}

/** Below 0, which is a number and no probability. */
function signedNumber(text: string): number | null {
  return /^-\d{1,20}(?:\.\d{1,20})?$/.test(text) ? Number(text) : null;
}
