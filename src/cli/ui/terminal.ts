/** Results go to standard output, messages to standard error. */
import { messageOf, UserError } from '../../errors.ts';
import { formatDollars } from '../../numbers.ts';
import { cutText } from '../../report/tables/text-width.ts';
import type { RunProgress } from '../../runner/tally.ts';
import { type ColumnValue, layOutColumns } from './columns.ts';
import { outputWidth, paint, talk, writeError, writeOut } from './output.ts';
import { visible } from './visible.ts';

export { formatCount as count } from '../../numbers.ts';

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
  /** Whether somebody can be asked. */
  readonly canAsk: boolean;
  /** What somebody types; for where `canAsk` holds. */
  ask(question: string): Promise<string>;
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
      if (!json) writeOut(`${line}\n`);
    },
    printJson(value) {
      if (json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    say(line) {
      writeError(`${line}\n`);
    },
    warn(line) {
      writeError(`${json ? 'Warning:' : talk('yellow', 'Warning:')} ${line}\n`);
    },
    canAsk: !json && process.stdin.isTTY === true,
    ask: askOnTerminal,
    async confirm(question, flag) {
      if (process.stdin.isTTY !== true)
        throw new UserError(
          `${question} This needs a confirmation, but standard input is not a terminal.`,
          {
            code: 'confirmation-needed',
            hint: `Pass ${flag} to go ahead without a confirmation.`,
          },
        );
      return /^y(es)?$/i.test(await askOnTerminal(`${question} [y/N] `));
    },
  };
}

async function askOnTerminal(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(visible(question))).trim();
  } finally {
    lines.close();
  }
}

/**
 * Says what went wrong and what to do.
 * @returns the exit code
 */
export function report(
  error: unknown,
  { debug, json }: { readonly debug: boolean; readonly json: boolean },
): number {
  const heading = json ? 'Error:' : talk('red', 'Error:');
  if (error instanceof UserError) {
    writeError(
      `${heading} ${error.message}\n${error.hint}\nSee docs/troubleshooting.md#${error.code}\n`,
    );
    if (debug) writeError(`${traceOf(error)}\n`);
    return error.exitCode;
  }
  writeError(
    `${heading} ${messageOf(error)}\nThis is an unexpected error. Nothing that was stored is lost. Run the command again with --debug to see where it happened.\n`,
  );
  if (debug) writeError(`${traceOf(error)}\n`);
  return 1;
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${traceOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

/** Rows in columns; numbers to the right. */
export function table(
  header: readonly string[],
  rows: readonly (readonly ColumnValue[])[],
): string {
  return layOutColumns(header, rows, {
    width: outputWidth(),
    heading: (text) => paint('bold', text),
    rule: (text) => paint('dim', text),
  });
}

export function printTable(
  terminal: Terminal,
  header: readonly string[],
  rows: readonly (readonly ColumnValue[])[],
): void {
  terminal.print(table(header, rows));
}

/** A reason as far as a table has room for it, cut between whole characters. */
export function shortened(reason: string | null): string | null {
  return reason === null ? null : cutText(reason, LONGEST_REASON);
}

/** What calls have cost, as far as that is known. */
export function spent(progress: Pick<RunProgress, 'costUsd' | 'unknownCosts'>): string {
  const { costUsd, unknownCosts } = progress;
  if (unknownCosts === 0) return dollars(costUsd);
  return costUsd === 0 ? 'cost unknown' : `at least ${dollars(costUsd)}`;
}

/** Dollars; `unknown` where no price is known. */
export function dollars(value: number | null): string {
  return value === null ? 'unknown' : formatDollars(value);
}
