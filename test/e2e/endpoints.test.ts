/**
 * What endpoints of all kinds do to a run: what they charge, where they lead, what lies between.
 */
import { writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openMigrated } from '../../src/db/connect.ts';
import { knowsProxies } from '../../src/providers/transport.ts';
import { CERTIFICATE, KEY } from '../support/certificate.ts';
import { freshPlace, optionsFor, type Place, runPersonas } from '../support/cli.ts';
import {
  type Behaviour,
  MisbehavingServer,
  reframes,
  says,
  sends,
} from '../support/misbehaving-server.ts';
import { startProxy } from '../support/proxy.ts';
import { importLines, people, register, sheet } from '../support/study.ts';

const PERSONAS = 6;
const OPENAI_KEY = 'sk-endpoints-0123456789abcdef';

let place: Place;
let database: Database;
beforeEach(async () => {
  place = freshPlace('postgres');
  database = await openMigrated(place);
  await importLines(database, people('p', PERSONAS, { model: 'gpt4o' }));
  await register(database, ['p'], { models: ['gpt4o'] });
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

const personas = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runPersonas([...args, ...optionsFor(place)], {
    cwd: place.folder,
    env: { OPENAI_API_KEY: OPENAI_KEY, ...env },
  });
const run = (args: readonly string[], env?: Readonly<Record<string, string>>) =>
  personas(['run-experiments', '--max-workers', '1', ...args], env);
const metadata = async () => {
  const { rows } = await sql<{
    experiment: number;
    about: Record<string, unknown>;
    response: unknown;
  }>`select experiment_id as experiment, request_metadata as about, response_json as response
    from ${database.t.experiment_request_metadata} order by id`.execute(database.db);
  return rows;
};

/** A completion of a sheet with this usage. */
const charged = (usage: object): Behaviour =>
  reframes(
    says(sheet()),
    (body) => JSON.stringify({ ...(JSON.parse(body.toString()) as object), usage }),
    {
      'x-litellm-response-cost': '0.0421',
    },
  );

describe('money', () => {
  test('reasoning that is not part of the completion is paid for, and a limit that was passed is called passed', async () => {
    const usage = { prompt_tokens: 700, completion_tokens: 240, total_tokens: 100_940 };
    await using server = await MisbehavingServer.start([charged(usage)]);
    const { stdout, stderr } = await run(['--max-cost', '0.5'], {
      OPENAI_BASE_URL: server.openaiBaseUrl,
    });
    expect(server.seen).toHaveLength(1);
    expect(stderr).toContain(
      "a limit was exceeded: the run's --max-cost is $0.50, and $1.00 are spent",
    );
    expect(`${stdout}${stderr}`).toContain('$1.00 spent, $0.00 left, and the next call may take');
    expect(`${stdout}${stderr}`).toContain('Stopped by a limit: ');
    expect(`${stdout}${stderr}`).not.toContain('Stopped before exceeding a limit');
    const [call] = await metadata();
    expect(call!.about).toMatchObject({
      usage: { input_tokens: 700, output_tokens: 100_240 },
      provider_cost_usd: 0.0421,
    });
    expect(call!.about.cost_usd).toBeCloseTo((700 * 2.5 + 100_240 * 10) / 1e6, 10);
    expect((await personas(['show', String(call!.experiment), '--raw'])).stdout).toMatch(
      /cost \$1\.00 \(the provider reports \$0\.042\)/,
    );
  });

  test('a limit that was kept is called kept, and tokens that nobody counted cost what is not known', async () => {
    const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    await using server = await MisbehavingServer.start([charged(usage)]);
    const { stdout, stderr } = await run(['--max-cost', '0.03'], {
      OPENAI_BASE_URL: server.openaiBaseUrl,
    });
    expect(`${stdout}${stderr}`).toContain('Stopped before exceeding a limit');
    expect(stderr).not.toContain('a limit was passed');
    // Each counts with the most that it can have cost.
    expect(server.seen).toHaveLength(2);
    expect(stdout).toContain('2 calls, 0 tokens, cost unknown.');
    for (const { about } of await metadata())
      expect(about).toMatchObject({ outcome: 'answered', usage: null, cost_usd: null });
  });
});

describe('replies', () => {
  test('that come compressed are answers, readable in the database and in "show"', async () => {
    const zipped = reframes(says(sheet()), gzipSync, { 'content-encoding': 'gzip' });
    await using server = await MisbehavingServer.start([zipped]);
    const { code } = await run(['--batch-size', '1'], { OPENAI_BASE_URL: server.openaiBaseUrl });
    expect(code).toBe(0);
    const [call] = await metadata();
    expect(call).toMatchObject({
      about: { outcome: 'answered', response_encoding: 'gzip' },
      response: { choices: [{ finish_reason: 'stop' }] },
    });
    expect((await personas(['show', String(call!.experiment), '--raw'])).stdout).toMatch(
      /reply as received, decompressed \(gzip\):\n\{"id":"chatcmpl-0"/,
    );
  });
});

describe('addresses', () => {
  test('a redirect ends the run at once and names where it leads', async () => {
    const location = 'https://other.example/v1/chat/completions';
    await using server = await MisbehavingServer.start([
      sends('', { status: 308, headers: { location } }),
    ]);
    const { code, stdout, stderr } = await run([], { OPENAI_BASE_URL: server.openaiBaseUrl });
    expect(code).toBe(1);
    // The next call leaves while the first reply is being read.
    expect(server.seen.length).toBeLessThanOrEqual(2);
    expect(`${stdout}${stderr}`).toContain(
      `redirects to ${location} (HTTP 308), which is not followed. Write https://other.example/v1`,
    );
  });

  test('a key of the environment is not sent to an address of the file, which is said once', async () => {
    await using server = await MisbehavingServer.start([says(sheet())]);
    writeFileSync(
      path.join(place.folder, '.yaml'),
      `openai:\n  base_url: ${server.openaiBaseUrl}\n`,
    );
    const { code, stderr } = await run([]);
    expect(code).toBe(0);
    expect(server.seen).toHaveLength(PERSONAS);
    for (const { headers } of server.seen) expect(headers).not.toHaveProperty('authorization');
    expect(stderr.match(/OPENAI_API_KEY is not sent to/g)).toHaveLength(1);
    expect(stderr).toContain('.yaml:2');
  });
});

describe.runIf(knowsProxies)('between the program and a provider', () => {
  /** Models and completions over TLS, with a certificate that only those trust who are told to. */
  async function secured() {
    const server = https.createServer({ key: KEY, cert: CERTIFICATE }, (request, response) => {
      const usage = { prompt_tokens: 700, completion_tokens: 240, total_tokens: 940 };
      const body =
        request.method === 'GET'
          ? { data: [{ id: 'gpt-4o-2024-11-20' }] }
          : { choices: [{ message: { content: sheet() }, finish_reason: 'stop' }], usage };
      request
        .resume()
        .on('end', () =>
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
        );
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const { port } = server.address() as AddressInfo;
    const file = path.join(place.folder, 'certificate.pem');
    writeFileSync(file, CERTIFICATE);
    return {
      at: `localhost:${port}`,
      env: { OPENAI_BASE_URL: `https://localhost:${port}/v1`, NODE_EXTRA_CA_CERTS: file },
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  test('runs and "doctor" go through the same proxy, and show no password of it', async () => {
    await using proxy = await startProxy('me:hunter2222');
    await using provider = await secured();
    const env = { ...provider.env, HTTPS_PROXY: `http://me:hunter2222@${proxy.host}` };
    const looked = await personas(['doctor'], env);
    expect(looked.stdout).toMatch(
      /openai\s+https:\/\/localhost:\d+\/v1 answers and accepts the key/,
    );
    expect(proxy.seen).toEqual([`CONNECT ${provider.at}`]);
    const ran = await run([], env);
    expect(ran.stdout).toContain(`${PERSONAS} succeeded`);
    expect(proxy.seen.slice(1)).toContain(`CONNECT ${provider.at}`);
    const count = proxy.seen.length;
    const [excepted, refused] = await Promise.all([
      personas(['doctor'], { ...env, NO_PROXY: 'localhost' }),
      personas(['doctor', '--json'], { ...env, HTTPS_PROXY: `http://me:hunter3333@${proxy.host}` }),
    ]);
    expect(excepted.stdout).toContain('accepts the key');
    expect(proxy.seen.slice(count)).toEqual([`refused CONNECT ${provider.at}`]);
    expect(refused.stdout).toContain('the proxy rejected the call');
    expect(
      [looked, ran, excepted, refused].map((one) => one.stdout + one.stderr).join(''),
    ).not.toMatch(/hunter/);
  });

  test('plain HTTP goes through its proxy, too, whose refusal is told from that of the provider', async () => {
    await using proxy = await startProxy('me:hunter2222');
    await using server = await MisbehavingServer.start([says(sheet())]);
    const env = {
      OPENAI_BASE_URL: server.openaiBaseUrl,
      HTTP_PROXY: `me:hunter2222@${proxy.host}`,
    };
    expect((await run(['--batch-size', '1'], env)).code).toBe(0);
    expect(proxy.seen).toEqual([`POST ${server.openaiBaseUrl}/chat/completions`]);
    const refused = await run(['--batch-size', '1'], {
      ...env,
      HTTP_PROXY: `http://${proxy.host}`,
    });
    expect(refused.stdout + refused.stderr).toContain(
      'the proxy rejected the user name and password',
    );
    expect(server.seen).toHaveLength(1);
  });

  test('an unknown certificate comes with what to do about it, in runs and in "doctor"', async () => {
    await using provider = await secured();
    const env = {
      OPENAI_BASE_URL: provider.env.OPENAI_BASE_URL,
      PERSONAS_PROVIDERS__OPENAI__RETRY__BASE_DELAY_S: '0',
    };
    const [looked, ran] = await Promise.all([
      personas(['doctor', '--json'], env),
      run(['--batch-size', '1'], env),
    ]);
    expect(looked.stdout).toMatch(/self-signed.*NODE_EXTRA_CA_CERTS/);
    expect((await metadata())[0]!.about.error).toMatch(
      /DEPTH_ZERO_SELF_SIGNED_CERT.*self-signed.*NODE_EXTRA_CA_CERTS/,
    );
    expect(ran.code).toBe(1);
  });
});
