/** Describes an invalid value of a file to the person who wrote it. */
import type { z } from 'zod';

/** How the expected value is written. */
const WRITTEN: Readonly<Record<string, string>> = {
  boolean: 'true or false, without quotes',
  number: 'a number, without quotes',
  int: 'a whole number, without quotes',
  string: 'a text',
  array: 'a list',
  object: 'a section with keys of its own',
  record: 'a section with keys of its own',
};
/** What was found instead. */
const FOUND: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  number: 'a number',
  string: 'a text',
  array: 'a list',
  object: 'a section',
  null: 'nothing',
};

/**
 * `must be true or false, without quotes, but is a text` for a wrong type; otherwise the message of
 * the schema.
 */
export function wordsOfIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key' && issue.issues[0] !== undefined)
    return wordsOfIssue(issue.issues[0]);
  const received = /^Invalid input: expected \w+, received (\w+)$/.exec(issue.message)?.[1];
  const written = issue.code === 'invalid_type' ? WRITTEN[issue.expected] : undefined;
  if (received === undefined || written === undefined) return issue.message;
  if (received === 'undefined') return 'is missing';
  const found = FOUND[received];
  // In YAML and JSON, 25 and true are no texts unless they are quoted.
  const quoted =
    issue.code === 'invalid_type' &&
    issue.expected === 'string' &&
    ['number', 'boolean'].includes(received);
  return `must be ${written}${quoted ? ' in quotes' : ''}${found === undefined ? '' : `, but is ${found}`}`;
}
