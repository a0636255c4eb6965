/** An instrument as the rest of the program sees it: loaded, validated, frozen. */
import type { Asked } from './asked/asked.ts';

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

/** What people scored, from a published source. */
export interface Norm {
  readonly scale: string;
  readonly group: string;
  readonly source: string;
  readonly mean: number | null;
  readonly sd: number | null;
  readonly n: number | null;
  readonly alpha: number | null;
  /** T score by raw score; null where the source gives mean and SD alone. */
  readonly tScores: ReadonlyMap<number, number> | null;
}

/** A questionnaire: its items, the answers there are, and how they are scored. */
export interface Instrument {
  readonly slug: string;
  readonly aliases: readonly string[];
  readonly title: string;
  readonly citation: string;
  readonly licence: string;
  /** ISO 639-1 code of the wording. */
  readonly language: string;
  /** Shown once, before everything; null where there are none. */
  readonly instructions: string | null;
  readonly answerSets: readonly AnswerSet[];
  readonly blocks: readonly Block[];
  /** Of all blocks, in order of number. */
  readonly items: readonly Item[];
  readonly scales: readonly Scale[];
  readonly norms: readonly Norm[];
  /** A prompt template of its own; null where the program's is used. */
  readonly template: string | null;
  /** The whole questionnaire in one call, as an administration asks it that varies nothing. */
  readonly asked: Asked;
  /** The prompt of that call, complete. */
  readonly prompt: string;
  /** The text of the data file, from which this instrument can be read again. */
  readonly definition: string;
  /** Lower-case hex SHA-256 of `definition`, which identifies this very wording. */
  readonly sha256: string;
  /**
   * Lower-case hex SHA-256 of all that a persona can be shown of it, in the published order; the
   * layout of the file, titles and scoring do not count.
   */
  readonly wordingSha256: string;
  /** Languages that the file has further wordings of. */
  readonly otherLanguages: readonly string[];
}

/** Answers of one administration: item number to answer. Items without an answer are absent. */
export type Answers = ReadonlyMap<number, number>;

/** Scale id to score. A scale with too few answers is absent. */
export type Scores = ReadonlyMap<string, number>;
