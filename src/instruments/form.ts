/**
 * Compares two instruments with the same slug. Answers are tabulated by slug and language, so a
 * slug has one structure in a schema; in another language only the wording may differ.
 */
import type { Instrument } from './instrument.ts';
import { pointsOf } from './score.ts';
import type { Item, Scale } from './structure.ts';

/** The slug, with the language in brackets where it is not English. */
export function nameForm({ slug, language }: Pick<Instrument, 'slug' | 'language'>): string {
  return language === 'en' ? slug : `${slug} (${language})`;
}

/**
 * What keeps two instruments of one slug apart, in words; empty where answers to one may be pooled
 * with answers to the other, or stand beside them in another language. What a persona never sees
 * and no score depends on (title, citation, licence, layout of the file, synonyms, norms) does not
 * count.
 */
export function differencesOfForms(known: Instrument, other: Instrument): readonly string[] {
  const scoring = differencesOfScoring(known, other);
  if (known.language !== other.language) return scoring;
  return [...scoring, ...differencesOfWording(known, other)];
}

function differencesOfScoring(known: Instrument, other: Instrument): string[] {
  const found: string[] = [];
  const compare = (what: string, before: string, now: string) => {
    if (before !== now) found.push(`${what} ${before} and ${now}`);
  };
  compare('the number of items is', String(known.items.length), String(other.items.length));
  if (known.items.length !== other.items.length) return found;
  for (const [index, item] of known.items.entries()) {
    const now = other.items[index]!;
    compare(`item ${item.number} is answered`, answersOf(item), answersOf(now));
    compare(`item ${item.number} counts`, countsOf(known, item), countsOf(other, now));
    if (found.length > 0) return found;
  }
  const ids = (one: Instrument) => one.scales.map(({ id }) => id).join(', ');
  compare('the scales are', ids(known), ids(other));
  if (found.length > 0) return found;
  for (const [index, scale] of known.scales.entries())
    compare(`scale ${scale.id} is the`, ruleOf(scale), ruleOf(other.scales[index]!));
  return found;
}

function differencesOfWording(known: Instrument, other: Instrument): string[] {
  const item = known.items.find(
    ({ text }, index) => other.items[index] !== undefined && other.items[index].text !== text,
  );
  if (item !== undefined) return [`the wordings of item ${item.number} differ`];
  const shown = known.items.findIndex(
    (one, index) => labelsOf(one) !== labelsOf(other.items[index] ?? one),
  );
  if (shown !== -1)
    return [
      `the answers are shown as ${labelsOf(known.items[shown]!)} and as ${labelsOf(other.items[shown]!)}`,
    ];
  return known.prompt === other.prompt ? [] : ['the prompts differ'];
}

function labelsOf({ answers }: Item): string {
  return (answers?.options ?? []).map(({ value, label }) => `${value} ${label}`).join(', ');
}

function answersOf({ answers, quantity, openCharacters }: Item): string {
  if (quantity !== null) return `with a number from ${quantity.min} to ${quantity.max}`;
  if (openCharacters !== null) return 'with a text';
  const values = answers!.options.map(({ value }) => value).toSorted((a, b) => a - b);
  const gapless = values.every((value, index) => value === values[0]! + index);
  return gapless ? `from ${values[0]} to ${values.at(-1)}` : `with ${values.join(', ')}`;
}

/** `directly on scale E`, `when answered 1 on scale E`, `not at all`. */
function countsOf({ scales }: Instrument, item: Item): string {
  const members = scales.flatMap(({ id, items }) =>
    items
      .filter((member) => member.item === item.number)
      .map(({ weight }) => `${howItCounts(item, weight)} on scale ${id}`),
  );
  return members.length === 0 ? 'on no scale' : members.join(', ');
}

function howItCounts({ key, points, answers }: Item, weight: number): string {
  const times = Math.abs(weight) === 1 ? '' : ` times ${Math.abs(weight)}`;
  if (key !== null && weight > 0) return `when answered ${key}${times}`;
  const scores = (answers?.options ?? [])
    .map(({ value }) => ({ value, score: pointsOf({ answers, points }, value) }))
    .filter(({ value, score }) => value !== score)
    .map(({ value, score }) => `${score ?? 'nothing'} for ${value}`);
  const turned = weight < 0 ? 'reversed' : 'directly';
  return `${turned}${times}${scores.length === 0 ? '' : ` (${scores.join(', ')})`}`;
}

function ruleOf({ score, parts, mostMissing, prorate, isCentred }: Scale): string {
  const of = parts.map(({ scale, weight }) => `${weight} × ${scale}`);
  return [
    score,
    ...(of.length === 0 ? [] : [`of ${of.join(', ')}`]),
    ...(mostMissing === 0 ? [] : [`with at most ${mostMissing} missing`]),
    ...(mostMissing > 0 && prorate ? ['prorated'] : []),
    ...(isCentred ? ['centred'] : []),
  ].join(' ');
}
