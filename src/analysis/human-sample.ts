/** Answers of people as arrays. */

/** Answers of people to a questionnaire, never mixed with those of models. */
export interface HumanSample {
  readonly name: string;
  /** Slug of what they answered. */
  readonly instrument: string;
  readonly people: readonly {
    /** Of the wording; null where it is not known. */
    readonly language: string | null;
    readonly subgroup: string | null;
    readonly weight: number | null;
  }[];
  /** Items a person, by number. */
  readonly width: number;
  /** Row-major: person × item number; `UNANSWERED` of data.ts where there is none. */
  readonly answers: Float64Array;
}
