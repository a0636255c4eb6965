import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { keepHeapSmall } from '../memory.ts';
import { type CommonOptions, contextOf } from '../shared/options.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'A bundle that somebody shared', command: 'personas replay my-study.zip' },
  { does: 'For a script', command: 'personas replay my-study.zip --json' },
];

export function add(program: Command): void {
  examples(program.command('replay'), EXAMPLES)
    .argument('<bundle>', 'bundle, packed or unpacked')
    .description(
      'Verify a bundle and compute its tables again from its data, without network, keys or a database. It exits with 1 when anything differs.',
    )
    .option('--json', 'print one JSON document')
    .option('--debug', 'print the stack trace of an error')
    .action(async (source: string, options: Pick<CommonOptions, 'json' | 'debug'>) => {
      const { printDeviations } = await import('../shared/deviations.ts');
      const { Checked } = await import('../../experiments/verification/deviation.ts');
      const { terminal } = await contextOf(options);
      const { verifyBundle } = await import('../../evidence/verify-study.ts');
      const { replayTables } = await import('../../evidence/replay.ts');
      const { withLoadedBundle } = await import('../../evidence/loaded-bundle.ts');
      keepHeapSmall();
      const checked = new Checked();
      const found = withLoadedBundle(source, checked, 'everything', async function* (bundle) {
        yield* verifyBundle(bundle, checked);
        yield* replayTables(bundle, checked);
      });
      await printDeviations(terminal, checked, found);
    });
}
