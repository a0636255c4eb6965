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

/** Exactly as programs write it; names of people and places are spelt otherwise. */
const MARKS: ReadonlySet<string> = new Set(
  'NA N/A n/a #NA #N/A #N/A! <NA> NaN nan NaT NULL null (null) \\N #NULL! #REF! #VALUE! #NAME? #NUM! #DIV/0!'.split(
    ' ',
  ),
);

/** Whether a cell is empty, or holds a program's mark of a value that is not there. */
export function isMissing(cell: string): boolean {
  const text = cell.trim();
  return text === '' || MARKS.has(text);
}
