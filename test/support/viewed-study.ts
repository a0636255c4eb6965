/** A small study with every outcome, hostile texts everywhere, and a reply that was edited later. */
import { sql } from 'kysely';
import type { Database } from '../../src/db/connect.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { seedReference } from '../../src/personas/sheets/reference.ts';
import { FEW_HOSTILE_TEXTS } from './hostile-texts.ts';
import {
  type Behaviour,
  breaksDown,
  MisbehavingServer,
  refuses,
  says,
  truncates,
} from './misbehaving-server.ts';
import { configFor, messagesOf, register, sheet } from './study.ts';

export const PERSONS = FEW_HOSTILE_TEXTS.length;
export const CONDITIONS = ['calm', 'restless'] as const;

/** What becomes of a person under a condition. */
function behaviourOf(person: number, condition: string): Behaviour {
  const text = FEW_HOSTILE_TEXTS[person - 1]!;
  if (condition === 'restless') {
    if (person % 5 === 0) return refuses(`I cannot do that: ${text}`);
    if (person % 7 === 0) return truncates(`{"1": "True", "explanation": ${JSON.stringify(text)}`);
    if (person % 11 === 0) return breaksDown();
  }
  return says(sheet((number) => (number + person) % 3 === 0, `Person ${person} says ${text}`));
}

/** Fifty administrations in two conditions, of which the last person of the second is untried. */
export async function makeViewedStudy(database: Database): Promise<void> {
  const { db, t } = database;
  await seedReference(database, 1, null);
  await sql`insert into ${t.personas} (ref_personality_id, population, model, name, description, repetitions, occupation_original, occupation)
    select person, condition, 'sim-gpt4o', left(hostile, 200),
      'I am person ' || person || ' of ' || condition || '. ' || hostile, 1, hostile, 'Other'
    from unnest(${[...FEW_HOSTILE_TEXTS]}::text[]) with ordinality as h (hostile, person)
    cross join unnest(${[...CONDITIONS]}::text[]) as c (condition) order by condition, person`.execute(
    db,
  );
  await register(database, CONDITIONS);
  await using server = await MisbehavingServer.start((request) => {
    const { system } = messagesOf(request);
    const [, person, condition] = /I am person (\d+) of (\w+)/.exec(system)!;
    return behaviourOf(Number(person), condition!);
  });
  await runPendingExperiments(database, configFor(server.openaiBaseUrl), {
    only: Array.from({ length: PERSONS * CONDITIONS.length - 1 }, (_, index) => index + 1),
  });
}
