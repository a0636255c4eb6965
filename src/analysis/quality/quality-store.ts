/**
 * SQL of data quality: how the experiments behind a study ended, what was answered twice, and which
 * demographic values have no place.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import type { Relations } from '../../db/relations.ts';
import { originOfExperiment } from '../../db/row-origin.ts';
import type { Session } from '../../db/session.ts';
import { nameForm } from '../../instruments/form.ts';
import { type Answered, ITEM_STATES, type StudyData, UNANSWERED } from '../data.ts';
import { type Ending, endingOf } from '../endings.ts';
import { keyOfMention } from '../model-identity.ts';
import { compareText } from '../models.ts';
import { describeDemographics } from './demographic-quality.ts';
import { findNegativeItems } from './item-quality.ts';
import type { Quality, QualityRow } from './quality.ts';

export interface QualityOptions {
  /** Only these experiment groups; all of them when left out. */
  readonly groups?: readonly number[];
}

/**
 * Reads how the experiments of the study's kind (simulated, or not) ended, those of unknown
 * questionnaires too; sorted by questionnaire, model and condition.
 */
export async function readQuality(
  database: Database,
  study: StudyData,
  options: QualityOptions = {},
): Promise<Quality> {
  const administrations = await database.transact(async (session) => {
    const reader = new QualityReader(session, database.t);
    const found = await reader.experiments(
      study.dataOrigin === 'simulated',
      options.groups ?? null,
    );
    const sheets = describeSheets(study.answered);
    const experiments = found.map(namerOf(study, sheets));
    const stored = await reader.storedAnswers();
    const attempts = await reader.attempts();
    const items = await reader.itemCounts();
    const repeated = experiments
      .filter(({ id }) => (stored.get(id) ?? 0) > (sheets.get(id)?.answered ?? 0))
      .map(({ id }) => id);
    const duplicates =
      repeated.length === 0 ? new Map<number, Duplicates>() : await reader.duplicates(repeated);

    const rows = new Map<string, Mutable<QualityRow>>();
    for (const experiment of experiments) {
      const key = JSON.stringify([
        experiment.questionnaire,
        experiment.model,
        experiment.condition,
      ]);
      const row = rows.get(key) ?? emptyRow(experiment);
      rows.set(key, row);
      countExperiment(row, experiment, {
        sheet: sheets.get(experiment.id) ?? null,
        storedAnswers: stored.get(experiment.id) ?? 0,
        laterAttempt: attempts.get(experiment.id) ?? null,
        duplicates: duplicates.get(experiment.id) ?? null,
        items: items.get(experiment.id) ?? null,
      });
    }
    return [...rows.values()].sort(comparatorOf(study));
  }, 'repeatable read');
  return {
    administrations,
    demographics: describeDemographics(study.personas),
    negativeItems: findNegativeItems(study),
  };
}

type Mutable<Row> = { -readonly [Key in keyof Row]: Row[Key] };

interface FoundExperiment {
  readonly id: number;
  readonly questionnaire: string;
  readonly language: string;
  readonly name: string | null;
  readonly modelId: string | null;
  readonly population: string | null;
  readonly succeeded: boolean | null;
  readonly outcome: string | null;
}

/**
 * Names experiments as the tables do, which show populations other than conditions by their own
 * names.
 */
function namerOf(
  { models, populations }: StudyData,
  sheets: ReadonlyMap<number, AnsweredSheet>,
): (found: FoundExperiment) => EndedExperiment {
  const labels = new Map<string, string>();
  return ({ questionnaire: slug, language, name, modelId, population, id, succeeded, outcome }) => {
    const place = `${name ?? ''}\t${modelId ?? ''}`;
    const model =
      labels.get(place) ?? models.get(keyOfMention({ name, modelId }))?.label ?? modelId ?? '';
    labels.set(place, model);
    const known = populations.get(population ?? '');
    const condition = known?.isReference === true ? known.population : (known?.display ?? '');
    const form = sheets.get(id)?.label ?? nameForm({ slug, language });
    return { id, ending: endingOf(succeeded, outcome), questionnaire: form, model, condition };
  };
}

/** Conditions of own rows as in their file, others in alphabetical order. */
function comparatorOf({ populations }: StudyData): (a: QualityRow, b: QualityRow) => number {
  const places = new Map(
    [...populations.values()].map(({ display, place = 0 }) => [display, place]),
  );
  const placeOf = ({ condition }: QualityRow) => places.get(condition) ?? 0;
  return (a, b) =>
    compareText(a.questionnaire, b.questionnaire) ||
    compareText(a.model, b.model) ||
    placeOf(a) - placeOf(b) ||
    compareText(a.condition, b.condition);
}

interface EndedExperiment extends Pick<QualityRow, 'questionnaire' | 'model' | 'condition'> {
  readonly id: number;
  readonly ending: Ending;
}

interface Duplicates {
  readonly surplus: number;
  readonly conflicting: number;
}

/** What the loaded answers say of one experiment. */
interface AnsweredSheet {
  readonly label: string;
  readonly answered: number;
  readonly isComplete: boolean;
  readonly isUniform: boolean;
  readonly isPartial: boolean;
  readonly missingCodes: number;
  readonly attentionChecks: number;
  readonly attentionFailed: number;
}

/** Items of one experiment by what is recorded of them. */
interface ItemCounts {
  readonly declined: number;
  readonly notApplicable: number;
  readonly notAsked: number;
  /** Answered in a later call than the first that asked them. */
  readonly answeredAgain: number;
  /** Answered with something that is no row among the answers: a fraction, or a text. */
  readonly answeredElse: number;
}

class QualityReader {
  readonly #session: Session;
  readonly #t: Relations;

  constructor(session: Session, t: Relations) {
    this.#session = session;
    this.#t = t;
  }

  async experiments(
    simulated: boolean,
    groups: readonly number[] | null,
  ): Promise<FoundExperiment[]> {
    const t = this.#t;
    return await this.#rows<FoundExperiment>(sql`
      select e.experiment_id as id, coalesce(e.questionnaire, '') as questionnaire,
        case coalesce(e.language_questionnaire, 'en') when 'english' then 'en' else coalesce(e.language_questionnaire, 'en') end as language,
        gd.model_name as name, e.model as "modelId", e.population, e.succeeded, d.last_outcome as outcome
      from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id)
      left join ${t.group_details} gd on gd.experiments_group_id = e.experiments_group_id
      where (${originOfExperiment(t)} = 'simulated') = ${simulated}
        and ${groups === null ? sql`true` : sql`e.experiments_group_id = any(${[...groups]}::int[])`}`);
  }

  /** Rows of answers by experiment. */
  async storedAnswers(): Promise<Map<number, number>> {
    const rows = await this.#rows<{ id: number; count: number }>(sql`
      select experiment_id as id, count(*)::int as count from ${this.#t.eval_questionnaires} where experiment_id is not null group by 1`);
    return new Map(rows.map(({ id, count }) => [id, count]));
  }

  /**
   * By experiment with stored calls: whether an answer took more than one attempt. A call that was
   * put off was none. Imported calls do not say what became of them: more than one means that the
   * first did not do.
   */
  async attempts(): Promise<Map<number, boolean>> {
    const said = (name: string) => sql`m.request_metadata ->> ${sql.lit(name)}`;
    const rows = await this.#rows<{ id: number; later: boolean }>(sql`
      select m.experiment_id as id,
        case when bool_or(${said('outcome')} = 'answered') then
          min(m.id) filter (where ${said('error_kind')} is distinct from 'throttled') < min(m.id) filter (where ${said('outcome')} = 'answered')
        else count(*) > 1 end as later
      from ${this.#t.experiment_request_metadata} m where m.experiment_id is not null group by 1`);
    return new Map(rows.map(({ id, later }) => [id, later]));
  }

  /** By experiment with items that were not simply answered in the first call. */
  async itemCounts(): Promise<Map<number, ItemCounts>> {
    const rows = await this.#rows<ItemCounts & { id: number }>(sql`
      select s.experiment_id as id, count(*) filter (where s.state = 'declined')::int as declined,
        count(*) filter (where s.state = 'not_applicable')::int as "notApplicable",
        count(*) filter (where s.state = 'not_asked')::int as "notAsked",
        count(*) filter (where s.state = 'answered' and s.call > first.call)::int as "answeredAgain",
        count(*) filter (where s.state = 'answered' and (s.quantity is not null or s.reply_text is not null))::int as "answeredElse"
      from ${this.#t.item_states} s
      left join lateral (select min(c.call) as call from ${this.#t.administration_calls} c
        where c.experiment_id = s.experiment_id and s.question_number = any(c.items)) as first on true
      group by 1`);
    return new Map(rows.map(({ id, ...counts }) => [id, counts]));
  }

  async duplicates(experiments: readonly number[]): Promise<Map<number, Duplicates>> {
    const rows = await this.#rows<Duplicates & { id: number }>(sql`
      with numbered as (
        select experiment_id, answer, first_value(answer) over same as first, row_number() over same as place
        from ${this.#t.eval_questionnaires} where experiment_id = any(${[...experiments]}::int[])
        window same as (partition by experiment_id, question_number order by id))
      select experiment_id as id, count(*)::int as surplus, count(*) filter (where answer is distinct from first)::int as conflicting
      from numbered where place > 1 group by 1`);
    return new Map(rows.map(({ id, ...duplicates }) => [id, duplicates]));
  }

  async #rows<Row>(query: RawBuilder<unknown>): Promise<Row[]> {
    const { rows } = await query.execute(this.#session.db);
    return rows as Row[];
  }
}

const NOT_APPLICABLE = ITEM_STATES.indexOf('not_applicable');

function describeSheets(answered: readonly Answered[]): Map<number, AnsweredSheet> {
  const sheets = new Map<number, AnsweredSheet>();
  for (const { questionnaire, administrations, answers, points, states } of answered) {
    const { items, label } = questionnaire;
    const width = items.length;
    const checks = [...items.keys()].filter((column) => items[column]!.demanded.length > 0);
    const codes = [...items.keys()].filter((column) =>
      [...items[column]!.points.values()].includes(null),
    );
    administrations.forEach(({ experimentId, isPartial }, row) => {
      const from = row * width;
      let answered = 0;
      let alike = 0;
      for (let at = from; at < from + width; at++) {
        if (answers[at] === UNANSWERED) continue;
        answered++;
        if (answers[at] === answers[from]) alike++;
      }
      const isComplete =
        answered === width ||
        items.every(
          ({ isText }, column) =>
            isText ||
            answers[from + column] !== UNANSWERED ||
            points[from + column] !== UNANSWERED ||
            states?.[from + column] === NOT_APPLICABLE,
        );
      const asked = checks.filter((column) => answers[from + column] !== UNANSWERED);
      sheets.set(experimentId, {
        label,
        answered,
        isComplete,
        isUniform: alike === width && width > 1,
        isPartial,
        missingCodes: codes.filter(
          (column) => items[column]!.points.get(answers[from + column]!) === null,
        ).length,
        attentionChecks: asked.length,
        attentionFailed: asked.filter(
          (column) => !items[column]!.demanded.includes(answers[from + column]!),
        ).length,
      });
    });
  }
  return sheets;
}

function emptyRow({ questionnaire, model, condition }: EndedExperiment): Mutable<QualityRow> {
  return {
    questionnaire,
    model,
    condition,
    experiments: 0,
    succeeded: 0,
    pending: 0,
    refused: 0,
    truncated: 0,
    unparseable: 0,
    invalid: 0,
    failed: 0,
    withCalls: 0,
    laterAttempt: null,
    uniform: 0,
    incomplete: 0,
    partial: 0,
    answeredFirst: 0,
    answeredAgain: 0,
    declined: 0,
    missingCodes: 0,
    notApplicable: 0,
    notAsked: 0,
    attentionChecks: 0,
    attentionFailed: 0,
    answeredNotSucceeded: 0,
    duplicateAnswers: 0,
    conflictingAnswers: 0,
  };
}

interface Facts {
  /** Null where the items of the questionnaire are not known. */
  readonly sheet: AnsweredSheet | null;
  readonly storedAnswers: number;
  /** Null where no calls are stored. */
  readonly laterAttempt: boolean | null;
  readonly duplicates: Duplicates | null;
  readonly items: ItemCounts | null;
}

function countExperiment(
  row: Mutable<QualityRow>,
  experiment: EndedExperiment,
  facts: Facts,
): void {
  row.experiments++;
  row.duplicateAnswers += facts.duplicates?.surplus ?? 0;
  row.conflictingAnswers += facts.duplicates?.conflicting ?? 0;
  if (experiment.ending === 'answered') {
    row.succeeded++;
    if (facts.laterAttempt !== null) {
      row.withCalls++;
      row.laterAttempt = (row.laterAttempt ?? 0) + Number(facts.laterAttempt);
    }
    if (facts.sheet?.isUniform === true) row.uniform++;
    if (facts.sheet?.isComplete === false) row.incomplete++;
    countItems(row, facts);
    return;
  }
  row[experiment.ending]++;
  if (facts.storedAnswers > 0) row.answeredNotSucceeded++;
}

function countItems(row: Mutable<QualityRow>, { sheet, items }: Facts): void {
  if (sheet === null) return;
  const answered = sheet.answered - sheet.missingCodes + (items?.answeredElse ?? 0);
  const again = items?.answeredAgain ?? 0;
  row.answeredFirst += answered - again;
  row.answeredAgain += again;
  row.declined += items?.declined ?? 0;
  row.notApplicable += items?.notApplicable ?? 0;
  row.notAsked += items?.notAsked ?? 0;
  if (sheet.isPartial) row.partial++;
  for (const name of ['missingCodes', 'attentionChecks', 'attentionFailed'] as const)
    row[name] += sheet[name];
}
