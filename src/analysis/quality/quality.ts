/** What a reader must know about the rows before believing a number made of them. */

/**
 * How the experiments of one questionnaire, model and condition ended. Numbers of experiments,
 * unless said otherwise.
 */
export interface QualityRow {
  /** As tables call its form. */
  readonly questionnaire: string;
  readonly model: string;
  readonly condition: string;
  readonly experiments: number;
  readonly succeeded: number;
  /** Never asked, or asked without an outcome. */
  readonly pending: number;
  /** By last outcome, of those that have not succeeded. */
  readonly refused: number;
  readonly truncated: number;
  readonly unparseable: number;
  readonly invalid: number;
  readonly failed: number;
  /** Succeeded, and calls of it are stored: what `laterAttempt` is out of. */
  readonly withCalls: number;
  /** Succeeded, but not at the first attempt. Null where no calls are stored. */
  readonly laterAttempt: number | null;
  /** Succeeded with the same answer to every item. */
  readonly uniform: number;
  /**
   * Succeeded with at least one item unanswered; texts and items that did not apply do not count.
   */
  readonly incomplete: number;
  /** Succeeded with items missing, as the rules of the scales allow. */
  readonly partial: number;
  /** Of those that succeeded: items answered when they were asked first, and when asked again. */
  readonly answeredFirst: number;
  readonly answeredAgain: number;
  /** Items of those that succeeded, by what became of them instead. */
  readonly declined: number;
  readonly missingCodes: number;
  readonly notApplicable: number;
  readonly notAsked: number;
  /** Answers to attention checks of those that succeeded, and how many fail them. */
  readonly attentionChecks: number;
  readonly attentionFailed: number;
  /** With answers although they have not succeeded. */
  readonly answeredNotSucceeded: number;
  /**
   * Rows of answers beyond the first to the same question, and how many of these say something
   * else.
   */
  readonly duplicateAnswers: number;
  readonly conflictingAnswers: number;
}

/** Demographic values that the tables cannot place, by model and condition. Numbers of personas. */
export interface DemographicQualityRow {
  readonly model: string;
  readonly condition: string;
  readonly field: string;
  readonly personas: number;
  readonly missing: number;
  readonly unmapped: number;
  /** The most frequent unmapped values. */
  readonly examples: readonly string[];
}

/** An item that correlates negatively with the total of the others on its scale. */
export interface ItemQualityRow {
  /** Slug, with the language in brackets where it is not English. */
  readonly instrument: string;
  /**
   * `Reference` for sheets, and for what was answered as the reference population; `people: NAME`
   * for a sample of people.
   */
  readonly model: string;
  /** Null for the reference and for people. */
  readonly condition: string | null;
  readonly scale: string;
  /** Number of the item. */
  readonly item: number;
  readonly r: number;
  /** Administrations, sheets, or people. */
  readonly n: number;
}

export interface Quality {
  readonly administrations: readonly QualityRow[];
  readonly demographics: readonly DemographicQualityRow[];
  /** The lowest correlation first. */
  readonly negativeItems: readonly ItemQualityRow[];
}
