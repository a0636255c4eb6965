import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common, contextOf, wholeNumber } from '../shared/options.ts';

const EXAMPLES: readonly Example[] = [
  {
    does: 'On port 8080, each reply after a quarter of a second',
    command: 'personas simulate --port 8080 --latency 250',
  },
];

export function add(program: Command): void {
  examples(common(program.command('simulate')), EXAMPLES)
    .description(
      'Serve the simulated model on 127.0.0.1, as an OpenAI-compatible and Bedrock-compatible endpoint. Its answers are not evidence about any real model.',
    )
    .option('--port <n>', 'port to listen on (default: any free port)', wholeNumber(65_535))
    .option('--latency <ms>', 'delay of every reply', wholeNumber(600_000))
    .action(async (options: CommonOptions & { port?: number; latency?: number }) => {
      const { config, terminal } = await contextOf(options);
      const { createCatalogue } = await import('../../models/catalogue.ts');
      const { startSimulator } = await import('../../simulator/server.ts');
      const models = createCatalogue(config.models)
        .list()
        .filter((model) => model.provider === 'simulated')
        .map((model) => model.modelId);
      await using simulator = await startSimulator({
        port: options.port ?? 0,
        latencyMs: options.latency ?? 0,
        models,
      });
      terminal.printJson({ url: simulator.url, openai_base_url: simulator.openaiBaseUrl, models });
      terminal.print(
        `The simulated model listens at ${simulator.openaiBaseUrl} (OpenAI) and ${simulator.url} (Bedrock).`,
      );
      terminal.say(
        'Its answers are labelled as simulated and are not evidence about any real model. Press Ctrl-C to stop.',
      );
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve);
        process.once('SIGTERM', resolve);
      });
    });
}
