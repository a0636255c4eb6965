/** Names of parameters that providers take: what is nearly one of them is a slip of the pen. */
import { closest } from '../suggest.ts';
import { modelParameters } from './settings.ts';

/**
 * From the references of OpenAI, Anthropic, Google, Mistral, OpenRouter, vLLM, llama.cpp and Ollama.
 * A name that is missing here is sent all the same unless it is nearly one of these.
 */
const FURTHER = [
  ...['seed', 'random_seed', 'stop', 'stop_sequences', 'stop_token_ids', 'n', 'best_of'],
  ...['top_k', 'top_a', 'min_p', 'typical_p', 'top_logprobs', 'logit_bias', 'do_sample'],
  ...['frequency_penalty', 'presence_penalty', 'repetition_penalty', 'repeat_penalty'],
  ...['length_penalty', 'min_tokens', 'num_ctx', 'num_predict', 'mirostat', 'ignore_eos'],
  ...['reasoning', 'include_reasoning', 'reasoning_format', 'thinking', 'think', 'verbosity'],
  ...['enable_thinking', 'thinking_budget', 'budget_tokens', 'chat_template_kwargs', 'options'],
  ...['service_tier', 'safety_settings', 'safe_prompt', 'user', 'metadata', 'store', 'provider'],
  ...['plugins', 'transforms', 'route', 'keep_alive', 'cache_prompt', 'tools', 'tool_choice'],
];

/** Shorter names are near to too many others. */
const SHORTEST = 4;

/**
 * The name that somebody most likely meant.
 * @param own further keys of the section in which it stands
 * @returns null for a known name, and for one that is near to none
 */
export function meantParameter(name: string, own: readonly string[]): string | null {
  const known = [...own, ...Object.keys(modelParameters), ...FURTHER];
  if (known.includes(name) || name.length < SHORTEST) return null;
  return closest(name, known);
}
