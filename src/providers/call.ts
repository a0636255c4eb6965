/**
 * One HTTP call: its timeout, its cancellation, and the record of what was sent and received. The
 * record is written as the call proceeds, so that an interrupted call has it too.
 */
import { setMaxListeners } from 'node:events';
import { afterRunning } from '../clock.ts';
import { messageOf, ProviderError } from '../errors.ts';
import { encodingOf, megabytes, type ReadableBody, readableBody } from './body.ts';
import {
  adviceOnConnection,
  bytesWithoutSecrets,
  excerpt,
  type Headers,
  isTunnelTimeout,
  secretsIn,
  withoutSecrets,
} from './failures.ts';
import type { CallResult, Completion, Exchange } from './provider.ts';
import { readRateLimit } from './rate-limit-headers.ts';

/** A request as it leaves. */
export interface Outgoing {
  /** Scheme, host and port, e.g. `https://api.openai.com`; what messages name. */
  readonly origin: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** A reply that arrived whole. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface CallOptions {
  /** Name of the provider, for messages. */
  readonly provider: string;
  /** Budget for everything: credentials, connection, headers, whole body. */
  readonly timeoutMs: number;
  /** The caller's own signal. */
  readonly signal: AbortSignal;
  /** Name of the reply's header that holds the provider's id of the request. */
  readonly requestIdHeader: string;
  /** Secrets of the configuration, which are never to be shown even where they do not travel. */
  readonly secrets: readonly string[];
  /** The most that is read of a reply's body, as it travels and as it is when decompressed. */
  readonly maxReplyBytes: number;
}

const NOTHING = new Uint8Array(0);

export class Call {
  readonly #options: CallOptions;
  readonly #stopping = new AbortController();
  readonly #stopped = Promise.withResolvers<never>();
  readonly #stopClock: () => void;
  #failure: ProviderError | null = null;
  /** By the clock of the machine, and by a monotonic one. */
  #started = { at: Date.now(), ticks: performance.now() };
  #outgoing: Outgoing | null = null;
  #head: { readonly status: number | null; readonly headers: Headers } = {
    status: null,
    headers: {},
  };
  /** As many of its bytes as `#received` says are the body; the rest is room for more. */
  #body: Uint8Array = NOTHING;
  #received = 0;
  #readable: ReadableBody | null = null;
  #bodyId: string | null = null;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#stopClock = afterRunning(options.timeoutMs, this.#onTimeout);
    // Hundreds of calls hang on one signal, that of the run; Node takes more than ten for a leak
    // and says so.
    setMaxListeners(0, options.signal);
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * Fires when the call is over before its reply: timeout or the caller's wish. Whoever holds a
   * socket destroys it.
   */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Where the request went, or the provider's name as long as it has not left. */
  get origin(): string {
    return this.#outgoing?.origin ?? this.#options.provider;
  }

  /** What ended the call on the wire, or null as long as nothing did. */
  get failure(): ProviderError | null {
    return this.#failure;
  }

  /** Of the reply, once it has begun. */
  get status(): number | null {
    return this.#head.status;
  }

  /** The configured secrets, and those that the request carried. */
  get secrets(): readonly string[] {
    return [...this.#options.secrets, ...secretsIn(this.#outgoing?.headers ?? {})];
  }

  /**
   * Records that the request is sent now. Throws when the call is over, so that nothing is sent
   * after an abort.
   */
  markSent(outgoing: Outgoing): void {
    if (this.#failure !== null) throw this.#failure;
    this.#outgoing = outgoing;
    this.#started = { at: Date.now(), ticks: performance.now() };
  }

  /** Notes status and headers of the reply. */
  begin(status: number, headers: Headers): void {
    this.#head = { status, headers };
  }

  /** Notes a piece of the reply's body. More than may be read ends the call; what fits is kept. */
  receive(chunk: Uint8Array): void {
    if (this.#failure !== null) return;
    const { provider, maxReplyBytes } = this.#options;
    const size = Math.min(this.#received + chunk.byteLength, maxReplyBytes);
    if (this.#received === 0) this.#body = chunk.subarray(0, size);
    else {
      // Doubled, so that a million small pieces cost no more than their sum.
      if (size > this.#body.byteLength)
        this.#grow(Math.min(maxReplyBytes, Math.max(size, this.#body.byteLength * 2)));
      this.#body.set(chunk.subarray(0, size - this.#received), this.#received);
    }
    const passed = this.#received + chunk.byteLength > maxReplyBytes;
    this.#received = size;
    if (!passed) return;
    const message = `${provider} sent a reply of more than ${megabytes(maxReplyBytes)}, which was not read to the end. A completion is never that long; if yours must be, raise providers.${provider}.max_reply_mb`;
    this.#stop(new ProviderError('protocol', message, { status: this.#head.status }));
  }

  /** Records that the connection failed, and returns the error to throw. The first cause stays. */
  connectionFailed(error: unknown): ProviderError {
    if (isTunnelTimeout(error)) this.#onTimeout();
    if (this.#failure === null) {
      const why = faultOf(error);
      const { origin } = this;
      const message =
        this.#head.status === null
          ? `No reply from ${origin}: the connection failed (${why})`
          : `The connection to ${origin} was lost after ${this.#received} bytes of the reply (${why})`;
      this.#failure = new ProviderError('network', message, {
        status: this.#head.status,
        cause: error,
      });
    }
    return this.#failure;
  }

  /** The provider's id of the request as the reply's body tells it, for want of a header. */
  noteRequestId(id: unknown): void {
    if (typeof id === 'string' && PLAIN_ID.test(id)) this.#bodyId = id;
  }

  /** The reply, once its body is complete. */
  reply(): Reply {
    return { status: this.#head.status ?? 0, headers: this.#head.headers, body: this.#bytes() };
  }

  /** Its body as it can be read, decompressed where it has to be. */
  readable(): ReadableBody {
    this.#readable ??= readableBody(
      this.#bytes(),
      this.#head.headers['content-encoding'],
      this.#options.maxReplyBytes,
    );
    return this.#readable;
  }

  /**
   * The record of the call so far. Not one byte of a completion is altered; in the reply of a call
   * that failed, secrets are masked: providers quote a wrong key in their 401, and AWS quotes the
   * session token where a signature does not match. Such replies are kept for good, and keys must
   * never reach the database.
   */
  exchange(outcome: 'completed' | 'failed'): Exchange {
    const read = this.#readable;
    const header = this.#head.headers[this.#options.requestIdHeader] ?? '';
    const kept = {
      body: this.#bytes(),
      encoding: read?.ok ? read.encoding : encodingOf(this.#head.headers['content-encoding']),
    };
    if (outcome === 'failed') {
      const { secrets } = this;
      kept.body = bytesWithoutSecrets(kept.body, secrets);
      // A secret that a compressed reply quotes can be masked only in what it says.
      const masked =
        read?.ok && read.encoding !== null ? bytesWithoutSecrets(read.bytes, secrets) : null;
      if (masked !== null && read?.ok && masked !== read.bytes)
        Object.assign(kept, { body: masked, encoding: null });
    }
    return {
      requestBody: this.#outgoing?.body ?? NOTHING,
      responseBody: kept.body.byteLength === 0 ? null : kept.body,
      ...(kept.encoding === null ? {} : { responseEncoding: kept.encoding }),
      status: this.#head.status,
      requestId: PLAIN_ID.test(header) ? header : this.#bodyId,
      startedAt: this.#started.at,
      latencyMs: performance.now() - this.#started.ticks,
      rateLimit: readRateLimit(this.#head.headers),
    };
  }

  /** `work`, or the rejection that ends the call before it. */
  race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#stopped.promise]);
  }

  /** Stops the clock and lets the caller's signal go. */
  close(): void {
    this.#stopClock();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }

  readonly #onTimeout = (): void => {
    const { provider, timeoutMs } = this.#options;
    const arrived = this.#head.status === null ? 'no reply' : 'no complete reply';
    this.#stop(
      new ProviderError('timeout', `${provider} sent ${arrived} within ${timeoutMs / 1000} s`, {
        status: this.#head.status,
      }),
    );
  };

  readonly #onAbort = (): void => {
    this.#stop(abortedCall(this.#options.provider, this.#head.status));
  };

  #stop(failure: ProviderError): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.#stopping.abort(failure);
    this.#stopped.reject(failure);
  }

  #bytes(): Uint8Array {
    // Kept until it is stored, so without the room for more.
    if (this.#body.byteLength > this.#received) this.#body = this.#body.slice(0, this.#received);
    return this.#body;
  }

  #grow(capacity: number): void {
    const larger = new Uint8Array(capacity);
    larger.set(this.#body.subarray(0, this.#received));
    this.#body = larger;
  }
}

/** Ids are short and made of visible characters; anything else is no id. */
const PLAIN_ID = /^[\x21-\x7e]{1,200}$/;

/**
 * Carries out one call.
 * @param work sends the request through `call` and reads the reply; throws `ProviderError` for what
 *   is no completion
 */
export async function performCall(
  options: CallOptions,
  work: (call: Call) => Promise<Completion>,
): Promise<CallResult> {
  const call = new Call(options);
  try {
    if (options.signal.aborted) throw abortedCall(options.provider, null);
    const completion = await call.race(work(call));
    return { ok: true, completion, exchange: call.exchange('completed') };
  } catch (error) {
    // A library wraps what went wrong on the wire in errors of its own; the call knows the cause at
    // first hand.
    const failure =
      call.failure ?? (call.status === null ? error : unreadable(options.provider, call, error));
    if (!(failure instanceof ProviderError)) throw failure;
    return { ok: false, error: failure, exchange: call.exchange('failed') };
  } finally {
    call.close();
  }
}

/**
 * Whatever stumbles over a reply, of ours or of a library: the reply is kept as it came, and is in
 * the way of no other.
 */
function unreadable(provider: string, { status, secrets }: Call, error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  const message = `${provider} sent an unreadable reply (HTTP ${status}): ${excerpt(withoutSecrets(messageOf(error), secrets))}`;
  return new ProviderError('protocol', message, { status, cause: error });
}

function abortedCall(provider: string, status: number | null): ProviderError {
  return new ProviderError('aborted', `The call to ${provider} was aborted`, { status });
}

/** The code of what went wrong on the wire, and what to do where that is known. */
function faultOf(error: unknown): string {
  const code = codeOf(error);
  const advice = adviceOnConnection(code);
  return advice === null ? code : `${code}: ${advice}`;
}

/**
 * `ECONNRESET` and the like, wherever the layers above have put it; the message where there is no
 * code.
 */
function codeOf(error: unknown): string {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if ('code' in inner && typeof inner.code === 'string') return inner.code;
    if (!(inner.cause instanceof Error)) return inner.message;
  }
  return String(error);
}
