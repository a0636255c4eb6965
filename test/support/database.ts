/** A schema of its own for each test, on both databases. */
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { DatabaseLocation } from '../../src/config/location.ts';
import { connect, type Database, openIn, openMigrated } from '../../src/db/connect.ts';
import { giveBack, noteMaking, takeSpare } from './spare-schemas.ts';

export const DATABASES = ['embedded', 'postgres'] as const;
export type DatabaseKind = (typeof DATABASES)[number];

export function locationOf(kind: DatabaseKind): DatabaseLocation {
  return kind === 'embedded' ? { kind: 'memory' } : { kind: 'postgres', url: inject('postgres') };
}

/** Of a name that is not taken for a misspelling of another. */
export function freshSchema(): string {
  return `${inject('schemaPrefix')}${randomBytes(6).toString('hex')}`;
}

/**
 * One embedded server in memory for all tests of a worker, as they share one PostgreSQL: starting
 * one takes a second.
 */
let memory: Promise<Database> | null = null;

/** A migrated schema, empty again or gone when disposed. */
export async function testDatabase(kind: DatabaseKind): Promise<Database> {
  const spare = takeSpare(kind);
  const schema = spare ?? freshSchema();
  if (kind === 'embedded') memory ??= connect({ database: locationOf(kind), schema });
  const database =
    memory !== null && kind === 'embedded'
      ? await openIn(await memory, schema, 'migrate')
      : await openMigrated({ database: locationOf(kind), schema });
  if (spare === null) await noteMaking(database);
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      await giveBack(database);
      await database[Symbol.asyncDispose]();
    },
  };
}
