/** What is said where: results on standard output, talk on standard error. */
import { styleText } from 'node:util';
import { messageOf, UserError } from '../errors.ts';
import { beginning } from '../shorten.ts';
import { type Cell, layOutColumns } from './columns.ts';

const LONGEST_REASON = 90;

export interface Terminal {
  /** One JSON document on standard output instead of text. */
  readonly json: boolean;
  /** Whether what stands on standard error may be rewritten. */
  readonly interactive: boolean;
  /** The same, for standard output. */
  readonly redraws: boolean;
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

/** @param dumb whether the terminal, if there is one, can do nothing but write on */
export function createTerminal(json: boolean, dumb: boolean): Terminal {
  return {
    json,
    interactive: process.stderr.isTTY === true && !dumb,
    redraws: process.stdout.isTTY === true && !dumb,
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
      process.stderr.write(`${json ? 'Warning:' : talk('yellow', 'Warning:')} ${line}\n`);
    },
    async confirm(question, flag) {
      if (process.stdin.isTTY !== true)
        throw new UserError(`${question} Nobody is there to answer.`, { hint: `Give ${flag} to go ahead without being asked.` });
      const { createInterface } = await import('node:readline/promises');
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
export function report(error: unknown, { debug, json }: { readonly debug: boolean; readonly json: boolean }): number {
  const heading = json ? 'Error:' : talk('red', 'Error:');
  if (error instanceof UserError) {
    process.stderr.write(`${heading} ${error.message}\n${error.hint}\n`);
    if (debug) process.stderr.write(`${traceOf(error)}\n`);
    return error.exitCode;
  }
  process.stderr.write(
    `${heading} ${messageOf(error)}\nThis was not expected. Nothing that was stored is lost; run again with --debug to see where it happened.\n`,
  );
  if (debug) process.stderr.write(`${traceOf(error)}\n`);
  return 1;
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${traceOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

type Style = Parameters<typeof styleText>[0];

/** Painted where standard output shows colours: a terminal does, unless NO_COLOR is set or it is dumb; all else only with FORCE_COLOR. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** The same for standard error. */
export function talk(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stderr });
}

/** Columns of the terminal that standard output is; null where it is none. */
export function outputWidth(): number | null {
  return process.stdout.isTTY === true ? process.stdout.columns || null : null;
}

/** Rows in columns; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return layOutColumns(header, rows, {
    width: outputWidth(),
    heading: (text) => paint('bold', text),
    rule: (text) => paint('dim', text),
  });
}

/** A reason as far as a table has room for it. */
export function shortened(reason: string | null): string | null {
  return reason === null || reason.length <= LONGEST_REASON ? reason : `${beginning(reason, LONGEST_REASON - 1)}…`;
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
