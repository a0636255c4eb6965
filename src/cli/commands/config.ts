import type { Command } from 'commander';
import { type CommonOptions, common, contextOf } from '../options.ts';
import { table } from '../terminal.ts';

export function add(program: Command): void {
  const config = program.command('config').description('Show the configuration.');
  common(config.command('show'))
    .description('Print what is in force and where each value came from; secrets are masked.')
    .action(async (options: CommonOptions) => {
      const { config: loaded, terminal } = await contextOf(options);
      const { describeConfig } = await import('../../config.ts');
      const shown = describeConfig(loaded);
      terminal.printJson(shown);
      terminal.print(
        table(
          ['setting', 'value', 'from'],
          shown.map(({ key, value, origin }) => [key, value, `${origin.source}${origin.name === '' ? '' : ` ${origin.name}`}`]),
        ),
      );
    });
}
