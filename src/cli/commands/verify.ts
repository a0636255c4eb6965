import type { Command } from 'commander';
import type { Deviation } from '../../experiments/verification/deviation.ts';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common, contextOf, readDatabase } from '../shared/options.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'Every stored administration', command: 'personas verify' },
  { does: 'The study of a file, for a script', command: 'personas verify study.yaml --json' },
  { does: 'A bundle, without any database', command: 'personas verify my-study.zip' },
];

export function add(program: Command): void {
  examples(common(program.command('verify')), EXAMPLES)
    .argument('[study]', 'study file, in place of --schema; or a bundle, packed or unpacked')
    .description(
      'Hold everything stored of a study against what it was made of: bytes, requests, answers, scores; of a bundle also its files against their manifest. It exits with 1 when anything deviates.',
    )
    .action(async (study: string | undefined, options: CommonOptions) => {
      const { printDeviations } = await import('../shared/deviations.ts');
      const { verifyStudy } = await import('../../evidence/verify-study.ts');
      const { isBundle, withLoadedBundle } = await import('../../evidence/loaded-bundle.ts');
      const { Checked } = await import('../../experiments/verification/deviation.ts');
      const checked = new Checked();
      if (study !== undefined && isBundle(study)) {
        const { terminal } = await contextOf(options);
        const found = withLoadedBundle(study, checked, ({ database }) =>
          verifyStudy(database, checked),
        );
        return printDeviations(terminal, checked, found);
      }
      const context = await contextOf(options, study);
      return readDatabase(context, 'snapshot', (database) => {
        const found: AsyncIterable<Deviation> = verifyStudy(
          database,
          checked,
          context.config.models,
        );
        return printDeviations(context.terminal, checked, found);
      });
    });
}
