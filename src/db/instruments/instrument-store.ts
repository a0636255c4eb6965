/** SQL of instruments: the wording as a whole, its structure, its items in the published table. */
import { sql } from 'kysely';
import type { Instrument } from '../../instruments/instrument.ts';
import type { Database } from '../connect.ts';
import type { Relations } from '../relations.ts';
import { storeStructure } from './structure-store.ts';

/** Keeps the wording and how it is scored; once kept, it stays as it is. */
export async function insertInstrument(
  db: Database['db'],
  t: Relations,
  instrument: Instrument,
): Promise<void> {
  const { sha256, slug, language, title, definition, scales, items } = instrument;
  const shared = new Set(items.map(({ answers }) => answers));
  const [only] = shared.size === 1 ? shared : [null];
  const values = (only?.options ?? []).map(({ value }) => value);
  const rules = new Set(scales.map(({ score }) => score));
  const [rule] = rules.size === 1 ? rules : [undefined];
  const scoring = rule === 'sum' || rule === 'mean' ? rule : null;
  await sql`insert into ${t.instruments} (sha256, slug, language, title, answer_min, answer_max, scoring, definition)
    values (${sha256}, ${slug}, ${language}, ${title}, ${values.length === 0 ? null : Math.min(...values)},
      ${values.length === 0 ? null : Math.max(...values)}, ${scoring}, ${definition})
    on conflict (sha256) do nothing`.execute(db);
  await storeStructure(db, t, instrument);
}

/** Adds the items to the published table. */
export async function insertItems(
  db: Database['db'],
  t: Relations,
  { slug, language, items }: Instrument,
): Promise<void> {
  await sql`insert into ${t.questionnaire} (language_questionnaire, question_number, questionnaire, category, key, question, reverse)
    select ${language}, u.number, ${slug}, u.scale, u.key, u.text, u.reverse
    from unnest(
      ${items.map((item) => item.number)}::int[], ${items.map((item) => item.scale)}::text[], ${items.map((item) => item.key)}::int[],
      ${items.map((item) => item.text)}::text[], ${items.map((item) => item.reverse)}::bool[]) as u (number, scale, key, text, reverse)`.execute(
    db,
  );
}

/** Instruments by the hash under which groups stored them. */
export async function storedInstruments({
  db,
}: Pick<Database, 'db'>): Promise<Map<string, string>> {
  const rows = await db.selectFrom('instruments').select(['sha256', 'definition']).execute();
  return new Map(rows.map((row) => [row.sha256, row.definition]));
}
