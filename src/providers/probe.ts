/**
 * Whether an OpenAI-compatible provider takes the key, found out by the one call that every such
 * provider gives away: the list of its models.
 */
import type { IncomingMessage } from 'node:http';
import { messageOf } from '../errors.ts';
import { secretsInUrl } from '../secret-urls.ts';
import { readableBody } from './body.ts';
import {
  adviceOnConnection,
  type Headers,
  isTunnelTimeout,
  redirection,
  secretsIn,
  withoutSecrets,
} from './failures.ts';
import { MAX_REPLY_BYTES } from './provider.ts';
import {
  agentsFor,
  NO_PROXIES,
  type ProxyEnvironment,
  requestTo,
  secretsInProxy,
  UNCOMPRESSED,
} from './transport.ts';

export type Probe =
  /** `models` are the ids on offer; null where the reply is no list of them. */
  | { readonly kind: 'accepted'; readonly models: ReadonlySet<string> | null }
  | { readonly kind: 'rejected'; readonly why: string }
  /** Nothing answers. */
  | { readonly kind: 'unreachable'; readonly why: string }
  /** Something answers, but says nothing of the key. */
  | { readonly kind: 'unclear'; readonly why: string };

export interface Endpoint {
  /** Name of the provider. */
  readonly name: string;
  /** Up to and without `/models`; a query stays behind the whole. */
  readonly baseUrl: string;
  readonly apiKey: string | null;
  readonly headers: Headers;
  /** The proxies that calls go through. Default: none. */
  readonly proxy?: ProxyEnvironment;
}

/** @param timeoutMs until the reply must be there */
export async function probe(
  { name, baseUrl, apiKey, headers, proxy = NO_PROXIES }: Endpoint,
  timeoutMs: number,
): Promise<Probe> {
  const sent = { ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }), ...headers };
  const secrets = [...secretsIn(sent), ...secretsInUrl(baseUrl), ...secretsInProxy(proxy)];
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/models`;
  try {
    const { status, statusText, headers: received, text } = await get(url, sent, proxy, timeoutMs);
    if (status >= 200 && status < 300) return { kind: 'accepted', models: idsIn(text) };
    const elsewhere = redirection(
      { provider: name, status, headers: received },
      url.href,
      `providers.${name}.base_url`,
      { secrets },
    );
    const why = elsewhere?.message ?? `GET /models: ${status} ${statusText}`.trim();
    return { kind: status === 401 || status === 403 ? 'rejected' : 'unclear', why };
  } catch (error) {
    const cause = error instanceof AggregateError ? error.errors[0] : error;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const advice = isTunnelTimeout(cause) ? null : adviceOnConnection(code);
    const said = withoutSecrets(messageOf(cause), secrets);
    return { kind: 'unreachable', why: advice === null ? said : `${said}: ${advice}` };
  }
}

interface Got {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly text: string;
}

/** A key is for nobody but the address it was given for, so nothing is followed. */
async function get(
  url: URL,
  headers: Headers,
  proxy: ProxyEnvironment,
  timeoutMs: number,
): Promise<Got> {
  const agents = agentsFor({ maxConnections: 1, proxy, timeoutMs });
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request = requestTo(url, 'GET', { ...headers, ...UNCOMPRESSED }, agents);
    signal.addEventListener(
      'abort',
      () => request.destroy(signal.reason instanceof Error ? signal.reason : undefined),
      { once: true },
    );
    request.on('error', reject);
    request.on('response', resolve);
    request.end();
    const response = await promise;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size > MAX_REPLY_BYTES) break;
    }
    const body = readableBody(
      Buffer.concat(chunks),
      response.headers['content-encoding'],
      MAX_REPLY_BYTES,
    );
    return {
      status: response.statusCode ?? 0,
      statusText: response.statusMessage ?? '',
      headers: response.headers as Headers,
      text: body.ok ? Buffer.from(body.bytes).toString('utf8') : '',
    };
  } finally {
    agents.http.destroy();
    agents.https.destroy();
  }
}

/** As OpenAI lists them: `{"data": [{"id": "gpt-4o"}, …]}`. */
function idsIn(text: string): ReadonlySet<string> | null {
  try {
    const { data } = JSON.parse(text) as { data?: unknown };
    if (!Array.isArray(data)) return null;
    return new Set(
      data.flatMap((one: { id?: unknown } | null) => (typeof one?.id === 'string' ? [one.id] : [])),
    );
  } catch {
    return null;
  }
}
