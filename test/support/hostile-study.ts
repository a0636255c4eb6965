/** A study in which a hostile text stands wherever a text of somebody's can stand. */
import { sql } from 'kysely';
import type { Database } from '../../src/db/connect.ts';
import type { Instrument } from '../../src/instruments/instrument.ts';
import { parseInstrument } from '../../src/instruments/load.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { register } from './study.ts';

/**
 * Each text has one persona in a population and a condition of its own, asked with an instrument of
 * its own. Every third refused; the others answered.
 */
export async function makeHostileStudy({ db, t, ...database }: Database): Promise<void> {
  const texts = HOSTILE_TEXTS.map((text) => text.replaceAll('\r', ''));
  await sql`insert into ${t.populations} (population, mapped, display)
    select left(text, 100), left(text, 100), text from unnest(${texts}::text[]) as h (text)`.execute(
    db,
  );
  await sql`insert into ${t.personas} (ref_personality_id, population, model, name, description, repetitions, occupation_original, occupation)
    select place, left(text, 100), 'sim-gpt4o', left(text, 100), text, 1, left(text, 100), 'Other'
    from unnest(${texts}::text[]) with ordinality as h (text, place) order by place`.execute(db);
  await sql`insert into ${t.persona_columns} (persona_id, name, value)
    select place, text, text from unnest(${texts}::text[]) with ordinality as h (text, place)`.execute(
    db,
  );
  for (const [index, text] of texts.entries())
    await register({ db, t, ...database }, [[...text].slice(0, 100).join('')], {
      instrument: instrumentOf(index + 1, text),
    });
  const steps = [
    sql`update ${t.experiments_groups} g set description = h.text from unnest(${texts}::text[]) with ordinality as h (text, place)
      where g.experiments_group_id = h.place`,
    sql`insert into ${t.group_factors} (experiments_group_id, name, level)
      select place, text, text from unnest(${texts}::text[]) with ordinality as h (text, place)`,
    sql`update ${t.experiments_list} e set succeeded = experiment_id % 3 > 0, llm_explanation = p.description from ${t.personas} p
      where p.id = e.experiment_id`,
    sql`update ${t.experiment_details} d set attempts = 1, last_attempt_at = timestamptz '2026-01-01Z', last_reason = p.description,
      last_outcome = case when experiment_id % 3 = 0 then 'refused' else 'answered' end,
      last_kind = case when experiment_id % 3 = 0 then 'refused' end from ${t.personas} p where p.id = d.experiment_id`,
    sql`insert into ${t.scores} (experiment_id, scale, score, items_answered)
      select experiment_id, scale, experiment_id % 3, 2 from ${t.experiments_list}, unnest(array['A', 'B']) scale where succeeded`,
    sql`insert into ${t.eval_questionnaires} (experiment_id, question_number, answer)
      select experiment_id, number, (experiment_id + number) % 2 from ${t.experiments_list}, generate_series(1, 4) number where succeeded`,
    sql`insert into ${t.experiment_request_metadata} (id, experiment_id, request_json, response_json, request_metadata)
      select id, id, jsonb_build_object('messages', jsonb_build_array(jsonb_build_object('role', 'system', 'content', description))),
        jsonb_build_object('choices', jsonb_build_array(jsonb_build_object('message', jsonb_build_object('content', description)))),
        jsonb_build_object('attempt', 1, 'outcome', case when id % 3 = 0 then 'refused' else 'answered' end, 'reason', description)
      from ${t.personas}`,
    sql`insert into ${t.reply_texts} (request_metadata_id, reply) select id, description from ${t.personas}`,
  ];
  for (const step of steps) await step.execute(db);
}

function instrumentOf(number: number, text: string): Instrument {
  const definition = {
    slug: `hostile${number}`,
    title: text,
    citation: text,
    licence: text,
    language: 'en',
    scales: [
      { id: 'A', name: text },
      { id: 'B', name: `second ${text}` },
    ],
    answers: {
      min: 0,
      max: 1,
      reply: 'value',
      options: [
        { value: 0, label: `no ${text}` },
        { value: 1, label: `yes ${text}` },
      ],
    },
    scoring: 'sum',
    instructions: text,
    items: [1, 2, 3, 4].map((item) => ({
      number: item,
      text: `${item} ${text}`,
      scale: item % 2 === 0 ? 'A' : 'B',
      reverse: false,
    })),
  };
  return parseInstrument(JSON.stringify(definition), 'the test');
}
