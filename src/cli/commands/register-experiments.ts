import type { Command } from 'commander';
import { type Example, examples } from '../examples.ts';
import { words } from '../glossary.ts';
import {
  addRegistrationOptions,
  printRegistration,
  type RegistrationOptions,
  registrationRequest,
} from '../registration/registration.ts';
import { type CommonOptions, common, contextOf, withDatabase } from '../shared/options.ts';

const EXAMPLES: readonly Example[] = [
  {
    does: 'One experiment for each persona of a population',
    command:
      'personas register-experiments --questionnaire epqra --model sim-gpt4o --population generated_sim-gpt4o_synthetic826',
  },
  {
    does: 'Two populations, 10 personas of each model: number and cost only',
    command:
      'personas register-experiments --questionnaire bigfive --model gpt4o --population first --population second --max-personas 10 --dry-run',
  },
  {
    does: 'Your own questionnaire',
    command:
      'personas register-experiments --instrument my-scale.json --model sim-gpt4o --population first',
  },
];

export function add(program: Command): void {
  addRegistrationOptions(
    words(examples(common(program.command('register-experiments')), EXAMPLES), [
      'experiment',
      'group',
      'population',
    ]),
  )
    .description(
      'Register one experiment for each repetition of each persona of the given models and populations.',
    )
    .option(
      '--dry-run',
      'report the number of experiments, tokens and cost, without writing anything',
    )
    .action(async (options: CommonOptions & RegistrationOptions & { dryRun?: boolean }) => {
      const context = await contextOf(options);
      const { createCatalogue } = await import('../../models/catalogue.ts');
      const { planRegistration, registerQuestionnaireExperiments } = await import(
        '../../experiments/registration/register.ts'
      );
      const catalogue = createCatalogue(context.config.models);
      const request = await registrationRequest(options);
      const result = await withDatabase(context, (database) =>
        options.dryRun === true
          ? planRegistration(database, catalogue, request)
          : registerQuestionnaireExperiments(database, catalogue, request),
      );
      printRegistration(context.terminal, result, options.dryRun ?? false);
      if (options.dryRun !== true)
        context.terminal.print(
          `Next: personas run-experiments${result.groups.map((group) => ` --group-id ${group.groupId}`).join('')}`,
        );
    });
}
