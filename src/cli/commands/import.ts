import { type Command, Option } from 'commander';
import { type CommonOptions, common, contextOf, withDatabase } from '../options.ts';
import { count } from '../terminal.ts';

export function add(program: Command): void {
  common(program.command('import').argument('<file>', 'CSV file with a header line'))
    .description('Import personas of your own from a CSV file (unquoted empty fields are NULL). All or nothing.')
    .addOption(new Option('--table <name>', 'the table to fill').choices(['personas']).makeOptionMandatory())
    .action(async (file: string, options: CommonOptions) => {
      const context = await contextOf(options);
      const { importPersonas } = await import('../../dataset/import.ts');
      const result = await withDatabase(context, (database) => importPersonas(database, file));
      context.terminal.printJson(result);
      context.terminal.print(`${count(result.personas)} personas imported from ${file}.`);
      if (result.cut > 0)
        context.terminal.print(`${count(result.cut)} texts were longer than their column: cut there, kept whole in persona_texts.`);
    });
}
