/** "Did you mean …?": the nearest of some known names to one that is not known. */

/** Names that somebody reads before looking elsewhere. */
const MOST_LISTED = 20;

/**
 * The candidate that somebody who typed `name` most likely meant, or null when none is near enough
 * to be worth naming. Letter case and the separators `-`, `_`, `.` and space do not count.
 */
export function closest(name: string, candidates: Iterable<string>): string | null {
  const wanted = plain(name);
  if (wanted === '') return null;
  let best: string | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  const words = wordsOf(name);
  for (const candidate of candidates) {
    const known = plain(candidate);
    // Half a name is the commonest way of getting one wrong (`claude` for `claude35sonnet`) and
    // edit distance is blind to it, so it counts as near whatever its length, though behind a plain
    // slip of the finger.
    const abbreviated = wanted.length >= 3 && known.startsWith(wanted);
    const leftOut = wordsLeftOut(words, wordsOf(candidate));
    const distance = abbreviated
      ? Math.min(2, known.length - wanted.length)
      : Math.min(editDistance(wanted, known), 2 + leftOut);
    const near =
      abbreviated ||
      leftOut <= 1 ||
      distance <= Math.max(1, Math.floor(Math.max(wanted.length, known.length) / 3));
    if (near && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** The nearest as the beginning of a hint, with a blank behind it; empty where none is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const near = closest(name, candidates);
  return near === null ? '' : `Did you mean "${near}"? `;
}

/** What there is, as the end of a hint. */
export function listKnown(names: readonly string[]): string {
  if (names.length === 0) return 'None exists.';
  const listed = names.slice(0, MOST_LISTED).join(', ');
  return names.length > MOST_LISTED
    ? `Available: ${listed}, and ${names.length - MOST_LISTED} more.`
    : `Available: ${listed}.`;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_.\s]/g, '');
}

function wordsOf(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[-_.\s]+/)
    .filter((word) => word !== '');
}

/**
 * How many words one of two names has more, where it has all words of the other, which are two at
 * least: an option and the key of a file for the same thing (`offer-no-answer` and `no_answer`).
 * Infinity for other names.
 */
function wordsLeftOut(first: readonly string[], second: readonly string[]): number {
  const [shorter, longer] = first.length < second.length ? [first, second] : [second, first];
  const isWithin = shorter.length >= 2 && shorter.every((word) => longer.includes(word));
  return isWithin ? longer.length - shorter.length : Number.POSITIVE_INFINITY;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one into the other (optimal
 * string alignment).
 */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, beforeLast[column - 2]! + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}
