/** SQL of answers: what an administration brought, in the transaction that makes it a fact. */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import { float8Array, int4Array, textArray } from '../db/arrays.ts';
import type { Relations } from '../db/relations.ts';
import { storableText } from '../db/sanitize-text.ts';
import type { Tables } from '../db/schema/tables.ts';
import type { AnsweredSheet } from './experiment.ts';

interface Stored {
  /** Of the experiment. */
  readonly id: number;
  readonly sheet: AnsweredSheet;
}

/** Stores answered administrations in place of what they had brought before. */
export async function storeSheets(
  transaction: Transaction<Tables>,
  t: Relations,
  answered: readonly Stored[],
): Promise<void> {
  if (answered.length === 0) return;
  const ids = answered.map(({ id }) => id);
  await removeSheets(transaction, t, ids);
  const scores = answered.flatMap(({ id, sheet }) => sheet.scores.map((one) => ({ id, ...one })));
  // In one statement: most batches are small, so that each statement counts.
  await sql`
    with scores as (
      insert into ${t.scores} (experiment_id, scale, score, items_answered, rule_sha256)
      select * from unnest(${int4Array(scores.map(({ id }) => id))}::int[],
        ${textArray(scores.map(({ scale }) => scale))}::text[], ${float8Array(scores.map(({ score }) => score))}::float8[],
        ${int4Array(scores.map((one) => one.itemsAnswered))}::int[], ${textArray(scores.map(({ rule }) => rule))}::text[])),
    answers as (${insertAnswers(t, answered)})
    update ${t.experiments_list} e set succeeded = true, llm_explanation = a.explanation
    from unnest(${int4Array(ids)}::int[],
      ${textArray(answered.map(({ sheet }) => storableText(sheet.explanation)))}::text[]) as a (id, explanation)
    where e.experiment_id = a.id`.execute(transaction);
  await insertStates(transaction, t, answered);
}

/**
 * Keeps what the calls of refused administrations had brought until then, without scores. One that
 * has succeeded before keeps its answers.
 */
export async function storeKept(
  transaction: Transaction<Tables>,
  t: Relations,
  refused: readonly Stored[],
): Promise<void> {
  if (refused.length === 0) return;
  const { rows } = await sql<{ id: number }>`select experiment_id as id from ${t.experiments_list}
    where experiment_id = any(${int4Array(refused.map(({ id }) => id))}::int[]) and succeeded is not true`.execute(
    transaction,
  );
  const open = new Set(rows.map(({ id }) => id));
  const kept = refused.filter(({ id }) => open.has(id));
  await removeSheets(
    transaction,
    t,
    kept.map(({ id }) => id),
  );
  await insertAnswers(t, kept).execute(transaction);
  await insertStates(transaction, t, kept);
}

async function removeSheets(
  transaction: Transaction<Tables>,
  t: Relations,
  ids: readonly number[],
): Promise<void> {
  const those = sql`experiment_id = any(${int4Array(ids)}::int[])`;
  await sql`with states as (delete from ${t.item_states} where ${those}),
    probabilities as (delete from ${t.item_probabilities} where ${those}),
    scores as (delete from ${t.scores} where ${those})
    delete from ${t.eval_questionnaires} where ${those}`.execute(transaction);
}

function insertAnswers(t: Relations, some: readonly Stored[]): RawBuilder<unknown> {
  const experiments: number[] = [];
  const questions: number[] = [];
  const answers: number[] = [];
  for (const { id, sheet } of some) {
    sheet.answers.forEach((answer, question) => {
      experiments.push(id);
      questions.push(question);
      answers.push(answer);
    });
  }
  return sql`insert into ${t.eval_questionnaires} (experiment_id, question_number, answer)
    select * from unnest(${int4Array(experiments)}::int[], ${int4Array(questions)}::int[], ${int4Array(answers)}::int[])`;
}

/** Stores what became of items otherwise: their states, and probabilities of their answers. */
async function insertStates(
  transaction: Transaction<Tables>,
  t: Relations,
  some: readonly Stored[],
): Promise<void> {
  const states = some.flatMap(({ id, sheet }) =>
    [...sheet.states].map(([item, state]) => ({ id, item, ...state })),
  );
  if (states.length > 0)
    await sql`insert into ${t.item_states} (experiment_id, question_number, state, call, quantity, reply_text)
      select * from unnest(${states.map(({ id }) => id)}::int[], ${states.map(({ item }) => item)}::int[],
        ${states.map(({ state }) => state)}::text[], ${states.map(({ call }) => call)}::int[],
        ${states.map(({ quantity }) => quantity)}::float8[], ${states.map(({ text }) => storableText(text))}::text[])`.execute(
      transaction,
    );
  const probabilities = some.flatMap(({ id, sheet }) =>
    [...sheet.probabilities].flatMap(([item, byAnswer]) =>
      [...byAnswer].map(([answer, probability]) => ({ id, item, answer, probability })),
    ),
  );
  if (probabilities.length > 0)
    await sql`insert into ${t.item_probabilities} (experiment_id, question_number, answer, probability)
      select * from unnest(${probabilities.map(({ id }) => id)}::int[], ${probabilities.map(({ item }) => item)}::int[],
        ${probabilities.map(({ answer }) => answer)}::int[], ${probabilities.map((one) => Math.min(1, one.probability))}::float8[])`.execute(
      transaction,
    );
}
