/** SQL of cleaning again: raw values in, categories out; what the models wrote is not touched. */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import {
  CLEANED_FIELDS,
  type CleanedField,
  cleanPersona,
  type Demographics,
  type DemographicVocabulary,
  UNMAPPED,
} from './clean.ts';

const FIELDS = Object.keys(CLEANED_FIELDS) as CleanedField[];
const PAGE = 4000;

export interface UnmappedValue {
  readonly field: CleanedField;
  readonly raw: string | null;
  readonly personas: number;
}

/** Raw values that no rule knew, most frequent first, at most `limit` of each field. */
export async function listUnmappedValues(
  { db, t }: Database,
  limit: number,
): Promise<UnmappedValue[]> {
  const found: UnmappedValue[] = [];
  for (const field of FIELDS) {
    const { rows } = await sql<{ raw: string | null; personas: number }>`
      select coalesce(x.full_text, ${sql.ref(`p.${`${field}_original`}`)}) as raw, count(*)::int as personas
      from ${t.personas} p left join ${t.persona_texts} x on x.persona_id = p.id and x.column_name = ${`${field}_original`}
      where ${sql.ref(`p.${field}`)} = ${UNMAPPED} group by 1 order by 2 desc, 1 limit ${limit}`.execute(
      db,
    );
    found.push(...rows.map((row) => ({ field, ...row })));
  }
  return found;
}

/** How many personas have each category. */
export async function countCategories({
  db,
  t,
}: Database): Promise<{ field: CleanedField; category: string | null; personas: number }[]> {
  const counts: { field: CleanedField; category: string | null; personas: number }[] = [];
  for (const field of FIELDS) {
    const { rows } = await sql<{ category: string | null; personas: number }>`
      select nullif(${sql.ref(field)}, '') as category, count(*)::int as personas from ${t.personas} group by 1 order by 2 desc, 1`.execute(
      db,
    );
    counts.push(...rows.map((row) => ({ field, ...row })));
  }
  return counts;
}

type RawRow = { id: number } & Record<`${CleanedField}_raw` | CleanedField, string | null>;

/**
 * Cleans once more every persona that a vocabulary cleaned before, and those that nobody has
 * cleaned and that have raw values. Categories that were brought by import stay. One transaction.
 * @returns how many personas were looked at, and how many of them changed
 */
export async function recleanPersonas(
  { db, t }: Database,
  vocabulary: DemographicVocabulary,
): Promise<{ personas: number; changed: number }> {
  const columns = sql.join(
    FIELDS.flatMap((field) => [
      sql`coalesce(${sql.ref(`p.${field}`)}, '') as ${sql.ref(field)}`,
      rawOf(field),
    ]),
  );
  const uncleaned = sql.join(
    FIELDS.map((field) => sql`coalesce(${sql.ref(`p.${field}`)}, '') = ''`),
    sql` and `,
  );
  const told = sql.join(
    FIELDS.map((field) => sql`${sql.ref(`p.${field}_original`)} is not null`),
    sql` or `,
  );
  return db.transaction().execute(async (transaction) => {
    let personas = 0;
    let changed = 0;
    // Page by page of ids, then all of the page: asked for "the next so many" at once, the server
    // joins all personas for each page.
    for (let after = -1; ; ) {
      const { rows: ends } = await sql<{ last: number | null }>`select max(id) as last
        from (select id from ${t.personas} where id > ${after}::int order by id limit ${PAGE}) as page`.execute(
        transaction,
      );
      const last = ends[0]!.last;
      if (last === null) break;
      const page = sql`between ${after + 1}::int and ${last}::int`;
      after = last;
      const { rows } = await sql<RawRow>`
        select p.id, ${columns} from ${t.personas} p join ${t.persona_details} d on d.persona_id = p.id
        left join (select persona_id, jsonb_object_agg(column_name, full_text) as texts from ${t.persona_texts}
          where persona_id ${page} group by 1) x on x.persona_id = p.id
        where p.id ${page} and d.persona_id ${page}
          and (d.vocabulary_sha256 is not null or (${uncleaned}) and (${told})) order by p.id`.execute(
        transaction,
      );
      if (rows.length === 0) continue;
      personas += rows.length;
      const different = rows.flatMap((row) => {
        const raw = Object.fromEntries(
          FIELDS.map((field) => [field, row[`${field}_raw`]]),
        ) as Demographics<string | null>;
        const cleaned = cleanPersona(raw, vocabulary);
        return FIELDS.some((field) => cleaned[field] !== row[field])
          ? [{ id: row.id, ...cleaned }]
          : [];
      });
      changed += different.length;
      if (different.length > 0)
        await sql`update ${t.personas} p set ${sql.join(FIELDS.map((field) => sql`${sql.ref(field)} = c.${sql.ref(field)}`))}
        from jsonb_to_recordset(${JSON.stringify(different)}::jsonb) as c (id int, ${sql.join(FIELDS.map((field) => sql`${sql.ref(field)} text`))})
        where p.id = c.id`.execute(transaction);
      await sql`update ${t.persona_details} set vocabulary_sha256 = ${vocabulary.sha256}
        where persona_id = any(${rows.map((row) => row.id)}::int[]) and vocabulary_sha256 is distinct from ${vocabulary.sha256}`.execute(
        transaction,
      );
    }
    return { personas, changed };
  });
}

function rawOf(field: CleanedField) {
  const column = `${field}_original`;
  return sql`coalesce(x.texts ->> ${sql.lit(column)}, ${sql.ref(`p.${column}`)}) as ${sql.ref(`${field}_raw`)}`;
}
