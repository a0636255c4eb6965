import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  readDatabase,
  withStudyFile,
} from '../shared/options.ts';
import { writeOut } from '../ui/output.ts';
import { printTable } from '../ui/terminal.ts';

const EXAMPLES: readonly Example[] = [
  {
    does: 'How many administrations of each model succeeded',
    command:
      'personas sql "select model, count(*) from experiments_list where succeeded group by 1"',
  },
  {
    does: 'As CSV, for a spreadsheet',
    command: 'personas sql "select * from scores order by 1, 2" --csv',
  },
];

export function add(program: Command): void {
  examples(
    common(withStudyFile(program.command('sql').argument('<statement>', 'one SQL statement'))),
    EXAMPLES,
  )
    .description(
      "Run one SQL statement that reads, such as the one behind a cell of a report, on the study's schema. Nothing can be changed. docs/reference/schema.md lists tables and columns.",
    )
    .option('--csv', 'print the rows as CSV')
    .action(
      async (
        statement: string,
        study: string | undefined,
        options: CommonOptions & { csv?: boolean },
      ) => {
        const context = await contextOf(options, study);
        const { terminal } = context;
        const { queryReadOnly } = await import('../../db/read-only-query.ts');
        const rows = await readDatabase(context, 'snapshot', (database) =>
          queryReadOnly(database, statement, []),
        );
        terminal.printJson(rows);
        const header = Object.keys(rows[0] ?? {});
        const cells = rows.map((row) => header.map((name) => textOf(row[name])));
        if (options.csv === true && !terminal.json) {
          const { csvLine } = await import('../../dataset/csv/csv.ts');
          if (header.length > 0) writeOut([header, ...cells].map(csvLine).join(''));
        } else if (header.length === 0) terminal.print('No rows.');
        else printTable(terminal, header, cells);
      },
    );
}

function textOf(value: unknown): string | number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
