import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { probe } from './probe.ts';
import { withSubdomains } from './transport.ts';

async function probed(reply: http.RequestListener, suffix = '/v1') {
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    seen.push(
      `${request.method} ${request.url} ${request.headers.authorization ?? 'no key'} ${request.headers['api-key'] ?? ''}`.trim(),
    );
    reply(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${suffix}`;
  try {
    return {
      seen,
      found: await probe(
        { name: 'mine', baseUrl, apiKey: null, headers: { 'api-key': 'of-azure-0123456789' } },
        30_000,
      ),
    };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const LISTING = JSON.stringify({ data: [{ id: 'a' }, { id: 'b' }] });

describe('probe', () => {
  it('keeps a query behind the whole address, and sends no key where there is none', async () => {
    const { seen, found } = await probed(
      (_, response) => response.end(LISTING),
      '/openai/deployments/d/?api-version=2024-10-21',
    );
    expect(seen).toEqual([
      'GET /openai/deployments/d/models?api-version=2024-10-21 no key of-azure-0123456789',
    ]);
    expect(found).toEqual({ kind: 'accepted', models: new Set(['a', 'b']) });
  });

  it('reads what comes compressed all the same', async () => {
    const { found } = await probed((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(LISTING)),
    );
    expect(found).toEqual({ kind: 'accepted', models: new Set(['a', 'b']) });
  });

  it('names where it is sent to, without following and without a key', async () => {
    const location = 'https://user:pa55word@other.example/v1/models?token=abcdef';
    const { seen, found } = await probed((_, response) =>
      response.writeHead(301, { location }).end(),
    );
    expect(seen).toHaveLength(1);
    expect(found).toEqual({
      kind: 'unclear',
      why: 'mine redirects to https://***@other.example/v1/models?token=*** (HTTP 301), which is not followed. Write https://***@other.example/v1?token=*** as providers.mine.base_url',
    });
  });

  it('ends with a list that has no end', async () => {
    const { found } = await probed((_, response) => {
      const pump = () => {
        while (!response.destroyed && response.write(' '.repeat(65_536)));
      };
      response.on('drain', pump);
      pump();
    });
    expect(found).toEqual({ kind: 'accepted', models: null });
  });
});

it.each([
  ['lab.example', 'lab.example,.lab.example'],
  ['localhost, 127.0.0.1 .uni.example', 'localhost,127.0.0.1,.uni.example'],
  ['*', '*'],
  ['10.0.0.1-10.0.0.9,*.org', '10.0.0.1-10.0.0.9,*.org'],
  ['', ''],
])('a name in NO_PROXY stands for what is below it as well: %j', (hosts, expected) => {
  expect(withSubdomains(hosts)).toBe(expected);
});
