/**
 * A model server on the loopback interface that does what it is told, including everything that a
 * provider should not do. It speaks OpenAI's chat completions (`POST …/chat/completions`) and
 * Bedrock's Converse (`POST /model/{id}/converse`); a behaviour is told once and rendered in the
 * protocol of the request.
 */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

export type Protocol = 'openai' | 'bedrock';

/**
 * What the server saw of one request, and what it did. Its last three fields are filled in as
 * things happen.
 */
export interface Seen {
  /** Order of arrival, from 0. */
  readonly index: number;
  readonly protocol: Protocol;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** The model that was asked for. */
  readonly model: string;
  /** The body as JSON. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Bytes of the reply's body that left. */
  sent: Buffer;
  status: number | null;
  /** Resolves when the exchange is over for the server, with who ended it. */
  readonly ended: Promise<'answered' | 'cut' | 'hung up by client'>;
}

interface Usage {
  readonly input: number;
  readonly output: number;
  readonly reasoning?: number;
  readonly cached?: number;
}

/** A model's words, rendered in the protocol of the request. */
export interface Says {
  readonly kind: 'says';
  readonly text: string;
  readonly stop: 'stop' | 'length' | 'content_filter' | 'refusal';
  /** Null leaves the usage out of the reply. */
  readonly usage: Usage | null;
  /**
   * The model that the reply names; null leaves it out. Default: the one that was asked for
   * (OpenAI), none (Bedrock).
   */
  readonly model?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A failure, rendered in the protocol of the request. */
export interface Fails {
  readonly kind: 'fails';
  readonly status: number;
  readonly message: string;
  /** `error.code` for OpenAI; the exception's name for Bedrock. */
  readonly code: Readonly<Record<Protocol, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bytes as they are. */
export interface Sends {
  readonly kind: 'sends';
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export type Behaviour =
  | Says
  | Fails
  | Sends
  /** Never answers. */
  | { readonly kind: 'hangs' }
  /** Sends headers and half of the body, and then nothing more. */
  | { readonly kind: 'stalls'; readonly during: Behaviour }
  /**
   * Sends a body otherwise than it is written: compressed, with a mark before it, in the frame of a
   * stream.
   */
  | {
      readonly kind: 'reframes';
      readonly during: Behaviour;
      readonly change: (body: Buffer) => string | Uint8Array;
      readonly headers: Readonly<Record<string, string>>;
    }
  /** Sends headers and the same piece of a body for as long as anybody takes it. */
  | { readonly kind: 'floods'; readonly piece: string; readonly status: number }
  /** Destroys the connection before the reply, or after half of its body. */
  | { readonly kind: 'cuts'; readonly during: Behaviour | null };

const USAGE: Usage = { input: 720, output: 240 };

export const says = (text: string, options: Partial<Omit<Says, 'kind' | 'text'>> = {}): Says => ({
  kind: 'says',
  text,
  stop: 'stop',
  usage: USAGE,
  ...options,
});
/** The answer wrapped as chat models like to wrap it. */
export const saysFenced = (json: string): Says =>
  says(`Sure! Here are my answers:\n\`\`\`json\n${json}\n\`\`\`\n`);
/** Stopped for length: what a budget of tokens leaves of the text. */
export const truncates = (text: string): Says => says(text, { stop: 'length' });
export const filters = (text = ''): Says => says(text, { stop: 'content_filter' });
/** OpenAI has a field for it; over Bedrock a refusal is words like any other. */
export const refuses = (text = 'I cannot impersonate a person.'): Says =>
  says(text, { stop: 'refusal' });

export const fails = (
  status: number,
  message: string,
  code: Partial<Record<Protocol, string>> = {},
  headers: Record<string, string> = {},
): Fails => ({
  kind: 'fails',
  status,
  message,
  code: { openai: code.openai ?? 'error', bedrock: code.bedrock ?? 'UnknownException' },
  headers,
});
/** @param retryAfter value of the header `retry-after`: seconds, or an HTTP date */
export const throttles = (retryAfter?: string): Fails =>
  fails(
    429,
    'Rate limit reached, please slow down.',
    { openai: 'rate_limit_exceeded', bedrock: 'ThrottlingException' },
    retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  );
export const spendsQuota = (): Fails =>
  fails(429, 'Too many tokens per day: you exceeded your current quota.', {
    openai: 'insufficient_quota',
    bedrock: 'ThrottlingException',
  });
/** @param echo what of the key the message quotes, as providers do */
export const rejectsKey = (echo = ''): Fails =>
  fails(401, `Incorrect API key provided: ${echo}.`, {
    openai: 'invalid_api_key',
    bedrock: 'UnrecognizedClientException',
  });
export const missesModel = (): Fails =>
  fails(404, 'The model does not exist.', {
    openai: 'model_not_found',
    bedrock: 'ResourceNotFoundException',
  });
export const breaksDown = (status = 500): Fails =>
  fails(status, 'The server had an error.', {
    openai: 'server_error',
    bedrock: 'InternalServerException',
  });
export const rejectsRequest = (status = 400): Fails =>
  fails(status, 'temperature: unsupported value.', {
    openai: 'invalid_request_error',
    bedrock: 'ValidationException',
  });

export const sends = (
  body: string | Uint8Array,
  options: Partial<Omit<Sends, 'kind' | 'body'>> = {},
): Sends => ({
  kind: 'sends',
  status: 200,
  body,
  ...options,
});
export const sendsHtml = (status = 200): Sends =>
  sends('<html><head><title>Gateway</title></head><body>Sign in first</body></html>', {
    status,
    headers: { 'content-type': 'text/html' },
  });

export const hangs = (): Behaviour => ({ kind: 'hangs' });
export const stalls = (during: Behaviour): Behaviour => ({ kind: 'stalls', during });
export const reframes = (
  during: Behaviour,
  change: (body: Buffer) => string | Uint8Array,
  headers: Record<string, string> = {},
): Behaviour => ({
  kind: 'reframes',
  during,
  change,
  headers,
});
export const floods = (piece = 'x'.repeat(50_000), status = 200): Behaviour => ({
  kind: 'floods',
  piece,
  status,
});
export const cutsBeforeReply = (): Behaviour => ({ kind: 'cuts', during: null });
export const cutsHalfway = (during: Behaviour): Behaviour => ({ kind: 'cuts', during });

/** Decides what becomes of a request. A promise holds the request until it resolves. */
export type Respond = (request: Seen, index: number) => Behaviour | Promise<Behaviour>;

export class MisbehavingServer implements AsyncDisposable {
  readonly #server: http.Server;
  readonly #respond: Respond;
  readonly #seen: Seen[] = [];
  readonly #awaited: { readonly count: number; readonly reached: () => void }[] = [];
  #open = 0;
  #peak = 0;
  #connections = 0;

  /** @param respond a function, or a queue whose last behaviour stays for all further requests */
  static async start(
    respond: Respond | readonly [Behaviour, ...Behaviour[]],
  ): Promise<MisbehavingServer> {
    const server = new MisbehavingServer(
      typeof respond === 'function'
        ? respond
        : (_, index) => respond[Math.min(index, respond.length - 1)]!,
    );
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  private constructor(respond: Respond) {
    this.#respond = respond;
    this.#server = http.createServer((request, response) => void this.#handle(request, response));
    this.#server.on('connection', () => {
      this.#connections += 1;
    });
  }

  /** Base of the server, e.g. `http://127.0.0.1:40123`: the Bedrock endpoint. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Base URL for OpenAI clients. */
  get openaiBaseUrl(): string {
    return `${this.url}/v1`;
  }

  /** Every request so far, in order of arrival. */
  get seen(): readonly Seen[] {
    return this.#seen;
  }

  /** The most requests that were open at one moment. */
  get peak(): number {
    return this.#peak;
  }

  /** Connections that were ever opened. */
  get connections(): number {
    return this.#connections;
  }

  /** Resolves when `count` requests have arrived since the start. */
  arrived(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#seen.length >= count) resolve();
    else this.#awaited.push({ count, reached: resolve });
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks = await request.toArray().catch(() => null);
    // The client left in the middle of its request, so nothing arrived that could be answered.
    if (chunks === null) return;
    const body = Buffer.concat(chunks);
    const path = request.url ?? '/';
    const converse = /^\/model\/([^/]+)\/converse$/.exec(path);
    if (
      request.method !== 'POST' ||
      (converse === null && !path.split('?', 1)[0]!.endsWith('/chat/completions'))
    ) {
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: { message: `no such path: ${path}` } }));
      return;
    }
    const json = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    const { promise: ended, resolve: end } = Promise.withResolvers<Awaited<Seen['ended']>>();
    const seen: Seen = {
      index: this.#seen.length,
      protocol: converse === null ? 'openai' : 'bedrock',
      path,
      headers: request.headers,
      body,
      model: converse === null ? String(json.model) : decodeURIComponent(converse[1]!),
      json,
      sent: Buffer.alloc(0),
      status: null,
      ended,
    };
    this.#open += 1;
    this.#peak = Math.max(this.#peak, this.#open);
    let cut = false;
    response.once('close', () => {
      this.#open -= 1;
      end(cut ? 'cut' : response.writableFinished ? 'answered' : 'hung up by client');
    });
    this.#seen.push(seen);
    for (const awaited of this.#awaited) if (this.#seen.length >= awaited.count) awaited.reached();
    const behaviour = await this.#respond(seen, seen.index);
    await this.#play(behaviour, seen, response, () => {
      cut = true;
      response.destroy();
    });
  }

  async #play(
    behaviour: Behaviour,
    seen: Seen,
    response: http.ServerResponse,
    cut: () => void,
  ): Promise<void> {
    switch (behaviour.kind) {
      case 'hangs':
        return;
      case 'cuts': {
        if (behaviour.during !== null) await sendHalf(behaviour.during, seen, response);
        return cut();
      }
      case 'stalls':
        return sendHalf(behaviour.during, seen, response);
      case 'floods': {
        note(seen, behaviour.status, Buffer.alloc(0));
        response.writeHead(behaviour.status, { 'content-type': 'application/json' });
        const pump = () => {
          while (!response.destroyed && response.write(behaviour.piece));
        };
        response.on('drain', pump);
        pump();
        return;
      }
      default: {
        const { status, headers, body } = rendered(behaviour, seen);
        note(seen, status, body);
        response.writeHead(status, headers);
        response.end(body);
      }
    }
  }
}

/** Resolves when half of the body has been handed to the socket. */
function sendHalf(behaviour: Behaviour, seen: Seen, response: http.ServerResponse): Promise<void> {
  const { status, headers, body } = rendered(behaviour, seen);
  const half = body.subarray(0, Math.floor(body.length / 2));
  note(seen, status, half);
  response.writeHead(status, headers);
  return new Promise((resolve) => {
    response.write(half, () => resolve());
  });
}

function note(seen: Seen, status: number, sent: Buffer): void {
  seen.status = status;
  seen.sent = sent;
}

interface Rendered {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

function rendered(behaviour: Behaviour, seen: Seen): Rendered {
  const { status, headers, body } = render(behaviour, seen);
  // Many a gateway compresses whenever the client allows it.
  const zip = /\bgzip\b/.test(String(seen.headers['accept-encoding'] ?? ''));
  const bytes = zip ? gzipSync(body) : body;
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...headers,
      ...(zip ? { 'content-encoding': 'gzip' } : {}),
      'content-length': String(bytes.length),
    },
    body: bytes,
  };
}

function render(behaviour: Behaviour, seen: Seen): Rendered {
  const id = `req-${seen.index}`;
  const ids: Record<string, string> =
    seen.protocol === 'openai' ? { 'x-request-id': id } : { 'x-amzn-requestid': id };
  switch (behaviour.kind) {
    case 'says':
      return {
        status: 200,
        headers: { ...ids, ...behaviour.headers },
        body: json(
          seen.protocol === 'openai' ? chatCompletion(behaviour, seen) : converseOutput(behaviour),
        ),
      };
    case 'fails': {
      const code = behaviour.code[seen.protocol];
      const named: Record<string, string> =
        seen.protocol === 'bedrock' ? { 'x-amzn-errortype': code } : {};
      return {
        status: behaviour.status,
        headers: { ...ids, ...named, ...behaviour.headers },
        body: json(
          seen.protocol === 'openai'
            ? { error: { message: behaviour.message, type: 'error', param: null, code } }
            : { message: behaviour.message },
        ),
      };
    }
    case 'sends':
      return {
        status: behaviour.status,
        headers: { ...ids, ...behaviour.headers },
        body: Buffer.from(behaviour.body),
      };
    case 'reframes': {
      const inner = render(behaviour.during, seen);
      return {
        ...inner,
        headers: { ...inner.headers, ...behaviour.headers },
        body: Buffer.from(behaviour.change(inner.body)),
      };
    }
    default:
      throw new Error(`a reply that ${behaviour.kind} has no bytes to send half of`);
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function chatCompletion(said: Says, seen: Seen): unknown {
  const { usage } = said;
  return {
    id: `chatcmpl-${seen.index}`,
    object: 'chat.completion',
    created: 1_732_060_800,
    ...(said.model === null ? {} : { model: said.model ?? seen.model }),
    choices: [
      {
        index: 0,
        message:
          said.stop === 'refusal'
            ? { role: 'assistant', content: null, refusal: said.text }
            : { role: 'assistant', content: said.text, refusal: null },
        finish_reason: said.stop === 'refusal' ? 'stop' : said.stop,
      },
    ],
    ...(usage === null
      ? {}
      : {
          usage: {
            prompt_tokens: usage.input,
            completion_tokens: usage.output,
            total_tokens: usage.input + usage.output,
            ...(usage.reasoning === undefined
              ? {}
              : { completion_tokens_details: { reasoning_tokens: usage.reasoning } }),
            ...(usage.cached === undefined
              ? {}
              : { prompt_tokens_details: { cached_tokens: usage.cached } }),
          },
        }),
  };
}

const CONVERSE_STOPS = {
  stop: 'end_turn',
  length: 'max_tokens',
  content_filter: 'content_filtered',
  refusal: 'end_turn',
} as const;

function converseOutput(said: Says): unknown {
  const { usage } = said;
  return {
    metrics: { latencyMs: 1 },
    output: { message: { role: 'assistant', content: [{ text: said.text }] } },
    stopReason: CONVERSE_STOPS[said.stop],
    ...(said.model == null ? {} : { trace: { promptRouter: { invokedModelId: said.model } } }),
    ...(usage === null
      ? {}
      : {
          usage: {
            inputTokens: usage.input,
            outputTokens: usage.output,
            totalTokens: usage.input + usage.output,
            ...(usage.cached === undefined ? {} : { cacheReadInputTokens: usage.cached }),
          },
        }),
  };
}
