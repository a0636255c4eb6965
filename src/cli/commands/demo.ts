import type { Command } from 'commander';
import { type CommonOptions, common, contextOf, wholeNumber } from '../options.ts';
import { runAndReport } from '../running.ts';
import { count, table } from '../terminal.ts';

const SCHEMA = 'demo';
const WORKERS = 16;

export function add(program: Command): void {
  common(program.command('demo'))
    .description('A study in miniature: 200 fictional personas answer two questionnaires through the simulated model. No key, no network.')
    .option('--fresh', "drop the demo's schema first and start anew")
    .option('--max-workers <n>', 'calls under way at the same time (default: 16)', wholeNumber(256))
    .action(async (options: CommonOptions & { fresh?: boolean; maxWorkers?: number }) => {
      const context = await contextOf({ ...options, schema: options.schema ?? SCHEMA });
      const { config, terminal } = context;
      const demo = await import('../../demo.ts');
      const { connect } = await import('../../database/connect.ts');
      const store = await import('../../experiments/overview-store.ts');
      await using database = await connect(config);
      if (options.fresh === true) await demo.clear(database);
      const { personas, registered } = await demo.setUp(database, config);
      terminal.say(
        registered
          ? `Set up schema "${database.schema}": ${personas} fictional personas, registered for EPQR-A and BFI-44.`
          : `Going on in schema "${database.schema}" (--fresh starts anew).`,
      );
      await using simulator = await demo.startRespondent(config);
      terminal.say(`The simulated model answers on ${simulator.url}, one HTTP call for each persona and questionnaire.`);
      const code = await runAndReport(
        { ...context, config: simulator.config, terminal: { ...terminal, printJson: () => {} } },
        database,
        { maxWorkers: options.maxWorkers ?? WORKERS },
        null,
      );
      const scales = await store.overviewOfScales(database);
      const rows = await store.rowCounts(database);
      terminal.printJson({ schema: database.schema, database: database.label, data_origin: 'simulated', scales, rows });
      terminal.print('\nScores by scale, from the SIMULATED model: no evidence about any real one.');
      terminal.print(
        table(
          ['questionnaire', 'model', 'scale', 'n', 'mean', 'SD'],
          scales.map((one) => [one.questionnaire, one.model, one.scale, one.experiments, one.mean.toFixed(2), one.sd?.toFixed(2) ?? 'n/a']),
        ),
      );
      terminal.print(`\nStored in schema "${database.schema}" of the database (${database.label}):`);
      terminal.print(
        table(
          ['table', 'rows'],
          Object.entries(rows).map(([name, number]) => [name, count(number)]),
        ),
      );
      const where = `--schema ${database.schema}${options.database === undefined ? '' : ` --database ${options.database}`}`;
      terminal.print(`\nTry next:\n  npx personas status ${where}\n  npx personas show 1 ${where}\n  npx personas models`);
      process.exitCode = code;
    });
}
