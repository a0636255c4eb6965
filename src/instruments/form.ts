/**
 * Compares two instruments with the same slug. Answers are stored, scored and tabulated by slug and
 * language, so a slug has one form in a schema; in another language only the wording may differ.
 */
import type { Instrument, Item } from './instrument.ts';

/** The slug, with the language in brackets where it is not English. */
export function nameForm({ slug, language }: Pick<Instrument, 'slug' | 'language'>): string {
  return language === 'en' ? slug : `${slug} (${language})`;
}

/**
 * What keeps two instruments of one slug apart, in words; empty where answers to one may be pooled
 * with answers to the other, or stand beside them in another language. What a persona never sees
 * and no score depends on (title, citation, licence, layout of the file, synonyms) does not count.
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
  compare('a scale score is the', known.scoring, other.scoring);
  compare('answers run', rangeOf(known), rangeOf(other));
  compare('the number of items is', String(known.items.length), String(other.items.length));
  if (known.items.length !== other.items.length) return found;
  const changed = known.items.findIndex((item, index) => rule(item) !== rule(other.items[index]!));
  if (changed !== -1)
    compare(
      `item ${known.items[changed]!.number} counts`,
      rule(known.items[changed]!),
      rule(other.items[changed]!),
    );
  return found;
}

function differencesOfWording(known: Instrument, other: Instrument): string[] {
  const options = (instrument: Instrument) =>
    instrument.answers.options.map(({ value, label }) => `${value} ${label}`).join(', ');
  const item = known.items.find(
    ({ text }, index) => other.items[index] !== undefined && other.items[index].text !== text,
  );
  if (item !== undefined) return [`the wordings of item ${item.number} differ`];
  if (options(known) !== options(other))
    return [`the answers are shown as ${options(known)} and as ${options(other)}`];
  return known.prompt === other.prompt ? [] : ['the prompts differ'];
}

function rangeOf({ answers }: Instrument): string {
  return `from ${answers.min} to ${answers.max}`;
}

function rule({ scale, key, reverse }: Item): string {
  return `${key === null ? (reverse ? 'reversed' : 'directly') : `when answered ${key}`} on scale ${scale}`;
}
