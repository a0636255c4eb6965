/**
 * Demographic free text → the study's categories, by a vocabulary kept as data
 * (`data/demographics.json`).
 */
import {
  CLEANED_FIELDS,
  type CleanedField,
  type DemographicVocabulary,
  UNMAPPED,
} from './vocabulary.ts';

export {
  CLEANED_FIELDS,
  type CleanedField,
  type DemographicVocabulary,
  loadVocabulary,
  UNMAPPED,
} from './vocabulary.ts';

/** One text per field, as a model wrote it or as a category; null when nothing was said. */
export type Demographics<Value = string> = Readonly<Record<CleanedField, Value>>;

/**
 * Personas repeat each other: of tens of thousands most share a few thousand texts. Cleaned texts
 * are kept as long as their vocabulary.
 */
const cleaned = new WeakMap<DemographicVocabulary, Map<CleanedField, Map<string, string>>>();
const MOST_KEPT = 100_000;
/**
 * A longer text answers no question about one property; and reading it costs more than in
 * proportion.
 */
const LONGEST_READ = 1000;
const HAS_WORD = /[\p{L}\p{N}]/u;

/**
 * The category of one raw value. The raw value is not changed, so that a changed vocabulary can be
 * applied again.
 * @param raw as the model wrote it; null, blanks and a bare dash count as empty
 * @returns a category of the vocabulary, or `UNMAPPED` when none of its rules knows the value or it
 *   is a text of over 1,000 characters
 */
export function cleanDemographic(
  field: CleanedField,
  raw: string | null,
  vocabulary: DemographicVocabulary,
): string {
  const { empty, categorise } = vocabulary.fields[field];
  if (raw === null || !HAS_WORD.test(raw)) return empty;
  if (raw.length > LONGEST_READ) return UNMAPPED;
  const kept = keptFor(field, vocabulary);
  const known = kept.get(raw);
  if (known !== undefined) return known;
  const category = categorise(raw) ?? UNMAPPED;
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(raw, category);
  return category;
}

/** The categories of all fields of a persona. */
export function cleanPersona(
  raw: Demographics<string | null>,
  vocabulary: DemographicVocabulary,
): Demographics {
  const fields = Object.keys(CLEANED_FIELDS) as CleanedField[];
  return Object.fromEntries(
    fields.map((field) => [field, cleanDemographic(field, raw[field], vocabulary)]),
  ) as Demographics;
}

/**
 * The raw values of a field that the vocabulary does not know, the most frequent first: what to add
 * to it next.
 */
export function listUnmapped(
  field: CleanedField,
  raws: Iterable<string | null>,
  vocabulary: DemographicVocabulary,
): readonly { readonly raw: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const raw of raws) {
    if (cleanDemographic(field, raw, vocabulary) !== UNMAPPED) continue;
    const text = (raw ?? '').trim();
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts]
    .map(([raw, count]) => ({ raw, count }))
    .sort((a, b) => b.count - a.count || (a.raw < b.raw ? -1 : 1));
}

function keptFor(field: CleanedField, vocabulary: DemographicVocabulary): Map<string, string> {
  const fields = cleaned.get(vocabulary) ?? new Map<CleanedField, Map<string, string>>();
  cleaned.set(vocabulary, fields);
  const kept = fields.get(field) ?? new Map<string, string>();
  fields.set(field, kept);
  return kept;
}
