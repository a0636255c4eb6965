/** What is said where: results on standard output, talk on standard error. */
import { createInterface } from 'node:readline/promises';
import { messageOf, UserError } from '../errors.ts';

export interface Terminal {
  /** One JSON document on standard output instead of text. */
  readonly json: boolean;
  readonly interactive: boolean;
  /** A line of the result. Silent with `--json`. */
  print(line?: string): void;
  /** The result as data. Silent without `--json`. */
  printJson(value: unknown): void;
  /** Something to know while waiting. */
  say(line: string): void;
  warn(line: string): void;
  /** @throws UserError where nobody can be asked */
  confirm(question: string, flag: string): Promise<boolean>;
}

export function createTerminal(json: boolean): Terminal {
  return {
    json,
    interactive: process.stderr.isTTY === true,
    print(line = '') {
      if (!json) process.stdout.write(`${line}\n`);
    },
    printJson(value) {
      if (json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    say(line) {
      process.stderr.write(`${line}\n`);
    },
    warn(line) {
      process.stderr.write(`Warning: ${line}\n`);
    },
    async confirm(question, flag) {
      if (process.stdin.isTTY !== true)
        throw new UserError(`${question} Nobody is there to answer.`, { hint: `Give ${flag} to go ahead without being asked.` });
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
      } finally {
        lines.close();
      }
    },
  };
}

/**
 * Says what went wrong and what to do.
 * @returns the exit code
 */
export function report(error: unknown, debug: boolean): number {
  if (error instanceof UserError) {
    process.stderr.write(`Error: ${error.message}\n${error.hint}\n`);
    if (debug) process.stderr.write(`${traceOf(error)}\n`);
    return error.exitCode;
  }
  process.stderr.write(
    `Error: ${messageOf(error)}\nThis was not expected. Nothing that was stored is lost; run again with --debug to see where it happened.\n`,
  );
  if (debug) process.stderr.write(`${traceOf(error)}\n`);
  return 1;
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${traceOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

/** Rows in columns; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell))));
  const numeric = header.map(
    (_, column) =>
      rows.length > 0 &&
      rows.every((row) => row[column] === null || typeof row[column] === 'number' || /^[-–+]?[\d.,]+%?$/.test(String(row[column]))),
  );
  const widths = header.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [line(header), line(widths.map((width) => '─'.repeat(width))), ...cells.map(line)].join('\n');
}

/** 1234567 as 1,234,567. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Dollars with as many digits as they are worth; `unknown` where no price is known. */
export function dollars(value: number | null): string {
  if (value === null) return 'unknown';
  return `$${value === 0 || value >= 1 ? value.toFixed(2) : value.toPrecision(2)}`;
}
