/** What an instrument is made of: answers, items, blocks and scales. */

/** One admissible answer and what may be written for it in a reply. */
export interface AnswerOption {
  /** Identifies the option within its set; this number is stored as the answer. */
  readonly value: number;
  /** Shown to the model, e.g. `True` or `Agree a little`; the number as text where there is none. */
  readonly label: string;
  /** False where the file gives no label, so that the prompt shows the number alone. */
  readonly isLabelled: boolean;
  /** Further spellings that mean the same, compared without case, accents kept. */
  readonly synonyms: readonly string[];
  /** What the answer scores; null for a missing code, which scores nothing. */
  readonly points: number | null;
  /** Shown only where the administration adds a midpoint. */
  readonly isAddedMidpoint: boolean;
}

/** The answers that items share. */
export interface AnswerSet {
  readonly id: string;
  /** What a reply states: the label of an answer, its number, or a letter. */
  readonly ask: 'label' | 'value' | 'letter';
  /** In the order of the file. */
  readonly options: readonly AnswerOption[];
  /** Where every step between two numbers is an option. */
  readonly range: { readonly min: number; readonly max: number; readonly step: number } | null;
}

/** Bounds of an item that asks for a number. */
export interface NumberFormat {
  readonly min: number;
  readonly max: number;
  /** E.g. `EUR`; null where the file gives none. */
  readonly unit: string | null;
  /** Digits after the decimal point, at most. */
  readonly decimals: number;
}

/** Lowest and highest points of an item. A reversed item scores `low + high - points`. */
export interface PointRange {
  readonly low: number;
  readonly high: number;
}

/** One numbered question. */
export interface Item {
  /** Position in the questionnaire, from 1. */
  readonly number: number;
  /** As the field calls it, e.g. `bfi2_14`; the number as text in files of format 1. */
  readonly id: string;
  readonly text: string;
  /** Index into `blocks`. */
  readonly block: number;
  /** Null for items that ask for a number or for a text. */
  readonly answers: AnswerSet | null;
  /** Null for items that do not ask for a number. */
  readonly quantity: NumberFormat | null;
  /** Most characters of a short text, which is kept and never scored. */
  readonly openCharacters: number | null;
  /** Points by answer, where they are not those of the options. */
  readonly points: ReadonlyMap<number, number | null> | null;
  /** Null where no answer scores. */
  readonly range: PointRange | null;
  /** Of an attention check: the answers that show attention; empty for other items. */
  readonly demanded: readonly number[];
  /** May be left without an answer, whatever the rules of its scales. */
  readonly isOptional: boolean;
  /** Its first scale, e.g. `E`: the published column `category`. Null for an unscored item. */
  readonly scale: string | null;
  /** The keyed answer (the answer that scores 1, all others 0); null where points are others. */
  readonly key: number | null;
  /** True when the answer counts reversed on its first scale. Always false where `key` is set. */
  readonly reverse: boolean;
}

/** Items that are shown together. */
export interface Block {
  /** Null where the block has none. */
  readonly instructions: string | null;
  /** Item numbers, ascending. */
  readonly items: readonly number[];
  /** Asked only after one of these answers to an earlier item; null for a block that always is. */
  readonly condition: { readonly item: number; readonly answers: readonly number[] } | null;
}

/** A signed member of a scale: a negative weight turns it round. */
export interface ScaleItem {
  /** Item number. */
  readonly item: number;
  /** Not 0. */
  readonly weight: number;
}

/** A signed member of a scale of scales. */
export interface ScalePart {
  /** Id of a scale. */
  readonly scale: string;
  /** Not 0. */
  readonly weight: number;
}

/** How the score of a scale comes from its members. */
export type ScoreRule = 'sum' | 'mean' | 'max' | 'count';

/** What items, or other scales, measure together. */
export interface Scale {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly score: ScoreRule;
  /** In order of number; empty for a scale of scales. */
  readonly items: readonly ScaleItem[];
  /** The scales it is made of; empty for a scale of items. */
  readonly parts: readonly ScalePart[];
  /** How many members may lack an answer. */
  readonly mostMissing: number;
  /** Whether a sum over fewer members is scaled up to all of them. */
  readonly prorate: boolean;
  /** Subtracts the person's mean over all items that are on a scale. */
  readonly isCentred: boolean;
}
