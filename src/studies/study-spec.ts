/** A study as its file describes it, checked. */
import type { AdministrationCell } from '../administration/cells.ts';
import type { ModelSettings } from '../administration/settings.ts';
import type { AnalysisPlan } from '../analysis/plan.ts';
import type { Instrument } from '../instruments/instrument.ts';
import type { OwnCondition, OwnPersona } from '../personas/own/own.ts';
import type { OwnTable } from '../personas/own/table.ts';
import type { Condition } from '../personas/sheets/conditions.ts';
import type { StudyConditions } from './who-is-asked.ts';

/** A model as the study asks it. */
export interface StudyModel {
  /** Short name of the catalogue. */
  readonly name: string;
  /** What tables call it; null for the catalogue's label. */
  readonly label: string | null;
  /** In place of the catalogue's. */
  readonly parameters: ModelSettings;
  /** What tells it from others of the same name; null where it is the only one. */
  readonly variant: string | null;
}

export interface StudySpec {
  readonly file: string;
  readonly name: string;
  readonly schema: string | null;
  readonly seed: number;
  /** Null for the synthetic population. */
  readonly reference: {
    readonly name: string;
    readonly file: string;
    readonly ethicsNote: string | null;
  } | null;
  /** What the study asks, in words. */
  readonly question: string | null;
  /** That the sheets are answers to. */
  readonly sheetInstrument: Instrument;
  /** Short names, each once: each writes, or is given, its personas once. */
  readonly models: readonly string[];
  /** Those that answer. */
  readonly respondents: readonly StudyModel[];
  /** Empty where personas are not written from sheets. */
  readonly conditions: readonly Condition[];
  /** Null where personas are written from sheets. */
  readonly personas: {
    readonly source: string;
    readonly rows: readonly OwnPersona[];
    readonly conditions: readonly OwnCondition[];
    /** How the file was read, and words of which that cannot be told for certain. */
    readonly read: Pick<OwnTable, 'encoding' | 'doubtful'>;
    /** Columns that are no factors. */
    readonly named: { readonly vignette: string | null; readonly weight: string | null };
    /** The column of the descriptions; null where the file has none. */
    readonly description: string | null;
  } | null;
  /** Null for none; undefined for the program's own. */
  readonly systemRole: string | null | undefined;
  readonly draws: { readonly from: number; readonly count: number };
  readonly experimental: boolean;
  readonly maxPersonas: number | null;
  /** With the conditions whose personas answer it. */
  readonly questionnaires: readonly (StudyConditions & {
    readonly instrument: Instrument;
    /** How often each persona answers it. */
    readonly repetitions: number;
  })[];
  /** Ways of administering, one at least. */
  readonly cells: readonly AdministrationCell[];
  /**
   * What the whole study may spend, how many calls a run may have under way, and how many failures
   * close a model for an instrument.
   */
  readonly limits: {
    readonly maxWorkers?: number;
    readonly maxCost?: number;
    readonly maxTokens?: number;
    readonly maxCalls?: number;
    readonly stopAfter?: number;
  };
  /** The analysis that is planned. */
  readonly plan: AnalysisPlan;
  readonly output: string | null;
  /**
   * Of all that makes it this study, in a form in which comments and order of keys do not count.
   */
  readonly content: string;
  readonly sha256: string;
}
