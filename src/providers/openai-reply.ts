/**
 * Reads a reply in the format of OpenAI's chat completions, in all variants of servers and
 * gateways. Pure.
 */
import type { ProviderErrorKind } from '../errors.ts';
import {
  type Headers,
  isDailyQuota,
  kindOfStatus,
  speaksOfFilter,
  speaksOfLoading,
} from './failures.ts';
import type { Completion, StopReason, TokenLogprob, Usage } from './provider.ts';

type Json = Readonly<Record<string, unknown>>;

export interface ChatReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Why a reply is no completion. */
interface ChatFailure {
  readonly kind: ProviderErrorKind;
  /** The provider's own words, as many as there are. */
  readonly words: string;
  /** The code that an error within a success carries. */
  readonly code: string | null;
  /** Those of the reply, and what its body says in place of a header. */
  readonly headers: Headers;
  /** The server is only loading its model. */
  readonly loading: boolean;
}

export type ReadChatReply = { readonly id: unknown } & (
  | { readonly completion: Completion; readonly failure: null }
  | { readonly completion: null; readonly failure: ChatFailure }
);

export function readChatReply(reply: ChatReply): ReadChatReply {
  const body = bodyIn(reply.text);
  const id = body?.id;
  if (!isSuccess(reply.status)) return { id, completion: null, failure: failureOf(reply, body) };
  const choice = body === null ? null : firstChoice(body);
  // OpenRouter tells of a failure upstream within a success, beside the choices or inside one.
  const carrier =
    body === null
      ? null
      : saysSomething(body.error)
        ? body
        : choice !== null && saysSomething(choice.error)
          ? choice
          : null;
  if (carrier !== null) return { id, completion: null, failure: failureOf(reply, carrier) };
  const completion =
    body === null || choice === null ? null : completionOf(body, choice, reply.headers);
  return completion === null
    ? { id, completion: null, failure: failureOf(reply, body) }
    : { id, completion, failure: null };
}

/** Proxies that change something say 203 instead of 200. */
function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function firstChoice(body: Json): Json | null {
  const first: unknown = Array.isArray(body.choices) ? body.choices[0] : null;
  return isRecord(first) ? first : null;
}

function completionOf(body: Json, choice: Json, headers: Headers): Completion | null {
  const { reason: rawStopReason, means: stopReason } = stopReasonIn(choice);
  // What a filter ended may have no message at all.
  const message = isRecord(choice.message)
    ? choice.message
    : stopReason === 'content_filter'
      ? {}
      : null;
  if (message === null) return null;
  const refusal = refusalIn(message) ?? refusalIn(choice);
  const text = refusal ?? textOf(message.content);
  const instead = text.trim() === '' ? insteadOfText(message, rawStopReason) : null;
  return {
    text,
    stopReason: refusal === null ? stopReason : 'refusal',
    rawStopReason,
    usage: readUsage(body.usage, text !== '' || instead === REASONING_ONLY),
    modelServed: typeof body.model === 'string' ? label(body.model) : null,
    providerCostUsd: costIn(body.usage, headers),
    insteadOfText: instead,
    ...logprobsIn(choice.logprobs),
  };
}

/**
 * The most likely first tokens, where the reply tells them: `content[0].top_logprobs` (OpenAI, vLLM,
 * llama.cpp's server).
 */
function logprobsIn(logprobs: unknown): Pick<Completion, 'logprobs'> {
  const content = isRecord(logprobs) ? logprobs.content : null;
  const first: unknown = Array.isArray(content) ? content[0] : null;
  const top = isRecord(first) ? first.top_logprobs : null;
  if (!Array.isArray(top)) return {};
  const told = top.flatMap((one: unknown): TokenLogprob[] => {
    if (!isRecord(one)) return [];
    const { token, logprob } = one;
    return typeof token === 'string' && typeof logprob === 'number' && Number.isFinite(logprob)
      ? [{ token, logprob }]
      : [];
  });
  return told.length === 0 ? {} : { logprobs: told };
}

const STOP_REASONS: Readonly<Record<string, StopReason>> = {
  stop: 'stop',
  stop_sequence: 'stop',
  end_turn: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  length: 'length',
  max_tokens: 'length',
  max_output_tokens: 'length',
  model_length: 'length',
  model_context_window_exceeded: 'length',
  content_filter: 'content_filter',
  content_filtered: 'content_filter',
  guardrail_intervened: 'content_filter',
  safety: 'content_filter',
  prohibited_content: 'content_filter',
  blocklist: 'content_filter',
  spii: 'content_filter',
  recitation: 'content_filter',
  sensitive: 'content_filter',
  refusal: 'refusal',
};

/** Gateways pass on the words of other providers, in capitals or with a detail behind a colon. */
function stopReasonOf(raw: string | null): StopReason {
  const word = (raw ?? '').toLowerCase().replace(/:.*/s, '').trim();
  return Object.hasOwn(STOP_REASONS, word) ? STOP_REASONS[word]! : 'other';
}

/** What ended a reply, in the provider's word. */
function stopReasonIn(choice: Json): {
  readonly reason: string | null;
  readonly means: StopReason;
} {
  const [reason, native] = [choice.finish_reason, choice.native_finish_reason].map((word) =>
    typeof word === 'string' ? label(word) : null,
  ) as [string | null, string | null];
  // OpenRouter's own word for it may be "stop", with that of the provider beside it.
  const behind = stopReasonOf(native);
  return behind === 'content_filter' || behind === 'refusal'
    ? { reason: native, means: behind }
    : { reason, means: stopReasonOf(reason) };
}

/**
 * A refusal in a field of its own (OpenAI), in LiteLLM's field for what it does not know, or as a
 * part of the content.
 */
function refusalIn(carrier: Json): string | null {
  const passedOn = isRecord(carrier.provider_specific_fields)
    ? carrier.provider_specific_fields.refusal
    : null;
  const parts = Array.isArray(carrier.content)
    ? carrier.content.filter((part) => isRecord(part) && part.type === 'refusal')
    : [];
  const ofParts = parts
    .map((part: Json) => part.refusal ?? part.text)
    .filter((words) => typeof words === 'string');
  for (const words of [carrier.refusal, passedOn, ofParts.join('')])
    if (typeof words === 'string' && words.trim() !== '') return words;
  return null;
}

/**
 * Parts of a content that are what the model said; all others are thoughts, calls of tools,
 * pictures.
 */
const TEXT_PARTS: ReadonlySet<unknown> = new Set([undefined, null, 'text', 'output_text']);

/** Content is a string, or parts of which the texts are what the model said. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return content.map(textOfPart).join('');
  return textOfPart(content);
}

function textOfPart(part: unknown): string {
  if (typeof part === 'string') return part;
  // Gemini marks its thoughts instead of giving them a type of their own.
  if (!isRecord(part) || !TEXT_PARTS.has(part.type) || part.thought === true) return '';
  return typeof part.text === 'string' ? part.text : '';
}

const REASONING_FIELDS = [
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'thinking',
  'thinking_blocks',
];
const REASONING_PARTS: ReadonlySet<unknown> = new Set([
  'reasoning',
  'thinking',
  'redacted_thinking',
]);

const TOOL_REASONS: ReadonlySet<unknown> = new Set(['tool_calls', 'tool_use', 'function_call']);

/** What a message without text holds, and what to do about it; null where it holds nothing. */
function insteadOfText(message: Json, stopReason: string | null): string | null {
  if (
    (Array.isArray(message.tool_calls) && message.tool_calls.length > 0) ||
    isRecord(message.function_call) ||
    TOOL_REASONS.has(stopReason)
  )
    return TOOL_CALL;
  const fields = isRecord(message.provider_specific_fields)
    ? { ...message.provider_specific_fields, ...message }
    : message;
  const parts: readonly unknown[] = Array.isArray(message.content) ? message.content : [];
  const reasons =
    REASONING_FIELDS.some((field) => saysSomething(fields[field])) ||
    parts.some(
      (part) => isRecord(part) && (REASONING_PARTS.has(part.type) || part.thought === true),
    );
  return reasons ? REASONING_ONLY : null;
}

export const TOOL_CALL =
  'the model called a tool instead of answering in text; remove tools from the parameters of the model';
export const REASONING_ONLY =
  'the reply contains only reasoning and no answer; raise max_tokens of the model, or correct the reasoning parser of the endpoint';

/** @param wrote whether the model wrote anything, reasoning included */
function readUsage(usage: unknown, wrote: boolean): Usage | null {
  if (!isRecord(usage)) return null;
  // No prompt has no tokens: gateways write zeros where they were told nothing.
  const inputTokens = count(usage.prompt_tokens ?? usage.input_tokens) || null;
  const details = usage.completion_tokens_details ?? usage.output_tokens_details;
  const reasoningTokens = count(
    isRecord(details) ? details.reasoning_tokens : usage.reasoning_tokens,
  );
  const written = billedOutput(
    count(usage.completion_tokens ?? usage.output_tokens),
    inputTokens,
    count(usage.total_tokens),
    reasoningTokens,
  );
  // Nor has any text.
  const outputTokens = written === 0 && (inputTokens === null || wrote) ? null : written;
  if (inputTokens === null && outputTokens === null) return null;
  return {
    inputTokens,
    outputTokens,
    reasoningTokens,
    cachedTokens: isRecord(usage.prompt_tokens_details)
      ? count(usage.prompt_tokens_details.cached_tokens)
      : null,
  };
}

/**
 * Tokens that are billed as written. Some providers leave reasoning out of the tokens of the
 * completion: the total tells, or reasoning that is more than the completion which should contain
 * it.
 */
export function billedOutput(
  completion: number | null,
  input: number | null,
  total: number | null,
  reasoning: number | null,
): number | null {
  const beyondInput = total === null || input === null ? 0 : total - input;
  const counted =
    reasoning !== null && reasoning > (completion ?? 0)
      ? reasoning + (completion ?? 0)
      : completion;
  if (counted === null) return beyondInput > 0 ? beyondInput : null;
  return Math.max(counted, beyondInput);
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** A price told in the reply (OpenRouter, Perplexity), or in a header (LiteLLM). */
function costIn(usage: unknown, headers: Headers): number | null {
  const told = isRecord(usage) ? usage.cost : null;
  const cost = dollars(isRecord(told) ? told.total_cost : told);
  if (cost === null) return dollars(headers['x-litellm-response-cost']);
  // With a key of one's own, OpenRouter charges only its fee; the provider charges the rest.
  const upstream =
    isRecord(usage) && usage.is_byok === true && isRecord(usage.cost_details)
      ? dollars(usage.cost_details.upstream_inference_cost)
      : null;
  return cost + (upstream ?? 0);
}

/** Of a number, or of one in quotes; null for anything else. */
function dollars(value: unknown): number | null {
  const amount = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof amount === 'number' && Number.isFinite(amount) && amount >= 0 ? amount : null;
}

function failureOf({ status, headers, text }: ChatReply, body: Json | null): ChatFailure {
  const said = body === null ? null : errorText(body);
  const words = said ?? text;
  // Some write the code itself in the place of the error.
  const error = body === null ? {} : (errorIn(body) ?? { ...body, code: body.code ?? body.error });
  const within = isSuccess(status) ? codeOf(error) : null;
  const told = toldWaits(headers, error, body);
  let kind = kindByName(error, status) ?? kindOfStatus(Number(within ?? status));
  if (kind === 'throttled' && isDailyQuota(words, told)) kind = 'quota';
  if (FILTERABLE.has(kind) && isFiltered(error, said ?? (isSuccess(status) ? '' : text), body))
    kind = 'content_filter';
  const loading = kind === 'server' && isLoading(error, words, body);
  return { kind, words, code: within, headers: told, loading };
}

/** Kinds that may be a filter of contents in disguise. */
const FILTERABLE: ReadonlySet<ProviderErrorKind> = new Set([
  'bad_request',
  'authentication',
  'protocol',
]);

function isFiltered(error: Json, words: string, body: Json | null): boolean {
  // OpenRouter's moderation says which input it objects to.
  if (
    isRecord(error.metadata) &&
    Array.isArray(error.metadata.reasons) &&
    'flagged_input' in error.metadata
  )
    return true;
  // An error about a parameter is about that parameter.
  const about = error.param;
  if (typeof about === 'string' && !/^(?:$|prompt|messages|input)/.test(about)) return false;
  const feedback = body?.promptFeedback ?? body?.prompt_feedback;
  if (isRecord(feedback) && typeof (feedback.blockReason ?? feedback.block_reason) === 'string')
    return true;
  // A page of HTML comes from somebody in between, such as the web filter of a network.
  return !/^\s*</.test(words) && speaksOfFilter(words);
}

function isLoading(error: Json, words: string, body: Json | null): boolean {
  return (
    error.type === 'unavailable_error' ||
    typeof body?.estimated_time === 'number' ||
    speaksOfLoading(words)
  );
}

/** Names that mean the same with any status; letters only, in lower case. */
const KINDS_BY_NAME: Readonly<Record<string, ProviderErrorKind>> = {
  insufficientquota: 'quota',
  insufficientcredits: 'quota',
  insufficientbalance: 'quota',
  paymentrequired: 'quota',
  billingerror: 'quota',
  billingnotactive: 'quota',
  billinghardlimitreached: 'quota',
  modelnotfound: 'unknown_model',
  contentfilter: 'content_filter',
  contentpolicyviolation: 'content_filter',
  contentpolicyviolationerror: 'content_filter',
  responsibleaipolicyviolation: 'content_filter',
  datainspectionfailed: 'content_filter',
  // Portkey, with status 446.
  hooksfailed: 'content_filter',
};

/** Names that say what the status says where there is one. */
const KINDS_WITHIN_SUCCESS: Readonly<Record<string, ProviderErrorKind>> = {
  // With a status they may also mean a request that is larger than a minute's quota (Groq's 413),
  // which no patience helps.
  ratelimitexceeded: 'throttled',
  ratelimiterror: 'throttled',
  toomanyrequests: 'throttled',
  resourceexhausted: 'throttled',
  quotaexceeded: 'quota',
  invalidapikey: 'authentication',
  authenticationerror: 'authentication',
  permissionerror: 'authentication',
  permissiondenied: 'authentication',
  unauthenticated: 'authentication',
  unauthorized: 'authentication',
  forbidden: 'authentication',
  notfounderror: 'unknown_model',
  invalidrequesterror: 'bad_request',
  invalidargument: 'bad_request',
  badrequest: 'bad_request',
  badrequesterror: 'bad_request',
  contextlengthexceeded: 'bad_request',
  servererror: 'server',
  apierror: 'server',
  internal: 'server',
  internalerror: 'server',
  internalservererror: 'server',
  overloaded: 'server',
  overloadederror: 'server',
  serviceunavailable: 'server',
  unavailable: 'server',
  unavailableerror: 'server',
  badgateway: 'server',
  gatewaytimeout: 'server',
  deadlineexceeded: 'server',
};

function kindByName(error: Json, status: number): ProviderErrorKind | null {
  const inner = isRecord(error.innererror) ? error.innererror.code : null;
  const names = [inner, error.code, error.type, error.status].flatMap((name) =>
    typeof name === 'string'
      ? [
          name
            .slice(0, 100)
            .toLowerCase()
            .replaceAll(/[^a-z]/g, ''),
        ]
      : [],
  );
  for (const kinds of isSuccess(status) ? [KINDS_BY_NAME, KINDS_WITHIN_SUCCESS] : [KINDS_BY_NAME])
    for (const name of names) if (Object.hasOwn(kinds, name)) return kinds[name]!;
  return null;
}

/** The status that an error within a success would have had: a number, or a numeric string. */
function codeOf(error: Json): string | null {
  for (const code of [error.code, error.status, error.status_code])
    if ((typeof code === 'number' || typeof code === 'string') && /^[45]\d\d$/.test(String(code)))
      return String(code);
  return null;
}

/**
 * The headers, and what a body says in place of `retry-after`: the upstream's headers (OpenRouter),
 * or how long loading will take.
 */
function toldWaits(headers: Headers, error: Json, body: Json | null): Headers {
  if ('retry-after' in headers || 'retry-after-ms' in headers) return headers;
  const upstream =
    isRecord(error.metadata) && isRecord(error.metadata.headers)
      ? Object.entries(error.metadata.headers)
      : [];
  const header = upstream.find(([name]) => name.toLowerCase() === 'retry-after')?.[1];
  const seconds = header ?? error.retry_after ?? body?.estimated_time;
  return typeof seconds === 'number' || typeof seconds === 'string'
    ? { ...headers, 'retry-after': String(seconds) }
    : headers;
}

/**
 * The object that tells of an error: `error` (OpenAI), the first of a list of them (Cloudflare's
 * `errors`), or the one within it, which a gateway passes on.
 */
function errorIn(body: Json): Json | null {
  const told = body.error ?? body.errors;
  const error: unknown = Array.isArray(told) ? told[0] : told;
  if (!isRecord(error)) return null;
  return isRecord(error.error) && error.message === undefined ? error.error : error;
}

/**
 * The provider's own message: `error.message` (OpenAI), `error` (Ollama), `message` (vLLM),
 * `detail` (FastAPI). Null when there is none.
 */
function errorText(body: Json): string | null {
  const { message, detail } = body;
  const error = errorIn(body) ?? body.error;
  if (isRecord(error)) {
    // OpenRouter's own message is that the provider failed; the provider's is behind it.
    const upstream =
      isRecord(error.metadata) && typeof error.metadata.raw === 'string'
        ? `: ${error.metadata.raw}`
        : '';
    return typeof error.message === 'string' && error.message !== ''
      ? `${error.message}${upstream}`
      : written(error);
  }
  for (const words of [error, message, detail])
    if (typeof words === 'string' && words !== '') return words;
  return null;
}

function written(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // Writing goes down the levels one call at a time, reading does not.
    if (error instanceof RangeError) return 'an error that is too deeply nested to be shown';
    throw error;
  }
}

/** What stands in the place of an error and says that there is none. */
const NO_ERROR = /^\s*(?:|ok|success|succeeded|none|null|no error|false|0|200)[\s.]*$/i;

/**
 * Whether the value of a field says anything: not the empty object, text or list that some gateways
 * always send along.
 */
function saysSomething(value: unknown, levels = 3): boolean {
  if (typeof value === 'string') return !NO_ERROR.test(value);
  if (typeof value === 'number') return value !== 0 && value !== 200;
  if (typeof value !== 'object' || value === null) return value === true;
  return levels === 0 || Object.values(value).some((inner) => saysSomething(inner, levels - 1));
}

const PLAIN = /^[ -~]{0,200}$/;
/** Longest name that is kept; no model and no reason to stop has a longer one. */
const LONGEST_LABEL = 200;

/** A name that a reply gives, without what no name has. */
function label(name: string): string {
  if (PLAIN.test(name)) return name;
  return name
    .slice(0, LONGEST_LABEL)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '\ufffd');
}

/**
 * The object that a body is: as it is, alone in a list (Gemini's errors), or as events of a stream that
 * nobody asked for.
 */
function bodyIn(text: string): Json | null {
  const value = parsed(text);
  if (value === undefined) return bodyOfEvents(text);
  const only: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return isRecord(only) ? only : null;
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * A completion in the frame of a stream of events: whole, with the end mark of a stream behind it,
 * or in pieces.
 */
function bodyOfEvents(text: string): Json | null {
  if (!/^(?:(?:data|event)?:|\[DONE\])/m.test(text)) return null;
  const { events, rest } = eventsIn(text);
  const whole = parsed(rest);
  const values = events.filter((data) => data.trim() !== END_MARK).map(parsed);
  if (isRecord(whole)) return values.length === 0 ? whole : null;
  if (rest.trim() !== '' || !values.every(isRecord)) return null;
  const chunks = values as Json[];
  const first = chunks[0];
  if (chunks.length === 1 && first !== undefined && firstChoice(first)?.delta === undefined)
    return first;
  return joinedChunks(chunks);
}

/** Of a stream. */
const END_MARK = '[DONE]';

function eventsIn(text: string): { readonly events: readonly string[]; readonly rest: string } {
  const events: string[] = [];
  const rest: string[] = [];
  let data: string[] = [];
  const end = () => {
    if (data.length > 0) events.push(data.join('\n'));
    data = [];
  };
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line.startsWith('data:')) data.push(line.slice('data:'.length).replace(/^ /, ''));
    else if (line === '' || line.trim() === END_MARK) end();
    else if (!/^(?::|event:|id:|retry:)/.test(line)) rest.push(line);
  }
  end();
  return { events, rest: rest.join('\n') };
}

/** One completion out of the pieces of a stream; null where it was broken off. */
function joinedChunks(chunks: readonly Json[]): Json | null {
  const failed = chunks.find((chunk) => saysSomething(chunk.error));
  if (failed !== undefined) return failed;
  const choices = chunks.map(firstChoice).filter((choice) => choice !== null);
  const last = choices.findLast((choice) => typeof choice.finish_reason === 'string');
  if (last === undefined) return null;
  const deltas = choices.map((choice) => (isRecord(choice.delta) ? choice.delta : {}));
  const said = (field: string) => deltas.map((delta) => textOf(delta[field])).join('');
  const { id, model } = chunks[0]!;
  return {
    id,
    model,
    choices: [
      {
        finish_reason: last.finish_reason,
        logprobs: choices.find(({ logprobs }) => isRecord(logprobs))?.logprobs,
        message: {
          content: said('content'),
          refusal: said('refusal'),
          reasoning_content: said('reasoning_content') || said('reasoning'),
          tool_calls: deltas.flatMap((delta) =>
            Array.isArray(delta.tool_calls) ? delta.tool_calls : [],
          ),
        },
      },
    ],
    usage: chunks.findLast((chunk) => isRecord(chunk.usage))?.usage,
  };
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
