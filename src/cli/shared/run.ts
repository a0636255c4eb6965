/** What all commands that ask models have in common: options, progress, Ctrl-C, the report at the end. */
import { type Command, Option } from 'commander';
import type { Database } from '../../db/connect.ts';
import type { ExitCode } from '../../errors.ts';
import type { ExperimentRunOptions } from '../../experiments/run.ts';
import type { AskingOptions, SpendingLimits } from '../../runner/options.ts';
import { FAILURE_KINDS } from '../../runner/retry-policy.ts';
import type { RunSummary } from '../../runner/tally.ts';
import type { RetryReason } from '../../runner/task.ts';
import { keepHeapSmall } from '../memory.ts';
import { count, dollars, paint, shortened, table } from '../ui/terminal.ts';
import { amount, type Context, LARGEST_ID, MOST_TOKENS, MOST_WORKERS, wholeNumber } from './options.ts';

export type RunFlags = Pick<
  ExperimentRunOptions,
  'batchSize' | 'maxWorkers' | 'stopAfter' | 'order' | 'rerun' | 'retry' | 'rejectUniform' | keyof SpendingLimits
> & {
  /** Run so many per cell, see `study/pilot.ts`. */
  readonly pilot?: number;
};

const MOST_WARNINGS = 20;
/** Outcomes, and what `failed` and `refused` may be in particular. */
const RETRY_REASONS: readonly RetryReason[] = [
  ...new Set<RetryReason>(['refused', 'truncated', 'unparseable', 'invalid', 'failed', ...FAILURE_KINDS]),
];

export function addRunOptions(command: Command): Command {
  return addAskingOptions(command, 'experiments')
    .option('--batch-size <n>', 'begin at most so many experiments', wholeNumber(LARGEST_ID))
    .addOption(new Option('--order <order>', 'order of the experiments').choices(['shuffled', 'registered']).default('shuffled'))
    .option('--rerun', 'run once more what has succeeded; old answers stay until the new ones are stored')
    .option('--reject-uniform', 'count a sheet of equal answers as no answer (the study did)')
    .option(
      '--pilot <n>',
      'run only so many (5 or more) of each model, condition and questionnaire, and forecast the rest',
      wholeNumber(LARGEST_ID),
    );
}

/** @param what is asked for, e.g. `personas` */
export function addAskingOptions(command: Command, what: string): Command {
  return addSpendingOptions(command)
    .option('--max-workers <n>', 'calls under way at the same time (default: 8)', wholeNumber(MOST_WORKERS))
    .option(
      '--stop-after <n>',
      'stop asking a model for an instrument after n failures of one kind and no success (default: 10)',
      wholeNumber(LARGEST_ID),
    )
    .addOption(new Option('--retry <reason...>', `only ${what} that last ended so`).choices(RETRY_REASONS));
}

/** What a run may spend; a study as a whole has a budget of its own. */
export function addSpendingOptions(command: Command): Command {
  return command
    .option('--max-cost <usd>', 'stop before this many dollars are passed', amount)
    .option('--max-tokens <n>', 'stop before this many tokens, read and written, are passed', wholeNumber(MOST_TOKENS))
    .option('--max-calls <n>', 'stop before this many calls are passed', wholeNumber(LARGEST_ID));
}

/** Those of the limits that are given. */
export function spendingOf({ maxCost, maxTokens, maxCalls }: SpendingLimits): SpendingLimits {
  return {
    ...(maxCost === undefined ? {} : { maxCost }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(maxCalls === undefined ? {} : { maxCalls }),
  };
}

/** Runs experiments, shows progress, reports. */
export async function runAndReport(
  context: Context,
  database: Database,
  flags: RunFlags,
  groups: readonly number[] | null,
): Promise<ExitCode> {
  const { runPendingExperiments } = await import('../../experiments/run.ts');
  return askAndReport(context, 'experiment', (options) =>
    runPendingExperiments(database, context.config, { ...optionsOf(flags, groups), ...options }),
  );
}

type Watching = Pick<AskingOptions, 'signal' | 'onProgress' | 'onWarning'>;

/**
 * Carries something out that asks models, shows progress, reports.
 * @param noun what is asked for, one of it
 * @param run is given a way to say that the next of several steps begins, below what the last one came to
 */
export async function askAndReport(
  context: Context,
  noun: string,
  run: (options: Watching, onStep: (line: string) => void) => Promise<RunSummary>,
): Promise<ExitCode> {
  keepHeapSmall();
  const { terminal } = context;
  const { showProgress } = await import('../ui/progress.ts');
  const display = showProgress(terminal);
  let warnings = 0;
  using interrupts = onInterrupt((line) => display.note(line));
  const watching: Watching = {
    signal: interrupts.signal,
    onProgress: (progress) => display.update(progress),
    onWarning: ({ id, message }) => {
      warnings++;
      if (warnings <= MOST_WARNINGS) display.noteWarning(`${id === null ? '' : `${noun} ${id} is left pending: `}${message}`);
    },
  };
  const summary = await run(watching, (line) => {
    display.end();
    terminal.say(line);
  });
  display.end();
  if (warnings > MOST_WARNINGS) terminal.warn(`… and ${count(warnings - MOST_WARNINGS)} more of that kind`);
  printSummary(context, noun, summary);
  if (summary.endedBy === 'signal') return 130;
  return summary.failed > 0 || summary.closed.length > 0 ? 1 : 0;
}

/** Says what a run would do. */
export async function dryRun(context: Context, database: Database, flags: RunFlags, groups: readonly number[] | null): Promise<ExitCode> {
  const { planRun } = await import('../../experiments/plan.ts');
  const { terminal } = context;
  const { printTotal, totalJson } = await import('./estimates.ts');
  const plan = await planRun(database, context.config, optionsOf(flags, groups));
  terminal.printJson({
    dry_run: true,
    experiments: plan.experiments,
    unrunnable: plan.unrunnable.map((one) => ({ experiment_id: one.id, reason: one.message })),
    models: plan.models.map((one) => ({
      model: one.model,
      experiments: one.tasks,
      input_tokens: one.inputTokens,
      output_tokens: one.outputTokens,
      cost_usd: one.costUsd,
    })),
    total: totalJson(plan.models),
  });
  terminal.print(`${count(plan.experiments)} experiments would be run.`);
  if (plan.models.length > 0) {
    terminal.print(
      table(
        ['model', 'experiments', 'input tokens ≈', 'output tokens ≈', 'cost ≈'],
        plan.models.map((one) => [one.model, count(one.tasks), count(one.inputTokens), count(one.outputTokens), dollars(one.costUsd)]),
      ),
    );
  }
  for (const { id, message } of plan.unrunnable.slice(0, MOST_WARNINGS)) terminal.warn(`experiment ${id} cannot be run: ${message}`);
  if (plan.unrunnable.length > MOST_WARNINGS) terminal.warn(`… and ${count(plan.unrunnable.length - MOST_WARNINGS)} more of that kind`);
  printTotal(terminal, plan.models);
  return 0;
}

export function optionsOf(flags: RunFlags, groups: readonly number[] | null): ExperimentRunOptions {
  const { batchSize, maxWorkers, stopAfter, order, rerun, retry, rejectUniform } = flags;
  return {
    ...(groups === null ? {} : { groups }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(maxWorkers === undefined ? {} : { maxWorkers }),
    ...(stopAfter === undefined ? {} : { stopAfter }),
    ...(order === undefined ? {} : { order }),
    ...(rerun === undefined ? {} : { rerun }),
    ...(retry === undefined ? {} : { retry }),
    ...(rejectUniform === undefined ? {} : { rejectUniform }),
    ...spendingOf(flags),
  };
}

function printSummary({ terminal }: Context, noun: string, summary: RunSummary): void {
  terminal.printJson({
    succeeded: summary.succeeded,
    failed: summary.failed,
    failures: summary.failures,
    unrunnable: summary.unrunnable,
    remaining: summary.remaining,
    calls: summary.calls,
    retries: summary.retries,
    input_tokens: summary.inputTokens,
    output_tokens: summary.outputTokens,
    cost_usd: summary.costUsd,
    ended_by: summary.endedBy,
    limit_passed: summary.limitPassed,
    message: summary.message,
    closed: summary.closed,
  });
  const { succeeded, failed, remaining, unrunnable, calls } = summary;
  terminal.print(
    `${count(succeeded)} succeeded, ${failed > 0 ? paint('red', `${count(failed)} failed`) : '0 failed'}, ${count(remaining)} pending${unrunnable > 0 ? ` (${count(unrunnable)} cannot be run)` : ''}; ${count(calls)} calls, ${count(summary.inputTokens + summary.outputTokens)} tokens, ${dollars(summary.costUsd)}.`,
  );
  if (summary.failures.length > 0) {
    terminal.print(
      table(
        [`${noun}s`, 'outcome', 'kind', 'reason of one of them'],
        summary.failures.slice(0, 20).map((one) => [count(one.count), one.outcome, one.kind, shortened(one.reason)]),
      ),
    );
  }
  if (summary.closed.length > 0) terminal.say(describeClosures(summary, noun));
  if (summary.limitPassed !== null)
    terminal.warn(
      `a limit was passed: ${summary.limitPassed}. Calls took more than their requests allow, or it was set below what had been spent`,
    );
  if (summary.endedBy === 'budget') {
    const ended =
      summary.limitPassed === null ? 'The run was ended before a limit would have been passed:' : 'The run was ended by a limit:';
    terminal.say(
      `${ended} ${summary.message}.\nRaise it (the study's with "personas budget") and run the same command again; what is done stays done.`,
    );
  }
  if (summary.endedBy === 'signal') terminal.say('Interrupted. What was answered is saved; run the same command again to go on.');
}

/** What is no longer asked, why, and what to do. */
function describeClosures({ closed, endedBy, message, remaining }: RunSummary, noun: string): string {
  const what = endedBy === 'provider' ? `The run was ended: ${message}` : `Closed while the rest went on:\n${message}`;
  const subjects = closed.some((one) => one.scope === 'subject')
    ? ' "personas status --failures" says more about replies of no use, and --stop-after N lets a run try more of them.'
    : '';
  const pending = remaining === 1 ? `1 ${noun} remains pending` : `${count(remaining)} ${noun}s remain pending`;
  return `${what}\n${pending}.${subjects}\nCorrect that and run the same command again; what is done stays done.`;
}

/** The first Ctrl-C lets running calls end, the second ends everything; the database takes both. */
function onInterrupt(note: (line: string) => void): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    note('Ending: running calls are waited for and saved. Ctrl-C again ends at once.');
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: stop.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
