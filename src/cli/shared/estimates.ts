/** The last lines of every dry run. */
import type { ModelEstimate } from '../../runner/budget/estimate.ts';
import { count, dollars, type Terminal } from '../ui/terminal.ts';

type Estimate = Pick<ModelEstimate, 'calls' | 'inputTokens' | 'outputTokens' | 'costUsd'>;

/** The sum as data. */
export function totalJson(estimates: readonly Estimate[]): Record<string, number | null> {
  const sum = totalOf(estimates);
  return {
    calls: sum.calls,
    input_tokens: sum.inputTokens,
    output_tokens: sum.outputTokens,
    cost_usd: sum.costUsd,
  };
}

/** The sum in words, and what it is worth. */
export function printTotal(terminal: Terminal, estimates: readonly Estimate[]): void {
  const sum = totalOf(estimates);
  terminal.print(
    `${count(sum.calls)} calls, about ${dollars(sum.costUsd)} for some ${count(sum.inputTokens)} input and ${count(sum.outputTokens)} output tokens.`,
  );
  terminal.print(
    'Nothing was written and no request was sent. Tokens are estimated from the length of the texts, with each call made once; retries, and the reasoning of models that have not been asked yet, are not included. "run-experiments --pilot" forecasts from real calls.',
  );
}

/** What a model was seen to take for reasoning. */
interface Reasoning {
  readonly model: string;
  readonly experiments: number;
  readonly tokens: number;
}

export function reasoningJson(learnt: readonly Reasoning[]): readonly object[] {
  return learnt.map((one) => ({
    model: one.model,
    experiments: one.experiments,
    tokens_per_experiment: one.tokens,
  }));
}

export function printReasoning(terminal: Terminal, learnt: readonly Reasoning[]): void {
  for (const one of learnt)
    terminal.print(
      `Output tokens of ${one.model} include some ${count(Math.round(one.tokens))} for reasoning in each experiment, the mean of ${count(one.experiments)} that ${one.experiments === 1 ? 'was' : 'were'} asked before.`,
    );
}

function totalOf(estimates: readonly Estimate[]): Estimate {
  return estimates.reduce<Estimate>(
    (sum, one) => ({
      calls: sum.calls + one.calls,
      inputTokens: sum.inputTokens + one.inputTokens,
      outputTokens: sum.outputTokens + one.outputTokens,
      costUsd: sum.costUsd === null || one.costUsd === null ? null : sum.costUsd + one.costUsd,
    }),
    { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 },
  );
}
