import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common, contextOf } from '../shared/options.ts';
import { printTable } from '../ui/terminal.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'All models, with prices', command: 'personas models' },
  { does: 'For a script', command: 'personas models --json' },
];

export function add(program: Command): void {
  examples(common(program.command('models')), EXAMPLES)
    .description('List the models for --model.')
    .action(async (options: CommonOptions) => {
      const { config, terminal } = await contextOf(options);
      const { createCatalogue } = await import('../../models/catalogue.ts');
      const models = createCatalogue(config.models).list();
      terminal.printJson(models);
      const price = (value: number | undefined) => (value === undefined ? null : value.toFixed(2));
      printTable(
        terminal,
        ['model', 'provider', 'model id', 'label', '$/M in', '$/M out', 'as of'],
        models.map((model) => [
          model.name,
          model.provider,
          model.modelId,
          model.label,
          price(model.price?.inputPerMtok),
          price(model.price?.outputPerMtok),
          model.price?.date ?? null,
        ]),
      );
    });
}
