import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { skipOptimizing } from '../memory.ts';
import { type CommonOptions, common, contextOf } from '../shared/options.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'In the embedded database of this folder', command: 'personas init-db' },
  {
    does: 'On a server, in a separate schema',
    command: 'personas init-db --database postgres://me@localhost/studies --schema my_study',
  },
];

export function add(program: Command): void {
  examples(common(program.command('init-db')), EXAMPLES)
    .description('Set up the schema of a study, or update it. It is safe to run this twice.')
    .action(async (options: CommonOptions) => {
      skipOptimizing();
      const { config, terminal } = await contextOf(options);
      const { connect } = await import('../../db/connect.ts');
      const { migrate } = await import('../../db/schema/migrate.ts');
      await using database = await connect(config);
      const { prepareQueue } = await import('../../runner/workers/queue.ts');
      const applied = await migrate(database.db, database.schema);
      await prepareQueue(database);
      terminal.printJson({ database: database.label, schema: database.schema, applied });
      terminal.print(`Schema "${database.schema}" is ready (${database.label}).`);
      terminal.print(
        applied.length === 0 ? 'It was up to date already.' : `Applied: ${applied.join(', ')}.`,
      );
    });
}
