/**
 * Tables as SPSS and Stata have them: numbers and texts with labels, and a code for each reason why
 * there is no answer.
 */

/** Why there is no answer, in the order of the codes. */
export const ABSENCES = [
  'refused',
  'declined',
  'not_applicable',
  'truncated',
  'invalid',
  'failed',
  'not_asked',
] as const;
export type Absence = (typeof ABSENCES)[number];

export const ABSENCE_LABELS: Readonly<Record<Absence, string>> = {
  refused: 'refused',
  declined: 'declined this item',
  not_applicable: 'said not to apply',
  truncated: 'reply cut off',
  invalid: 'no valid answer in the reply',
  failed: 'no reply, or closed',
  not_asked: 'not asked (yet)',
};

/** How the values of a column may be compared. */
export type Level = 'nominal' | 'ordinal' | 'scale';

export interface LabelledColumn {
  readonly name: string;
  readonly label: string;
  readonly kind: 'number' | 'text';
  readonly level: Level;
  /** Digits shown after the decimal point. */
  readonly decimals: number;
  /** Labels of values; empty where there are none. */
  readonly labels: ReadonlyMap<number, string>;
  /** Values that the questionnaire itself counts as missing. */
  readonly missing: readonly number[];
  /** Whether cells may hold a reason in place of an answer. */
  readonly hasReasons: boolean;
}

/** A value, nothing, or the reason why there is none. */
export type Cell = number | string | null | { readonly absent: Absence };

/** In bytes, as UTF-8. */
interface TextSizes {
  /** Of the longest text. */
  readonly most: number;
  /** Of all texts. */
  readonly bytes: number;
  /** Number of texts that are not empty. */
  readonly count: number;
}

export interface LabelledTable {
  readonly title: string;
  readonly columns: readonly LabelledColumn[];
  /** Number of rows. */
  readonly count: number;
  /** Of the texts of each column, by position. */
  readonly texts: readonly TextSizes[];
  /** No answer and no score reaches it; SPSS has codes below it for the reasons. */
  readonly floor: number;
  readonly made: Date;
}

/** Cells are in the order of the columns. */
export type LabelledRow = readonly Cell[];

/** The code of a reason in SPSS: `floor - 1` for the first. */
export function codeOf(absence: Absence, floor: number): number {
  return floor - 1 - ABSENCES.indexOf(absence);
}

/** The beginning of a text that fits, cut between characters. */
export function fitting(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let length = 0;
  let kept = '';
  for (const character of text) {
    length += Buffer.byteLength(character);
    if (length > bytes) break;
    kept += character;
  }
  return kept;
}

/**
 * Names that a program accepts, distinct whatever the case of their letters.
 * @param rules what it accepts
 */
export function legalNames(
  names: readonly string[],
  {
    reserved,
    fits,
  }: { readonly reserved: ReadonlySet<string>; readonly fits: (name: string) => boolean },
): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const plain = name.normalize('NFC').replaceAll(/[^\p{L}\p{N}_]/gu, '_');
    const wanted =
      /^\p{L}/u.test(plain) && !reserved.has(plain.toLowerCase()) ? plain : `v_${plain}`;
    for (let number = 1; ; number++) {
      const ending = number === 1 ? '' : `_${number}`;
      const characters = [...wanted];
      while (!fits(characters.join('') + ending)) characters.pop();
      const legal = characters.join('') + ending;
      if (taken.has(legal.toLowerCase())) continue;
      taken.add(legal.toLowerCase());
      return legal;
    }
  });
}

/** A file that is written in chunks. */
export interface LabelledSink {
  /** Each goes through all rows. */
  readonly sections: readonly [LabelledSection, ...LabelledSection[]];
  /** What follows the sections. */
  readonly tail: Buffer;
  /** Columns whose texts are cut, by name. */
  readonly cut: readonly string[];
}

interface LabelledSection {
  /** What stands before the first row. */
  readonly head: Buffer;
  /** @param number of the row, from 1 */
  row(cells: LabelledRow, number: number): Buffer;
}
