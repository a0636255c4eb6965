/** An instrument as the rest of the program sees it: loaded, validated, frozen. */
import type { Asked } from './asked/asked.ts';
import type { AnswerSet, Block, Item, Scale } from './structure.ts';

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
