import { describe, expect, it } from 'vitest';
import { secretsInUrl, withoutUrlSecrets } from './secret-urls.ts';

describe('withoutUrlSecrets', () => {
  it.each([
    ['https://me:hunter22@host:8080/v1', 'https://***@host:8080/v1'],
    ['https://token@host/v1', 'https://***@host/v1'],
    ['http://me:p@ss@host/v1', 'http://***@host/v1'],
    ['https://h/v1?key=abc', 'https://h/v1?key=***'],
    [
      'https://h/v1?api-version=2024-10-21&api-key=abc',
      'https://h/v1?api-version=2024-10-21&api-key=***',
    ],
    ['https://h/v1?API_KEY=abc&x=1', 'https://h/v1?API_KEY=***&x=1'],
    ['https://h/v1?code=abc&sv=2024&sig=d%2Fe%3D', 'https://h/v1?code=***&sv=2024&sig=***'],
    ['https://h/v1?subscription-key=abc#top', 'https://h/v1?subscription-key=***#top'],
    [
      'https://h/v1?access_token=abc;client_secret=d',
      'https://h/v1?access_token=***;client_secret=***',
    ],
    [
      'https://h/v1?X-Amz-Signature=abc&X-Amz-Date=1',
      'https://h/v1?X-Amz-Signature=***&X-Amz-Date=1',
    ],
    [
      'redirects to "https://h/?token=abc", see https://u:p@x/',
      'redirects to "https://h/?token=***", see https://***@x/',
    ],
  ])('%s', (text, shown) => {
    expect(withoutUrlSecrets(text)).toBe(shown);
  });

  it.each([
    'https://h/openai/deployments/gpt4o?api-version=2024-10-21',
    'http://localhost:11434/v1',
    'ask me@example.org about https://example.org/v1',
    'https://h/v1?design=x&monkey_count=3&encoding=utf8',
  ])('leaves %s', (text) => {
    expect(withoutUrlSecrets(text)).toBe(text);
  });
});

describe('secretsInUrl', () => {
  it('finds them as they are written and as they read', () => {
    expect(secretsInUrl('https://me:p%40ss@h/v1?sig=a%2Fb&api-version=1')).toEqual([
      'me:p%40ss',
      'me:p@ss',
      'p%40ss',
      'p@ss',
      'a%2Fb',
      'a/b',
    ]);
    expect(secretsInUrl('http://localhost/v1')).toEqual([]);
  });
});
