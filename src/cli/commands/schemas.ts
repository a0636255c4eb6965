import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common, contextOf } from '../shared/options.ts';
import { table } from '../ui/terminal.ts';

const LIST_EXAMPLES: readonly Example[] = [
  { does: "The studies in this folder's database", command: 'personas schemas list' },
  {
    does: 'The studies on a server',
    command: 'personas schemas list --database postgres://me@localhost/studies',
  },
];

const CREATE_EXAMPLES: readonly Example[] = [
  { does: 'A second study in the same database', command: 'personas schemas create second_study' },
];

const DROP_EXAMPLES: readonly Example[] = [
  {
    does: 'Drop a study with all its data, without a confirmation',
    command: 'personas schemas drop second_study --yes',
  },
];

export function add(program: Command): void {
  const schemas = examples(program.command('schemas'), [
    ...LIST_EXAMPLES,
    ...CREATE_EXAMPLES,
    ...DROP_EXAMPLES,
  ]).description('List, create and drop the schemas of studies.');

  examples(common(schemas.command('list')), LIST_EXAMPLES)
    .description('List the schemas of studies in this database.')
    .action(async (options: CommonOptions) => {
      const { config, terminal } = await contextOf(options);
      const { connectExisting } = await import('../../db/connect.ts');
      const { listSchemas } = await import('../../db/schema/list.ts');
      await using database = await connectExisting(config, { readVia: 'live' });
      const found = await listSchemas(database);
      terminal.printJson(found);
      terminal.print(
        found.length === 0
          ? 'No schema yet. Create one with: personas init-db'
          : table(
              ['schema', 'state', 'personas', 'experiments'],
              found.map((one) => [one.schema, one.state, one.personas, one.experiments]),
            ),
      );
    });

  examples(common(schemas.command('create').argument('<name>')), CREATE_EXAMPLES)
    .description('Create a schema and set it up.')
    .action(async (name: string, options: CommonOptions) => {
      const { config, terminal } = await contextOf({ ...options, schema: name });
      const { openMigrated } = await import('../../db/connect.ts');
      const { prepareQueue } = await import('../../runner/workers/queue.ts');
      await using database = await openMigrated(config);
      await prepareQueue(database);
      terminal.printJson({ database: database.label, schema: database.schema });
      terminal.print(
        `Schema "${database.schema}" is ready (${database.label}). Use it with --schema ${database.schema}.`,
      );
    });

  examples(common(schemas.command('drop').argument('<name>')), DROP_EXAMPLES)
    .description('Permanently drop a schema with all its data.')
    .option('--yes', 'do not ask for a confirmation')
    .action(async (name: string, options: CommonOptions & { yes?: boolean }) => {
      const { config, terminal } = await contextOf({ ...options, schema: name });
      const { connectExisting } = await import('../../db/connect.ts');
      const { dropSchema, describeSchema } = await import('../../db/schema/list.ts');
      await using database = await connectExisting(config);
      const found = await describeSchema(database);
      if (options.yes !== true) {
        const what = `Drop schema "${name}" with ${found.personas ?? '?'} personas and ${found.experiments ?? '?'} experiments (${database.label})?`;
        if (!(await terminal.confirm(what, '--yes'))) {
          terminal.print('Nothing was dropped.');
          return;
        }
      }
      await dropSchema(database);
      terminal.printJson({ dropped: name });
      terminal.print(`Schema "${name}" was dropped.`);
    });
}
