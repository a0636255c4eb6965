/**
 * `datapackage.json`: the CSV files of a folder with the type of each column, after Data Package
 * and Table Schema, version 2.0 (datapackage.org).
 */
import path from 'node:path';
import { readCsv } from '../dataset/csv/csv.ts';
import { codebookOf } from '../dataset/export/codebook.ts';
import { wideTables } from '../dataset/export/wide.ts';
import { shapesOf } from '../dataset/shapes-store.ts';
import { isStudyTable } from '../dataset/tables.ts';
import type { Database } from '../db/connect.ts';
import { filesBelow, hashPieces } from './manifest.ts';
import { piecesOf } from './zip.ts';

/** A column, as Table Schema describes it. */
interface Field {
  readonly name: string;
  readonly type: 'boolean' | 'date' | 'datetime' | 'integer' | 'number' | 'string';
  readonly format?: string;
  readonly description?: string;
  readonly trueValues?: readonly string[];
  readonly falseValues?: readonly string[];
  readonly categories?: readonly { readonly value: number | string; readonly label: string }[];
}

interface KnownTable {
  readonly fields: readonly Field[];
  readonly primaryKey: readonly string[];
}

/** PostgreSQL writes booleans so. */
const BOOLEAN = { type: 'boolean', trueValues: ['t'], falseValues: ['f'] } as const;

/**
 * The CSV files below a folder as a data package.
 * @param about name, title and whatever else stands at its top
 */
export async function dataPackageOf(
  database: Database,
  folder: string,
  about: Readonly<Record<string, unknown>>,
): Promise<string> {
  const known = await knownTables(database);
  const resources = [];
  for (const file of filesBelow(folder).filter((name) => name.endsWith('.csv'))) {
    const where = path.join(folder, file);
    const { fields, primaryKey } = known.get(path.basename(file, '.csv')) ?? {
      fields: await inferFields(where),
      primaryKey: [],
    };
    const { sha256, bytes } = hashPieces(piecesOf(where));
    resources.push({
      name: file.slice(0, -'.csv'.length).replaceAll('/', '-').toLowerCase(),
      type: 'table',
      path: file,
      format: 'csv',
      mediatype: 'text/csv',
      encoding: 'utf-8',
      bytes,
      hash: `sha256:${sha256}`,
      schema: {
        $schema: 'https://datapackage.org/profiles/2.0/tableschema.json',
        fields,
        missingValues: [''],
        ...(primaryKey.length === 0 ? {} : { primaryKey }),
      },
    });
  }
  return `${JSON.stringify(
    { $schema: 'https://datapackage.org/profiles/2.0/datapackage.json', ...about, resources },
    null,
    2,
  )}\n`;
}

/** The tables of a study by their names, and the wide files of its answers. */
async function knownTables(database: Database): Promise<Map<string, KnownTable>> {
  const tables = new Map<string, KnownTable>();
  for (const [table, { columns, key }] of await shapesOf(database))
    if (isStudyTable(table))
      tables.set(table, {
        fields: columns.map(({ name, type }) => fieldOfColumn(name, type)),
        primaryKey: key,
      });
  const wide = await database.transact((session) => wideTables(session, database));
  for (const { name, columns } of wide) {
    const [header = [], ...rows] = codebookOf(columns);
    const about = new Map(
      rows.map((row) => [
        row[0],
        Object.fromEntries(header.map((key, at) => [String(key), row[at] ?? null])),
      ]),
    );
    tables.set(name, {
      fields: columns.map((column) => fieldOfAnswers(column.name, column.type, about)),
      primaryKey: ['experiment_id'],
    });
  }
  return tables;
}

const TYPES: Readonly<Record<string, Omit<Field, 'name'>>> = {
  integer: { type: 'integer' },
  smallint: { type: 'integer' },
  bigint: { type: 'integer' },
  'double precision': { type: 'number' },
  boolean: BOOLEAN,
  date: { type: 'date' },
};

/** @param type as PostgreSQL names it */
function fieldOfColumn(name: string, type: string): Field {
  // "2026-11-30 05:00:00+00", of which no single pattern tells the fraction of a second.
  if (type.startsWith('timestamp')) return { name, type: 'datetime', format: 'any' };
  const described: Readonly<Record<string, string>> = { jsonb: 'JSON', bytea: 'hexadecimal bytes' };
  const description = described[type];
  return {
    name,
    ...(TYPES[type] ?? { type: 'string' }),
    ...(description === undefined ? {} : { description }),
  };
}

function fieldOfAnswers(
  name: string,
  type: string,
  about: ReadonlyMap<unknown, Readonly<Record<string, string | number | null>>>,
): Field {
  const { description, values } = about.get(name) ?? {};
  const field: Omit<Field, 'name'> =
    type === 'double' ? { type: 'number' } : (TYPES[type] ?? { type: 'string' });
  return {
    name,
    ...field,
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof values === 'string' && field.type !== 'boolean'
      ? { categories: categoriesOf(values, field.type === 'integer') }
      : {}),
  };
}

/** @param values codes and labels, as a JSON object */
function categoriesOf(values: string, isNumber: boolean): NonNullable<Field['categories']> {
  return Object.entries(JSON.parse(values) as Readonly<Record<string, string>>).map(
    ([value, label]) => ({ value: isNumber ? Number(value) : value, label }),
  );
}

const NUMBER = /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** Types of columns from what stands in them; text where nothing does. */
async function inferFields(file: string): Promise<Field[]> {
  let names: readonly (string | null)[] = [];
  const guesses: ('boolean' | 'number' | null)[] = [];
  const isText = new Set<number>();
  for await (const { line, fields } of readCsv(file)) {
    if (line === 1) {
      names = fields;
      continue;
    }
    for (const [at, value] of fields.entries()) {
      if (value === null || isText.has(at)) continue;
      const guess = NUMBER.test(value)
        ? 'number'
        : /^(?:true|false)$/.test(value)
          ? 'boolean'
          : null;
      if (guess === null || (guesses[at] ?? guess) !== guess) isText.add(at);
      guesses[at] = guess;
    }
  }
  return names.map((name, at) => ({
    name: name ?? '',
    type: isText.has(at) ? 'string' : (guesses[at] ?? 'string'),
  }));
}
