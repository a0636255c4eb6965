/**
 * Where the items of a trait lie against each other: some are easier to agree with, whoever is
 * asked.
 */
import { hashText, normal } from './random.ts';
import { questionKey } from './stated.ts';

/**
 * Places of mean 0 and variance 1 for the items of one trait, which depend on their wording only; 0
 * for a single item.
 */
export function placeItems(questions: readonly string[]): number[] {
  const places = questions.map((question) => normal(hashText(questionKey(question))));
  const mean = places.reduce((sum, place) => sum + place, 0) / places.length;
  const variance = places.reduce((sum, place) => sum + (place - mean) ** 2, 0) / places.length;
  return places.map((place) => (variance === 0 ? 0 : (place - mean) / Math.sqrt(variance)));
}
