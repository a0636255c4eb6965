/**
 * The published tables and their indexes, taken over as they are where somebody else already made
 * them.
 */
import { type Kysely, sql } from 'kysely';
import { UserError } from '../../../errors.ts';
import { publishedIndexName } from '../name.ts';
import { indexStem, PUBLISHED_TABLES } from '../published-tables.ts';

export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  for (const table of PUBLISHED_TABLES) {
    const columns = table.columns.map(({ name, type }) => sql`${sql.ref(name)} ${sql.raw(type)}`);
    const key = table.columns[0]!.name;
    await sql`create table if not exists ${sql.id(schema, table.name)} (${sql.join(columns)}, primary key (${sql.ref(key)}))`.execute(
      db,
    );
    await requireColumns(
      db,
      schema,
      table.name,
      table.columns.map((column) => column.name),
    );
    for (const column of table.columns.filter((candidate) => candidate.indexed)) {
      const index = publishedIndexName(schema, indexStem(table.name, column.name));
      await sql`create index if not exists ${sql.ref(index)} on ${sql.id(schema, table.name)} (${sql.ref(column.name)})`.execute(
        db,
      );
    }
  }
  await sql`create table if not exists ${sql.id(schema, 'alembic_version')} (
    version_num varchar(32) not null, constraint alembic_version_pkc primary key (version_num))`.execute(
    db,
  );
  await sql`insert into ${sql.id(schema, 'alembic_version')} (version_num)
    select '001_initial_schema' where not exists (select from ${sql.id(schema, 'alembic_version')})`.execute(
    db,
  );
}

/** Somebody else's database may have tables of these names with other columns. */
async function requireColumns(
  db: Kysely<unknown>,
  schema: string,
  table: string,
  expected: readonly string[],
): Promise<void> {
  const { rows } = await sql<{
    column_name: string;
  }>`select column_name from information_schema.columns
    where table_schema = ${schema} and table_name = ${table}`.execute(db);
  const present = new Set(rows.map((row) => row.column_name));
  const missing = expected.filter((column) => !present.has(column));
  if (missing.length > 0) {
    throw new UserError(
      `Table ${schema}.${table} lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`,
      {
        code: 'table-incompatible',
        hint: 'The table was created neither by this program nor by the published study. Choose another schema with --schema, or add the columns.',
      },
    );
  }
}
