/** Keys and indexes put aside while many rows go in. */
import { type Kysely, sql } from 'kysely';
import type { SchemaName } from './schema/name.ts';
import type { Tables } from './schema/tables.ts';

export interface ConstraintsToDrop {
  /**
   * Tables whose constraints of these kinds are put aside: foreign keys, unique ones, primary keys.
   */
  readonly constraintsOf: readonly string[];
  readonly kinds: readonly ('f' | 'u' | 'p')[];
  /** Tables whose indexes that are not unique are put aside. */
  readonly indexesOf: readonly string[];
}

/**
 * Drops keys and indexes. Row by row they cost several times the rows themselves; put back, they
 * are checked and built as one set, by the same server with the same result. The tables must be the
 * caller's alone, and his to alter.
 * @returns what puts everything back, in the same transaction; `between` is called before each
 *   part, and may throw
 */
export async function dropConstraints(
  transaction: Kysely<Tables>,
  schema: SchemaName,
  { constraintsOf, kinds, indexesOf }: ConstraintsToDrop,
): Promise<(between?: () => void) => Promise<void>> {
  const tables = (
    names: readonly string[],
  ) => sql`(select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = any(${[...names]}::text[]))`;
  const { rows } = await sql<{ drop: string; restore: string }>`
    select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as restore
    from pg_constraint where conrelid in ${tables(constraintsOf)} and contype = any(${[...kinds]}::"char"[])
    union all
    select format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    from pg_index where indrelid in ${tables(indexesOf)} and not indisunique`.execute(transaction);
  for (const one of rows) await sql.raw(one.drop).execute(transaction);
  return async (between = () => {}) => {
    for (const one of rows) {
      between();
      await sql.raw(one.restore).execute(transaction);
    }
  };
}

/** Whether all of these tables may be altered by whoever is connected. */
export async function mayAlter(
  db: Kysely<Tables>,
  schema: SchemaName,
  tables: readonly string[],
): Promise<boolean> {
  const { rows } = await sql<{
    ours: boolean;
  }>`select coalesce(bool_and(pg_has_role(c.relowner, 'usage')), true) as ours
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = any(${[...tables]}::text[])`.execute(db);
  return rows[0]!.ours;
}
