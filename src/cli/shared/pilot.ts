/** The output of `--pilot`: a forecast for the remaining experiments. */

import type { Database } from '../../db/connect.ts';
import type { ExitCode } from '../../errors.ts';
import type { ExperimentRunOptions } from '../../experiments/run.ts';
import { DEFAULT_WORKERS } from '../../runner/slots.ts';
import type { RunSummary } from '../../runner/tally.ts';
import type { Remainder } from '../../statistics/remainder.ts';
import type { Forecast, Pilot } from '../../studies/pilot.ts';
import { duration } from '../ui/progress.ts';
import { count, dollars, printTable } from '../ui/terminal.ts';
import type { Context } from './options.ts';
import { askAndReport, optionsOf, type RunFlags, runAndReport } from './run.ts';

/** Runs experiments as the options say: all of them, or a pilot's. */
export function runOrPilot(
  context: Context,
  database: Database,
  flags: RunFlags,
  groups: readonly number[] | null,
): Promise<ExitCode> {
  return flags.pilot === undefined
    ? runAndReport(context, database, flags, groups)
    : pilotAndReport(context, database, flags.pilot, optionsOf(flags, groups));
}

/**
 * Runs a pilot, shows progress, reports, forecasts. With --json the one document is the forecast's.
 */
async function pilotAndReport(
  context: Context,
  database: Database,
  perCell: number,
  options: ExperimentRunOptions,
): Promise<ExitCode> {
  const { runPilot } = await import('../../studies/pilot.ts');
  const { readBudget } = await import('../../runner/budget/budget-store.ts');
  const { leftOf } = await import('../../runner/budget/amounts.ts');
  const { terminal } = context;
  const quiet: Context = { ...context, terminal: { ...terminal, printJson: () => {} } };
  const workers = options.maxWorkers ?? DEFAULT_WORKERS;
  const pilots: Pilot[] = [];
  const code = await askAndReport(quiet, 'experiment', async (watching): Promise<RunSummary> => {
    const pilot = await runPilot(database, context.config, perCell, workers, {
      ...options,
      ...watching,
    });
    pilots.push(pilot);
    return pilot.summary;
  });
  for (const pilot of pilots) {
    printForecast(terminal, pilot, workers);
    const left = leftOf(await readBudget(database)).usd;
    const { costUsd } = pilot.all;
    if (left !== null && costUsd !== null && costUsd.interval.high > left) {
      terminal.warn(
        `the study's budget has ${dollars(left)} left, which may not be enough (see "personas budget")`,
      );
    }
  }
  return code;
}

function printForecast(
  terminal: Context['terminal'],
  { summary, cells, models, all }: Pilot,
  workers: number,
): void {
  terminal.printJson({
    pilot: {
      succeeded: summary.succeeded,
      failed: summary.failed,
      calls: summary.calls,
      input_tokens: summary.inputTokens,
      output_tokens: summary.outputTokens,
      cost_usd: summary.costUsd,
      ended_by: summary.endedBy,
      message: summary.message,
    },
    workers,
    remaining: forecastJson(all),
    models: models.map((one) => ({ model: one.model, ...forecastJson(one) })),
    cells: cells.map((one) => ({
      model: one.model,
      population: one.population,
      questionnaire: one.questionnaire,
      tried: one.tried,
      ...forecastJson(one),
    })),
  });
  terminal.print();
  if (all.experiments === 0) {
    terminal.print('No experiments remain.');
    return;
  }
  printTable(
    terminal,
    ['model', 'remaining', 'cost', '95 %', 'tokens', '95 %', 'calls', '95 %', 'time'],
    [
      ...(models.length > 1 ? models : []),
      { model: models.length > 1 ? 'all' : models[0]!.model, ...all },
    ].map((one) => [
      one.model,
      count(one.experiments),
      ...expectedAndRange(one.costUsd, dollars),
      ...expectedAndRange(one.tokens, count),
      ...expectedAndRange(one.calls, count),
      one.seconds === null
        ? 'unknown'
        : `${duration(one.seconds.interval.low)} to ${duration(one.seconds.interval.high)}`,
    ]),
  );
  terminal.print(
    `\nForecast for the remaining experiments. The actual cost lies within the range of 95 % of such forecasts. Times assume ${count(workers)} calls in progress and no rate limit.`,
  );
  const few = cells.filter((one) => one.experiments > 0 && one.tried < 2);
  if (few.length > 0) {
    const { model, population, questionnaire } = few[0]!;
    terminal.warn(
      `no forecast for ${count(few.length)} combinations with fewer than two tried experiments, such as ${model}, ${population}, ${questionnaire}`,
    );
  }
}

function expectedAndRange(
  predicted: Remainder | null,
  say: (value: number) => string,
): [string, string] {
  if (predicted === null) return ['unknown', ''];
  return [
    say(predicted.expected),
    `${say(predicted.interval.low)} to ${say(predicted.interval.high)}`,
  ];
}

function forecastJson({
  experiments,
  costUsd,
  tokens,
  calls,
  seconds,
}: Forecast): Record<string, unknown> {
  const measure = (predicted: Remainder | null) =>
    predicted === null
      ? null
      : {
          expected: predicted.expected,
          low: predicted.interval.low,
          high: predicted.interval.high,
        };
  return {
    experiments,
    level: 0.95,
    cost_usd: measure(costUsd),
    tokens: measure(tokens),
    calls: measure(calls),
    seconds: measure(seconds),
  };
}
