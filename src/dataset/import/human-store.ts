/** SQL of answers of people: one transaction a sample. */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { UserError } from '../../errors.ts';
import type { HumanPerson } from './human.ts';

const BATCH = 10_000;

export interface HumanSampleToStore {
  readonly sample: string;
  readonly instrument: string;
  readonly sha256: string;
  readonly source: string;
  readonly people: readonly HumanPerson[];
}

/** @throws UserError where the schema has a sample of this name */
export function insertHumanSample(database: Database, given: HumanSampleToStore): Promise<void> {
  const { t } = database;
  const { sample, instrument, sha256, source, people } = given;
  return database.db.transaction().execute(async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('human_samples')
      .values({
        name: sample,
        instrument,
        instrument_sha256: sha256,
        source,
        people: people.length,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow()
      .then((result) => ({ numInsertedOrUpdatedRows: result.numInsertedOrUpdatedRows ?? 0n }));
    if (numInsertedOrUpdatedRows === 0n)
      throw new UserError(`The schema has a sample of people called "${sample}" already`, {
        code: 'human-sample-exists',
        hint: 'Give this one another name with --name.',
      });
    const persons = people.map((_, index) => index + 1);
    await sql`insert into ${t.human_people} (sample, person, language, subgroup, weight)
      select ${sample}, * from unnest(${persons}::int[], ${people.map((one) => one.language)}::text[],
        ${people.map((one) => one.subgroup)}::text[], ${people.map((one) => one.weight)}::float8[])`.execute(
      transaction,
    );
    const all = people.flatMap(({ answers }, index) =>
      [...answers].map(([number, answer]) => [index + 1, number, answer] as const),
    );
    for (let from = 0; from < all.length; from += BATCH) {
      const batch = all.slice(from, from + BATCH);
      await sql`insert into ${t.human_answers} (sample, person, question_number, answer)
        select ${sample}, * from unnest(${batch.map(([person]) => person)}::int[],
          ${batch.map(([, number]) => number)}::int[], ${batch.map(([, , answer]) => answer)}::float8[])`.execute(
        transaction,
      );
    }
  });
}
