import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adviceOnConnection,
  bytesWithoutSecrets,
  excerpt,
  failedReply,
  isDailyQuota,
  kindOfStatus,
  redirection,
  retryAfterMs,
  secretsIn,
  withoutSecrets,
} from './failures.ts';

const NOW = Date.UTC(2026, 10, 1, 12, 0, 0);

describe('retryAfterMs', () => {
  it.each([
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after-ms': '1200' }, 1200],
    [{ 'retry-after-ms': '1200', 'retry-after': '60' }, 1200],
    [{ 'retry-after-ms': 'soon', 'retry-after': '60' }, 60_000],
    [{ 'retry-after': 'Sun, 01 Nov 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Sun, 01 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '-5' }, null],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '' }, null],
    [{ 'retry-after': 'Infinity' }, null],
    [{}, null],
  ])('reads %j as %s', (headers, expected) => {
    expect(retryAfterMs(headers, NOW)).toBe(expected);
  });
});

describe('isDailyQuota', () => {
  it.each([
    ['Too many tokens per day, please wait before trying again.', {}, true],
    ['Rate limit exceeded: free-models-per-day', {}, true],
    ['Quota exceeded for GenerateRequestsPerDayPerProjectPerModel', {}, true],
    ['Your daily limit is reached.', {}, true],
    ['Too many requests per minute.', {}, false],
    // OpenAI gives a day's requests back one by one.
    [
      'Rate limit reached on requests per day (RPD): Limit 10000. Please try again in 8.64s.',
      {},
      false,
    ],
    ['Too many tokens per day.', { 'retry-after': '9' }, false],
    ['Monday to Friday, everyday is a holiday', {}, false],
  ])('%s', (words, headers, expected) => {
    expect(isDailyQuota(words, headers)).toBe(expected);
  });
});

describe('kindOfStatus', () => {
  it.each([
    [204, 'protocol'],
    [301, 'bad_request'],
    [400, 'bad_request'],
    [401, 'authentication'],
    [402, 'quota'],
    [403, 'authentication'],
    [404, 'unknown_model'],
    [407, 'authentication'],
    [408, 'server'],
    [409, 'server'],
    [413, 'bad_request'],
    [422, 'bad_request'],
    [429, 'throttled'],
    [500, 'server'],
    [529, 'server'],
  ] as const)('takes %i for %s', (status, kind) => {
    expect(kindOfStatus(status)).toBe(kind);
  });
});

describe('excerpt', () => {
  it('is one line of at most 300 characters and an ellipsis', () => {
    expect(excerpt(' two\n\n lines ')).toBe('two lines');
    expect(excerpt('x'.repeat(300))).toHaveLength(300);
    expect(excerpt('x'.repeat(301))).toBe(`${'x'.repeat(300)}…`);
  });

  it('never ends in half a character, and holds nothing that a terminal or a database would not take', () => {
    expect(excerpt(`${'x'.repeat(299)}😀 and more`)).toBe(`${'x'.repeat(299)}…`);
    expect(excerpt('a\u0000b\u001b[2Jc\u009bd\ud83d')).toBe('a b [2Jc d\ufffd');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 700 }), (text) => {
        expect(excerpt(text).isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('secretsIn', () => {
  it('finds them by the names of headers', () => {
    expect(
      secretsIn({
        Authorization: 'Bearer sk-abcdefgh',
        'api-key': 'azure-key',
        'x-amz-security-token': 'IQoJ==',
        accept: 'application/json',
        'user-agent': 'x',
      }),
    ).toEqual(['sk-abcdefgh', 'azure-key', 'IQoJ==']);
  });

  it('takes an AWS signature apart, whose other parts are public', () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261101/us-east-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, Signature=0123abcd';
    expect(secretsIn({ authorization })).toEqual(['AKIAEXAMPLE', '0123abcd']);
  });
});

describe('masking', () => {
  const secret = fc.stringMatching(/^[!-~]{12,40}$/);

  it('leaves no secret in a message, however it is spelt', () => {
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (key, before, after) => {
        const spellings = [
          key,
          JSON.stringify(key),
          encodeURIComponent(key),
          key.replaceAll('/', '\\/'),
        ];
        for (const spelling of spellings) {
          expect(withoutSecrets(`${before} ${spelling} ${after}`, [key])).not.toContain(
            spelling.replace(/^"|"$/g, ''),
          );
        }
      }),
    );
  });

  it('masks keys by their look, and what a provider has masked itself', () => {
    expect(withoutSecrets('Incorrect API key provided: sk-proj-ab********wxyz. See …', [])).toBe(
      'Incorrect API key provided: ***. See …',
    );
    expect(withoutSecrets('key my-loc****key is wrong', [])).toBe('key *** is wrong');
    expect(withoutSecrets('user AKIAIOSFODNN7EXAMPLE is unknown', [])).toBe('user *** is unknown');
  });

  it('leaves ordinary words alone', () => {
    const words = 'task-oriented models ask-for-more; the risk-adjusted desk-research 2 * 3 ** 4';
    expect(withoutSecrets(words, ['none'])).toBe(words);
  });

  it('changes nothing but the secret in bytes, valid UTF-8 or not', () => {
    fc.assert(
      fc.property(secret, fc.uint8Array(), fc.uint8Array(), (key, before, after) => {
        const plain = Buffer.concat([before, after]);
        fc.pre(!plain.toString('latin1').includes(key));
        expect(bytesWithoutSecrets(plain, [key])).toBe(plain);
        const masked = bytesWithoutSecrets(
          Buffer.concat([before, Buffer.from(`<${key}>`), after]),
          [key],
        );
        expect(Buffer.from(masked)).toEqual(Buffer.concat([before, Buffer.from('<***>'), after]));
      }),
    );
  });
});

describe('failedReply', () => {
  const reply = {
    provider: 'openai',
    modelId: 'gpt-9',
    status: 404,
    headers: { 'retry-after': '2' },
  };

  it('is a sentence with the facts', () => {
    const error = failedReply('unknown_model', reply, ' The model\ndoes not exist. ', []);
    expect(error.message).toBe(
      'openai does not know the model gpt-9 (HTTP 404): The model does not exist.',
    );
    expect(error).toMatchObject({
      kind: 'unknown_model',
      status: 404,
      retryAfterMs: 2000,
      fatalForModel: true,
    });
  });

  it('doubts the address where a 404 says nothing of a model', () => {
    expect(failedReply('unknown_model', reply, '404 page not found', []).message).toBe(
      'openai does not know the model gpt-9 (HTTP 404; base_url may be wrong): 404 page not found',
    );
  });

  it('does not show the half of a key that trimming would leave', () => {
    const key = 'my-own-key-0123456789';
    const { message } = failedReply(
      'authentication',
      { ...reply, status: 401 },
      `${'x'.repeat(290)} ${key}`,
      [key],
    );
    expect(message).not.toContain('my-own');
  });

  it('reads of a page of megabytes no more than its beginning', () => {
    // Looking for keys in all of it would take hours.
    const page = `${'a'.repeat(5_000_000)} my-own-key-0123456789`;
    expect(
      failedReply('server', { ...reply, status: 500 }, page, ['my-own-key-0123456789']).message,
    ).toMatch(/a{300}…$/);
  });

  it('names the code of an error within a success, and a proxy that is in the way', () => {
    expect(failedReply('quota', { ...reply, status: 200, code: '402' }, 'Pay.', []).message).toBe(
      'openai reports that the credit or quota of the account is used up (HTTP 200, error code 402): Pay.',
    );
    expect(failedReply('authentication', { ...reply, status: 407 }, '', []).message).toContain(
      'the proxy rejected the user name and password',
    );
  });

  it('says no more than it knows', () => {
    expect(failedReply('server', { ...reply, status: 503 }, '', []).message).toBe(
      'openai failed to answer (HTTP 503)',
    );
  });
});

describe('redirection', () => {
  const to = (location: string | undefined, status = 301) =>
    redirection(
      { provider: 'local', status, headers: location === undefined ? {} : { location } },
      'http://h:1/api?key=0123456789',
      'providers.local.base_url',
      { secrets: ['0123456789'] },
    )?.message ?? null;

  it.each([
    [
      'https://h/v1/chat/completions',
      'local redirects to https://h/v1/chat/completions (HTTP 301), which is not followed. Write https://h/v1 as providers.local.base_url',
    ],
    [
      '/v1/chat/completions',
      'local redirects to http://h:1/v1/chat/completions (HTTP 301), which is not followed. Write http://h:1/v1 as providers.local.base_url',
    ],
    [
      'https://login.example/?back=x&token=abc',
      'local redirects to https://login.example/?back=x&token=*** (HTTP 301), which is not followed. If the service is there, correct providers.local.base_url',
    ],
    [
      'https://h/v1?x=0123456789',
      'local redirects to https://h/v1?x=*** (HTTP 301), which is not followed. If the service is there, correct providers.local.base_url',
    ],
  ])('to %s', (location, message) => {
    expect(to(location)).toBe(message);
  });

  it('is nothing else', () => {
    expect([to(undefined), to(''), to('https://h', 200), to('https://h', 404)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('adviceOnConnection', () => {
  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /self-signed.*NODE_EXTRA_CA_CERTS/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /authority.*NODE_EXTRA_CA_CERTS.*NODE_USE_SYSTEM_CA/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /NODE_EXTRA_CA_CERTS/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /another host name/],
    ['CERT_HAS_EXPIRED', /expired/],
    ['EPROTO', /http:\/\/ or https:\/\//],
    ['ERR_PROXY_TUNNEL', /HTTPS_PROXY/],
  ])('%s', (code, advice) => {
    expect(adviceOnConnection(code)).toMatch(advice);
  });

  it('is not given where the code says it all', () => {
    expect(adviceOnConnection('ECONNREFUSED')).toBeNull();
  });
});
