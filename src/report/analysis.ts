/**
 * What an analysis is: a study's tables in both modes with everything that a reader needs to judge
 * them.
 */

import { type ChosenBounds, DEFAULT_BOUNDS } from '../analysis/corrected/bounds.ts';
import type { StudyData } from '../analysis/data.ts';
import { type AnalysisPlan, DEFAULT_PLAN } from '../analysis/plan.ts';
import type { Provenance } from '../analysis/provenance.ts';
import type { Quality } from '../analysis/quality/quality.ts';
import type { Table } from '../analysis/table.ts';

export { hasSheets } from '../analysis/has-sheets.ts';
export type { GroupProvenance } from '../analysis/provenance.ts';

/** What the corrected tables depend on besides the rows. */
export interface AnalysisSettings extends ChosenBounds {
  readonly plan: AnalysisPlan;
}

export const DEFAULT_SETTINGS: AnalysisSettings = {
  plan: DEFAULT_PLAN,
  ...DEFAULT_BOUNDS,
};

/** One cell that the corrected table shows differently, in marker or in meaning. */
export interface Difference {
  readonly table: string;
  /** The cell, in words: model, condition, scale or category. */
  readonly cell: string;
  readonly published: string;
  readonly corrected: string;
  /** Same kind of difference, for grouping. */
  readonly kind: string;
  /** Why, in a sentence. */
  readonly reason: string;
}

/** One administration as it was asked and answered, for readers who want to see what was done. */
export interface ExampleAdministration {
  readonly experimentId: number;
  readonly model: string;
  readonly condition: string;
  /** As tables call its form. */
  readonly questionnaire: string;
  /** As sent, in order. */
  readonly messages: readonly { readonly role: string; readonly text: string }[];
  readonly reply: string;
}

export interface Analysis {
  readonly study: StudyData;
  readonly settings: AnalysisSettings;
  readonly published: readonly Table[];
  readonly corrected: readonly Table[];
  readonly provenance: Provenance;
  readonly quality: Quality;
  readonly differences: readonly Difference[];
  /** Null where no call is stored. */
  readonly example: ExampleAdministration | null;
}

/**
 * Whether the tables of the published study say anything of this one: its personas answer for
 * sheets of the published questionnaire, or it was imported.
 */
export function hasPublishedDesign({
  reference,
  dataOrigin,
}: Pick<StudyData, 'reference' | 'dataOrigin'>): boolean {
  return (
    dataOrigin === 'imported' || (reference.isPublished && reference.personalityIds.length > 0)
  );
}
