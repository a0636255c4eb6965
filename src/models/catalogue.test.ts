import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.ts';
import { createCatalogue } from './catalogue.ts';
import { costUsd } from './cost.ts';

const catalogue = createCatalogue();

const thrown = (work: () => unknown): UserError => {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('the built-in models', () => {
  it.each([
    ['gpt4o', 'openai', 'gpt-4o-2024-11-20', 'GPT-4o', null, 1, 1, 1000],
    ['gpt35', 'openai', 'gpt-3.5-turbo-0125', 'GPT-3.5', null, 1, 1, 1000],
    [
      'claude35sonnet',
      'aws-bedrock',
      'anthropic.claude-3-5-sonnet-20240620-v1:0',
      'Claude-3.5-s',
      null,
      1,
      1,
      1000,
    ],
    [
      'llama3170B',
      'aws-bedrock',
      'us.meta.llama3-1-70b-instruct-v1:0',
      'Llama3.1-70B',
      'us-east-2',
      0.5,
      0.9,
      1200,
    ],
    [
      'llama323B',
      'aws-bedrock',
      'eu.meta.llama3-2-3b-instruct-v1:0',
      'Llama3.2-3B',
      null,
      0.5,
      0.9,
      1000,
    ],
    ['gpt4oold', 'openai', 'gpt-4o-2024-05-13', 'GPT-4o (2024-05)', null, 1, 1, 1000],
    ['gpt4turbo', 'openai', 'gpt-4-turbo-2024-04-09', 'GPT-4-turbo', null, 1, 1, 1000],
  ])(
    '%s is the model of the study',
    (name, provider, modelId, label, region, temperature, topP, maxTokens) => {
      const entry = catalogue.find(name);
      expect(entry).toMatchObject({ name, provider, modelId, label, region });
      expect(entry.parameters).toEqual({
        temperature,
        topP,
        maxTokens,
        maxTokensField: 'max_tokens',
        extra: {},
      });
      expect(entry.price).toMatchObject({
        currency: 'USD',
        date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      });
    },
  );

  it.each(['gpt4o', 'gpt35', 'claude35sonnet', 'llama3170B', 'llama323B'])(
    '%s has a simulated twin that nobody can take for it',
    (name) => {
      const real = catalogue.find(name);
      expect(catalogue.find(`sim-${name}`)).toMatchObject({
        provider: 'simulated',
        modelId: `simulated/${real.modelId}`,
        label: `${real.label} (simulated)`,
        region: null,
        parameters: real.parameters,
        price: { inputPerMtok: 0, outputPerMtok: 0 },
      });
    },
  );

  it('have labels and ids of their own', () => {
    const entries = catalogue.list();
    expect(new Set(entries.map((entry) => entry.label)).size).toBe(entries.length);
    expect(new Set(entries.map((entry) => `${entry.provider} ${entry.modelId}`)).size).toBe(
      entries.length,
    );
  });

  it('cannot be changed by who reads them', () => {
    const entry = catalogue.find('gpt4o');
    expect(
      [entry, entry.parameters, entry.parameters.extra, entry.price, catalogue.list()].every(
        Object.isFrozen,
      ),
    ).toBe(true);
  });
});

describe('finding', () => {
  it('names the closest model and the known ones', () => {
    const error = thrown(() => catalogue.find('gpt-4-o'));
    expect(error.message).toContain('"gpt-4-o"');
    expect(error.message).toContain('Did you mean "gpt4o"?');
    for (const { name } of catalogue.list()) expect(error.hint).toContain(name);
  });

  it('guesses at nothing far off', () => {
    expect(thrown(() => catalogue.find('mistral')).message).not.toContain('Did you mean');
  });

  it('goes by model id within a provider', () => {
    expect(catalogue.findByModelId('openai', 'gpt-4o-2024-11-20')?.name).toBe('gpt4o');
    expect(catalogue.findByModelId('simulated', 'simulated/gpt-4o-2024-11-20')?.name).toBe(
      'sim-gpt4o',
    );
    expect(catalogue.findByModelId('simulated', 'gpt-4o-2024-11-20')).toBeNull();
    expect(catalogue.findByModelId('openai', 'toString')).toBeNull();
  });

  it('takes the first declared of several', () => {
    const both = createCatalogue({
      hot: { provider: 'openai', model_id: 'gpt-4o-2024-11-20', parameters: { temperature: 2 } },
    });
    expect(both.findByModelId('openai', 'gpt-4o-2024-11-20')?.name).toBe('gpt4o');
  });

  it('does not take a property of every object for a model', () => {
    expect(thrown(() => catalogue.find('constructor')).message).toContain('constructor');
  });
});

describe('the configuration', () => {
  it('adds a model of which only the least is told', () => {
    expect(
      createCatalogue({ local: { provider: 'ollama', model_id: 'llama3.2:3b' } }).find('local'),
    ).toEqual({
      name: 'local',
      provider: 'ollama',
      modelId: 'llama3.2:3b',
      label: 'local',
      region: null,
      parameters: {
        temperature: null,
        topP: null,
        maxTokens: null,
        maxTokensField: 'max_tokens',
        extra: {},
      },
      price: null,
    });
  });

  it('changes a built-in model field by field', () => {
    const changed = createCatalogue({
      gpt4o: {
        parameters: {
          temperature: null,
          max_tokens: 2000,
          max_tokens_field: 'max_completion_tokens',
          extra: { reasoning_effort: 'low', n: null },
        },
      },
    });
    const before = catalogue.find('gpt4o');
    expect(changed.find('gpt4o')).toEqual({
      ...before,
      parameters: {
        temperature: null,
        topP: 1,
        maxTokens: 2000,
        maxTokensField: 'max_completion_tokens',
        extra: { reasoning_effort: 'low' },
      },
    });
    expect(changed.list()).toHaveLength(catalogue.list().length);
    expect(catalogue.find('gpt4o')).toBe(before);
  });

  it('may write hyphens for underscores, though not within what is passed through', () => {
    const { parameters, modelId } = createCatalogue({
      r1: {
        provider: 'vllm',
        'model-id': 'r1',
        parameters: { 'top-p': 0.5, 'max-tokens': 9, extra: { 'min-p': 0.1 } },
      },
    }).find('r1');
    expect(modelId).toBe('r1');
    expect(parameters).toMatchObject({ topP: 0.5, maxTokens: 9, extra: { 'min-p': 0.1 } });
  });

  it('replaces a price as a whole', () => {
    const price = { input_per_mtok: 1, output_per_mtok: 2, date: '2026-11-01' };
    expect(createCatalogue({ gpt4o: { price } }).find('gpt4o').price).toEqual({
      inputPerMtok: 1,
      outputPerMtok: 2,
      currency: 'USD',
      date: '2026-11-01',
      source: 'the configuration',
    });
    expect(createCatalogue({ gpt4o: { price: null } }).find('gpt4o').price).toBeNull();
  });

  it.each<[string, unknown, RegExp]>([
    ['no record', 'gpt-4o', /models\.m must be a list of fields, not "gpt-4o"/],
    ['nothing', null, /models\.m must be a list of fields, not nothing/],
    ['no provider', { model_id: 'x' }, /models\.m\.provider is missing/],
    ['no model id', { provider: 'openai' }, /models\.m\.model_id is missing/],
    [
      'an empty model id',
      { provider: 'openai', model_id: ' ' },
      /models\.m\.model_id must not be empty/,
    ],
    [
      'a number in words',
      { provider: 'p', model_id: 'x', parameters: { temperature: 'hot' } },
      /models\.m\.parameters\.temperature .*number/,
    ],
    [
      'a top_p above 1',
      { provider: 'p', model_id: 'x', parameters: { top_p: 1.5 } },
      /models\.m\.parameters\.top_p /,
    ],
    [
      'half a token',
      { provider: 'p', model_id: 'x', parameters: { max_tokens: 0.5 } },
      /models\.m\.parameters\.max_tokens /,
    ],
    [
      'parameters that are none',
      { provider: 'p', model_id: 'x', parameters: [1] },
      /models\.m\.parameters /,
    ],
    [
      'a misspelt field',
      { provider: 'p', modelid: 'x' },
      /Unknown field of a model in the configuration: models\.m\.modelid; did you mean "model_id"\?/,
    ],
    [
      'a parameter out of place',
      { provider: 'p', model_id: 'x', temperature: 1 },
      /models\.m\.temperature; it belongs under "parameters"/,
    ],
    [
      'a field twice',
      { provider: 'p', model_id: 'x', 'model-id': 'y' },
      /models\.m\.model_id occurs twice/,
    ],
    [
      'a temperature past the group',
      { provider: 'p', model_id: 'x', parameters: { extra: { temperature: 1 } } },
      /extra\.temperature must not/,
    ],
    [
      'streaming',
      { provider: 'p', model_id: 'x', parameters: { extra: { stream: true } } },
      /extra\.stream must not/,
    ],
    [
      'a price without a date',
      { provider: 'p', model_id: 'x', price: { input_per_mtok: 1, output_per_mtok: 1 } },
      /models\.m\.price\.date is missing/,
    ],
    [
      'a date that is none',
      {
        provider: 'p',
        model_id: 'x',
        price: { input_per_mtok: 1, output_per_mtok: 1, date: '2026-02-30' },
      },
      /YYYY-MM-DD/,
    ],
    [
      'a negative price',
      {
        provider: 'p',
        model_id: 'x',
        price: { input_per_mtok: -1, output_per_mtok: 1, date: '2026-02-03' },
      },
      /input_per_mtok/,
    ],
    [
      'a simulated model by a real id',
      { provider: 'simulated', model_id: 'gpt-4o', label: 'x (simulated)' },
      /model_id must begin with "simulated\/"/,
    ],
    [
      'a simulated model by a real label',
      { provider: 'simulated', model_id: 'simulated/x', label: 'GPT-4o' },
      /label must end with "\(simulated\)"/,
    ],
  ])('is told of %s', (_, entry, message) => {
    const error = thrown(() => createCatalogue({ m: entry }));
    expect(error.message).toMatch(message);
    expect(error.hint).not.toBe('');
  });
});

describe('costUsd', () => {
  const price = catalogue.find('gpt4o').price!;
  const usage = { inputTokens: 720, outputTokens: 240, reasoningTokens: null, cachedTokens: 500 };

  it('is the list price of the tokens', () => {
    expect(costUsd(price, usage)).toBeCloseTo(0.0042, 12);
  });

  it('is unknown when anything is, rather than 0', () => {
    expect(costUsd(null, usage)).toBeNull();
    expect(costUsd(price, null)).toBeNull();
    expect(costUsd(price, { ...usage, inputTokens: null })).toBeNull();
    expect(
      costUsd({ ...price, inputPerMtok: 0, outputPerMtok: 0 }, { ...usage, outputTokens: null }),
    ).toBeNull();
  });

  it('is 0 for what is known to cost nothing', () => {
    expect(costUsd(catalogue.find('sim-gpt4o').price, usage)).toBe(0);
  });

  it('never falls when tokens are added', () => {
    const tokens = fc.nat({ max: 10_000_000 });
    fc.assert(
      fc.property(tokens, tokens, tokens, (input, output, more) => {
        const less = costUsd(price, { ...usage, inputTokens: input, outputTokens: output })!;
        expect(
          costUsd(price, { ...usage, inputTokens: input + more, outputTokens: output + more })!,
        ).toBeGreaterThanOrEqual(less);
      }),
    );
  });
});
