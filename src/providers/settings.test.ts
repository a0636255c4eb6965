import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { describeConfig } from '../config/show.ts';
import { openProvider } from './open.ts';
import { abilitiesOf, providerNotices, providerSettings } from './settings.ts';

const KEY = 'sk-of-the-environment-0123456789';
const AWS = {
  AWS_ACCESS_KEY_ID: 'AKIAOFTHEENVIRONMENT',
  AWS_SECRET_ACCESS_KEY: 'secret-of-the-environment',
};

/** @param yaml what the file `.yaml` of the working folder says */
function configured(yaml: string, environment: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, '.yaml'), yaml);
  return loadConfig({}, environment, folder);
}

function of(yaml: string, environment: Readonly<Record<string, string>>, name = 'openai') {
  const config = configured(yaml, environment);
  const settings = providerSettings(config, name, null, 8);
  return {
    key: 'apiKey' in settings ? settings.apiKey : undefined,
    credentials: 'credentials' in settings ? settings.credentials : undefined,
    notices: providerNotices(config, name),
    settings,
  };
}

describe('OPENAI_API_KEY', () => {
  it.each<[string, string, Readonly<Record<string, string>>, string?]>([
    ['OpenAI, without a word about it', '', {}],
    ['OpenAI by an address of the file', 'openai: { base_url: https://api.openai.com/v1 }', {}],
    ['a region of OpenAI', 'openai: { base_url: https://eu.api.openai.com/v1 }', {}],
    ['an address of the environment', '', { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' }],
    [
      'an address of the program’s own variable',
      '',
      { PERSONAS_PROVIDERS__OPENAI__BASE_URL: 'http://127.0.0.1:1/v1' },
    ],
    ['another provider that is OpenAI', 'providers: { mine: { type: openai } }', {}, 'mine'],
  ])('goes to %s', (_, yaml, environment, name) => {
    expect(of(yaml, { OPENAI_API_KEY: KEY, ...environment }, name)).toMatchObject({
      key: KEY,
      notices: [],
    });
  });

  it.each<[string, string, Readonly<Record<string, string>>, string?]>([
    ['an address of the file', 'openai: { base_url: "https://gateway.example/v1" }', {}],
    [
      'an address of the provider in the file',
      'providers: { openai: { base_url: "http://localhost:4000/v1" } }',
      {},
    ],
    [
      'a provider of another name',
      'providers: { mine: { type: openai, base_url: "https://gateway.example/v1" } }',
      {},
      'mine',
    ],
    [
      'a host that only looks like OpenAI',
      'openai: { base_url: "https://api.openai.com.example/v1" }',
      {},
    ],
    ['a host whose name ends alike', 'openai: { base_url: "https://myapi.openai.com/v1" }', {}],
    ['OpenAI without TLS', 'openai: { base_url: "http://api.openai.com/v1" }', {}],
    [
      'an address of the file that goes before that of the environment',
      'providers: { openai: { base_url: "https://g.example/v1" } }',
      { OPENAI_BASE_URL: 'https://mine.example/v1' },
    ],
  ])('does not go to %s, and that is said', (_, yaml, environment, name) => {
    const { key, notices } = of(yaml, { OPENAI_API_KEY: KEY, ...environment }, name);
    expect(key).toBeNull();
    expect(notices).toEqual([
      expect.stringMatching(
        /the key in OPENAI_API_KEY is not sent to http.*comes from \.yaml:1.*api_key_env/,
      ),
    ]);
  });

  it('goes wherever the file names it, and a key of the file wherever the file says', () => {
    const gateway = 'base_url: "https://gateway.example/v1"';
    expect(
      of(`providers: { openai: { ${gateway}, api_key_env: OPENAI_API_KEY } }`, {
        OPENAI_API_KEY: KEY,
      }),
    ).toMatchObject({
      key: KEY,
      notices: [],
    });
    expect(of(`openai: { ${gateway}, api_key: of-the-file }`, {})).toMatchObject({
      key: 'of-the-file',
      notices: [],
    });
    const both = `openai: { ${gateway} }\nproviders: { openai: { api_key: of-the-file } }`;
    expect(of(both, { OPENAI_API_KEY: KEY })).toMatchObject({ key: 'of-the-file', notices: [] });
  });

  it('does not stand in for another variable that is not set', () => {
    const { key, notices } = of('providers: { openai: { api_key_env: LAB_KEY } }', {
      OPENAI_API_KEY: KEY,
    });
    expect(key).toBeNull();
    expect(notices).toEqual([expect.stringContaining('LAB_KEY (its api_key_env) is not set')]);
  });

  it('goes to no provider that is not OpenAI', () => {
    expect(
      of(
        'providers: { mine: { base_url: "https://m.example/v1" } }',
        { OPENAI_API_KEY: KEY },
        'mine',
      ).key,
    ).toBeNull();
  });
});

describe('keys of AWS', () => {
  it.each<[string, string, Readonly<Record<string, string>>]>([
    ['the region', '', {}],
    [
      'an address of AWS',
      'bedrock: { endpoint: "https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com" }',
      {},
    ],
    [
      'an address of the environment',
      '',
      { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://127.0.0.1:1' },
    ],
  ])('of the environment go to %s', (_, yaml, environment) => {
    expect(of(yaml, { ...AWS, ...environment }, 'aws-bedrock').credentials).toMatchObject({
      accessKeyId: AWS.AWS_ACCESS_KEY_ID,
    });
  });

  it.each([
    ['bedrock: { endpoint: "http://127.0.0.1:1" }', AWS],
    ['bedrock: { endpoint: "https://amazonaws.com.example" }', AWS],
    ['providers: { aws-bedrock: { base_url: "https://gateway.example" } }', AWS],
    // What the library of AWS would find by itself.
    ['bedrock: { endpoint: "http://127.0.0.1:1" }', {}],
  ])('of this machine go to no other address that a file names: %s', (yaml, environment) => {
    expect(() => of(yaml, environment, 'aws-bedrock')).toThrow(
      /AWS credentials of this machine are not sent to http.*\.yaml:1/,
    );
  });

  it('of the file go where the file says, without a token that belongs to others', () => {
    const yaml =
      'bedrock: { endpoint: "http://127.0.0.1:1", access_key_id: of-the-file, secret_access_key: of-the-file }';
    expect(
      of(yaml, { AWS_SESSION_TOKEN: 'of-the-environment' }, 'aws-bedrock').credentials,
    ).toEqual({
      accessKeyId: 'of-the-file',
      secretAccessKey: 'of-the-file',
    });
  });
});

describe('proxies', () => {
  const LOCAL = 'providers: { local: { base_url: "http://localhost:11434/v1" } }';

  it('come from the environment, in capitals or not, and show no password', () => {
    const config = configured('', {
      https_proxy: 'http://me:hunter22@proxy.example:3128',
      HTTP_PROXY: 'proxy.example:3128',
      NO_PROXY: '.lan',
    });
    expect(providerSettings(config, 'openai', null, 8).proxy).toEqual({
      HTTP_PROXY: 'http://proxy.example:3128',
      HTTPS_PROXY: 'http://me:hunter22@proxy.example:3128',
      NO_PROXY: '.lan',
    });
    const shown = describeConfig(config).filter(({ key }) => key.startsWith('proxy.'));
    expect(shown).toContainEqual({
      key: 'proxy.HTTPS_PROXY',
      value: 'http://***@proxy.example:3128',
      origin: { source: 'environment', name: 'https_proxy' },
    });
  });

  it('are said to be in the way of a server on this machine, unless it is excepted', () => {
    const environment = { HTTP_PROXY: 'http://proxy.example:3128' };
    expect(of(LOCAL, environment, 'local').notices).toEqual([
      expect.stringContaining('add localhost to NO_PROXY'),
    ]);
    for (const NO_PROXY of ['localhost', 'example.org, localhost:11434', '*'])
      expect(of(LOCAL, { ...environment, NO_PROXY }, 'local').notices).toEqual([]);
    expect(of(LOCAL, { HTTPS_PROXY: 'http://proxy.example:3128' }, 'local').notices).toEqual([]);
  });
});

describe('settings as they are shown', () => {
  it('hold no key, wherever in an address it is', () => {
    const config = configured(
      [
        'providers:',
        '  azure: { base_url: "https://r.example/d?api-version=2024-10-21&api-key=0123456789", headers: { api-key: abcdefgh } }',
        '  other: { base_url: "https://me:hunter22@r.example/v1?sig=zyxwvu" }',
        'bedrock: { endpoint: "https://r.example/?code=zyxwvu" }',
      ].join('\n'),
    );
    const shown = JSON.stringify(describeConfig(config));
    for (const secret of ['0123456789', 'abcdefgh', 'hunter22', 'zyxwvu'])
      expect(shown).not.toContain(secret);
    expect(shown).toContain('https://r.example/d?api-version=2024-10-21&api-key=***');
  });

  it('limit a reply', () => {
    expect(of('', {}).settings.maxReplyBytes).toBe(16e6);
    expect(of('providers: { openai: { max-reply-mb: 0.5 } }', {}).settings.maxReplyBytes).toBe(
      500_000,
    );
  });
});

describe('what a provider can be asked for', () => {
  it.each([
    ['openai', '', { schema: true, logprobs: true }],
    ['aws-bedrock', '', { schema: false, logprobs: false }],
    ['simulated', '', { schema: true, logprobs: true }],
    ['vllm', 'vllm: { base_url: "http://localhost/v1" }', { schema: true, logprobs: true }],
    [
      'plain',
      'plain: { base_url: "http://localhost/v1", json: false }',
      { schema: false, logprobs: true },
    ],
  ])('of %s', (name, section, abilities) => {
    const config = configured(section === '' ? '' : `providers: { ${section} }`);
    expect(abilitiesOf(config, name)).toEqual(abilities);
  });
});

describe('the simulated model', () => {
  it('gets its precision from its section', () => {
    const yaml = 'providers: { simulated: { reliability: 0.7, retest: 0.9 } }';
    expect(of(yaml, {}, 'simulated').settings).toMatchObject({ reliability: 0.7, retest: 0.9 });
    expect(of('', {}, 'simulated').settings).not.toHaveProperty('reliability');
  });

  it.each([0, 1, -0.2])('a reliability of %f is refused', (reliability) => {
    expect(() => configured(`providers: { simulated: { reliability: ${reliability} } }`)).toThrow(
      /reliability/,
    );
  });
});

it.each(['/v1/chat/completions', '/openai/deployments/x/chat/completions?api-version=2024-10-21'])(
  'a base URL that ends with what is added to it is refused: %s',
  async (path) => {
    const opened = openProvider({
      type: 'openai-compatible',
      name: 'local',
      baseUrl: `http://127.0.0.1:1${path}`,
      timeoutMs: 1000,
      maxConnections: 1,
    });
    await expect(opened).rejects.toMatchObject({ code: 'base-url-with-path' });
  },
);
