import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesWithoutSecrets,
  excerpt,
  failedReply,
  isDailyQuota,
  kindOfStatus,
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
    ['Rate limit reached on requests per day (RPD): Limit 10000. Please try again in 8.64s.', {}, false],
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
        const spellings = [key, JSON.stringify(key), encodeURIComponent(key), key.replaceAll('/', '\\/')];
        for (const spelling of spellings) {
          expect(withoutSecrets(`${before} ${spelling} ${after}`, [key])).not.toContain(spelling.replace(/^"|"$/g, ''));
        }
      }),
    );
  });

  it('masks keys by their look, and what a provider has masked itself', () => {
    expect(withoutSecrets('Incorrect API key provided: sk-proj-ab********wxyz. See …', [])).toBe('Incorrect API key provided: ***. See …');
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
        const masked = bytesWithoutSecrets(Buffer.concat([before, Buffer.from(`<${key}>`), after]), [key]);
        expect(Buffer.from(masked)).toEqual(Buffer.concat([before, Buffer.from('<***>'), after]));
      }),
    );
  });
});

describe('failedReply', () => {
  const reply = { provider: 'openai', modelId: 'gpt-9', status: 404, headers: { 'retry-after': '2' } };

  it('is a sentence with the facts', () => {
    const error = failedReply('unknown_model', reply, ' The model\ndoes not exist. ', []);
    expect(error.message).toBe('openai does not know the model gpt-9 (HTTP 404): The model does not exist.');
    expect(error).toMatchObject({ kind: 'unknown_model', status: 404, retryAfterMs: 2000, fatalForModel: true });
  });

  it('does not show the half of a key that trimming would leave', () => {
    const key = 'my-own-key-0123456789';
    const { message } = failedReply('authentication', { ...reply, status: 401 }, `${'x'.repeat(290)} ${key}`, [key]);
    expect(message).not.toContain('my-own');
  });

  it('says no more than it knows', () => {
    expect(failedReply('server', { ...reply, status: 503 }, '', []).message).toBe('openai failed to answer (HTTP 503)');
  });
});
