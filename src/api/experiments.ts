/** Registering questionnaires for personas, and giving them. */

import { dateOf } from '../clock.ts';
import { planRun as planExperiments, type RunPlan } from '../experiments/plan.ts';
import type { RegistrationRequest as NewRegistration } from '../experiments/registration/new-group.ts';
import * as registering from '../experiments/registration/register.ts';
import * as running from '../experiments/run.ts';
import { repositorySha } from '../git-sha.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { findInstrument } from '../instruments/load.ts';
import type { AskingOptions } from '../runner/options.ts';
import { DEFAULT_WORKERS } from '../runner/slots.ts';
import type { RunSummary } from '../runner/tally.ts';
import type { RetryReason } from '../runner/task.ts';
import * as piloting from '../studies/pilot.ts';
import { insideOf, insideToWrite, optionsOfStudy, type Study } from './study.ts';

/** Which personas are to answer which questionnaire. */
export interface RegistrationRequest {
  /**
   * Name of a built-in instrument, e.g. `epqra`, or an instrument of your own from
   * `loadInstrument`.
   */
  readonly questionnaire: string | Instrument;
  /** Short names of models. Each answers as the personas that carry its name. */
  readonly models: readonly string[];
  readonly populations: readonly string[];
  /** At most so many personas of each model, taken in turn from its populations. */
  readonly maxPersonas?: number;
  /** At most so many administrations of each persona. */
  readonly maxRepetitions?: number;
  /**
   * What the group is for. Default: `{questionnaire} questionnaire for {model} ({populations})`.
   */
  readonly description?: string;
  /**
   * How `personas.repetitions` is meant, where rows of other programs leave it open:
   * administrations, or the number of the draw.
   */
  readonly repetitionsAs?: 'count' | 'draw';
  /** Register what is registered already once more. */
  readonly again?: boolean;
  /** How often each persona that this program wrote is administered. Default 1. */
  readonly administrations?: number;
  /** Add to this group instead of making a new one; for one model. */
  readonly intoGroup?: number;
  /**
   * Decides the order of running and what the simulated model says. Default: made from the texts.
   */
  readonly seed?: number;
}

/** What was registered. */
export interface Registration {
  /** One for each model, in the order of the models. */
  readonly groups: readonly registering.RegisteredGroup[];
  /** Ids of the groups that have experiments; what `runPendingExperiments` takes as `groups`. */
  readonly groupIds: readonly number[];
  readonly experimentIds: readonly number[];
}

/**
 * Makes one group for each model and one experiment for each administration of each persona, in one
 * transaction: all or nothing.
 * @throws UserError when there is no such persona, an experiment is registered already (unless
 *   `again`), or `repetitions` can be read in two ways
 */
export async function registerQuestionnaireExperiments(
  study: Study,
  request: RegistrationRequest,
): Promise<Registration> {
  const { database, catalogue } = insideToWrite(study);
  const { groups } = await registering.registerQuestionnaireExperiments(
    database,
    catalogue,
    await requestOf(study, request),
  );
  return {
    groups,
    groupIds: groups.flatMap(({ groupId }) => groupId ?? []),
    experimentIds: groups.flatMap(({ experimentIds }) => experimentIds),
  };
}

/**
 * The counts and the guesses of tokens and cost that a registration would have; writes nothing.
 * @throws UserError as `registerQuestionnaireExperiments` does
 */
export async function planRegistration(
  study: Study,
  request: RegistrationRequest,
): Promise<readonly registering.RegisteredGroup[]> {
  const { database, catalogue } = insideOf(study);
  return (await registering.planRegistration(database, catalogue, await requestOf(study, request)))
    .groups;
}

async function requestOf(study: Study, request: RegistrationRequest): Promise<NewRegistration> {
  const { questionnaire, ...rest } = request;
  return {
    ...rest,
    instrument: typeof questionnaire === 'string' ? findInstrument(questionnaire) : questionnaire,
    repoSha: await repositorySha(process.cwd()),
    now: new Date(dateOf(insideOf(study).timing)),
  };
}

/** Which pending experiments. */
export interface RunScope {
  /** Groups by id. Default: all, but those that came by import. */
  readonly groups?: readonly number[];
  /** Begin at most so many experiments. */
  readonly batchSize?: number;
  /** Default `shuffled`, by a stored seed, so that time is not confounded with condition. */
  readonly order?: 'shuffled' | 'registered';
  /** Run once more what has succeeded; old answers stay until the new ones are stored. */
  readonly rerun?: boolean;
  /**
   * Only experiments that last ended so. Default: all that are pending, but those that were
   * refused.
   */
  readonly retry?: readonly RetryReason[];
}

/** Which pending experiments, and how they are run. */
export interface RunOptions extends RunScope, AskingOptions {
  /**
   * Take a sheet of equal answers for no answer, as the study did. It censors extreme personas.
   * Default false.
   */
  readonly rejectUniform?: boolean;
}

/**
 * Runs pending experiments. Each is stored whole as soon as it is answered; an experiment that
 * fails stays pending and stops no other. Called again, it goes on where it stopped.
 * @returns what became of them; failures of providers and models are in it, not thrown
 * @throws UserError for a group that does not exist, or a limit that makes no sense
 */
export async function runPendingExperiments(
  study: Study,
  options: RunOptions = {},
): Promise<RunSummary> {
  const { database, config } = insideToWrite(study);
  return running.runPendingExperiments(database, config, { ...options, ...optionsOfStudy(study) });
}

/**
 * What `runPendingExperiments` would run, with guesses of tokens and cost; writes nothing and
 * contacts nobody.
 * @throws UserError for a group that does not exist
 */
export async function planRun(study: Study, scope: RunScope = {}): Promise<RunPlan> {
  const { database, config } = insideToWrite(study);
  return planExperiments(database, config, scope);
}

/** How large a pilot is, and how it is run. */
export interface PilotOptions extends AskingOptions {
  /** Experiments of each model, population and questionnaire, 5 or more. Default 5. */
  readonly perCell?: number;
  /** Groups by id. Default: all, but those that came by import. */
  readonly groups?: readonly number[];
  readonly rejectUniform?: boolean;
}

/**
 * Runs a few experiments of each model, population and questionnaire, and forecasts what the others
 * will take. The intervals are 95 % prediction intervals of the sum (degrees of freedom by
 * Satterthwaite, 1946).
 * @throws UserError when the pilot is too small to say anything
 */
export async function runPilot(study: Study, options: PilotOptions = {}): Promise<piloting.Pilot> {
  const { database, config } = insideToWrite(study);
  const { perCell = 5, maxWorkers = DEFAULT_WORKERS } = options;
  return piloting.runPilot(database, config, perCell, maxWorkers, {
    ...options,
    ...optionsOfStudy(study),
  });
}
