/** Explains errors whose cause is the database server, not this program, and says what to do. */
import { UserError } from '../errors.ts';
import { grantsOn } from './rights.ts';
import { queueSchemaOf, type SchemaName } from './schema/name.ts';

/** Who sent the statement. */
export interface Asker {
  /** As the connection was opened; the server may have changed the role since. */
  readonly user: string;
  /** The study's. */
  readonly schema: SchemaName;
}

const RAISE_LIMIT =
  'Run the same command again. If it happens again, raise the limit, e.g. alter role NAME in database NAME set statement_timeout = 0;';
const AGAIN =
  'Run the same command again. Replies that were not stored are in the journal; the next run recovers them.';

/** An error of the server, explained. It keeps the server's SQLSTATE. */
export class ServerRefusal extends UserError {
  readonly sqlState: string;

  constructor(
    message: string,
    sqlState: string,
    code: string,
    options: { hint: string; cause: Error },
  ) {
    super(message, { code, hint: options.hint, exitCode: 1, cause: options.cause });
    this.sqlState = sqlState;
  }
}

/**
 * The SQLSTATE, or the system's error code, of an error of the database, whether explained or not.
 */
export function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof ServerRefusal) return error.sqlState;
  if (error instanceof UserError) return undefined;
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

interface Reason {
  readonly code: string;
  readonly fact: string;
  readonly hint: string;
}

const CONNECTION_ENDED: Reason = {
  code: 'database-connection-ended',
  fact: 'The server ended the connection',
  hint: AGAIN,
};
const IDLE_CONNECTION: Reason = {
  ...CONNECTION_ENDED,
  fact: 'The server ended an idle connection',
};

/** By SQLSTATE. */
const REASONS: Readonly<Record<string, Reason>> = {
  '25006': {
    code: 'database-read-only',
    fact: 'This database is read-only',
    hint: 'It is a standby of another server, or this user may only read. Name the primary server with --database, or a user who may write. The commands status, show, analyze and export work here.',
  },
  '55P03': {
    code: 'database-time-limit',
    fact: 'Another process holds a lock that this command needs',
    hint: RAISE_LIMIT.replace('statement_timeout', 'lock_timeout'),
  },
  '57014': {
    code: 'database-time-limit',
    fact: 'The server ended a statement that took too long, or somebody cancelled it',
    hint: RAISE_LIMIT,
  },
  '25P03': IDLE_CONNECTION,
  '57P01': CONNECTION_ENDED,
  '57P02': CONNECTION_ENDED,
  '57P03': { ...CONNECTION_ENDED, fact: 'The server is not available at the moment' },
  '57P05': IDLE_CONNECTION,
};

const NOT_ALLOWED = '42501';

/**
 * Explains an error of the server that has a known remedy; any other error is returned unchanged.
 * @param text of the statement, from which the schema is read
 */
export function expected(error: unknown, { user, schema }: Asker, text: string): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const sqlState = sqlStateOf(error);
  if (sqlState === undefined) return error;
  const about = (/"([a-z_][a-z0-9_]*)"\."/.exec(text)?.[1] ?? schema).replace(
    /__jobs$/,
    '',
  ) as SchemaName;
  const denied: Reason = {
    code: 'permission-denied',
    fact: `The user "${user}" lacks a permission`,
    hint: `"personas doctor --schema ${about}" lists what is missing. Usually the owner of the schema must grant it, in psql: ${grantsOn([about, queueSchemaOf(about)], user)}`,
  };
  const reason = sqlState === NOT_ALLOWED ? denied : REASONS[sqlState];
  if (reason === undefined) return error;
  return new ServerRefusal(`${reason.fact}: ${error.message}`, sqlState, reason.code, {
    hint: reason.hint,
    cause: error,
  });
}
