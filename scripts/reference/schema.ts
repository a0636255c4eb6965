/**
 * Every table and view of a study's schema, from a database that has gone through all migrations.
 */
import { sql } from 'kysely';
import { BOOKKEEPING } from '../../src/dataset/tables.ts';
import type { Database } from '../../src/db/connect.ts';
import { PUBLISHED_TABLES } from '../../src/db/schema/published-tables.ts';
import { type Meanings, readMeanings } from './meanings.ts';
import { code, pageOf, tableOf } from './page.ts';

interface Column {
  readonly relation: string;
  readonly kind: 'table' | 'view' | 'materialised view';
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: string | null;
}

interface Definition {
  readonly relation: string;
  readonly definition: string;
}

export async function schemaPage(database: Database): Promise<string> {
  const meanings = readMeanings('schema');
  const columns = await columnsOf(database);
  const constraints = await constraintsOf(database);
  const indexes = await indexesOf(database);
  const names = [...new Set(columns.map((column) => column.relation))];
  const kindOf = (name: string) => columns.find((column) => column.relation === name)!.kind;
  const published = PUBLISHED_TABLES.map((table) => table.name);
  const tables = names.filter(
    (name) => kindOf(name) === 'table' && !published.includes(name) && name !== VERSION,
  );
  const groups: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'Published tables',
      "Those of the published study, unchanged: names, columns, types, defaults and indexes, so that its dump loads and SQL written for it runs. They have no foreign keys. Indexes whose names do not begin with `ix_` are this program's.",
      [...published, VERSION],
    ],
    [
      'Views',
      'For SQL of your own.',
      names.filter((name) => kindOf(name) !== 'table').toReversed(),
    ],
    [
      'Tables of this program',
      'What the published tables cannot say. They are exported and imported with them.',
      tables.filter((name) => !BOOKKEEPING.includes(name)),
    ],
    [
      'Bookkeeping',
      'True of one schema alone; neither exported nor imported.',
      tables.filter((name) => BOOKKEEPING.includes(name)),
    ],
  ];
  const describe = (name: string) =>
    [
      `### ${name}`,
      meanings.of(name),
      columnsTable(
        columns.filter((column) => column.relation === name),
        meanings,
      ),
      listOf('Constraints', constraints, name),
      listOf('Indexes', indexes, name),
    ]
      .filter((part) => part !== '')
      .join('\n\n');
  const page = pageOf(
    'Schema',
    'a migrated database and scripts/reference/meanings/schema.yaml',
    `One study is one schema, \`personality_trap\` unless \`--schema\` says otherwise. \`personas init-db\` makes it and brings it up to date; \`personas schemas list\` shows those there are. The job queue
of a study is in a schema beside it, \`SCHEMA__jobs\`, and holds nothing that is not in the study.`,
    tableOf(
      ['table or view', 'what it is'],
      groups.flatMap(([, , members]) =>
        members.map((name) => [`[${code(name)}](#${name})`, meanings.of(name)]),
      ),
    ),
    ...groups.map(([title, about, members]) =>
      [`## ${title}`, about, ...members.map(describe)].join('\n\n'),
    ),
  );
  meanings.done();
  return page;
}

/** A published table that came with the study's migration tool. */
const VERSION = 'alembic_version';

function columnsTable(columns: readonly Column[], meanings: Meanings): string {
  return tableOf(
    ['column', 'type', 'default', 'what it is'],
    columns.map((column) => [
      code(column.name),
      `${column.type}${column.required ? ', required' : ''}`,
      column.default === null
        ? ''
        : column.default.startsWith('nextval(')
          ? 'next number'
          : code(column.default),
      meanings.of(`${column.relation}.${column.name}`),
    ]),
  );
}

function listOf(title: string, definitions: readonly Definition[], name: string): string {
  const own = definitions.filter((one) => one.relation === name);
  return own.length === 0 ? '' : `${title}: ${own.map((one) => code(one.definition)).join(', ')}.`;
}

async function columnsOf({ db, schema }: Database): Promise<readonly Column[]> {
  const { rows } = await sql<Column>`
    select c.relname as relation, a.attname as name, a.attnotnull as required, pg_get_expr(d.adbin, d.adrelid) as default,
      case c.relkind when 'r' then 'table' when 'v' then 'view' else 'materialised view' end as kind, format_type(a.atttypid, a.atttypmod) as type
    from pg_class c join pg_attribute a on a.attrelid = c.oid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = ${schema}::regnamespace and c.relkind in ('r', 'v', 'm') and a.attnum > 0 and not a.attisdropped
    order by c.relname collate "C", a.attnum`.execute(db);
  return rows.map((row) => ({
    ...row,
    type: shortType(row.type),
    default: row.default?.replace(/::[a-z ]+$/, '') ?? null,
  }));
}

async function constraintsOf({ db, schema }: Database): Promise<readonly Definition[]> {
  const { rows } = await sql<Definition>`
    select c.relname as relation, pg_get_constraintdef(k.oid) as definition from pg_constraint k join pg_class c on c.oid = k.conrelid
    where k.connamespace = ${schema}::regnamespace and k.contype <> 'n' order by k.contype = 'p' desc, pg_get_constraintdef(k.oid) collate "C"`.execute(
    db,
  );
  return rows.map(({ relation, definition }) => ({
    relation,
    definition: definition
      .replaceAll(`${schema}.`, '')
      .replaceAll(/::(?:text|double precision)\b(?:\[\])?/g, ''),
  }));
}

async function indexesOf({ db, schema }: Database): Promise<readonly Definition[]> {
  const { rows } = await sql<Definition & { readonly name: string }>`
    select tablename as relation, indexname as name, indexdef as definition from pg_indexes where schemaname = ${schema}
      and indexname not in (select conname from pg_constraint where connamespace = ${schema}::regnamespace)
    order by indexname collate "C"`.execute(db);
  return rows.map(({ relation, name, definition }) => ({
    relation,
    definition: `${name.replace(`ix_${schema}_`, 'ix_SCHEMA_')} ${definition.replace(/^.* USING btree /, '').replaceAll('::text', '')}`,
  }));
}

function shortType(type: string): string {
  return type
    .replace('character varying', 'varchar')
    .replace('character(', 'char(')
    .replace('timestamp with time zone', 'timestamptz')
    .replace('timestamp without time zone', 'timestamp');
}
