import type { Command } from 'commander';
import type { Config } from '../../config/config.ts';
import type { Database } from '../../db/connect.ts';
import { defined } from '../../defined.ts';
import { UserError } from '../../errors.ts';
import type { Deviation } from '../../experiments/verification/deviation.ts';
import { type Example, examples } from '../examples.ts';
import { keepHeapSmall, skipOptimizing } from '../memory.ts';
import {
  amount,
  type CommonOptions,
  common,
  contextOf,
  LARGEST_ID,
  readDatabase,
  several,
  wholeNumber,
} from '../shared/options.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'Every stored administration', command: 'personas verify' },
  { does: 'The study of a file, for a script', command: 'personas verify study.yaml --json' },
  { does: 'A bundle, without any database', command: 'personas verify my-study.zip' },
  {
    does: 'The tables, figures and report of an analysis',
    command: 'personas verify results/my-study study.yaml',
  },
  {
    does: 'The same with the data of a bundle',
    command: 'personas verify results/my-study my-study.zip',
  },
];

type VerifyOptions = CommonOptions & {
  readonly groupId?: readonly number[];
  readonly equivalenceBound?: number;
  readonly personBound?: number;
};

export function add(program: Command): void {
  examples(common(program.command('verify')), EXAMPLES)
    .argument(
      '[source]',
      'study file, in place of --schema; a bundle, packed or unpacked; or a folder with results',
    )
    .argument('[study]', 'of a folder with results: study file or bundle, in place of --schema')
    .description(
      'Hold everything stored of a study against what it was made of: bytes, requests, answers, scores; of a bundle also its files against their manifest; of a folder with results all tables, figures and the report against those that the data give. It exits with 1 when anything deviates.',
    )
    .option(
      '-g, --group-id <id>',
      'of a folder with results: as it was given to "analyze" (repeatable)',
      several(wholeNumber(LARGEST_ID)),
    )
    .option(
      '--equivalence-bound <points>',
      'of a folder with results: as it was given to "analyze"',
      amount,
    )
    .option('--person-bound <points>', 'of a folder with results: the same', amount)
    .action(
      async (source: string | undefined, study: string | undefined, options: VerifyOptions) => {
        const { printDeviations } = await import('../shared/deviations.ts');
        const { verifyBundle, verifyStudy } = await import('../../evidence/verify-study.ts');
        const { verifyResults, isFolder } = await import('../../evidence/results-folder.ts');
        const { isBundle, withLoadedBundle } = await import('../../evidence/loaded-bundle.ts');
        const { Checked } = await import('../../experiments/verification/deviation.ts');
        const checked = new Checked();
        const folder =
          source !== undefined && !isBundle(source) && isFolder(source) ? source : null;
        if (folder === null && study !== undefined)
          throw new UserError(`${source} is no folder with results, so "${study}" has no meaning`, {
            code: 'verify-source-invalid',
            hint: 'Pass one study file or bundle; or a folder with results, then its study file or bundle.',
          });
        const of = folder === null ? source : study;
        if (folder !== null) keepHeapSmall();
        const verify = (database: Database, config: Config): AsyncGenerator<Deviation> =>
          folder === null
            ? verifyStudy(database, checked, config.models)
            : verifyResults(
                folder,
                database,
                config,
                checked,
                defined({
                  groups: options.groupId,
                  equivalenceBound: options.equivalenceBound,
                  personBound: options.personBound,
                }),
              );
        if (of !== undefined && isBundle(of)) {
          const { terminal } = await contextOf(options);
          if (folder === null) skipOptimizing();
          const found =
            folder === null
              ? withLoadedBundle(of, checked, 'all but records', (bundle) =>
                  verifyBundle(bundle, checked),
                )
              : withLoadedBundle(of, checked, 'everything', ({ database, config }) =>
                  verify(database, config),
                );
          return printDeviations(terminal, checked, found);
        }
        const context = await contextOf(options, of);
        return readDatabase(context, 'snapshot', (database) =>
          printDeviations(context.terminal, checked, verify(database, context.config)),
        );
      },
    );
}
