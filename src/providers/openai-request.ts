/** The body of a request for a chat completion. Pure. */
import type OpenAI from 'openai';
import type { CompletionRequest } from './provider.ts';

/** How an endpoint takes a JSON Schema: in a field of its own, or beside `json_object`. */
export type SchemaField = 'json_schema' | 'json_object';

/** What an endpoint understands of `response_format`. */
export interface ChatFormat {
  /** Whether it understands it at all. */
  readonly json: boolean;
  readonly schema: SchemaField;
}

/** The fields in an order that never changes, so that equal requests are equal bytes. */
export function chatBody(
  request: CompletionRequest,
  options: ChatFormat,
): OpenAI.ChatCompletionCreateParamsNonStreaming {
  const { system, turns, temperature, topP, maxTokens, logprobs, seed } = request;
  return {
    model: request.modelId,
    messages: [
      ...(system === null ? [] : [{ role: 'system' as const, content: system }]),
      ...turns,
      { role: 'user', content: request.user },
    ],
    ...responseFormat(request, options),
    ...(temperature === null ? {} : { temperature }),
    ...(topP === null ? {} : { top_p: topP }),
    ...(maxTokens === null ? {} : { [request.maxTokensField]: maxTokens }),
    ...(logprobs === null ? {} : { logprobs: true, top_logprobs: logprobs }),
    ...(seed === null ? {} : { seed }),
    ...request.extra,
  };
}

function responseFormat(
  { format }: CompletionRequest,
  { json, schema }: ChatFormat,
): Pick<OpenAI.ChatCompletionCreateParamsNonStreaming, 'response_format'> {
  if (!json || format === 'text') return {};
  if (format === 'json') return { response_format: { type: 'json_object' } };
  if (schema === 'json_schema')
    return {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'reply', schema: format.schema, strict: true },
      },
    };
  // llama.cpp's and LM Studio's way, which the SDK's types do not know.
  const own = { type: 'json_object' as const, schema: format.schema };
  return { response_format: own };
}
