/** Adds to the estimates of a study what its models were seen to take for reasoning. */
import type { Config } from '../config/config.ts';
import { type Learnt, learnReasoning } from '../experiments/plan.ts';
import type { ReasoningOfGroup } from '../experiments/status/spending-store.ts';
import { createCatalogue } from '../models/catalogue.ts';
import { costOf } from '../models/cost.ts';
import type { PlannedStep } from './pipeline.ts';

export interface StepsWithReasoning {
  readonly steps: readonly PlannedStep[];
  /** By short name of the model. */
  readonly reasoning: readonly (Learnt & { readonly model: string })[];
}

/** Writing personas is left as it is: that reasoning is told by other calls. */
export function withReasoning(
  steps: readonly PlannedStep[],
  config: Config,
  groups: readonly ReasoningOfGroup[],
): StepsWithReasoning {
  const catalogue = createCatalogue(config.models);
  const learn = learnReasoning(groups);
  const learnt = new Map<string, Learnt & { readonly model: string }>();
  const added = steps.map((one) => {
    const model = catalogue.find(one.model);
    const known = one.step === 'personas' ? null : learn(null, model.modelId);
    if (known === null) return one;
    learnt.set(one.model, { model: one.model, ...known });
    const outputTokens = Math.round(one.outputTokens + one.tasks * known.tokens);
    const costUsd = costOf(model, { input: one.inputTokens, output: outputTokens });
    return { ...one, outputTokens, costUsd };
  });
  return { steps: added, reasoning: [...learnt.values()] };
}
