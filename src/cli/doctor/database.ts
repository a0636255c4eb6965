/**
 * Checks the database: whether it exists and answers, what this user may do in it, and whether its
 * schema is up to date.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../../config/config.ts';
import type { Database } from '../../db/connect.ts';
import type { SchemaRights } from '../../db/rights.ts';
import type { RegisteredModel } from '../../models/catalogue.ts';
import { count } from '../ui/terminal.ts';
import { type CheckResult, fail, findingOf, ok, warn } from './finding.ts';
import { checkRoom, formatBytes } from './host.ts';

/**
 * Deadlines and claims of work are told by the server's clock; what people compare with their own
 * watch is off by as much.
 */
const MOST_SKEW_MS = 5000;
/** Beyond, the network takes longer than the server. */
const SLOW_MS = 100;

export interface DatabaseFindings {
  readonly findings: readonly CheckResult[];
  /** Models that pending experiments wait for, as far as the database could be asked. */
  readonly pending: readonly RegisteredModel[];
}

export async function checkDatabase(config: Config, now: () => number): Promise<DatabaseFindings> {
  const { database: location } = config;
  if (location.kind === 'memory')
    return {
      findings: [ok('database', 'in memory: it lasts only as long as a command')],
      pending: [],
    };
  const findings: CheckResult[] = [];
  try {
    if (location.kind === 'embedded') findings.push(...(await checkFolder(location.folder)));
    // Runs against a server write down their calls here.
    findings.push(
      await checkRoom(
        'disk',
        location.kind === 'embedded' ? location.folder : config.journal.folder,
      ),
    );
    findings.push(...(await checkPrivacy(config)));
    // Nobody can say more of what is not there, or of what its holder keeps to himself.
    if (location.kind === 'embedded' && !(await canBeSeen(location.folder)))
      return { findings, pending: [] };
    const { connectExisting } = await import('../../db/connect.ts');
    await using database = await connectExisting(config, { readVia: 'live', maxConnections: 1 });
    const inside = await checkInside(database, config, now);
    return { findings: [...findings, ...inside.findings], pending: inside.pending };
  } catch (error) {
    return { findings: [...findings, findingOf('database', error)], pending: [] };
  }
}

async function checkFolder(folder: string): Promise<CheckResult[]> {
  const { hasDatabase } = await import('../../db/embedded/embedded.ts');
  const { holderOf } = await import('../../db/embedded/lock.ts');
  if (!hasDatabase(folder)) {
    return [
      warn(
        'database',
        `no database in ${folder} yet`,
        'Create one with: personas init-db (or pass another with --database).',
      ),
    ];
  }
  const holder = await holderOf(folder);
  return [
    holder === null
      ? ok(
          'database',
          `embedded, in ${folder}; ${formatBytes(sizeOf(folder))}; no process is using it`,
        )
      : warn('database', `${holder.message}; ${formatBytes(sizeOf(folder))}`, holder.hint),
  ];
}

/** Whether other users of this machine can read what people answered, or change it. */
async function checkPrivacy({ database, journal }: Config): Promise<CheckResult[]> {
  const { openToOthers, partsOfDatabase } = await import('../../db/embedded/private-files.ts');
  const folder = database.kind === 'embedded' ? database.folder : journal.folder;
  if (!existsSync(folder)) return [];
  const [open, ...more] = openToOthers(
    database.kind === 'embedded' ? partsOfDatabase(folder) : [folder],
  );
  if (open === undefined) return [];
  const others = more.length === 0 ? '' : ` and ${count(more.length)} more in ${folder}`;
  return [
    warn(
      'permissions',
      `other users of this machine may read or change ${open}${others}`,
      database.kind === 'embedded'
        ? 'Any command that opens the database, such as "personas groups", corrects the permissions.'
        : `Correct the permissions: chmod -R go-rwx ${folder}`,
    ),
  ];
}

async function canBeSeen(folder: string): Promise<boolean> {
  const { hasDatabase } = await import('../../db/embedded/embedded.ts');
  const { holderOf } = await import('../../db/embedded/lock.ts');
  const holder = await holderOf(folder);
  return hasDatabase(folder) && (holder === null || holder.door !== null);
}

async function checkInside(
  database: Database,
  config: Config,
  now: () => number,
): Promise<DatabaseFindings> {
  const findings = database.kind === 'postgres' ? await checkServer(database, now) : [];
  try {
    const { schemaStanding } = await import('../../db/schema/migrate.ts');
    const { state, error } = await schemaStanding(database.db, database.schema);
    if (error !== null)
      return {
        findings: [...findings, findingOf('schema', error, state === 'absent' ? 'warn' : 'fail')],
        pending: [],
      };
    findings.push(ok('schema', `"${database.schema}" is up to date`));
    findings.push(...(await checkJournals(database, config)));
    const { modelsOfPending } = await import('../../experiments/status/groups-store.ts');
    return { findings, pending: await modelsOfPending(database) };
  } catch (error) {
    // What was found before it is worth as much.
    return { findings: [...findings, findingOf('schema', error)], pending: [] };
  }
}

async function checkServer(database: Database, now: () => number): Promise<CheckResult[]> {
  const { healthOf } = await import('../../db/server-health.ts');
  const health = await healthOf(database, now);
  const latency = `${health.latencyMs < 10 ? health.latencyMs.toFixed(1) : Math.round(health.latencyMs)} ms away`;
  const answers = `${database.label} answers: PostgreSQL ${health.version}, ${latency}`;
  const seconds = Math.abs(health.clockAheadMs) / 1000;
  const skew = `the server's clock is ${seconds.toFixed(1)} s ${health.clockAheadMs > 0 ? 'ahead of' : 'behind'} this machine's`;
  return [
    health.latencyMs > SLOW_MS
      ? warn(
          'database',
          answers,
          'Run the program closer to the server: storing an answer waits for the server.',
        )
      : ok('database', answers),
    health.readOnly === null ? await checkRights(database) : readOnlyFinding(health.readOnly),
    Math.abs(health.clockAheadMs) > MOST_SKEW_MS
      ? warn(
          'clock',
          skew,
          'Synchronize both clocks with NTP: stored times come from the server, times of calls from this machine.',
        )
      : ok('clock', skew),
  ];
}

function readOnlyFinding(why: 'standby' | 'setting'): CheckResult {
  return why === 'standby'
    ? fail(
        'rights',
        'this server is a read-only standby of another server',
        'Pass the primary server with --database.',
      )
    : fail(
        'rights',
        'this user may only read here (default_transaction_read_only is on)',
        'Use a user who may write, or turn the setting off.',
      );
}

/**
 * Whether this user may do all that commands do with a study, and whom to ask for what where not.
 */
async function checkRights(database: Database): Promise<CheckResult> {
  const { closedSchemas, grantsOn, laterGrantsOn, openingOf, quoted, rightsOf, schemasFor } =
    await import('../../db/rights.ts');
  const rights = await rightsOf(database);
  const { user, owner, canCreate } = rights;
  const [study, queue] = rights.schemas as [SchemaRights, SchemaRights];
  const administrator = 'Ask an administrator of the server to run, in psql:';
  if (study.state === 'absent' && !canCreate) {
    return fail(
      'rights',
      `user "${user}" may not create the schema "${study.name}"`,
      `${administrator} ${schemasFor(database.schema, user)}`,
    );
  }
  const closed = closedSchemas(rights);
  if (closed.length > 0 && (owner === null || owner === user)) {
    return fail(
      'rights',
      `user "${user}" may not create tables in the schema "${closed[0]!}"`,
      `${administrator} ${openingOf(closed, user)}`,
    );
  }
  if (study.state === 'filled' && queue.state !== 'filled' && owner !== null && owner !== user) {
    return fail(
      'rights',
      `the queue of runs, "${queue.name}", is not set up, and only "${owner}", the owner of the study's tables, can set it up`,
      `Ask "${owner}" to run: personas init-db --schema ${study.name}`,
    );
  }
  if (study.state === 'filled' && queue.state === 'absent' && !canCreate) {
    return fail(
      'rights',
      `user "${user}" may not create the schema "${queue.name}", which runs need for their queue`,
      `${administrator} create schema ${quoted(queue.name)} authorization ${quoted(user)};`,
    );
  }
  const filled = rights.schemas.filter((one) => one.state === 'filled');
  const forbidden = filled.flatMap((one) =>
    one.mayUse ? one.forbidden : [`anything in ${one.name}`],
  );
  if (forbidden.length > 0) {
    const listed = `${forbidden.slice(0, 5).join(', ')}${forbidden.length > 5 ? ', …' : ''}`;
    const names = filled.map((one) => one.name);
    return fail(
      'rights',
      `user "${user}" may not use ${listed}`,
      `Ask "${owner ?? 'the owner'}" to run, in psql: ${grantsOn(names, user)} ${laterGrantsOn(names, user)}`,
    );
  }
  return ok(
    'rights',
    `user "${user}" may read and write${canCreate ? ', and create schemas' : ''}`,
  );
}

async function checkJournals(database: Database, config: Config): Promise<CheckResult[]> {
  const { journalStates } = await import('../../experiments/status/study-status.ts');
  const { sayJournals } = await import('../shared/journals.ts');
  const states = await journalStates(database, config);
  if (states.length === 0) return [ok('journal', 'nothing to recover')];
  return sayJournals(states).map(({ fact, advice }) => warn('journal', fact, advice));
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (sum, entry) =>
      sum +
      (statSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
