/** Requests to Bedrock's Converse operation, and what is in its replies. Pure. */
import type { ConverseCommandInput, ConverseCommandOutput } from '@aws-sdk/client-bedrock-runtime';
import { entryOf } from './failures.ts';
import { billedOutput, REASONING_ONLY, TOOL_CALL } from './openai-reply.ts';
import type { Completion, CompletionRequest, StopReason, Usage } from './provider.ts';

/** Bedrock has no field for a seed, for a format of the reply or for log-probabilities. */
export function converseInput(request: CompletionRequest): ConverseCommandInput {
  const { system, turns, temperature, topP, maxTokens, extra } = request;
  const inferenceConfig = {
    ...(temperature === null ? {} : { temperature }),
    ...(topP === null ? {} : { topP }),
    ...(maxTokens === null ? {} : { maxTokens }),
  };
  return {
    modelId: request.modelId,
    messages: [...turns, { role: 'user' as const, content: request.user }].map(
      ({ role, content }) => ({ role, content: [{ text: content }] }),
    ),
    ...(system === null ? {} : { system: [{ text: system }] }),
    ...(Object.keys(inferenceConfig).length === 0 ? {} : { inferenceConfig }),
    ...(Object.keys(extra).length === 0
      ? {}
      : {
          additionalModelRequestFields: extra as NonNullable<
            ConverseCommandInput['additionalModelRequestFields']
          >,
        }),
  };
}

/** What Bedrock promises of a reply, in part or not at all. */
export type ConverseReply = Partial<
  Pick<ConverseCommandOutput, 'output' | 'stopReason' | 'usage' | 'trace'>
>;

/** @returns null for what is no completion */
export function readConverse(reply: ConverseReply): Completion | null {
  const blocks = reply.output?.message?.content;
  if (!Array.isArray(blocks)) return null;
  // Blocks of reasoning are not said to anybody, so they are no part of the answer.
  const text = blocks
    .map((block: { readonly text?: unknown } | null) => stringOf(block?.text) ?? '')
    .join('');
  return {
    text,
    stopReason: entryOf(STOP_REASONS, reply.stopReason) ?? 'other',
    rawStopReason: stringOf(reply.stopReason),
    usage: readUsage(reply.usage, text),
    // Converse names the model that served only where a prompt router chose it.
    modelServed: stringOf(reply.trace?.promptRouter?.invokedModelId),
    insteadOfText:
      text.trim() !== ''
        ? null
        : blocks.some((block) => block.toolUse !== undefined)
          ? TOOL_CALL
          : blocks.some((block) => block.reasoningContent !== undefined)
            ? REASONING_ONLY
            : null,
  };
}

const STOP_REASONS: Readonly<Record<string, StopReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
};

function readUsage(usage: ConverseReply['usage'], text: string): Usage | null {
  if (typeof usage !== 'object' || usage === null) return null;
  const cached =
    (countOf(usage.cacheReadInputTokens) ?? 0) + (countOf(usage.cacheWriteInputTokens) ?? 0);
  // No prompt has no tokens, nor has any text.
  const inputTokens = countOf(usage.inputTokens) || null;
  const read = inputTokens === null ? null : inputTokens + cached;
  const written = billedOutput(countOf(usage.outputTokens), read, countOf(usage.totalTokens), null);
  const outputTokens = written === 0 && (inputTokens === null || text !== '') ? null : written;
  if (inputTokens === null && outputTokens === null) return null;
  return {
    inputTokens,
    outputTokens,
    reasoningTokens: null,
    cachedTokens: countOf(usage.cacheReadInputTokens),
  };
}

/** The SDK promises types that it does not check. */
export function stringOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
