/** The relations of a study's schema. */
import { type RawBuilder, sql } from 'kysely';
import type { RelationName } from './schema/tables.ts';

/** Quoted and qualified, for use inside `sql` templates. */
export type Relations = Readonly<Record<RelationName, RawBuilder<unknown>>>;

export function relationsOf(schema: string): Relations {
  return new Proxy({} as Record<RelationName, RawBuilder<unknown>>, {
    get: (_, name) => sql.id(schema, String(name)),
  });
}
