/**
 * The common part of all commands that call models: options, progress, Ctrl-C and the final report.
 */
import { type Command, Option } from 'commander';
import type { Database } from '../../db/connect.ts';
import { defined } from '../../defined.ts';
import type { ExitCode } from '../../errors.ts';
import type { ExperimentRunOptions } from '../../experiments/run.ts';
import { describeClosed } from '../../runner/closures.ts';
import type { AskingOptions, SpendingLimits } from '../../runner/options.ts';
import { FAILURE_KINDS } from '../../runner/retry-policy.ts';
import type { RunSummary } from '../../runner/tally.ts';
import type { RetryReason } from '../../runner/task.ts';
import { interruptedBy } from '../ui/interrupt.ts';
import { outputWidth, paint } from '../ui/output.ts';
import { count, dollars, printTable, shortened, spent } from '../ui/terminal.ts';
import {
  amount,
  type Context,
  LARGEST_ID,
  MOST_TOKENS,
  MOST_WORKERS,
  wholeNumber,
} from './options.ts';

export type RunFlags = Pick<
  ExperimentRunOptions,
  | 'batchSize'
  | 'maxWorkers'
  | 'stopAfter'
  | 'order'
  | 'rerun'
  | 'retry'
  | 'rejectUniform'
  | keyof SpendingLimits
> & {
  /** Run so many per cell, see `study/pilot.ts`. */
  readonly pilot?: number;
};

const MOST_WARNINGS = 20;
/** Outcomes, and what `failed` and `refused` may be in particular. */
const RETRY_REASONS: readonly RetryReason[] = [
  ...new Set<RetryReason>([
    'refused',
    'truncated',
    'unparseable',
    'invalid',
    'failed',
    ...FAILURE_KINDS,
  ]),
];

export function addRunOptions(command: Command): Command {
  return addAskingOptions(command, 'experiments')
    .option('--batch-size <n>', 'start at most this many experiments', wholeNumber(LARGEST_ID))
    .addOption(
      new Option('--order <order>', 'order of the experiments')
        .choices(['shuffled', 'registered'])
        .default('shuffled'),
    )
    .option('--rerun', 're-run succeeded experiments; old answers are kept until replaced')
    .option(
      '--reject-uniform',
      'treat a reply with identical answers to all items as invalid (as in the published study)',
    )
    .option(
      '--pilot <n>',
      'run only n experiments (5 or more) of each model, condition and questionnaire, and forecast the rest',
      wholeNumber(LARGEST_ID),
    );
}

/** @param what is asked for, e.g. `personas` */
export function addAskingOptions(command: Command, what: string): Command {
  return addSpendingOptions(command)
    .option(
      '--max-workers <n>',
      'calls in progress at the same time (default: 8)',
      wholeNumber(MOST_WORKERS),
    )
    .option(
      '--stop-after <n>',
      'stop calling a model for an instrument after n failures of the same kind without a success (default: 10)',
      wholeNumber(LARGEST_ID),
    )
    .addOption(
      new Option('--retry <reason...>', `only ${what} whose last attempt ended this way`).choices(
        RETRY_REASONS,
      ),
    );
}

/** What a run may spend; a study as a whole has a budget of its own. */
export function addSpendingOptions(command: Command): Command {
  return command
    .option('--max-cost <usd>', 'stop before spending more than this many US dollars', amount)
    .option(
      '--max-tokens <n>',
      'stop before using more than this many tokens (input and output)',
      wholeNumber(MOST_TOKENS),
    )
    .option(
      '--max-calls <n>',
      'stop before making more than this many calls',
      wholeNumber(LARGEST_ID),
    );
}

/** Those of the limits that are given. */
export function spendingOf({ maxCost, maxTokens, maxCalls }: SpendingLimits): SpendingLimits {
  return defined({ maxCost, maxTokens, maxCalls });
}

/** Runs experiments, shows progress, reports. */
export async function runAndReport(
  context: Context,
  database: Database,
  flags: RunFlags,
  groups: readonly number[] | null,
): Promise<ExitCode> {
  const { runPendingExperiments } = await import('../../experiments/run.ts');
  const code = await askAndReport(context, 'experiment', (options) =>
    runPendingExperiments(database, context.config, { ...optionsOf(flags, groups), ...options }),
  );
  // For somebody who looks on; scripts have "analyze".
  if (code === 0 && outputWidth() !== null) await printResult(context, database, groups);
  return code;
}

/** The corrected table that answers the study's question, of these groups. */
async function printResult(
  { terminal, config }: Context,
  database: Database,
  groups: readonly number[] | null,
): Promise<void> {
  const { computeTables } = await import('../../studies/analyze.ts');
  const { printMainTable } = await import('../ui/results.ts');
  const { rowsOf } = await import('../../report/tables/tables.ts');
  const { scaleScores } = await import('../../report/tables/families/scale-scores.ts');
  const { summariseScores } = await import('../../report/summary.ts');
  const tables = await computeTables(database, config, {
    mode: 'corrected',
    ...(groups === null ? {} : { groups }),
  });
  const { sentences } = summariseScores(rowsOf(tables.corrected, scaleScores.corrected));
  terminal.print();
  await printMainTable(terminal, tables, sentences);
}

type Watching = Pick<AskingOptions, 'signal' | 'onProgress' | 'onWarning'>;

/**
 * Carries something out that asks models, shows progress, reports.
 * @param noun what is asked for, one of it
 * @param run is given a way to say that the next of several steps begins, below what the last one
 *   came to
 */
export async function askAndReport(
  context: Context,
  noun: string,
  run: (options: Watching, onStep: (line: string) => void) => Promise<RunSummary>,
): Promise<ExitCode> {
  const { terminal } = context;
  const { showProgress } = await import('../ui/progress.ts');
  const display = showProgress(terminal);
  let warnings = 0;
  using interrupts = interruptedBy(
    display.note,
    'Ending: calls in progress will finish and be saved.',
  );
  const watching: Watching = {
    signal: interrupts.signal,
    onProgress: (progress) => display.update(progress),
    onWarning: ({ id, message }) => {
      warnings++;
      if (warnings <= MOST_WARNINGS)
        display.noteWarning(`${id === null ? '' : `${noun} ${id} remains pending: `}${message}`);
    },
  };
  const summary = await run(watching, (line) => {
    display.end();
    terminal.say(line);
  });
  display.end();
  if (warnings > MOST_WARNINGS)
    terminal.warn(`… and ${count(warnings - MOST_WARNINGS)} more of that kind`);
  printSummary(context, noun, summary);
  if (summary.endedBy === 'signal') return 130;
  return summary.failed > 0 || summary.closed.length > 0 ? 1 : 0;
}

/** Says what a run would do. */
export async function dryRun(
  context: Context,
  database: Database,
  flags: RunFlags,
  groups: readonly number[] | null,
): Promise<ExitCode> {
  const { planRun } = await import('../../experiments/plan.ts');
  const { terminal } = context;
  const { printReasoning, printTotal, reasoningJson, totalJson } = await import('./estimates.ts');
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
    reasoning: reasoningJson(plan.reasoning),
  });
  terminal.print(`${count(plan.experiments)} experiments would be run.`);
  if (plan.models.length > 0) {
    printTable(
      terminal,
      ['model', 'experiments', 'input tokens ≈', 'output tokens ≈', 'cost ≈'],
      plan.models.map((one) => [
        one.model,
        count(one.tasks),
        count(one.inputTokens),
        count(one.outputTokens),
        dollars(one.costUsd),
      ]),
    );
  }
  for (const { id, message } of plan.unrunnable.slice(0, MOST_WARNINGS))
    terminal.warn(`experiment ${id} cannot be run: ${message}`);
  if (plan.unrunnable.length > MOST_WARNINGS)
    terminal.warn(`… and ${count(plan.unrunnable.length - MOST_WARNINGS)} more of that kind`);
  printTotal(terminal, plan.models);
  printReasoning(terminal, plan.reasoning);
  return 0;
}

export function optionsOf(flags: RunFlags, groups: readonly number[] | null): ExperimentRunOptions {
  const { batchSize, maxWorkers, stopAfter, order, rerun, retry, rejectUniform } = flags;
  return {
    ...(groups === null ? {} : { groups }),
    ...defined({ batchSize, maxWorkers, stopAfter, order, rerun, retry, rejectUniform }),
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
    unknown_costs: summary.unknownCosts,
    ended_by: summary.endedBy,
    limit_passed: summary.limitPassed,
    message: summary.message,
    closed: summary.closed,
  });
  const { succeeded, failed, remaining, unrunnable, calls } = summary;
  terminal.print(
    `${count(succeeded)} succeeded, ${failed > 0 ? paint('red', `${count(failed)} failed`) : '0 failed'}, ${count(remaining)} pending${unrunnable > 0 ? ` (${count(unrunnable)} cannot be run)` : ''}; ${count(calls)} calls, ${count(summary.inputTokens + summary.outputTokens)} tokens, ${spent(summary)}.`,
  );
  if (summary.failures.length > 0) {
    printTable(
      terminal,
      [`${noun}s`, 'outcome', 'kind', 'example of a reason'],
      summary.failures
        .slice(0, 20)
        .map((one) => [count(one.count), one.outcome, one.kind, shortened(one.reason)]),
    );
  }
  if (summary.closed.length > 0) terminal.say(describeClosures(summary, noun));
  if (summary.limitPassed !== null)
    terminal.warn(
      `a limit was exceeded: ${summary.limitPassed}. Calls used more than their requests allow, or the limit was set below what had been spent`,
    );
  if (summary.endedBy === 'budget') {
    const ended =
      summary.limitPassed === null ? 'Stopped before exceeding a limit:' : 'Stopped by a limit:';
    terminal.say(
      `${ended} ${summary.message}.\nRaise the limit (for the study's, use "personas budget") and run the same command again. Finished work is kept.`,
    );
  }
  if (summary.endedBy === 'signal')
    terminal.say('Interrupted. Answers are saved. Run the same command again to continue.');
}

/** What is no longer asked, why, and what to do. */
function describeClosures(
  { closed, endedBy, message, remaining }: RunSummary,
  noun: string,
): string {
  // A run that ended by its batch size or by Ctrl-C gives that reason itself; each closed part has
  // its own reason.
  const reasons = closed.map((one) => `${describeClosed(one)}: ${one.reason}`).join('\n');
  const what =
    endedBy === 'provider'
      ? `Stopped: ${message}`
      : `Stopped in part, while the rest continued:\n${reasons}`;
  const subjects = closed.some((one) => one.scope === 'subject')
    ? ' "personas status --failures" describes unusable replies, and --stop-after N lets a run try more of them.'
    : '';
  const pending =
    remaining === 1 ? `1 ${noun} remains pending` : `${count(remaining)} ${noun}s remain pending`;
  return `${what}\n${pending}.${subjects}\nCorrect this and run the same command again. Finished work is kept.`;
}
