/** A schema of its own for each test, on both databases. */
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { DatabaseLocation } from '../../src/config/location.ts';
import { type Database, openMigrated } from '../../src/db/connect.ts';
import { dropSchema } from '../../src/db/schema/list.ts';

export const DATABASES = ['embedded', 'postgres'] as const;
export type DatabaseKind = (typeof DATABASES)[number];

export function locationOf(kind: DatabaseKind): DatabaseLocation {
  return kind === 'embedded' ? { kind: 'memory' } : { kind: 'postgres', url: inject('postgres') };
}

export function freshSchema(): string {
  return `t_${randomBytes(6).toString('hex')}`;
}

/** A migrated schema, dropped when disposed. */
export async function testDatabase(kind: DatabaseKind): Promise<Database> {
  const database = await openMigrated({ database: locationOf(kind), schema: freshSchema() });
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      if (kind === 'postgres') await dropSchema(database);
      await database[Symbol.asyncDispose]();
    },
  };
}
