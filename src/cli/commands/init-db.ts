import type { Command } from 'commander';
import { type CommonOptions, common, contextOf } from '../options.ts';

export function add(program: Command): void {
  common(program.command('init-db'))
    .description('Set up the schema of a study, or bring it up to date. Safe to run twice.')
    .action(async (options: CommonOptions) => {
      const { config, terminal } = await contextOf(options);
      const { connect } = await import('../../database/connect.ts');
      const { migrate } = await import('../../database/migrate.ts');
      await using database = await connect(config);
      const applied = await migrate(database.db, database.schema);
      terminal.printJson({ database: database.label, schema: database.schema, applied });
      terminal.print(`Schema "${database.schema}" is ready (${database.label}).`);
      terminal.print(applied.length === 0 ? 'It was up to date already.' : `Applied: ${applied.join(', ')}.`);
    });
}
