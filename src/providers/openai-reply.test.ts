import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProviderErrorKind } from '../errors.ts';
import { billedOutput, REASONING_ONLY, readChatReply, TOOL_CALL } from './openai-reply.ts';

const read = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  readChatReply({ status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) });
const completion = (body: unknown, headers: Record<string, string> = {}) => {
  const { completion, failure } = read(body, 200, headers);
  if (completion === null) throw new Error(`no completion: ${JSON.stringify(failure)}`);
  return completion;
};
const failure = (body: unknown, status = 200, headers: Record<string, string> = {}) => {
  const { failure } = read(body, status, headers);
  if (failure === null) throw new Error('a completion');
  return failure;
};

const CHOICE = {
  index: 0,
  message: { role: 'assistant', content: '{"1": 1}' },
  finish_reason: 'stop',
};
const WHOLE = { id: 'chatcmpl-1', model: 'm', choices: [CHOICE] };
const saying = (message: unknown, more: object = {}) => ({
  ...WHOLE,
  choices: [{ ...CHOICE, message, ...more }],
});
const stream = (...events: unknown[]) =>
  events
    .map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`)
    .join('');
const piece = (delta: object, finish_reason: string | null = null) => ({
  id: 's',
  model: 'm',
  choices: [{ index: 0, delta, finish_reason }],
});

describe('the envelope of a completion', () => {
  it.each<[string, unknown]>([
    ['an empty error object', { ...WHOLE, error: {} }],
    ['an error that is null', { ...WHOLE, error: null }],
    ['an error that is an empty text', { ...WHOLE, error: '' }],
    [
      'an error whose fields are all empty',
      { ...WHOLE, error: { message: null, type: '', code: null, param: [] } },
    ],
    ['an error that says success', { ...WHOLE, error: { code: 0, message: 'success' } }],
    ['an error that is false', { ...WHOLE, error: false }],
    ['an error that says there is none', { ...WHOLE, error: 'No error.' }],
    ['a list around it', [WHOLE]],
    ['the bare end mark of a stream', `${JSON.stringify(WHOLE)}\n[DONE]\n`],
    ['a message that says ok', { code: 0, message: 'ok', ...WHOLE }],
    ['a message that says anything', { message: 'Request processed.', detail: 'cached', ...WHOLE }],
    ['an empty error within the choice', { ...WHOLE, choices: [{ ...CHOICE, error: {} }] }],
    ['the end mark of a stream', `${JSON.stringify(WHOLE)}\n\ndata: [DONE]\n\n`],
    ['the frame of a stream', stream(WHOLE, '[DONE]')],
    ['the frame of a stream without a blank behind the colon', `data:${JSON.stringify(WHOLE)}`],
    [
      'comments and names of events',
      `: PROCESSING\r\nevent: completion\r\nid: 4\r\ndata: ${JSON.stringify(WHOLE)}\r\n\r\n`,
    ],
    [
      'an event of several lines',
      `${JSON.stringify(WHOLE, null, 1).replaceAll(/^/gm, 'data: ')}\n\n`,
    ],
    [
      'pieces of a stream',
      stream(
        piece({ role: 'assistant' }),
        piece({ content: '{"1":' }),
        piece({ content: ' 1}' }, 'stop'),
        '[DONE]',
      ),
    ],
    ['comments before it', `: PROCESSING\n\n: PROCESSING\n\n${JSON.stringify(WHOLE)}`],
    ['white space around it', `\n\n \t${JSON.stringify(WHOLE)}\n`],
  ])('may have %s', (_, body) => {
    expect(completion(body)).toMatchObject({
      text: '{"1": 1}',
      stopReason: 'stop',
      modelServed: 'm',
    });
  });

  it('may come with any status of success', () => {
    expect([200, 201, 203].map((status) => read(WHOLE, status).completion?.text)).toEqual([
      '{"1": 1}',
      '{"1": 1}',
      '{"1": 1}',
    ]);
    expect(failure({ error: { code: 429, message: 'Slow down' } }, 203).kind).toBe('throttled');
  });

  it('takes no stream that was broken off for an answer', () => {
    expect(failure(stream(piece({ content: '{"1": 1}' }))).kind).toBe('protocol');
    expect(
      failure(
        stream(piece({ content: '{"1": 1}' }), { error: { code: 502, message: 'upstream left' } }),
      ).kind,
    ).toBe('server');
  });

  it.each([
    '',
    'null',
    '[]',
    '"choices"',
    '{"choices": []}',
    '{"choices": [null]}',
    '{"choices": [{"message": "ok"}]}',
    'data: [DONE]',
  ])('is not seen in %s', (body) => {
    expect(failure(body).kind).toBe('protocol');
  });

  it('never throws, and never makes an answer of anything that has none', () => {
    const part = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('data: ', '\n\n', '[DONE]', '{"choices":[{"message":', '}'),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.constantFrom(200, 400, 429, 500, 503),
        (parts, status) => {
          const { completion, failure } = read(parts.join(''), status);
          expect((completion === null) !== (failure === null)).toBe(true);
          if (status !== 200) expect(completion).toBeNull();
        },
      ),
      { seed: 20261129, numRuns: 500 },
    );
  });

  it('reads an error that is nested beyond writing', () => {
    const deep = `{"error": ${'{"a":'.repeat(60_000)}1${'}'.repeat(60_000)}}`;
    expect(failure(deep, 500)).toMatchObject({
      kind: 'server',
      words: expect.stringContaining('too deeply nested'),
    });
  });
});

describe('an error within a success', () => {
  it.each<[unknown, ProviderErrorKind]>([
    [{ error: { code: 402, message: 'Insufficient credits' } }, 'quota'],
    [{ error: { code: '402', message: 'Insufficient credits' } }, 'quota'],
    [{ error: { code: 429, message: 'Slow down' } }, 'throttled'],
    [{ error: { code: 429, message: 'Limit reached: free-models-per-day' } }, 'quota'],
    [{ error: { code: 'rate_limit_exceeded', message: 'Slow down' } }, 'throttled'],
    [{ error: { type: 'RateLimitError', message: 'Slow down' } }, 'throttled'],
    [{ error: { status: 'RESOURCE_EXHAUSTED', message: 'Slow down' } }, 'throttled'],
    [{ error: { code: 'insufficient_quota', message: 'Pay' } }, 'quota'],
    [{ error: { code: 429, type: 'insufficient_quota', message: 'Pay' } }, 'quota'],
    [{ error: 'insufficient_quota' }, 'quota'],
    [{ error: { code: 502, message: 'Upstream is down' } }, 'server'],
    [{ error: { type: 'overloaded_error', message: 'Overloaded' } }, 'server'],
    [{ error: { code: 401, message: 'No auth' } }, 'authentication'],
    [{ error: { code: 'invalid_api_key', message: 'Wrong' } }, 'authentication'],
    [
      {
        error: {
          code: 403,
          message: 'Flagged',
          metadata: { reasons: ['violence'], flagged_input: 'x' },
        },
      },
      'content_filter',
    ],
    [{ error: { code: 403, message: 'Not for your region' } }, 'authentication'],
    [{ error: { code: 404, message: 'No such model' } }, 'unknown_model'],
    [{ error: { code: 400, message: 'Context too long' } }, 'bad_request'],
    [{ object: 'error', code: 503, message: 'Busy' }, 'server'],
    [{ choices: [{ ...CHOICE, error: { code: 502, message: 'Upstream is down' } }] }, 'server'],
    [{ choices: [{ ...CHOICE, error: { code: '429', message: 'Slow down' } }] }, 'throttled'],
    [[{ error: { code: 429, message: 'Slow down', status: 'RESOURCE_EXHAUSTED' } }], 'throttled'],
    [{ error: [{ code: 402, message: 'Insufficient credits' }] }, 'quota'],
    [{ success: false, errors: [{ code: 429, message: 'Slow down' }] }, 'throttled'],
    [{ error: { error: { code: 401, message: 'No auth' } } }, 'authentication'],
    [{ error: { code: 20015, message: 'What?' } }, 'protocol'],
    [{ error: 'upstream is down' }, 'protocol'],
  ])('%j is %s', (body, kind) => {
    expect(failure(body).kind).toBe(kind);
  });

  it('with a status of its own is what the status says', () => {
    // Groq says so of a request that is larger than a minute's quota.
    expect(
      failure({ error: { code: 'rate_limit_exceeded', message: 'Request too large' } }, 413).kind,
    ).toBe('bad_request');
    expect(
      failure(
        { error: { type: 'invalid_request_error', code: 'model_not_found', message: 'x' } },
        404,
      ).kind,
    ).toBe('unknown_model');
    expect(failure({ error: { type: 'invalid_request_error', message: 'x' } }, 429).kind).toBe(
      'throttled',
    );
  });

  it('says how long to wait in a header, or in those of the provider behind it', () => {
    const body = {
      error: {
        code: 429,
        message: 'Slow',
        metadata: { headers: { 'Retry-After': '7' }, raw: 'too many' },
      },
    };
    expect(failure(body)).toMatchObject({
      headers: { 'retry-after': '7' },
      words: 'Slow: too many',
      code: '429',
    });
    expect(failure(body, 200, { 'retry-after': '3' }).headers).toEqual({ 'retry-after': '3' });
  });
});

describe('what the model said', () => {
  it.each<[string, unknown, string]>([
    [
      'thoughts of OpenAI style',
      [
        { type: 'reasoning', text: '{"1": 0}' },
        { type: 'text', text: '{"1": 1}' },
      ],
      '{"1": 1}',
    ],
    [
      'thoughts of Anthropic style',
      [
        { type: 'thinking', thinking: 'x', text: '{"1": 0}' },
        { type: 'text', text: '{"1": 1}' },
      ],
      '{"1": 1}',
    ],
    [
      'thoughts that are hidden',
      [
        { type: 'redacted_thinking', data: 'x', text: 'y' },
        { type: 'text', text: '{"1": 1}' },
      ],
      '{"1": 1}',
    ],
    [
      'thoughts in parts (Mistral)',
      [
        { type: 'thinking', thinking: [{ type: 'text', text: '0' }] },
        { type: 'text', text: '1' },
      ],
      '1',
    ],
    [
      'thoughts that carry a mark (Gemini)',
      [{ type: 'text', text: '0', thought: true }, { text: '1' }],
      '1',
    ],
    [
      'thoughts of Bedrock',
      [{ reasoningContent: { reasoningText: { text: '0' } } }, { text: '1' }],
      '1',
    ],
    ['parts that are texts', ['{"1":', ' 1}'], '{"1": 1}'],
    ['one part that is no list', { type: 'text', text: '1' }, '1'],
    [
      'parts of unknown types',
      [
        { type: 'audio', text: '0' },
        { type: 'output_text', text: '1' },
      ],
      '1',
    ],
  ])('is what is said aloud: %s', (_, content, text) => {
    expect(completion(saying({ content })).text).toBe(text);
  });

  it.each<[string, unknown, object]>([
    ['in its own field', { content: null, refusal: 'No.' }, {}],
    [
      'in the field of LiteLLM',
      { content: null, provider_specific_fields: { refusal: 'No.' } },
      {},
    ],
    [
      'in the field of LiteLLM beside the message',
      { content: null },
      { provider_specific_fields: { refusal: 'No.' } },
    ],
    ['as a part of the content', { content: [{ type: 'refusal', refusal: 'No.' }] }, {}],
  ])('may be a refusal: %s', (_, message, more) => {
    expect(completion(saying(message, more))).toMatchObject({ text: 'No.', stopReason: 'refusal' });
  });

  it('is no refusal where that field is empty', () => {
    const message = {
      content: '{"1": 1}',
      refusal: '',
      provider_specific_fields: { refusal: null },
    };
    expect(completion(saying(message))).toMatchObject({ text: '{"1": 1}', stopReason: 'stop' });
  });

  it.each<[string, unknown, string | null]>([
    ['a call of a tool', { content: null, tool_calls: [{ function: { name: 'f' } }] }, TOOL_CALL],
    ['a call of a function', { content: '', function_call: { name: 'f' } }, TOOL_CALL],
    ['reasoning alone', { content: '', reasoning_content: 'Let me think' }, REASONING_ONLY],
    ['reasoning alone (OpenRouter)', { content: null, reasoning: 'Let me think' }, REASONING_ONLY],
    [
      'reasoning alone (LiteLLM)',
      { content: null, provider_specific_fields: { reasoning_content: 'Hm' } },
      REASONING_ONLY,
    ],
    [
      'reasoning alone in parts',
      { content: [{ type: 'thinking', thinking: 'Hm' }] },
      REASONING_ONLY,
    ],
    ['nothing', { content: '', tool_calls: [], reasoning_content: null }, null],
    ['an answer beside them', { content: '{"1": 1}', tool_calls: [{}], reasoning: 'Hm' }, null],
  ])('may be something else than text: %s', (_, message, instead) => {
    expect(completion(saying(message)).insteadOfText).toBe(instead);
  });

  it.each([
    ['SAFETY', 'content_filter'],
    ['PROHIBITED_CONTENT', 'content_filter'],
    ['content_filter: OTHER', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['guardrail_intervened', 'content_filter'],
    ['MAX_TOKENS', 'length'],
    ['STOP', 'stop'],
    ['end_turn', 'stop'],
    ['refusal', 'refusal'],
    ['tool_calls', 'other'],
    ['constructor', 'other'],
  ])('stops for the reason %s', (finish_reason, stopReason) => {
    expect(completion(saying({ content: '' }, { finish_reason }))).toMatchObject({
      stopReason,
      rawStopReason: finish_reason,
    });
  });

  it('stops for the reason of the provider behind a gateway where that is a refusal', () => {
    const of = (native_finish_reason: string) =>
      completion(saying({ content: '' }, { finish_reason: 'stop', native_finish_reason }));
    expect(of('SAFETY')).toMatchObject({ stopReason: 'content_filter', rawStopReason: 'SAFETY' });
    expect(of('refusal').stopReason).toBe('refusal');
    expect(of('MAX_TOKENS')).toMatchObject({ stopReason: 'stop', rawStopReason: 'stop' });
  });

  it.each(['tool_calls', 'tool_use', 'function_call'])(
    'is said to be missing because a tool was called (%s)',
    (finish_reason) => {
      const reply = completion(saying({ content: '' }, { finish_reason }));
      expect(reply.insteadOfText).toBe(TOOL_CALL);
    },
  );

  it('may be missing where a filter ended it', () => {
    expect(completion({ choices: [{ finish_reason: 'content_filter' }] })).toMatchObject({
      text: '',
      stopReason: 'content_filter',
    });
  });

  it('names a model and a reason that can be stored and shown, whatever they are', () => {
    const named = completion({
      ...saying({ content: 'x' }, { finish_reason: 'st\ud83d' }),
      model: `m\u0000${'x'.repeat(1000)}`,
    });
    expect(named.rawStopReason).toBe('st\ufffd');
    expect(named.modelServed).toMatch(/^m\ufffdx{198}$/);
  });
});

describe('a filter of contents', () => {
  const AZURE =
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766";

  it.each<[string, number, unknown]>([
    [
      'Azure',
      400,
      {
        error: { message: AZURE, type: null, param: 'prompt', code: 'content_filter', status: 400 },
      },
    ],
    [
      'Azure, inner error',
      400,
      {
        error: {
          message: 'Blocked',
          code: '400',
          innererror: { code: 'ResponsibleAIPolicyViolation' },
        },
      },
    ],
    [
      'LiteLLM',
      400,
      {
        error: {
          message: `litellm.BadRequestError: OpenAIException - ${AZURE}. Received Model Group=m\nAvailable Model Group Fallbacks=None`,
          type: null,
          param: null,
          code: '400',
        },
      },
    ],
    [
      'xAI',
      403,
      {
        code: 'The caller does not have permission to execute the specified operation',
        error: 'Content violates usage guidelines. Team: t, Failed check: SAFETY_CHECK_TYPE_BIO',
      },
    ],
    [
      'Cloudflare',
      400,
      {
        success: false,
        error: [{ code: 2016, message: 'Prompt blocked due to security configurations' }],
      },
    ],
    ['Portkey', 446, { error: { message: 'The checks failed.', type: 'hooks_failed' } }],
    ['Databricks', 400, { message: '{"finishReason":"input_guardrail_triggered"}' }],
    ['Zhipu', 400, { error: { code: '1301', message: '输入内容可能包含不安全或敏感内容' } }],
    [
      'a parameter that is empty',
      400,
      { error: { message: 'the input may contain sensitive information', param: '' } },
    ],
    [
      'LiteLLM, named',
      400,
      { error: { message: 'litellm.ContentPolicyViolationError: blocked', code: '400' } },
    ],
    [
      'OpenAI, safety',
      400,
      {
        error: {
          message: 'Your request was rejected as a result of our safety system.',
          code: null,
        },
      },
    ],
    [
      'OpenAI, flagged',
      400,
      {
        error: {
          message:
            'Invalid prompt: your prompt was flagged as potentially violating our usage policy.',
          code: 'invalid_prompt',
        },
      },
    ],
    [
      'Anthropic',
      400,
      {
        error: {
          message: 'Output blocked by content filtering policy',
          type: 'invalid_request_error',
        },
      },
    ],
    [
      'Gemini',
      400,
      { error: { message: 'The prompt was blocked. block_reason: PROHIBITED_CONTENT', code: 400 } },
    ],
    ['Gemini, no candidates', 200, { promptFeedback: { blockReason: 'SAFETY' }, choices: [] }],
    [
      'Bedrock behind a gateway',
      400,
      { error: { message: 'Guardrail gr-1 intervened and the request was blocked.' } },
    ],
    [
      'DashScope',
      400,
      {
        error: {
          code: 'data_inspection_failed',
          message: 'Input data may contain inappropriate content.',
        },
      },
    ],
    ['DeepSeek', 400, { error: { message: 'Content Exists Risk', type: 'invalid_request_error' } }],
    ['moderation', 403, { error: { message: 'Your input was flagged by moderation', code: 403 } }],
  ])('is recognised: %s', (_, status, body) => {
    expect(failure(body, status).kind).toBe('content_filter');
  });

  it.each<[string, number, unknown, ProviderErrorKind]>([
    [
      'a field',
      400,
      {
        error: {
          message: "Unsupported parameter: 'content_filter' is not supported with this model.",
        },
      },
      'bad_request',
    ],
    [
      'a value',
      400,
      { error: { message: 'Invalid value for content_filter: must be one of blocked, annotated' } },
      'bad_request',
    ],
    [
      'a guardrail',
      400,
      { error: { message: 'Request rejected: the guardrail identifier is invalid.' } },
      'bad_request',
    ],
    [
      'a named field',
      400,
      { error: { message: 'blocked by content filter settings', param: 'safety_settings' } },
      'bad_request',
    ],
    [
      'data',
      404,
      { error: { message: 'No endpoints found matching your data policy', code: 404 } },
      'unknown_model',
    ],
    [
      'a network',
      403,
      { error: { message: 'Access blocked by network policy' } },
      'authentication',
    ],
    [
      'an account',
      403,
      { error: { message: 'Your account was flagged for violating our usage policies' } },
      'authentication',
    ],
    [
      'a resource',
      400,
      { error: { message: "Resource was disallowed by policy 'Allowed locations'." } },
      'bad_request',
    ],
    ['retries', 400, { error: { message: 'The retry policy was rejected' } }, 'bad_request'],
    [
      'a page of a web filter',
      200,
      '<html><body>Blocked by the content filter policy of this network</body></html>',
      'protocol',
    ],
    [
      'a page of a web filter',
      403,
      '<html><body>Blocked by the content filter policy of this network</body></html>',
      'authentication',
    ],
    ['the words of an answer', 200, { answer: 'I was blocked by a content policy' }, 'protocol'],
  ])('is not seen in what is about %s', (_, status, body, kind) => {
    expect(failure(body, status).kind).toBe(kind);
  });
});

describe('a server that is loading', () => {
  it.each<[number, unknown]>([
    [503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } }],
    [503, { error: 'Model meta/x is currently loading', estimated_time: 20.5 }],
    [503, { error: { message: 'The model is loading, try again' } }],
    [503, { message: 'Server is warming up' }],
    [503, { detail: 'model "llama" is not ready' }],
    [503, 'Server is not ready'],
    [503, { status: 'starting' }],
    [503, { error: 'model is scaling up from zero' }],
    [503, { detail: 'The model is cold starting' }],
  ])('is told apart: %i %j', (status, body) => {
    expect(failure(body, status)).toMatchObject({ kind: 'server', loading: true });
  });

  it.each<[number, unknown]>([
    [503, { error: { message: 'Overloaded' } }],
    [503, { error: { message: 'The model is overloaded' } }],
    [500, { error: { message: 'Failed to load the upstream configuration' } }],
    [400, { error: { message: 'Loading model' } }],
    [503, 'no healthy upstream'],
    [500, { error: { message: 'Unexpected token starting at position 5 of the model' } }],
  ])('is not seen in %i %j', (status, body) => {
    expect(failure(body, status).loading).toBe(false);
  });

  it('may say how long it will take', () => {
    expect(failure({ error: 'Model is loading', estimated_time: 20.5 }, 503).headers).toEqual({
      'retry-after': '20.5',
    });
  });
});

describe('tokens', () => {
  const usageOf = (usage: unknown, content = 'x') =>
    completion({ ...saying({ content }), usage }).usage;

  it.each<[string, object, number | null]>([
    [
      'reasoning is part of the completion',
      {
        completion_tokens: 300,
        total_tokens: 400,
        completion_tokens_details: { reasoning_tokens: 200 },
      },
      300,
    ],
    ['the total knows of more', { completion_tokens: 50, total_tokens: 4150 }, 4050],
    [
      'reasoning is more than the completion',
      { completion_tokens: 50, completion_tokens_details: { reasoning_tokens: 4000 } },
      4050,
    ],
    [
      'both',
      {
        completion_tokens: 50,
        total_tokens: 4150,
        completion_tokens_details: { reasoning_tokens: 4000 },
      },
      4050,
    ],
    ['the total is wrong', { completion_tokens: 50, total_tokens: 60 }, 50],
    ['only the total is told', { total_tokens: 150 }, 50],
    ['nothing is told', {}, null],
    ['zero for a text', { completion_tokens: 0, total_tokens: 100 }, null],
  ])('written: %s', (_, usage, expected) => {
    expect(usageOf({ prompt_tokens: 100, ...usage })?.outputTokens).toBe(expected);
  });

  it('zeros are not told', () => {
    expect(usageOf({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 })).toBeNull();
    expect(usageOf({ prompt_tokens: 0, completion_tokens: 240, total_tokens: 240 })).toMatchObject({
      inputTokens: null,
      outputTokens: 240,
    });
    expect(
      usageOf({ prompt_tokens: 700, completion_tokens: 0, total_tokens: 700 }, ''),
    ).toMatchObject({
      inputTokens: 700,
      outputTokens: 0,
    });
  });

  it('zero for reasoning without a text is not told', () => {
    const usage = { prompt_tokens: 700, completion_tokens: 0, total_tokens: 700 };
    const message = { content: '', reasoning_content: 'Let me see.' };
    expect(completion({ ...saying(message), usage }).usage?.outputTokens).toBeNull();
  });

  it.each([Number.NaN, -1, 1.5, 1e300, '12', null, {}])('a count of %s is no count', (value) => {
    expect(usageOf({ prompt_tokens: value, completion_tokens: 5 })?.inputTokens).toBeNull();
  });

  it('are never fewer than what the provider says in any of its fields', () => {
    const some = fc.option(fc.nat(10_000));
    fc.assert(
      fc.property(some, some, some, some, (completed, input, total, reasoning) => {
        const billed = billedOutput(completed, input, total, reasoning);
        for (const told of [
          completed,
          reasoning,
          total !== null && input !== null ? total - input : null,
        ])
          if (told !== null && told > 0) expect(billed).toBeGreaterThanOrEqual(told);
      }),
      { seed: 20261129 },
    );
  });
});

describe('the price that a provider tells', () => {
  const USAGE = { prompt_tokens: 10, completion_tokens: 5 };
  it.each<[string, unknown, Record<string, string>, number | null]>([
    ['OpenRouter', { ...USAGE, cost: 0.00123 }, {}, 0.00123],
    ['OpenRouter, in quotes', { ...USAGE, cost: '0.00123' }, {}, 0.00123],
    [
      "OpenRouter and the provider, with a key of one's own",
      {
        ...USAGE,
        is_byok: true,
        cost: 0.0001,
        cost_details: { upstream_inference_cost: 0.002 },
      },
      {},
      0.0021,
    ],
    [
      'OpenRouter, which repeats it as that of the provider',
      { ...USAGE, is_byok: false, cost: 0.002, cost_details: { upstream_inference_cost: 0.002 } },
      {},
      0.002,
    ],
    ['Perplexity', { ...USAGE, cost: { total_cost: 0.006 } }, {}, 0.006],
    ['LiteLLM', USAGE, { 'x-litellm-response-cost': '3.5e-05' }, 3.5e-5],
    ['none', USAGE, {}, null],
    [
      'none that is a number',
      { ...USAGE, cost: 'free' },
      { 'x-litellm-response-cost': 'None' },
      null,
    ],
    ['none above nothing', { ...USAGE, cost: -1 }, { 'x-litellm-response-cost': '' }, null],
  ])('is that of %s', (_, usage, headers, cost) => {
    expect(completion({ ...WHOLE, usage }, headers).providerCostUsd).toBe(cost);
  });
});
