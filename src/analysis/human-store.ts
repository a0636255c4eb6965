/** SQL of answers of people: reads the samples of a schema into arrays. */
import { sql } from 'kysely';
import type { Relations } from '../db/relations.ts';
import type { Session } from '../db/session.ts';
import { UNANSWERED } from './data.ts';
import type { HumanSample } from './human-sample.ts';

/** In order of name. */
export async function readHumanSamples(session: Session, t: Relations): Promise<HumanSample[]> {
  const { rows: samples } = await sql<{ name: string; instrument: string }>`
    select name, instrument from ${t.human_samples} order by name collate "C"`.execute(session.db);
  const read: HumanSample[] = [];
  for (const { name, instrument } of samples) {
    const { rows: people } = await sql<{
      person: number;
      language: string | null;
      subgroup: string | null;
      weight: number | null;
      numbers: number[];
      answers: number[];
    }>`
      select p.person, p.language, p.subgroup, p.weight,
        coalesce(array_agg(a.question_number order by a.question_number) filter (where a.answer is not null), '{}') as numbers,
        coalesce(array_agg(a.answer order by a.question_number) filter (where a.answer is not null), '{}') as answers
      from ${t.human_people} p left join ${t.human_answers} a using (sample, person)
      where p.sample = ${name} group by p.sample, p.person order by p.person`.execute(session.db);
    const width = people.reduce((most, { numbers }) => Math.max(most, ...numbers), 0);
    const answers = new Float64Array(people.length * width).fill(UNANSWERED);
    people.forEach((person, row) => {
      person.numbers.forEach((number, at) => {
        answers[row * width + number - 1] = person.answers[at]!;
      });
    });
    read.push({ name, instrument, people, width, answers });
  }
  return read;
}
