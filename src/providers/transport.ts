/**
 * Ways of sending one request: over sockets of our own, or through a `fetch` that somebody hands
 * in. Both note every byte in the `Call`, obey its signal, and never follow, retry or decode
 * anything.
 */
import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { decoded, secretsInUrl } from '../secret-urls.ts';
import type { Call, Reply } from './call.ts';
import type { Headers } from './failures.ts';

export interface Transport {
  /**
   * POSTs and resolves with the complete reply, whatever its status. Rejects with a `ProviderError`
   * when there is none.
   */
  post(url: URL, headers: Headers, body: Uint8Array, call: Call): Promise<Reply>;
  /** Destroys what connections there are. */
  close(): void;
}

/** The variables of the environment that name proxies. */
export type ProxyEnvironment = Readonly<
  Partial<Record<'HTTP_PROXY' | 'HTTPS_PROXY' | 'NO_PROXY', string>>
>;

export const NO_PROXIES: ProxyEnvironment = {};

/**
 * Agents of Node know proxies since 24.5 (and 22.21); the option of the command line came together
 * with that.
 */
export const knowsProxies = process.allowedNodeEnvironmentFlags.has('--use-env-proxy');

/** User names and passwords of proxies, as they are written and as they travel. */
export function secretsInProxy({ HTTP_PROXY, HTTPS_PROXY }: ProxyEnvironment): string[] {
  return [HTTP_PROXY ?? '', HTTPS_PROXY ?? ''].flatMap((address) => {
    if (!URL.canParse(address)) return secretsInUrl(address);
    const { username, password } = new URL(address);
    const sent = `${decoded(username)}:${decoded(password)}`;
    return username === ''
      ? []
      : [...secretsInUrl(address), sent, Buffer.from(sent).toString('base64')];
  });
}

/** How a pool of connections is to be. */
export interface PoolOptions {
  /** To each host. */
  readonly maxConnections: number;
  readonly proxy: ProxyEnvironment;
  readonly timeoutMs: number;
}

/**
 * `lab.example` stands for `gpu.lab.example` as well, as for curl; for Node it is that name alone.
 * @param hosts the value of `NO_PROXY`
 */
export function withSubdomains(hosts: string): string {
  const names = hosts.split(/[\s,]+/).filter((name) => name !== '');
  return names
    .flatMap((name) =>
      /^[a-z][a-z\d-]*(?:\.[a-z\d-]+)+$/i.test(name) ? [name, `.${name}`] : [name],
    )
    .join(',');
}

interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/** Agents that keep connections open, through the proxies where there are any. */
export function agentsFor({ maxConnections, proxy, timeoutMs }: PoolOptions): Agents {
  const pool = { keepAlive: true, maxSockets: maxConnections, maxFreeSockets: maxConnections };
  // Left out where there are none, since an agent that may have proxies looks for one with every
  // call.
  const options =
    proxy.HTTP_PROXY === undefined && proxy.HTTPS_PROXY === undefined
      ? pool
      : { ...pool, proxyEnv: { ...proxy, NO_PROXY: withSubdomains(proxy.NO_PROXY ?? '') } };
  // A request that is destroyed does not end the tunnel that it waits for; only this does.
  const tunnel = proxy.HTTPS_PROXY === undefined ? {} : { timeout: timeoutMs };
  return { http: new http.Agent(options), https: new https.Agent({ ...options, ...tunnel }) };
}

/**
 * What is asked for is what can be kept: a compressed reply would have to be stored otherwise than
 * it travelled.
 */
export const UNCOMPRESSED: Headers = { 'accept-encoding': 'identity' };

/**
 * Node's own HTTP client with a pool of `maxConnections` sockets to each host. Against the built-in
 * `fetch` it costs half the CPU for a call (measured: 0.14 against 0.30 ms), its pool has a size,
 * and what it hands over is what the socket brought.
 */
export function socketTransport(options: PoolOptions): Transport {
  const agents = agentsFor(options);

  function exchange(url: URL, headers: Headers, body: Uint8Array, call: Call): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = requestTo(url, 'POST', { ...headers, ...UNCOMPRESSED }, agents);
      const onStop = () => request.destroy();
      call.signal.addEventListener('abort', onStop, { once: true });
      request.on('error', reject);
      request.on('response', (response) => {
        call.begin(response.statusCode ?? 0, withoutCookies(response.headers));
        collectBody(response, call).then(resolve, reject);
      });
      request.end(body);
    });
  }

  return {
    async post(url, headers, body, call) {
      call.markSent({ origin: url.origin, headers, body });
      try {
        await exchange(url, headers, body, call);
      } catch (error) {
        throw call.connectionFailed(error);
      }
      return call.reply();
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** A request that is yet to be ended. */
export function requestTo(
  url: URL,
  method: 'GET' | 'POST',
  headers: Headers,
  agents: Agents,
): http.ClientRequest {
  const secure = url.protocol === 'https:';
  return (secure ? https : http).request({
    method,
    // The brackets of an IPv6 address belong to the URL, not to the address.
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: url.pathname + url.search,
    headers,
    agent: secure ? agents.https : agents.http,
  });
}

/** The same over a given `fetch`, such as that of the simulator, which answers in process. */
export function fetchTransport(fetch: typeof globalThis.fetch): Transport {
  return {
    async post(url, headers, body, call) {
      call.markSent({ origin: url.origin, headers, body });
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { ...headers, ...UNCOMPRESSED },
          body: body as Uint8Array<ArrayBuffer>,
          signal: call.signal,
          redirect: 'manual',
        });
        // What it hands over is decompressed, whatever the header goes on saying.
        const { 'content-encoding': _encoding, ...received } = Object.fromEntries(response.headers);
        call.begin(response.status, received);
        for await (const chunk of response.body ?? []) {
          call.receive(chunk);
          call.signal.throwIfAborted();
        }
      } catch (error) {
        throw call.connectionFailed(error);
      }
      return call.reply();
    },
    close() {},
  };
}

/**
 * Notes the body of a reply, piece by piece, in the call. Rejects when the stream ends before the
 * body does.
 */
export function collectBody(stream: Readable, call: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    // Every response closes in the end; the error, whose stack is dear, is made only for one that
    // ended too early.
    const onClose = () => {
      if (!stream.readableEnded)
        reject(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }));
    };
    // Node swallows the error of a response that nobody listened to yet and only marks it as
    // destroyed.
    if (stream.destroyed) onClose();
    stream.on('data', (chunk: Uint8Array) => call.receive(chunk));
    stream.on('end', resolve);
    stream.on('error', reject);
    stream.on('close', onClose);
  });
}

/**
 * Headers of a reply as plain strings. Cookies alone come as a list, and nobody here wants them.
 */
function withoutCookies(headers: IncomingHttpHeaders): Headers {
  const { 'set-cookie': _cookies, ...rest } = headers;
  return rest as Headers;
}
