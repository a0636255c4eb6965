import { expect, test } from 'vitest';
import { textTask } from '../../test/support/task.ts';
import { createCatalogue, type ModelEntry } from '../models/catalogue.ts';
import { createClosures, describeClosed } from './closures.ts';
import type { Task } from './task.ts';

const catalogue = createCatalogue();
const NEVER = new AbortController().signal;
const task = (model: string | ModelEntry, subject = 'epqra', groupId = 1): Task<string> => ({
  ...textTask(1),
  model: typeof model === 'string' ? catalogue.find(model) : model,
  subject,
  groupId,
});
const [SIM_4O, SIM_35, REAL] = ['sim-gpt4o', 'sim-gpt35', 'gpt4o'] as const;

test('a closed provider takes all its models with it, those met later too, and no other provider', () => {
  const closures = createClosures(10);
  const [one, other, real] = [
    task(SIM_4O, 'epqra', 1),
    task(SIM_35, 'epqra', 2),
    task(REAL, 'epqra', 3),
  ];
  const before = closures.unitOf('experiments', one);
  const elsewhere = closures.unitOf('experiments', real);
  closures.close('provider', one, 'the key is wrong');
  expect([before.open, before.stopWith(NEVER).aborted]).toEqual([false, true]);
  const later = closures.unitOf('experiments', other);
  expect([later.open, later.stopWith(NEVER).aborted]).toEqual([false, true]);
  expect([elsewhere.open, elsewhere.stopWith(NEVER).aborted]).toEqual([true, false]);
  expect(closures.closedGroups('experiments')).toEqual([1, 2]);
  expect(closures.allOf('experiments')).toBe(false);
  expect(closures.covers([one.model, other.model])).toBe(true);
  expect(closures.covers([one.model, real.model])).toBe(false);
  expect(closures.closed.map(describeClosed)).toEqual(['provider simulated']);
});

test('a closed model leaves the other models of its provider alone, and is not closed twice', () => {
  const closures = createClosures(10);
  const [one, other] = [task(SIM_4O, 'epqra', 1), task(SIM_35, 'epqra', 2)];
  for (const each of [one, other]) closures.unitOf('experiments', each);
  closures.close('model', one, 'not there');
  closures.close('model', one, 'not there either');
  closures.close('subject', one, 'nor this');
  expect(closures.closed).toEqual([
    { scope: 'model', provider: 'simulated', model: SIM_4O, subject: null, reason: 'not there' },
  ]);
  expect(closures.unitOf('experiments', other).open).toBe(true);
});

test('a model is closed for one instrument only, in all groups that send the same', () => {
  const closures = createClosures(10);
  const [one, again, other] = [
    task(SIM_4O, 'epqra', 1),
    task(SIM_4O, 'epqra', 2),
    task(SIM_4O, 'big5', 3),
  ];
  const longer: Task<string> = {
    ...task(SIM_4O, 'epqra', 4),
    request: { ...one.request, maxTokens: 4000 },
  };
  const units = [one, again, other, longer].map((each) => closures.unitOf('experiments', each));
  expect(units[0]!.monitor).toBe(units[1]!.monitor);
  expect(units[0]!.monitor).not.toBe(units[3]!.monitor);
  closures.close('subject', one, 'no JSON');
  expect(units.map((unit) => unit.open)).toEqual([false, false, true, true]);
  expect(closures.closed.map(describeClosed)).toEqual(['sim-gpt4o with epqra']);
});

test('a group of several models is closed when each of them is, and groups of one kind of task are no groups of another', () => {
  const closures = createClosures(10);
  const [one, other] = [task(SIM_4O), task(SIM_35)];
  for (const each of [one, other]) closures.unitOf('experiments', each);
  closures.close('model', one, 'not there');
  expect(closures.closedGroups('experiments')).toEqual([]);
  closures.close('model', other, 'not there');
  expect(closures.closedGroups('experiments')).toEqual([1]);
  expect(closures.closedGroups('personas')).toEqual([]);
  expect([closures.allOf('experiments'), closures.allOf('personas')]).toEqual([true, false]);
});
