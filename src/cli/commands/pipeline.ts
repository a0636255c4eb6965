import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { keepHeapOfRunSmall } from '../memory.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  MOST_WORKERS,
  wholeNumber,
} from '../shared/options.ts';
import { addSpendingOptions } from '../shared/run.ts';
import type { RunLimits } from '../shared/study.ts';
import { viewedDuring, withViewOption } from '../shared/view.ts';

const EXAMPLES: readonly Example[] = [
  {
    does: 'The size and cost of a study, without sending any request',
    command: 'personas pipeline study.yaml --dry-run',
  },
  {
    does: 'Run it; run again, it continues where it stopped',
    command: 'personas pipeline study.yaml',
  },
  {
    does: 'The same, with at most 20 US dollars in this run',
    command: 'personas pipeline study.yaml --max-cost 20',
  },
];

export function add(program: Command): void {
  withViewOption(
    addSpendingOptions(
      examples(
        common(
          program
            .command('pipeline')
            .argument('<file>', 'study file, such as data/studies/demo.yaml'),
        ),
        EXAMPLES,
      ),
    ),
  )
    .description(
      'Run a whole study from its study file: sheets, personas, experiments, answers. Run again, it continues where it stopped.',
    )
    .option('--dry-run', 'report the size and cost of the study, without sending any request')
    .option(
      '--max-workers <n>',
      'calls in progress at the same time (default: from the file, else 8)',
      wholeNumber(MOST_WORKERS),
    )
    .action(
      async (
        file: string,
        options: CommonOptions & RunLimits & { dryRun?: boolean; view?: boolean },
      ) => {
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
        keepHeapOfRunSmall(options.maxWorkers ?? study.limits.maxWorkers);
        context.terminal.say('Opening the database…');
        await using database = await connect(context.config);
        process.exitCode = await viewedDuring(context, database, options.view, () =>
          carryOut(context, database, study, context.config, options),
        );
      },
    );
}
