import { describe, expect, test } from 'vitest';
import { createOutlook } from './outlook.ts';

const MINUTE = 60_000;
const POLICY = { total_s: 3600, throttle_patience_s: 3600 };
const completed = { errorKind: null, reason: null };
const down = { errorKind: 'server', reason: 'down' } as const;

describe('whether going on is of any use', () => {
  test.each(['authentication', 'unknown_model', 'quota'] as const)('%s: said once', (errorKind) => {
    expect(createOutlook(POLICY, 0).failed({ errorKind }, 'no')).toBe('no');
  });

  test('replies that are of no use say nothing of the provider', () => {
    const outlook = createOutlook(POLICY, 0);
    for (let task = 0; task < 100; task++) {
      expect(outlook.note(completed, task * MINUTE)).toBeNull();
      expect(outlook.failed(completed, 'unreadable')).toBeNull();
    }
  });

  test('requests turned down with the same words, twenty in a row', () => {
    const outlook = createOutlook(POLICY, 0);
    const turnDown = (words: string) => outlook.failed({ errorKind: 'bad_request' }, words);
    for (let task = 0; task < 19; task++) expect(turnDown('top_p')).toBeNull();
    expect(turnDown('temperature')).toBeNull();
    for (let task = 0; task < 19; task++) expect(turnDown('top_p')).toBeNull();
    expect(turnDown('top_p')).toContain('20 in a row failed with the same words: top_p');
  });

  test('a provider that never said anything: twenty failures of a kind are enough', () => {
    const outlook = createOutlook(POLICY, 0);
    for (let task = 0; task < 19; task++) expect(outlook.failed({ errorKind: 'network' }, `no reply ${task}`)).toBeNull();
    expect(outlook.failed({ errorKind: 'network' }, 'no reply 19')).toContain('nothing has succeeded yet: no reply 19');
  });

  test('one that has answered before is given the better part of an hour, whether tasks are given up or not', () => {
    const outlook = createOutlook(POLICY, 0);
    outlook.note(completed, 10 * MINUTE);
    for (let at = 11; at < 55; at++) {
      expect(outlook.note(down, at * MINUTE)).toBeNull();
      expect(outlook.failed(down, 'down')).toBeNull();
    }
    expect(outlook.note(down, 55 * MINUTE)).toBe('nothing has come back for 45 minutes: down');
  });

  test('a policy of more patience is given more time, one of less is not taken for haste', () => {
    expect(createOutlook({ total_s: 60, throttle_patience_s: 7200 }, 0).note(down, 89 * MINUTE)).toBeNull();
    expect(createOutlook({ total_s: 60, throttle_patience_s: 7200 }, 0).note(down, 90 * MINUTE)).not.toBeNull();
    expect(createOutlook({ total_s: 1, throttle_patience_s: 1 }, 0).note(down, 44 * MINUTE)).toBeNull();
  });

  test('an answer in between begins everything anew', () => {
    const outlook = createOutlook(POLICY, 0);
    for (let round = 0; round < 5; round++) {
      for (let task = 0; task < 19; task++) expect(outlook.failed({ errorKind: 'bad_request' }, 'no')).toBeNull();
      outlook.note(completed, MINUTE);
    }
    expect(outlook.note(down, 45 * MINUTE)).toBeNull();
    expect(outlook.note(down, 46 * MINUTE)).not.toBeNull();
  });

  test('a filter judges one request, however often', () => {
    const outlook = createOutlook(POLICY, 0);
    for (let task = 0; task < 30; task++) expect(outlook.failed({ errorKind: 'content_filter' }, 'no')).toBeNull();
  });
});
