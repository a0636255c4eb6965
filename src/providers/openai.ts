/**
 * OpenAI's chat completions, and every endpoint that speaks the same (Ollama, vLLM, OpenRouter, LM Studio, the
 * simulator). The SDK builds URL and headers and signs in; the request's bytes go out, and the reply's come
 * in, through a transport of ours, which keeps both as they travelled.
 */
import OpenAI from 'openai';
import type { ProviderError, ProviderErrorKind } from '../errors.ts';
import { type Call, performCall, type Reply } from './call.ts';
import { entryOf, failedReply, isDailyQuota, kindOfStatus } from './failures.ts';
import type { Completion, CompletionRequest, Provider, StopReason, Usage } from './provider.ts';
import { fetchTransport, socketTransport } from './transport.ts';

export interface OpenAiOptions {
  readonly name: string;
  /** Everything before `/chat/completions`, e.g. `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Null for endpoints that want none. */
  readonly apiKey: string | null;
  /** Whether the endpoint understands `response_format`. */
  readonly json: boolean;
  /** Further headers, e.g. OpenRouter's `HTTP-Referer` or `OpenAI-Organization`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Size of the pool of connections; to be at least the number of calls that run at once. */
  readonly maxConnections: number;
  /** Takes the place of the network, or null for the network. */
  readonly fetch: typeof globalThis.fetch | null;
}

/** The SDK insists on a key. This one opens nothing, and endpoints that want no key do not look at it. */
const NO_KEY = 'none';

/** How the SDK, which knows nothing of calls, hands a call on to the `fetch` that it is given. */
interface HandedOn {
  readonly call: Call;
}

type Json = Readonly<Record<string, unknown>>;

export function createOpenAiProvider(options: OpenAiOptions): Provider {
  const { name, timeoutMs } = options;
  const secrets = options.apiKey === null ? [] : [options.apiKey];
  const common = { provider: name, timeoutMs, secrets, requestIdHeader: 'x-request-id' };
  const transport = options.fetch === null ? socketTransport(options.maxConnections) : fetchTransport(options.fetch);
  const client = new OpenAI({
    apiKey: options.apiKey ?? NO_KEY,
    baseURL: options.baseUrl,
    defaultHeaders: options.headers,
    maxRetries: 0,
    // The call's own timer ends the call; the SDK's only fills in the header that tells the server our patience.
    timeout: timeoutMs,
    // What is not told here the SDK looks up in the environment, which only `config.ts` may read.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
    async fetch(url, init) {
      const { call, headers, body } = init as RequestInit & HandedOn;
      await transport.post(new URL(String(url)), Object.fromEntries(headers as Headers), Buffer.from(body as string), call);
      // The SDK's part ends when the reply is here. An empty success keeps it from judging, logging and
      // decoding a reply that is judged below from the bytes themselves.
      return new Response(null, { status: 200 });
    },
  });

  async function send(request: CompletionRequest, call: Call): Promise<Completion> {
    const handedOn: HandedOn = { call };
    // The SDK passes `fetchOptions` on to `fetch` as they are, though its types know only those of the built-in one.
    const fetchOptions: object = handedOn;
    await client.chat.completions.create(bodyOf(request, options.json), { fetchOptions }).asResponse();
    return readReply(call.reply(), name, request.modelId, call);
  }

  return {
    name,
    complete(request, signal) {
      return performCall({ ...common, signal }, (call) => send(request, call));
    },
    async [Symbol.asyncDispose]() {
      transport.close();
    },
  };
}

/** The fields in an order that never changes, so that equal requests are equal bytes. */
function bodyOf(request: CompletionRequest, json: boolean): OpenAI.ChatCompletionCreateParamsNonStreaming {
  const { system, temperature, topP, maxTokens, seed } = request;
  return {
    model: request.modelId,
    messages: [...(system === null ? [] : [{ role: 'system' as const, content: system }]), { role: 'user', content: request.user }],
    ...(request.json && json ? { response_format: { type: 'json_object' as const } } : {}),
    ...(temperature === null ? {} : { temperature }),
    ...(topP === null ? {} : { top_p: topP }),
    ...(maxTokens === null ? {} : { [request.maxTokensField]: maxTokens }),
    ...(seed === null ? {} : { seed }),
    ...request.extra,
  };
}

function readReply(reply: Reply, provider: string, modelId: string, call: Call): Completion {
  const { status } = reply;
  const fail = (kind: ProviderErrorKind, detail: string): ProviderError =>
    failedReply(kind, { provider, modelId, status, headers: reply.headers }, detail, call.secrets);

  const encoding = reply.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw fail('protocol', `the reply is compressed (${encoding}), which was not asked for`);
  const text = Buffer.from(reply.body.buffer, reply.body.byteOffset, reply.body.byteLength).toString('utf8');
  const body = parse(text);
  call.noteRequestId(body?.id);
  if (status !== 200) {
    const words = errorText(body) ?? text;
    const kind = kindOfError(status, body);
    throw fail(kind === 'throttled' && isDailyQuota(words, reply.headers) ? 'quota' : kind, words);
  }
  if (body === null) throw fail('protocol', text);

  const choice = isRecord(Array.isArray(body.choices) ? body.choices[0] : null) ? (body.choices as Json[])[0]! : null;
  // OpenRouter tells of a failure upstream within a success, beside the choices or inside one.
  const upstream = errorText(body) ?? (choice === null ? null : errorText(choice));
  if (upstream !== null) throw fail('protocol', upstream);
  if (choice === null || !isRecord(choice.message)) throw fail('protocol', text);

  const refusal = typeof choice.message.refusal === 'string' && choice.message.refusal !== '' ? choice.message.refusal : null;
  const rawStopReason = typeof choice.finish_reason === 'string' ? choice.finish_reason : null;
  return {
    text: refusal ?? textOf(choice.message.content),
    stopReason: refusal !== null ? 'refusal' : (entryOf(STOP_REASONS, rawStopReason) ?? 'other'),
    rawStopReason,
    usage: readUsage(body.usage),
    modelServed: typeof body.model === 'string' ? body.model : null,
  };
}

const STOP_REASONS: Readonly<Record<string, StopReason>> = { stop: 'stop', length: 'length', content_filter: 'content_filter' };

/** Content is a string, or a list of parts of which the texts are what the model said. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: unknown) => (isRecord(part) && typeof part.text === 'string' ? part.text : '')).join('');
}

function readUsage(usage: unknown): Usage | null {
  if (!isRecord(usage)) return null;
  return {
    inputTokens: count(usage.prompt_tokens),
    outputTokens: count(usage.completion_tokens),
    reasoningTokens: isRecord(usage.completion_tokens_details) ? count(usage.completion_tokens_details.reasoning_tokens) : null,
    cachedTokens: isRecord(usage.prompt_tokens_details) ? count(usage.prompt_tokens_details.cached_tokens) : null,
  };
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** Codes that say more than the status they come with. */
const KINDS_BY_CODE: Readonly<Record<string, ProviderErrorKind>> = {
  insufficient_quota: 'quota',
  billing_not_active: 'quota',
  billing_hard_limit_reached: 'quota',
  model_not_found: 'unknown_model',
  content_filter: 'content_filter',
  content_policy_violation: 'content_filter',
};

function kindOfError(status: number, body: Json | null): ProviderErrorKind {
  const error = body === null ? null : isRecord(body.error) ? body.error : body;
  const byCode = error === null ? undefined : (entryOf(KINDS_BY_CODE, error.code) ?? entryOf(KINDS_BY_CODE, error.type));
  return byCode ?? kindOfStatus(status);
}

/** The provider's own message: `error.message` (OpenAI), `error` (Ollama), `message` (vLLM), `detail` (FastAPI). Null when there is none. */
function errorText(body: Json | null): string | null {
  if (body === null) return null;
  const { error, message, detail } = body;
  if (isRecord(error)) return typeof error.message === 'string' ? error.message : jsonOf(error);
  for (const words of [error, message, detail]) if (typeof words === 'string') return words;
  return null;
}

/** Reading goes deeper than writing, which runs out of stack at some thousand levels. */
function jsonOf(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return 'an error that is nested too deep to be shown';
    throw error;
  }
}

function parse(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
