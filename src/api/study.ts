/** Opens a study: its database, schema, configuration and models, until they are closed. */

import { systemTiming, type Timing } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { type ConfigValues, loadConfig } from '../config/load.ts';
import { describeConfig } from '../config/show.ts';
import { type Database, open, openIn, openMigrated } from '../db/connect.ts';
import { defined } from '../defined.ts';
import { UserError } from '../errors.ts';
import { type Catalogue, createCatalogue, type ModelEntry } from '../models/catalogue.ts';
import type { Provider } from '../providers/provider.ts';
import type { RunOptions } from '../runner/options.ts';

/**
 * What `openStudy` is told. Everything may be left out: then the study is where the command
 * `personas` finds it in the same folder.
 */
export interface OpenOptions {
  /**
   * `postgres://…` for a server (14 or newer), a folder for the embedded database, `:memory:` for
   * one that is gone when it is closed, or a study that is open: then its connection is used, for
   * another schema of the same database, and ends with that study (its configuration, provider and
   * timing hold as well, unless others are given). Default: what the environment (`DATABASE_URL`)
   * or the configuration say, else the folder `.personas`.
   */
  readonly database?: string | Study;
  /**
   * Schema of the study, a plain identifier of at most 44 characters. Default: what the
   * configuration says, else `personality_trap`.
   */
  readonly schema?: string;
  /**
   * A configuration file, or what it would say. Default: the file `personas.yaml` or `.yaml` in the working folder, if
   * there is one.
   */
  readonly config?: string | ConfigValues;
  /**
   * Opens what is there and changes nothing, as `personas status` and `analyze` do. An embedded
   * database that another process is at work on is read as it is at this moment. Default false: the
   * schema is made where it is missing, and brought up to date where it is older than this program,
   * as `personas init-db` does.
   */
  readonly readOnly?: boolean;
  /**
   * In place of the providers that the configuration names: given a provider's name, who answers
   * its calls. For tests and models of your own.
   */
  readonly provider?: (name: string) => Provider | Promise<Provider>;
  /** In place of the system's clock, timers and random numbers. For tests. */
  readonly timing?: Timing;
}

/** A study that is open: what all other functions take first. */
export interface Study extends AsyncDisposable {
  /** Where its database is, in words; without a password. */
  readonly database: string;
  readonly schema: string;
  readonly readOnly: boolean;
  /** Every model that can be named: the built-in ones, then those of the configuration. */
  readonly models: readonly ModelEntry[];
  /** The settings in force, secrets masked. */
  readonly settings: readonly Setting[];
  /**
   * Ends the connections and gives an embedded folder free, as the end of an `await using` block
   * does. May be called twice.
   */
  close(): Promise<void>;
}

/** A setting and where its value comes from. */
export interface Setting {
  /** Dotted path, e.g. `providers.ollama.timeout_s`. */
  readonly key: string;
  /** As text; `***` for what is secret. */
  readonly value: string;
  /** `flag` for what the code says itself. */
  readonly source: 'flag' | 'environment' | 'file' | 'default';
}

/** What stands behind a study. */
export interface Inside {
  readonly database: Database;
  readonly config: Config;
  readonly catalogue: Catalogue;
  readonly provider: OpenOptions['provider'];
  readonly timing: Timing;
}

const insides = new WeakMap<Study, Inside>();

/**
 * Opens a study.
 *
 * ```ts
 * await using study = await openStudy({ database: ':memory:' });
 * ```
 *
 * Where there is no block whose end could close it, as in the cells of a notebook, call `close()`
 * at the end.
 * @throws UserError when the configuration is wrong, the database does not answer or is in use by
 *   another process, the schema was made by a newer version, or, with `readOnly`, is not there
 */
export async function openStudy(options: OpenOptions = {}): Promise<Study> {
  const { database: where, readOnly = false } = options;
  const lender = where === undefined || typeof where === 'string' ? null : insideOf(where);
  const config = configOf(options, lender);
  const catalogue = createCatalogue(config.models);
  const database =
    lender !== null
      ? await openIn(lender.database, config.schema, readOnly ? 'check' : 'migrate')
      : await (readOnly ? open(config, { readVia: 'snapshot' }) : openMigrated(config));
  const provider = options.provider ?? lender?.provider;
  const timing = options.timing ?? lender?.timing ?? systemTiming;
  return keep({ database, config, catalogue, provider, timing }, readOnly);
}

/** What another study lends besides its connection is its configuration. */
function configOf({ database, schema, config }: OpenOptions, lender: Inside | null): Config {
  if (lender !== null && config === undefined) return { ...lender.config, ...defined({ schema }) };
  return loadConfig({
    ...(typeof database === 'string' ? { database } : {}),
    ...defined({ schema, config }),
  });
}

/**
 * A study around a database that is open already, which the study then owns.
 * @param readOnly what the study says of itself; the database is used as it is
 */
export function keep(inside: Inside, readOnly = false): Study {
  const { database, config, catalogue } = inside;
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    insides.delete(study);
    closing ??= Promise.resolve(database[Symbol.asyncDispose]());
    await closing;
  };
  const study: Study = Object.freeze({
    database: database.label,
    schema: database.schema,
    readOnly,
    models: catalogue.list(),
    settings: describeConfig(config).map(({ key, value, origin }) => ({
      key,
      value,
      source: origin.source,
    })),
    close,
    [Symbol.asyncDispose]: close,
  });
  insides.set(study, inside);
  return study;
}

/** @throws UserError for a study that is closed */
export function insideOf(study: Study): Inside {
  const inside = insides.get(study);
  if (inside !== undefined) return inside;
  throw new UserError(`The study in schema "${study.schema}" has been closed`, {
    code: 'study-closed',
    hint: 'Open it again with openStudy().',
  });
}

/**
 * The same, for what changes something.
 * @throws UserError for a study that is closed, or was opened read-only
 */
export function insideToWrite(study: Study): Inside {
  const inside = insideOf(study);
  if (!study.readOnly) return inside;
  throw new UserError(`The study in schema "${study.schema}" was opened read-only`, {
    code: 'study-read-only',
    hint: 'Open it without readOnly to change it.',
  });
}

/** The options of a run that come from how the study was opened. */
export function optionsOfStudy(study: Study): Pick<RunOptions, 'provider' | 'timing'> {
  const { provider, timing } = insideToWrite(study);
  return { timing, ...(provider === undefined ? {} : { provider }) };
}
