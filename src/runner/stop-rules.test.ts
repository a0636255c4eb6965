import { describe, expect, test } from 'vitest';
import { createFailureMonitor, createSubjectMonitor, kindOf } from './stop-rules.ts';
import type { CallRecord, Unanswered } from './task.ts';

const MINUTE = 60_000;
const POLICY = { total_s: 3600, throttle_patience_s: 3600 };
const completed = { errorKind: null, reason: null };
const down = { errorKind: 'server', reason: 'down' } as const;

describe('whether going on is of any use', () => {
  test('replies that are of no use say nothing of the provider', () => {
    const outlook = createFailureMonitor(POLICY);
    for (let task = 0; task < 100; task++) {
      expect(outlook.note(completed, task * MINUTE)).toBeNull();
      expect(outlook.failed(completed, 'unreadable')).toBeNull();
    }
  });

  test('a provider that never said anything: twenty failures of a kind are enough', () => {
    const outlook = createFailureMonitor(POLICY);
    for (let task = 0; task < 19; task++)
      expect(outlook.failed({ errorKind: 'network' }, `no reply ${task}`)).toBeNull();
    expect(outlook.failed({ errorKind: 'network' }, 'no reply 19')).toContain(
      'nothing has succeeded yet: no reply 19',
    );
  });

  test('one that has answered before is given the better part of an hour, whether tasks are given up or not', () => {
    const outlook = createFailureMonitor(POLICY);
    outlook.note(completed, 10 * MINUTE);
    for (let at = 11; at < 56; at++) {
      expect(outlook.note(down, at * MINUTE)).toBeNull();
      expect(outlook.failed(down, 'down')).toBeNull();
    }
    expect(outlook.note(down, 56 * MINUTE)).toBe('nothing has come back for 45 minutes: down');
  });

  test('one that nobody has asked for hours is not silent', () => {
    const outlook = createFailureMonitor(POLICY);
    outlook.note(completed, 0);
    expect(outlook.note(down, 600 * MINUTE)).toBeNull();
    expect(outlook.note(down, 644 * MINUTE)).toBeNull();
    expect(outlook.note(down, 645 * MINUTE)).not.toBeNull();
  });

  test('a policy of more patience is given more time, one of less is not taken for haste', () => {
    const patient = createFailureMonitor({ total_s: 60, throttle_patience_s: 7200 });
    const hasty = createFailureMonitor({ total_s: 1, throttle_patience_s: 1 });
    for (const outlook of [patient, hasty]) outlook.note(down, 0);
    expect([patient.note(down, 89 * MINUTE), hasty.note(down, 44 * MINUTE)]).toEqual([null, null]);
    expect([patient.note(down, 90 * MINUTE), hasty.note(down, 45 * MINUTE)]).not.toContain(null);
  });

  test('an answer in between begins everything anew', () => {
    const outlook = createFailureMonitor(POLICY);
    for (let round = 0; round < 5; round++) {
      for (let task = 0; task < 19; task++) expect(outlook.failed(down, 'down')).toBeNull();
      outlook.note(completed, MINUTE);
    }
    expect(outlook.note(down, 2 * MINUTE)).toBeNull();
    expect(outlook.note(down, 46 * MINUTE)).toBeNull();
    expect(outlook.note(down, 47 * MINUTE)).not.toBeNull();
  });

  test.each(['content_filter', 'bad_request'] as const)(
    '%s is about one request, however often',
    (errorKind) => {
      const outlook = createFailureMonitor(POLICY);
      for (let task = 0; task < 30; task++) expect(outlook.failed({ errorKind }, 'no')).toBeNull();
    },
  );
});

describe('whether a model is up to an instrument', () => {
  let words = 0;
  const given = (
    failure: CallRecord['failure'],
    more: Partial<CallRecord> = {},
    deferred = false,
  ): Pick<Unanswered, 'call' | 'deferred' | 'reason'> => ({
    call: { failure, outcome: 'failed', ...more } as CallRecord,
    deferred,
    reason: `in words that differ ${words++}`,
  });

  test('ten failures of one kind and no answer are enough, whatever their words', () => {
    const trial = createSubjectMonitor(10);
    for (let task = 0; task < 9; task++)
      expect(trial.failed(given('unparseable'), true)).toBeNull();
    expect(trial.failed(given('unparseable'), true)).toMatch(
      /none was answered, and 10 failed alike \(unparseable\), the last one: in words/,
    );
  });

  test('what is wrong with the reply is part of the kind', () => {
    const trial = createSubjectMonitor(3);
    const off = () => given('invalid', { code: 'off_scale' });
    const missing = () => given('invalid', { code: 'missing_items' });
    for (const one of [off(), missing(), off(), missing()])
      expect(trial.failed(one, true)).toBeNull();
    expect(trial.failed(missing(), true)).toContain('(invalid, missing_items)');
    expect(kindOf({ failure: 'invalid', code: 'off_scale', outcome: 'invalid' })).toBe(
      'invalid, off_scale',
    );
    expect(kindOf({ failure: 'timeout', outcome: 'failed' })).toBe('timeout');
  });

  test('one answer is enough to go on for ever', () => {
    const trial = createSubjectMonitor(3);
    trial.failed(given('truncated'), true);
    trial.answered();
    for (let task = 0; task < 100; task++)
      expect(trial.failed(given('truncated'), true)).toBeNull();
  });

  test.each(['refused', 'content_filter'] as const)(
    '%s is an answer about the model, and never too many',
    (failure) => {
      const trial = createSubjectMonitor(3);
      for (let task = 0; task < 100; task++) expect(trial.failed(given(failure), true)).toBeNull();
    },
  );

  test('a task that was only put off says nothing of the model', () => {
    const trial = createSubjectMonitor(3);
    for (let task = 0; task < 100; task++)
      expect(trial.failed(given('server', {}, true), true)).toBeNull();
  });

  test.each(['server', 'network', 'timeout'] as const)(
    '%s is the fault of the model only where its provider answers others',
    (failure) => {
      const trial = createSubjectMonitor(3);
      for (let task = 0; task < 100; task++) expect(trial.failed(given(failure), false)).toBeNull();
      for (let task = 0; task < 2; task++) expect(trial.failed(given(failure), true)).toBeNull();
      expect(trial.failed(given(failure), true)).not.toBeNull();
    },
  );

  test('twenty requests turned down in a row are enough even after an answer', () => {
    const trial = createSubjectMonitor(10);
    trial.answered();
    for (let task = 0; task < 19; task++)
      expect(trial.failed(given('bad_request'), true)).toBeNull();
    expect(trial.failed(given('bad_request'), true)).toContain('20 in a row were turned down');
  });
});
