/** Whether the bytes of calls that an import brought are those of their recorded hashes. */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { verifyPacked } from '../../db/packed-bytes.ts';
import type { Session } from '../../db/session.ts';
import type { StudyTable } from '../tables.ts';

const CALLS = [
  { calls: 'experiment_request_metadata', bytes: 'call_bytes', task: 'experiment' },
  { calls: 'generation_request_metadata', bytes: 'generation_call_bytes', task: 'generation' },
] as const satisfies readonly { calls: StudyTable; bytes: StudyTable; task: string }[];

type Kind = (typeof CALLS)[number];
type Part = 'request' | 'reply';

/** A call whose bytes are not those of its hashes. */
export type AlteredCall = Kind & {
  readonly id: number;
  /** Of the experiment or generation. */
  readonly taskId: number | null;
  readonly parts: readonly Part[];
};

/** Rows that are looked at together, and how many packed bytes of them at most. */
const PAGE_ROWS = 500;
const PAGE_BYTES = 8 << 20;

/** Rows of this transaction, among those that were there. */
const MINE = sql`pg_current_xact_id()::xid`;

/**
 * @param brought the tables that were read; calls of which nothing was brought are not looked at
 */
export async function* alteredCalls(
  session: Session,
  database: Database,
  brought: ReadonlySet<StudyTable>,
  onPage: () => void,
): AsyncGenerator<AlteredCall> {
  for (const kind of CALLS)
    if (brought.has(kind.calls) || brought.has(kind.bytes))
      yield* alteredOf(session, database, kind, onPage);
}

interface Row {
  readonly id: number;
  readonly taskId: number | null;
  readonly requestSha256: string | null;
  readonly replySha256: string | null;
  readonly request: Uint8Array;
  readonly reply: Uint8Array | null;
}

async function* alteredOf(
  { db }: Session,
  { t }: Database,
  kind: Kind,
  onPage: () => void,
): AsyncGenerator<AlteredCall> {
  const task = sql.ref(`m.${kind.task}_id`);
  let last: number | null = null;
  for (;;) {
    const after: RawBuilder<boolean> =
      last === null ? sql<boolean>`true` : sql<boolean>`b.request_metadata_id > ${last}::int`;
    const { rows }: { rows: Row[] } = await sql<Row>`
      with sizes as (select b.request_metadata_id as id, octet_length(b.request_gzip) + coalesce(octet_length(b.response_gzip), 0) as bytes
        from ${t[kind.bytes]} b join ${t[kind.calls]} m on m.id = b.request_metadata_id
        where ${after} and (b.xmin = ${MINE} or m.xmin = ${MINE}) order by 1 limit ${PAGE_ROWS}),
      page as (select id, sum(bytes) over (order by id) - bytes as before from sizes)
      select m.id, ${task} as "taskId", m.request_metadata->>'request_sha256' as "requestSha256",
        m.request_metadata->>'response_sha256' as "replySha256", b.request_gzip as request, b.response_gzip as reply
      from page join ${t[kind.calls]} m on m.id = page.id join ${t[kind.bytes]} b on b.request_metadata_id = page.id
      where page.before <= ${PAGE_BYTES} order by m.id`.execute(db);
    if (rows.length === 0) return;
    for (const { id, taskId, request, requestSha256, reply, replySha256 } of rows) {
      const parts: Part[] = [];
      if ((await verifyPacked(request, requestSha256)) === 'differs') parts.push('request');
      if ((await verifyPacked(reply, replySha256)) === 'differs') parts.push('reply');
      if (parts.length > 0) yield { ...kind, id, taskId, parts };
    }
    onPage();
    last = rows.at(-1)!.id;
  }
}

/** Notes on calls that were accepted although their bytes differ which of them do. */
export async function markUnverified(
  { db }: Session,
  { t }: Database,
  altered: readonly AlteredCall[],
): Promise<void> {
  for (const { calls } of CALLS) {
    const marks = altered
      .filter((one) => one.calls === calls)
      .map(({ id, parts }) => ({ id, parts }));
    if (marks.length === 0) continue;
    await sql`update ${t[calls]} m set request_metadata =
        case when jsonb_typeof(m.request_metadata) = 'object' then m.request_metadata else '{}' end || jsonb_build_object('unverified', one.parts)
      from jsonb_to_recordset(${JSON.stringify(marks)}::jsonb) as one (id int, parts jsonb) where m.id = one.id`.execute(
      db,
    );
  }
}

/** Calls that were brought without all of the bytes of which they tell. */
export async function callsWithoutBytes(
  { db }: Session,
  { t }: Database,
): Promise<{ count: number; example: string | null }> {
  const of = ({
    calls,
    bytes,
    task,
  }: Kind) => sql`select ${sql.lit(`call of ${task}`)} as what, ${sql.ref(`m.${task}_id`)} as id
    from ${t[calls]} m left join ${t[bytes]} b on b.request_metadata_id = m.id
    where m.xmin = ${MINE} and (b.request_metadata_id is null or (b.response_gzip is null and m.request_metadata->>'response_sha256' is not null))`;
  const { rows } = await sql<{ count: number; example: string | null }>`
    select count(*)::int as count, min(format('%s %s', what, id)) as example from (${sql.join(CALLS.map(of), sql` union all `)}) as bare`.execute(
    db,
  );
  return rows[0]!;
}
