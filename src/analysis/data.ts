/**
 * A study as data: what its tables are computed from, read once and held in a few flat arrays.
 * Nothing here computes; the tables take a `Study` and return numbers.
 */
import type { RowOrigin } from '../db/schema/tables.ts';
import type { Condition } from '../personas/sheets/conditions.ts';
import type { StudyModelName } from './study-models.ts';

/**
 * Stands in an array of answers, or of points, where there is none. No instrument has such an
 * answer.
 */
export const UNANSWERED = -2_147_483_648;

/** Stands in an array of draws where a persona has none. */
export const NO_DRAW = -1;

export interface StudyItem {
  readonly number: number;
  /**
   * Scale that it belongs to, as the published table `questionnaire` calls it (column `category`).
   */
  readonly scale: string;
  /** The answer that scores 1, for items scored by agreement with a key; else null. */
  readonly key: number | null;
  readonly reverse: boolean;
}

/** A questionnaire as it is scored in this schema. */
export interface StudyQuestionnaire {
  readonly slug: string;
  /** Language of the wording; `english` counts as `en`. */
  readonly language: string;
  /** Title of the instrument, or the slug where the schema does not hold the instrument. */
  readonly title: string;
  /** In order of number. */
  readonly items: readonly StudyItem[];
  /** In the instrument's order, or that of first appearance. */
  readonly scales: readonly string[];
  /**
   * Lowest and highest answer; null where the schema does not hold the instrument. Reversed items
   * have no points then.
   */
  readonly bounds: { readonly min: number; readonly max: number } | null;
  /**
   * How a scale score comes from its items' points. `sum` where the schema does not hold the
   * instrument.
   */
  readonly scoring: 'sum' | 'mean';
}

/** A model of a study. */
export interface StudyModel {
  /** Short name and provider's id: two models are the same where these are. */
  readonly key: string;
  /** As tables show it. No two models of a study have the same. */
  readonly label: string;
  /** The provider's id; null where no row tells it. */
  readonly modelId: string | null;
  /**
   * Short name of the published study's model that it is, or that it stands in for by simulation;
   * null for others.
   */
  readonly studyName: StudyModelName | null;
}

/** A population of personas. */
export interface StudyPopulation {
  readonly population: string;
  /** The published column `population_mapped`. */
  readonly mapped: string;
  /**
   * As tables show it: the label of the condition, else the population's own name. No other
   * population is shown as a condition.
   */
  readonly display: string;
  /**
   * The condition under which it was written; that of the published reference population is Base,
   * as in the published view. Null for others.
   */
  readonly condition: Condition['name'] | null;
  /**
   * True for the reference population's own name (`spain826`): sheets that a model answered as,
   * without a persona written from them.
   */
  readonly isReference: boolean;
}

/** One experiment: one questionnaire given to one persona once. */
export interface Administration {
  readonly experimentId: number;
  readonly groupId: number;
  readonly model: StudyModel;
  readonly population: StudyPopulation;
  /** Names the reference sheet; null where the persona has none. */
  readonly personalityId: number | null;
  /**
   * Names who it is that answers: the reference sheet, or the persona's own id, negated, where it
   * has none; null where neither is known.
   */
  readonly clusterId: number | null;
  /** Of this persona and questionnaire, from 0 in the published data, from 1 in this program's. */
  readonly repeated: number | null;
  /** Draw of the persona from its sheet; null where it is not known. */
  readonly draw: number | null;
  readonly succeeded: boolean | null;
  readonly origin: RowOrigin;
}

/** Everything that was answered to one questionnaire. */
export interface Answered {
  readonly questionnaire: StudyQuestionnaire;
  /** In order of experiment id; those without a single answer too. */
  readonly administrations: readonly Administration[];
  /**
   * Raw answers, row-major: administration × item. `UNANSWERED` where there is none; of duplicates,
   * the one with the lowest id.
   */
  readonly answers: Int32Array;
  /**
   * The same, scored (column `eval` of the published view): 1 or 0 by the key, or the answer,
   * turned round where it counts reversed.
   */
  readonly points: Int32Array;
}

/** Answer sheets: the reference population, or its random counterpart. */
export interface Sheets {
  /** In order of personality id. */
  readonly personalityIds: Int32Array;
  /** In order of number. The key is an answer, 1 for Yes and 0 for No. */
  readonly items: readonly StudyItem[];
  /** 1 for Yes, 0 for No, row-major: sheet × item; `UNANSWERED` where there is none. */
  readonly answers: Int32Array;
}

/** The demographic fields of Tables 1 to 3, as columns of `personas`. */
export const TABULATED_FIELDS = [
  'gender',
  'political_orientation',
  'race',
  'religious_belief',
  'sexual_orientation',
] as const;
export type TabulatedField = (typeof TABULATED_FIELDS)[number];

/** A column of short texts that repeat. */
export interface Coded {
  /** One a row: index into `values`, -1 for NULL. */
  readonly codes: Int32Array;
  readonly values: readonly string[];
}

/** Personas of one model and population. */
export interface PersonaGroup {
  readonly model: StudyModel;
  readonly population: StudyPopulation;
}

/** The personas, column by column, in order of id. */
export interface Personas {
  readonly count: number;
  readonly ids: Int32Array;
  /** Index into `groups`. */
  readonly group: Int32Array;
  readonly groups: readonly PersonaGroup[];
  /**
   * Names the reference sheet; the persona's own id, negated, where it has none, so that it is a
   * cluster of its own.
   */
  readonly personalityIds: Int32Array;
  /** The published column `repetitions`: which draw it is; `NO_DRAW` where NULL. */
  readonly draws: Int32Array;
  /** 1 where `word_count_description` is not NULL. */
  readonly hasWordCount: Uint8Array;
  /** Cleaned values. */
  readonly fields: Readonly<Record<TabulatedField, Coded>>;
}

/** Where the rows of a study come from. Simulated rows are never mixed with others. */
export type StudyDataOrigin = 'model' | 'simulated' | 'imported' | 'mixed';

export interface StudyData {
  readonly schema: string;
  readonly dataOrigin: StudyDataOrigin;
  /**
   * Every model that the schema names, by `keyOfMention`, and every population by name; of all
   * rows, whichever belong to the study.
   */
  readonly models: ReadonlyMap<string, StudyModel>;
  readonly populations: ReadonlyMap<string, StudyPopulation>;
  /**
   * One for each questionnaire and language that has experiments, in order of slug and language.
   */
  readonly answered: readonly Answered[];
  readonly reference: Sheets;
  readonly random: Sheets;
  readonly personas: Personas;
}
