import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common, contextOf } from '../shared/options.ts';
import { printTable } from '../ui/terminal.ts';

const SHOW_EXAMPLES: readonly Example[] = [
  { does: 'All settings, and where each comes from', command: 'personas config show' },
  { does: 'With another configuration file', command: 'personas config show --config other.yaml' },
];

export function add(program: Command): void {
  const config = examples(program.command('config'), SHOW_EXAMPLES).description(
    'Show the configuration.',
  );
  examples(common(config.command('show')), SHOW_EXAMPLES)
    .description('Print all settings and where each value comes from. Secrets are masked.')
    .action(async (options: CommonOptions) => {
      const { config: loaded, terminal } = await contextOf(options);
      const { describeConfig } = await import('../../config/show.ts');
      const shown = describeConfig(loaded);
      terminal.printJson(shown);
      printTable(
        terminal,
        ['setting', 'value', 'from'],
        shown.map(({ key, value, origin }) => [
          key,
          value,
          `${origin.source}${origin.name === '' ? '' : ` ${origin.name}`}`,
        ]),
      );
    });
}
