/**
 * Refusals of the simulated respondent, by rules: for rehearsing a study whose models decline some
 * of what they are asked. Without a rule it never refuses.
 */
import { combine, hashText, uniforms } from './random.ts';
import type { SimulatedRequest } from './respond.ts';

/** Whom it refuses to be, and how often. A part that is left out fits every request. */
export interface RefusalRule {
  /** Words of the messages, whatever the case of letters; whole words only. */
  readonly text?: string;
  /** Part of the provider's id of the model. */
  readonly model?: string;
  /** Of the administrations that fit, 0 to 1. Default 1. */
  readonly share?: number;
}

export const REFUSAL =
  'I cannot answer this questionnaire as this person. (A simulated refusal, not one of a language model.)';

/** Whether a request is refused: the same for all calls of one administration. */
export function refuses(request: SimulatedRequest, rules: readonly RefusalRule[]): boolean {
  return rules.some((rule, at) => fits(request, rule) && drawFor(request, at) < (rule.share ?? 1));
}

function fits({ system, user, model }: SimulatedRequest, rule: RefusalRule): boolean {
  if (rule.model !== undefined && !model.includes(rule.model)) return false;
  if (rule.text === undefined) return true;
  const words = rule.text.trim().replaceAll(/[$()*+./?[\\\]^{|}]/gu, '\\$&');
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${words}(?![\\p{L}\\p{N}])`, 'iu');
  return pattern.test(`${system ?? ''}\n${user}`);
}

/**
 * Uniform in [0, 1), by the seed, which a study gives each administration; by the words where there
 * is none.
 */
function drawFor({ system, user, model, seed }: SimulatedRequest, rule: number): number {
  const occasion = seed === null ? `${system}\n${user}` : String(seed);
  return uniforms(combine(hashText(`refusal ${rule} ${model}`), hashText(occasion)))();
}
