/** SQL of everything about one experiment. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { textOfPacked, type Verification, verifyPacked } from '../../db/packed-bytes.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { knownInstrument, parseInstrument } from '../../instruments/load.ts';
import { decompressed } from '../../providers/body.ts';
import { type DifferingAnswer, differingAnswers } from '../stored-reply.ts';

/** A call as it was stored, with the texts that travelled; null where there are none. */
export interface StoredExchange {
  readonly id: number;
  readonly created: Date;
  readonly request_json: unknown;
  readonly response_json: unknown;
  readonly request_metadata: Readonly<Record<string, unknown>> | null;
  readonly request_text: string | null;
  readonly response_text: string | null;
  /** Whether the stored bytes are those of the SHA-256 that was recorded with the call. */
  readonly request_verification: Verification;
  readonly response_verification: Verification;
}

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
  }[];
  /**
   * Answers that are not those in the reply that was taken for them; empty too where no reply can
   * be read.
   */
  readonly answers_differing: readonly DifferingAnswer[];
  readonly calls: readonly StoredExchange[];
}

/** @returns null when there is no such experiment */
export async function dossierOf(
  { db, t }: Database,
  experimentId: number,
): Promise<ExperimentDossier | null> {
  const one = async (query: ReturnType<typeof sql>) =>
    (await query.execute(db)).rows[0] as Record<string, unknown> | undefined;
  const experiment =
    await one(sql`select e.*, d.persona_id, d.origin, d.last_outcome, d.last_reason, d.attempts, d.last_attempt_at, d.uniform
    from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id) where e.experiment_id = ${experimentId}`);
  if (experiment === undefined) return null;
  const group =
    await one(sql`select g.*, i.slug as instrument, i.sha256 as instrument_sha256, gd.model_name, gd.parameters, gd.seed
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
  const answers = await sql<ExperimentDossier['answers'][number]>`
    select a.question_number as number, coalesce(min(sent.text), min(q.question)) as question, min(s.category) as scale, a.answer,
      min(s.eval) as score
    from ${t.eval_questionnaires} a
    -- As this group sent it; the table of questions has the wording that was registered first.
    left join (select (item->>'number')::int as number, item->>'text' as text from ${t.group_details} gd
      join ${t.instruments} i on i.sha256 = gd.instrument_sha256, jsonb_array_elements(i.definition::jsonb->'items') as item
      where gd.experiments_group_id = ${experiment.experiments_group_id}) as sent on sent.number = a.question_number
    left join ${t.scored_answers} s on s.experiment_id = a.experiment_id and s.question_number = a.question_number
    left join ${t.questionnaire} q on q.questionnaire = ${experiment.questionnaire} and q.question_number = a.question_number
      and case q.language_questionnaire when 'english' then 'en' else q.language_questionnaire end
        = case ${experiment.language_questionnaire}::text when 'english' then 'en' else ${experiment.language_questionnaire}::text end
    where a.experiment_id = ${experimentId} group by a.id, a.question_number, a.answer order by a.question_number, a.id`.execute(
    db,
  );
  const calls = await exchangesOf(
    db,
    sql`${t.experiment_request_metadata} m left join ${t.call_bytes} b on b.request_metadata_id = m.id
    where m.experiment_id = ${experimentId}`,
  );
  const instrument = await instrumentOf(db, t, group?.instrument_sha256, experiment.questionnaire);
  return {
    experiment,
    group: group ?? null,
    persona: persona ?? null,
    generation: written === undefined ? null : { about: written, calls: writing },
    answers: answers.rows,
    answers_differing:
      instrument === null || answers.rows.length === 0
        ? []
        : differingAnswers(instrument, answers.rows, calls),
    calls,
  };
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

/** @param from calls as `m` and their bytes as `b` */
async function exchangesOf(
  db: Database['db'],
  from: ReturnType<typeof sql>,
): Promise<StoredExchange[]> {
  type Derived =
    | 'request_text'
    | 'response_text'
    | 'request_verification'
    | 'response_verification';
  type Stored = Omit<StoredExchange, Derived> &
    Record<'request_gzip' | 'response_gzip', Uint8Array | null>;
  const { rows } =
    await sql<Stored>`select m.id, m.created, m.request_json, m.response_json, m.request_metadata, b.request_gzip, b.response_gzip
    from ${from} order by m.id`.execute(db);
  return Promise.all(
    rows.map(async ({ request_gzip, response_gzip, ...call }) => ({
      ...call,
      request_text: textOfPacked(request_gzip),
      response_text: textOfPacked(
        response_gzip,
        decoderOf(call.request_metadata?.response_encoding),
      ),
      request_verification: await verifyPacked(request_gzip, call.request_metadata?.request_sha256),
      response_verification: await verifyPacked(
        response_gzip,
        call.request_metadata?.response_sha256,
      ),
    })),
  );
}

/** Opens what a reply was compressed with on its way. */
function decoderOf(encoding: unknown): (body: Uint8Array) => Uint8Array {
  return typeof encoding === 'string' ? (body) => decompressed(body, encoding) : (body) => body;
}
