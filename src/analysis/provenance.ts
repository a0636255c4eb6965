/**
 * Where a study comes from: what was asked of whom, in which words, and where imported rows came
 * from.
 */
import type { Reference } from '../personas/sheets/reference-store.ts';

/** One experiment group as it was registered. */
export interface GroupProvenance {
  readonly groupId: number;
  readonly description: string | null;
  readonly questionnaire: string | null;
  readonly language: string | null;
  /** As tables show it, and as the provider knows it. */
  readonly model: string;
  readonly modelId: string | null;
  readonly provider: string | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  /** What is sent besides; null where the group was imported. */
  readonly parameters: Readonly<Record<string, unknown>> | null;
  readonly seed: number | null;
  /** SHA-256 of the stored texts, as hex; null where there is no text. */
  readonly systemRoleSha256: string | null;
  readonly promptSha256: string | null;
  readonly instrumentSha256: string | null;
  /** ISO 8601 UTC; null where no call is stored. */
  readonly firstCall: string | null;
  readonly lastCall: string | null;
  readonly experiments: number;
  readonly succeeded: number;
  /** Commits of the program that registered them, `-dirty` where there were changes. */
  readonly repoShas: readonly string[];
  readonly simulated: boolean;
}

/** One population written by one model here; imported personas have none. */
export interface GenerationProvenance {
  readonly population: string;
  readonly model: string;
  readonly modelId: string;
  readonly provider: string;
  readonly condition: string;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly seed: number;
  readonly systemRoleSha256: string;
  readonly promptSha256: string;
  readonly personas: number;
  readonly draws: number;
  readonly repoSha: string | null;
}

export interface InstrumentProvenance {
  readonly slug: string;
  readonly language: string;
  readonly title: string;
  readonly citation: string | null;
  readonly licence: string | null;
  readonly sha256: string;
}

export interface Provenance {
  readonly programVersion: string;
  /**
   * What kind of database and its version, never where it is; null in a bundle, which can be made in
   * any.
   */
  readonly database: string | null;
  /** The study file, where the schema was made by `pipeline`. */
  readonly studyFile: {
    readonly name: string;
    readonly sha256: string;
    /** What the study asks, in words; null where the file does not say. */
    readonly question: string | null;
    /** Of the design as it was when the study began; null where that was not kept. */
    readonly designSha256: string | null;
    /** Of the design as the study file has it now; null where the file was not given. */
    readonly designToday: string | null;
    /** When the design was frozen, ISO 8601 UTC; null where it was not, or is that of another. */
    readonly frozen: {
      readonly at: string;
      readonly sha256: string;
      readonly callsBefore: number;
      /** What was registered and the frozen design does not cover, each in words. */
      readonly beyond: readonly string[];
    } | null;
  } | null;
  readonly reference: Reference | null;
  readonly instruments: readonly InstrumentProvenance[];
  readonly groups: readonly GroupProvenance[];
  readonly generations: readonly GenerationProvenance[];
  /** Where imported rows came from, in words, with their number. */
  readonly imported: readonly { readonly source: string; readonly personas: number }[];
  /** First and last call for answers, ISO 8601 UTC; null when there are none. */
  readonly firstCall: string | null;
  readonly lastCall: string | null;
  readonly calls: number;
  /**
   * Calls, those for personas included, that were imported although their bytes are not those of
   * their recorded hashes.
   */
  readonly unverifiedCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the output; 0 where no provider tells them. */
  readonly reasoningTokens: number;
  /** US dollars; null when no price was known. */
  readonly costUsd: number | null;
}
