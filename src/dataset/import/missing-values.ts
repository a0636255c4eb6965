/**
 * What programs and spreadsheets write for a value that is not there, in lower case. None of it can
 * be a description.
 */
export const MISSING_WORDS: ReadonlySet<string> = new Set(
  'na n/a n.a. #na #n/a <na> #n/a! nan -nan nat null (null) #null! none nil undefined missing \\n #ref! #value! #name? #num! #div/0!'.split(
    ' ',
  ),
);

/** A text without a letter, a digit or a pictograph tells nothing either. */
export function saysNothing(text: string): boolean {
  return MISSING_WORDS.has(text.trim().toLowerCase()) || !/[\p{L}\p{N}\p{So}]/u.test(text);
}
