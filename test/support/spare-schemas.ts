/**
 * Schemas that a test has left, emptied for the next one: a migration takes longer than most tests.
 * One whose tables, views, rights or anything else of its making a test has changed is dropped.
 */
import { sql } from 'kysely';
import type { Database } from '../../src/db/connect.ts';
import { dropSchema } from '../../src/db/schema/list.ts';
import { queueSchemaOf } from '../../src/db/schema/name.ts';
import type { DatabaseKind } from './database.ts';

interface Spare {
  readonly schema: string;
  /** What a migration made, apart from the rows. */
  readonly making: string;
}

const MOST_LEFT_BYTES = 64 << 10;

const spares: Record<DatabaseKind, Spare[]> = { embedded: [], postgres: [] };
const makings = new Map<string, string>();

/** Name of a schema as a migration leaves it, or null where there is none. */
export function takeSpare(kind: DatabaseKind): string | null {
  const spare = spares[kind].pop();
  if (spare === undefined) return null;
  makings.set(spare.schema, spare.making);
  return spare.schema;
}

/** To be called after a migration, for what `giveBack` compares with. */
export async function noteMaking(database: Database): Promise<void> {
  makings.set(database.schema, await readMaking(database));
}

/** Empties a schema and keeps it, or drops it. */
export async function giveBack(database: Database): Promise<void> {
  const { schema, kind } = database;
  const making = makings.get(schema);
  makings.delete(schema);
  if (making === undefined || making !== (await readMaking(database))) return dropSchema(database);
  await empty(database);
  spares[kind].push({ schema, making });
}

async function readMaking({ db, schema }: Database): Promise<string> {
  const within = sql`relnamespace = ${schema}::regnamespace`;
  const { rows } = await sql<{ making: string | null }>`
    select md5(string_agg(line, chr(10) order by line)) as making from (
      select concat_ws(' ', 'schema', nspacl, nspowner) as line from pg_namespace where nspname = ${schema}
      union all select concat_ws(' ', relname, relkind, relacl, relowner, reloptions, relhasrules, relrowsecurity)
        from pg_class where ${within}
      union all select concat_ws(' ', relname, attname, attnum, atttypid, atttypmod, attnotnull, attacl, attisdropped,
          pg_get_expr(adbin, adrelid))
        from pg_class c join pg_attribute a on a.attrelid = c.oid and attnum > 0 left join pg_attrdef d on d.adrelid = c.oid and d.adnum = attnum
        where ${within}
      union all select concat_ws(' ', conname, contype, convalidated, pg_get_constraintdef(k.oid))
        from pg_constraint k where connamespace = ${schema}::regnamespace
      union all select concat_ws(' ', relname, tgname, tgenabled) from pg_class c join pg_trigger t on t.tgrelid = c.oid
        where ${within} and not tgisinternal
      union all select concat_ws(' ', 'function', proname, prosrc) from pg_proc where pronamespace = ${schema}::regnamespace
      union all select concat_ws(' ', 'rule', r.oid) from pg_class c join pg_rewrite r on r.ev_class = c.oid where ${within}
      union all select concat_ws(' ', 'index', i.indexrelid, indisvalid) from pg_class c join pg_index i on i.indrelid = c.oid where ${within}
    ) as made`.execute(db);
  return rows[0]!.making ?? '';
}

/** The rows of the migration's own tables stay; what it has put into others is put there again. */
async function empty({ db, schema }: Database): Promise<void> {
  const literal = sql.lit(schema);
  await db.transaction().execute(async (transaction) => {
    await sql`drop schema if exists ${sql.id(queueSchemaOf(schema))} cascade`.execute(transaction);
    await sql`set local session_replication_role = replica`.execute(transaction);
    await sql`do $$
      declare one record; has boolean;
      begin
        for one in select oid, relname, relkind from pg_class where relnamespace = ${literal}::regnamespace and relkind in ('r', 'm', 'S')
          and relname not in ('personas_migration', 'personas_migration_lock', 'alembic_version', 'study_identity')
        loop
          if one.relkind = 'S' then
            perform setval(format('%I.%I', ${literal}, one.relname)::regclass, 1, false);
          elsif one.relkind = 'r' then
            -- Deleting is quicker, and leaves the rows where they were.
            execute format(case when pg_relation_size(one.oid) > ${sql.lit(MOST_LEFT_BYTES)} then 'truncate %I.%I cascade' else 'delete from %I.%I' end,
              ${literal}, one.relname);
          else
            execute format('select exists (select from %I.%I)', ${literal}, one.relname) into has;
            if has then execute format('refresh materialized view %I.%I', ${literal}, one.relname); end if;
            execute format('comment on materialized view %I.%I is null', ${literal}, one.relname);
          end if;
        end loop;
      end $$`.execute(transaction);
    await sql`insert into ${sql.table(`${schema}.study_budget`)} default values`.execute(
      transaction,
    );
    await sql`update ${sql.table(`${schema}.study_identity`)} set study_id = gen_random_uuid()`.execute(
      transaction,
    );
  });
}
