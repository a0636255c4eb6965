/** The common part of `register-experiments` and `run-evals`. */
import { type Command, Option } from 'commander';
import { defined } from '../../defined.ts';
import type { RegistrationRequest } from '../../experiments/registration/new-group.ts';
import type { RegistrationResult } from '../../experiments/registration/register.ts';
import { LARGEST_ID, several, text, wholeNumber } from '../shared/options.ts';
import { count, dollars, printTable, type Terminal } from '../ui/terminal.ts';
import {
  type AdministrationOptions,
  addAdministrationOptions,
  administrationFrom,
} from './administration.ts';
import { instrumentFrom } from './instrument.ts';

export interface RegistrationOptions extends AdministrationOptions {
  readonly questionnaire?: string;
  readonly instrument?: string;
  readonly language?: string;
  readonly model?: readonly string[];
  readonly population?: readonly string[];
  readonly maxPersonas?: number;
  readonly maxRepetitions?: number;
  readonly experimentDescription?: string;
  readonly repetitionsAs?: 'count' | 'draw';
  readonly again?: boolean;
  readonly groupId?: number;
  readonly seed?: number;
}

export function addRegistrationOptions(command: Command): Command {
  return addSelectionOptions(command).option(
    '-g, --group-id <id>',
    'add to this group instead of creating a new one',
    wholeNumber(LARGEST_ID),
  );
}

/** Without --group-id, which `run-evals` uses for something else. */
export function addSelectionOptions(command: Command): Command {
  return addAdministrationOptions(command)
    .option(
      '--questionnaire <name>',
      'a built-in instrument, such as epqra or bigfive; an unknown name lists all',
    )
    .option('--instrument <file>', 'file with your own instrument')
    .option('--language <code>', 'language of the wording, if the instrument has several')
    .option(
      '-m, --model <name>',
      'short name of the model, see "personas models" (repeatable)',
      several(text),
    )
    .option('-p, --population <name>', 'population (repeatable)', several(text))
    .option(
      '--max-personas <n>',
      'at most n personas of each model, drawn in turn from its populations',
      wholeNumber(LARGEST_ID),
    )
    .option(
      '--max-repetitions <n>',
      'at most n repetitions for each persona',
      wholeNumber(LARGEST_ID),
    )
    .option('--experiment-description <text>', 'description of the group')
    .addOption(
      new Option(
        '--repetitions-as <reading>',
        'how to read the column personas.repetitions',
      ).choices(['count', 'draw']),
    )
    .option('--again', 'register even if already registered')
    .option(
      '--seed <n>',
      'seed for the order of running and for the simulated model',
      wholeNumber(LARGEST_ID),
    );
}

export async function registrationRequest(
  options: RegistrationOptions,
): Promise<RegistrationRequest> {
  const { repositorySha } = await import('../../git-sha.ts');
  const {
    maxPersonas,
    maxRepetitions,
    experimentDescription: description,
    repetitionsAs,
    again,
    groupId: intoGroup,
    seed,
  } = options;
  return {
    instrument: await instrumentFrom(options),
    administration: await administrationFrom(options),
    models: options.model ?? [],
    populations: options.population ?? [],
    repoSha: await repositorySha(process.cwd()),
    now: new Date(),
    ...defined({ maxPersonas, maxRepetitions, description, repetitionsAs, again, intoGroup, seed }),
  };
}

export function printRegistration(
  terminal: Terminal,
  result: RegistrationResult,
  dryRun: boolean,
): void {
  terminal.printJson({
    dry_run: dryRun,
    groups: result.groups.map((group) => ({
      group_id: group.groupId,
      model: group.model,
      model_id: group.modelId,
      personas: group.personas,
      experiments: group.experiments,
      experiment_ids: group.experimentIds,
      estimate: {
        input_tokens: group.estimate.inputTokens,
        output_tokens: group.estimate.outputTokens,
        cost_usd: group.estimate.costUsd,
      },
    })),
    warnings: result.warnings,
  });
  printTable(
    terminal,
    ['group', 'model', 'personas', 'experiments', 'input tokens ≈', 'output tokens ≈', 'cost ≈'],
    result.groups.map((group) => [
      group.groupId ?? (dryRun && group.experiments > 0 ? '(new)' : '–'),
      group.model,
      count(group.personas),
      count(group.experiments),
      count(group.estimate.inputTokens),
      count(group.estimate.outputTokens),
      dollars(group.estimate.costUsd),
    ]),
  );
  for (const group of result.groups)
    if (group.experiments === 0)
      terminal.warn(
        `no persona of ${group.model} in these populations: no group was created for it`,
      );
  for (const warning of result.warnings) terminal.warn(warning);
  if (dryRun)
    terminal.print('Nothing was written. Tokens are estimated from the length of the texts.');
}
