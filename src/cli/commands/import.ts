import { type Command, Option } from 'commander';
import type { ImportMode, ImportProgress, ImportResult } from '../../dataset/load.ts';
import { UserError } from '../../errors.ts';
import { interruptedBy } from '../interrupt.ts';
import { keepHeapSmall } from '../memory.ts';
import { type CommonOptions, type Context, common, contextOf, withDatabase } from '../options.ts';
import { count, type Terminal, table } from '../terminal.ts';

interface ImportCommandOptions extends CommonOptions {
  readonly table?: 'personas';
  readonly append?: boolean;
  readonly replace?: boolean;
}

const REDRAW_MS = 200;
const PLAIN_LINE_MS = 10_000;

export function add(program: Command): void {
  common(program.command('import').argument('<source>', 'folder of <table>.csv or <table>.csv.gz files, or a dump (.sql, .sql.gz)'))
    .description('Import a dataset: the published one, an export of this program, or personas of your own. All or nothing.')
    .addOption(new Option('--table <name>', 'take <source> as a CSV file of your own rows for this table').choices(['personas']))
    .option('--append', 'add to what is in the schema')
    .addOption(new Option('--replace', 'remove everything in the schema first').conflicts('append'))
    .action(async (source: string, options: ImportCommandOptions) => {
      const context = await contextOf(options);
      if (options.table === undefined) {
        await importWhole(context, source, options.append === true ? 'append' : options.replace === true ? 'replace' : 'refuse');
        return;
      }
      if (options.append === true || options.replace === true) {
        throw new UserError('--append and --replace belong to the import of a whole dataset', {
          hint: 'Leave them out: --table personas always adds.',
        });
      }
      await importOwnPersonas(context, source);
    });
}

async function importOwnPersonas(context: Context, file: string): Promise<void> {
  const { importPersonas } = await import('../../dataset/import.ts');
  const result = await withDatabase(context, (database) => importPersonas(database, file));
  context.terminal.printJson(result);
  context.terminal.print(`${count(result.personas)} personas imported from ${file}.`);
  if (result.cut > 0)
    context.terminal.print(`${count(result.cut)} texts were longer than their column: cut there, kept whole in persona_texts.`);
}

async function importWhole({ config, terminal }: Context, source: string, mode: ImportMode): Promise<void> {
  keepHeapSmall();
  const { importDataset } = await import('../../dataset/load.ts');
  const { openMigrated } = await import('../../database/connect.ts');
  const { createCatalogue } = await import('../../providers/models.ts');
  const catalogue = createCatalogue(config.models);
  await using database = await openMigrated(config);
  using interrupts = interruptedBy(terminal, 'Ending: what was read is taken back.');
  const display = showFiles(terminal);
  let result: ImportResult;
  try {
    result = await importDataset(database, source, catalogue, {
      mode,
      onProgress: display.update,
      onStep: display.say,
      signal: interrupts.signal,
    });
  } finally {
    display.end();
  }
  const { schema, label } = database;
  terminal.printJson({ database: label, schema, source, removed: result.removed, tables: result.tables, findings: result.findings });
  if (result.removed > 0) terminal.print(`${count(result.removed)} rows were removed from schema "${schema}" first.`);
  terminal.print(`${count(result.rows)} rows imported into schema "${schema}" (${label}):`);
  terminal.print(
    table(
      ['table', 'rows', 'file'],
      result.tables.map((one) => [one.table, count(one.rows), one.file]),
    ),
  );
  if (result.findings.length === 0) {
    terminal.print('\nNothing conspicuous was found in them.');
    return;
  }
  terminal.print('\nWhat to know about them:');
  terminal.print(
    table(
      ['count', 'finding', 'for example'],
      result.findings.map((one) => [count(one.count), one.finding, one.example]),
    ),
  );
}

interface FileDisplay {
  update(progress: ImportProgress): void;
  say(line: string): void;
  end(): void;
}

/** A line for each file that is done; while one is read, a line that is rewritten on a terminal, one now and then elsewhere. */
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
      const line = `${file}: ${count(rows)} rows, ${Math.floor(read * 100)} %`;
      if (!rewriting) {
        terminal.say(line);
        return;
      }
      erase();
      process.stderr.write(line.slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1)));
      drawn = true;
    },
    say(line) {
      erase();
      terminal.say(line);
    },
    end: erase,
  };
}
