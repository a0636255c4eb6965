import type { Command } from 'commander';
import { UserError } from '../../errors.ts';
import { type Example, examples } from '../examples.ts';
import { words } from '../glossary.ts';
import { skipOptimizing } from '../memory.ts';
import { withFilter } from '../shared/filter.ts';
import type { ShownOptions } from '../shared/one-experiment.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  LARGEST_ID,
  readDatabase,
  wholeNumber,
  withStudyFile,
} from '../shared/options.ts';
import { pageOut } from '../ui/pager.ts';

const EXAMPLES: readonly Example[] = [
  {
    does: 'Persona, prompt, reply, answers and scores of experiment 1',
    command: 'personas show 1',
  },
  {
    does: 'The refusal after experiment 1, of a study file',
    command: 'personas show 1 my-study.yaml --next --outcome refused',
  },
  {
    does: 'With the bytes of each reply in place of its text',
    command: 'personas show 1 --raw',
  },
  { does: 'The same as JSON', command: 'personas show 1 --json' },
];

export function add(program: Command): void {
  words(
    examples(
      withFilter(
        common(
          withStudyFile(
            program.command('show').argument('<id>', 'experiment', wholeNumber(LARGEST_ID)),
          ),
        ),
      ),
      EXAMPLES,
    ),
    ['experiment'],
  )
    .description(
      'Show everything about one experiment: scores, persona, prompt, every call with its reply, and answers.',
    )
    .option('--raw', 'print the bytes of each reply as they were received')
    .option('--next', 'show the one after it, in the list that the filter options select')
    .option('--previous', 'show the one before it')
    .action(
      async (id: number, study: string | undefined, options: CommonOptions & ShownOptions) => {
        skipOptimizing();
        const { printShown, readShown } = await import('../shared/one-experiment.ts');
        const context = await contextOf(options, study);
        const shown = await readDatabase(context, 'live', (database) =>
          readShown(database, id, options),
        );
        if (shown === null)
          throw new UserError(`No experiment ${id} in schema "${context.config.schema}"`, {
            code: 'experiment-unknown',
            hint: '"personas status" shows the groups with examples of their experiments.',
          });
        if (shown === 'end')
          return context.terminal.say(
            `Experiment ${id} is the ${options.next === true ? 'last' : 'first'} of its list.`,
          );
        context.terminal.printJson(shown.dossier);
        const lines: string[] = [];
        printShown({ ...context.terminal, print: (line = '') => void lines.push(line) }, shown);
        const { next } = shown.neighbours;
        const file = study === undefined ? '' : ` ${study}`;
        if (next !== null)
          lines.push(`\nThe next one: personas show ${shown.row.id}${file} --next (or --previous)`);
        if (!context.terminal.json) await pageOut(lines.join('\n'));
      },
    );
}
