/**
 * Opens a database: a pool of connections to a server, or the embedded database in its locked
 * folder.
 */
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely';
import type { Client as PgClient } from 'pg';
import type { Db as QueueDatabase } from 'pg-boss';
import type { Config } from '../config/config.ts';
import { type DatabaseLocation, describeLocation } from '../config/location.ts';
import { messageOf, UserError } from '../errors.ts';
import { urlForDriver } from '../server-url.ts';
import type { ReaderConnection, ReadMode } from './embedded/reader-client.ts';
import { type Relations, relationsOf } from './relations.ts';
import { migrate, requireCurrent } from './schema/migrate.ts';
import { checkSchemaName, type SchemaName } from './schema/name.ts';
import type { Tables } from './schema/tables.ts';
import { expected } from './server-errors.ts';
import { embeddedSessions, type OpenSession, serverSessions } from './session.ts';

const OLDEST_SERVER = 140_000;
const CONNECT_TIMEOUT_MS = 10_000;

export interface Database extends AsyncDisposable {
  readonly kind: 'postgres' | 'embedded';
  /** What may be shown: no password. */
  readonly label: string;
  /** Where the embedded database keeps its files; null for one in memory and for a server. */
  readonly folder: string | null;
  readonly schema: SchemaName;
  /** Query builder, bound to the schema. */
  readonly db: Kysely<Tables>;
  readonly t: Relations;
  readonly queue: ServerQueue | MemoryQueues;
  /** A transaction that also speaks COPY. */
  readonly transact: OpenSession;
  /** Who else holds the embedded database that is read here, in words; null for everything else. */
  readonly visiting: string | null;
  /**
   * The same connections, for another schema, whose state is not looked at; they end with this one.
   * @throws UserError when the name is no plain identifier
   */
  readonly inSchema: (schema: string) => Database;
}

/** The same connections in the form the job queue wants. */
export interface ServerQueue extends QueueDatabase {
  readonly kind: 'server';
}

/** Of a database that one process has to itself: in memory, by name, for as long as it is open. */
interface MemoryQueues {
  readonly kind: 'memory';
  readonly queues: Map<string, MemoryQueue>;
}

export interface MemoryQueue {
  /** By id, in the order in which they were offered; `claim` is null for one that nobody has. */
  readonly tasks: Map<number, { readonly groupId: number; readonly claim: string | null }>;
  /** Those that have it open. */
  readonly runs: Set<symbol>;
}

export interface ConnectOptions {
  /** Connections to a server; the embedded database has one. */
  readonly maxConnections?: number;
  /**
   * For what only reads, of an embedded database that another process is at work on: `glance`
   * brings quick queries, one at a time and each of its own moment; `copy` all of it as it was at
   * one moment. Without it, such a database is in use.
   */
  readonly readVia?: ReadMode;
}

/**
 * Opens the database that the configuration names, without looking at its schema's state.
 * @throws UserError when it does not answer, refuses, is too old, or the schema's name is no plain
 *   identifier
 */
export async function connect(
  config: Pick<Config, 'database' | 'schema'>,
  options: ConnectOptions = {},
): Promise<Database> {
  const schema = checkSchemaName(config.schema);
  return config.database.kind === 'postgres'
    ? connectServer(config.database, schema, options.maxConnections ?? 8)
    : connectEmbedded(config.database, schema, options.readVia ?? null);
}

/** Opens a database that is there already: looking around must not make an empty one. */
export async function connectExisting(
  config: Pick<Config, 'database' | 'schema'>,
  options: ConnectOptions = {},
): Promise<Database> {
  if (config.database.kind === 'embedded') {
    const { hasDatabase } = await import('./embedded/embedded.ts');
    if (!hasDatabase(config.database.folder)) {
      throw new UserError(`No database in ${config.database.folder} yet`, {
        code: 'database-missing',
        hint: `Run: personas init-db --schema ${checkSchemaName(config.schema)} (or pass another database with --database).`,
      });
    }
  }
  return connect(config, options);
}

/** Opens the database and checks that its schema is the one this program expects. */
export async function open(
  config: Pick<Config, 'database' | 'schema'>,
  options: ConnectOptions = {},
): Promise<Database> {
  return keptWhen(await connectExisting(config, options), requireCurrent);
}

/** Opens the database and brings its schema up to date. */
export async function openMigrated(
  config: Pick<Config, 'database' | 'schema'>,
  options: ConnectOptions = {},
): Promise<Database> {
  return keptWhen(await connect(config, options), migrate);
}

/**
 * Another schema of a database that is open: checked, or brought up to date. It ends with the
 * database that it was taken from.
 */
export async function openIn(
  database: Database,
  schema: string,
  change: 'check' | 'migrate',
): Promise<Database> {
  return keptWhen(database.inSchema(schema), change === 'check' ? requireCurrent : migrate);
}

/** A database that cannot be used is closed before anybody hears why. */
async function keptWhen(
  database: Database,
  check: (db: Database['db'], schema: SchemaName) => Promise<unknown>,
): Promise<Database> {
  try {
    await check(database.db, database.schema);
    return database;
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

async function connectServer(
  location: DatabaseLocation & { kind: 'postgres' },
  schema: SchemaName,
  max: number,
): Promise<Database> {
  const { default: pg } = await import('pg');
  const int8 = 20;
  const pool = new pg.Pool({
    connectionString: urlForDriver(location.url),
    Client: explaining(pg.Client, schema),
    max,
    application_name: 'personality-trap',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: {
      // Counts and seeds stay below 2^53, and JavaScript counts in numbers; as text they would
      // compare as text.
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === int8
          ? Number
          : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
    },
  });
  // A connection that breaks while idle is replaced at the next query, which reports it if it
  // cannot be.
  pool.on('error', () => {});
  // One that breaks while somebody has it fails his statement as well, and without a listener it
  // would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    const { rows } = await pool.query<{
      version: string;
      name: string;
      encoding: string;
      database: string;
      standard: string;
    }>(
      `select current_setting('server_version_num') as version, current_setting('server_version') as name,
        current_setting('server_encoding') as encoding, current_database() as database,
        current_setting('standard_conforming_strings') as standard`,
    );
    if (Number(rows[0]?.version) < OLDEST_SERVER) {
      throw new UserError(
        `The server is PostgreSQL ${rows[0]?.name}; this program needs 14 or newer`,
        {
          code: 'server-too-old',
          hint: 'Use a newer server, or the embedded database (omit --database).',
        },
      );
    }
    // Every other encoding refuses some of what models say.
    if (rows[0]?.encoding !== 'UTF8') {
      throw new UserError(
        `The database "${rows[0]?.database}" is encoded in ${rows[0]?.encoding}; this program needs UTF8`,
        {
          code: 'encoding-not-utf8',
          hint: "Create another database on the same server: create database NAME encoding 'UTF8' template template0; Then use its name in the URL.",
        },
      );
    }
    // The queue's statements mean something else then, and so may any text with a backslash.
    if (rows[0]?.standard !== 'on') {
      throw new UserError(
        'The server reads backslashes in texts as escapes: standard_conforming_strings is off for this user or database',
        {
          code: 'server-setting-unsupported',
          hint: 'Set it back, in psql: alter role current_user reset standard_conforming_strings; or, for a database: alter database NAME reset standard_conforming_strings;',
        },
      );
    }
  } catch (error) {
    await pool.end();
    throw error instanceof UserError ? error : unreachable(location, error);
  }
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return boundTo(schema, {
    kind: 'postgres',
    label: describeLocation(location),
    folder: null,
    kysely,
    queue: {
      kind: 'server',
      async executeSql(text, values) {
        const client = await pool.connect();
        try {
          const result = await client.query(text, values as unknown[]);
          // Several statements in one text bring several results.
          return {
            rows: Array.isArray(result)
              ? result.flatMap((one: { rows: unknown[] }) => one.rows)
              : result.rows,
          };
        } finally {
          // Where one of several statements fails, so do those after it, the end of their
          // transaction among them.
          const isBroken =
            client.getTransactionStatus() !== 'I' &&
            !(await client.query('rollback').then(yes, no));
          client.release(isBroken);
        }
      },
    },
    sessionsIn: (name) => serverSessions(pool, name),
    visiting: null,
    end: () => kysely.destroy(),
  });
}

async function connectEmbedded(
  location: Exclude<DatabaseLocation, { kind: 'postgres' }>,
  schema: SchemaName,
  visit: ReadMode | null,
): Promise<Database> {
  const folder = location.kind === 'embedded' ? location.folder : null;
  const server = await (folder === null || visit === null
    ? openOwn(folder)
    : openOrVisit(folder, visit));
  const kysely = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite: server.pglite }) });
  return boundTo(schema, {
    kind: 'embedded',
    label: describeLocation(location),
    folder,
    kysely,
    queue: { kind: 'memory', queues: new Map() },
    sessionsIn: (name) => embeddedSessions(server.pglite, name),
    visiting: server.visiting,
    async end() {
      await kysely.destroy();
      await server[Symbol.asyncDispose]();
    },
  });
}

/** What is the same for every schema of a database. */
interface Connection extends Pick<Database, 'kind' | 'label' | 'folder' | 'queue' | 'visiting'> {
  readonly kysely: Kysely<Tables>;
  readonly sessionsIn: (schema: SchemaName) => OpenSession;
  readonly end: () => Promise<void>;
}

function boundTo(schema: SchemaName, connection: Connection): Database {
  const { kysely, sessionsIn, end, ...shared } = connection;
  return {
    ...shared,
    schema,
    db: kysely.withSchema(schema),
    t: relationsOf(schema),
    transact: sessionsIn(schema),
    inSchema: (name) => boundTo(checkSchemaName(name), { ...connection, end: async () => {} }),
    [Symbol.asyncDispose]: end,
  };
}

async function openOwn(folder: string | null): Promise<ReaderConnection> {
  const { openEmbedded } = await import('./embedded/embedded.ts');
  return { ...(await openEmbedded(folder)), visiting: null };
}

async function openOrVisit(folder: string, visit: ReadMode): Promise<ReaderConnection> {
  const doorway = await import('./embedded/reader-client.ts');
  return doorway.openOrRead(folder, visit);
}

const yes = () => true;
const no = () => false;

/** A connection whose refusals are expected errors, where they are. */
function explaining(Client: typeof PgClient, schema: SchemaName): typeof PgClient {
  return class extends Client {
    override query(...parameters: unknown[]): never {
      const [statement] = parameters as [string | { text?: string }];
      const text = typeof statement === 'string' ? statement : (statement.text ?? '');
      const result = (super.query as (...all: unknown[]) => unknown)(...parameters);
      const explain = (error: unknown) => {
        throw expected(error, { user: this.user ?? '', schema }, text);
      };
      // Callers that gave a callback, or rows to be streamed, are told in their own way.
      return (result instanceof Promise ? result.catch(explain) : result) as never;
    }
  };
}

const UNKNOWN_AUTHORITY =
  "The server's certificate is not signed by an authority that this machine trusts. Pass that certificate, or its authority's: add sslmode=verify-full&sslrootcert=FILE to the URL, or set NODE_EXTRA_CA_CERTS=FILE. With sslmode=no-verify the connection is encrypted, but the identity of the server is not checked.";

/**
 * What to do about a way to the server that is not there, or is not safe, by the code of the system
 * or of TLS.
 */
const ABSENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'No server is listening there: start the server, or correct host and port.',
  ENOTFOUND: 'The host name is unknown: correct it.',
  EAI_AGAIN: 'The host name cannot be resolved at the moment: check the network.',
  ENOENT:
    'The file does not exist: correct the folder of the socket, or the files in the URL (sslrootcert, sslcert, sslkey).',
  EACCES: 'This user may not read that file or socket: change its permissions, or correct the URL.',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_UNTRUSTED: UNKNOWN_AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID:
    "The server's certificate is for another name: use the host name of the certificate in the URL. sslmode=verify-ca&sslrootcert=FILE checks only the authority, not the name.",
  CERT_HAS_EXPIRED:
    "The server's certificate has expired: its administrator must renew it. Check this machine's clock as well.",
  CERT_NOT_YET_VALID: "The server's certificate is not valid yet. Check this machine's clock.",
};
/** The same for what has no code, by what the driver says. */
const ABSENCES_IN_WORDS: readonly (readonly [RegExp, string])[] = [
  [
    /client password must be a/,
    'The server requires a password, but none was given: set PGPASSWORD or PGPASSFILE, or write user:password in the URL (special characters percent-encoded).',
  ],
  [
    /does not support SSL/,
    'This server does not support TLS: omit sslmode and "ssl" if the network is safe without it, or have TLS turned on.',
  ],
  [
    /PEM|ASN1|DECODER/i,
    'A certificate file in the URL (sslrootcert, sslcert, sslkey) is not valid PEM: correct it.',
  ],
];
/** What to do about a server that does not let this user in, by its own code. */
const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'Correct user and password in the URL (percent-encode special characters).',
  '28000':
    'The server does not accept this user from this address: check the user name. If the server requires encryption, add sslmode=verify-full to the URL; otherwise its administrator must add this user and address to pg_hba.conf.',
  '3D000': 'Create the database first (createdb NAME), or correct its name in the URL.',
};
/** Codes of PostgreSQL have five characters, digits among them. */
const SERVER_CODE = /^(?=.*\d)[0-9A-Z]{5}$/;

function unreachable(location: DatabaseLocation, error: unknown): UserError {
  const code = (error as { code?: string }).code ?? '';
  const where = describeLocation(location);
  // Node tries several addresses and reports them together, with an empty message of its own.
  const said = messageOf(error instanceof AggregateError ? error.errors[0] : error);
  if (SERVER_CODE.test(code)) {
    return new UserError(`The database ${where} rejects the connection: ${said}`, {
      code: 'connection-refused',
      hint:
        REFUSALS[code] ??
        "Follow the server's message, or ask its administrator. Omit --database to use the embedded database.",
      cause: error,
    });
  }
  const inWords = ABSENCES_IN_WORDS.find(([words]) => words.test(said))?.[1];
  return new UserError(`The database ${where} does not answer: ${said}`, {
    code: 'server-unreachable',
    hint:
      ABSENCES[code] ??
      inWords ??
      'Check host and port, and that the server is running. Omit --database to use the embedded database.',
    cause: error,
  });
}
