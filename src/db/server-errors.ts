/** What a server refuses for reasons that lie with the server and not with this program, in words and with what to do. */
import { UserError } from '../errors.ts';
import { grantsOn } from './rights.ts';
import { queueSchemaOf, type SchemaName } from './schema/name.ts';

/** Whose statement it was. */
export interface Asker {
  /** As the connection began; a server may have put the user into another role since. */
  readonly user: string;
  /** The study's. */
  readonly schema: SchemaName;
}

const RAISE_LIMIT =
  'Run the same command again. If it happens again, raise the limit, e.g. alter role NAME in database NAME set statement_timeout = 0;';
const AGAIN = 'Run the same command again. What was not stored is in the journal and will be brought in.';

/** By SQLSTATE. */
const REASONS: Readonly<Record<string, readonly [fact: string, hint: string]>> = {
  '25006': [
    'This database may only be read',
    'It is a standby of another server, or this user may only read. Name the primary server with --database, or a user who may write. Here status, show, analyze and export work.',
  ],
  '55P03': ['Another process holds a lock on what this command needs', `${RAISE_LIMIT.replace('statement_timeout', 'lock_timeout')}`],
  '57014': ['The server ended a statement that took too long, or somebody cancelled it', RAISE_LIMIT],
  '25P03': ['The server ended a connection that had been idle', AGAIN],
  '57P01': ['The server ended the connection', AGAIN],
  '57P02': ['The server ended the connection', AGAIN],
  '57P03': ['The server cannot be used at this moment', AGAIN],
  '57P05': ['The server ended a connection that had been idle', AGAIN],
};

const NOT_ALLOWED = '42501';

/**
 * A server's refusal as an expected error, which keeps the server's code; anything else as it is.
 * @param text of the statement, which names the schema that it was about
 */
export function expected(error: unknown, { user, schema }: Asker, text: string): unknown {
  const { code } = (error ?? {}) as { code?: unknown };
  if (!(error instanceof Error) || error instanceof UserError || typeof code !== 'string') return error;
  const reason = REASONS[code];
  const about = (/"([a-z_][a-z0-9_]*)"\."/.exec(text)?.[1] ?? schema).replace(/__jobs$/, '') as SchemaName;
  const [fact, hint] =
    code === NOT_ALLOWED
      ? [
          `The user "${user}" may not do this`,
          `"personas doctor --schema ${about}" lists what is missing. Usually the owner of the schema must grant it, in psql: ${grantsOn([about, queueSchemaOf(about)], user)}`,
        ]
      : (reason ?? []);
  if (fact === undefined || hint === undefined) return error;
  return Object.assign(new UserError(`${fact}: ${error.message}`, { hint, exitCode: 1, cause: error }), { code });
}
