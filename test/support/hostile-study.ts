/** A study in which a hostile text stands wherever a text of somebody's can stand. */
import { sql } from 'kysely';
import type { Database } from '../../src/db/connect.ts';
import type { Instrument } from '../../src/instruments/instrument.ts';
import { parseInstrument } from '../../src/instruments/load.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { register } from './study.ts';

/** Slug of the instrument that all were asked with; each of its items is one of the texts. */
export const SHARED = 'hostile_shared';

/** Numbers of the items of each other instrument. */
const OWN_ITEMS: readonly number[] = [1, 2, 3, 4];

/**
 * Each text has one persona in a population and a condition of its own, asked with an instrument of
 * its own, and again with one that they share. Every third refused; the others answered. The first
 * hundred administrations are those with own instruments. An own column `own` has each text as a
 * value; each text is also the name of an own column, of two values.
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
    select place, text, text from unnest(${texts}::text[]) with ordinality as h (text, place)
    union all select place, 'own', text from unnest(${texts}::text[]) with ordinality as h (text, place)
    union all select place % ${texts.length} + 1, text, 'other' from unnest(${texts}::text[]) with ordinality as h (text, place)`.execute(
    db,
  );
  const populations = texts.map((text) => [...text].slice(0, 100).join(''));
  for (const [index, text] of texts.entries())
    await register({ db, t, ...database }, [populations[index]!], {
      instrument: instrumentOf(
        `hostile${index + 1}`,
        text,
        text,
        OWN_ITEMS.map((item) => `${item} ${text}`),
      ),
    });
  await register({ db, t, ...database }, populations, {
    instrument: instrumentOf(SHARED, 'Shared', 'shared', texts),
  });
  const steps = [
    sql`update ${t.experiments_groups} g set description = h.text from unnest(${texts}::text[]) with ordinality as h (text, place)
      where g.experiments_group_id = h.place`,
    sql`insert into ${t.group_factors} (experiments_group_id, name, level)
      select place, text, text from unnest(${texts}::text[]) with ordinality as h (text, place)`,
    sql`update ${t.experiments_list} e set succeeded = e.experiment_id % 3 > 0, llm_explanation = p.description
      from ${t.experiment_details} d join ${t.personas} p on p.id = d.persona_id where d.experiment_id = e.experiment_id`,
    sql`update ${t.experiment_details} d set attempts = 1, last_attempt_at = timestamptz '2026-01-01Z', last_reason = p.description,
      last_outcome = case when experiment_id % 3 = 0 then 'refused' else 'answered' end,
      last_kind = case when experiment_id % 3 = 0 then 'refused' end from ${t.personas} p where p.id = d.persona_id`,
    sql`insert into ${t.scores} (experiment_id, scale, score, items_answered)
      select experiment_id, scale, experiment_id % 3, 2 from ${t.experiments_list}, unnest(array['A', 'B']) scale where succeeded`,
    sql`insert into ${t.eval_questionnaires} (experiment_id, question_number, answer)
      select experiment_id, number, (experiment_id + number) % 2 from ${t.experiments_list},
        generate_series(1, case when questionnaire = ${SHARED} then ${texts.length}::int else ${OWN_ITEMS.length}::int end) number where succeeded`,
    sql`insert into ${t.experiment_request_metadata} (id, experiment_id, request_json, response_json, request_metadata)
      select d.experiment_id, d.experiment_id, jsonb_build_object('messages', jsonb_build_array(jsonb_build_object('role', 'system', 'content', description))),
        jsonb_build_object('choices', jsonb_build_array(jsonb_build_object('message', jsonb_build_object('content', description)))),
        jsonb_build_object('attempt', 1, 'outcome', d.last_outcome, 'reason', description)
      from ${t.experiment_details} d join ${t.personas} p on p.id = d.persona_id`,
    sql`insert into ${t.reply_texts} (request_metadata_id, reply)
      select d.experiment_id, description from ${t.experiment_details} d join ${t.personas} p on p.id = d.persona_id`,
  ];
  for (const step of steps) await step.execute(db);
}

function instrumentOf(
  slug: string,
  title: string,
  text: string,
  items: readonly string[],
): Instrument {
  const definition = {
    slug,
    title,
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
    items: items.map((words, index) => ({
      number: index + 1,
      text: words,
      scale: index % 2 === 0 ? 'B' : 'A',
      reverse: false,
    })),
  };
  return parseInstrument(JSON.stringify(definition), 'the test');
}
