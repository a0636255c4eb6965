/**
 * The local server of the viewer. It listens on this machine alone, answers only who knows the
 * random token of its address, reads and never writes, and asks nothing of anybody else.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { readOnly } from '../db/read-only.ts';
import { messageOf } from '../errors.ts';
import { html } from '../report/page/html.ts';
import { csvOf } from './csv.ts';
import { readState } from './overview-store.ts';
import { renderFrame } from './pages/frame.ts';
import { SCRIPT } from './pages/script.ts';
import { STYLE } from './pages/style.ts';
import { openViewer, type Viewer } from './viewer.ts';

/** Nothing comes from elsewhere, nothing runs that is not the viewer's own file. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

export interface ViewServer extends AsyncDisposable {
  /** With the token: whoever has it may read the study. */
  readonly url: string;
}

/**
 * @param port of 127.0.0.1; 0 for any that is free
 * @throws Error of the system where the port cannot be had
 */
export async function startViewServer(
  database: Database,
  config: Config,
  port = 0,
): Promise<ViewServer> {
  const token = randomBytes(24).toString('base64url');
  const viewer = openViewer(database, config);
  // A second for a million administrations, which passes before somebody has opened the page.
  const prepared = readOnly(database, viewer.facets).catch(() => undefined);
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendProblem(response, viewer, 500, messageOf(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const own = (server.address() as AddressInfo).port;
  const hosts = [`127.0.0.1:${own}`, `localhost:${own}`];
  const cookie = `personas-view-${own}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host = '', origin } = request.headers;
    // A page from elsewhere may make a browser ask here, under a name of its own for this machine.
    if (!hosts.includes(host)) return sendProblem(response, viewer, 421, 'This is not my name.');
    const site = request.headers['sec-fetch-site'] ?? 'none';
    const isOwn =
      (origin === undefined || hosts.some((one) => origin === `http://${one}`)) &&
      (site === 'same-origin' || site === 'none');
    const url = new URL(request.url ?? '/', `http://${host}`);
    const given = url.searchParams.get('token');
    if (given !== null && isSame(given, token)) {
      // Out of the address, so that it is not in what the reader copies or prints. By the page and
      // not by its head: a browser sends the cookie only to an address that comes from here.
      url.searchParams.delete('token');
      response.setHeader('set-cookie', `${cookie}=${token}; HttpOnly; SameSite=Strict; Path=/`);
      const address = `${url.pathname}${url.search}`;
      return send(
        response,
        200,
        'text/html',
        html`<!doctype html><html lang="en"><head><title>personas view</title><meta http-equiv="refresh" content="0;url=${address}"></head><body><a href="${address}">Continue</a></body></html>`
          .text,
      );
    }
    if (!isOwn) return sendProblem(response, viewer, 403, 'This page is for itself alone.');
    if (!isSame(cookieIn(request, cookie) ?? '', token))
      return sendProblem(
        response,
        viewer,
        403,
        'Open the address that the command printed: it holds the token that this page asks for.',
      );
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendProblem(response, viewer, 405, 'There is nothing here but to read.');
    await route(url, response);
  }

  async function route(url: URL, response: ServerResponse): Promise<void> {
    if (url.pathname === '/style.css') return send(response, 200, 'text/css', STYLE);
    if (url.pathname === '/script.js') return send(response, 200, 'text/javascript', SCRIPT);
    if (url.pathname === '/administrations.csv') {
      response.writeHead(200, {
        ...HEADERS,
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': 'attachment; filename="administrations.csv"',
      });
      for await (const lines of csvOf(viewer, url.searchParams)) {
        if (response.destroyed) return;
        if (!response.write(lines))
          await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
      }
      response.end();
      return;
    }
    // An open page asks for the name of what it would show now, and compares.
    if (url.pathname === '/state/overview')
      return send(response, 200, 'text/plain', await readOnly(database, readState));
    if (url.pathname === '/state/tables' || url.pathname === '/state/compare')
      return send(response, 200, 'text/plain', viewer.stateOf(url));
    if (url.pathname === '/tables.css')
      return send(response, 200, 'text/css', viewer.tablesStyle(url.searchParams.get('of')));
    await viewer.prepare(url);
    if (url.searchParams.has('again')) {
      url.searchParams.delete('again');
      response.writeHead(303, { ...HEADERS, location: `${url.pathname}${url.search}` });
      response.end();
      return;
    }
    const page = await readOnly(database, (reader) => viewer.page(reader, url));
    if (page === null) return sendProblem(response, viewer, 404, 'There is no such page.');
    send(response, 200, 'text/html', page);
  }

  return {
    url: `http://127.0.0.1:${own}/?token=${token}`,
    async [Symbol.asyncDispose]() {
      await prepared;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8` });
  response.end(body);
}

function sendProblem(
  response: ServerResponse,
  { study }: Viewer,
  status: number,
  problem: string,
): void {
  const body = html`<h1>${problem}</h1>`;
  send(
    response,
    status,
    'text/html',
    renderFrame({
      title: String(status),
      study: status === 404 || status === 500 ? study : 'personas view',
      here: null,
      isSimulated: false,
      body,
    }),
  );
}

/** In a time that says nothing about where they differ. */
function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function cookieIn({ headers }: IncomingMessage, name: string): string | null {
  const found = (headers.cookie ?? '').split(/; */).find((one) => one.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? null;
}
