/**
 * Runs a few experiments of every model, condition and questionnaire, and forecasts the cost of the
 * others.
 */

import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { UserError } from '../errors.ts';
import {
  cellsOfScope,
  lastCall,
  type PilotCell,
  type Taken,
  takenSince,
} from '../experiments/pilot-store.ts';
import { type ExperimentRunOptions, runPendingExperiments, scopeOf } from '../experiments/run.ts';
import { backfillDetails } from '../experiments/run-store.ts';
import type { RunSummary } from '../runner/tally.ts';
import { isAvailable } from '../statistics/not-available.ts';
import { predictRemainder, type Remainder } from '../statistics/remainder.ts';

/** Fewer than this many say nothing of the spread of the others. */
const SMALLEST_PILOT = 5;

/**
 * What the experiments that remain will take; null where that cannot be told from those that were
 * tried.
 */
export interface Forecast {
  readonly experiments: number;
  /** US dollars. */
  readonly costUsd: Remainder | null;
  readonly tokens: Remainder | null;
  readonly calls: Remainder | null;
  /** With as many calls under way as the run may have, where no limit of a provider is met. */
  readonly seconds: Remainder | null;
}

/** The forecast of one model, population and questionnaire. */
export interface CellForecast extends PilotCell, Forecast {
  /** Experiments of the pilot that were tried. */
  readonly tried: number;
}

/** A pilot, and what it says about the rest. */
export interface Pilot {
  readonly summary: RunSummary;
  readonly cells: readonly CellForecast[];
  /** By model, then all together. */
  readonly models: readonly (Forecast & { readonly model: string })[];
  readonly all: Forecast;
}

interface Sample extends PilotCell {
  readonly remaining: number;
  readonly taken: readonly Taken[];
}

/**
 * Runs the first experiments of the shuffled order in each cell, and forecasts the rest.
 * @param perCell how many of each model, condition and questionnaire; those there are when fewer
 * @param workers calls that the rest will have under way
 * @throws UserError when it is too small, or when other options choose the experiments
 */
export async function runPilot(
  database: Database,
  config: Config,
  perCell: number,
  workers: number,
  options: ExperimentRunOptions,
): Promise<Pilot> {
  if (perCell < SMALLEST_PILOT) {
    throw new UserError(
      `A pilot of ${perCell} experiments per model, condition and questionnaire is too small for a forecast`,
      {
        code: 'pilot-too-small',
        hint: `Pass --pilot ${SMALLEST_PILOT} or more.`,
      },
    );
  }
  if (
    options.batchSize !== undefined ||
    options.rerun === true ||
    (options.retry ?? []).length > 0
  ) {
    throw new UserError('--pilot cannot be combined with other ways to choose experiments', {
      code: 'options-conflict',
      hint: 'Omit --batch-size, --rerun and --retry.',
    });
  }
  await backfillDetails(database);
  const chosen = await cellsOfScope(database, await scopeOf(database, options), perCell);
  const only = chosen.flatMap((cell) => cell.first);
  const before = await lastCall(database);
  const summary = await runPendingExperiments(database, config, { ...options, only });
  const taken = new Map(
    (await takenSince(database, only, before)).map((one) => [one.experimentId, one]),
  );
  // Those that failed are still to do, like those that were not tried.
  const left = await cellsOfScope(database, await scopeOf(database, options), 0);
  const leftOf = new Map(left.map((cell) => [keyOf(cell), cell.experiments]));
  const samples = chosen.map(
    ({ model, population, questionnaire, first }): Sample => ({
      model,
      population,
      questionnaire,
      remaining: leftOf.get(keyOf({ model, population, questionnaire })) ?? 0,
      taken: first.flatMap((id) => taken.get(id) ?? []),
    }),
  );
  return {
    summary,
    cells: samples.map(({ taken: tried, remaining, ...cell }) => ({
      ...cell,
      tried: tried.length,
      ...forecast([{ ...cell, taken: tried, remaining }], workers),
    })),
    models: [...Map.groupBy(samples, (one) => one.model)].map(([model, of]) => ({
      model,
      ...forecast(of, workers),
    })),
    all: forecast(samples, workers),
  };
}

/** @param workers calls under way at the same time */
function forecast(
  samples: readonly Pick<Sample, 'remaining' | 'taken'>[],
  workers: number,
): Forecast {
  const predict = (measure: (one: Taken) => number | null): Remainder | null => {
    const strata = samples.map(({ remaining, taken }) => ({
      remaining,
      drawn: taken.map(measure),
    }));
    if (strata.some(({ remaining, drawn }) => remaining > 0 && drawn.includes(null))) return null;
    const predicted = predictRemainder(
      strata.map(({ remaining, drawn }) => ({
        remaining,
        drawn: drawn.map((value) => value ?? 0),
      })),
    );
    return isAvailable(predicted) ? predicted : null;
  };
  return {
    experiments: samples.reduce((sum, one) => sum + one.remaining, 0),
    costUsd: predict((one) => one.costUsd),
    tokens: predict((one) => one.inputTokens + one.outputTokens),
    calls: predict((one) => one.calls),
    seconds: predict((one) => one.seconds / workers),
  };
}

function keyOf({ model, population, questionnaire }: PilotCell): string {
  return JSON.stringify([model, population, questionnaire]);
}
