/** The simulator as a small HTTP server, and as a `fetch` without a server. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserError } from '../errors.ts';
import { answer, type HttpReply, MAX_BODY_BYTES, refuseTooLarge } from './protocol.ts';
import { Respondent, type SimulationSettings } from './respond.ts';

export interface SimulatorOptions extends SimulationSettings {
  /** Port on 127.0.0.1; 0 takes any free one. */
  readonly port?: number;
  /**
   * Fixed delay before each reply, in milliseconds, to stand for a model that thinks. Default 0.
   */
  readonly latencyMs?: number;
  /** Model ids that `GET /v1/models` lists. Any model is answered, listed or not. */
  readonly models?: readonly string[];
  /** Called once per request, when its reply is decided. */
  readonly onRequest?: (seen: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
  }) => void;
}

/** A running simulator. Disposing ends it at once, with the requests that wait for their delay. */
export interface Simulator extends AsyncDisposable {
  readonly port: number;
  /** Base of the server, e.g. `http://127.0.0.1:8700`: the Bedrock endpoint. */
  readonly url: string;
  /** Base URL for OpenAI clients: `url` with `/v1`. */
  readonly openaiBaseUrl: string;
}

const HOST = '127.0.0.1';

/**
 * Serves OpenAI chat completions (`POST /v1/chat/completions`, `GET /v1/models`) and Bedrock
 * Converse (`POST /model/{id}/converse`), non-streaming, without keys.
 * @throws UserError when the port cannot be had
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { latencyMs = 0, models = [], onRequest } = options;
  const respondent = new Respondent(options);
  const server = createServer((request, response) => {
    void serve(request, response);
  });
  // Clients keep connections for reuse; closing them between two bursts would look like a network
  // error.
  server.keepAliveTimeout = 60_000;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const path = pathOf(request.url ?? '/');
    const body = await readBody(request);
    if (body === 'gone') return;
    const reply =
      body === 'too large'
        ? refuseTooLarge(method, path)
        : answer({ method, path, body: body.toString('utf8') }, respondent, models);
    onRequest?.({ method, path, status: reply.status });
    if (latencyMs === 0) return send(response, reply);
    const timer = setTimeout(() => send(response, reply), latencyMs);
    response.once('close', () => clearTimeout(timer));
  }

  server.listen(options.port ?? 0, HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new UserError(
      `The simulator cannot listen on ${HOST}:${options.port ?? 0}: ${(error as Error).message}`,
      {
        code: 'port-unavailable',
        hint: 'Choose another port with --port, or use 0 for any free port.',
        exitCode: 1,
        cause: error,
      },
    );
  }

  const { port } = server.address() as AddressInfo;
  const url = `http://${HOST}:${port}`;
  return {
    port,
    url,
    openaiBaseUrl: `${url}/v1`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * `fetch` as if a simulator were listening at whatever host is asked: the same function answers, in
 * process. Rejects, as `fetch` does, with the reason of an aborted signal.
 */
export function simulatedFetch(settings: SimulationSettings = {}): typeof fetch {
  const respondent = new Respondent(settings);
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const body = await request.arrayBuffer();
    request.signal.throwIfAborted();
    const { method } = request;
    const path = pathOf(new URL(request.url).pathname);
    const reply =
      body.byteLength > MAX_BODY_BYTES
        ? refuseTooLarge(method, path)
        : answer({ method, path, body: Buffer.from(body).toString('utf8') }, respondent, []);
    return new Response(reply.body, { status: reply.status, headers: reply.headers });
  };
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/**
 * The body; `too large` (the rest is then let through unread), or `gone` when the client hung up
 * midway.
 */
async function readBody(request: IncomingMessage): Promise<Buffer | 'too large' | 'gone'> {
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_BODY_BYTES) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on('end', () => resolve(length > MAX_BODY_BYTES ? 'too large' : Buffer.concat(chunks)));
    request.on('close', () => resolve('gone'));
  });
}

function send(response: ServerResponse, reply: HttpReply): void {
  if (response.destroyed) return;
  response.writeHead(reply.status, {
    ...reply.headers,
    'content-length': Buffer.byteLength(reply.body),
  });
  response.end(reply.body);
}
