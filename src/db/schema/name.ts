/** Validates schema names before they are used in SQL, and derives index names from them. */
import { createHash } from 'node:crypto';
import { UserError } from '../../errors.ts';

/**
 * The job queue of a schema lives in a schema of its own, so that the study's schema holds nothing
 * but the study.
 */
const QUEUE_SUFFIX = '__jobs';
/** pg-boss takes at most 50 bytes for its schema's name. */
const MAX_LENGTH = 50 - QUEUE_SUFFIX.length;
const PLAIN = /^[a-z_][a-z0-9_]*$/;

/** The name of a study's schema, known to be a plain identifier. */
export type SchemaName = string & { readonly plain: unique symbol };

/**
 * @throws UserError unless the name is a plain lower-case identifier of at most 44 characters
 *   that PostgreSQL does not keep for itself
 */
export function checkSchemaName(name: string): SchemaName {
  const complain = (what: string) =>
    new UserError(`Invalid schema name ${JSON.stringify(name)}: it ${what}`, {
      code: 'schema-name-invalid',
      hint: `Use lower-case letters, digits and underscores, starting with a letter, at most ${MAX_LENGTH} characters, such as "my_study".`,
    });
  if (!PLAIN.test(name)) throw complain('is not a plain identifier');
  if (name.length > MAX_LENGTH) throw complain(`is too long (${name.length} characters)`);
  if (name.startsWith('pg_') || name === 'information_schema')
    throw complain('is reserved by PostgreSQL');
  if (name.endsWith(QUEUE_SUFFIX))
    throw complain(`ends with "${QUEUE_SUFFIX}", which is reserved for job queues`);
  return name as SchemaName;
}

/** Whether `checkSchemaName` would take it. */
export function isSchemaName(name: string): name is SchemaName {
  try {
    checkSchemaName(name);
    return true;
  } catch {
    return false;
  }
}

/** Where the jobs of a study wait. */
export function queueSchemaOf(schema: SchemaName): string {
  return `${schema}${QUEUE_SUFFIX}`;
}

/**
 * The published name of an index, `ix_{schema}_{table}_{column}`. Where it would be too long for
 * PostgreSQL it is shortened as SQLAlchemy shortens it (55 characters, underscore, last 4 hex
 * digits of the MD5), since the published schema was made by SQLAlchemy and two columns' names must
 * not collapse into one.
 */
export function publishedIndexName(schema: string, tableAndColumn: string): string {
  const name = `ix_${schema}_${tableAndColumn}`;
  if (name.length <= 63) return name;
  return `${name.slice(0, 55)}_${createHash('md5').update(name).digest('hex').slice(-4)}`;
}
