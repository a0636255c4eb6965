/**
 * Results as plain rows. Their columns have the names of the database and of the exported files, in
 * snake_case, so that a row means the same in a notebook, in SQL, in R and in pandas.
 */

import type { Value } from '../dataset/export/export-store.ts';
import type { Column } from '../dataset/export/formats.ts';
import { wideTables } from '../dataset/export/wide.ts';
import { queryReadOnly } from '../db/read-only-query.ts';
import { UserError } from '../errors.ts';
import { fillTemplate, type PersonaFields } from '../experiments/administration/template.ts';
import type { StoredExchange } from '../experiments/status/exchanges-store.ts';
import { overviewOfGroups } from '../experiments/status/groups-store.ts';
import { dossierOf } from '../experiments/status/one-experiment-store.ts';
import { scoreAnswers, scoreItem } from '../instruments/score.ts';
import {
  type ConditionDefinition,
  defineCondition,
  findCondition,
} from '../personas/sheets/conditions.ts';
import { applyCondition } from '../personas/sheets/drive.ts';
import { requireReference } from '../personas/sheets/reference.ts';
import { readReferenceSheets, sheetInstrument } from '../personas/sheets/reference-store.ts';
import { closest } from '../suggest.ts';
import {
  type AnswerRow,
  answerRows,
  type ExperimentRow,
  type ExperimentSelection,
  experimentRows,
  type PersonaRow,
  type PersonaSelection,
  personaRows,
  type ScoreRow,
  scoreRows,
} from './results-store.ts';
import { insideOf, type Study } from './study.ts';

/**
 * Experiments registered together: one model, one questionnaire, one prompt, one set of parameters.
 */
export interface GroupRow {
  readonly group: number;
  readonly description: string | null;
  readonly questionnaire: string | null;
  /** Language of the questionnaire, such as `en`. */
  readonly language: string | null;
  /** Short name of the model; for groups of other programs the provider's id. */
  readonly model: string | null;
  /** When it was registered, ISO 8601. */
  readonly created: string | null;
  readonly experiments: number;
  readonly succeeded: number;
  readonly pending: number;
  /** Given up. */
  readonly closed: number;
  /** All experiments have succeeded. */
  readonly processed: boolean;
  /** None is pending. */
  readonly concluded: boolean;
  /** Answered by the simulated model: no evidence about any model. */
  readonly simulated: boolean;
}

/** Every experiment group, in order of id. */
export async function listGroups(study: Study): Promise<GroupRow[]> {
  const groups = await overviewOfGroups(insideOf(study).database);
  return groups.map(({ groupId: group, ...facts }) => ({ group, ...facts }));
}

/** Personas, in order of id. */
export async function listPersonas(
  study: Study,
  selection: PersonaSelection = {},
): Promise<PersonaRow[]> {
  return personaRows(insideOf(study).database, selection);
}

/** Experiments, answered or not, in order of id. */
export async function listExperiments(
  study: Study,
  selection: ExperimentSelection = {},
): Promise<ExperimentRow[]> {
  return experimentRows(insideOf(study).database, selection);
}

/**
 * Answers in long form: one row for each answered item, in order of experiment and item. All rows
 * are held in memory; of large studies select a group, or use `exportDataset`.
 */
export async function listAnswers(
  study: Study,
  selection: ExperimentSelection = {},
): Promise<AnswerRow[]> {
  return answerRows(insideOf(study).database, selection);
}

/**
 * Scores in long form: one row for each experiment and scale that has a score, in order of
 * experiment and scale. A scale on which more items are missing than its rule allows has none.
 */
export async function listScores(
  study: Study,
  selection: ExperimentSelection = {},
): Promise<ScoreRow[]> {
  return scoreRows(insideOf(study).database, selection);
}

/** Which experiments are wanted in wide form. */
export interface WideSelection {
  /** Groups by id. Default: all. */
  readonly groups?: readonly number[];
}

/**
 * One administration with all its answers: `experiment_id`, `group`, `model`, …, `item_01`, …,
 * `score_E`, …; null where there is nothing.
 */
export type WideRow = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Answers and scores in wide form: one row for each experiment, one column for each item and scale,
 * the same as in the files of `exportDataset` with `answersWide`, whose codebook says what each
 * column means.
 * @param questionnaire slug, as experiments were registered
 * @throws UserError when nothing is registered for it
 */
export async function listAnswersWide(
  study: Study,
  questionnaire: string,
  selection: WideSelection = {},
): Promise<WideRow[]> {
  const { database } = insideOf(study);
  const groups = selection.groups === undefined ? null : new Set(selection.groups);
  return database.transact(async (session) => {
    const tables = await wideTables(session, database);
    const wide = tables.find(({ slug }) => slug === questionnaire);
    if (wide === undefined) {
      const slugs = tables.map(({ slug }) => slug);
      const near = closest(questionnaire, slugs);
      throw new UserError(`No experiments registered for the questionnaire "${questionnaire}"`, {
        code: 'questionnaire-not-registered',
        hint: `${near === null ? '' : `Did you mean "${near}"? `}Available: ${slugs.join(', ') || 'none'}.`,
      });
    }
    const rows: WideRow[] = [];
    for await (const page of wide.rows())
      rows.push(
        ...page
          .map(({ values }) => asRow(wide.columns, values))
          .filter(({ group }) => groups === null || groups.has(Number(group))),
      );
    return rows;
  }, 'repeatable read');
}

function asRow(columns: readonly Column[], values: readonly Value[]): WideRow {
  return Object.fromEntries(columns.map(({ name }, at) => [name, values[at]!]));
}

/** One answer of a reference sheet, as a persona was told of it. */
export interface SheetAnswerRow {
  readonly personality_id: number;
  readonly condition: string;
  readonly item: number;
  /** Null for an unscored item. */
  readonly scale: string | null;
  /** The number of the option, 1 for Yes and 0 for No; null where the person gave none. */
  readonly answer: number | null;
  /** What the answer counts on the item's first scale; null where it scores nothing. */
  readonly score: number | null;
}

/** The score of a reference sheet on one scale. */
export interface SheetScoreRow {
  readonly personality_id: number;
  readonly condition: string;
  readonly scale: string;
  /** By the rule of the scale. */
  readonly score: number;
}

/**
 * The reference sheets that personas are written from, one row for each answer.
 * @param condition under which: the scales that it drives are answered as it says, all others as
 *   the person did. Default Base: as the person did
 * @throws UserError when the schema has no reference population, or there is no such condition
 */
export async function listSheetAnswers(
  study: Study,
  condition: string | ConditionDefinition = 'Base',
): Promise<SheetAnswerRow[]> {
  const { sheets, instrument, found } = await sheetsUnder(study, condition);
  return sheets.flatMap(({ personalityId, answers }) =>
    instrument.items.map((item) => {
      const answer = answers[item.number - 1]!;
      return {
        personality_id: personalityId,
        condition: found.label,
        item: item.number,
        scale: item.scale,
        answer,
        score: answer === null ? null : scoreItem(item, answer),
      };
    }),
  );
}

/**
 * The same sheets, one row for each scale.
 * @param condition see `listSheetAnswers`
 * @throws UserError as `listSheetAnswers` does
 */
export async function listSheetScores(
  study: Study,
  condition: string | ConditionDefinition = 'Base',
): Promise<SheetScoreRow[]> {
  const { sheets, instrument, found } = await sheetsUnder(study, condition);
  return sheets.flatMap(({ personalityId, answers }) => {
    const scores = scoreAnswers(
      instrument,
      new Map(
        answers.flatMap((answer, index) => (answer === null ? [] : [[index + 1, answer] as const])),
      ),
    );
    return [...scores].map(([scale, score]) => ({
      personality_id: personalityId,
      condition: found.label,
      scale,
      score,
    }));
  });
}

async function sheetsUnder(study: Study, condition: string | ConditionDefinition) {
  const { database } = insideOf(study);
  const found =
    typeof condition === 'string' ? findCondition(condition) : defineCondition(condition);
  const instrument = await sheetInstrument(database, await requireReference(database, null));
  const { sheets } = await readReferenceSheets(database, instrument);
  return {
    found,
    instrument,
    sheets: sheets.map((sheet) => applyCondition(sheet, found, instrument)),
  };
}

/** One request to a provider and what came back. */
export interface CallRow {
  readonly id: number;
  readonly created: Date;
  /** From 1; a throttled call has the number of the attempt that it could not make. */
  readonly attempt: number | null;
  readonly outcome: string | null;
  /** Why it was not `answered`. */
  readonly reason: string | null;
  /** HTTP status. */
  readonly status: number | null;
  readonly latency_ms: number | null;
  /** US dollars by the list price; null where it is not known. */
  readonly cost_usd: number | null;
  /** The model id that the reply names. */
  readonly model_served: string | null;
  readonly stop_reason: string | null;
  /** Body of the request, verbatim. */
  readonly request: string | null;
  /** Body of the reply, verbatim; null where none arrived. */
  readonly reply: string | null;
  /**
   * Whether the stored bytes are those of the SHA-256 that was recorded with the call: `verified`,
   * `differs` (they were changed after they were stored), or `unverifiable` where no bytes are
   * stored.
   */
  readonly request_verification: 'verified' | 'differs' | 'unverifiable';
  readonly reply_verification: 'verified' | 'differs' | 'unverifiable';
}

/** One experiment with everything that belongs to it. */
export interface ExperimentDossier {
  readonly experiment: ExperimentRow;
  /** The persona's columns; null where it is not known. */
  readonly persona: Readonly<Record<string, unknown>> | null;
  /**
   * The system role that is sent, filled with the persona; null where one of the two is not known.
   */
  readonly system: string | null;
  /** The questionnaire's prompt. */
  readonly prompt: string | null;
  /** Answers in order of item, with the questions as they were put. */
  readonly answers: readonly {
    readonly item: number;
    readonly question: string | null;
    readonly scale: string | null;
    readonly answer: number | null;
    readonly score: number | null;
  }[];
  /** Scale to score. */
  readonly scores: Readonly<Record<string, number>>;
  /** Every call made for it, in order. */
  readonly calls: readonly CallRow[];
  /** Every call made to write its persona; empty where this program did not write it. */
  readonly writing_calls: readonly CallRow[];
}

/**
 * Everything about one experiment, from persona to score.
 * @throws UserError when there is no such experiment
 */
export async function showExperiment(
  study: Study,
  experimentId: number,
): Promise<ExperimentDossier> {
  const { database } = insideOf(study);
  const [experiment] = await experimentRows(database, {}, [experimentId]);
  const dossier = await dossierOf(database, experimentId);
  if (experiment === undefined || dossier === null) {
    throw new UserError(`No experiment ${experimentId} in schema "${study.schema}"`, {
      code: 'experiment-unknown',
      hint: 'listExperiments() lists all experiments.',
    });
  }
  const { group, persona, answers, calls, generation } = dossier;
  const scores = await scoreRows(database, {}, [experimentId]);
  return {
    experiment,
    persona,
    system: filled(group?.system_role, persona),
    prompt: textOrNull(group?.base_prompt),
    answers: answers.map(({ number: item, ...rest }) => ({ item, ...rest })),
    scores: Object.fromEntries(scores.map(({ scale, score }) => [scale, score])),
    calls: calls.map(callRow),
    writing_calls: (generation?.calls ?? []).map(callRow),
  };
}

function filled(
  template: unknown,
  persona: Readonly<Record<string, unknown>> | null,
): string | null {
  if (typeof template !== 'string' || persona === null) return null;
  const result = fillTemplate(template, persona as PersonaFields);
  return result.ok ? result.text : null;
}

function callRow(call: StoredExchange): CallRow {
  const about = call.request_metadata ?? {};
  return {
    id: call.id,
    created: call.created,
    attempt: numberOrNull(about.attempt),
    outcome: textOrNull(about.outcome),
    reason: textOrNull(about.reason),
    status: numberOrNull(about.status),
    latency_ms: numberOrNull(about.latency_ms),
    cost_usd: numberOrNull(about.cost_usd),
    model_served: textOrNull(about.model_served),
    stop_reason: textOrNull(about.stop_reason),
    request: call.request_text,
    reply: call.response_text,
    request_verification: call.request_verification,
    reply_verification: call.response_verification,
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

/**
 * Runs one SQL statement of one's own in a transaction that only reads. Tables of the study need no
 * schema before their names; the view `scored_answers` has every answer with its score, and is
 * always current (`experiments_evals`, the published one, is as of its last refresh).
 *
 * ```ts
 * const rows = await query<{ answer: number; n: number }>(study, 'select answer, count(*) as n from eval_questionnaires where question_number = $1 group by 1', [3]);
 * ```
 * @param parameters for `$1`, `$2`, …
 * @returns one object for each row, columns by name: text as string, integers and floats as number,
 *   `numeric` as string, times as Date, json as it is
 * @throws UserError with what the server says, also when the statement would change something
 */
export async function query<Row = Record<string, unknown>>(
  study: Study,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  return (await queryReadOnly(insideOf(study).database, sql, parameters)) as Row[];
}
