/** Every table of a schema as a CSV file, in the dialect of PostgreSQL's COPY. */
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import type { Database } from '../database/connect.ts';
import { csvLine } from './csv.ts';

const PAGE = 1000;

/** @returns names of the tables written, one file each in `folder` */
export async function writeTables({ db, schema }: Database, folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const { rows: tables } = await sql<{ name: string }>`select table_name as name from information_schema.tables
    where table_schema = ${schema} and table_type = 'BASE TABLE' order by 1`.execute(db);
  for (const { name } of tables) await pipeline(linesOf(db, schema, name), createWriteStream(path.join(folder, `${name}.csv`)));
  return tables.map((table) => table.name);
}

async function* linesOf(db: Database['db'], schema: string, table: string): AsyncGenerator<string> {
  const { rows: columns } = await sql<{
    name: string;
    type: string;
  }>`select column_name as name, data_type as type from information_schema.columns
    where table_schema = ${schema} and table_name = ${table} order by ordinal_position`.execute(db);
  yield csvLine(columns.map((column) => column.name));
  const texts = sql.join(
    columns.map(({ name, type }) => (type === 'boolean' ? sql`left(${sql.ref(name)}::text, 1)` : sql`${sql.ref(name)}::text`)),
  );
  for (let offset = 0; ; offset += PAGE) {
    const { rows } = await sql<{ fields: (string | null)[] }>`select array[${texts}] as fields from ${sql.id(schema, table)}
      order by ctid limit ${PAGE} offset ${offset}`.execute(db);
    if (rows.length > 0) yield rows.map((row) => csvLine(row.fields)).join('');
    if (rows.length < PAGE) return;
  }
}
