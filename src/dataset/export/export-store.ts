/**
 * SQL of the export: rows of a table in order of their key, in pages that fit into memory, and
 * where the rows came from.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { originOfExperiment } from '../../db/row-origin.ts';
import type { RowOrigin } from '../../db/schema/tables.ts';
import type { Session } from '../../db/session.ts';
import type { DatabaseColumn, TableShape } from '../shapes-store.ts';
import type { StudyTable } from '../tables.ts';

/**
 * Until the transaction ends, values are written the same way whatever a server is set to: times
 * in UTC and ISO 8601, numbers with all of their digits.
 */
export async function writeAlike({ db }: Session): Promise<void> {
  await sql`select set_config(name, value, true) from (values
    ('TimeZone', 'UTC'), ('DateStyle', 'ISO, MDY'), ('IntervalStyle', 'postgres'),
    ('extra_float_digits', '1'), ('bytea_output', 'hex')) as settings (name, value)`.execute(db);
}

/** Of a page, in bytes as they are written. */
const PAGE_BYTES = 4 << 20;
const FIRST_PAGE_ROWS = 200;
const MOST_PAGE_ROWS = 50_000;

const INTEGER = /^(integer|bigint|smallint)$/;

/**
 * What a table is ordered by: its key, texts by their bytes so that every database orders alike.
 */
function keyOf({ key, columns }: TableShape): RawBuilder<unknown>[] {
  return key.map((name) => {
    const type = columns.find((column) => column.name === name)!.type;
    return INTEGER.test(type) ? sql`${sql.ref(name)}` : sql`${sql.ref(name)}::text collate "C"`;
  });
}

/**
 * Rows whose key is greater, or not greater, than one that was met. Numbers are compared as
 * numbers.
 */
function compared(
  shape: TableShape,
  operator: '>' | '<=',
  key: readonly string[],
): RawBuilder<boolean> {
  const values = shape.key.map((name, index) => {
    const type = shape.columns.find((column) => column.name === name)!.type;
    return INTEGER.test(type)
      ? sql`${sql.lit(key[index]!)}::bigint`
      : sql`${sql.lit(key[index]!)}::text`;
  });
  return sql<boolean>`(${sql.join(keyOf(shape))}) ${sql.raw(operator)} (${sql.join(values)})`;
}

function nextSize(rows: number, bytes: number): number {
  return Math.min(
    MOST_PAGE_ROWS,
    Math.max(1, Math.floor((rows * PAGE_BYTES) / Math.max(bytes, 1))),
  );
}

/** The rows of a table as COPY writes CSV, without a header. */
export async function* copyTable(
  session: Session,
  { kind, t }: Database,
  table: StudyTable,
  shape: TableShape,
): AsyncGenerator<Uint8Array> {
  const columns = sql.join(shape.columns.map((column) => sql.ref(column.name)));
  const order = shape.key.length === 0 ? sql`` : sql`order by ${sql.join(keyOf(shape))}`;
  const copy = (where: RawBuilder<unknown>) =>
    session.copyOut(
      sql`select ${columns} from ${t[table]} ${where} ${order}`.compile(session.db).sql,
      '(format csv)',
    );
  if (kind === 'postgres' || shape.key.length === 0) {
    yield* copy(sql``);
    return;
  }
  // The embedded database holds what it copies in memory.
  let size = FIRST_PAGE_ROWS;
  let last: readonly string[] | null = null;
  for (;;) {
    const after: RawBuilder<boolean> =
      last === null ? sql<boolean>`true` : compared(shape, '>', last);
    const end = await keyAt(session, t[table], shape, after, size);
    const until = end === null ? sql`true` : compared(shape, '<=', end);
    let bytes = 0;
    for await (const chunk of copy(sql`where ${after} and ${until}`)) {
      bytes += chunk.length;
      yield chunk;
    }
    if (end === null) return;
    last = end;
    size = nextSize(size, bytes);
  }
}

/** The key of the `size`-th row after a place; null when there are fewer. */
async function keyAt(
  { db }: Session,
  table: RawBuilder<unknown>,
  shape: TableShape,
  after: RawBuilder<boolean>,
  size: number,
): Promise<string[] | null> {
  const { rows } = await sql<{
    key: string[];
  }>`select array[${keyTexts(shape)}] as key from ${table} where ${after}
    order by ${sql.join(keyOf(shape))} limit 1 offset ${size - 1}`.execute(db);
  return rows[0]?.key ?? null;
}

function keyTexts({ key }: TableShape): RawBuilder<unknown> {
  return sql.join(key.map((name) => sql`${sql.ref(name)}::text`));
}

/** Rows of a query over one table, page by page in order of its key. */
async function* pagesOf<T extends object>(
  { db }: Session,
  table: RawBuilder<unknown>,
  shape: TableShape,
  columns: RawBuilder<unknown>,
  bytesOf: (rows: readonly T[]) => number,
): AsyncGenerator<T[]> {
  let size = FIRST_PAGE_ROWS;
  let last: readonly string[] | null = null;
  for (;;) {
    const after: RawBuilder<boolean> =
      last === null ? sql<boolean>`true` : compared(shape, '>', last);
    const keys = shape.key.length === 0 ? sql`array[]::text[]` : sql`array[${keyTexts(shape)}]`;
    const order =
      shape.key.length === 0 ? sql`` : sql`order by ${sql.join(keyOf(shape))} limit ${size}`;
    const { rows } = await sql<
      T & { key_of_row: string[] }
    >`select ${columns}, ${keys} as key_of_row from ${table} where ${after} ${order}`.execute(db);
    if (rows.length > 0) yield rows;
    if (rows.length < size || shape.key.length === 0) return;
    last = rows.at(-1)!.key_of_row;
    size = nextSize(rows.length, bytesOf(rows));
  }
}

/**
 * The rows of a table, each as the text of a JSON object: jsonb as it is, timestamps in ISO 8601,
 * bytes in Base64.
 */
export async function* jsonOfTable(
  session: Session,
  { t }: Database,
  table: StudyTable,
  shape: TableShape,
): AsyncGenerator<string[]> {
  const value = ({ name, type }: DatabaseColumn) =>
    type === 'bytea'
      ? sql`translate(encode(${sql.ref(name)}, 'base64'), E'\\n', '') as ${sql.ref(name)}`
      : sql.ref(name);
  const columns = sql`(select row_to_json(r)::text from (select ${sql.join(shape.columns.map(value))}) as r) as json`;
  const pages = pagesOf<{ json: string }>(session, t[table], shape, columns, (rows) =>
    rows.reduce((sum, row) => sum + row.json.length, 0),
  );
  for await (const rows of pages) yield rows.map((row) => row.json);
}

export type Value = string | number | boolean | null;

/**
 * The rows of a table as values in the order of its columns: what has no exact equal in JavaScript
 * is text, timestamps are microseconds since 1970, bytes hexadecimal.
 */
export async function* valuesOfTable(
  session: Session,
  { t }: Database,
  table: StudyTable,
  shape: TableShape,
): AsyncGenerator<Value[][]> {
  const value = ({ name, type }: DatabaseColumn) => {
    const column = sql.ref(name);
    if (/^(integer|smallint|boolean|double precision)$/.test(type)) return column;
    if (/^timestamp/.test(type))
      return sql`(extract(epoch from ${column}) * 1000000)::bigint::text as ${column}`;
    return type === 'bytea'
      ? sql`encode(${column}, 'hex') as ${column}`
      : sql`${column}::text as ${column}`;
  };
  const pages = pagesOf<Record<string, Value>>(
    session,
    t[table],
    shape,
    sql.join(shape.columns.map(value)),
    (rows) => rows.reduce((sum, row) => sum + bytesOfRow(row), 0),
  );
  for await (const page of pages)
    yield page.map((row) => shape.columns.map(({ name }) => row[name]!));
}

function bytesOfRow(row: Readonly<Record<string, Value>>): number {
  let bytes = 0;
  for (const name in row) {
    const value = row[name];
    bytes += typeof value === 'string' ? value.length : 8;
  }
  return bytes;
}

export async function countRows(
  { db }: Session,
  { t }: Database,
  table: StudyTable,
): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`select count(*)::int as count from ${t[table]}`.execute(db);
  return rows[0]!.count;
}

/** Short names of models that personas have, each with the label that an import brought for it. */
export async function modelsOfPersonas(
  { db }: Session,
  { t }: Database,
): Promise<{ model: string; label: string | null }[]> {
  const { rows } = await sql<{ model: string; label: string | null }>`
    select used.model, l.label from (select distinct model::text from ${t.personas} where model is not null) used
    left join ${t.model_labels} l on l.model = used.model order by used.model collate "C"`.execute(
    db,
  );
  return rows;
}

/** Where a schema's rows came from. */
export interface Origins {
  /**
   * Of the answers, each once; of the experiments where nothing is answered yet, of the personas
   * where nothing is registered.
   */
  readonly answers: readonly RowOrigin[];
  /** Whether all experiments and personas, or some of them, were made by the simulated model. */
  readonly simulated: 'all' | 'some' | 'none';
  readonly syntheticReference: boolean;
}

export async function originsOf({ db }: Session, { t }: Database): Promise<Origins> {
  const { rows } = await sql<{ kind: 'answers' | 'experiments' | 'personas'; origin: RowOrigin }>`
    select distinct case when e.succeeded then 'answers' else 'experiments' end as kind, ${originOfExperiment(t)} as origin
    from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id)
    union select 'personas', coalesce(d.origin, 'imported') from ${t.personas} p left join ${t.persona_details} d on d.persona_id = p.id
    order by 2`.execute(db);
  const { rows: reference } = await sql<{ synthetic: boolean }>`select exists (
    select from ${t.reference_population} where origin = 'synthetic') as synthetic`.execute(db);
  const decisive = (['answers', 'experiments', 'personas'] as const).find((kind) =>
    rows.some((row) => row.kind === kind),
  );
  const all = new Set(rows.map((row) => row.origin));
  return {
    answers: rows.filter((row) => row.kind === decisive).map((row) => row.origin),
    simulated: !all.has('simulated') ? 'none' : all.size === 1 ? 'all' : 'some',
    syntheticReference: reference[0]!.synthetic,
  };
}
