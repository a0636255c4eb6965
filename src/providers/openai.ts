/**
 * OpenAI's chat completions, and every endpoint that speaks the same (Ollama, vLLM, OpenRouter, LM
 * Studio, the simulator). The SDK builds URL and headers and signs in; the request's bytes go out,
 * and the reply's come in, through a transport of ours, which keeps both as they travelled.
 */
import OpenAI from 'openai';
import { secretsInUrl } from '../secret-urls.ts';
import { type Call, performCall } from './call.ts';
import { failedReply, kindOfStatus, redirection } from './failures.ts';
import { readChatReply } from './openai-reply.ts';
import { chatBody, type SchemaField } from './openai-request.ts';
import {
  type Completion,
  type CompletionRequest,
  MAX_REPLY_BYTES,
  type Provider,
} from './provider.ts';
import {
  fetchTransport,
  NO_PROXIES,
  type ProxyEnvironment,
  secretsInProxy,
  socketTransport,
} from './transport.ts';

export interface OpenAiOptions {
  readonly name: string;
  /** Everything before `/chat/completions`, e.g. `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Null for endpoints that want none. */
  readonly apiKey: string | null;
  /** Whether the endpoint understands `response_format`. */
  readonly json: boolean;
  /** The type of `response_format` that has a JSON Schema in it. */
  readonly schema: SchemaField;
  /** Further headers, e.g. OpenRouter's `HTTP-Referer` or `OpenAI-Organization`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** The most that is read of a reply; `MAX_REPLY_BYTES` where nothing is said. */
  readonly maxReplyBytes?: number;
  /** Size of the pool of connections; to be at least the number of calls that run at once. */
  readonly maxConnections: number;
  /** The proxies to go through; none where nothing is said. */
  readonly proxy?: ProxyEnvironment;
  /** Takes the place of the network, or null for the network. */
  readonly fetch: typeof globalThis.fetch | null;
}

/** The SDK insists on a key. This one is never sent. */
const NO_KEY = 'none';

/** How the SDK, which knows nothing of calls, hands a call on to the `fetch` that it is given. */
interface HandedOn {
  readonly call: Call;
}

export function createOpenAiProvider(options: OpenAiOptions): Provider {
  const { name, timeoutMs, maxReplyBytes = MAX_REPLY_BYTES, proxy = NO_PROXIES } = options;
  const secrets = [
    ...(options.apiKey === null ? [] : [options.apiKey]),
    ...secretsInUrl(options.baseUrl),
    ...secretsInProxy(proxy),
  ];
  const common = {
    provider: name,
    timeoutMs,
    maxReplyBytes,
    secrets,
    requestIdHeader: 'x-request-id',
  };
  const transport =
    options.fetch === null
      ? socketTransport({ maxConnections: options.maxConnections, proxy, timeoutMs })
      : fetchTransport(options.fetch);
  const client = new OpenAI({
    apiKey: options.apiKey ?? NO_KEY,
    baseURL: options.baseUrl,
    // Null keeps the SDK from sending the header.
    defaultHeaders:
      options.apiKey === null ? { Authorization: null, ...options.headers } : options.headers,
    maxRetries: 0,
    // The call's own timer ends the call; the SDK's only fills in the header that tells the server
    // our patience.
    timeout: timeoutMs,
    // What is not told here the SDK looks up in the environment, which only `config.ts` may read.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
    async fetch(url, init) {
      const { call, headers, body } = init as RequestInit & HandedOn;
      await transport.post(
        new URL(String(url)),
        Object.fromEntries(headers as Headers),
        Buffer.from(body as string),
        call,
      );
      // The SDK's part ends when the reply is here. An empty success keeps it from judging, logging
      // and decoding a reply that is judged below from the bytes themselves.
      return new Response(null, { status: 200 });
    },
  });

  async function send(request: CompletionRequest, call: Call): Promise<Completion> {
    const handedOn: HandedOn = { call };
    // The SDK passes `fetchOptions` on to `fetch` as they are, though its types know only those of
    // the built-in one.
    const fetchOptions: object = handedOn;
    await client.chat.completions.create(chatBody(request, options), { fetchOptions }).asResponse();
    return readReply(call, name, request.modelId, options.baseUrl);
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

function readReply(call: Call, provider: string, modelId: string, address: string): Completion {
  const reply = call.reply();
  const { status, headers } = reply;
  const context = { provider, modelId, status };
  const elsewhere = redirection(
    { ...context, headers },
    address,
    `providers.${provider}.base_url`,
    call,
  );
  if (elsewhere !== null) throw elsewhere;
  const body = call.readable();
  if (!body.ok)
    throw failedReply(kindOfStatus(status), { ...context, headers }, body.problem, call.secrets);
  const { bytes } = body;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const { id, completion, failure } = readChatReply({ status, headers, text });
  call.noteRequestId(id);
  if (completion !== null) return completion;
  throw failedReply(failure.kind, { ...context, ...failure }, failure.words, call.secrets);
}
