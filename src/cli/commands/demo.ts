import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common, contextOf, MOST_WORKERS, wholeNumber } from '../shared/options.ts';

const STUDY = fileURLToPath(new URL('../../../data/studies/demo.yaml', import.meta.url));

const EXAMPLES: readonly Example[] = [
  { does: 'The study in miniature; run again, it goes on where it was', command: 'personas demo' },
  { does: 'From the beginning', command: 'personas demo --fresh' },
];

export function add(program: Command): void {
  examples(common(program.command('demo')), EXAMPLES)
    .description('The study with the simulated model: 826 synthetic sheets, three conditions, EPQR-A. No key, no network, about a minute.')
    .option('--fresh', "drop the demo's schema first and start anew")
    .option('--max-workers <n>', 'calls under way at the same time (default: 16)', wholeNumber(MOST_WORKERS))
    .action(async (options: CommonOptions & { fresh?: boolean; maxWorkers?: number }) => {
      const { readStudy } = await import('../../studies/study-file.ts');
      const study = readStudy(STUDY);
      const schema = options.schema ?? study.schema;
      const context = await contextOf({ ...options, ...(schema === null ? {} : { schema }) });
      const { terminal } = context;
      const { carryOut } = await import('../shared/study.ts');
      const { connect } = await import('../../db/connect.ts');
      const { schemaState } = await import('../../db/schema/migrate.ts');
      const { dropSchema } = await import('../../db/schema/list.ts');
      const { startSimulator } = await import('../../simulator/server.ts');
      const { simulatedAt } = await import('../../config/config.ts');
      await using database = await connect(context.config);
      const state = await schemaState(database.db, database.schema);
      if (options.fresh === true && state !== 'absent') await dropSchema(database);
      else if (state !== 'absent') terminal.say(`Going on in schema "${database.schema}" (--fresh starts anew).`);

      await using simulator = await startSimulator();
      terminal.say(`The simulated model answers on ${simulator.url}, one HTTP call for each persona and each questionnaire.`);
      process.exitCode = await carryOut(context, database, study, simulatedAt(context.config, simulator.openaiBaseUrl), options);
      const where = `--schema ${database.schema}${options.database === undefined ? '' : ` --database ${options.database}`}`;
      terminal.print(
        `\nTry next:\n  npx personas status ${where}\n  npx personas show 1 ${where}\n  npx personas analyze --table 6 ${where}`,
      );
    });
}
