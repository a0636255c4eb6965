/**
 * What every adapter owes the house, checked against a server that can be told to misbehave.
 * Nothing here waits for time to pass: requests are held and released by promises, and the few
 * timeouts are the adapters' own.
 */
import net, { type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { brotliCompressSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ProviderErrorKind, UserError } from '../../src/errors.ts';
import { performCall } from '../../src/providers/call.ts';
import { openProvider } from '../../src/providers/open.ts';
import { createOpenAiProvider } from '../../src/providers/openai.ts';
import type { CallResult, CompletionRequest, Provider } from '../../src/providers/provider.ts';
import {
  knowsProxies,
  type ProxyEnvironment,
  socketTransport,
} from '../../src/providers/transport.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import * as server from '../support/misbehaving-server.ts';
import {
  type Behaviour,
  MisbehavingServer,
  type Protocol,
  type Respond,
} from '../support/misbehaving-server.ts';

/** Long enough that no test meets it. */
const PATIENCE_MS = 30_000;
/** Long enough for a request to arrive on a busy machine, short enough to be waited for. */
const SOON_MS = 250;

const OPENAI_KEY = 'sk-contract-0123456789abcdefghijKLMNOP';
const AWS = {
  accessKeyId: 'AKIACONTRACT01234567',
  secretAccessKey: 'contract/secret+0123456789abcdefghijklmn',
  sessionToken: 'IQoJcontract/session+token//0123456789==',
};

interface Settings {
  readonly timeoutMs?: number;
  readonly maxConnections?: number;
  readonly maxReplyBytes?: number;
}

interface Adapter {
  readonly label: string;
  readonly protocol: Protocol;
  /** Whether `maxConnections` bounds it. */
  readonly pooled: boolean;
  /** What must never be seen again once it has been given to the adapter. */
  readonly secrets: readonly string[];
  open(to: MisbehavingServer, settings?: Settings): Promise<Provider>;
}

const common = (name: string, settings: Settings = {}) => ({
  name,
  timeoutMs: PATIENCE_MS,
  maxConnections: 4,
  ...settings,
});

const ADAPTERS: readonly Adapter[] = [
  {
    label: 'openai',
    protocol: 'openai',
    pooled: true,
    secrets: [OPENAI_KEY],
    open: (to, settings) =>
      openProvider({
        type: 'openai',
        ...common('openai', settings),
        apiKey: OPENAI_KEY,
        baseUrl: to.openaiBaseUrl,
      }),
  },
  {
    label: 'openai-compatible without a key',
    protocol: 'openai',
    pooled: true,
    secrets: [],
    open: (to, settings) =>
      openProvider({
        type: 'openai-compatible',
        ...common('ollama', settings),
        baseUrl: to.openaiBaseUrl,
      }),
  },
  {
    label: 'openai over a given fetch',
    protocol: 'openai',
    pooled: false,
    secrets: [OPENAI_KEY],
    open: async (to, settings) =>
      createOpenAiProvider({
        ...common('fetched', settings),
        baseUrl: to.openaiBaseUrl,
        apiKey: OPENAI_KEY,
        json: true,
        schema: 'json_schema',
        headers: {},
        fetch: globalThis.fetch,
      }),
  },
  {
    label: 'simulated over HTTP',
    protocol: 'openai',
    pooled: true,
    secrets: [],
    open: (to, settings) =>
      openProvider({
        type: 'simulated',
        ...common('simulated', settings),
        baseUrl: to.openaiBaseUrl,
      }),
  },
  {
    label: 'bedrock',
    protocol: 'bedrock',
    pooled: true,
    secrets: Object.values(AWS),
    open: (to, settings) =>
      openProvider({
        type: 'bedrock',
        ...common('aws-bedrock', settings),
        region: 'us-east-2',
        credentials: AWS,
        endpoint: to.url,
      }),
  },
];

const REQUEST: CompletionRequest = {
  modelId: 'us.model-1:0',
  system: 'You are José Núñez 東京.',
  turns: [],
  user: 'Answer "1" or\n0.',
  temperature: 0.5,
  topP: 0.9,
  maxTokens: 1200,
  maxTokensField: 'max_tokens',
  format: 'json',
  logprobs: null,
  seed: 7,
  extra: {},
};

const never = () => new AbortController().signal;

describe.each(ADAPTERS)('$label', (adapter) => {
  /** One call to a server that behaves so. */
  async function call(
    respond: Respond | Behaviour,
    request: CompletionRequest = REQUEST,
    settings: Settings = {},
  ) {
    await using to = await MisbehavingServer.start(
      typeof respond === 'function' ? respond : [respond],
    );
    await using provider = await adapter.open(to, settings);
    const result = await provider.complete(request, never());
    expect(to.seen).toHaveLength(1);
    return { result, seen: to.seen[0]! };
  }

  async function failure(respond: Respond | Behaviour, settings?: Settings) {
    const { result, seen } = await call(respond, REQUEST, settings);
    if (result.ok) throw new Error(`completed: ${result.completion.text}`);
    return { ...result, seen };
  }

  async function completion(respond: Respond | Behaviour, request?: CompletionRequest) {
    const { result, seen } = await call(respond, request);
    if (!result.ok) throw result.error;
    return { ...result, seen };
  }

  describe('a completion', () => {
    it('keeps the bytes of request and reply as they travelled', async () => {
      const before = Date.now();
      const { completion: said, exchange, seen } = await completion(server.says('sí — 東京 ✓'));
      expect(said.text).toBe('sí — 東京 ✓');
      expect(Buffer.from(exchange.requestBody)).toEqual(seen.body);
      expect(Buffer.from(exchange.responseBody!)).toEqual(seen.sent);
      expect(seen.headers['accept-encoding']).toBe('identity');
      expect(exchange).toMatchObject({ status: 200, requestId: 'req-0' });
      expect(exchange.startedAt).toBeGreaterThanOrEqual(before);
      expect(exchange.startedAt).toBeLessThanOrEqual(Date.now());
      expect(exchange.latencyMs).toBeGreaterThan(0);
    });

    it('keeps a reply that comes in many pieces whole', async () => {
      const text = '漢字と'.repeat(100_000);
      const { completion: said, exchange, seen } = await completion(server.says(text));
      expect(said.text).toBe(text);
      expect(Buffer.from(exchange.responseBody!).equals(seen.sent)).toBe(true);
    });

    it('tells the tokens', async () => {
      const { completion: said } = await completion(
        server.says('x', { usage: { input: 720, output: 240, reasoning: 12, cached: 3 } }),
      );
      expect(said.usage).toEqual({
        inputTokens: 720,
        outputTokens: 240,
        reasoningTokens: adapter.protocol === 'openai' ? 12 : null,
        cachedTokens: 3,
      });
    });

    it('has no count where the reply tells none', async () => {
      expect((await completion(server.says('x', { usage: null }))).completion.usage).toBeNull();
      expect((await completion(server.says('x'))).completion.usage).toMatchObject({
        reasoningTokens: null,
        cachedTokens: null,
      });
    });

    it('names the model that served', async () => {
      expect(
        (await completion(server.says('x', { model: 'simulated/other' }))).completion.modelServed,
      ).toBe('simulated/other');
      expect(
        (await completion(server.says('x', { model: null }))).completion.modelServed,
      ).toBeNull();
    });

    it.each([
      [server.says('x'), 'stop'],
      [server.truncates('{"1": tr'), 'length'],
      [server.filters(''), 'content_filter'],
    ] as const)('says why the model stopped: %#', async (behaviour, stopReason) => {
      const { completion: said } = await completion(behaviour);
      expect(said).toMatchObject({ stopReason, text: behaviour.text });
      expect(said.rawStopReason).toEqual(expect.any(String));
    });

    it('leaves text as the model wrote it', async () => {
      const behaviour = server.saysFenced('{"1": "True"}');
      expect((await completion(behaviour)).completion.text).toBe(behaviour.text);
    });
  });

  describe('what is sent', () => {
    it('consists of the same bytes for equal requests', async () => {
      const first = await completion(server.says('x'));
      const second = await completion(server.says('x'), structuredClone(REQUEST));
      expect(second.seen.body).toEqual(first.seen.body);
    });

    it('asks for the model by its id', async () => {
      expect((await completion(server.says('x'))).seen.model).toBe(REQUEST.modelId);
    });

    it('leaves out what is null', async () => {
      const bare = {
        ...REQUEST,
        system: null,
        temperature: null,
        topP: null,
        maxTokens: null,
        seed: null,
        format: 'text' as const,
      };
      const { seen } = await completion(server.says('x'), bare);
      expect(seen.json).toEqual(
        adapter.protocol === 'openai'
          ? { model: REQUEST.modelId, messages: [{ role: 'user', content: REQUEST.user }] }
          : { messages: [{ role: 'user', content: [{ text: REQUEST.user }] }] },
      );
    });
  });

  describe('a failure', () => {
    it.each<[string, Behaviour, ProviderErrorKind, number]>([
      ['a wrong key', server.rejectsKey(), 'authentication', 401],
      [
        'a forbidden one',
        server.fails(403, 'No access.', { bedrock: 'AccessDeniedException' }),
        'authentication',
        403,
      ],
      ['an unknown model', server.missesModel(), 'unknown_model', 404],
      ['a spent quota', server.spendsQuota(), 'quota', 429],
      [
        'a day that is spent',
        server.fails(429, 'Limit: free-models-per-day.', { bedrock: 'ThrottlingException' }),
        'quota',
        429,
      ],
      [
        'a day of which more is left soon',
        server.fails(429, 'Limit reached on requests per day. Please try again in 8.6s.', {
          bedrock: 'ThrottlingException',
        }),
        'throttled',
        429,
      ],
      ['throttling', server.throttles(), 'throttled', 429],
      [
        'a request that a filter turned away',
        server.fails(400, 'Blocked by our content filters.', {
          openai: 'content_filter',
          bedrock: 'ValidationException',
        }),
        'content_filter',
        400,
      ],
      ['a broken server', server.breaksDown(500), 'server', 500],
      [
        'an overloaded server',
        server.fails(503, 'Overloaded.', { bedrock: 'ServiceUnavailableException' }),
        'server',
        503,
      ],
      [
        'a server that took too long',
        server.fails(408, 'Timed out.', { bedrock: 'ModelTimeoutException' }),
        'server',
        408,
      ],
      ['a conflict', server.fails(409, 'Conflict.'), 'server', 409],
      ['a refused request', server.rejectsRequest(400), 'bad_request', 400],
      ['a request too large', server.fails(413, 'Too large.'), 'bad_request', 413],
      ['a request that makes no sense', server.fails(422, 'Unprocessable.'), 'bad_request', 422],
      ['a gateway in trouble', server.sendsHtml(502), 'server', 502],
      [
        'a redirect',
        server.sends('', { status: 302, headers: { location: '/elsewhere' } }),
        'bad_request',
        302,
      ],
      [
        'a server that is still loading',
        server.fails(503, 'Loading model', {
          openai: 'unavailable_error',
          bedrock: 'ModelNotReadyException',
        }),
        'server',
        503,
      ],
      ['HTML for JSON', server.sendsHtml(), 'protocol', 200],
      ['half a JSON document', server.sends('{"choices": [{"mess'), 'protocol', 200],
      ['JSON that is no completion', server.sends('{"hello": "world"}'), 'protocol', 200],
      ['JSON that is no object', server.sends('[1, 2]'), 'protocol', 200],
      ['nothing at all', server.sends(''), 'protocol', 200],
    ])('is told for %s', async (_, behaviour, kind, status) => {
      const { error, exchange, seen } = await failure(behaviour);
      expect(error).toMatchObject({ name: 'ProviderError', kind, status });
      expect(exchange.status).toBe(status);
      expect(
        exchange.responseBody === null ? Buffer.alloc(0) : Buffer.from(exchange.responseBody),
      ).toEqual(seen.sent);
      expect(Buffer.from(exchange.requestBody)).toEqual(seen.body);
    });

    it('has the words of the provider, and not all of them', async () => {
      const { error } = await failure(
        server.fails(400, `No "top_p" beside temperature. ${'And so on. '.repeat(100)}`),
      );
      expect(error.message).toContain('No "top_p" beside temperature. And so on.');
      expect(error.message.length).toBeLessThan(450);
    });

    it('names the model that is not known', async () => {
      expect((await failure(server.missesModel())).error.message).toContain(REQUEST.modelId);
    });

    it.each([
      ['seconds', { 'retry-after': '7' }, 7000],
      ['milliseconds', { 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
      ['nothing', {}, null],
    ] as const)('tells how long to wait, given as %s', async (_, headers, expected) => {
      const { error } = await failure({ ...server.throttles(), headers });
      expect(error.retryAfterMs).toBe(expected);
    });

    it('tells how long to wait, given as a date', async () => {
      const { error } = await failure(
        server.throttles(new Date(Date.now() + 3_600_000).toUTCString()),
      );
      expect(error.retryAfterMs).toBeGreaterThan(3_500_000);
      expect(error.retryAfterMs).toBeLessThanOrEqual(3_600_000);
    });

    it('says that a server is still loading, so that it can be waited for', async () => {
      const loading = server.fails(503, 'The model is loading.', {
        bedrock: 'ModelNotReadyException',
      });
      const { error } = await failure(loading);
      expect(error).toMatchObject({ loading: true, retryable: true });
      expect(error.message).toContain(
        'is still loading its model (HTTP 503): The model is loading.',
      );
      expect((await failure(server.breaksDown(503))).error.loading).toBe(false);
    });

    it('names where a redirect leads, and would be the same for every other call', async () => {
      const location = 'https://user:pa55word@other.example/v2/chat/completions?api-key=0123456789';
      const { error } = await failure(server.sends('', { status: 307, headers: { location } }));
      expect(error).toMatchObject({ kind: 'bad_request', retryable: false, fatalForModel: true });
      expect(error.message).toContain(
        'redirects to https://***@other.example/v2/chat/completions?api-key=*** (HTTP 307)',
      );
      expect(error.message).toContain('Write https://***@other.example/v2?api-key=***');
      expect((await failure(server.rejectsRequest(400))).error.fatalForModel).toBe(false);
    });

    it('has a message that can be stored and shown, whatever the provider writes', async () => {
      const { error } = await failure(
        server.fails(400, `a\u0000b\u001b[31m${'x'.repeat(288)}😀 and so on`),
      );
      expect(error.message).toContain('a b [31mx');
      expect(error.message.isWellFormed()).toBe(true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(error.message).not.toMatch(/[\u0000-\u001f]/);
    });

    it('is a broken connection before the reply', async () => {
      const { error, exchange } = await failure(server.cutsBeforeReply());
      expect(error).toMatchObject({ kind: 'network', status: null });
      expect(exchange).toMatchObject({ status: null, responseBody: null });
    });

    it('is a broken connection within the reply, which keeps what had come', async () => {
      const { error, exchange, seen } = await failure(
        server.cutsHalfway(server.says('x'.repeat(1000))),
      );
      expect(error).toMatchObject({ kind: 'network', status: 200 });
      expect(seen.sent.length).toBeGreaterThan(500);
      expect(Buffer.from(exchange.responseBody!)).toEqual(seen.sent);
      expect(exchange.requestId).toBe('req-0');
    });

    it('says that nothing listens there', async () => {
      const gone = await MisbehavingServer.start([server.hangs()]);
      await using provider = await adapter.open(gone);
      await gone[Symbol.asyncDispose]();
      const result = await provider.complete(REQUEST, never());
      expect(result).toMatchObject({
        ok: false,
        error: { kind: 'network', status: null },
        exchange: { responseBody: null },
      });
      expect(messageOf(result)).toMatch(/127\.0\.0\.1.*ECONNREFUSED/);
      expect(result.exchange.requestBody.byteLength).toBeGreaterThan(0);
    });
  });

  describe('an envelope', () => {
    it.each<[string, (body: Buffer) => Uint8Array, string | undefined]>([
      ['gzip', gzipSync, 'gzip'],
      ['deflate', deflateSync, 'deflate'],
      ['br', brotliCompressSync, 'br'],
      ['gzip that no header tells of', gzipSync, undefined],
    ])(
      'that was not asked for is opened for reading, and kept as it came: %s',
      async (_, compress, encoding) => {
        const headers: Record<string, string> =
          encoding === undefined ? {} : { 'content-encoding': encoding };
        const {
          completion: said,
          exchange,
          seen,
        } = await completion(server.reframes(server.says('sí'), compress, headers));
        expect(said).toMatchObject({ text: 'sí', usage: { inputTokens: 720, outputTokens: 240 } });
        // A given `fetch` has opened already what a header tells of.
        if (!adapter.pooled && encoding !== undefined) return;
        expect(Buffer.from(exchange.responseBody!)).toEqual(seen.sent);
        expect(exchange.responseEncoding).toBe(encoding ?? 'gzip');
      },
    );

    it('may begin with a byte order mark', async () => {
      const {
        completion: said,
        exchange,
        seen,
      } = await completion(server.reframes(server.says('sí'), (body) => `\ufeff${body}`));
      expect(said.text).toBe('sí');
      expect(Buffer.from(exchange.responseBody!)).toEqual(seen.sent);
      expect(exchange).not.toHaveProperty('responseEncoding');
    });

    it('hides no key in what is compressed', async () => {
      const quoting = server.reframes(server.rejectsKey(adapter.secrets.join(' ')), gzipSync, {
        'content-encoding': 'gzip',
      });
      const { exchange } = await failure(quoting);
      const body = Buffer.from(exchange.responseBody!);
      const kept = exchange.responseEncoding === 'gzip' ? gunzipSync(body) : body;
      for (const secret of adapter.secrets) expect(kept.toString()).not.toContain(secret);
      expect(kept.toString()).toContain('Incorrect API key');
    });
  });

  describe('size', () => {
    const CAP = 100_000;

    it('is limited, and what fits is kept', async () => {
      await using to = await MisbehavingServer.start([server.floods('0123456789'.repeat(1000))]);
      await using provider = await adapter.open(to, { maxReplyBytes: CAP });
      const result = await provider.complete(REQUEST, never());
      expect(result).toMatchObject({ ok: false, error: { kind: 'protocol', status: 200 } });
      expect(messageOf(result)).toMatch(/more than 0\.1 MB.*providers\.[\w-]+\.max_reply_mb/);
      expect(Buffer.from(result.exchange.responseBody!).toString()).toBe(
        '0123456789'.repeat(CAP / 10),
      );
      await expect(to.seen[0]!.ended).resolves.toBe('hung up by client');
    });

    it.runIf(adapter.pooled)('is that of the body as it reads, too', async () => {
      const bomb = server.sends(gzipSync(' '.repeat(CAP * 20)), {
        headers: { 'content-encoding': 'gzip' },
      });
      const { error, exchange, seen } = await failure(bomb, { maxReplyBytes: CAP });
      expect(error.kind).toBe('protocol');
      expect(error.message).toContain('exceeds 0.1 MB (max_reply_mb) when decompressed');
      expect(Buffer.from(exchange.responseBody!)).toEqual(seen.sent);
    });

    it.runIf(adapter.pooled)(
      'of an error changes nothing about what kind of error it is',
      async () => {
        const bomb = server.sends(gzipSync(' '.repeat(CAP * 20)), {
          status: 500,
          headers: { 'content-encoding': 'gzip' },
        });
        expect((await failure(bomb, { maxReplyBytes: CAP })).error).toMatchObject({
          kind: 'server',
          status: 500,
        });
      },
    );

    it('is read up to the limit', async () => {
      const { result } = await call(server.says('x'.repeat(CAP)), REQUEST, {
        maxReplyBytes: CAP * 2,
      });
      expect(result).toMatchObject({ ok: true, completion: { text: 'x'.repeat(CAP) } });
    });

    it.each([
      ['lists', '[', ']'],
      ['objects', '{"a":', '}'],
    ])('in depth is limited: %s', async (_, open, close) => {
      const deep = `${open.repeat(200_000)}${open === '[' ? '' : '1'}${close.repeat(200_000)}`;
      const { error } = await failure(server.sends(`{"error": ${deep}, "output": ${deep}}`));
      expect(error.kind).toBe('protocol');
      expect(error.message).toContain('nested more than 1000 levels deep');
      const shallower = `${open.repeat(20_000)}${open === '[' ? '' : '1'}${close.repeat(20_000)}`;
      expect(
        (
          await failure(
            server.sends(`{"error": ${shallower}, "output": ${shallower}}`, { status: 500 }),
          )
        ).error.kind,
      ).toBe('server');
    });
  });

  describe('time', () => {
    it('runs out for a server that never answers', async () => {
      await using to = await MisbehavingServer.start([server.hangs()]);
      await using provider = await adapter.open(to, { timeoutMs: SOON_MS });
      const result = await provider.complete(REQUEST, never());
      expect(result).toMatchObject({
        ok: false,
        error: { kind: 'timeout', status: null },
        exchange: { responseBody: null },
      });
      expect(messageOf(result)).toContain('0.25 s');
      await expect(to.seen[0]!.ended).resolves.toBe('hung up by client');
    });

    it('runs out for a reply that stops halfway, which keeps what had come', async () => {
      await using to = await MisbehavingServer.start([
        server.stalls(server.says('x'.repeat(1000))),
      ]);
      await using provider = await adapter.open(to, { timeoutMs: SOON_MS * 2 });
      const result = await provider.complete(REQUEST, never());
      expect(result).toMatchObject({ ok: false, error: { kind: 'timeout', status: 200 } });
      expect(Buffer.from(result.exchange.responseBody!)).toEqual(to.seen[0]!.sent);
      await expect(to.seen[0]!.ended).resolves.toBe('hung up by client');
    });
  });

  describe('the caller', () => {
    it('ends a call at once, and the connection with it', async () => {
      await using to = await MisbehavingServer.start([server.hangs()]);
      await using provider = await adapter.open(to);
      const caller = new AbortController();
      const running = provider.complete(REQUEST, caller.signal);
      await to.arrived(1);
      caller.abort();
      await expect(running).resolves.toMatchObject({
        ok: false,
        error: { kind: 'aborted', retryable: false },
      });
      await expect(to.seen[0]!.ended).resolves.toBe('hung up by client');
    });

    it('ends a call in the middle of its reply', async () => {
      await using to = await MisbehavingServer.start([
        server.stalls(server.says('x'.repeat(1000))),
      ]);
      await using provider = await adapter.open(to);
      const caller = new AbortController();
      const running = provider.complete(REQUEST, caller.signal);
      await to.arrived(1);
      setImmediate(() => caller.abort());
      await expect(running).resolves.toMatchObject({ ok: false, error: { kind: 'aborted' } });
      await expect(to.seen[0]!.ended).resolves.toBe('hung up by client');
    });

    it.runIf(adapter.pooled)(
      'ends a call that still waits for a connection, which then serves others',
      async () => {
        const held = Promise.withResolvers<void>();
        await using to = await MisbehavingServer.start(async (_, index) => {
          if (index === 0) await held.promise;
          return server.says(`answer ${index}`);
        });
        await using provider = await adapter.open(to, { maxConnections: 1 });
        const first = provider.complete(REQUEST, never());
        await to.arrived(1);
        const caller = new AbortController();
        const queued = provider.complete(REQUEST, caller.signal);
        const last = provider.complete(REQUEST, never());
        setImmediate(() => caller.abort());
        await expect(queued).resolves.toMatchObject({ ok: false, error: { kind: 'aborted' } });
        held.resolve();
        await expect(first).resolves.toMatchObject({ ok: true, completion: { text: 'answer 0' } });
        await expect(last).resolves.toMatchObject({ ok: true, completion: { text: 'answer 1' } });
        expect(to.seen).toHaveLength(2);
      },
    );

    it('who has given up beforehand sends nothing', async () => {
      await using to = await MisbehavingServer.start([server.says('x')]);
      await using provider = await adapter.open(to);
      const result = await provider.complete(REQUEST, AbortSignal.abort());
      expect(result).toMatchObject({
        ok: false,
        error: { kind: 'aborted' },
        exchange: { responseBody: null, status: null },
      });
      expect(to.seen).toHaveLength(0);
    });

    it('may hang any number of calls on one signal, which keeps none of them', async () => {
      const warnings: Error[] = [];
      const onWarning = (warning: Error) => warnings.push(warning);
      process.on('warning', onWarning);
      await using to = await MisbehavingServer.start([server.says('x')]);
      await using provider = await adapter.open(to, { maxConnections: 32 });
      const { signal } = new AbortController();
      await Promise.all(Array.from({ length: 32 }, () => provider.complete(REQUEST, signal)));
      // Warnings are emitted on a later turn of the loop.
      await new Promise(setImmediate);
      process.off('warning', onWarning);
      expect(warnings).toEqual([]);
    });
  });

  describe('one request a call', () => {
    it.each([
      ['throttling', server.throttles('0')],
      ['a broken server', server.breaksDown(500)],
      ['a connection that breaks', server.cutsBeforeReply()],
      [
        'a redirect',
        server.sends('', { status: 307, headers: { location: '/v1/chat/completions' } }),
      ],
      [
        'a server that asks for another try',
        server.fails(409, 'Again.', {}, { 'x-should-retry': 'true' }),
      ],
    ])('whatever comes of it: %s', async (_, behaviour) => {
      await failure(behaviour);
    });
  });

  describe('the pool', () => {
    it('carries as many calls at once as it is sized for', async () => {
      const calls = 64;
      // Nobody is answered before all are there: a smaller pool would never get done.
      const all = Promise.withResolvers<void>();
      await using to = await MisbehavingServer.start(async (_, index) => {
        if (index === calls - 1) all.resolve();
        await all.promise;
        return server.says(`answer ${index}`);
      });
      await using provider = await adapter.open(to, { maxConnections: calls });
      const results = await Promise.all(
        Array.from({ length: calls }, () => provider.complete(REQUEST, never())),
      );
      expect(results.every((result) => result.ok)).toBe(true);
      expect(to.peak).toBe(calls);
      for (const [index, result] of results.entries())
        expect(result.exchange.responseBody, String(index)).not.toBeNull();
    });

    it.runIf(adapter.pooled)('uses its connections again', async () => {
      await using to = await MisbehavingServer.start([server.says('x')]);
      await using provider = await adapter.open(to);
      for (let calls = 0; calls < 5; calls += 1)
        expect(await provider.complete(REQUEST, never())).toMatchObject({ ok: true });
      expect(to.connections).toBe(1);
    });

    it.runIf(adapter.pooled)('carries no more than that', async () => {
      await using to = await MisbehavingServer.start([server.says('x')]);
      await using provider = await adapter.open(to, { maxConnections: 3 });
      await Promise.all(Array.from({ length: 24 }, () => provider.complete(REQUEST, never())));
      expect(to.connections).toBe(3);
      expect(to.peak).toBeLessThanOrEqual(3);
    });
  });

  describe('keys', () => {
    it.each([
      ['in a completion', server.says('x')],
      ['in an answer 401 that quotes them', server.rejectsKey(adapter.secrets.join(' and '))],
      [
        'in a page of HTML that quotes them',
        server.sends(`<html>${adapter.secrets.join('<br>')}</html>`, { status: 500 }),
      ],
      ['in a 200 that quotes them', server.sends(JSON.stringify({ debug: adapter.secrets }))],
      [
        'in half a reply that quotes them',
        server.cutsHalfway(server.rejectsKey(`${adapter.secrets.join(' ')} ${'x'.repeat(500)}`)),
      ],
    ])('are not seen again %s', async (_, behaviour) => {
      const { result } = await call(behaviour);
      const shown = [
        inspect(result, {
          depth: Number.POSITIVE_INFINITY,
          showHidden: true,
          maxStringLength: null,
          maxArrayLength: null,
        }),
        Buffer.from(result.exchange.requestBody).toString(),
        Buffer.from(result.exchange.responseBody ?? []).toString(),
        result.ok ? '' : `${result.error.message} ${result.error.stack}`,
      ].join('\n');
      for (const secret of adapter.secrets) expect(shown).not.toContain(secret);
    });

    it('are not seen again in a message that masks them but for their ends', async () => {
      const { error } = await failure(
        server.rejectsKey(
          adapter.secrets.map((key) => `${key.slice(0, 10)}****${key.slice(-4)}`).join(),
        ),
      );
      for (const secret of adapter.secrets)
        expect(error.message).not.toContain(secret.slice(0, 10));
      for (const secret of adapter.secrets) expect(error.message).not.toContain(secret.slice(-4));
    });
  });
});

describe('OpenAI alone', () => {
  const open = (
    to: MisbehavingServer,
    more: { json?: boolean; apiKey?: string; headers?: Record<string, string> } = {},
  ) =>
    openProvider({
      type: 'openai-compatible',
      ...common('vllm'),
      baseUrl: to.openaiBaseUrl,
      ...more,
    });

  async function sent(request: Partial<CompletionRequest>, more: Parameters<typeof open>[1] = {}) {
    await using to = await MisbehavingServer.start([server.says('x')]);
    await using provider = await open(to, more);
    await provider.complete({ ...REQUEST, ...request }, never());
    return to.seen[0]!;
  }

  async function received(body: unknown) {
    await using to = await MisbehavingServer.start([server.sends(JSON.stringify(body))]);
    await using provider = await open(to);
    return await provider.complete(REQUEST, never());
  }

  it('sends its fields in one order', async () => {
    const seen = await sent({ extra: { reasoning_effort: 'low' } });
    expect(seen.path).toBe('/v1/chat/completions');
    expect(seen.body.toString()).toBe(
      JSON.stringify({
        model: REQUEST.modelId,
        messages: [
          { role: 'system', content: REQUEST.system },
          { role: 'user', content: REQUEST.user },
        ],
        response_format: { type: 'json_object' },
        temperature: 0.5,
        top_p: 0.9,
        max_tokens: 1200,
        seed: 7,
        reasoning_effort: 'low',
      }),
    );
  });

  it('calls the budget of tokens as the model wants it called', async () => {
    const seen = await sent({ maxTokensField: 'max_completion_tokens' });
    expect(seen.json).toMatchObject({ max_completion_tokens: 1200 });
    expect(seen.json).not.toHaveProperty('max_tokens');
  });

  it('does not ask for JSON where the endpoint does not understand it', async () => {
    expect((await sent({ format: 'json' }, { json: false })).json).not.toHaveProperty(
      'response_format',
    );
  });

  it('sends key and further headers, and nothing about the account from the environment', async () => {
    const seen = await sent(
      {},
      {
        apiKey: OPENAI_KEY,
        headers: { 'HTTP-Referer': 'https://example.org', 'X-Title': 'study' },
      },
    );
    expect(seen.headers).toMatchObject({
      authorization: `Bearer ${OPENAI_KEY}`,
      'http-referer': 'https://example.org',
      'x-title': 'study',
    });
    expect(seen.headers).not.toHaveProperty('openai-organization');
    expect(seen.headers).not.toHaveProperty('openai-project');
  });

  it('tells a refusal from an answer', async () => {
    await using to = await MisbehavingServer.start([server.refuses('I would rather not.')]);
    await using provider = await open(to);
    expect(await provider.complete(REQUEST, never())).toMatchObject({
      ok: true,
      completion: { text: 'I would rather not.', stopReason: 'refusal', rawStopReason: 'stop' },
    });
  });

  it('joins the parts of a content', async () => {
    const content = [
      { type: 'text', text: '{"1":' },
      { type: 'image' },
      { type: 'text', text: ' 1}' },
    ];
    expect(await received({ id: 'chatcmpl-9', choices: [{ message: { content } }] })).toMatchObject(
      {
        ok: true,
        completion: {
          text: '{"1": 1}',
          stopReason: 'other',
          rawStopReason: null,
          modelServed: null,
          usage: null,
        },
      },
    );
  });

  it('takes the id of the request from the body for want of a header', async () => {
    await using to = await MisbehavingServer.start([
      server.sends(
        JSON.stringify({
          id: 'chatcmpl-9',
          choices: [{ message: { content: '' }, finish_reason: 'stop' }],
        }),
        {
          headers: { 'x-request-id': '' },
        },
      ),
    ]);
    await using provider = await open(to);
    const result = await provider.complete(REQUEST, never());
    expect(result).toMatchObject({
      ok: true,
      completion: { text: '' },
      exchange: { requestId: 'chatcmpl-9' },
    });
  });

  it.each([
    [
      'beside the choices',
      { error: { message: 'upstream is down', code: 502 } },
      'server',
      'HTTP 200, error code 502',
    ],
    [
      'inside a choice',
      {
        choices: [
          {
            error: { message: 'upstream is down' },
            message: { content: '' },
            finish_reason: 'error',
          },
        ],
      },
      'protocol',
      'HTTP 200',
    ],
    ['as a word', { error: 'upstream is down' }, 'protocol', 'HTTP 200'],
  ])('takes no error for a completion: %s', async (_, body, kind, status) => {
    const result = await received(body);
    expect(result).toMatchObject({ ok: false, error: { kind, status: 200 } });
    expect(messageOf(result)).toContain(`(${status}): upstream is down`);
  });

  it('does not guess at a reply that is compressed in no way it knows', async () => {
    await using to = await MisbehavingServer.start([
      server.sends('\u001f\u008b', { headers: { 'content-encoding': 'gzip' } }),
    ]);
    await using provider = await open(to);
    const result = await provider.complete(REQUEST, never());
    expect(result).toMatchObject({ ok: false, error: { kind: 'protocol' } });
    expect(messageOf(result)).toContain('gzip');
  });

  it('sends no key where none is given, but whatever headers are', async () => {
    expect((await sent({})).headers).not.toHaveProperty('authorization');
    const seen = await sent({}, { headers: { 'api-key': 'of-azure-0123456789' } });
    expect(seen.headers).toMatchObject({ 'api-key': 'of-azure-0123456789' });
    expect(seen.headers).not.toHaveProperty('authorization');
    expect(
      (await sent({}, { headers: { Authorization: 'Basic YTpi' } })).headers.authorization,
    ).toBe('Basic YTpi');
  });

  it('keeps the query of its address, and shows no key of it', async () => {
    const key = 'query-0123456789abcdef';
    await using to = await MisbehavingServer.start([server.rejectsKey(key)]);
    const baseUrl = `${to.openaiBaseUrl}/deployments/d?api-version=2024-10-21&code=${key}`;
    await using provider = await openProvider({
      type: 'openai-compatible',
      ...common('azure'),
      baseUrl,
    });
    const result = await provider.complete(REQUEST, never());
    expect(messageOf(result)).toContain('Incorrect API key provided: ***');
    expect(Buffer.from(result.exchange.responseBody!).toString()).not.toContain(key);
  });

  describe.runIf(knowsProxies)('through a proxy that never opens a tunnel', () => {
    /** What `complete` gives through such a proxy, and that the tunnel is gone afterwards. */
    async function through(complete: (proxy: ProxyEnvironment) => Promise<CallResult>) {
      const closed = Promise.withResolvers<void>();
      const silent = net.createServer((socket) => {
        socket
          .resume()
          .on('close', closed.resolve)
          .on('error', () => {});
      });
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as AddressInfo;
      const result = await complete({ HTTPS_PROXY: `http://127.0.0.1:${port}` });
      await closed.promise;
      silent.close();
      return result;
    }

    it('leaves none behind', async () => {
      const result = await through(async (proxy) => {
        const settings = {
          ...common('far', { timeoutMs: SOON_MS }),
          baseUrl: 'https://provider.invalid/v1',
          proxy,
        };
        await using provider = await openProvider({ type: 'openai-compatible', ...settings });
        return provider.complete(REQUEST, never());
      });
      expect(result).toMatchObject({ ok: false, error: { kind: 'timeout' } });
    });

    it('is out of time as well where the tunnel notices before the call does', async () => {
      const result = await through((proxy) => {
        const transport = socketTransport({ maxConnections: 1, proxy, timeoutMs: SOON_MS });
        const options = {
          provider: 'far',
          timeoutMs: PATIENCE_MS,
          signal: never(),
          requestIdHeader: 'x-request-id',
          secrets: [],
          maxReplyBytes: 1,
        };
        return performCall(options, async (call) => {
          await transport.post(new URL('https://provider.invalid'), {}, new Uint8Array(), call);
          throw new Error('There is no reply.');
        });
      });
      expect(result).toMatchObject({ ok: false, error: { kind: 'timeout' } });
      expect(messageOf(result)).not.toContain('proxy rejected');
    });
  });

  it('hands on what the reply tells of the limits', async () => {
    const headers = {
      'x-ratelimit-limit-requests': '500',
      'x-ratelimit-remaining-requests': '499',
      'x-ratelimit-reset-requests': '120ms',
      'x-ratelimit-limit-tokens': '30000',
      'x-ratelimit-remaining-tokens': '28976',
      'x-ratelimit-reset-tokens': '6m0s',
    };
    await using to = await MisbehavingServer.start([
      server.says('x', { headers }),
      server.says('x'),
    ]);
    await using provider = await open(to);
    const told = await provider.complete(REQUEST, never());
    expect(told.exchange.rateLimit).toEqual({
      requests: { limit: 500, remaining: 499, resetMs: 120 },
      tokens: { limit: 30000, remaining: 28976, resetMs: 360_000 },
    });
    expect((await provider.complete(REQUEST, never())).exchange.rateLimit).toBeNull();
  });
});

describe('Bedrock alone', () => {
  const open = (to: MisbehavingServer) =>
    openProvider({
      type: 'bedrock',
      ...common('aws-bedrock'),
      region: 'us-east-2',
      credentials: AWS,
      endpoint: to.url,
    });

  async function complete(behaviour: Behaviour, request: Partial<CompletionRequest> = {}) {
    await using to = await MisbehavingServer.start([behaviour]);
    await using provider = await open(to);
    return {
      result: await provider.complete({ ...REQUEST, ...request }, never()),
      seen: to.seen[0]!,
    };
  }

  it('sends what Converse has fields for', async () => {
    const { seen } = await complete(server.says('x'), { extra: { top_k: 5 } });
    expect(seen.path).toBe('/model/us.model-1%3A0/converse');
    expect(seen.json).toEqual({
      system: [{ text: REQUEST.system }],
      messages: [{ role: 'user', content: [{ text: REQUEST.user }] }],
      inferenceConfig: { temperature: 0.5, topP: 0.9, maxTokens: 1200 },
      additionalModelRequestFields: { top_k: 5 },
    });
    expect(seen.headers.authorization).toContain(AWS.accessKeyId);
    expect(seen.headers['x-amz-security-token']).toBe(AWS.sessionToken);
  });

  it('joins the texts and skips the reasoning', async () => {
    const content = [
      { reasoningContent: { reasoningText: { text: 'Let me think.' } } },
      { text: '{"1":' },
      { text: ' 1}' },
    ];
    const { result } = await complete(
      server.sends(
        JSON.stringify({
          output: { message: { role: 'assistant', content } },
          stopReason: 'stop_sequence',
        }),
      ),
    );
    expect(result).toMatchObject({
      ok: true,
      completion: {
        text: '{"1": 1}',
        stopReason: 'stop',
        rawStopReason: 'stop_sequence',
        usage: null,
      },
    });
  });

  it.each([
    ['end_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['tool_use', 'other'],
  ])('knows the stop reason %s', async (stopReason, meant) => {
    const body = {
      output: { message: { role: 'assistant', content: [{ text: '' }] } },
      stopReason,
    };
    const { result } = await complete(server.sends(JSON.stringify(body)));
    expect(result).toMatchObject({
      ok: true,
      completion: { stopReason: meant, rawStopReason: stopReason },
    });
  });

  it.each<[string, number, string, ProviderErrorKind]>([
    [
      'ThrottlingException',
      429,
      'Too many requests, please wait before trying again.',
      'throttled',
    ],
    [
      'ThrottlingException',
      429,
      'Too many tokens per day, please wait before trying again.',
      'quota',
    ],
    ['ServiceQuotaExceededException', 400, 'Your request exceeds the service quota.', 'throttled'],
    [
      'UnrecognizedClientException',
      403,
      'The security token included in the request is invalid.',
      'authentication',
    ],
    [
      'InvalidSignatureException',
      403,
      'The request signature we calculated does not match.',
      'authentication',
    ],
    [
      'ExpiredTokenException',
      403,
      'The security token included in the request is expired',
      'authentication',
    ],
    [
      'AccessDeniedException',
      403,
      "You don't have access to the model with the specified model ID.",
      'authentication',
    ],
    [
      'ResourceNotFoundException',
      404,
      'This model version has reached the end of its life.',
      'unknown_model',
    ],
    ['ValidationException', 400, 'The provided model identifier is invalid.', 'unknown_model'],
    [
      'ValidationException',
      400,
      "Invocation of model ID x with on-demand throughput isn't supported.",
      'unknown_model',
    ],
    ['ValidationException', 400, 'The value at inferenceConfig.topP is invalid.', 'bad_request'],
    [
      'ValidationException',
      400,
      'The guardrail identifier or version provided in the request does not exist.',
      'bad_request',
    ],
    ['ValidationException', 400, 'Output blocked by content filtering policy', 'content_filter'],
    ['ModelTimeoutException', 408, 'Model has timed out.', 'server'],
    ['ModelNotReadyException', 429, 'Model is not ready.', 'server'],
    ['ModelErrorException', 424, 'The model failed.', 'server'],
    ['InternalServerException', 500, 'Internal error.', 'server'],
    ['ServiceUnavailableException', 503, 'Unavailable.', 'server'],
    ['SomethingNewException', 400, 'What is this?', 'bad_request'],
  ])('knows the error %s (%i: %s)', async (bedrock, status, message, kind) => {
    const { result } = await complete(server.fails(status, message, { bedrock }));
    expect(result).toMatchObject({ ok: false, error: { kind, status } });
    expect(messageOf(result)).toContain(message);
  });

  it.each<[string, object, object | null]>([
    [
      'more than it calls output',
      { inputTokens: 100, outputTokens: 50, totalTokens: 4150 },
      { inputTokens: 100, outputTokens: 4050 },
    ],
    [
      'what was read from a cache',
      { inputTokens: 100, outputTokens: 50, totalTokens: 1150, cacheReadInputTokens: 1000 },
      { inputTokens: 100, outputTokens: 50, cachedTokens: 1000 },
    ],
    ['nothing', { inputTokens: 0, outputTokens: 0, totalTokens: 0 }, null],
  ])('counts what the total contains: %s', async (_, usage, expected) => {
    const body = {
      output: { message: { role: 'assistant', content: [{ text: 'x' }] } },
      stopReason: 'end_turn',
      usage,
    };
    const { result } = await complete(server.sends(JSON.stringify(body)));
    if (!result.ok) throw result.error;
    if (expected === null) expect(result.completion.usage).toBeNull();
    else expect(result.completion.usage).toMatchObject(expected);
  });

  it.each([
    ['a call of a tool', { toolUse: { toolUseId: '1', name: 'f', input: {} } }, 'called a tool'],
    [
      'reasoning alone',
      { reasoningContent: { reasoningText: { text: 'Let me think.' } } },
      'only reasoning',
    ],
  ])('says what came instead of text: %s', async (_, block, words) => {
    const body = {
      output: { message: { role: 'assistant', content: [block] } },
      stopReason: 'end_turn',
    };
    const { result } = await complete(server.sends(JSON.stringify(body)));
    expect(result).toMatchObject({
      ok: true,
      completion: { text: '', insteadOfText: expect.stringContaining(words) },
    });
  });

  it('hides the session token that AWS quotes where a signature does not match', async () => {
    const quoted = `does not match. The Canonical String should have been 'POST\\nx-amz-security-token:${AWS.sessionToken}\\n'`;
    const { result } = await complete(
      server.fails(403, quoted, { bedrock: 'InvalidSignatureException' }),
    );
    expect(messageOf(result)).toContain('x-amz-security-token:***');
    const kept = Buffer.from(result.exchange.responseBody!).toString();
    expect(kept).toContain('x-amz-security-token:***');
    expect(kept).not.toContain(AWS.sessionToken);
  });
});

describe('Bedrock with what AWS itself finds', () => {
  /** An environment in which nothing is found but what is given. */
  const environment = (found: Readonly<Record<string, string>>) => {
    for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_')))
      vi.stubEnv(name, undefined);
    const nowhere = {
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    for (const [name, value] of Object.entries({ ...nowhere, ...found })) vi.stubEnv(name, value);
  };
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const keys = {
    AWS_ACCESS_KEY_ID: AWS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: AWS.secretAccessKey,
    AWS_SESSION_TOKEN: AWS.sessionToken,
  };

  it('takes its credentials and region, and hides them as well as those it was given', async () => {
    environment({ ...keys, AWS_REGION: 'eu-west-3' });
    await using to = await MisbehavingServer.start([
      server.says('x'),
      server.rejectsKey(`${AWS.accessKeyId} with ${AWS.sessionToken}`),
    ]);
    await using provider = await openProvider({
      type: 'bedrock',
      ...common('aws-bedrock'),
      endpoint: to.url,
    });
    expect(await provider.complete(REQUEST, never())).toMatchObject({ ok: true });
    expect(to.seen[0]!.headers.authorization).toContain(`${AWS.accessKeyId}/`);
    expect(to.seen[0]!.headers.authorization).toContain('/eu-west-3/');
    const refused = await provider.complete(REQUEST, never());
    expect(messageOf(refused)).toContain('*** with ***');
    expect(Buffer.from(refused.exchange.responseBody!).toString()).toContain('*** with ***');
  });

  it('prefers keys that were given to a token in the environment', async () => {
    environment({ AWS_BEARER_TOKEN_BEDROCK: 'bedrock-api-key-0123456789' });
    await using to = await MisbehavingServer.start([server.says('x')]);
    await using provider = await openProvider({
      type: 'bedrock',
      ...common('b'),
      region: 'us-east-1',
      credentials: AWS,
      endpoint: to.url,
    });
    expect(await provider.complete(REQUEST, never())).toMatchObject({ ok: true });
    expect(to.seen[0]!.headers.authorization).toMatch(/^AWS4-HMAC-SHA256/);
  });

  it('says that there are no credentials, without sending anything', async () => {
    environment({});
    await using to = await MisbehavingServer.start([server.says('x')]);
    await using provider = await openProvider({
      type: 'bedrock',
      ...common('aws-bedrock'),
      region: 'us-east-1',
      endpoint: to.url,
    });
    const result = await provider.complete(REQUEST, never());
    expect(result).toMatchObject({
      ok: false,
      error: { kind: 'authentication', status: null },
      exchange: { responseBody: null },
    });
    expect(messageOf(result)).toContain('credentials');
    expect(to.seen).toHaveLength(0);
  });

  it('does not open without a region', async () => {
    environment(keys);
    await expect(openProvider({ type: 'bedrock', ...common('aws-bedrock') })).rejects.toMatchObject(
      {
        name: 'UserError',
        hint: expect.stringContaining('AWS_REGION'),
      },
    );
  });
});

describe('the simulator', () => {
  const request = { ...REQUEST, modelId: 'simulated/gpt-4o-2024-11-20', format: 'text' as const };

  it('answers in process as it does over either protocol', async () => {
    await using simulator = await startSimulator({ port: 0 });
    await using inside = await openProvider({ type: 'simulated', ...common('simulated') });
    await using outside = await openProvider({
      type: 'simulated',
      ...common('simulated'),
      baseUrl: simulator.openaiBaseUrl,
    });
    await using bedrock = await openProvider({
      type: 'bedrock',
      ...common('aws-bedrock'),
      region: 'us-east-1',
      credentials: AWS,
      endpoint: simulator.url,
    });
    const [first, again, over, converse] = await Promise.all(
      [inside, inside, outside, bedrock].map((provider) => provider.complete(request, never())),
    );
    expect(first).toMatchObject({
      ok: true,
      completion: { stopReason: 'stop', modelServed: request.modelId },
    });
    expect(again!.exchange.responseBody).toEqual(first!.exchange.responseBody);
    expect(Buffer.from(over!.exchange.responseBody!)).toEqual(
      Buffer.from(first!.exchange.responseBody!),
    );
    expect(converse).toMatchObject({ ok: true, completion: { modelServed: request.modelId } });
  });

  it('sends nothing for a caller who has given up', async () => {
    await using inside = await openProvider({ type: 'simulated', ...common('simulated') });
    expect(await inside.complete(request, AbortSignal.abort())).toMatchObject({
      ok: false,
      error: { kind: 'aborted' },
    });
  });
});

describe('settings that cannot work', () => {
  const wrong = async (settings: Parameters<typeof openProvider>[0]): Promise<UserError> => {
    const error = await openProvider(settings).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof UserError)) throw new Error(`no UserError: ${String(error)}`);
    return error;
  };

  it('no key for OpenAI', async () => {
    const error = await wrong({ type: 'openai', ...common('openai') });
    expect(`${error.message} ${error.hint}`).toMatch(/OPENAI_API_KEY.*"api_key" under "openai"/);
  });

  it.each([
    'socks5://me:hunter22@127.0.0.1:1080',
    'http://',
    'not an address',
    'http://me:hunter22%zz@h',
    'http://me:hunter22%0a@h',
  ])('a proxy that is none: %s', async (address) => {
    const settings = {
      ...common('ollama'),
      baseUrl: 'http://localhost/v1',
      proxy: { HTTPS_PROXY: address },
    };
    const error = await wrong({ type: 'openai-compatible', ...settings });
    expect(error.message).toContain('HTTPS_PROXY');
    expect(`${error.message} ${error.hint}`).not.toMatch(/hunter22|1080/);
  });

  it('but a proxy whose password is encoded can', async () => {
    const proxy = { HTTPS_PROXY: 'http://me:p%25%40%C3%A9ss@127.0.0.1:1' };
    await using provider = await openProvider({
      type: 'openai-compatible',
      ...common('ollama'),
      baseUrl: 'http://localhost/v1',
      proxy,
    });
    expect(provider.name).toBe('ollama');
  });

  it.each(['localhost:11434', 'ftp://example.org', ''])('the base URL "%s"', async (baseUrl) => {
    expect(
      (await wrong({ type: 'openai-compatible', ...common('ollama'), baseUrl })).message,
    ).toContain('ollama');
  });

  it.each([`${OPENAI_KEY}\n`, `${OPENAI_KEY}’`, ` ${OPENAI_KEY}`])(
    'a key that no header can carry, without showing it: %#',
    async (apiKey) => {
      const error = await wrong({ type: 'openai', ...common('openai'), apiKey });
      expect(inspect(error)).not.toContain(OPENAI_KEY);
    },
  );

  it('a password in the base URL, without showing it', async () => {
    const error = await wrong({
      type: 'openai-compatible',
      ...common('ollama'),
      baseUrl: 'http://me:hunter22@localhost/v1',
    });
    expect(inspect(error)).not.toContain('hunter22');
  });

  it.each([0, -1, Number.NaN, 2 ** 31])('a timeout of %d ms', async (timeoutMs) => {
    await wrong({ type: 'simulated', ...common('simulated'), timeoutMs });
  });
});

function messageOf(result: CallResult): string {
  return result.ok ? '' : result.error.message;
}
