/** SQL of everything about one experiment. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import type { ItemState } from '../../db/schema/tables.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { knownInstrument, parseInstrument } from '../../instruments/load.ts';
import { pointsOf } from '../../instruments/score.ts';
import type { Item } from '../../instruments/structure.ts';
import { Checked, type Deviation } from '../verification/deviation.ts';
import { openVerifier } from '../verification/verify.ts';
import {
  type AdministeredExchange,
  exchangesOf,
  exchangesOfExperiment,
  type StoredExchange,
} from './exchanges-store.ts';

/** One experiment with everything that belongs to it. */
export interface ExperimentDossier {
  readonly experiment: Readonly<Record<string, unknown>>;
  readonly group: Readonly<Record<string, unknown>> | null;
  readonly persona: Readonly<Record<string, unknown>> | null;
  /**
   * How the persona was written, and every call made for it; null where this program did not write
   * it.
   */
  readonly generation: {
    readonly about: Readonly<Record<string, unknown>>;
    readonly calls: readonly StoredExchange[];
  } | null;
  readonly answers: readonly {
    readonly number: number;
    readonly question: string | null;
    readonly scale: string | null;
    readonly answer: number | null;
    readonly score: number | null;
    readonly state: ItemState;
    /** The call that asked the item last, where that is told of it. */
    readonly call: number | null;
    /** An answer that is no whole number; a short text; probabilities by answer. */
    readonly quantity: number | null;
    readonly text: string | null;
    readonly probabilities: Readonly<Record<string, number>> | null;
  }[];
  /** As stored; null where too few items have an answer. */
  readonly scores: readonly {
    readonly scale: string;
    readonly score: number | null;
    readonly items_answered: number;
  }[];
  /** What of it does not follow from what it was made of. */
  readonly deviations: readonly Deviation[];
  readonly calls: readonly AdministeredExchange[];
}

/** @returns null when there is no such experiment */
export async function dossierOf(
  database: Database,
  experimentId: number,
): Promise<ExperimentDossier | null> {
  const { db, t } = database;
  const one = async (query: ReturnType<typeof sql>) =>
    (await query.execute(db)).rows[0] as Record<string, unknown> | undefined;
  const experiment =
    await one(sql`select e.*, d.persona_id, d.origin, d.last_outcome, d.last_reason, d.attempts, d.last_attempt_at, d.uniform,
      d.partial, d.item_order, d.option_order
    from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id) where e.experiment_id = ${experimentId}`);
  if (experiment === undefined) return null;
  const group =
    await one(sql`select g.*, i.slug as instrument, i.sha256 as instrument_sha256, gd.model_name, gd.parameters, gd.seed,
      gd.form_sha256, gd.administration
    from ${t.experiments_groups} g left join ${t.group_details} gd using (experiments_group_id) left join ${t.instruments} i on i.sha256 = gd.instrument_sha256
    where g.experiments_group_id = ${experiment.experiments_group_id}`);
  const persona =
    experiment.persona_id === null
      ? undefined
      : await one(sql`select * from ${t.personas} where id = ${experiment.persona_id}`);
  const written =
    await one(sql`select n.generation_id, n.draw, n.personality_id, n.attempts, n.origin, g.condition, g.reference, g.model_name, g.model, g.seed
    from ${t.generations} n join ${t.generation_groups} g using (generation_group_id) where n.persona_id = ${experiment.persona_id}`);
  const writing = await exchangesOf(
    db,
    sql`${t.generation_request_metadata} m left join ${t.generation_call_bytes} b on b.request_metadata_id = m.id
    where m.generation_id = ${written?.generation_id ?? null}`,
  );
  const calls = await exchangesOfExperiment({ db, t }, experimentId);
  const instrument = await instrumentOf(db, t, group?.instrument_sha256, experiment.questionnaire);
  const answers = await answersOf(db, t, experiment, instrument);
  const scores = await sql<ExperimentDossier['scores'][number]>`
    select scale, score, items_answered from ${t.scores} where experiment_id = ${experimentId} order by scale`.execute(
    db,
  );
  const verifier = await openVerifier(database);
  return {
    experiment,
    group: group ?? null,
    persona: persona ?? null,
    generation: written === undefined ? null : { about: written, calls: writing },
    answers,
    scores: scores.rows,
    deviations: (await verifier.verify([experimentId], new Checked())).get(experimentId) ?? [],
    calls,
  };
}

/** What became of each item of which anything is stored, in order of number. */
async function answersOf(
  db: Database['db'],
  t: Database['t'],
  experiment: Readonly<Record<string, unknown>>,
  instrument: Instrument | null,
): Promise<ExperimentDossier['answers'][number][]> {
  type Answer = Omit<ExperimentDossier['answers'][number], 'state' | 'probabilities'> & {
    readonly state: ItemState | null;
    readonly probabilities: Record<string, number> | null;
  };
  const id = experiment.experiment_id;
  // The view puts all experiments together first; of a known wording the score is computed here.
  const scored =
    instrument === null
      ? sql`select question_number, category, eval from ${t.scored_answers} where experiment_id = ${id}`
      : sql`select null::int as question_number, null as category, null::int as eval`;
  const { rows } = await sql<Answer>`
    select a.question_number as number, min(q.question) as question, min(s.category) as scale, a.answer, min(s.eval) as score,
      min(i.state) as state, min(i.call) as call, min(i.quantity) as quantity, min(i.reply_text) as text,
      (select jsonb_object_agg(p.answer, p.probability) from ${t.item_probabilities} p
        where p.experiment_id = ${id} and p.question_number = a.question_number) as probabilities
    from (
      select id, question_number, answer from ${t.eval_questionnaires} where experiment_id = ${id}
      union all
      select null, question_number, null from ${t.item_states} i where experiment_id = ${id} and not exists (
        select from ${t.eval_questionnaires} e where e.experiment_id = ${id} and e.question_number = i.question_number)) as a
    left join ${t.item_states} i on i.experiment_id = ${id} and i.question_number = a.question_number
    left join (${scored}) s on s.question_number = a.question_number
    left join ${t.questionnaire} q on q.questionnaire = ${experiment.questionnaire} and q.question_number = a.question_number
      and case q.language_questionnaire when 'english' then 'en' else q.language_questionnaire end
        = case ${experiment.language_questionnaire}::text when 'english' then 'en' else ${experiment.language_questionnaire}::text end
    group by a.id, a.question_number, a.answer order by a.question_number, a.id`.execute(db);
  return rows.map((row) => {
    // As this group sent it; the table of questions has the wording that was registered first.
    const item = instrument?.items[row.number - 1];
    return {
      ...row,
      question: item?.text ?? row.question,
      scale: row.scale ?? item?.scale ?? null,
      score: item === undefined || row.answer === null ? row.score : countOf(item, row.answer),
      state: row.state ?? 'answered',
    };
  });
}

/** What an answer counts on the first scale, as the view of scored answers has it. */
function countOf(item: Item, answer: number): number | null {
  const points = pointsOf(item, answer);
  if (points === null || item.range === null) return null;
  const counts = item.reverse ? item.range.low + item.range.high - points : points;
  return Number.isInteger(counts) ? counts : null;
}

/**
 * The instrument of a group; of groups that other programs registered, the built-in one of that
 * name.
 */
async function instrumentOf(
  db: Database['db'],
  t: Database['t'],
  sha256: unknown,
  questionnaire: unknown,
): Promise<Instrument | null> {
  if (typeof sha256 !== 'string')
    return typeof questionnaire === 'string' ? knownInstrument(questionnaire) : null;
  const { rows } = await sql<{
    definition: string;
  }>`select definition from ${t.instruments} where sha256 = ${sha256}`.execute(db);
  return rows[0] === undefined
    ? null
    : parseInstrument(rows[0].definition, `the stored instrument ${sha256.slice(0, 8)}`);
}
