/** What all commands that ask models have in common: options, progress, Ctrl-C, the report at the end. */
import { type Command, Option } from 'commander';
import type { RunOptions as AskingOptions, RunSummary } from '../asking/run.ts';
import type { Database } from '../database/connect.ts';
import type { ExitCode } from '../errors.ts';
import type { RunOptions } from '../experiments/run.ts';
import { keepHeapSmall } from './memory.ts';
import { amount, type Context, LARGEST_ID, MOST_WORKERS, wholeNumber } from './options.ts';
import { showProgress } from './progress.ts';
import { count, dollars, table } from './terminal.ts';

export type RunFlags = Pick<RunOptions, 'batchSize' | 'maxWorkers' | 'order' | 'rerun' | 'retry' | 'rejectUniform' | 'maxCost'>;

const MOST_WARNINGS = 20;
const OUTCOMES = ['refused', 'truncated', 'unparseable', 'invalid', 'failed'];

export function addRunOptions(command: Command): Command {
  return addAskingOptions(command, 'experiments')
    .option('--batch-size <n>', 'begin at most so many experiments', wholeNumber(LARGEST_ID))
    .addOption(new Option('--order <order>', 'order of the experiments').choices(['shuffled', 'registered']).default('shuffled'))
    .option('--rerun', 'run once more what has succeeded; old answers stay until the new ones are stored')
    .option('--reject-uniform', 'count a sheet of equal answers as no answer (the study did)');
}

/** @param what is asked for, e.g. `personas` */
export function addAskingOptions(command: Command, what: string): Command {
  return command
    .option('--max-workers <n>', 'calls under way at the same time (default: 8)', wholeNumber(MOST_WORKERS))
    .addOption(new Option('--retry <outcome...>', `only ${what} that last ended so`).choices(OUTCOMES))
    .option('--max-cost <usd>', 'stop before this many dollars are passed', amount);
}

/** Runs experiments, shows progress, reports. */
export async function runAndReport(
  context: Context,
  database: Database,
  flags: RunFlags,
  groups: readonly number[] | null,
): Promise<ExitCode> {
  const { runPendingExperiments } = await import('../experiments/run.ts');
  return askAndReport(context, 'experiment', (options) =>
    runPendingExperiments(database, context.config, { ...optionsOf(flags, groups), ...options }),
  );
}

type Watching = Pick<AskingOptions, 'stop' | 'onProgress' | 'onWarning'>;

/**
 * Carries something out that asks models, shows progress, reports.
 * @param noun what is asked for, one of it
 */
export async function askAndReport(context: Context, noun: string, run: (options: Watching) => Promise<RunSummary>): Promise<ExitCode> {
  keepHeapSmall();
  const { terminal } = context;
  const display = showProgress(terminal);
  let warnings = 0;
  using interrupts = onInterrupt((line) => display.note(line));
  const summary = await run({
    stop: interrupts.stop,
    onProgress: (progress) => display.update(progress),
    onWarning: ({ id, message }) => {
      warnings++;
      if (warnings <= MOST_WARNINGS) display.note(`Warning: ${id === null ? '' : `${noun} ${id} is left pending: `}${message}`);
    },
  });
  display.end();
  if (warnings > MOST_WARNINGS) terminal.warn(`… and ${count(warnings - MOST_WARNINGS)} more of that kind`);
  printSummary(context, `${noun}s`, summary);
  if (summary.endedBy === 'signal') return 130;
  return summary.failed > 0 || summary.endedBy === 'provider' ? 1 : 0;
}

/** Says what a run would do. */
export async function dryRun(context: Context, database: Database, flags: RunFlags, groups: readonly number[] | null): Promise<ExitCode> {
  const { planRun } = await import('../experiments/plan.ts');
  const { terminal } = context;
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
  terminal.print('Nothing was written and nobody was contacted. Tokens are estimated from the length of the texts.');
  return 0;
}

function optionsOf(flags: RunFlags, groups: readonly number[] | null): RunOptions {
  const { batchSize, maxWorkers, order, rerun, retry, rejectUniform, maxCost } = flags;
  return {
    ...(groups === null ? {} : { groups }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(maxWorkers === undefined ? {} : { maxWorkers }),
    ...(order === undefined ? {} : { order }),
    ...(rerun === undefined ? {} : { rerun }),
    ...(retry === undefined ? {} : { retry }),
    ...(rejectUniform === undefined ? {} : { rejectUniform }),
    ...(maxCost === undefined ? {} : { maxCost }),
  };
}

function printSummary({ terminal }: Context, nouns: string, summary: RunSummary): void {
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
    message: summary.message,
  });
  const { succeeded, failed, remaining, unrunnable, calls } = summary;
  terminal.print(
    `${count(succeeded)} succeeded, ${count(failed)} failed, ${count(remaining)} pending${unrunnable > 0 ? ` (${count(unrunnable)} cannot be run)` : ''}; ${count(calls)} calls, ${count(summary.inputTokens + summary.outputTokens)} tokens, ${dollars(summary.costUsd)}.`,
  );
  if (summary.failures.length > 0) {
    terminal.print(
      table(
        [nouns, 'outcome', 'reason'],
        summary.failures.slice(0, 20).map((one) => [count(one.count), one.outcome, one.reason.slice(0, 160)]),
      ),
    );
  }
  if (summary.endedBy === 'provider')
    terminal.say(`The run was ended: ${summary.message}\nCorrect that and run the same command again; what is done stays done.`);
  if (summary.endedBy === 'budget')
    terminal.say('The run was ended before --max-cost would have been passed. Raise it and run the same command again.');
  if (summary.endedBy === 'signal') terminal.say('Interrupted. What was answered is saved; run the same command again to go on.');
}

/** The first Ctrl-C lets running calls end, the second ends everything; the database takes both. */
function onInterrupt(note: (line: string) => void): Disposable & { readonly stop: AbortSignal } {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    note('Ending: running calls are waited for and saved. Ctrl-C again ends at once.');
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    stop: stop.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
