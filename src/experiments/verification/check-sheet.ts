/** Stored answers and scores, held against those that follow from replies and answers. Pure. */
import { storableText } from '../../db/sanitize-text.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { expectedPoints, pointsOf, type ScaleScore, scorePoints } from '../../instruments/score.ts';
import type { AnsweredSheet } from '../experiment.ts';
import type { Difference } from './deviation.ts';
import { firstDifference } from './json-difference.ts';
import type { StoredItem, StoredRecords } from './records.ts';
import type { AdministrationRow } from './stored-store.ts';

/** Sums are taken in another order by the server than here. */
const ROUNDING = 1e-9;

/** One for each item of which something else is stored; the number is that of the item. */
export type ItemDifference = Omit<Difference, 'check'> & { readonly number: number };

export function itemDifferences(
  items: readonly StoredItem[],
  { answers, states, probabilities }: Pick<AnsweredSheet, 'answers' | 'states' | 'probabilities'>,
): ItemDifference[] {
  const stored = new Map(items.map((one) => [one.number, one]));
  const numbers = new Set([...stored.keys(), ...answers.keys(), ...states.keys()]);
  return [...numbers]
    .toSorted((a, b) => a - b)
    .flatMap((number) => {
      const one = stored.get(number);
      const state = states.get(number);
      const shares = probabilities.get(number);
      const differs = (
        what: string,
        own: string | number | null | undefined,
        other: string | number | null | undefined,
      ): ItemDifference[] => [
        { number, what: `${what} ${number}`, stored: textOf(own), expected: textOf(other) },
      ];
      const [own, other] = [numberIn(one), answers.get(number) ?? state?.quantity ?? null];
      if (!isSame(own, other)) return differs('answer to item', own, other);
      const [text, said] = [one?.text ?? null, storableText(state?.text ?? null)];
      if (text !== said) return differs('text to item', text, said);
      const [is, was] = [one?.state ?? 'answered', state?.state ?? 'answered'];
      if (is !== was) return differs('state of item', is, was);
      const told = one?.probabilities ?? {};
      const values = new Set([...Object.keys(told), ...[...(shares?.keys() ?? [])].map(String)]);
      for (const value of values) {
        const share = shares?.get(Number(value));
        const given = share === undefined ? null : Math.min(1, share);
        if (!isSame(told[value] ?? null, given))
          return differs(`probability of answer ${value} to item`, told[value], given);
      }
      return [];
    });
}

function numberIn(one: StoredItem | undefined): number | null {
  return one?.answer ?? one?.quantity ?? null;
}

/** What is stored of the whole administration. */
export function* sheetDifferences(
  { order, explanation }: Pick<AdministrationRow, 'order' | 'explanation'>,
  sheet: AnsweredSheet,
): Generator<Omit<Difference, 'check'>> {
  const sides = [
    ['order of items', order.items, sheet.order.items],
    ['order of answers', order.options, sheet.order.options],
    ['explanation', explanation, storableText(sheet.explanation)],
  ] as const;
  for (const [what, stored, expected] of sides) {
    const found = firstDifference(stored, expected);
    if (found !== null) yield { ...found, what };
  }
}

/**
 * @param sheet what is stored of the items, where it was found to be just that
 * @yields each scale, with what differs or null
 */
export function* scoreDifferences(
  instrument: Instrument,
  { items, scores }: Pick<StoredRecords, 'items' | 'scores'>,
  sheet: AnsweredSheet | null,
): Generator<Difference | null> {
  const expected: ReadonlyMap<string, ScaleScore> =
    sheet === null
      ? scorePoints(instrument, pointsOfItems(instrument, items))
      : new Map(sheet.scores.map((one) => [one.scale, one]));
  const stored = new Map(scores.map(({ scale, score }) => [scale, score]));
  for (const scale of new Set([...expected.keys(), ...stored.keys()])) {
    const own = expected.get(scale);
    // Scores that were stored by the database leave out what nothing was answered of.
    if (!stored.has(scale) && own?.itemsAnswered === 0) continue;
    const [is, was] = [stored.get(scale) ?? null, own?.score ?? null];
    yield isSame(is, was)
      ? null
      : {
          check: 'scores',
          what: `score of scale ${scale}`,
          stored: textOf(is),
          expected: textOf(was),
        };
  }
}

function pointsOfItems(
  instrument: Instrument,
  items: readonly StoredItem[],
): ReadonlyMap<number, number> {
  const points = new Map<number, number>();
  for (const { number, answer, quantity, probabilities } of items) {
    const item = instrument.items[number - 1];
    const value = answer ?? quantity;
    if (item === undefined) continue;
    const shares = Object.entries(probabilities ?? {});
    const own =
      shares.length > 0
        ? expectedPoints(item, new Map(shares.map(([of, share]) => [Number(of), share])))
        : value === null
          ? null
          : pointsOf(item, value);
    if (own !== null) points.set(number, own);
  }
  return points;
}

function isSame(one: number | null, other: number | null): boolean {
  if (one === null || other === null) return one === other;
  return Math.abs(one - other) <= ROUNDING * Math.max(1, Math.abs(one));
}

function textOf(value: string | number | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}
