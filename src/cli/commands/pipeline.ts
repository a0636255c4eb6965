import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { type CommonOptions, common, contextOf, MOST_WORKERS, wholeNumber } from '../shared/options.ts';
import { addSpendingOptions } from '../shared/run.ts';
import type { RunLimits } from '../shared/study.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'How large a study is, and what it would cost; contacts nobody', command: 'personas pipeline study.yaml --dry-run' },
  { does: 'Carry it out; run again, it goes on where it was', command: 'personas pipeline study.yaml' },
  { does: 'The same, with at most 20 dollars in this run', command: 'personas pipeline study.yaml --max-cost 20' },
];

export function add(program: Command): void {
  addSpendingOptions(
    examples(common(program.command('pipeline').argument('<file>', 'study file, such as data/studies/demo.yaml')), EXAMPLES),
  )
    .description('Carry a study file out from beginning to end: sheets, personas, experiments, answers. Run again, it continues.')
    .option('--dry-run', 'say how large the study is and what it would cost; contact nobody')
    .option('--max-workers <n>', 'calls under way at the same time (default: that of the file, else 8)', wholeNumber(MOST_WORKERS))
    .action(async (file: string, options: CommonOptions & RunLimits & { dryRun?: boolean }) => {
      const { readStudy } = await import('../../studies/study-file.ts');
      const study = readStudy(file);
      const schema = options.schema ?? study.schema;
      const context = await contextOf({ ...options, ...(schema === null ? {} : { schema }) });
      const { carryOut, printPlan } = await import('../shared/study.ts');
      if (options.dryRun === true) {
        await printPlan(context, study);
        return;
      }
      const { connect } = await import('../../db/connect.ts');
      await using database = await connect(context.config);
      process.exitCode = await carryOut(context, database, study, context.config, options);
    });
}
