import type { Command } from 'commander';
import { defined } from '../../defined.ts';
import { type Example, examples } from '../examples.ts';
import { instrumentFrom } from '../registration/instrument.ts';
import { type CommonOptions, common, contextOf, withDatabase } from '../shared/options.ts';

const EXAMPLES: readonly Example[] = [
  {
    does: 'A group for the simulated GPT-4o and the EPQR-A',
    command:
      'personas create-experiment-group --questionnaire epqra --model sim-gpt4o --experiment-description "first wave"',
  },
];

export function add(program: Command): void {
  examples(common(program.command('create-experiment-group')), EXAMPLES)
    .description(
      'Create an empty group for one questionnaire and model. Fill it with register-experiments --group-id.',
    )
    .requiredOption('--questionnaire <name>', 'epqra, bigfive, …')
    .option(
      '--instrument <file>',
      'file with your own instrument (its slug is used as the name of the questionnaire)',
    )
    .requiredOption('-m, --model <name>', 'short name of the model, see "personas models"')
    .option('--experiment-description <text>', 'description of the group')
    .action(
      async (
        options: CommonOptions & {
          questionnaire: string;
          instrument?: string;
          model: string;
          experimentDescription?: string;
        },
      ) => {
        const context = await contextOf(options);
        const { createCatalogue } = await import('../../models/catalogue.ts');
        const { createExperimentGroup } = await import(
          '../../experiments/registration/register.ts'
        );
        const instrument = await instrumentFrom(options);
        const groupId = await withDatabase(context, (database) =>
          createExperimentGroup(database, createCatalogue(context.config.models), {
            instrument,
            model: options.model,
            now: new Date(),
            ...defined({ description: options.experimentDescription }),
          }),
        );
        context.terminal.printJson({ group_id: groupId });
        context.terminal.print(
          `Created group ${groupId}. Fill it with: personas register-experiments --group-id ${groupId} --questionnaire ${instrument.slug} --model ${options.model} --population NAME`,
        );
      },
    );
}
