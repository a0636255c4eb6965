/**
 * A study as data: what its tables are computed from, read once and held in a few flat arrays.
 * Nothing here computes; the tables take a `Study` and return numbers.
 */
import type { ItemState, RowOrigin } from '../db/schema/tables.ts';
import type { Norm } from '../instruments/instrument.ts';
import type { PointRange, ScoreRule } from '../instruments/structure.ts';
import type { Condition } from '../personas/sheets/conditions.ts';
import type { Ending } from './endings.ts';
import type { HumanSample } from './human-sample.ts';
import type { OwnColumns } from './own-design-store.ts';
import type { StudyModelName } from './study-models.ts';

/**
 * Stands in an array of answers, or of points, where there is none. No instrument has such an
 * answer.
 */
export const UNANSWERED = -2_147_483_648;

/** Stands in an array of draws where a persona has none. */
export const NO_DRAW = -1;

/** What the published table of items says of one. */
export interface StudyItem {
  readonly number: number;
  /**
   * First scale that it belongs to, as the published table `questionnaire` calls it (column
   * `category`); null for an item of no scale.
   */
  readonly scale: string | null;
  /** The answer that scores 1, for items scored by agreement with a key; else null. */
  readonly key: number | null;
  /** Whether it is turned round on that scale. */
  readonly reverse: boolean;
}

/** An item of a questionnaire, with everything that its points depend on. */
export interface AdministeredItem extends StudyItem {
  /** As the field calls it; the number where that is not known. */
  readonly id: string;
  /** Null where it is not known. */
  readonly text: string | null;
  /** Lowest and highest points; null where no answer scores, or where the schema does not tell. */
  readonly range: PointRange | null;
  /** Points of answers that do not score their own number; null for a missing code. */
  readonly points: ReadonlyMap<number, number | null>;
  /** The answers with their labels, in the order of the file; none where they are not known. */
  readonly options: readonly { readonly value: number; readonly label: string }[];
  /** Of an attention check: the answers that show attention; empty for other items. */
  readonly demanded: readonly number[];
  /** Of an item that asks for a number, where the instrument names one: `EUR`. */
  readonly unit?: string;
  /** Asks for a number, and not for one of a set of answers. */
  readonly isNumber: boolean;
  /** Asks for a text, which is kept and never scored. */
  readonly isText: boolean;
}

/** A scale as signed weights over items, or over other scales. */
export interface StudyScale {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly score: ScoreRule;
  /** A negative weight turns the item round. Empty for a scale of scales. */
  readonly members: readonly { readonly column: number; readonly weight: number }[];
  /** Each with the lowest and highest score it can have. Empty for a scale of items. */
  readonly parts: readonly (PointRange & { readonly scale: string; readonly weight: number })[];
  /** How many members may lack points. */
  readonly mostMissing: number;
  /** Whether a sum over fewer members is scaled up to all of them. */
  readonly prorate: boolean;
  /** Subtracts the mean of the administration's points on all items that are on a scale. */
  readonly isCentred: boolean;
}

/** One form of a questionnaire: a wording in one language, administered in one way. */
export interface StudyQuestionnaire {
  readonly slug: string;
  /** Language of the wording; `english` counts as `en`. */
  readonly language: string;
  /**
   * As tables call it: the slug, with the language in brackets where it is not English, and with
   * what distinguishes the form where the study has several. No two of a study have the same.
   */
  readonly label: string;
  /** Title of the instrument, or the slug where the schema does not hold the instrument. */
  readonly title: string;
  /** In order of number. */
  readonly items: readonly AdministeredItem[];
  /** In the instrument's order, or that of first appearance. */
  readonly scales: readonly StudyScale[];
  readonly norms: readonly Norm[];
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
  /** That condition where it is one of one's own, with what it drives. */
  readonly ownCondition: Condition | null;
  /**
   * True for the reference population's own name (`spain826`): sheets that a model answered as,
   * without a persona written from them.
   */
  readonly isReference: boolean;
  /** Of a condition of own rows: its place in the study file. */
  readonly place?: number;
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
  readonly ending: Ending;
  /** Succeeded with items missing, as the rules of the scales allow. */
  readonly isPartial: boolean;
  /** Numbers of the items in the order asked, where that is not their own. */
  readonly itemOrder: readonly number[] | null;
  readonly origin: RowOrigin;
}

/** Points of answers: fractions only where an instrument or an administration has some. */
export type Points = Int32Array | Float64Array;

/** In `Answered.states`, by position. The first stands for an item of which nothing is recorded. */
export const ITEM_STATES = [
  null,
  'answered',
  'declined',
  'not_applicable',
  'missing_code',
  'not_asked',
] as const satisfies readonly (ItemState | null)[];

/** Everything that was answered to one form of a questionnaire. */
export interface Answered {
  readonly questionnaire: StudyQuestionnaire;
  /** In order of experiment id; those without a single answer too. */
  readonly administrations: readonly Administration[];
  /**
   * Raw answers, row-major: administration × item. `UNANSWERED` where there is none; of duplicates,
   * the one with the lowest id. A missing code stands as it was given.
   */
  readonly answers: Int32Array;
  /**
   * What the answers score before a scale turns them round: 1 or 0 by the key, the points of the
   * answer, or the number that was given; of an answer as probabilities, the expected points.
   * `UNANSWERED` for missing codes too.
   */
  readonly points: Points;
  /** Why an answer is missing: positions in `ITEM_STATES`, row-major; null where none is recorded. */
  readonly states: Uint8Array | null;
  /** Named factors of the administrations, each with one level an administration at most. */
  readonly factors: ReadonlyMap<string, Coded>;
  /** Own columns of the personas that answer, in order of name, each one value an administration. */
  readonly columns: ReadonlyMap<string, Coded>;
  /** What calls record: the version of the model that served them, and their day. */
  readonly recorded: ReadonlyMap<string, Coded>;
}

/** Answer sheets: the reference population, or its random counterpart. */
export interface Sheets {
  /** What they are answers to. */
  readonly questionnaire: StudyQuestionnaire;
  /** In the published tables of sheets; those that these cannot hold are in `sheet_answers`. */
  readonly isPublished: boolean;
  /** In order of personality id. */
  readonly personalityIds: Int32Array;
  /** Row-major: sheet × item; `UNANSWERED` where there is none. Of Yes/No items, 1 for Yes. */
  readonly answers: Points;
  /** What the answers score before a scale turns them round. */
  readonly points: Points;
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
   * One for each form that has experiments, in order of slug and language; first what was asked as
   * the published study asked it.
   */
  readonly answered: readonly Answered[];
  readonly reference: Sheets;
  readonly random: Sheets;
  readonly personas: Personas;
  readonly ownColumns: OwnColumns;
  /** In order of name. */
  readonly humans: readonly HumanSample[];
}
