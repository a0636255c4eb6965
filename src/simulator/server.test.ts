import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { planCalls } from '../administration/calls.ts';
import { PUBLISHED_ORDER } from '../administration/order.ts';
import { PUBLISHED_SETTINGS } from '../administration/settings.ts';
import { composePrompt, frameOf } from '../instruments/asked/prompt.ts';
import { findInstrument } from '../instruments/load.ts';
import { MAX_BODY_BYTES } from './protocol.ts';
import { simulatedFetch, startSimulator } from './server.ts';

const SYSTEM = 'Zoë is outgoing and talkative, and «loves» meeting new people in Łódź. 😀';
const USER =
  'Answer "True" or "False".\n{"1": "Are you a talkative person?", "2": "Are you a worrier?"}';
const CHAT = {
  model: 'gpt-4o-2024-11-20',
  messages: [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: USER },
  ],
  temperature: 1,
  seed: 7,
} as const;
const ANY_HOST = 'http://simulated.invalid';

function post(url: string, body: string, fetcher: typeof fetch = fetch): Promise<Response> {
  return fetcher(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

function bedrock(endpoint: string): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint,
    region: 'eu-nowhere-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });
}

describe('the OpenAI protocol', () => {
  it('answers the real client, under its own model id', async () => {
    await using simulator = await startSimulator();
    const client = new OpenAI({ apiKey: 'none', baseURL: simulator.openaiBaseUrl, maxRetries: 0 });
    const reply = await client.chat.completions.create({ ...CHAT, messages: [...CHAT.messages] });
    expect(reply.model).toBe('simulated/gpt-4o-2024-11-20');
    expect(reply).toMatchObject({
      created: 0,
      system_fingerprint: null,
      choices: [{ finish_reason: 'stop' }],
    });
    expect(JSON.parse(reply.choices[0]!.message.content!)).toMatchObject({ 1: 'True' });
    expect(reply._request_id).toMatch(/^[0-9a-f]{32}$/);
    expect(reply.usage?.prompt_tokens).toBe(Math.ceil((SYSTEM.length + USER.length) / 4));
    expect(reply.usage?.total_tokens).toBe(
      reply.usage!.prompt_tokens + reply.usage!.completion_tokens,
    );
  });

  it('answers in process with the very bytes of the server', async () => {
    await using simulator = await startSimulator();
    const body = JSON.stringify(CHAT);
    const served = await post(`${simulator.openaiBaseUrl}/chat/completions`, body);
    const local = await post(`${ANY_HOST}/v1/chat/completions`, body, simulatedFetch());
    expect(await local.text()).toBe(await served.text());
    expect(local.headers.get('x-request-id')).toBe(served.headers.get('x-request-id'));
    const again = await post(`${ANY_HOST}/v1/chat/completions`, body, simulatedFetch());
    expect(again.headers.get('x-request-id')).toBe(served.headers.get('x-request-id'));
  });

  it('does not prefix an id twice, and answers both names alike', async () => {
    const plain = await (
      await post(`${ANY_HOST}/v1/chat/completions`, JSON.stringify(CHAT), simulatedFetch())
    ).json();
    const own = { ...CHAT, model: `simulated/${CHAT.model}` };
    const prefixed = await (
      await post(`${ANY_HOST}/v1/chat/completions`, JSON.stringify(own), simulatedFetch())
    ).json();
    expect(prefixed).toMatchObject({
      model: 'simulated/gpt-4o-2024-11-20',
      choices: (plain as { choices: unknown }).choices,
    });
  });

  it.each(['max_tokens', 'max_completion_tokens'])('cuts the reply at %s', async (field) => {
    const response = await post(
      `${ANY_HOST}/v1/chat/completions`,
      JSON.stringify({ ...CHAT, [field]: 5 }),
      simulatedFetch(),
    );
    const reply = (await response.json()) as OpenAI.ChatCompletion;
    expect(reply.choices[0]).toMatchObject({ finish_reason: 'length' });
    expect(reply.choices[0]!.message.content).toHaveLength(20);
    expect(reply.usage?.completion_tokens).toBe(5);
  });

  it('reads contents that come as parts', async () => {
    const messages = CHAT.messages.map(({ role, content }) => ({
      role,
      content: [{ type: 'text', text: content }],
    }));
    const parts = await post(
      `${ANY_HOST}/v1/chat/completions`,
      JSON.stringify({ ...CHAT, messages }),
      simulatedFetch(),
    );
    const plain = await post(
      `${ANY_HOST}/v1/chat/completions`,
      JSON.stringify(CHAT),
      simulatedFetch(),
    );
    const [a, b] = [
      (await parts.json()) as OpenAI.ChatCompletion,
      (await plain.json()) as OpenAI.ChatCompletion,
    ];
    expect(a.choices).toEqual(b.choices);
  });

  it('lists the models it is told of', async () => {
    await using simulator = await startSimulator({ models: ['gpt-4o-2024-11-20'] });
    const client = new OpenAI({ apiKey: 'none', baseURL: simulator.openaiBaseUrl });
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual([
      'simulated/gpt-4o-2024-11-20',
    ]);
  });

  it.each([
    ['not JSON', '{"model": ', 400],
    ['no object', '[]', 400],
    ['no model', '{"messages": [{"role": "user", "content": "x"}]}', 400],
    ['no messages', '{"model": "m", "messages": []}', 400],
    ['streaming', JSON.stringify({ ...CHAT, stream: true }), 400],
    ['many choices', JSON.stringify({ ...CHAT, n: 2 }), 400],
    ['a large body', ' '.repeat(MAX_BODY_BYTES + 1), 413],
  ])('refuses %s', async (_, body, status) => {
    await using simulator = await startSimulator();
    for (const response of [
      await post(`${simulator.openaiBaseUrl}/chat/completions`, body),
      await post(`${ANY_HOST}/v1/chat/completions`, body, simulatedFetch()),
    ]) {
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({
        error: { type: 'invalid_request_error', message: expect.any(String) },
      });
    }
  });

  it('tells the log-probabilities of the letters, likeliest first, in the shape of OpenAI', async () => {
    const instrument = findInstrument('ipip50');
    const settings = { ...PUBLISHED_SETTINGS, elicit: 'logprobs', items_per_call: 1 } as const;
    const [call] = planCalls(instrument, settings, PUBLISHED_ORDER);
    const user = composePrompt(instrument, call!.asked, frameOf(instrument, [call!.asked]));
    const body = { model: 'm', messages: [{ role: 'user', content: user }], seed: 1 };
    const ask = async (more: object) => {
      const fetch = simulatedFetch({ instruments: [instrument] });
      const response = await post(
        `${ANY_HOST}/v1/chat/completions`,
        JSON.stringify({ ...body, ...more }),
        fetch,
      );
      return ((await response.json()) as OpenAI.ChatCompletion).choices[0]!;
    };
    const { message, logprobs } = await ask({ logprobs: true, top_logprobs: 20 });
    const [first, ...others] = logprobs!.content!;
    expect(others).toEqual([]);
    expect(first!.token).toBe(message.content);
    const top = first!.top_logprobs;
    expect(top.map(({ token }) => token).sort()).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(top.map(({ logprob }) => logprob)).toEqual(
      top.map(({ logprob }) => logprob).toSorted((a, b) => b - a),
    );
    expect(top.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 10);
    expect(
      (await ask({ logprobs: true, top_logprobs: 2 })).logprobs!.content![0]!.top_logprobs,
    ).toEqual(top.slice(0, 2));
    const plain = await ask({});
    expect(plain.logprobs).toBeNull();
    expect(plain.message.content).toBe(message.content);
  });

  it('says what there is where there is nothing', async () => {
    const response = await simulatedFetch()(`${ANY_HOST}/v1/embeddings`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { message: expect.stringContaining('/v1/chat/completions') },
    });
  });
});

describe('the Converse protocol', () => {
  const modelId = 'us.meta.llama3-1-70b-instruct-v1:0';
  const input = {
    modelId,
    system: [{ text: SYSTEM }],
    messages: [{ role: 'user' as const, content: [{ text: USER }] }],
    inferenceConfig: { temperature: 0.5, topP: 0.9, maxTokens: 1200 },
    additionalModelRequestFields: { seed: 7 },
  };

  it('answers the real client, under its own model id', async () => {
    await using simulator = await startSimulator();
    const reply = await bedrock(simulator.url).send(new ConverseCommand(input));
    expect(reply.stopReason).toBe('end_turn');
    expect(reply.trace?.promptRouter?.invokedModelId).toBe(`simulated/${modelId}`);
    expect(JSON.parse(reply.output!.message!.content![0]!.text!)).toMatchObject({ 1: 'True' });
    expect(reply.usage!.totalTokens).toBe(reply.usage!.inputTokens! + reply.usage!.outputTokens!);
    expect(reply.$metadata.requestId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('says the same as the OpenAI protocol to the same request', async () => {
    await using simulator = await startSimulator();
    const converse = await bedrock(simulator.url).send(
      new ConverseCommand({ ...input, inferenceConfig: { temperature: 1 } }),
    );
    const chat = await post(
      `${ANY_HOST}/v1/chat/completions`,
      JSON.stringify({ ...CHAT, model: modelId }),
      simulatedFetch(),
    );
    const { choices } = (await chat.json()) as OpenAI.ChatCompletion;
    expect(converse.output?.message?.content?.[0]?.text).toBe(choices[0]!.message.content);
  });

  it('cuts at maxTokens', async () => {
    await using simulator = await startSimulator();
    const reply = await bedrock(simulator.url).send(
      new ConverseCommand({ ...input, inferenceConfig: { maxTokens: 5 } }),
    );
    expect(reply.stopReason).toBe('max_tokens');
    expect(reply.usage?.outputTokens).toBe(5);
  });

  it('refuses in the shape that the client understands', async () => {
    await using simulator = await startSimulator();
    const sent = bedrock(simulator.url).send(new ConverseCommand({ ...input, messages: [] }));
    await expect(sent).rejects.toMatchObject({
      name: 'ValidationException',
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe('a running simulator', () => {
  it('waits before it answers, and tells of what it was asked', async () => {
    const seen: unknown[] = [];
    await using simulator = await startSimulator({
      latencyMs: 50,
      onRequest: (request) => seen.push(request),
    });
    const start = performance.now();
    const responses = await Promise.all(
      Array.from({ length: 20 }, () =>
        post(`${simulator.openaiBaseUrl}/chat/completions`, JSON.stringify(CHAT)),
      ),
    );
    expect(responses.every(({ status }) => status === 200)).toBe(true);
    expect(performance.now() - start).toBeGreaterThanOrEqual(49);
    expect(seen).toHaveLength(20);
    expect(seen[0]).toEqual({ method: 'POST', path: '/v1/chat/completions', status: 200 });
  });

  it('ends at once, whoever is waiting', async () => {
    const arrived = Promise.withResolvers<void>();
    const simulator = await startSimulator({
      latencyMs: 60_000,
      onRequest: () => arrived.resolve(),
    });
    const pending = post(`${simulator.openaiBaseUrl}/chat/completions`, JSON.stringify(CHAT)).catch(
      () => 'broken',
    );
    await arrived.promise;
    await simulator[Symbol.asyncDispose]();
    expect(await pending).toBe('broken');
  });

  it('says so when its port is taken', async () => {
    await using simulator = await startSimulator();
    await expect(startSimulator({ port: simulator.port })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${simulator.port}`,
    );
  });
});

describe('simulatedFetch', () => {
  it('honours an abort signal', async () => {
    const reason = new Error('enough');
    const init = { method: 'POST', body: JSON.stringify(CHAT), signal: AbortSignal.abort(reason) };
    await expect(simulatedFetch()(`${ANY_HOST}/v1/chat/completions`, init)).rejects.toBe(reason);
  });

  it('serves the real client', async () => {
    const client = new OpenAI({
      apiKey: 'none',
      baseURL: `${ANY_HOST}/v1`,
      fetch: simulatedFetch(),
    });
    const reply = await client.chat.completions.create({ ...CHAT, messages: [...CHAT.messages] });
    expect(reply.model).toBe('simulated/gpt-4o-2024-11-20');
  });
});
