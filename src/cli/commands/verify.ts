import type { Command } from 'commander';
import type { Checked } from '../../experiments/verification/deviation.ts';
import { type Example, examples } from '../examples.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  readDatabase,
  withStudyFile,
} from '../shared/options.ts';
import { count, printTable } from '../ui/terminal.ts';

const EXAMPLES: readonly Example[] = [
  { does: 'Every stored administration', command: 'personas verify' },
  { does: 'The study of a file, for a script', command: 'personas verify study.yaml --json' },
];

export function add(program: Command): void {
  examples(withStudyFile(common(program.command('verify'))), EXAMPLES)
    .description(
      'Hold everything stored of a study against what it was made of: bytes, requests, answers, scores.',
    )
    .action(async (study: string | undefined, options: CommonOptions) => {
      const context = await contextOf(options, study);
      const { terminal } = context;
      const { verifyStudy } = await import('../../evidence/verify-study.ts');
      const { describeDeviation } = await import('../../experiments/verification/deviation.ts');
      const checked: Checked = new Map();
      const deviations = await readDatabase(context, 'snapshot', async (database) => {
        const found = [];
        for await (const one of verifyStudy(database, checked)) {
          terminal.print(describeDeviation(one));
          found.push(one);
        }
        return found;
      });
      terminal.printJson({ checked: Object.fromEntries(checked), deviations });
      printTable(
        terminal,
        ['checked', 'number', 'deviating'],
        [...checked].map(([check, number]) => [
          check,
          count(number),
          deviations.filter((one) => one.check === check).length,
        ]),
      );
      if (deviations.length > 0) process.exitCode = 1;
    });
}
