/** The common part of the commands that import a dataset: progress, interruption and findings. */

import type {
  ImportMode,
  ImportOptions,
  ImportProgress,
  ImportResult,
} from '../../dataset/import/load.ts';
import type { Database } from '../../db/connect.ts';
import { cutText } from '../../report/tables/text-width.ts';
import { interruptedBy } from '../ui/interrupt.ts';
import { count, printTable, type Terminal } from '../ui/terminal.ts';
import { visibleOnOneLine } from '../ui/visible.ts';

const REDRAW_MS = 200;
const PLAIN_LINE_MS = 10_000;

export function importModeOf({
  append,
  replace,
}: {
  readonly append?: boolean;
  readonly replace?: boolean;
}): ImportMode {
  return append === true ? 'append' : replace === true ? 'replace' : 'refuse';
}

/** Imports with progress on the terminal; Ctrl-C gives it up in order. */
export async function watchImport<T>(
  terminal: Terminal,
  importing: (watching: Pick<ImportOptions, 'onProgress' | 'onStep' | 'signal'>) => Promise<T>,
): Promise<T> {
  using interrupts = interruptedBy(terminal.say, 'Ending: the import is undone.');
  const display = showFiles(terminal);
  try {
    return await importing({
      onProgress: display.update,
      onStep: display.say,
      signal: interrupts.signal,
    });
  } finally {
    display.end();
  }
}

/** Rows by table, and what is to be known about them. */
export function printImport(
  terminal: Terminal,
  { schema, label }: Pick<Database, 'schema' | 'label'>,
  result: ImportResult,
): void {
  if (result.removed > 0)
    terminal.print(`${count(result.removed)} rows were removed from schema "${schema}" first.`);
  terminal.print(`${count(result.rows)} rows imported into schema "${schema}" (${label}):`);
  printTable(
    terminal,
    ['table', 'rows', 'file'],
    result.tables.map((one) => [one.table, count(one.rows), one.file]),
  );
  if (result.findings.length === 0) {
    terminal.print('\nNo problems were found in them.');
    return;
  }
  terminal.print('\nFindings:');
  printTable(
    terminal,
    ['count', 'finding', 'example'],
    result.findings.map((one) => [count(one.count), one.finding, one.example]),
  );
}

interface FileDisplay {
  update(progress: ImportProgress): void;
  say(line: string): void;
  end(): void;
}

/**
 * A line for each file that is done; while one is read, a line that is rewritten on a terminal, one
 * now and then elsewhere.
 */
function showFiles(terminal: Terminal): FileDisplay {
  const rewriting = terminal.interactive && !terminal.json;
  const interval = rewriting ? REDRAW_MS : PLAIN_LINE_MS;
  let last = Date.now();
  let drawn = false;
  const erase = () => {
    if (drawn) process.stderr.write('\r\x1b[K');
    drawn = false;
  };
  return {
    update({ file, table: name, rows, read, done }) {
      if (done) {
        erase();
        terminal.say(`${file}: ${count(rows)} rows of ${name}`);
        return;
      }
      if (Date.now() - last < interval) return;
      last = Date.now();
      const line = visibleOnOneLine(`${file}: ${count(rows)} rows, ${Math.floor(read * 100)} %`);
      if (!rewriting) {
        terminal.say(line);
        return;
      }
      erase();
      process.stderr.write(cutText(line, Math.max(20, (process.stderr.columns || 80) - 1)));
      drawn = true;
    },
    say(line) {
      erase();
      terminal.say(line);
    },
    end: erase,
  };
}
