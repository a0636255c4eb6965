/** SQL of personas of one's own: each case under each condition, once for every model. */
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../db/connect.ts';
import type { Tables } from '../../db/schema/tables.ts';
import { UserError } from '../../errors.ts';
import { countWords, fitPersona, type PersonaRow } from '../persona.ts';
import { insertBatch } from '../store.ts';
import type { OwnPersona } from './own.ts';

const BATCH = 500;
/** What the published column `population` holds. */
const LONGEST_CONDITION = 100;

export interface OwnPersonasToStore {
  readonly personas: readonly OwnPersona[];
  /** Short names: each model answers as every persona. */
  readonly models: readonly string[];
  /** Administrations of each persona. */
  readonly repetitions: number;
  /** Where they come from, for people. */
  readonly source: string;
}

/**
 * Adds the personas that are not there yet, in one transaction.
 * @returns how many were added, all models together
 * @throws UserError where a condition's name is too long, or the schema has answer sheets, whose
 *   numbers the cases would be taken for
 */
export function storeOwnPersonas(database: Database, given: OwnPersonasToStore): Promise<number> {
  requireShortConditions(given.personas);
  return database.db.transaction().execute(async (transaction) => {
    const { schema, t } = database;
    await sql`select pg_advisory_xact_lock(hashtext('personality-trap personas'), hashtext(${schema}))`.execute(
      transaction,
    );
    const { rows: sheets } = await sql`select from ${t.reference_population} limit 1`.execute(
      transaction,
    );
    if (sheets.length > 0)
      throw new UserError(`Schema "${schema}" has a reference population of answer sheets`, {
        code: 'schema-has-sheets',
        hint: 'Give a study with personas of its own another schema ("schema:" in the file, or --schema).',
      });
    await labelConditions(transaction, database, given.personas);
    let added = 0;
    for (const model of given.models)
      added += await storeForModel(transaction, database, model, given);
    return added;
  });
}

async function storeForModel(
  transaction: Transaction<Tables>,
  database: Database,
  model: string,
  { personas, repetitions, source }: OwnPersonasToStore,
): Promise<number> {
  const { t } = database;
  const { rows } = await sql<{ condition: string; case: number }>`
    select population as condition, ref_personality_id as case from ${t.personas}
    where model = ${model} and ref_personality_id is not null`.execute(transaction);
  const known = new Set(rows.map((row) => keyOf(row.condition, row.case)));
  const missing = personas.filter((one) => !known.has(keyOf(one.condition, one.case)));
  for (let from = 0; from < missing.length; from += BATCH) {
    const batch = missing.slice(from, from + BATCH);
    const ids = await insertBatch(
      transaction,
      database,
      batch.map((one) => personaRow(one, model, repetitions)),
      { origin: 'imported', source, vocabulary: null },
    );
    await storeColumns(transaction, database, batch, ids);
  }
  return missing.length;
}

function keyOf(condition: string, number: number): string {
  return JSON.stringify([condition, number]);
}

function personaRow(persona: OwnPersona, model: string, repetitions: number): PersonaRow {
  const { description, condition, case: number } = persona;
  return fitPersona({
    model,
    population: condition,
    ref_personality_id: number,
    description,
    word_count_description: description === null ? null : countWords(description),
    repetitions,
  });
}

async function storeColumns(
  transaction: Transaction<Tables>,
  { t }: Database,
  batch: readonly OwnPersona[],
  ids: readonly number[],
): Promise<void> {
  const cells = batch.flatMap(({ columns }, index) =>
    Object.entries(columns)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => ({ id: ids[index]!, name, value })),
  );
  await sql`insert into ${t.persona_columns} (persona_id, name, value)
    select * from unnest(${cells.map(({ id }) => id)}::int[], ${cells.map(({ name }) => name)}::text[],
      ${cells.map(({ value }) => value)}::text[])`.execute(transaction);
}

/** A condition is shown by its own name, whatever the published rules would make of it. */
async function labelConditions(
  transaction: Transaction<Tables>,
  { t }: Database,
  personas: readonly OwnPersona[],
): Promise<void> {
  const conditions = [...new Set(personas.map(({ condition }) => condition))];
  await sql`insert into ${t.populations} (population, mapped, display)
    select name, name, name from unnest(${conditions}::text[]) as conditions (name)
    on conflict do nothing`.execute(transaction);
}

function requireShortConditions(personas: readonly OwnPersona[]): void {
  const long = personas.find(({ condition }) => [...condition].length > LONGEST_CONDITION);
  if (long === undefined) return;
  throw new UserError(
    `The condition "${long.condition}" is longer than ${LONGEST_CONDITION} characters, the maximum in the database`,
    { code: 'condition-too-long', hint: 'Shorten the levels in the file.' },
  );
}
