/** Options that several commands share, and their values. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../../config/config.ts';
import type { ConnectOptions, Database } from '../../db/connect.ts';
import { formatCount, LARGEST_INTEGER } from '../../numbers.ts';
import { createTerminal, type Terminal } from '../ui/terminal.ts';

export interface CommonOptions {
  readonly config?: string;
  readonly database?: string;
  readonly schema?: string;
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** Adds what every command understands. */
export function common(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file (default: personas.yaml in this folder)')
    .option(
      '--database <where>',
      'postgres://… or a folder for the embedded database (default: .personas)',
    )
    .option('--schema <name>', 'schema of the study (default: personality_trap)')
    .option('--json', 'print one JSON document')
    .addOption(new Option('--debug', 'print the stack trace of an error'));
}

/** Lets a study file stand in place of `--schema`. */
export function withStudyFile(command: Command): Command {
  return command.argument('[study]', 'study file, in place of --schema');
}

export interface Context {
  readonly config: Config;
  readonly terminal: Terminal;
}

/**
 * @param study a study file whose schema is meant, unless `--schema` names one
 * @throws UserError where the study file cannot be read
 */
export async function contextOf(options: CommonOptions, study?: string): Promise<Context> {
  if (study !== undefined && options.schema === undefined) {
    const { schemaOfStudy } = await import('../../studies/schema-of-study.ts');
    const schema = schemaOfStudy(study);
    return contextOf(schema === null ? options : { ...options, schema });
  }
  const { isDumbTerminal, loadConfig } = await import('../../config/load.ts');
  return {
    config: loadConfig(options),
    terminal: createTerminal(options.json ?? false, isDumbTerminal()),
  };
}

/** Runs something with the database of the configuration, its schema checked. */
export async function withDatabase<T>(
  context: Context,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const { open } = await import('../../db/connect.ts');
  await using database = await open(context.config);
  return await use(database);
}

/**
 * The same for what only reads: an embedded database may be in use by another process meanwhile.
 */
export async function readDatabase<T>(
  context: Context,
  visit: NonNullable<ConnectOptions['readVia']>,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const { open } = await import('../../db/connect.ts');
  await using database = await open(context.config, { readVia: visit });
  return await use(database);
}

/** A whole number from 1 to `most`. */
export function wholeNumber(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text.trim()) || value < 1 || value > most)
      throw new InvalidArgumentError(`It must be a whole number from 1 to ${formatCount(most)}.`);
    return value;
  };
}

/** A positive amount. */
export function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** A share such as a reliability, up to .99. */
export function share(text: string): number {
  const value = amount(text);
  if (value > 0.99) throw new InvalidArgumentError('It must be a number from 0 to 0.99.');
  return value;
}

/** For options that may be given several times. */
export function several<T>(
  read: (text: string) => T,
): (text: string, before: readonly T[] | undefined) => T[] {
  return (text, before) => [...(before ?? []), read(text)];
}

export const text = (value: string): string => value;

export const LARGEST_ID = LARGEST_INTEGER;
export const MOST_WORKERS = 2048;
export const MOST_TOKENS = 1_000_000_000_000;
