/** A schema of its own for each test, on both databases. */
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { DatabaseLocation } from '../../src/config/location.ts';
import { connect, type Database, openIn, openMigrated } from '../../src/db/connect.ts';
import { dropSchema } from '../../src/db/schema/list.ts';

export const DATABASES = ['embedded', 'postgres'] as const;
export type DatabaseKind = (typeof DATABASES)[number];

export function locationOf(kind: DatabaseKind): DatabaseLocation {
  return kind === 'embedded' ? { kind: 'memory' } : { kind: 'postgres', url: inject('postgres') };
}

export function freshSchema(): string {
  return `t_${randomBytes(6).toString('hex')}`;
}

/**
 * One embedded server in memory for all tests of a worker, as they share one PostgreSQL: starting
 * one takes a second.
 */
let memory: Promise<Database> | null = null;

/** A migrated schema, dropped when disposed. */
export async function testDatabase(kind: DatabaseKind): Promise<Database> {
  const schema = freshSchema();
  if (kind === 'embedded') memory ??= connect({ database: locationOf(kind), schema });
  const database =
    memory !== null && kind === 'embedded'
      ? await openIn(await memory, schema, 'migrate')
      : await openMigrated({ database: locationOf(kind), schema });
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      await dropSchema(database);
      await database[Symbol.asyncDispose]();
    },
  };
}
