import type { Command } from 'commander';
import { defined } from '../../defined.ts';
import { UserError } from '../../errors.ts';
import { type Example, examples } from '../examples.ts';
import {
  addSelectionOptions,
  printRegistration,
  type RegistrationOptions,
  registrationRequest,
} from '../registration/registration.ts';
import {
  type CommonOptions,
  common,
  contextOf,
  LARGEST_ID,
  several,
  wholeNumber,
  withDatabase,
} from '../shared/options.ts';
import { addRunOptions, type RunFlags } from '../shared/run.ts';

interface EvalOptions extends CommonOptions, Omit<RegistrationOptions, 'groupId'>, RunFlags {
  readonly experimentGroupId?: number[];
  readonly skipRegistration?: boolean;
  readonly runId?: string;
}

const EXAMPLES: readonly Example[] = [
  {
    does: 'Register and run in one go',
    command: 'personas run-evals --questionnaire epqra --model sim-gpt4o --population first',
  },
  {
    does: 'Only run a registered group',
    command: 'personas run-evals --skip-registration --experiment-group-id 1',
  },
];

export function add(program: Command): void {
  addRunOptions(addSelectionOptions(examples(common(program.command('run-evals')), EXAMPLES)))
    .description('Register experiments and run them in one go.')
    .option(
      '-g, --experiment-group-id <id>',
      'with --skip-registration: the group to run (repeatable)',
      several(wholeNumber(LARGEST_ID)),
    )
    .option(
      '--skip-registration',
      'only run registered experiments; requires --experiment-group-id',
    )
    .option('--run-id <text>', 'accepted for compatibility with old scripts; has no effect')
    .action(async (options: EvalOptions) => {
      const context = await contextOf(options);
      const { runOrPilot } = await import('../shared/pilot.ts');
      if (options.runId !== undefined)
        context.terminal.say('--run-id has no effect: every call and row has its own id.');
      const given = options.experimentGroupId ?? [];
      if (options.skipRegistration === true && given.length === 0) {
        throw new UserError('--skip-registration needs a group', {
          code: 'option-missing',
          hint: 'Pass --experiment-group-id ID. "personas groups" lists all groups.',
        });
      }
      if (options.skipRegistration !== true && given.length > 1) {
        throw new UserError('Experiments can be registered in one group only', {
          code: 'options-conflict',
          hint: 'Pass one --experiment-group-id, or add --skip-registration.',
        });
      }
      process.exitCode = await withDatabase(context, async (database) => {
        let groups: readonly number[] = given;
        if (options.skipRegistration !== true) {
          const { createCatalogue } = await import('../../models/catalogue.ts');
          const { registerQuestionnaireExperiments } = await import(
            '../../experiments/registration/register.ts'
          );
          const request = await registrationRequest({
            ...options,
            ...defined({ groupId: given[0] }),
          });
          const result = await registerQuestionnaireExperiments(
            database,
            createCatalogue(context.config.models),
            request,
          );
          // With --json the one document is the run's.
          if (!context.terminal.json) printRegistration(context.terminal, result, false);
          groups = result.groups.flatMap((group) => group.groupId ?? []);
        }
        return runOrPilot(context, database, options, groups);
      });
    });
}
