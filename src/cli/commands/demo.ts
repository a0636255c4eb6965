import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { keepHeapOfRunSmall } from '../memory.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  MOST_WORKERS,
  wholeNumber,
} from '../shared/options.ts';

const STUDY = fileURLToPath(new URL('../../../data/studies/demo.yaml', import.meta.url));

const EXAMPLES: readonly Example[] = [
  { does: 'Run the demo; run again, it continues where it stopped', command: 'personas demo' },
  { does: 'Start again from the beginning', command: 'personas demo --fresh' },
];

export function add(program: Command): void {
  examples(common(program.command('demo')), EXAMPLES)
    .description(
      'Run a small version of the published study with a simulated model: 826 synthetic sheets, three conditions, EPQR-A. It needs no key and no network, and takes about a minute.',
    )
    .option('--fresh', "drop the demo's schema first and start again")
    .option(
      '--max-workers <n>',
      'calls in progress at the same time (default: 16)',
      wholeNumber(MOST_WORKERS),
    )
    .action(async (options: CommonOptions & { fresh?: boolean; maxWorkers?: number }) => {
      const { readStudy } = await import('../../studies/study-file.ts');
      const study = readStudy(STUDY);
      const schema = options.schema ?? study.schema;
      const context = await contextOf({ ...options, ...(schema === null ? {} : { schema }) });
      const { terminal } = context;
      keepHeapOfRunSmall(options.maxWorkers);
      const { carryOut } = await import('../shared/study.ts');
      const { connect } = await import('../../db/connect.ts');
      const { schemaState } = await import('../../db/schema/migrate.ts');
      const { dropSchema } = await import('../../db/schema/list.ts');
      const { startSimulatorThread } = await import('../shared/simulator-thread.ts');
      const { simulatedAt } = await import('../../config/config.ts');
      terminal.say('Opening the database…');
      await using database = await connect(context.config);
      const state = await schemaState(database.db, database.schema);
      if (options.fresh === true && state !== 'absent') await dropSchema(database);
      else if (state !== 'absent')
        terminal.say(`Continuing in schema "${database.schema}" (--fresh starts again).`);

      await using simulator = await startSimulatorThread();
      terminal.say(
        `The simulated model listens on ${simulator.url}. Each persona and each questionnaire takes one HTTP call.`,
      );
      process.exitCode = await carryOut(
        context,
        database,
        study,
        simulatedAt(context.config, simulator.openaiBaseUrl),
        options,
      );
      const where = `--schema ${database.schema}${options.database === undefined ? '' : ` --database ${options.database}`}`;
      terminal.print(
        `\nTry next:\n  npx personas status ${where}\n  npx personas show 1 ${where}\n  npx personas analyze --table 6 ${where}`,
      );
    });
}
