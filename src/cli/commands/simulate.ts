import type { Command } from 'commander';
import { defined } from '../../defined.ts';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common, contextOf, share, wholeNumber } from '../shared/options.ts';

interface Options extends CommonOptions {
  readonly port?: number;
  readonly latency?: number;
  readonly instrument?: readonly string[];
  readonly reliability?: number;
  readonly retest?: number;
}

const EXAMPLES: readonly Example[] = [
  {
    does: 'On port 8080, each reply after a quarter of a second',
    command: 'personas simulate --port 8080 --latency 250',
  },
  {
    does: 'With an instrument of your own, whose scales have a reliability of .70',
    command: 'personas simulate --instrument my-scale.json --reliability 0.7',
  },
];

export function add(program: Command): void {
  examples(common(program.command('simulate')), EXAMPLES)
    .description(
      'Serve the simulated model on 127.0.0.1, as an OpenAI-compatible and Bedrock-compatible endpoint. Its answers are not evidence about any real model.',
    )
    .option('--port <n>', 'port to listen on (default: any free port)', wholeNumber(65_535))
    .option('--latency <ms>', 'delay of every reply', wholeNumber(600_000))
    .option('--instrument <file...>', 'files with your own instruments, beside the built-in ones')
    .option('--reliability <alpha>', 'alpha that the answers to each scale have', share)
    .option('--retest <r>', 'correlation of the scores of two administrations', share)
    .action(async (options: Options) => {
      const { config, terminal } = await contextOf(options);
      const { createCatalogue } = await import('../../models/catalogue.ts');
      const { providerSection } = await import('../../config/config.ts');
      const { allWordings, builtInWordings, loadInstrument } = await import(
        '../../instruments/load.ts'
      );
      const { startSimulator } = await import('../../simulator/server.ts');
      const { reliability, retest, refuse } = providerSection(config, 'simulated');
      const models = createCatalogue(config.models)
        .list()
        .filter((model) => model.provider === 'simulated')
        .map((model) => model.modelId);
      await using simulator = await startSimulator({
        port: options.port ?? 0,
        latencyMs: options.latency ?? 0,
        models,
        instruments: [
          ...(options.instrument ?? []).flatMap((file) => allWordings(loadInstrument(file))),
          ...builtInWordings(),
        ],
        ...defined({
          reliability: options.reliability ?? reliability,
          retest: options.retest ?? retest,
          refuse: refuse?.map((rule) => defined(rule)),
        }),
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
