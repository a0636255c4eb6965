/** An instrument as the rest of the house sees it: loaded, validated, frozen. */

/** One numbered question. */
export interface Item {
  readonly number: number;
  readonly text: string;
  /** The scale it belongs to, e.g. `E`. */
  readonly scale: string;
  /**
   * The keyed answer (the answer that scores 1), for instruments whose items score by agreement
   * with a key; else null.
   */
  readonly key: number | null;
  /** True when the answer counts reversed (min + max - answer). Always false where `key` is set. */
  readonly reverse: boolean;
}

/** One admissible answer and what may be written for it in a reply. */
export interface AnswerOption {
  readonly value: number;
  /**
   * The label shown to the model, e.g. `True` or `Agree a little`; the number as text where the
   * file gives none.
   */
  readonly label: string;
  /** Further spellings that mean the same, compared without case, accents kept. */
  readonly synonyms: readonly string[];
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
  readonly scales: readonly { readonly id: string; readonly name: string }[];
  readonly answers: {
    readonly min: number;
    readonly max: number;
    readonly options: readonly AnswerOption[];
  };
  /** How a scale score comes from the item scores. */
  readonly scoring: 'sum' | 'mean';
  readonly items: readonly Item[];
  /** The questionnaire prompt, complete, as it is sent (items filled in). */
  readonly prompt: string;
  /** The text of the data file, from which this instrument can be read again. */
  readonly definition: string;
  /** Lower-case hex SHA-256 of `definition`, which identifies this very wording. */
  readonly sha256: string;
}

/** Answers of one administration: item number to answer, one for every item of the instrument. */
export type Answers = ReadonlyMap<number, number>;

/** Scale id to score. A scale without a single answered item is absent rather than 0. */
export type Scores = ReadonlyMap<string, number>;
