import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { boolArray, byteaArray, float8Array, int4Array, textArray } from '../../src/db/arrays.ts';
import type { Database } from '../../src/db/connect.ts';
import { CopyError, type Session } from '../../src/db/session.ts';
import { DATABASES, testDatabase } from '../support/database.ts';

const encode = (text: string) => new TextEncoder().encode(text);

async function* chunksOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield encode(text);
}

async function readAll(rows: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of rows) parts.push(part);
  return Buffer.concat(parts).toString();
}

const numbersOf = ({ schema }: Database) => `copy "${schema}"."eval_questionnaires" (id, answer)`;

async function countRows(database: Database, db: Session['db'] = database.db): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`select count(*)::int as count from ${database.t.eval_questionnaires}`.execute(db);
  return rows[0]!.count;
}

async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.fail('it went through'),
    (error: unknown) => error,
  );
}

describe.each(DATABASES)('a session on the %s database', (kind) => {
  test('takes arrays in binary form, each element as it is', async () => {
    await using database = await testDatabase(kind);
    const texts = ['', '{"a\\": [NULL]}', encode('José 東京 🙂'), null];
    const { rows } = await sql`select a, b, c, d, encode(e, 'hex') as e
      from unnest(${int4Array([-(2 ** 31), null, 7, 2 ** 31 - 1])}::int[],
        ${float8Array([0.1, null, -1e300, 1.7e12])}::float8[], ${boolArray([true, false, null, true])}::bool[],
        ${textArray(texts)}::text[], ${byteaArray([encode(''), new Uint8Array([0, 255]), null, encode('a')])}::bytea[]
      ) as one (a, b, c, d, e)`.execute(database.db);
    expect(rows).toEqual([
      { a: -(2 ** 31), b: 0.1, c: true, d: '', e: '' },
      { a: null, b: null, c: false, d: '{"a\\": [NULL]}', e: '00ff' },
      { a: 7, b: -1e300, c: null, d: 'José 東京 🙂', e: null },
      { a: 2 ** 31 - 1, b: 1.7e12, c: true, d: null, e: '61' },
    ]);
    const { rows: none } =
      await sql`select * from unnest(${int4Array([])}::int[], ${textArray([])}::text[])`.execute(
        database.db,
      );
    expect(none).toEqual([]);
    for (const number of [2 ** 31, 0.5, Number.NaN])
      expect(() => int4Array([number])).toThrow(expect.objectContaining({ code: '22003' }));
  });

  test('takes rows in chunks and gives them back unchanged', async () => {
    await using database = await testDatabase(kind);
    const personas = `copy "${database.schema}"."personas" (id, name, description)`;
    const lines = ['1,Ana,"two\nlines, and ""quotes"""\n2,,""\n', '3,"José 東京 🙂","\\."\n'];
    const back = await database.transact(async (session) => {
      await session.copyIn(personas, '(format csv)', chunksOf(...lines));
      return readAll(
        session.copyOut(
          `select id, name, description from "${database.schema}"."personas" order by id`,
          '(format csv)',
        ),
      );
    });
    expect(back).toBe('1,Ana,"two\nlines, and ""quotes"""\n2,,""\n3,José 東京 🙂,\\.\n');
    const { rows } =
      await sql`select name, description from ${database.t.personas} order by id`.execute(
        database.db,
      );
    expect(rows[1]).toEqual({ name: null, description: '' });
  });

  test('sees with its query builder what a copy brought, which others see after the commit', async () => {
    await using database = await testDatabase(kind);
    await database.transact(async (session) => {
      await session.copyIn(numbersOf(database), '(format csv)', chunksOf('1,1\n2,2\n'));
      expect(await countRows(database, session.db)).toBe(2);
      if (kind === 'postgres') expect(await countRows(database)).toBe(0);
    });
    expect(await countRows(database)).toBe(2);
  });

  test('stores no rows for no chunks', async () => {
    await using database = await testDatabase(kind);
    await database.transact((session) =>
      session.copyIn(numbersOf(database), '(format csv)', chunksOf()),
    );
    expect(await countRows(database)).toBe(0);
  });

  test('rolls everything back on an error, and the database goes on', async () => {
    await using database = await testDatabase(kind);
    const error = await rejection(
      database.transact(async (session) => {
        await session.copyIn(numbersOf(database), '(format csv)', chunksOf('1,1\n'));
        throw new Error('changed my mind');
      }),
    );
    expect(error).toMatchObject({ message: 'changed my mind' });
    expect(await countRows(database)).toBe(0);
    await database.transact((session) =>
      session.copyIn(numbersOf(database), '(format csv)', chunksOf('1,1\n')),
    );
    expect(await countRows(database)).toBe(1);
  });

  test('reports a refused row by chunk, line and column, and the database goes on', async () => {
    await using database = await testDatabase(kind);
    const big = Array.from({ length: 200_000 }, (_, index) => `${index + 1},1\n`).join('');
    const error = (await rejection(
      database.transact((session) =>
        session.copyIn(
          numbersOf(database),
          '(format csv)',
          chunksOf(big, '300000,1\n300001,one\n', big),
        ),
      ),
    )) as CopyError;
    expect(error).toBeInstanceOf(CopyError);
    expect(error).toMatchObject({ code: '22P02', column: 'answer', value: 'one' });
    // The embedded database counts lines anew with each chunk, a server through all of them.
    expect([error.chunk, error.line]).toEqual(kind === 'embedded' ? [1, 2] : [0, 200_002]);
    expect(await countRows(database)).toBe(0);
    await database.transact((session) =>
      session.copyIn(numbersOf(database), '(format csv)', chunksOf('1,1\n')),
    );
    expect(await countRows(database)).toBe(1);
  });

  test('reports a duplicate key with its value', async () => {
    await using database = await testDatabase(kind);
    const error = await rejection(
      database.transact((session) =>
        session.copyIn(numbersOf(database), '(format csv)', chunksOf('7,1\n', '8,1\n7,2\n')),
      ),
    );
    expect(error).toBeInstanceOf(CopyError);
    expect(error).toMatchObject({ code: '23505', detail: expect.stringContaining('(id)=(7)') });
  });

  test('reports a refused statement as no copy', async () => {
    await using database = await testDatabase(kind);
    const copies: ((session: Session) => Promise<unknown>)[] = [
      (session) =>
        session.copyIn(`copy "${database.schema}"."nowhere"`, '(format csv)', chunksOf('1\n')),
      (session) =>
        readAll(session.copyOut(`select * from "${database.schema}"."nowhere"`, '(format csv)')),
    ];
    for (const copy of copies) {
      expect(await rejection(database.transact(copy))).toMatchObject({ code: '42P01' });
      expect(await countRows(database)).toBe(0);
    }
  });

  test('rolls back with the error of chunks that fail on their way', async () => {
    await using database = await testDatabase(kind);
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield encode('1,1\n');
      throw new RangeError('the file ends here');
    }
    expect(
      await rejection(
        database.transact((session) =>
          session.copyIn(numbersOf(database), '(format csv)', failing()),
        ),
      ),
    ).toBeInstanceOf(RangeError);
    expect(await countRows(database)).toBe(0);
    await database.transact((session) =>
      session.copyIn(numbersOf(database), '(format csv)', chunksOf('1,1\n')),
    );
    expect(await countRows(database)).toBe(1);
  });

  test('goes on after a reader that stops early', async () => {
    await using database = await testDatabase(kind);
    await database.transact(async (session) => {
      for await (const _ of session.copyOut('select generate_series(1, 500000)', '(format csv)'))
        break;
      await session.copyIn(numbersOf(database), '(format csv)', chunksOf('1,1\n'));
    });
    expect(await countRows(database)).toBe(1);
  });

  test('sees one moment under repeatable read', async () => {
    await using database = await testDatabase(kind);
    await database.transact(async (session) => {
      const { rows } = await sql<{
        level: string;
      }>`select current_setting('transaction_isolation') as level`.execute(session.db);
      expect(rows[0]!.level).toBe('repeatable read');
    }, 'repeatable read');
  });
});
